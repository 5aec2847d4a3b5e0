package feed_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ocfbox/internal/drbd"
	"ocfbox/internal/drbd/drbdtest"
	"ocfbox/internal/drbd/feed"
	"ocfbox/internal/run"
	"ocfbox/internal/run/runtest"
)

// DRBD's own tools load the module: where it is not, nothing is run, whatever is wanted.
func TestNothingIsRunWhereTheModuleIsNotLoaded(t *testing.T) {
	m := newMachine(t)
	view := m.gather(feed.Options{Log: feed.LogAlways, GI: true, Adm: true})
	assert.False(t, view.Host.Loaded)
	assert.Empty(t, view.Host.Resources)
	assert.Empty(t, view.Host.Problems)
	assert.Equal(t, "alfa", view.Host.Name)
	assert.Empty(t, m.script.Calls())
}

func TestTheEnvironmentNamesTheFiles(t *testing.T) {
	s := feed.New(new(runtest.Script), func(name string) string { return "/lab/" + name })
	assert.Equal(t, "/lab/OCFBOX_PROC_DRBD", s.Proc)
	assert.Equal(t, "/lab/OCFBOX_KMSG", s.Kmsg)
}

// Every recorded situation, as the machine itself would have told it: 8.4 by its rows with names, 9 by its JSON, with
// one command, or none where there is nothing to name.
func TestOneCommandIsEnoughInEverySituation(t *testing.T) {
	for _, folder := range []string{drbdtest.DRBD84, drbdtest.DRBD9} {
		for _, c := range drbdtest.Captures(folder) {
			if len(c.Proc()) == 0 {
				continue
			}
			t.Run(c.Name(), func(t *testing.T) {
				m := recorded(t, c)
				view := m.gather(feed.Options{})
				assert.True(t, view.Host.Loaded)
				assert.False(t, view.Host.At.IsZero())
				assert.Empty(t, view.Host.Problems)
				want := []string{statusJSON}
				if folder == drbdtest.DRBD84 {
					assert.Equal(t, "8.4.11", view.Host.Version.Text)
					want = []string{eventsNow}
					if !strings.Contains(c.Proc()[0], " cs:") {
						want = nil
					}
				} else {
					assert.Equal(t, "9.2.14", view.Host.Version.Text)
				}
				assert.Equal(t, want, m.script.Lines())
				for _, r := range view.Host.Resources {
					assert.Contains(t, []string{"r0", "r1"}, r.Name)
				}
			})
		}
	}
}

func TestARowOf84HasItsNameAndWhatOnlyTheObjectsTell(t *testing.T) {
	m := recorded(t, drbdtest.File(drbdtest.DRBD84, "41-two-volumes", drbdtest.Alfa))
	view := m.gather(feed.Options{})
	require.Len(t, view.Host.Resources, 2)
	r1 := view.Host.Resource("r1")
	require.Len(t, r1.Volumes, 2)
	assert.Equal(t, 6, r1.Volumes[1].Minor)
	assert.Equal(t, 1, r1.Volumes[1].Number)
	assert.EqualValues(t, 49112, r1.Volumes[1].SizeKiB)
	require.Len(t, r1.Peers, 1)
	assert.Equal(t, "peer", r1.Peers[0].Name)
	assert.Len(t, r1.Peers[0].Volumes, 2)

	m = recorded(t, drbdtest.File(drbdtest.DRBD84, "37-io-suspended", drbdtest.Alfa))
	view = m.gather(feed.Options{})
	r0 := view.Host.Resource("r0")
	assert.Equal(t, []string{"user"}, r0.Suspended)
	assert.Equal(t, "upper", r0.Volumes[0].Blocked)
}

// The command for the names takes time: what the rows say after it counts.
func TestTheRowsAreThoseAfterTheCommand(t *testing.T) {
	m := recorded(t, drbdtest.File(drbdtest.DRBD84, "05-healthy", drbdtest.Alfa))
	answer := m.commands[eventsNow]
	m.commands[eventsNow] = func(ctx context.Context, c run.Cmd) (run.Result, error) {
		m.proc(drbdtest.File(drbdtest.DRBD84, "08-link-cut", drbdtest.Alfa).Proc()[0])
		return answer(ctx, c)
	}
	assert.Contains(t, short(m.gather(feed.Options{}).Host), "Connecting, Off DUnknown")

	m.commands[eventsNow] = func(ctx context.Context, c run.Cmd) (run.Result, error) {
		require.NoError(t, os.Remove(m.Proc))
		return answer(ctx, c)
	}
	assert.False(t, m.gather(feed.Options{}).Host.Loaded, "the module went meanwhile")
}

