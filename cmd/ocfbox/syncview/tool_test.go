package syncview

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/drbd"
	"ocfbox/internal/drbd/drbdtest"
	"ocfbox/internal/drbd/feed"
	"ocfbox/internal/run"
	"ocfbox/internal/run/runtest"
	"ocfbox/test/form"
)

// A machine is a captured host: its files, and a drbdsetup that answers as it did.
type machine struct {
	feed.Source
	script *runtest.Script
	// from is the file with what it says, for --from.
	from string
}

func captured(t *testing.T, folder, situation, host string) *machine {
	t.Helper()
	return machineOf(t, drbdtest.File(folder, situation, host))
}

func machineOf(t *testing.T, c drbdtest.Capture) *machine {
	t.Helper()
	dir := t.TempDir()
	m := &machine{from: filepath.Join(dir, "proc")}
	m.script = &runtest.Script{Programs: map[string]runtest.Program{"drbdsetup": func(_ context.Context, cmd run.Cmd) (run.Result, error) {
		block, ok := c.Find(cmd.String())
		if !ok {
			return run.Result{Code: 20, Stderr: []byte("not captured: " + cmd.String())}, nil
		}
		return run.Result{Code: block.Code, Stdout: []byte(block.Stdout), Stderr: []byte(block.Stderr)}, nil
	}}}
	m.Source = feed.Source{Runner: m.script, Proc: m.from, Kmsg: filepath.Join(dir, "kmsg"), Name: c.Host}
	if block, ok := c.Find("cat /proc/drbd"); ok && block.Code == 0 {
		require.NoError(t, os.WriteFile(m.from, []byte(block.Stdout), 0o644))
	}
	require.NoError(t, os.WriteFile(m.Kmsg, []byte(c.Log()), 0o644))
	return m
}

// status is what the tool prints of a machine and its exit code.
func (m *machine) status(t *testing.T, o Options) (string, int) {
	t.Helper()
	return status1(t, &Tool{Source: m}, o)
}

func status1(t *testing.T, tool *Tool, o Options) (string, int) {
	t.Helper()
	var out strings.Builder
	tool.Stdout = &out
	err := tool.Status(t.Context(), o)
	var failed *Failure
	switch {
	case err == nil:
		return out.String(), exitOK
	case errors.As(err, &failed):
		if failed.Err != nil {
			return out.String() + failed.Err.Error() + "\n", failed.Code
		}
		return out.String(), failed.Code
	}
	require.NoError(t, err)
	return "", 0
}

// The situations that show what the lines look like: each kind of trouble, and both generations.
func shown() []string {
	return []string{
		"00-module-not-loaded", "01-nothing-configured", "03-both-up-never-synced", "05-healthy", "09-link-cut-written", "10-resync", "11-resync-paused",
		"13-peer-down", "14-disconnected", "17-outdated", "19-diskless", "29-split-brain", "33-verify-running", "34-verify-found", "37-io-suspended",
		"39-dual-primary", "40-two-resources", "41-two-volumes", "42-backing-io-error",
	}
}

func TestGoldenTextOfTheCaptures(t *testing.T) {
	for _, folder := range []string{drbdtest.DRBD84, drbdtest.DRBD9} {
		var all strings.Builder
		for _, situation := range shown() {
			for _, host := range []string{drbdtest.Alfa, drbdtest.Bravo} {
				m := captured(t, folder, situation, host)
				text, code := m.status(t, Options{})
				fmt.Fprintf(&all, "== %s %s: exit %d\n%s\n", situation, host, code, text)
			}
		}
		golden(t, folder+".txt", all.String())
	}
}

func TestGoldenFormsOfAResync(t *testing.T) {
	for _, folder := range []string{drbdtest.DRBD84, drbdtest.DRBD9} {
		m := captured(t, folder, "10-resync", drbdtest.Bravo)
		for _, output := range []string{"prometheus", "perfdata"} {
			text, code := m.status(t, Options{Output: output})
			require.Equal(t, exitOK+1, code)
			golden(t, folder+"-resync."+output, text)
		}
		text, _ := m.status(t, Options{Style: "clpstat"})
		golden(t, folder+"-resync.clpstat", text)
	}
}

func golden(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if os.Getenv("OCFBOX_GOLDEN") == "1" {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), text, "%s: make golden", path)
}

