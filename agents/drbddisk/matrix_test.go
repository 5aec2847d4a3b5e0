package drbddisk

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/drbd/drbdtest"
	"ocfbox/internal/ocf"
	"ocfbox/internal/run"
	"ocfbox/internal/run/runtest"
	"ocfbox/test/drbdsim/core"
)

const peerIsPrimary = "0: State change failed: (-1) Multiple primaries not allowed by config\nCommand 'drbdsetup-84 primary 0' terminated with exit code 11\n"

func TestRowsOfStart(t *testing.T) {
	both(t, "row 1: start, the first try is good", plan{}, func(w *world) {
		result := w.Call(w.t, "start")
		require.Equal(w.t, ocf.Success, result.Code, result.Stderr)
		require.Equal(w.t, core.Primary, w.role())
		require.Equal(w.t, 1, w.count("drbdadm primary"))
		require.Contains(w.t, w.calls, "drbdadm primary r0")
	})
	both(t, "row 2: start, three failures with 11 and then good", plan{}, func(w *world) {
		no := runtest.Complains(11, peerIsPrimary)
		w.program("drbdadm primary", runtest.InTurn(no, no, no, w.pairs))
		d := took(func() { require.Equal(w.t, ocf.Success, w.Call(w.t, "start").Code) })
		require.Equal(w.t, 4, w.count("drbdadm primary"))
		require.Equal(w.t, 3*time.Second, d)
	})
	both(t, "row 3: start, always 11", plan{}, func(w *world) {
		w.program("drbdadm primary", runtest.Complains(11, peerIsPrimary))
		d := took(func() {
			result := w.Call(w.t, "start")
			require.Equal(w.t, ocf.ErrGeneric, result.Code)
			require.Contains(w.t, result.Reason, "refused: -1 Multiple primaries not allowed by config (exit 11)")
		})
		require.Equal(w.t, 6, w.count("drbdadm primary"))
		require.Equal(w.t, 5*time.Second, d)
	})
	both(t, "row 4: start, 17 is not tried again", plan{}, func(w *world) {
		w.program("drbdadm primary", runtest.Complains(17, "r0: State change failed: (-2) Need access to UpToDate data\n"))
		result := w.Call(w.t, "start")
		require.Equal(w.t, ocf.ErrGeneric, result.Code)
		require.Equal(w.t, 1, w.count("drbdadm primary"))
		require.Contains(w.t, result.Reason, "-2 Need access to UpToDate data")
	})
	both(t, "row 5: start, already primary", plan{}, func(w *world) {
		w.happens("alfa drbdadm primary r0")
		require.Equal(w.t, ocf.Success, w.Call(w.t, "start").Code)
		require.Zero(w.t, w.count("drbdadm primary"))
	})
	rowsOfInterlocks(t)
	both(t, "row 9: start, the peer is primary and gives it up before the third look", plan{}, func(w *world) {
		w.happens("bravo drbdadm primary r0")
		look := "drbdsetup events2"
		if w.desk.Pair.Side(alfa).Node.Generation == core.Gen9 {
			look = "drbdsetup status"
		}
		w.before[look] = func(n int) {
			if n == 3 {
				w.happens("bravo drbdadm secondary r0")
			}
		}
		d := took(func() { require.Equal(w.t, ocf.Success, w.Call(w.t, "start").Code) })
		require.Equal(w.t, core.Primary, w.role())
		require.Equal(w.t, 2*time.Second, d)
		require.Equal(w.t, 1, w.count("drbdadm primary"))
	})
	both(t, "row 9: start, the peer stays primary", plan{}, func(w *world) {
		w.happens("bravo drbdadm primary r0")
		result := w.Call(w.t, "start")
		require.Equal(w.t, ocf.ErrGeneric, result.Code)
		require.Contains(w.t, result.Reason, "is primary: r0 has to be stopped there first")
		require.Zero(w.t, w.count("drbdadm primary"), "ours asks only when nothing speaks against it")
	})
	both(t, "row 10: start of all, the second of three fails", plan{}, func(w *world) {
		w.program("drbdadm sh-resources", runtest.Says(0, "r0\nnosuch\npair\n"))
		result := w.heartbeat("all", "start")
		require.Equal(w.t, ocf.Code(1), result.Code)
		require.Equal(w.t, core.Primary, w.role())
		require.Equal(w.t, core.Primary, w.desk.Role(alfa, "pair"))
		require.Contains(w.t, result.Stderr, `no resource "nosuch"`)
	})
	both(t, "row 11: start, drbdadm hangs", plan{}, func(w *world) {
		w.program("drbdadm primary", runtest.Hangs)
		d := took(func() {
			result := w.Call(w.t, "start")
			require.Equal(w.t, ocf.ErrGeneric, result.Code)
			require.Contains(w.t, result.Reason, "no answer in time")
		})
		require.Equal(w.t, 6*30*time.Second+5*time.Second, d)
		w.Env["OCF_RESKEY_CRM_meta_timeout"] = "20000"
		d = took(func() { require.Equal(w.t, ocf.ErrGeneric, w.Call(w.t, "start").Code) })
		require.LessOrEqual(w.t, d, 19*time.Second, "the operation's time-out comes first")
	})
	without(t, "row 25: start with 0.7, code 21", func(w *world) {
		w.file("proc/drbd", "version: 0.7.5 (api:76/proto:74)\nSVN Revision: 1578 build by root@test02, 2004-10-31 15:47:05\n"+
			" 0: cs:Connected st:Secondary/Secondary ld:Consistent\n    ns:0 nr:0 dw:0 dr:0 al:0 bm:0 lo:0 pe:0 ua:0 ap:0\n")
		w.file("etc/drbd.conf", "resource r0 { protocol C; on alfa { device /dev/drbd0; } on bravo { device /dev/drbd0; } }\n")
		w.program("drbdadm primary", runtest.Complains(21, "Local replica is inconsistent (--do-what-I-say ?)\n"))
		result := w.Call(w.t, "start")
		require.Equal(w.t, ocf.ErrGeneric, result.Code)
		require.Contains(w.t, result.Reason, "exit 21: Local replica is inconsistent")
		require.Equal(w.t, []string{"drbdadm primary r0"}, w.calls, "once, and without force")
	})
	both(t, "row 31: the fence-peer handler cannot find the id of a clone", plan{disk: "fencing resource-and-stonith;",
		net: "fencing resource-and-stonith;", handlers: "fence-peer \"/bin/false\";"}, func(w *world) {
		w.happens("cut", "wait 20")
		d := took(func() {
			result := w.Call(w.t, "start")
			require.Equal(w.t, ocf.ErrGeneric, result.Code, result.Stderr)
			require.Contains(w.t, result.Reason, "fence-peer handler has not confirmed")
		})
		require.LessOrEqual(w.t, d, 216*time.Second)
		require.Equal(w.t, core.Secondary, w.role())
	})
}

