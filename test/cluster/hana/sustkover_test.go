package hana_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/srhook"
	"ocfbox/test/hanasim/core"
	"ocfbox/test/hanasim/install"
	"ocfbox/test/hanasim/text"
	"ocfbox/test/hanasim/truth"
	"ocfbox/test/lab"
	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/node"
	"ocfbox/test/product"
)

const (
	database     = "msl_SAPHana_HA1_HDB10"
	takeOverHere = "hdbnsutil -sr_takeover"
	// clusterTime is how long the cluster may take for anything that it does with a database here.
	clusterTime = 3 * time.Minute
)

// A takeover by hand is refused while the cluster manages the pair, and nothing else is. Each step begins where the one
// before has ended.
func TestLongTakeoverByHand(t *testing.T) {
	lab.Need(t, "sudo", "visudo")
	p := newManagedPair(t)
	require.True(t, t.Run("is refused while the cluster manages the pair", func(t *testing.T) {
		p := p.with(t)
		p.refused(rot, "reject, the cluster manages the database", "cmdrc=4")
		p.require(rot, srhook.TakeoverCommand("HA1"), int(srhook.Block), "block: the cluster manages HA1 and is not taking over here\n")
		log, _ := p.root(rot, "cat", node.SystemLog)
		require.Contains(t, log, "ocfbox-srhook: HA1 checkTakeover: rc=4 block: ")
	}))
	require.True(t, t.Run("is refused when only the cluster is in maintenance mode", func(t *testing.T) {
		p := p.with(t)
		p.crm("configure", "property", "maintenance-mode=true")
		p.refused(rot, "cmdrc=4")
		p.require(rot, srhook.TakeoverCommand("HA1"), int(srhook.Block), "maintenance-mode is set, but resource "+database+" is not in maintenance")
		for mode, code := range map[string]srhook.Code{"0644": srhook.PermitMaintenance, "0666": srhook.Block} {
			p.put(rot, srhook.ConfigPath, "accept_maintenance_mode = yes\n", mode)
			p.require(rot, srhook.TakeoverCommand("HA1"), int(code), "maintenance-mode is set")
		}
		p.root(rot, "rm", srhook.ConfigPath)
		p.crm("configure", "property", "maintenance-mode=false")
	}))
	require.True(t, t.Run("is refused where sudo denies the question, and the trace says so", func(t *testing.T) {
		p := p.with(t)
		p.root(rot, "mv", hookRules, "/run/rules")
		p.refused(rot, "cmdrc=1: sudo must allow: ha1adm ALL=(root) NOPASSWD: /usr/sbin/SAPHanaSR-hookHelper --sid=HA1 --case=checkTakeover")
		out, code := p.root(rot, "/usr/sbin/ocfbox", "srhook", "check", "--sites", "WDF,ROT")
		require.Equal(t, 1, code)
		require.Contains(t, out, "failed   sudo       the question whether a takeover is permitted is not allowed\n")
		p.root(rot, "mv", "/run/rules", hookRules)
		out, code = p.root(rot, "/usr/sbin/ocfbox", "srhook", "check", "--sites", "WDF,ROT")
		require.Zero(t, code, out)
	}))
	require.True(t, t.Run("is permitted while the resource is in maintenance", func(t *testing.T) {
		p := p.with(t)
		p.crm("resource", "maintenance", database, "on")
		p.do(wdf, "HDB stop")
		require.Equal(t, "done.\n", p.do(rot, takeOverHere))
		p.traced(rot, "permit, resource in maintenance", "cmdrc=5")
		register(p, wdf, rot, "WDF", "")
		p.do(wdf, "HDB start")
		p.awaitStatus(rot, core.Active)
		p.crm("resource", "refresh", database)
		p.crm("resource", "maintenance", database, "off")
		p.awaitManaged(rot, wdf)
		p.refused(wdf, "cmdrc=4")
	}))
	require.True(t, t.Run("is permitted to the cluster itself", func(t *testing.T) {
		p := p.with(t)
		p.do(rot, "HDB kill-9")
		p.awaitAttribute(wdf, "clone_state", "PROMOTED")
		p.awaitRole(wdf, "primary")
		p.traced(wdf, "permit cluster action", "cmdrc=0")
		p.awaitAttribute(wdf, "sra", "-")
		p.awaitLandscape(rot, text.LandscapeError)
		register(p, rot, wdf, "ROT", "")
		p.crm("resource", "cleanup", database)
		p.awaitManaged(wdf, rot)
	}))
	require.True(t, t.Run("is permitted when the cluster is stopped", func(t *testing.T) {
		p := p.with(t)
		p.crm("configure", "property", "maintenance-mode=true")
		for _, on := range p.nodes {
			out, code := p.root(on, "systemctl", "stop", "pacemaker")
			require.Zero(t, code, out)
		}
		p.do(wdf, "HDB stop")
		require.Equal(t, "done.\n", p.do(rot, takeOverHere))
		p.traced(rot, "permit, no cluster connection", "cmdrc=6")
	}))
	require.Empty(t, truth.TwoPrimaries(p.writes(wdf, rot)))
}