// Row S24: every capture in every form. Each form says the same.
func TestEveryCaptureInEveryForm(t *testing.T) {
	count := 0
	for _, folder := range []string{drbdtest.DRBD84, drbdtest.DRBD9} {
		for _, c := range drbdtest.Captures(folder) {
			count++
			t.Run("row S24: "+c.Name(), func(t *testing.T) {
				t.Parallel()
				m := machineOf(t, c)
				text, code := m.status(t, Options{Output: "json"})
				form.Fits(t, schema, text)
				require.Contains(t, text, fmt.Sprintf("\n  \"status\": %d,\n", code))
				view, err := feed.ParseView([]byte(text))
				require.NoError(t, err)

				metrics, same := m.status(t, Options{Output: "prometheus"})
				require.Equal(t, code, same)
				series := form.Metrics(t, metrics)
				require.Equal(t, view.Host.Loaded, series["ocfbox_drbd_module_loaded"] == 1)

				line, same := m.status(t, Options{Output: "perfdata"})
				require.Equal(t, code, same)
				state, _ := form.Perfdata(t, line)
				require.Regexp(t, `^DRBD (OK|SYNCING|UNKNOWN|DEGRADED|SPLIT-BRAIN) - .`, state)

				for _, o := range []Options{{}, {Style: "clpstat"}, {Quiet: true}} {
					text, same := m.status(t, o)
					require.Equal(t, code, same)
					require.Equal(t, o.Quiet, text == "")
				}
			})
		}
	}
	require.Greater(t, count, 150)
}

func TestWithoutTheModuleNothingIsRun(t *testing.T) {
	m := captured(t, drbdtest.DRBD84, "00-module-not-loaded", drbdtest.Alfa)
	for _, o := range []Options{{}, {Settle: time.Second}, {Output: "json"}} {
		text, code := m.status(t, o)
		require.Equal(t, exitUnknown, code)
		require.Contains(t, text, "no DRBD module loaded")
	}
	text, _ := m.status(t, Options{})
	require.Equal(t, "DRBD UNKNOWN the kernel has no DRBD module loaded\n", text)
	require.ErrorIs(t, (&Tool{Source: m}).Watch(t.Context(), Options{}), errNoModule)
	require.Empty(t, m.script.Calls(), "any tool of DRBD's would load the module")
	text, code := m.status(t, Options{Resources: []string{"r0"}})
	require.Equal(t, exitDegraded, code, "a resource that is named should be up")
	require.Contains(t, text, "r0 DEGRADED not-up: ")
	require.Empty(t, m.script.Calls())
}

func TestClpstatOfAHostWithoutResources(t *testing.T) {
	text, _ := captured(t, drbdtest.DRBD84, "01-nothing-configured", drbdtest.Alfa).status(t, Options{Style: "clpstat"})
	require.Equal(t, "<monitor>\n-             : Unused      mirror disk\n=====\n", text)
	text, _ = captured(t, drbdtest.DRBD84, "00-module-not-loaded", drbdtest.Alfa).status(t, Options{Style: "clpstat"})
	require.Equal(t, "<monitor>\n-             : Unknown     mirror disk\n=====\n", text)
}

func TestADisconnectByHandRow(t *testing.T) {
	for _, folder := range []string{drbdtest.DRBD84, drbdtest.DRBD9} {
		t.Run("row S21: StandAlone Primary without a line in the log, "+folder, func(t *testing.T) {
			text, code := captured(t, folder, "14-disconnected", drbdtest.Alfa).status(t, Options{})
			require.Equal(t, exitDegraded, code)
			require.Contains(t, text, " DEGRADED StandAlone Primary/Unknown UpToDate/DUnknown ")
			require.Contains(t, text, "\n    standalone: ")
			require.Contains(t, text, "\n    possible-split-brain: ")
		})
	}
}

func TestTwoPrimariesRow(t *testing.T) {
	for _, folder := range []string{drbdtest.DRBD84, drbdtest.DRBD9} {
		t.Run("row S26: two primaries, "+folder, func(t *testing.T) {
			m := captured(t, folder, "39-dual-primary", drbdtest.Alfa)
			text, code := m.status(t, Options{})
			require.Equal(t, exitDegraded, code)
			require.Contains(t, text, "    dual-primary: ")
			text, code = m.status(t, Options{AllowDual: true})
			require.Equal(t, exitOK, code)
			require.Contains(t, text, " OK Connected Primary/Primary ")
			require.Contains(t, text, "    warning dual-primary: ")
		})
	}
}