func rowsOfInterlocks(t *testing.T) {
	const target = "cs:SyncTarget ro:Secondary/Secondary ds:Inconsistent/UpToDate C r-----"
	without(t, "row 6: start, Inconsistent as SyncTarget, by default and with allow_sync_target", func(w *world) {
		w.rows("8.4.11", target)
		result := w.Call(w.t, "start")
		require.Equal(w.t, ocf.ErrGeneric, result.Code)
		require.Contains(w.t, result.Reason, "is being overwritten by a resync")
		require.Zero(w.t, w.count("drbdadm primary"))
		w.Params["allow_sync_target"] = "true"
		w.program("drbdadm primary", func(context.Context, run.Cmd) (run.Result, error) {
			w.rows("8.4.11", strings.Replace(target, "Secondary/", "Primary/", 1))
			return run.Result{}, nil
		})
		result = w.Call(w.t, "start")
		require.Equal(w.t, ocf.Success, result.Code, result.Stderr)
		require.Contains(w.t, result.Stderr, "stops when the connection breaks")
	})
	for _, row := range []struct {
		name, line, reason string
		want               ocf.Code
	}{
		{"Outdated", "cs:WFConnection ro:Secondary/Unknown ds:Outdated/DUnknown C r-----", "r0/0 is Outdated here: the peer has newer data", 1},
		{"Consistent and the peer unknown", "cs:WFConnection ro:Secondary/Unknown ds:Consistent/DUnknown C r-----", "no fencing policy is set", 1},
		{"Diskless alone", "cs:WFConnection ro:Secondary/Unknown ds:Diskless/DUnknown C r-----", "has no local disk, and no connected peer", 1},
		{"Inconsistent without a resync", "cs:Connected ro:Secondary/Secondary ds:Inconsistent/UpToDate C r-----", "no resync mends it", 1},
		{"Failed", "cs:Connected ro:Secondary/Secondary ds:Failed/UpToDate C r-----", "is Failed", 1},
		{"Diskless with a peer that is UpToDate", "cs:Connected ro:Secondary/Secondary ds:Diskless/UpToDate C r-----", "", 0},
		{"UpToDate and the peer unknown, the ordinary failover", "cs:WFConnection ro:Secondary/Unknown ds:UpToDate/DUnknown C r-----", "", 0},
	} {
		without(t, "row 7: start, "+row.name, func(w *world) {
			w.rows("8.4.11", row.line)
			w.program("drbdadm primary", func(context.Context, run.Cmd) (run.Result, error) {
				w.rows("8.4.11", strings.Replace(row.line, "Secondary/", "Primary/", 1))
				return run.Result{}, nil
			})
			result := w.Call(w.t, "start")
			require.Equal(w.t, row.want, result.Code, result.Stderr)
			require.Contains(w.t, result.Reason, row.reason)
			require.Equal(w.t, row.want == ocf.Success, w.count("drbdadm primary") == 1)
		})
	}
	without(t, "row 7: start, Consistent with a fencing policy: DRBD decides", func(w *world) {
		w.rows("8.4.11", "cs:WFConnection ro:Secondary/Unknown ds:Consistent/DUnknown C r-----")
		w.file("etc/drbd.conf", "common { disk { fencing resource-only; } } resource r0 { device /dev/drbd0; on alfa { } on bravo { } }\n")
		w.program("drbdadm primary", runtest.Complains(17, "0: State change failed: (-2) Need access to UpToDate data\n"))
		result := w.Call(w.t, "start")
		require.Equal(w.t, ocf.ErrGeneric, result.Code)
		require.Equal(w.t, 1, w.count("drbdadm primary"))
	})
	both(t, "row 8: start, StandAlone, as OCF and as heartbeat's script", plan{}, func(w *world) {
		w.happens("alfa drbdadm disconnect r0", "wait 2")
		result := w.Call(w.t, "start")
		require.Equal(w.t, ocf.ErrGeneric, result.Code)
		require.Contains(w.t, result.Reason, "r0 is StandAlone towards")
		require.Zero(w.t, w.count("drbdadm primary"))
		result = w.heartbeat("r0", "start")
		require.Equal(w.t, ocf.Success, result.Code, result.Stderr)
		require.Contains(w.t, result.Stderr, "WARNING")
		require.Equal(w.t, core.Primary, w.role())
	})
	both(t, "row 8: a split brain is refused either way", plan{}, func(w *world) {
		w.happens("cut", "wait 20", "alfa drbdadm primary r0", "bravo drbdadm primary r0", "alfa write r0 5", "bravo write r0 5",
			"alfa drbdadm secondary r0", "bravo drbdadm secondary r0", "heal", "wait 20")
		w.file("dev/kmsg", w.desk.Log(alfa))
		w.Params["on_standalone"] = "warn"
		result := w.Call(w.t, "start")
		require.Equal(w.t, ocf.ErrGeneric, result.Code)
		require.Contains(w.t, result.Reason, "split brain")
		require.Equal(w.t, ocf.Code(1), w.heartbeat("r0", "start").Code)
		require.Zero(w.t, w.count("drbdadm primary"))
	})
	for _, allow := range []string{"false", "true"} {
		both(t, "row 29: two primaries are configured, allow_dual="+allow, plan{net: "allow-two-primaries yes;"}, func(w *world) {
			w.happens("bravo drbdadm primary r0")
			w.Params["allow_dual"] = allow
			result := w.Call(w.t, "start")
			want := map[string]ocf.Code{"false": ocf.ErrGeneric, "true": ocf.Success}[allow]
			require.Equal(w.t, want, result.Code, result.Stderr)
		})
	}
	without(t, "row 30: quorum is lost", func(w *world) {
		capture := drbdtest.File(drbdtest.DRBD9, "16-both-secondary", alfa)
		w.recorded(drbdtest.DRBD9, "16-both-secondary", alfa)
		block, found := capture.Find("drbdsetup status --json")
		require.True(w.t, found)
		w.program("drbdsetup", runtest.Says(0, strings.Replace(block.Stdout, `"quorum": true`, `"quorum": false`, 1)))
		result := w.Call(w.t, "start")
		require.Equal(w.t, ocf.ErrGeneric, result.Code)
		require.Contains(w.t, result.Reason, "r0/0 has no quorum")
		require.Zero(w.t, w.count("drbdadm primary"))
	})
}

