package drbddisk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/crm"
	"ocfbox/internal/crm/crmtest"
	"ocfbox/internal/drbd/feed"
	"ocfbox/internal/ocf"
	"ocfbox/internal/ocf/ocftest"
	"ocfbox/internal/run"
	"ocfbox/internal/run/runtest"
	"ocfbox/test/drbdsim/core"
)

func TestDeclaration(t *testing.T) { ocftest.CheckDeclaration(t, &Agent) }

// Each of DRBD's tools hangs, is missing, fails with each of its codes, or prints rubbish, in each action and with either
// kernel, whichever role the device has: nothing lies, and nothing takes longer than it may.
func TestFaultsOfTheTools(t *testing.T) {
	faults := map[string]runtest.Program{
		"hangs": runtest.Hangs, "is missing": nil, "prints rubbish": runtest.Rubbish(), "says nothing": runtest.Says(0, ""),
		"is forbidden": runtest.Fails(errors.New("permission denied")),
	}
	for _, code := range []int{1, 2, 5, 10, 11, 16, 17, 20, 127, 137} {
		faults[fmt.Sprintf("fails with %d", code)] = runtest.Complains(code, "something\n")
	}
	for how, program := range faults {
		for _, tool := range []string{"drbdadm", "drbdsetup"} {
			for _, primary := range []bool{false, true} {
				both(t, fmt.Sprintf("%s %s, primary=%t", tool, how, primary), plan{}, func(w *world) {
					if primary {
						w.happens("alfa drbdadm primary r0")
					}
					w.program(tool, program)
					w.underFault(tool, primary)
				})
			}
		}
	}
}

// underFault requires what must hold with a tool that does not work.
func (w *world) underFault(tool string, primary bool) {
	w.t.Helper()
	blind := tool == "drbdsetup" && w.desk.Pair.Side(alfa).Node.Generation == core.Gen9
	running, stopped := ocf.Success, ocf.NotRunning
	if blind {
		running, stopped = ocf.ErrGeneric, ocf.ErrGeneric
	}
	role := map[bool]ocf.Code{true: running, false: stopped}[primary]
	w.Env["OCF_RESKEY_CRM_meta_timeout"] = "20000"
	require.Equal(w.t, role, w.Call(w.t, "monitor").Code)
	require.Equal(w.t, role, w.Probe(w.t).Code)
	status := w.heartbeat("r0", "status")
	require.Equal(w.t, map[bool]ocf.Code{true: 0, false: 3}[primary] == status.Code, !blind)
	require.Equal(w.t, primary || blind, strings.Contains(status.Stdout, "running"))

	w.Env["OCF_RESKEY_CRM_meta_timeout"] = "240000"
	was := w.role()
	d := took(func() {
		start := w.Call(w.t, "start")
		require.Equal(w.t, w.role() == core.Primary && !blind, start.Code == ocf.Success, start.Stderr)
		require.False(w.t, tool == "drbdadm" && w.role() != was)
	})
	require.LessOrEqual(w.t, d, 217*time.Second)
	w.Env["OCF_RESKEY_CRM_meta_timeout"] = "100000"
	d = took(func() {
		stop := w.Call(w.t, "stop")
		require.False(w.t, stop.Code == ocf.Success && w.role() == core.Primary, "a stop that did not demote")
		require.Equal(w.t, w.role() == core.Secondary && !blind, stop.Code == ocf.Success, stop.Stderr)
	})
	require.LessOrEqual(w.t, d, 95*time.Second)
}

// A tool that does what it is told and then hangs: what DRBD says afterwards counts.
func TestAToolThatHangsAfterItsWork(t *testing.T) {
	both(t, "promotes and demotes all the same", plan{}, func(w *world) {
		hangs := func(ctx context.Context, c run.Cmd) (run.Result, error) {
			_, _ = w.pairs(ctx, c)
			return runtest.Hangs(ctx, c)
		}
		w.program("drbdadm primary", hangs)
		w.program("drbdadm secondary", hangs)
		for _, timeout := range []string{"20000", "240000"} {
			w.Env["OCF_RESKEY_CRM_meta_timeout"] = timeout
			require.Equal(w.t, ocf.Success, w.Call(w.t, "stop").Code)
			require.Equal(w.t, core.Secondary, w.role())
			start := w.Call(w.t, "start")
			require.Equal(w.t, core.Primary, w.role(), start.Stderr)
			require.Equal(w.t, ocf.Success, start.Code, start.Stderr)
		}
	})
}