func TestResourcesThatAreNamed(t *testing.T) {
	m := captured(t, drbdtest.DRBD84, "40-two-resources", drbdtest.Alfa)
	both, _ := m.status(t, Options{})
	require.Contains(t, both, "r0/0 ")
	require.Contains(t, both, "r1/0 ")
	one, code := m.status(t, Options{Resources: []string{"r0"}})
	require.Equal(t, exitOK, code)
	require.NotContains(t, one, "r1/0 ")
	_, code = m.status(t, Options{Resources: []string{"r0", "r9"}})
	require.Equal(t, exitDegraded, code)
	no := false
	text, _ := m.status(t, Options{Resources: []string{"r9"}, ExpectUp: &no})
	require.Contains(t, text, "UNKNOWN")
	yes := true
	require.Equal(t, []string{"all"}, (&Options{ExpectUp: &yes}).judging(drbd.Host{}, noon()).ExpectUp)
}

func TestAHostThatGivesNoAnswerIsUnknown(t *testing.T) {
	for name, program := range map[string]runtest.Program{
		"row S16: exit 20":                runtest.Complains(20, "Could not connect to 'drbd' generic netlink family"),
		"row S16: rubbish":                runtest.Rubbish(),
		"row S16: a text that is cut off": runtest.Says(0, `[{"name": "r0", "devices": [`),
		"row S16: the tool is missing":    runtest.Fails(run.ErrNotFound),
		"row S16: the tool hangs":         runtest.Fails(run.ErrTimeout),
	} {
		t.Run(name, func(t *testing.T) {
			m := captured(t, drbdtest.DRBD9, "05-healthy", drbdtest.Alfa)
			m.script.Programs["drbdsetup"] = program
			for _, output := range outputs() {
				text, code := m.status(t, Options{Output: output})
				require.Equal(t, exitUnknown, code, text)
			}
			text, _ := m.status(t, Options{})
			require.Regexp(t, `\ADRBD UNKNOWN .+\n\z`, text, "one line")
			text, code := m.status(t, Options{Resources: []string{"r0"}})
			require.Equal(t, exitUnknown, code, "it may well be up: %s", text)
			require.Regexp(t, `\Ar0 UNKNOWN no-data: .+\nDRBD problem: .+\n\z`, text)
			text, _ = m.status(t, Options{Output: "json"})
			form.Fits(t, schema, text)
			text, _ = m.status(t, Options{Output: "prometheus"})
			require.Equal(t, 0.0, form.Metrics(t, text)["ocfbox_drbd_up"])
		})
	}
}

func TestALogThatCannotBeReadIsANote(t *testing.T) {
	m := captured(t, drbdtest.DRBD84, "09-link-cut-written", drbdtest.Alfa)
	m.Kmsg += "-none"
	text, code := m.status(t, Options{})
	require.Equal(t, exitDegraded, code)
	require.Regexp(t, `\nDRBD note: .*kmsg-none.*\n\z`, text)
	text, _ = m.status(t, Options{Output: "json"})
	form.Fits(t, schema, text)
	require.Contains(t, text, `"notes": [`)
}

func TestBothSidesTogether(t *testing.T) {
	a := captured(t, drbdtest.DRBD84, "28-split-brain-cut", drbdtest.Alfa)
	b := captured(t, drbdtest.DRBD84, "28-split-brain-cut", drbdtest.Bravo)
	_, alone := a.status(t, Options{})
	require.Equal(t, exitDegraded, alone, "one side cannot prove it")

	asked := ""
	tool := &Tool{Source: a, Peer: func(ctx context.Context, host string) (feed.View, error) {
		asked = host
		text, _ := b.status(t, Options{Output: "json"})
		return feed.ParseView([]byte(text))
	}}
	text, code := status1(t, tool, Options{Peer: "bravo"})
	require.Equal(t, "bravo", asked)
	require.Equal(t, exitUnusable, code)
	require.Contains(t, text, "SPLIT-BRAIN")
	text, code = status1(t, tool, Options{Peer: "bravo", Exit: "plugin", Output: "perfdata"})
	require.Equal(t, 2, code, "row S23: the convention of plugins")
	form.Perfdata(t, text)

	recordings := make([]string, 2)
	for i, m := range []*machine{a, b} {
		recordings[i] = filepath.Join(t.TempDir(), "view.json")
		text, _ := m.status(t, Options{Output: "json"})
		require.NoError(t, os.WriteFile(recordings[i], []byte(text), 0o644))
	}
	_, code = status1(t, &Tool{}, Options{From: recordings})
	require.Equal(t, exitUnusable, code, "recorded views prove it as well")
	_, code = status1(t, &Tool{}, Options{From: recordings[:1]})
	require.Equal(t, exitDegraded, code)
}