func TestRowsOfStop(t *testing.T) {
	both(t, "row 12: stop, primary and not mounted", plan{}, func(w *world) {
		w.happens("alfa drbdadm primary r0")
		require.Equal(w.t, ocf.Success, w.Call(w.t, "stop").Code)
		require.Equal(w.t, core.Secondary, w.role())
		require.Equal(w.t, 1, w.count("drbdadm secondary"))
		require.Equal(w.t, ocf.Success, w.Call(w.t, "stop").Code)
		require.Equal(w.t, 1, w.count("drbdadm secondary"), "a secondary is stopped already")
	})
	both(t, "row 13: stop, mounted", plan{}, func(w *world) {
		w.happens("alfa drbdadm primary r0", "alfa hold r0")
		w.mounted("rw")
		w.file("proc/4711/comm", "postgres\n")
		require.NoError(w.t, os.MkdirAll(w.at("proc/4711/fd"), 0o755))
		require.NoError(w.t, os.Symlink("/dev/drbd0", w.at("proc/4711/fd/3")))
		d := took(func() {
			result := w.Call(w.t, "stop")
			require.Equal(w.t, ocf.ErrGeneric, result.Code)
			require.Contains(w.t, result.Reason, "held by: ")
			require.Contains(w.t, result.Reason, "mounted at /data")
			require.Contains(w.t, result.Stderr, "postgres (pid 4711)")
		})
		require.Equal(w.t, 3, w.count("drbdadm secondary"))
		require.Equal(w.t, 2*time.Second, d)
		require.Equal(w.t, core.Primary, w.role())
	})
	both(t, "row 14: stop, the resource is not in the kernel", plan{}, func(w *world) {
		w.happens("alfa drbdadm down r0")
		require.Equal(w.t, ocf.Success, w.Call(w.t, "stop").Code)
		require.Zero(w.t, w.count("drbdadm secondary"), "ours: nothing is to be demoted")
		require.Equal(w.t, ocf.Success, w.heartbeat("r0", "stop").Code)
	})
	without(t, "row 14: stop, the module is not there", func(w *world) {
		require.Equal(w.t, ocf.Success, w.Call(w.t, "stop").Code)
		require.Equal(w.t, ocf.Success, w.heartbeat("r0", "stop").Code)
		require.Equal(w.t, ocf.Success, w.heartbeat("stop").Code)
		require.Empty(w.t, w.calls, "DRBD's tools would load it")
	})
	both(t, "row 15: stop, drbdadm claims success and the device is still primary", plan{}, func(w *world) {
		w.happens("alfa drbdadm primary r0")
		w.program("drbdadm secondary", runtest.Says(0, ""))
		result := w.Call(w.t, "stop")
		require.Equal(w.t, ocf.ErrGeneric, result.Code)
		require.Contains(w.t, result.Reason, "drbdadm says that it is secondary, and DRBD does not")
		require.Equal(w.t, 3, w.count("drbdadm secondary"))
	})
}

