package command

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"ocfbox/test/hanasim/site"
)

// hdb is HDB, the administrator's command.
func hdb(c call) int {
	s, ok := c.own()
	if !ok {
		return 1
	}
	action := ""
	if len(c.args) > 0 {
		action = c.args[0]
	}
	switch {
	case action == "start":
		return c.hdbStart(s)
	case action == "stop":
		return c.hdbStop(s)
	case action == "restart":
		return max(c.hdbStop(s), c.hdbStart(s))
	case action == "info", action == "proc":
		return c.hdbInfo(s)
	case action == "version":
		return c.hdbVersion()
	case strings.HasPrefix(action, "kill"):
		return c.hdbKill(s, strings.TrimPrefix(action, "kill"))
	}
	c.say("Usage: HDB { start|stop|reconf|restart|version|info|proc|kill|kill-<sig>|admin|term }\n")
	return 1
}

// control calls sapcontrol as HDB does, and says so.
func (c call) control(s site.System, intro string, args ...string) int {
	args = append([]string{"-prot", "NI_HTTP", "-nr", s.Number, "-function"}, args...)
	c.say("%s using: %s/SYS/exe/hdb/sapcontrol %s\n", intro, s.Folder(), strings.Join(args, " "))
	c.args = args
	code, _ := Run(append([]string{"sapcontrol"}, args...))
	return code
}

func (c call) hdbStart(s site.System) int {
	c.say("\n\nStartService\nImpromptu CCC initialization by 'rscpCInit'.\n  See SAP note 1266393.\nOK\nOK\n")
	service := call{args: []string{"-nr", s.Number, "-function", "StartService", s.SID}, out: errorsOnly{}, err: c.err}
	if code := sapcontrol(service); code != 0 {
		return code
	}
	return c.control(s, "Starting instance", "StartWait", "2700", "2")
}

// errorsOnly is where output goes that nobody wants.
type errorsOnly struct{}

func (errorsOnly) Write(p []byte) (int, error) { return len(p), nil }

func (c call) hdbStop(s site.System) int {
	c.say("hdbdaemon will wait maximal 300 seconds for NewDB services finishing.\n")
	if code := c.control(s, "Stopping instance", "Stop", "400"); code != 0 {
		return code
	}
	if code := c.control(s, "Waiting for stopped instance", "WaitforStopped", "600", "2"); code != 0 {
		return code
	}
	c.say("hdbdaemon is stopped.\n")
	return 0
}

// hdbInfo shows the processes of the instance's user with ps, as HDB does.
func (c call) hdbInfo(s site.System) int {
	ps := exec.Command("/usr/bin/ps", "fx", "-U", s.User(), "-o", "user:8,pid:8,ppid:8,pcpu:5,vsz:10,rss:10,args")
	ps.Stdout, ps.Stderr = c.out, c.err
	if err := ps.Run(); err != nil {
		fmt.Fprintln(c.err, err)
		return 1
	}
	return 0
}

func (c call) hdbVersion() int {
	c.say(`HDB version info:
  version:             2.00.059.00.1636468417
  branch:              fa/hana2sp05
  machine config:      linuxx86_64
  git hash:            4c3aebe1bc7e8c8eb4b6a4c4b2a5f3a2f63b6a0e
  git merge time:      2021-11-09 14:33:37
  weekstone:           0000.00.0
  cloud edition:       0000.00.00
  compile date:        2021-11-09 14:40:17
  compile host:        ld4550
  compile type:        rel
`)
	return 0
}

// hdbKill sends a signal to hdbdaemon and all services, and nothing to sapstartsrv.
func (c call) hdbKill(s site.System, suffix string) int {
	signal := syscall.SIGTERM
	if n, err := strconv.Atoi(strings.TrimPrefix(suffix, "-")); err == nil {
		signal = syscall.Signal(n)
	}
	c.say("killing HDB processes:\n")
	for _, p := range databaseProcesses(s) {
		c.say("kill -%d %d %s\n", signal, p.pid, p.command)
		if err := unix.Kill(p.pid, signal); err != nil && !errors.Is(err, unix.ESRCH) {
			fmt.Fprintln(c.err, err)
		}
	}
	c.say("kill orphan HDB processes:\n")
	return 0
}

// A runningProcess is one of the instance's.
type runningProcess struct {
	pid     int
	command string
}

// databaseProcesses finds hdbdaemon and the services by their command lines; the daemon comes first.
func databaseProcesses(s site.System) []runningProcess {
	var names []string
	for _, v := range s.Services() {
		names = append(names, v.Program)
	}
	var list []runningProcess
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		info, err := e.Info()
		if err != nil || int(info.Sys().(*syscall.Stat_t).Uid) != s.UID() {
			continue
		}
		text, err := os.ReadFile("/proc/" + e.Name() + "/cmdline")
		if err != nil {
			continue
		}
		words := strings.Split(strings.TrimRight(string(text), "\x00"), "\x00")
		p := runningProcess{pid, strings.Join(words, " ")}
		if words[0] == s.DaemonPath() {
			list = slices.Insert(list, 0, p)
		} else if slices.Contains(names, words[0]) {
			list = append(list, p)
		}
	}
	return list
}

// cleanipc removes shared memory, of which there is none here.
func cleanipc(c call) int {
	number := "00"
	if len(c.args) > 0 {
		number = c.args[0]
	}
	c.say("\n\n Show/Cleanup SAP-IPC-Objects V2.3, 94/01/20\n ============================================\n\n")
	c.say(" Running SAP-Systems (Nr)...:\n\n ---------------------------------------------------------------------------\n")
	c.say(" SAP-Resources for Instance %s:\n\n ---------------------------------------------------------------------------\n", number)
	c.say(" Number of IPC-Objects...........:       0\n Summary of all Shared Memory....:       0.0 MB\n")
	return 0
}
