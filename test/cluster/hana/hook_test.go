package hana_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/srhook"
	"ocfbox/test/hanasim/core"
	"ocfbox/test/lab"
	"ocfbox/test/lab/network"
	"ocfbox/test/product"
)

const (
	hookSection = "\n[ha_dr_provider_SAPHanaSR]\nprovider = SAPHanaSR\npath = /usr/share/ocfbox/srhook\nexecution_order = 1\n\n[trace]\nha_dr_saphanasr = info\n"
	hookRules   = "/etc/sudoers.d/ocfbox-srhook-ha1"
	hookTrace   = "/usr/sap/HA1/HDB10/suse01/trace/nameserver_suse01.31001.000.trc"
	lostSync    = "hana_ha1_site_srHook_ROT"
)

// What the database reports reaches the cluster through sudo as ha1adm, with either form of the rules.
func TestHookWritesThroughSudo(t *testing.T) {
	lab.Need(t, "sudo", "visudo")
	p := newPair(t, 2, nil)
	for _, on := range p.nodes {
		installHook(p, on)
	}
	binary, err := os.ReadFile(product.Build(t, t.TempDir(), "ocfbox"))
	require.NoError(t, err)
	p.put(wdf, "/usr/sbin/ocfbox", string(binary), "0755")
	for form, rules := range map[string]string{
		"exact":   srhook.Exact("HA1", []srhook.Site{"WDF", "ROT"}),
		"generic": srhook.Generic("HA1"),
	} {
		t.Run(form, func(t *testing.T) {
			p := p.with(t)
			p.put(wdf, hookRules, rules, "0440")
			out, code := p.root(wdf, "visudo", "-c")
			require.Zero(t, code, out)
			loseAndRegainSync(p)
			out, code = p.root(wdf, "/usr/sbin/ocfbox", "srhook", "check", "--sites", "WDF,ROT", "--"+form)
			require.Zero(t, code, out)
			require.Contains(t, out, lostSync+" is SOK\n")
		})
	}
	t.Run("without rules it is left in a file", func(t *testing.T) {
		p := p.with(t)
		p.root(wdf, "rm", hookRules)
		require.NoError(t, p.lab.SetLink(t.Context(), rot, network.Replication, true))
		p.await("the file", func() error {
			out, _ := p.root(wdf, "cat", "/usr/sap/HA1/HDB10/.crm_attribute.ROT")
			if out != lostSync+" = SFAIL\n" {
				return errors.New(out)
			}
			return nil
		})
		require.Equal(t, "SOK", p.srHook(wdf), "nobody has written it")
		require.NoError(t, p.lab.SetLink(t.Context(), rot, network.Replication, false))
		p.put(wdf, hookRules, srhook.Generic("HA1"), "0440")
		p.awaitHook("SOK")
		p.await("the end of the file", func() error {
			if _, code := p.root(wdf, "test", "!", "-e", "/usr/sap/HA1/HDB10/.crm_attribute.ROT"); code != 0 {
				return errors.New("it is there")
			}
			return nil
		})
	})
}

func installHook(p *pair, on string) {
	provider, err := os.ReadFile(filepath.Join(product.Root(p), "hooks/SAPHanaSR.py"))
	require.NoError(p, err)
	p.put(on, "/usr/share/ocfbox/srhook/SAPHanaSR.py", string(provider), "0644")
	ini := "/usr/sap/HA1/SYS/global/hdb/custom/config/global.ini"
	before, code := p.root(on, "cat", ini)
	require.Zero(p, code)
	p.put(on, ini, before+hookSection, "0644")
	p.root(on, "chown", "ha1adm:sapsys", ini)
	require.Equal(p, "done.\n", p.do(on, "hdbnsutil -reloadHADRProviders"))
}

// put writes a file on a node, and the folders above it.
func (p *pair) put(on, path, text, mode string) {
	p.Helper()
	_, err := p.lab.RunWith(p.Context(), text, on, "install", "-D", "-m", mode, "/dev/stdin", path)
	require.NoError(p, err)
}

// loseAndRegainSync cuts the replication network and heals it.
func loseAndRegainSync(p *pair) {
	p.Helper()
	before, _ := p.root(wdf, "cat", hookTrace)
	require.NoError(p, p.lab.SetLink(p.Context(), rot, network.Replication, true))
	p.awaitHook("SFAIL")
	after, _ := p.root(wdf, "cat", hookTrace)
	took := hookTook(p, strings.TrimPrefix(after, before))
	require.Less(p, took, time.Second)
	p.Logf("SFAIL %v after the database has noticed", took)

	require.NoError(p, p.lab.SetLink(p.Context(), rot, network.Replication, false))
	p.awaitHook("SOK")
	p.awaitStatus(wdf, core.Active)
	out, _ := p.root(wdf, "ls", "-A", "/usr/sap/HA1/HDB10")
	require.NotContains(p, out, ".crm_attribute")
}

// srHook is what the cluster has for the secondary site, as a node sees it.
func (p *pair) srHook(on string) string {
	out, _ := p.root(on, "crm_attribute", "-n", lostSync, "-G", "-t", "crm_config", "-q")
	return strings.TrimSpace(out)
}

func (p *pair) awaitHook(want string) {
	p.Helper()
	p.await(lostSync+"="+want+" on both nodes", func() error {
		for _, on := range p.nodes {
			if got := p.srHook(on); got != want {
				return fmt.Errorf("on %s it is %q", on, got)
			}
		}
		return nil
	})
}

var (
	traceTime    = `(?m)^\[.*?([0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:.]{15}).*`
	traceNoticed = regexp.MustCompile(traceTime + `calling HA/DR provider SAPHanaSR\.hookDRConnectionChanged\(.*system_status=11,.*is_in_sync=0`)
	traceWritten = regexp.MustCompile(traceTime + `CALLING CRM: <sudo -n /usr/sbin/crm_attribute -n ` + lostSync + ` -v SFAIL -t crm_config -s SAPHanaSR> rc=0 `)
)

// hookTook is the time from HANA's first line about the loss to the provider's that says it is written.
func hookTook(p *pair, trace string) time.Duration {
	p.Helper()
	var at []time.Time
	for _, line := range []*regexp.Regexp{traceNoticed, traceWritten} {
		found := line.FindStringSubmatch(trace)
		require.NotNil(p, found, "%s in:\n%s", line, trace)
		when, err := time.Parse("2006-01-02 15:04:05.000000", found[1])
		require.NoError(p, err)
		at = append(at, when)
	}
	return at[1].Sub(at[0])
}