func TestRowsOfStatus(t *testing.T) {
	for _, row := range []struct {
		rows   []string
		prints string
		code   ocf.Code
	}{
		{[]string{"cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----"}, "running (Primary)", 0},
		{[]string{"cs:WFConnection ro:Primary/Unknown ds:UpToDate/DUnknown C r-----"}, "running (Primary)", 0},
		{[]string{"cs:Connected ro:Primary/Primary ds:UpToDate/UpToDate C r-----"}, "running (Primary)", 0},
		{[]string{"cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate C r-----"}, "stopped (Secondary)", 3},
		{[]string{"cs:WFConnection ro:Secondary/Unknown ds:UpToDate/DUnknown C r-----"}, "stopped (Secondary)", 3},
		{[]string{"cs:Unconfigured"}, "stopped (Unconfigured)", 3},
		{[]string{"cs:Connected ro:Rubbish/Secondary ds:UpToDate/UpToDate C r-----"}, "cannot determine status, may be running (Unknown)", 4},
	} {
		without(t, "row 16: status of "+strings.Join(row.rows, " and "), func(w *world) {
			w.rows("8.4.11", row.rows...)
			result := w.heartbeat("r0", "status")
			require.Equal(w.t, row.prints+"\n", result.Stdout, result.Stderr)
			require.Equal(w.t, row.code, result.Code)
		})
	}
	without(t, "row 16: status without the module", func(w *world) {
		result := w.heartbeat("r0", "status")
		require.Equal(w.t, "stopped (Unconfigured)\n", result.Stdout)
		require.Equal(w.t, ocf.Code(3), result.Code)
	})
	for name, program := range map[string]runtest.Program{
		"fails": runtest.Complains(20, "could not connect to 'drbd' generic netlink family\n"), "prints rubbish": runtest.Rubbish(),
		"is missing": runtest.Fails(run.ErrNotFound), "hangs": runtest.Hangs,
	} {
		in(t, "row 17: with 9 the query "+name, plan{generation: core.Gen9}, func(w *world) {
			w.happens("alfa drbdadm primary r0")
			w.program("drbdsetup", program)
			result := w.heartbeat("r0", "status")
			require.Equal(w.t, "cannot determine status, may be running (Unknown)\n", result.Stdout)
			require.Equal(w.t, ocf.Code(4), result.Code)
			w.mounted("rw")
			result = w.heartbeat("r0", "status")
			require.Equal(w.t, "running (Primary)\n", result.Stdout, "it is mounted for writing")
			require.Equal(w.t, ocf.Success, result.Code)
		})
	}
	without(t, "row 18: status, two volumes are primary", func(w *world) {
		const line = "cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----"
		w.rows("8.4.11", line, line)
		result := w.heartbeat("r0", "status")
		require.Equal(w.t, "running (Primary)\n", result.Stdout)
		require.Equal(w.t, ocf.Success, result.Code)
	})
	without(t, "row 19: status of all, of none, and three words", func(w *world) {
		const need = "A resource name is required for status inquiries.\n"
		for _, words := range [][]string{{"all", "status"}, {"status"}} {
			result := w.heartbeat(words...)
			require.Equal(w.t, need, result.Stdout)
			require.Equal(w.t, ocf.Code(10), result.Code)
		}
		result := w.heartbeat("r0", "r1", "status")
		require.Equal(w.t, usageText, result.Stdout)
		require.Equal(w.t, ocf.Code(1), result.Code)
	})
	without(t, "row 20: monitor is no word of heartbeat's", func(w *world) {
		for _, words := range [][]string{{"r0", "monitor"}, {"monitor"}, {"meta-data"}, {}, {"r0", "restart"}} {
			result := w.heartbeat(words...)
			require.Equal(w.t, usageText, result.Stdout)
			require.Equal(w.t, ocf.Code(1), result.Code)
		}
	})
	rowsOfOldStatus(t)
}