// With 8.4 the state is in the kernel's file: without names of the tools, those of the configuration do.
func TestRowsGetTheirNamesFromTheConfiguration(t *testing.T) {
	without(t, "names", func(w *world) {
		const row = "cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----"
		w.rows("8.4.11", row)
		require.Equal(w.t, ocf.Success, w.Call(w.t, "monitor").Code)
		w.file("etc/drbd.conf", "resource other { device /dev/drbd0; on alfa { } }\n")
		w.program("drbdadm", runtest.Complains(10, "no configuration"))
		require.Equal(w.t, ocf.ErrGeneric, w.Call(w.t, "monitor").Code, "the row may be this resource's")
	})
	without(t, "8.3, by drbdadm", func(w *world) {
		w.rows("8.3.11", "cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----")
		w.file("etc/drbd.conf", "")
		w.program("drbdadm", runtest.Says(0, "_conf_res_name=r0\n_minor=0\n_sh_status_process\n"))
		require.Equal(w.t, ocf.Success, w.Call(w.t, "monitor").Code)
		require.Equal(w.t, "running (Primary)\n", w.heartbeat("r0", "status").Stdout)
	})
}

// What the kernel shows beside DRBD's words.
func TestTheKernelIsAskedToo(t *testing.T) {
	const secondary = "cs:Connected ro:Secondary/Secondary ds:UpToDate/UpToDate C r-----"
	without(t, "a device that is mounted for writing is primary", func(w *world) {
		w.rows("8.4.11", secondary)
		w.mounted("ro")
		require.Equal(w.t, ocf.NotRunning, w.Call(w.t, "monitor").Code, "not one that is mounted for reading")
		w.mounted("rw")
		require.Equal(w.t, ocf.Success, w.Call(w.t, "monitor").Code)
		w.program("drbdadm", runtest.Says(0, ""))
		require.Equal(w.t, ocf.ErrGeneric, w.Call(w.t, "stop").Code)
	})
	without(t, "a secondary whose device may be written is doubtful", func(w *world) {
		w.rows("8.4.11", secondary)
		w.file("sys/block/drbd0/ro", "1\n")
		require.Equal(w.t, ocf.NotRunning, w.Call(w.t, "monitor").Code)
		w.file("sys/block/drbd0/ro", "0\n")
		result := w.Call(w.t, "monitor")
		require.Equal(w.t, ocf.ErrGeneric, result.Code)
		require.Contains(w.t, result.Reason, "lets /dev/drbd0 be written")
		require.Equal(w.t, ocf.Code(4), w.heartbeat("r0", "status").Code)
	})
	without(t, "a module without its file is unknown", func(w *world) {
		w.Env[feed.ProcVariable] = "-"
		require.Equal(w.t, ocf.NotRunning, w.Call(w.t, "monitor").Code)
		w.file("sys/module/drbd/version", "9.3.0\n")
		require.Equal(w.t, ocf.ErrGeneric, w.Call(w.t, "monitor").Code)
	})
}

// A resource that is not up is brought up, once, and is promoted only when it has met its peer.
func TestAResourceThatIsDownIsBroughtUp(t *testing.T) {
	both(t, "and meets its peer", plan{}, func(w *world) {
		w.happens("alfa drbdadm down r0")
		w.before["drbdadm primary"] = func(int) {}
		for _, look := range []string{"drbdsetup events2", "drbdsetup status"} {
			w.before[look] = func(int) { w.happens("wait 1") }
		}
		result := w.Call(w.t, "start")
		require.Equal(w.t, ocf.Success, result.Code, result.Stderr)
		require.Equal(w.t, 1, w.count("drbdadm up"))
		require.Equal(w.t, core.Primary, w.role())
	})
	both(t, "and does not meet it: nobody knows who has the newer data", plan{}, func(w *world) {
		w.happens("alfa drbdadm down r0", "cut", "wait 20")
		result := w.Call(w.t, "start")
		require.Equal(w.t, ocf.ErrGeneric, result.Code)
		require.Zero(w.t, w.count("drbdadm primary"))
		require.Equal(w.t, 1, w.count("drbdadm up"))
		require.Equal(w.t, ocf.ErrGeneric, w.Call(w.t, "start").Code, "nor at the next start")
		require.Equal(w.t, ocf.Code(1), w.heartbeat("--dry-run", "r0", "start").Code)
		require.Zero(w.t, w.count("drbdadm primary"))
		w.happens("heal", "wait 20")
		require.Equal(w.t, ocf.Success, w.Call(w.t, "start").Code, "it has met its peer")
		require.Equal(w.t, ocf.Success, w.Call(w.t, "stop").Code)
		w.happens("cut", "wait 20")
		require.Equal(w.t, ocf.Success, w.Call(w.t, "start").Code, "and that counts from then on")
	})
	both(t, "and somebody who knows promotes it by hand", plan{}, func(w *world) {
		w.happens("alfa drbdadm down r0", "cut", "wait 20")
		require.Equal(w.t, ocf.ErrGeneric, w.Call(w.t, "start").Code)
		w.happens("alfa drbdadm primary r0")
		require.Equal(w.t, ocf.Success, w.Call(w.t, "start").Code)
	})
}