func TestAPeerThatGivesNoAnswerLeavesNothingInOrder(t *testing.T) {
	silent := func(context.Context, string) (feed.View, error) {
		return feed.View{}, errors.New("view of bravo: exit 255")
	}
	tool := &Tool{Source: captured(t, drbdtest.DRBD84, "05-healthy", drbdtest.Alfa), Peer: silent}
	text, code := status1(t, tool, Options{Peer: "bravo"})
	require.Equal(t, exitUnknown, code)
	require.Contains(t, text, "view of bravo: exit 255")
	tool.Source = captured(t, drbdtest.DRBD84, "09-link-cut-written", drbdtest.Alfa)
	_, code = status1(t, tool, Options{Peer: "bravo"})
	require.Equal(t, exitDegraded, code, "what is bad stays bad")
}

func TestUnansweredRequestsNeedTwoSamples(t *testing.T) {
	m := captured(t, drbdtest.DRBD84, "07-link-cut-at-once", drbdtest.Alfa)
	text, _ := m.status(t, Options{})
	require.Contains(t, text, "Connected Primary/Secondary")
	text, code := m.status(t, Options{Settle: 10 * time.Millisecond})
	require.Equal(t, exitUnknown, code, text)
	require.Contains(t, text, "    peer-not-answering: ")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var failed *Failure
	require.ErrorAs(t, (&Tool{Source: m, Stdout: &strings.Builder{}}).Status(ctx, Options{Settle: time.Minute}), &failed)
	require.Equal(t, exitUnknown, failed.Code)
}

func TestRecordedTextIsKnownByItsForm(t *testing.T) {
	eight := drbdtest.File(drbdtest.DRBD84, "10-resync", drbdtest.Alfa)
	nine := drbdtest.File(drbdtest.DRBD9, "10-resync", drbdtest.Alfa)
	text := func(c drbdtest.Capture, command string) string {
		block, ok := c.Find(command)
		require.True(t, ok, command)
		return block.Stdout
	}
	for name, recorded := range map[string]string{
		"/proc/drbd of 8.4":             eight.Proc()[0],
		"the rows alone":                "version: 8.4.11 (api:1/proto:86-101)\n" + eight.Proc()[0][strings.Index(eight.Proc()[0], " 0: cs:"):],
		"status of 8.4":                 text(eight, "drbdsetup status r0 --verbose --statistics"),
		"events2 of 8.4":                text(eight, "drbdsetup events2 --now --statistics"),
		"events2 with times":            strings.ReplaceAll(text(eight, "drbdsetup events2 --now --statistics"), "exists ", "2026-11-22T12:00:00.000000+00:00 exists "),
		"status of 9":                   text(nine, "drbdsetup status r0 --verbose --statistics"),
		"JSON of 9":                     text(nine, "drbdsetup status --json"),
		"events2 of 9":                  text(nine, "drbdsetup events2 --now --statistics"),
		"JSON with comments before it":  "# drbdsetup status --json\n" + text(nine, "drbdsetup status --json"),
		"empty lines before everything": "\n\n" + text(nine, "drbdsetup status --json"),
	} {
		t.Run(name, func(t *testing.T) {
			line, code := status1(t, &Tool{Stdin: strings.NewReader(recorded)}, Options{From: []string{"-"}})
			require.Equal(t, 1, code, line)
			require.Contains(t, line, " SYNCING SyncSource Primary/Secondary UpToDate/Inconsistent oos ")
		})
	}
	for name, recorded := range map[string]string{
		"nothing": "", "prose": "the disks are fine\n", "other JSON": `{"schema": "ocfbox.hana.v1"}`, "half of ours": `{"schema": "ocfbox.sync.v1", "view": {`,
		"JSON that is cut off": "[{", "no view": `{"schema": "ocfbox.sync.v1"}`, "events2 that are cut off": "exists resource name:r0 role:Primary suspended:no\n",
	} {
		t.Run(name, func(t *testing.T) {
			_, code := status1(t, &Tool{Stdin: strings.NewReader(recorded)}, Options{From: []string{"-"}})
			require.Equal(t, exitUnknown, code)
		})
	}
	_, code := status1(t, &Tool{}, Options{From: []string{"testdata/none"}})
	require.Equal(t, exitUnknown, code)
	const damaged = "version: 0.7.25 (api:77/proto:74)\n\n 0: cs:Connected st:Primary/Secondary Id:Consistent\n    ns:0 nr:0 dw:0 dr:0 al:0 bm:0 lo:0 pe:0 ua:0 ap:0\n"
	_, code = status1(t, &Tool{Stdin: strings.NewReader(damaged)}, Options{From: []string{"-"}})
	require.Equal(t, exitUnknown, code)
	text0, code := status1(t, &Tool{Stdin: strings.NewReader(damaged)}, Options{From: []string{"-"}, Lenient: true})
	require.Equal(t, exitOK, code, text0)
	_, code = status1(t, &Tool{}, Options{From: []string{"testdata/none", "a"}, Resources: []string{"minor-0"}})
	require.Equal(t, exitUnknown, code)
}