const usageText = "Usage: drbddisk [resource] {start|stop|status}\n"

func rowsOfOldStatus(t *testing.T) {
	for situation, want := range map[string]string{"1-waiting": "stopped", "2-source": "stopped", "4-source-primary": "running", "7-took-over": "running"} {
		without(t, "row 24: 0.7 as recorded in "+situation, func(w *world) {
			text, err := os.ReadFile(filepath.Join(drbdtest.Dir(), "guide-0.7", situation+".txt"))
			require.NoError(w.t, err)
			w.file("proc/drbd", guide(string(text)))
			w.file("etc/drbd.conf", "resource r0 { on test01 { device /dev/drbd0; } on test02 { device /dev/drbd0; } }\n")
			for _, compat := range []string{"0.7", "8.2"} {
				result := w.heartbeat("--compat="+compat, "r0", "status")
				require.Equal(w.t, want+"\n", result.Stdout, result.Stderr)
				require.Equal(w.t, ocf.Success, result.Code)
			}
			require.Contains(w.t, w.heartbeat("--compat=8.3", "r0", "status").Stdout, want+" (")
		})
	}
	without(t, "row 24: a device that is not configured", func(w *world) {
		w.rows("8.0.16", "cs:Unconfigured")
		for compat, want := range map[string]string{"0.7": "stopped", "8.2": "Unconfigured", "8.3": "stopped (Unconfigured)"} {
			require.Equal(w.t, want+"\n", w.heartbeat("r0", "status", "--compat="+compat).Stdout)
		}
		require.Equal(w.t, usageText, w.heartbeat("r0", "status", "--compat=7").Stdout)
	})
}

