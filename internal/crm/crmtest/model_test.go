package crmtest_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"ocfbox/internal/crm"
	"ocfbox/internal/crm/crmtest"
)

// The fake against a map: whatever is written, deleted, held back, stopped and started, both know the same.
func TestFakeAgainstAMap(t *testing.T) {
	t.Parallel()
	nodes := []string{"suse01", "suse02"}
	rapid.Check(t, func(t *rapid.T) {
		m := model{
			fake: crmtest.New(nodes...), daemon: map[crm.Attribute]string{}, cib: map[crm.Attribute]string{},
			running: map[string]bool{"suse01": true, "suse02": true},
		}
		attribute := rapid.Custom(func(t *rapid.T) crm.Attribute {
			node := rapid.SampledFrom(nodes).Draw(t, "node")
			name := rapid.SampledFrom([]string{"a", "b", "a#b", "long_name-1.x"}).Draw(t, "name")
			return rapid.SampledFrom([]crm.Attribute{
				crm.TransientOf(node, name), crm.PermanentOf(node, name), crm.PromotionOf(node, name), crm.PropertyOf("S", name),
			}).Draw(t, "attribute")
		})
		value := rapid.OneOf(rapid.SampledFrom(crmtest.Values()), rapid.String().Filter(func(s string) bool {
			return crm.CheckValue(s) == nil
		}))
		t.Repeat(map[string]func(*rapid.T){
			"": m.check,
			"set": func(t *rapid.T) {
				a, v := attribute.Draw(t, "a"), value.Draw(t, "value")
				require.NoError(t, m.cluster().Set(context.Background(), a, v))
				m.write(a, v)
			},
			"delete": func(t *rapid.T) {
				a := attribute.Draw(t, "a")
				require.NoError(t, m.cluster().Delete(context.Background(), a))
				m.drop(a)
			},
			"hold":    func(*rapid.T) { m.fake.Hold(); m.held = true },
			"release": func(*rapid.T) { m.fake.Release(); m.held = false; m.flush() },
			"stop":    func(*rapid.T) { m.stop("suse02") },
			"start":   func(*rapid.T) { m.fake.Start("suse02"); m.running["suse02"] = true; m.flush() },
		})
	})
}

type model struct {
	fake    *crmtest.Cluster
	daemon  map[crm.Attribute]string
	cib     map[crm.Attribute]string
	running map[string]bool
	held    bool
}

// cluster stands on the node that is never stopped.
func (m *model) cluster() *crm.Cluster { return &crm.Cluster{Runner: m.fake} }

func transient(a crm.Attribute) bool { return a.Store == crm.Transient || a.Store == crm.Promotion }

func (m *model) write(a crm.Attribute, v string) {
	if !transient(a) {
		m.cib[a] = v
		return
	}
	if m.running[a.Node] {
		m.daemon[a] = v
		m.flush()
	}
}

func (m *model) drop(a crm.Attribute) {
	if !transient(a) {
		delete(m.cib, a)
		return
	}
	delete(m.daemon, a)
	m.flush()
}

func (m *model) flush() {
	if m.held {
		return
	}
	for _, node := range []string{"suse01", "suse02"} {
		if !m.running[node] {
			continue
		}
		m.forget(m.cib, node)
		for a, v := range m.daemon {
			if a.Node == node {
				m.cib[a] = v
			}
		}
	}
}

func (m *model) stop(node string) {
	m.fake.Stop(node)
	m.running[node] = false
	m.forget(m.cib, node)
	m.forget(m.daemon, node)
}

func (m *model) forget(values map[crm.Attribute]string, node string) {
	for a := range values {
		if transient(a) && a.Node == node {
			delete(values, a)
		}
	}
}

func (m *model) check(t *rapid.T) {
	cib, err := m.cluster().CIB(context.Background())
	require.NoError(t, err)
	require.Equal(t, m.running["suse02"], func() bool { n, _ := cib.Node("suse02"); return n.Online }())
	for _, node := range []string{"suse01", "suse02"} {
		for _, name := range []string{"a", "b", "a#b", "long_name-1.x"} {
			for _, a := range []crm.Attribute{
				crm.TransientOf(node, name), crm.PermanentOf(node, name), crm.PromotionOf(node, name), crm.PropertyOf("S", name),
			} {
				want, wantSet := m.cib[a]
				got, set := cib.Value(a)
				require.Equal(t, wantSet, set, "%s", a)
				require.Equal(t, want, got, "%s", a)
			}
		}
	}
}