// A module of 9 may print the rows of 8.4; its own answer tells of every peer, so it comes first.
func TestNinesRowsAreReadWhenItsAnswerCannotBeHad(t *testing.T) {
	compat := "version: 9.3.0 (api:2/proto:86-122) (compat 8.4)\n" + row("0", "Primary/Secondary", "UpToDate/UpToDate")
	m := newMachine(t)
	m.proc(compat)
	m.says(statusJSON, 0, block(t, drbdtest.DRBD9, "08-link-cut", statusJSON))
	assert.Equal(t, waiting, short(m.gather(feed.Options{}).Host))

	m.commands[statusJSON] = runtest.Complains(20, "status: unrecognized option '--json'\n")
	m.says(eventsNow, 0, block(t, drbdtest.DRBD84, "05-healthy", eventsNow))
	assert.Equal(t, healthy, short(m.gather(feed.Options{}).Host))
}

// faults are what can become of a command.
func faults() map[string]runtest.Program {
	return map[string]runtest.Program{
		"missing":       runtest.Fails(run.ErrNotFound),
		"not permitted": runtest.Fails(fs.ErrPermission),
		"hanging":       runtest.Hangs,
		"fails with 10": runtest.Complains(10, "r0: No such resource\n"),
		"fails with 20": runtest.Complains(20, "Could not connect to 'drbd' generic netlink family\n"),
		"killed":        runtest.Says(137, ""),
		"rubbish":       runtest.Rubbish(),
		"silent":        runtest.Says(0, ""),
		"cut off":       runtest.Says(0, "[ { \"name\": \"r0\", \"role\": \"Primary\""),
		"too long": func(context.Context, run.Cmd) (run.Result, error) {
			return run.Result{Stdout: []byte("[]"), Truncated: true}, nil
		},
	}
}

// row S16: with 9 the state is not known then, and the error says why; with 8.4 the rows are there all the same, without
// names.
func TestRowS16ACommandThatGivesNoAnswerIsNoState(t *testing.T) {
	wants := map[string]error{
		"missing": run.ErrNotFound, "not permitted": fs.ErrPermission, "hanging": run.ErrTimeout,
		"rubbish": drbd.ErrUnreadable, "silent": drbd.ErrTruncated, "cut off": drbd.ErrTruncated, "too long": drbd.ErrUnreadable,
	}
	codes := map[string]int{"fails with 10": 10, "fails with 20": 20, "killed": 137}
	for name, fault := range faults() {
		t.Run("9 "+name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := recorded(t, drbdtest.File(drbdtest.DRBD9, "05-healthy", drbdtest.Alfa))
				m.commands[statusJSON] = fault
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				began := time.Now()
				view, err := m.Gather(ctx, feed.Options{Log: feed.LogAlways, GI: true})
				require.LessOrEqual(t, time.Since(began), 5*time.Second)
				assert.True(t, view.Host.Loaded)
				assert.Equal(t, "9.2.14", view.Host.Version.Text)
				assert.Empty(t, view.Host.Resources)
				if code := codes[name]; code > 0 {
					var answer *feed.AnswerError
					require.ErrorAs(t, err, &answer)
					assert.Equal(t, code, answer.Code)
					return
				}
				require.ErrorIs(t, err, wants[name])
			})
		})
		t.Run("8.4 "+name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := recorded(t, drbdtest.File(drbdtest.DRBD84, "05-healthy", drbdtest.Alfa))
				m.commands[eventsNow] = fault
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				view, err := m.Gather(ctx, feed.Options{})
				require.NoError(t, err)
				require.Equal(t, " Primary UpToDate, Connected, Established UpToDate", short(view.Host))
				require.Len(t, view.Host.Problems, 1)
				assert.Contains(t, view.Host.Problems[0], "names of resources: ")
			})
		})
	}
}

func TestACommandThatHangsIsGivenUpWithoutADeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := recorded(t, drbdtest.File(drbdtest.DRBD9, "05-healthy", drbdtest.Alfa))
		m.commands[statusJSON] = runtest.Hangs
		began := time.Now()
		_, err := m.Gather(t.Context(), feed.Options{})
		require.ErrorIs(t, err, run.ErrTimeout)
		require.Equal(t, 20*time.Second, time.Since(began))
	})
}

