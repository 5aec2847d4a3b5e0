package srhook

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/run/runtest"
)

func TestFencingOfThisNode(t *testing.T) {
	with := func(change func(*layout)) tools { l := guide(); change(&l); return l.tools() }
	const asked = "crm_attribute --name=terminate --lifetime=reboot --node=suse01 --update=true"
	for name, row := range map[string]struct {
		tools  tools
		config Config
		want   Code
		// lines are the commands, of which the last is the request where there is one.
		last string
		say  string
		took time.Duration
	}{
		"it is requested, and the node lives on": {guide().tools(), Config{}, StillAlive, asked, "fencing of this node suse01 is requested", fenceWait},
		"in maintenance mode the request waits": {with(func(l *layout) { l.properties = pair("maintenance-mode", "true") }), Config{}, StillAlive, asked,
			"to revoke it, crm_attribute -t status -N suse01 -D -n terminate", fenceWait},
		"fencing is switched off":              {with(func(l *layout) { l.properties = pair("stonith-enabled", "false") }), Config{}, NothingFences, "cibadmin --query --local", "", 0},
		"fencing is switched off in new words": {with(func(l *layout) { l.properties = pair("fencing-enabled", "no") }), Config{}, NothingFences, "cibadmin --query --local", "", 0},
		"there is nothing that fences":         {with(func(l *layout) { l.others = "" }), Config{}, NothingFences, "cibadmin --query --local", "", 0},
		"the cluster is stopped":               {guide().tools().but("cibadmin", runtest.Complains(102, "")), Config{}, NoCluster, "cibadmin --query --local", "", 0},
		"the cluster reports an error":         {guide().tools().but("cibadmin", runtest.Complains(1, "")), Config{}, ClusterFails, "cibadmin --query --local", "", 0},
		"the cluster prints rubbish":           {guide().tools().but("cibadmin", runtest.Rubbish()), Config{}, NoAnswer, "cibadmin --query --local", "", 0},
		"the cluster's tools are missing":      {guide().tools().but("cibadmin", nil), Config{}, NoAnswer, "cibadmin --query --local", "", 0},
		"the cluster hangs":                    {guide().tools().but("cibadmin", runtest.Hangs), Config{}, TooSlow, "cibadmin --query --local", "", fenceAskTime},
		"the name of the node is not known":    {guide().tools().but("crm_node", runtest.Rubbish()), Config{}, NoAnswer, "crm_node --name", "", 0},
		"the request is refused":               {guide().tools().but("crm_attribute", runtest.Complains(4, "no")), Config{}, ClusterFails, asked, "", 0},
		"the request hangs":                    {guide().tools().but("crm_attribute", runtest.Hangs), Config{}, TooSlow, asked, "", fenceAskTime},
		"the database is ended first":          {guide().tools(), Config{FencePrekill: true}, StillAlive, asked, "fencing", fenceWait},
		"a database that cannot be ended": {guide().tools().but("su", runtest.Complains(1, "su: no user")), Config{FencePrekill: true}, StillAlive, asked,
			"HDB kill-9 before fencing: exit 1: su: no user", fenceWait},
		"ending the database hangs": {guide().tools().but("su", runtest.Hangs), Config{FencePrekill: true}, StillAlive, asked, "HDB kill-9 before fencing", fenceWait},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var said []string
				script := &runtest.Script{Programs: row.tools}
				h := &Helper{Runner: script, Config: row.config, Say: func(line string) { said = append(said, line) }}
				began := time.Now()
				got := h.FenceMe(t.Context(), sid)
				require.Equal(t, row.want, got.Code, got.Reason)
				require.Equal(t, row.took, time.Since(began))
				lines := script.Lines()
				require.Equal(t, row.last, lines[len(lines)-1])
				require.Equal(t, row.config.FencePrekill, strings.Contains(strings.Join(lines, "\n"), `su - ha1adm -c "HDB kill-9"`))
				require.Contains(t, strings.Join(said, "\n"), row.say)
			})
		})
	}
}

func TestEchoBeIsClosedUnlessRootOpensIt(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sysrq-trigger")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	h := &Helper{SysRq: file, Say: func(string) {}}
	got := h.EchoBe()
	require.Equal(t, BadUsage, got.Code)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Empty(t, text)

	h.Config.AllowSysRq = true
	require.Equal(t, StillAlive, h.EchoBe().Code)
	text, err = os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, "b\n", string(text))

	h.SysRq = t.TempDir()
	require.Equal(t, ClusterFails, h.EchoBe().Code)
}