// The helper's request to fence makes the cluster fence the node that it runs on.
func TestLongHelperLetsTheClusterFenceItsNode(t *testing.T) {
	p := newPair(t, 2, func(p *install.Plan) { p.State = install.Installed })
	binary, err := os.ReadFile(product.Build(t, t.TempDir(), "ocfbox"))
	require.NoError(t, err)
	p.put(rot, srhook.HelperPath, string(binary), "0755")
	history := func() string {
		out, _ := p.root(wdf, "stonith_admin", "--history", rot)
		return out
	}
	require.NotContains(t, history(), "reboot")
	p.root(rot, "sh", "-c", "setsid "+srhook.HelperPath+" --sid=HA1 --case=fenceMe >/dev/null 2>&1 </dev/null &")
	p.slowly("the end of "+rot, func() error { return contains(history(), "reboot") })
	p.require(wdf, []string{"grep", "-c", "terminate.*true", "/var/log/pacemaker/pacemaker.log"}, 0, "")
}

// newManagedPair is a pair that the cluster manages as SUSE's guide has it, with both providers.
func newManagedPair(t *testing.T) *pair {
	p := newWatchedPair(t)
	for _, on := range p.nodes {
		installHook(p, on)
		installTakeoverHook(p, on)
	}
	guide, err := os.ReadFile(filepath.Join(product.Root(t), "test/topologies/hana-performance/cluster.crm"))
	require.NoError(t, err)
	// Failures are noticed after 12 s, and no node waits before it fences the other.
	config := strings.NewReplacer("interval=61", "interval=13", "interval=60", "interval=12", "pcmk_delay_max=15", "pcmk_delay_max=1").Replace(string(guide))
	require.NoError(t, p.lab.LoadConfiguration(t.Context(), wdf, config))
	p.awaitManaged(wdf, rot)
	return p
}

func installTakeoverHook(p *pair, on string) {
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(product.Root(p), "hooks", name))
		require.NoError(p, err)
		return string(text)
	}
	p.put(on, "/usr/share/ocfbox/srhook/susTkOver.py", read("susTkOver.py"), "0644")
	p.put(on, hookRules, srhook.Exact("HA1", []srhook.Site{"WDF", "ROT"}), "0440")
	out, code := p.root(on, "ln", "-sf", "ocfbox", srhook.HelperPath)
	require.Zero(p, code, out)
	ini := "/usr/sap/HA1/SYS/global/hdb/custom/config/global.ini"
	before, code := p.root(on, "cat", ini)
	require.Zero(p, code)
	section, trace, ok := strings.Cut(read("global.ini_susTkOver"), "[trace]\n")
	require.True(p, ok)
	p.put(on, ini, strings.Replace(before, "[trace]\n", "[trace]\n"+trace, 1)+"\n"+section, "0644")
	p.root(on, "chown", "ha1adm:sapsys", ini)
	require.Equal(p, "done.\n", p.do(on, "hdbnsutil -reloadHADRProviders"))
}

// refused requires that HANA refuses a takeover by hand and that its trace says these words, too.
func (p *pair) refused(on string, words ...string) {
	p.Helper()
	before := p.role(on)
	out, code := p.try(on, takeOverHere)
	require.Equal(p, 1, code, out)
	require.Contains(p, out, "50277")
	require.Equal(p, before, p.role(on))
	p.traced(on, append(words, "susTkOver.preTakeover() failed with error code 50277")...)
}

// traced requires words in what the nameserver traced since HANA last asked the provider.
func (p *pair) traced(on string, words ...string) {
	p.Helper()
	out, _ := p.root(on, "sh", "-c", "cat /usr/sap/HA1/HDB10/"+on+"/trace/nameserver_*.trc")
	at := strings.LastIndex(out, "susTkOver.preTakeover method called")
	require.GreaterOrEqual(p, at, 0, out)
	for _, word := range words {
		require.Contains(p, out[at:], word)
	}
}

// require runs a program as root, which must exit with a code and say a text.
func (p *pair) require(on string, words []string, code int, text string) {
	p.Helper()
	out, got := p.root(on, words...)
	require.Equal(p, code, got, out)
	require.Contains(p, out, text)
}

func (p *pair) crm(words ...string) {
	p.Helper()
	out, code := p.root(wdf, append([]string{"crm", "-F"}, words...)...)
	require.Zero(p, code, "crm %q: %s", words, out)
}

func (p *pair) role(on string) string {
	out := p.do(on, "hdbnsutil -sr_stateConfiguration --sapcontrol=1")
	_, mode, _ := strings.Cut(out, "mode=")
	mode, _, _ = strings.Cut(mode, "\n")
	return mode
}

func (p *pair) awaitRole(on, want string) {
	p.Helper()
	p.slowly("role "+want+" of "+on, func() error {
		if got := p.role(on); got != want {
			return fmt.Errorf("it is %s", got)
		}
		return nil
	})
}

// awaitManaged waits until the cluster has promoted one site and counts on the other.
func (p *pair) awaitManaged(primary, secondary string) {
	p.Helper()
	p.awaitAttribute(primary, "clone_state", "PROMOTED")
	p.awaitAttribute(secondary, "clone_state", "DEMOTED")
	p.awaitAttribute(secondary, "sync_state", "SOK")
}

// awaitAttribute waits for a transient attribute of the agent.
func (p *pair) awaitAttribute(of, name, want string) {
	p.Helper()
	p.slowly(name+"="+want+" of "+of, func() error {
		out, _ := p.root(wdf, "crm_attribute", "-n", "hana_ha1_"+name, "-N", of, "-l", "reboot", "-G", "-q")
		if got := strings.TrimSpace(out); got != want {
			return fmt.Errorf("it is %q", got)
		}
		return nil
	})
}

// slowly is await for what the cluster does.
func (p *pair) slowly(what string, check func() error) {
	p.Helper()
	require.NoError(p, cluster.Await(p.Context(), what, clusterTime, func(context.Context) error { return check() }))
}