// A primary that dies: the survivor takes over, and the dead one comes back as a secondary. Nothing that was acknowledged
// is lost, so the copy of the survivor is current.
func TestASurvivorTakesOver(t *testing.T) {
	both(t, "and the dead one comes back", plan{}, func(w *world) {
		w.happens("bravo drbdadm primary r0", "bravo write r0 20", "crash bravo", "wait 20")
		require.Equal(w.t, ocf.Success, w.Call(w.t, "start").Code)
		require.Equal(w.t, core.Primary, w.role())
		w.happens("boot bravo", "bravo drbdadm up r0", "wait 30")
		require.Equal(w.t, core.Secondary, w.desk.Role(bravo, "r0"))
		require.Equal(w.t, ocf.Success, w.Call(w.t, "monitor").Code)
	})
}

// value is an attribute of the node.
func (w *world) value(name string) string {
	cluster := crm.Cluster{Runner: w.cluster.On(alfa)}
	value, _ := cluster.Get(context.Background(), crm.TransientOf(alfa, name))
	return value
}

func TestAttributesTellWhatThePrimaryKnows(t *testing.T) {
	both(t, "of a service's life", plan{}, func(w *world) {
		require.Equal(w.t, ocf.Success, w.Call(w.t, "start").Code)
		require.Equal(w.t, []string{"PRIM", "UP", "0"}, []string{w.value("ocfbox-drbd-r0"), w.value("ocfbox-drbd-r0-link"), w.value("ocfbox-drbd-r0-oos")})
		w.cluster.Forget()
		require.Equal(w.t, ocf.Success, w.Call(w.t, "monitor").Code)
		require.Zero(w.t, w.cluster.Started("crm_attribute"), "a monitor writes what has changed")
		w.happens("cut", "wait 20", "alfa write r0 10")
		require.Equal(w.t, ocf.Success, w.Call(w.t, "monitor").Code)
		require.Equal(w.t, "DOWN", w.value("ocfbox-drbd-r0-link"))
		require.Equal(w.t, "PRIM", w.value("ocfbox-drbd-r0"))
		require.Equal(w.t, ocf.Success, w.Call(w.t, "stop").Code)
		require.Equal(w.t, "SOK", w.value("ocfbox-drbd-r0"), "it has all that was promised")
	})
	in(t, "not when that is not wanted, for a script, or outside of a cluster", plan{}, func(w *world) {
		w.Params["attr"] = "false"
		require.Equal(w.t, ocf.Success, w.Call(w.t, "start").Code)
		require.Equal(w.t, ocf.Success, w.heartbeat("r0", "stop").Code)
		delete(w.Params, "attr")
		w.Env["OCF_RESKEY_crm_feature_set"] = "-"
		require.Equal(w.t, ocf.Success, w.Call(w.t, "start").Code)
		require.Zero(w.t, w.cluster.Started())
	})
	in(t, "and a cluster that takes none stops nothing", plan{}, func(w *world) {
		w.cluster.Override("crm_attribute", runtest.Complains(105, "no"))
		require.Equal(w.t, ocf.Success, w.Call(w.t, "start").Code)
		require.Equal(w.t, ocf.Success, w.Call(w.t, "monitor").Code)
		require.Equal(w.t, ocf.Success, w.Call(w.t, "stop").Code)
		require.Equal(w.t, core.Secondary, w.role())
	})
	both(t, "of a primary without a disk", plan{}, func(w *world) {
		w.happens("alfa drbdadm primary r0", "alfa drbdadm detach r0")
		require.Equal(w.t, ocf.Success, w.Call(w.t, "monitor").Code)
		require.Equal(w.t, "SFAIL", w.value("ocfbox-drbd-r0"))
		require.Equal(w.t, ocf.Success, w.Call(w.t, "stop").Code)
		require.Equal(w.t, "SFAIL", w.value("ocfbox-drbd-r0"))
	})
}

