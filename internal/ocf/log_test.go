package ocf_test

import (
	"context"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ocfbox/internal/ocf"
	"ocfbox/internal/run"
	"ocfbox/internal/run/runtest"
)

// A caller of an agent as the log sees it.
type caller struct {
	vars     map[string]string
	terminal bool
	runner   run.Runner
	journal  string
	syslog   string
}

// hears runs act as a start and returns what stands on standard error. The date of its lines is that of
// a fixed format.
func (l *caller) hears(t *testing.T, act func(*ocf.Call) error) string {
	t.Helper()
	vars := map[string]string{"OCF_RESOURCE_INSTANCE": "vip", "HA_DATEFMT": "DATE ", "HA_RSCTMP": t.TempDir()}
	maps.Copy(vars, l.vars)
	maps.DeleteFunc(vars, func(_, value string) bool { return value == "-" })
	var stderr strings.Builder
	env := &ocf.Env{
		Lookup:   func(name string) (string, bool) { value, set := vars[name]; return value, set },
		Stderr:   &stderr,
		Stdout:   new(strings.Builder),
		Terminal: func() bool { return l.terminal },
		Runner:   l.runner,
		Started:  time.Now(),
		PID:      4711,
		Journal:  l.journal,
		Syslog:   l.syslog,
	}
	agent := boxAgent()
	agent.New = func(*ocf.Params) ocf.Actions {
		return ocf.Actions{Monitor: func(_ context.Context, c *ocf.Call) error { return act(c) }}
	}
	ocf.Main(env, agent, []string{"monitor"})
	return stderr.String()
}

func hint(c *ocf.Call) error { c.Log.Info("opened  the\nbox"); return nil }

func fails(*ocf.Call) error { return ocf.ErrGeneric.With("the lid is stuck") }

// Each row of ocf-framework.md 9, with the form of its lines; F27 to F29.
func TestALineGoesWhereTheClusterWantsIt(t *testing.T) {
	const reason = "ocf-exit-reason:the lid is stuck\n"
	for _, test := range []struct {
		name     string
		vars     map[string]string // FILE and DEBUG stand for files of the test
		terminal bool
		line     string // what Info makes of "opened  the\nbox"
		file     string
		debug    string
		failure  string // what of a failure's reason stands there besides
		infile   string
	}{
		{name: "F29 on a terminal: standard error without a date", terminal: true, line: "INFO: opened the box\n"},
		{name: "F29 on a terminal with a tag of the caller's, and nowhere else", terminal: true, vars: map[string]string{"HA_LOGTAG": "me", "HA_LOGFILE": "FILE"},
			line: "me: INFO: opened the box\n"},
		{name: "F27 a file, with two blanks", vars: map[string]string{"HA_LOGFILE": "FILE", "HA_LOGFACILITY": "none"},
			file: "DATE  Box(vip)[4711]:    INFO: opened the box\n", infile: "DATE  Box(vip)[4711]:    ERROR: the lid is stuck\n"},
		{name: "F27 a file, with the caller's tag", vars: map[string]string{"HA_LOGFILE": "FILE", "HA_LOGTAG": "me"},
			file: "DATE  me:    INFO: opened the box\n", infile: "DATE  me:    ERROR: the lid is stuck\n"},
		{name: "F27 a file, without an instance", vars: map[string]string{"HA_LOGFILE": "FILE", "OCF_RESOURCE_INSTANCE": "-"},
			file: "DATE  Box[4711]:    INFO: opened the box\n", infile: "DATE  Box[4711]:    ERROR: the lid is stuck\n"},
		{name: "F28 neither facility nor file: standard error with a date", line: "DATE INFO: opened the box\n"},
		{name: "F28 facility none is no facility", vars: map[string]string{"HA_LOGFACILITY": "none"}, line: "DATE INFO: opened the box\n"},
		{name: "a debug log gets each line too, in its own form", vars: map[string]string{"HA_DEBUGLOG": "DEBUG"},
			line: "DATE INFO: opened the box\n", debug: "Box(vip)[4711]:\tDATE INFO: opened the box\n"},
		{name: "a debug log that is the log gets it once", vars: map[string]string{"HA_LOGFILE": "FILE", "HA_DEBUGLOG": "FILE"},
			file: "DATE  Box(vip)[4711]:    INFO: opened the box\n", infile: "DATE  Box(vip)[4711]:    ERROR: the lid is stuck\n"},
		{name: "a file in no directory is no reason to fail", vars: map[string]string{"HA_LOGFILE": "/no/such/directory/log"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			files := strings.NewReplacer("FILE", filepath.Join(dir, "file"), "DEBUG", filepath.Join(dir, "debug"))
			vars := make(map[string]string)
			for name, value := range test.vars {
				vars[name] = files.Replace(value)
			}
			caller := &caller{vars: vars, terminal: test.terminal}
			require.Equal(t, test.line, caller.hears(t, hint))
			require.Equal(t, test.file, contents(dir, "file"))
			require.Equal(t, test.debug, contents(dir, "debug"))

			require.Equal(t, reason, caller.hears(t, fails), "the reason, and only that, whatever else is logged")
			require.Equal(t, test.file+test.infile, contents(dir, "file"))
		})
	}
}