// guide is what a recording of the guide has of /proc/drbd, without the marks of its pages; what it spells with a wrong
// letter is mended.
func guide(text string) string {
	_, text, _ = strings.Cut(text, "version:")
	var kept []string
	for line := range strings.Lines("version:" + text) {
		line = strings.TrimSpace(strings.ReplaceAll(line, "Id:", "ld:"))
		switch {
		case line == "", strings.HasPrefix(line, "`"), strings.HasPrefix(line, "["), strings.HasPrefix(line, "finish"), strings.HasPrefix(line, "-"):
			continue
		case strings.HasPrefix(line, "0:"):
			line = " " + line
		case strings.HasPrefix(line, "ns:"):
			line = "    " + line
		case !strings.HasPrefix(line, "version:") && !strings.HasPrefix(line, "SVN"):
			continue
		}
		kept = append(kept, line)
	}
	return strings.Join(kept, "\n") + "\n"
}

func TestRowsOfOCF(t *testing.T) {
	both(t, "row 21: a probe of a secondary, of what is not configured, and of the unknown", plan{}, func(w *world) {
		require.Equal(w.t, ocf.NotRunning, w.Probe(w.t).Code)
		w.happens("alfa drbdadm down r0")
		require.Equal(w.t, ocf.NotRunning, w.Probe(w.t).Code)
		w.program("drbdsetup", runtest.Complains(20, "no answer"))
		w.file("proc/drbd", "version: 9.2.14 (api:2/proto:118-123)\n")
		result := w.Probe(w.t)
		require.Equal(w.t, ocf.ErrGeneric, result.Code, "never 7")
		require.Contains(w.t, result.Reason, "not known")
	})
	without(t, "row 22: monitor of a primary, of one volume of two, and with suspended I/O", func(w *world) {
		const primary = "cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----"
		w.rows("8.4.11", primary, primary)
		require.Equal(w.t, ocf.Success, w.Call(w.t, "monitor").Code)
		for _, second := range []string{strings.Replace(primary, "Primary/", "Secondary/", 1), "cs:Unconfigured"} {
			w.rows("8.4.11", primary, second)
			result := w.Call(w.t, "monitor")
			require.Equal(w.t, ocf.ErrGeneric, result.Code)
			require.Contains(w.t, result.Reason, "not primary with all its volumes")
		}
		w.rows("8.4.11", strings.Replace(primary, "r-----", "s-----", 1))
		require.Equal(w.t, ocf.Success, w.Call(w.t, "monitor").Code)
		w.Params["use_degraded"] = "true"
		require.Equal(w.t, ocf.Degraded, w.Call(w.t, "monitor").Code)
		w.Env["OCF_RESKEY_crm_feature_set"] = "3.0.9"
		require.Equal(w.t, ocf.Success, w.Call(w.t, "monitor").Code, "an old Pacemaker does not know 190")
		w.Params["fail_if_degraded"] = "true"
		require.Equal(w.t, ocf.ErrGeneric, w.Call(w.t, "monitor").Code)
		require.Equal(w.t, ocf.Success, w.Probe(w.t).Code)
	})
	both(t, "row 23: start with bad characters, of an unknown resource, without a configuration", plan{}, func(w *world) {
		for _, name := range []string{"r 0", "r0;id", "$(id)", "-v", "r0/0", "all", "", "minor-0"} {
			w.Params["drbd_resource"] = name
			require.Equal(w.t, ocf.ErrConfigured, w.Call(w.t, "start").Code, "%q", name)
			require.Equal(w.t, ocf.ErrConfigured, w.Call(w.t, "validate-all").Code, "%q", name)
		}
		w.Params["drbd_resource"] = "nosuch"
		require.Equal(w.t, ocf.ErrConfigured, w.Call(w.t, "start").Code)
		w.file("usr/sbin/drbdadm", "")
		require.NoError(w.t, os.Chmod(w.at("usr/sbin/drbdadm"), 0o755))
		require.Equal(w.t, ocf.ErrInstalled, w.Call(w.t, "validate-all").Code)
		w.Params["drbd_resource"] = "r0"
		require.Equal(w.t, ocf.Success, w.Call(w.t, "validate-all").Code)
		require.NoError(w.t, os.RemoveAll(w.at("etc")))
		require.Equal(w.t, ocf.ErrInstalled, w.Call(w.t, "start").Code)
		require.Equal(w.t, ocf.ErrInstalled, w.Call(w.t, "validate-all").Code)
		require.Zero(w.t, w.count("drbdadm primary"))
	})
	for situation, row := range map[string]struct {
		monitor, start ocf.Code
		reason         string
	}{
		"05-healthy":        {ocf.Success, ocf.Success, ""},
		"16-both-secondary": {ocf.NotRunning, ocf.Success, ""},
		"17-outdated":       {ocf.NotRunning, ocf.ErrGeneric, "Outdated"},
		"19-diskless":       {ocf.Success, ocf.Success, ""},
		"14-disconnected":   {ocf.Success, ocf.ErrGeneric, "StandAlone"},
		"08-link-cut":       {ocf.Success, ocf.Success, ""},
	} {
		without(t, "row 26: 9 as recorded in "+situation, func(w *world) {
			w.recorded(drbdtest.DRBD9, situation, hostOf(situation))
			w.program("drbdadm primary", runtest.Complains(17, "the recording ends here"))
			require.Equal(w.t, row.monitor, w.Call(w.t, "monitor").Code)
			result := w.Call(w.t, "start")
			if row.monitor == ocf.NotRunning && row.start == ocf.Success {
				require.Contains(w.t, result.Reason, "the recording ends here", "it goes as far as the promotion")
				return
			}
			require.Equal(w.t, row.start, result.Code, result.Stderr)
			require.Contains(w.t, result.Reason, row.reason)
		})
	}
	in(t, "row 27: what a shell would carry out in DRBD's settings is not", plan{}, func(w *world) {
		for _, text := range []string{"DRBDADM=$(touch " + w.at("pwned") + ")\n", "DRBDADM=`touch " + w.at("pwned") + "`\n", "DRBDADM=/x; touch " + w.at("pwned") + "\n"} {
			w.file("etc/default/drbd", text)
			require.Equal(w.t, ocf.Success, w.Call(w.t, "start").Code)
			require.Equal(w.t, ocf.Success, w.Call(w.t, "stop").Code)
		}
		require.NoFileExists(w.t, w.at("pwned"))
		require.Equal(w.t, 3, w.count("drbdadm primary"))
	})
	in(t, "row 28: a link names its resource", plan{}, func(w *world) {
		call := func(word string) ocf.Code {
			return w.Dispatch(w.t, nil, "/etc/init.d/drbddisk-r0", word).Code
		}
		require.Equal(w.t, ocf.Success, call("start"))
		require.Equal(w.t, core.Primary, w.role())
		require.Equal(w.t, ocf.Success, call("status"))
		require.Equal(w.t, ocf.Success, call("stop"))
		require.Equal(w.t, ocf.Code(3), call("status"))
		require.Equal(w.t, ocf.Code(1), call("restart"))
		require.Equal(w.t, core.Secondary, w.role())
	})
}

// hostOf is the side of a recording that the test is about.
func hostOf(situation string) string {
	if situation == "17-outdated" {
		return bravo
	}
	return alfa
}

// The rows above are as many as the specification has.
func TestAllRowsAreHere(t *testing.T) {
	text, err := os.ReadFile("matrix_test.go")
	require.NoError(t, err)
	for row := 1; row <= 31; row++ {
		require.Contains(t, string(text), fmt.Sprintf("row %d:", row))
	}
}