func TestValidateLooksForWhatIsMissing(t *testing.T) {
	tool := func(w *world) {
		w.file("usr/sbin/drbdadm", "")
		require.NoError(w.t, os.Chmod(w.at("usr/sbin/drbdadm"), 0o755))
	}
	in(t, "a tool", plan{}, func(w *world) {
		require.Equal(w.t, ocf.ErrInstalled, w.Call(w.t, "validate-all").Code)
		tool(w)
		result := w.Call(w.t, "validate-all")
		require.Equal(w.t, ocf.Success, result.Code, result.Stderr)
		require.Contains(w.t, result.Stderr, "no fencing policy and handler for r0")
	})
	in(t, "two primaries in DRBD's configuration", plan{}, func(w *world) {
		tool(w)
		w.Params["allow_dual"] = "true"
		require.Equal(w.t, ocf.ErrConfigured, w.Call(w.t, "validate-all").Code)
	})
	in(t, "another agent for the resource", plan{}, func(w *world) {
		tool(w)
		w.cluster.Configure(`<resources><master id="ms"><primitive id="p_drbd" class="ocf" provider="linbit" type="drbd">` +
			`<instance_attributes id="i"><nvpair id="n" name="drbd_resource" value="r0"/></instance_attributes></primitive></master></resources>`)
		result := w.Call(w.t, "validate-all")
		require.Equal(w.t, ocf.ErrConfigured, result.Code, result.Stderr)
		require.Contains(w.t, result.Reason, "p_drbd of ocf:linbit:drbd manages r0 already")
		w.cluster.Override("cibadmin", crmtest.Missing)
		require.Equal(w.t, ocf.Success, w.Call(w.t, "validate-all").Code, "where no cluster answers there is nothing to find")
	})
	in(t, "rights", plan{}, func(w *world) {
		w.UID = 1000
		for _, action := range []string{"start", "stop", "validate-all"} {
			require.Equal(w.t, ocf.ErrPerm, w.Call(w.t, action).Code, action)
		}
	})
}

// Where the module is not there, no tool may be run: it would load it.
func TestNothingIsRunWithoutTheModule(t *testing.T) {
	without(t, "monitor, status and stop", func(w *world) {
		require.Equal(w.t, ocf.NotRunning, w.Call(w.t, "monitor").Code)
		require.Equal(w.t, ocf.NotRunning, w.Call(w.t, "status").Code)
		require.Equal(w.t, ocf.Success, w.Call(w.t, "stop").Code)
		w.Params["drbd_resource"] = "r 0"
		require.Equal(w.t, ocf.Success, w.Call(w.t, "stop").Code, "verifiably nothing to stop, whatever is misconfigured")
		require.Empty(w.t, w.calls)
	})
}

func TestAMonitorStartsOneProgram(t *testing.T) {
	both(t, "one", plan{}, func(w *world) {
		for _, lines := range [][]string{{"wait 1"}, {"alfa drbdadm primary r0"}, {"cut", "wait 20"}} {
			w.happens(lines...)
			w.Params["attr"] = "false"
			w.forget()
			w.Call(w.t, "monitor")
			require.Len(w.t, w.calls, 1)
		}
	})
}