func contents(dir, name string) string {
	text, _ := os.ReadFile(filepath.Join(dir, name))
	return string(text)
}

func TestDebugLinesAreForThoseWhoAskForThem(t *testing.T) {
	say := func(c *ocf.Call) error { c.Log.Debug("looked"); return nil }
	for value, want := range map[string]bool{"-": false, "": false, "0": false, "1": true, "2": true, "yes": true} {
		got := (&caller{vars: map[string]string{"HA_debug": value}}).hears(t, say)
		require.Equal(t, want, strings.Contains(got, "DATE DEBUG: looked\n"), "F31 HA_debug=%q", value)
		require.Equal(t, want, strings.Contains(got, "DATE DEBUG: begin action monitor\n"), "a quiet monitor says nothing above debug")
	}
}

func TestLevelsHaveTheirWords(t *testing.T) {
	got := (&caller{}).hears(t, func(c *ocf.Call) error {
		c.Log.Crit("a")
		c.Log.Err("b")
		c.Log.Warn("c %d", 1)
		c.Log.Info("d")
		return nil
	})
	require.Equal(t, "DATE CRIT: a\nDATE ERROR: b\nDATE WARNING: c 1\nDATE INFO: d\n", got)
}

func TestAnActionThatChangesSomethingLogsItsBeginAndEnd(t *testing.T) {
	for action, want := range map[string]bool{"start": true, "stop": true, "monitor": false, "status": false, "validate-all": false} {
		resource := boxResource()
		got := resource.Call(t, action).Stderr
		require.Equal(t, want, strings.Contains(got, "INFO: begin action "+action+"\n"), got)
		require.Equal(t, want, strings.Contains(got, "INFO: end action "+action+" rc=0 after "), got)
	}
}

// HA_DATEFMT's default, as in /var/log/pacemaker.log of old: "Nov 22 13:49:01 ".
func TestTheDateIsThatOfTheShellAgents(t *testing.T) {
	for _, format := range []string{"-", ""} {
		got := (&caller{vars: map[string]string{"HA_DATEFMT": format}}).hears(t, hint)
		stamp, found := strings.CutSuffix(got, " INFO: opened the box\n")
		require.True(t, found, got)
		_, err := time.Parse("Jan 02 15:04:05", stamp)
		require.NoError(t, err)
	}
}

