package hook

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ocfbox/internal/srhook"
)

// An answer is what the fake sudo, or the fake crm_attribute behind the real one, does when it is called.
type answer struct {
	// Code is the exit code. With 0 crm_attribute writes the attribute.
	Code int
	// Delay is how long it takes.
	Delay time.Duration
	// Stubborn programs ignore SIGTERM.
	Stubborn bool
	// Dies makes it end by SIGKILL.
	Dies bool
	// Next are the answers of the calls after this one; the last one stays.
	Next []answer
}

// fakeDirEnv names the folder of a fake's state; the real sudo clears the environment, and then it is
// fakeDir, in this package's private /run.
const (
	fakeDirEnv = "HOOK_FAKE"
	fakeDir    = "/run/hook-fake"
)

// fake is the body of the fake programs.
func fake(args []string) int {
	dir := os.Getenv(fakeDirEnv)
	if dir == "" {
		dir = fakeDir
	}
	line := strings.Join(append([]string{filepath.Base(args[0])}, args[1:]...), " ")
	if file, ok := os.LookupEnv("CIB_file"); ok {
		line += " with CIB_file=" + file
	}
	line += "\n"
	if err := appendTo(filepath.Join(dir, "calls"), line); err != nil {
		return 99
	}
	a := nextAnswer(dir)
	if a.Stubborn {
		signal.Ignore(unix.SIGTERM)
	}
	time.Sleep(a.Delay)
	if a.Dies {
		_ = unix.Kill(os.Getpid(), unix.SIGKILL)
	}
	helper := slices.ContainsFunc(args, func(word string) bool { return filepath.Base(word) == srhook.HelperName })
	if a.Code == 0 && !helper {
		name, value := option(args, "-n", "--name="), option(args, "-v", "--update=")
		if err := os.WriteFile(filepath.Join(dir, "attribute."+name), []byte(value), 0o644); err != nil {
			return 99
		}
	}
	return a.Code
}

func appendTo(path, text string) error {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	return errors.Join(err, file.Close())
}

// nextAnswer takes the next answer from the folder.
func nextAnswer(dir string) answer {
	var a answer
	path := filepath.Join(dir, "answer")
	text, err := os.ReadFile(path)
	if err != nil || json.Unmarshal(text, &a) != nil {
		return answer{Code: 98}
	}
	if len(a.Next) > 0 {
		next := a.Next[0]
		next.Next = a.Next[1:]
		_ = writeAnswer(dir, next)
	}
	return a
}

func writeAnswer(dir string, a answer) error {
	text, err := json.Marshal(a)
	if err != nil {
		return err
	}
	stage := filepath.Join(dir, fmt.Sprintf("answer.%d", os.Getpid()))
	if err := os.WriteFile(stage, text, 0o666); err != nil {
		return err
	}
	return os.Rename(stage, filepath.Join(dir, "answer"))
}

// fakeCIB is cibadmin: it prints the CIB that a test has put there, or the cluster is down.
func fakeCIB() int {
	text, err := os.ReadFile(filepath.Join(fakeDir, "cib.xml"))
	if err != nil {
		fmt.Fprintln(os.Stderr, "Could not connect to the CIB: Transport endpoint is not connected")
		return 102
	}
	os.Stdout.Write(text)
	return 0
}

// option is the value of the last occurrence of an option, which is the one that counts for crm_attribute.
func option(args []string, short, long string) string {
	value := ""
	for i := slices.Index(args, "/usr/sbin/crm_attribute") + 1; i < len(args); i++ {
		if args[i] == short && i+1 < len(args) {
			value = args[i+1]
		}
		if text, ok := strings.CutPrefix(args[i], long); ok {
			value = text
		}
	}
	return value
}

// A cluster is the state of the fake programs: what they are to answer, and what they were asked.
type cluster struct {
	t   testing.TB
	dir string
}

func newCluster(t testing.TB) *cluster {
	c := &cluster{t, t.TempDir()}
	c.answer(answer{})
	return c
}

func (c *cluster) answer(a answer) { require.NoError(c.t, writeAnswer(c.dir, a)) }

// calls are the command lines so far.
func (c *cluster) calls() []string {
	text, err := os.ReadFile(filepath.Join(c.dir, "calls"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	require.NoError(c.t, err)
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

// value is what the attribute of a site has, empty for none.
func (c *cluster) value(site string) string {
	text, err := os.ReadFile(filepath.Join(c.dir, "attribute.hana_ha1_site_srHook_"+site))
	if !errors.Is(err, fs.ErrNotExist) {
		require.NoError(c.t, err)
	}
	return string(text)
}

// command is the line that the hook must run (hana-hooks.md 3.3).
func command(site, value string) string {
	return "sudo -n /usr/sbin/crm_attribute -n hana_ha1_site_srHook_" + site + " -v " + value + " -t crm_config -s SAPHanaSR"
}