func TestTheScriptsOptions(t *testing.T) {
	both(t, "--dry-run changes nothing, and says what would be done", plan{}, func(w *world) {
		result := w.heartbeat("--dry-run", "r0", "start")
		require.Equal(w.t, "would run: drbdadm primary r0\n", result.Stdout)
		require.Equal(w.t, ocf.Success, result.Code)
		require.Equal(w.t, core.Secondary, w.role())
		w.happens("bravo drbdadm primary r0")
		result = w.heartbeat("r0", "start", "--dry-run")
		require.Equal(w.t, ocf.Code(1), result.Code)
		require.Contains(w.t, result.Stdout, "would wait, and then refuse: ")
		w.happens("bravo drbdadm secondary r0", "alfa drbdadm primary r0")
		require.Equal(w.t, "would run: drbdadm secondary r0\n", w.heartbeat("r0", "stop", "--dry-run").Stdout)
		require.Equal(w.t, "would do nothing: r0 is primary\n", w.heartbeat("r0", "start", "--dry-run").Stdout)
		require.Equal(w.t, core.Primary, w.role())
		require.Zero(w.t, w.count("drbdadm primary")+w.count("drbdadm secondary"))
	})
	both(t, "--json", plan{}, func(w *world) {
		var got struct {
			Resource, Role, Class string
			Running               *bool
			Volumes               []struct{ Disk string }
		}
		result := w.heartbeat("r0", "status", "--json")
		require.Equal(w.t, ocf.Code(3), result.Code)
		require.NoError(w.t, json.Unmarshal([]byte(result.Stdout), &got))
		require.Equal(w.t, "Secondary", got.Role)
		require.Equal(w.t, "OK", got.Class)
		require.False(w.t, *got.Running)
		require.Equal(w.t, "UpToDate", got.Volumes[0].Disk)
		w.program("drbdsetup", runtest.Fails(run.ErrTimeout))
		w.file("proc/drbd", "version: 9.2.14 (api:2/proto:118-123)\n")
		got.Running = nil
		result = w.heartbeat("r0", "status", "--json")
		require.Equal(w.t, ocf.Code(4), result.Code)
		require.NoError(w.t, json.Unmarshal([]byte(result.Stdout), &got))
		require.Nil(w.t, got.Running)
		require.Equal(w.t, "Unknown", got.Role)
	})
	in(t, "an option that there is not", plan{}, func(w *world) {
		require.Equal(w.t, usageText, w.heartbeat("r0", "status", "--force").Stdout)
	})
	in(t, "the environment names another drbdadm", plan{}, func(w *world) {
		w.Env["DRBDADM"] = "/opt/drbd/drbdadm"
		require.Equal(w.t, ocf.Success, w.heartbeat("r0", "start").Code)
		require.Equal(w.t, core.Primary, w.role())
	})
	in(t, "another configuration", plan{}, func(w *world) {
		w.Params["drbdconf"] = "/etc/drbd.d/r0.res"
		w.program("drbdadm primary", func(_ context.Context, c run.Cmd) (run.Result, error) {
			require.Equal(w.t, []string{"-c", "/etc/drbd.d/r0.res", "primary", "r0"}, c.Args)
			w.desk.Run(context.Background(), alfa, "drbdadm", "primary", "r0")
			w.refresh()
			return run.Result{}, nil
		})
		require.Equal(w.t, ocf.Success, w.Call(w.t, "start").Code)
	})
}

func TestAllResources(t *testing.T) {
	both(t, "are started and stopped in their order", plan{}, func(w *world) {
		require.Equal(w.t, ocf.Success, w.heartbeat("start").Code)
		require.Equal(w.t, core.Primary, w.role())
		require.Equal(w.t, core.Primary, w.desk.Role(alfa, "pair"))
		w.happens("alfa hold r0")
		require.Equal(w.t, ocf.Code(1), w.heartbeat("all", "stop").Code, "one is held")
		require.Equal(w.t, core.Secondary, w.desk.Role(alfa, "pair"), "the others are stopped all the same")
		w.happens("alfa release r0")
		require.Equal(w.t, ocf.Success, w.heartbeat("all", "stop").Code)
		require.Equal(w.t, core.Secondary, w.role())
	})
	both(t, "when DRBD's configuration cannot be read", plan{}, func(w *world) {
		require.Equal(w.t, ocf.Success, w.heartbeat("all", "start").Code)
		w.program("drbdadm sh-resources", runtest.Complains(10, "parse error"))
		require.Equal(w.t, ocf.Code(1), w.heartbeat("all", "start").Code)
		require.Equal(w.t, ocf.Success, w.heartbeat("all", "stop").Code, "the kernel knows what is up")
		require.Equal(w.t, core.Secondary, w.role())
		w.happens("alfa drbdadm primary r0")
		w.file("proc/drbd", "version: 9.2.14 (api:2/proto:118-123)\n")
		w.program("drbdsetup", runtest.Complains(20, "no answer"))
		require.Equal(w.t, ocf.Code(1), w.heartbeat("all", "stop").Code)
	})
	both(t, "two volumes", plan{}, func(w *world) {
		w.Params["drbd_resource"] = "pair"
		require.Equal(w.t, ocf.Success, w.Call(w.t, "start").Code)
		require.Equal(w.t, core.Primary, w.desk.Role(alfa, "pair"))
		require.Equal(w.t, ocf.Success, w.Call(w.t, "monitor").Code)
		require.Equal(w.t, "running (Primary)\n", w.heartbeat("pair", "status").Stdout)
		require.Equal(w.t, ocf.Success, w.Call(w.t, "stop").Code)
	})
}