func TestManyWritersMakeWholeLines(t *testing.T) {
	file := filepath.Join(t.TempDir(), "log")
	long := strings.Repeat("x", 1000)
	(&caller{vars: map[string]string{"HA_LOGFILE": file}}).hears(t, func(c *ocf.Call) error {
		done := make(chan bool)
		for range 8 {
			go func() {
				for range 50 {
					c.Log.Info("%s", long)
				}
				done <- true
			}()
		}
		for range 8 {
			<-done
		}
		return nil
	})
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, strings.Repeat("DATE  Box(vip)[4711]:    INFO: "+long+"\n", 400), string(text))
}

// An action must not hang because nobody reads its log.
func TestALogThatIsNotReadHoldsNobodyUp(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	require.NoError(t, unix.Mkfifo(pipe, 0o600))
	flood := func(c *ocf.Call) error {
		for range 200 {
			c.Log.Info("%s", strings.Repeat("x", 1000))
		}
		return fails(c)
	}
	caller := &caller{vars: map[string]string{"HA_LOGFILE": pipe, "OCF_RESKEY_CRM_meta_timeout": "20000"}}
	require.Equal(t, "ocf-exit-reason:the lid is stuck\n", caller.hears(t, flood), "no reader")
	reader, err := os.OpenFile(pipe, os.O_RDONLY|unix.O_NONBLOCK, 0)
	require.NoError(t, err)
	defer reader.Close()
	require.Equal(t, "ocf-exit-reason:the lid is stuck\n", caller.hears(t, flood), "a reader that does not read")
}

func TestHeartbeatsLoggerIsTriedFirst(t *testing.T) {
	both := func(c *ocf.Call) error { c.Log.Info("opened"); c.Log.Debug("looked"); return fails(c) }
	for _, test := range []struct {
		name   string
		vars   map[string]string
		logger runtest.Program
		calls  []string
		stderr string
	}{
		{"it takes all lines", map[string]string{"HA_LOGD": "yes", "HA_debug": "1"}, runtest.Says(0, ""), []string{
			`ha_logger -t Box(vip)[4711] -D ha-debug "DEBUG: begin action monitor"`,
			`ha_logger -t Box(vip)[4711] "INFO: opened"`,
			`ha_logger -t Box(vip)[4711] -D ha-debug "DEBUG: looked"`,
		}, ""},
		{"the older variable counts when the newer is not there", map[string]string{"HA_use_logd": "on"}, runtest.Says(0, ""),
			[]string{`ha_logger -t Box(vip)[4711] "INFO: opened"`, `ha_logger -t Box(vip)[4711] "ERROR: the lid is stuck"`}, ""},
		{"the newer wins", map[string]string{"HA_use_logd": "on", "HA_LOGD": "no"}, runtest.Says(0, ""), nil, "DATE INFO: opened\n"},
		{"where it fails, the others take over, and it is not asked again", map[string]string{"HA_LOGD": "yes"}, runtest.Says(1, ""),
			[]string{`ha_logger -t Box(vip)[4711] "INFO: opened"`}, "DATE INFO: opened\n"},
		{"so where it is missing", map[string]string{"HA_LOGD": "yes"}, nil,
			[]string{`ha_logger -t Box(vip)[4711] "INFO: opened"`}, "DATE INFO: opened\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			script := &runtest.Script{Programs: map[string]runtest.Program{"ha_logger": test.logger}}
			stderr := (&caller{vars: test.vars, runner: script}).hears(t, both)
			lines := script.Lines()
			if len(lines) > 3 {
				lines = lines[:3]
			}
			require.Equal(t, test.calls, lines)
			require.Equal(t, test.stderr+"ocf-exit-reason:the lid is stuck\n", stderr)
		})
	}
}