func TestAFileOfTheKernelsThatCannotBeReadIsNotAModuleThatIsNotLoaded(t *testing.T) {
	for _, test := range []struct {
		name  string
		make  func(*machine)
		check func(*testing.T, error)
	}{
		{"rubbish", func(m *machine) { m.proc("\x00\xff rubbish\n") },
			func(t *testing.T, err error) { require.ErrorIs(t, err, drbd.ErrNotProc) }},
		{"empty", func(m *machine) { m.proc("") },
			func(t *testing.T, err error) { require.ErrorIs(t, err, drbd.ErrNotProc) }},
		{"too long", func(m *machine) { m.proc(version("8.4.11") + strings.Repeat("\n", 1<<20)) },
			func(t *testing.T, err error) { require.ErrorIs(t, err, drbd.ErrUnreadable) }},
		{"a folder", func(m *machine) { require.NoError(m, os.Mkdir(m.Proc, 0o700)) },
			func(t *testing.T, err error) { require.Error(t, err); require.NotErrorIs(t, err, fs.ErrNotExist) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := newMachine(t)
			test.make(m)
			_, err := m.Gather(t.Context(), feed.Options{})
			test.check(t, err)
			assert.Empty(t, m.script.Calls())
		})
	}
}

// sh-status of 8.3, as 8.4 prints it; the answer for a second resource is made after it.
const shStatus = `_drbd_version=8.3.11
_conf_res_name=r0
_conf_volume=0
_minor=0
_res_name=r0
_known=Configured
_sh_status_process

_conf_res_name=data
_minor=5
_known=Unconfigured
_sh_status_process
`

func TestOldGenerationsAreNamedByDrbdadmWhenThatIsWanted(t *testing.T) {
	const old = " 0: cs:Connected st:Primary/Secondary ld:Consistent\n    ns:0 nr:0 dw:0 dr:0 al:0 bm:0 lo:0 pe:0 ua:0 ap:0\n"
	for _, test := range []struct {
		name, proc string
		commands   map[string]string
		options    feed.Options
		want       string
	}{
		{"8.3", version("8.3.11") + row("0", "Primary/Secondary", "UpToDate/UpToDate") +
			row("5", "Secondary/Primary", "UpToDate/UpToDate"), map[string]string{"drbdadm sh-status": shStatus},
			feed.Options{Adm: true}, "r0 Primary UpToDate, Connected, Established UpToDate, " +
				"data Secondary UpToDate, Connected, Established UpToDate"},
		{"8.3 without drbdadm", version("8.3.11") + row("0", "Primary/Secondary", "UpToDate/UpToDate"), nil,
			feed.Options{}, " Primary UpToDate, Connected, Established UpToDate"},
		{"0.7", "version: 0.7.24 (api:79/proto:74)\nSVN Revision: 2875\n" + old,
			map[string]string{"drbdadm sh-resources": "drbd0 other\n", "drbdadm sh-dev drbd0": "/dev/drbd0\n",
				"drbdadm sh-dev other": "/dev/drbd1\n"},
			feed.Options{Adm: true}, "drbd0 Primary Consistent, Connected, Established Hidden"},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := newMachine(t)
			m.proc(test.proc)
			for command, answer := range test.commands {
				m.says(command, 0, answer)
			}
			view := m.gather(test.options)
			assert.Equal(t, test.want, short(view.Host))
			assert.Empty(t, view.Host.Problems)
			assert.Len(t, m.script.Calls(), len(test.commands))
		})
	}
}

func TestADeviceThatIsNoneIsAProblemOfNamesAlone(t *testing.T) {
	m := newMachine(t)
	m.proc("version: 8.0.16 (api:86/proto:86)\n 0: cs:Connected st:Primary/Secondary ds:UpToDate/UpToDate C r---\n" +
		"    ns:0 nr:0 dw:0 dr:0 al:0 bm:0 lo:0 pe:0 ua:0 ap:0\n")
	m.says("drbdadm sh-resources", 0, "r0 r1\n")
	m.says("drbdadm sh-dev r0", 0, "/dev/drbd0\n")
	m.says("drbdadm sh-dev r1", 0, "/dev/sda\n")
	view := m.gather(feed.Options{Adm: true})
	assert.Equal(t, "r0", view.Host.Resources[0].Name)
	require.Len(t, view.Host.Problems, 1)
	assert.Contains(t, view.Host.Problems[0], "device of r1")
}

const split = "4,17,1000000,-;block drbd0: Split-Brain detected but unresolved, dropping connection!\n SUBSYSTEM=block\n DEVICE=b147:0\n"