func TestARecordedRowIsNamedByItsMinor(t *testing.T) {
	m := captured(t, drbdtest.DRBD84, "41-two-volumes", drbdtest.Alfa)
	text, code := status1(t, &Tool{}, Options{From: []string{m.from}, Resources: []string{"minor-0"}})
	require.Equal(t, exitOK, code, text)
	require.True(t, strings.HasPrefix(text, "minor 0 OK Connected "), text)
	require.NotContains(t, text, "minor 5")
}

func TestOptionsThatCannotBeMeant(t *testing.T) {
	for want, o := range map[string]Options{
		`--output cannot be "yaml"`:  {Output: "yaml"},
		`--style cannot be "angi"`:   {Style: "angi"},
		`--exit cannot be "nagios"`:  {Exit: "nagios"},
		"--settle is from 0 to 5m0s": {Settle: -1},
		"--from may be given twice":  {From: []string{"a", "b", "c"}},
		"--from reads recorded text": {From: []string{"a"}, Peer: "bravo"},
		"--lenient is for recorded":  {Lenient: true},
		"--style clpstat is a text":  {Style: "clpstat", Output: "json"},
	} {
		text, code := status1(t, &Tool{}, o)
		require.Equal(t, ExitUsage, code, want)
		require.Contains(t, text, want)
		if o.Exit == "" {
			o.Exit = "plugin"
			_, code = status1(t, &Tool{}, o)
			require.Equal(t, 3, code, "row S23: a plugin that is misspelt knows nothing")
		}
	}
	text, code := status1(t, &Tool{}, Options{Schema: true})
	require.Equal(t, exitOK, code)
	require.Equal(t, schema, text)
}

func TestAReaderThatHasSeenEnoughChangesNoCode(t *testing.T) {
	m := captured(t, drbdtest.DRBD84, "10-resync", drbdtest.Alfa)
	var failed *Failure
	require.ErrorAs(t, (&Tool{Source: m, Stdout: closedPipe{}}).Status(t.Context(), Options{}), &failed)
	require.NoError(t, failed.Err)
	require.Equal(t, 1, failed.Code)
}

var _ Source = feed.Source{}

// Row S27: silent corruption is invisible to DRBD, so a comparison that is old or missing may be asked for.
func TestCopiesThatWereNotComparedForLongMayCountAsDegraded(t *testing.T) {
	t.Parallel()
	m := machineOf(t, drbdtest.File(drbdtest.DRBD9, "05-healthy", "alfa"))
	now := time.Now()
	for _, test := range []struct {
		name string
		last []drbd.Verified
		code int
		want string
	}{
		{"clean and recent", []drbd.Verified{{Resource: "r0", At: now.Add(-73 * time.Hour), Clean: true}}, exitOK, "verified-clean 3d ago"},
		{"old", []drbd.Verified{{Resource: "r0", At: now.Add(-8 * 24 * time.Hour), Clean: true}}, 2, "verify-stale"},
		{"not clean", []drbd.Verified{{Resource: "r0", At: now}}, 2, "verify-stale"},
		{"never", nil, 2, "have never been compared"},
	} {
		tool := &Tool{Source: m, Verified: func() ([]drbd.Verified, error) { return test.last, nil }}
		out, code := status1(t, tool, Options{RequireVerify: 7, Output: "text"})
		require.Equal(t, test.code, code, test.name)
		require.Contains(t, out, test.want, test.name)
		_, code = status1(t, tool, Options{})
		require.Equal(t, exitOK, code, "nobody asked")
	}
	unread := &Tool{Source: m, Verified: func() ([]drbd.Verified, error) { return nil, errors.New("a record is damaged") }}
	out, _ := status1(t, unread, Options{Output: "json"})
	require.Contains(t, out, "a record is damaged")
	_, code := status1(t, unread, Options{RequireVerify: -1})
	require.Equal(t, ExitUsage, code)
}