// F30: the datagrams of syslog and of the journal, received.
func TestSyslogAndTheJournalGetDatagrams(t *testing.T) {
	dir := t.TempDir()
	syslog, journal := listen(t, filepath.Join(dir, "syslog")), listen(t, filepath.Join(dir, "journal"))
	for facility, number := range map[string]int{"daemon": 3, "local0": 16, "local7": 23, "user": 1, "auth": 4, "security": 4,
		"kern": 0, "mail": 2, "syslog": 5, "lpr": 6, "news": 7, "uucp": 8, "cron": 9, "authpriv": 10, "ftp": 11, "local8": 3, "nonsense": 3} {
		vars := map[string]string{"HA_LOGFACILITY": facility, "OCF_RESOURCE_INSTANCE": "vip:1"}
		both := &caller{vars: vars, journal: filepath.Join(dir, "journal"), syslog: filepath.Join(dir, "syslog")}
		require.Equal(t, "ocf-exit-reason:the lid is stuck\n", both.hears(t, fails))
		require.Equal(t, fmt.Sprintf("PRIORITY=3\nSYSLOG_FACILITY=%d\nSYSLOG_IDENTIFIER=Box(vip:1)[4711]\n"+
			"OCF_AGENT=Box\nOCF_RESOURCE=vip:1\nOCF_ACTION=monitor\nMESSAGE=ERROR: the lid is stuck\n", number), receive(t, journal))

		only := &caller{vars: vars, journal: filepath.Join(dir, "none"), syslog: filepath.Join(dir, "syslog")}
		require.Empty(t, only.hears(t, hint), "nothing on standard error")
		priority, rest, _ := strings.Cut(receive(t, syslog), ">")
		require.Equal(t, fmt.Sprintf("<%d", number*8+6), priority, facility)
		_, err := time.Parse(time.Stamp, rest[:15])
		require.NoError(t, err)
		require.Equal(t, " Box(vip:1)[4711]: INFO: opened the box", rest[15:])
	}
}

func TestTheSeverityIsThatOfTheLevel(t *testing.T) {
	path := filepath.Join(t.TempDir(), "syslog")
	syslog := listen(t, path)
	caller := &caller{vars: map[string]string{"HA_LOGFACILITY": "daemon", "HA_debug": "1"}, journal: path + "-none", syslog: path}
	caller.hears(t, func(c *ocf.Call) error {
		c.Log.Crit("x")
		c.Log.Err("x")
		c.Log.Warn("x")
		c.Log.Info("no ERROR at all")
		c.Log.Debug("x")
		return nil
	})
	_ = receive(t, syslog) // begin action
	for _, severity := range []int{2, 3, 4, 6, 7} {
		require.True(t, strings.HasPrefix(receive(t, syslog), fmt.Sprintf("<%d>", 3*8+severity)))
	}
}

func TestASyslogThatIsFullOrMissingHoldsNobodyUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "syslog")
	listen(t, path)
	flood := func(c *ocf.Call) error {
		for range 5000 {
			c.Log.Info("%s", strings.Repeat("x", 1700))
		}
		return fails(c)
	}
	for _, syslog := range []string{path, path + "-none"} {
		caller := &caller{vars: map[string]string{"HA_LOGFACILITY": "daemon"}, journal: path + "-none", syslog: syslog}
		require.Equal(t, "ocf-exit-reason:the lid is stuck\n", caller.hears(t, flood))
	}
}

func TestALongLineIsCutToFitADatagram(t *testing.T) {
	got := (&caller{}).hears(t, func(c *ocf.Call) error { c.Log.Info("%s", strings.Repeat("ü", 5000)); return nil })
	require.Equal(t, "DATE INFO: "+strings.Repeat("ü", 898)+"...\n", got)
}

func listen(t *testing.T, path string) *net.UnixConn {
	t.Helper()
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	require.NoError(t, err)
	t.Cleanup(func() { socket.Close() })
	return socket
}

func receive(t *testing.T, socket *net.UnixConn) string {
	t.Helper()
	require.NoError(t, socket.SetReadDeadline(time.Now().Add(5*time.Second)))
	datagram := make([]byte, 4096)
	n, err := socket.Read(datagram)
	require.NoError(t, err)
	return string(datagram[:n])
}