// Which calls are OCF's and which heartbeat's (drbddisk.md 5).
func TestTheDoor(t *testing.T) {
	const ha, ra = "/etc/ha.d/resource.d/drbddisk", "/usr/lib/ocf/resource.d/ocfbox/drbddisk"
	for name, row := range map[string]struct {
		env     map[string]string
		program string
		words   []string
		code    ocf.Code
		stdout  string
	}{
		"an OCF environment and one word":      {map[string]string{"OCF_ROOT": "/usr/lib/ocf", "OCF_RESKEY_drbd_resource": "r0"}, ha, []string{"monitor"}, 7, ""},
		"an OCF environment and two words":     {map[string]string{"OCF_ROOT": "/usr/lib/ocf"}, ha, []string{"r0", "status"}, 3, "stopped (Unconfigured)\n"},
		"a folder of OCF's":                    {nil, ra, []string{"meta-data"}, 0, "<?xml"},
		"heartbeat's folder and an OCF word":   {nil, ha, []string{"meta-data"}, 1, usageText},
		"the plain name":                       {nil, "drbddisk", []string{"r0", "status"}, 3, "stopped (Unconfigured)\n"},
		"a link, whatever the environment":     {map[string]string{"OCF_ROOT": "/usr/lib/ocf"}, "/etc/init.d/drbddisk-r0", []string{"status"}, 3, "stopped (Unconfigured)\n"},
		"a link, and the name once more":       {nil, "/etc/init.d/drbddisk-r0", []string{"r0", "status"}, 3, "stopped (Unconfigured)\n"},
		"a link, and another name":             {nil, "/etc/init.d/drbddisk-r0", []string{"r1", "status"}, 1, "Usage: drbddisk-r0 {start|stop|status}\n"},
		"a link without a word":                {nil, "/etc/init.d/drbddisk-r0", nil, 1, "Usage: drbddisk-r0 {start|stop|status}\n"},
		"a name that is none, in old words":    {nil, ha, []string{"--compat=0.7", "r;0", "status"}, 4, "cannot determine status, may be running (Unknown)\n"},
		"a name that is none":                  {nil, ha, []string{"r;0", "status"}, 4, "cannot determine status, may be running (Unknown)\n"},
		"three words, the last one an action":  {nil, ha, []string{"a", "b", "stop"}, 1, usageText},
		"three words, the first one an action": {nil, ha, []string{"stop", "a", "b"}, 0, ""},
	} {
		without(t, name, func(w *world) {
			result := w.Dispatch(w.t, row.env, row.program, row.words...)
			require.Equal(w.t, row.code, result.Code, result.Stderr)
			require.True(w.t, strings.HasPrefix(result.Stdout, row.stdout) && (row.stdout != "" || result.Stdout == ""), result.Stdout)
		})
	}
}

// heartbeat looks for two words in what status prints: they must not be in what means stopped.
func TestStoppedTextsHaveNeitherWord(t *testing.T) {
	for _, compat := range []string{"", "0.7", "8.2", "8.3"} {
		for _, o := range []Observation{{Answered: true}, {}, {Mounted: []string{"/data"}}} {
			var out strings.Builder
			(&script{compat: compat}).tell(&out, o)
			stopped := o.Standing() == Unconfigured
			require.Equal(t, !stopped, strings.Contains(out.String(), "running"), out.String())
			require.NotContains(t, out.String(), "OK")
		}
	}
}