func TestTheKernelsLogIsReadWhenItIsWanted(t *testing.T) {
	healthy := drbdtest.File(drbdtest.DRBD84, "05-healthy", drbdtest.Alfa)
	lost := drbdtest.File(drbdtest.DRBD84, "29-split-brain", drbdtest.Alfa)
	for _, test := range []struct {
		name    string
		capture drbdtest.Capture
		mode    feed.LogMode
		want    int
	}{
		{"never", lost, feed.LogNever, 0},
		{"when a connection is lost, and none is", healthy, feed.LogWhenLost, 0},
		{"when a connection is lost, and one is", lost, feed.LogWhenLost, 1},
		{"always", healthy, feed.LogAlways, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := recorded(t, test.capture)
			m.write(m.Kmsg, "6,16,900000,-;EXT4-fs (drbd0): mounted\n6,16,900000,-;usb 1-1: new device\n"+split)
			view := m.gather(feed.Options{Log: test.mode})
			require.Len(t, view.Log, test.want)
			if test.want > 0 {
				assert.Equal(t, drbd.LogSplitBrain, view.Log[0].Kind)
				assert.WithinDuration(t, time.Now(), view.Log[0].At, 100*365*24*time.Hour)
			}
			assert.Empty(t, view.Unanswered)
		})
	}
}

// A log that cannot be read, as in a container, takes nothing from the state.
func TestALogThatCannotBeReadIsAProblemOfTheLogAlone(t *testing.T) {
	m := recorded(t, drbdtest.File(drbdtest.DRBD84, "29-split-brain", drbdtest.Alfa))
	view := m.gather(feed.Options{Log: feed.LogAlways})
	require.Len(t, view.Unanswered, 1)
	assert.Contains(t, view.Unanswered[0], "kernel log: ")
	assert.Empty(t, view.Host.Problems)
	assert.NotEmpty(t, view.Host.Resources)
}

// A log of many megabytes is read to its bound, lines across the reads' ends included.
func TestALongLogIsReadInParts(t *testing.T) {
	m := recorded(t, drbdtest.File(drbdtest.DRBD84, "05-healthy", drbdtest.Alfa))
	var text strings.Builder
	for range 30000 {
		text.WriteString("6,16,900000,-;some other device's message which is about ninety bytes long\n")
		text.WriteString(split)
	}
	m.write(m.Kmsg, text.String())
	assert.Len(t, m.gather(feed.Options{Log: feed.LogAlways}).Log, 30000)
}

func TestGenerationIdentifiersAreAskedForInTheWordsOfTheGeneration(t *testing.T) {
	const line = "16F9FE1AA1D393EB:1D7A96F3F2E2A9EA:C270AA66E61F74AC:C26FAA66E61F74AC:1:1:1:0:0:0:0\n"
	for command, c := range map[string]drbdtest.Capture{
		"drbdsetup get-gi 0":      drbdtest.File(drbdtest.DRBD84, "29-split-brain", drbdtest.Alfa),
		"drbdsetup get-gi r0 1 0": drbdtest.File(drbdtest.DRBD9, "29-split-brain", drbdtest.Alfa),
	} {
		m := recorded(t, c)
		m.says(command, 0, line)
		view := m.gather(feed.Options{GI: true})
		require.Len(t, view.GI, 1, command)
		assert.Equal(t, "r0", view.GI[0].Resource)
		assert.Equal(t, strings.TrimSpace(line), view.GI[0].GI.String())
		assert.Empty(t, view.Unanswered)

		m.commands[command] = runtest.Rubbish()
		view = m.gather(feed.Options{GI: true})
		assert.Empty(t, view.GI)
		require.Len(t, view.Unanswered, 1)
		assert.Contains(t, view.Unanswered[0], command)
		assert.Empty(t, view.Host.Problems)
		assert.NotEmpty(t, view.Host.Resources, "the state is known all the same")
	}
	m := newMachine(t)
	m.proc(version("8.3.11") + strings.Replace(row("3", "Primary/Unknown", "UpToDate/DUnknown"), "Connected", "StandAlone", 1))
	m.says("drbdsetup /dev/drbd3 get-gi", 0, line)
	assert.Len(t, m.gather(feed.Options{GI: true}).GI, 1)
	// The kernel has compared them itself while there is a connection.
	m = recorded(t, drbdtest.File(drbdtest.DRBD9, "05-healthy", drbdtest.Alfa))
	assert.Empty(t, m.gather(feed.Options{GI: true}).GI)
}

func TestAnErrorNamesTheCommandAndItsComplaint(t *testing.T) {
	m := recorded(t, drbdtest.File(drbdtest.DRBD9, "05-healthy", drbdtest.Alfa))
	m.commands[statusJSON] = runtest.Complains(20, "\nCould not connect\n")
	_, err := m.Gather(t.Context(), feed.Options{})
	require.EqualError(t, err, "drbdsetup status --json: exit 20: Could not connect")
	m.commands[statusJSON] = runtest.Says(1, "")
	_, err = m.Gather(t.Context(), feed.Options{})
	require.EqualError(t, err, "drbdsetup status --json: exit 1")
	require.False(t, errors.Is(err, drbd.ErrUnreadable))
}
