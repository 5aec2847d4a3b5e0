package hook

import (
	"bufio"
	"cmp"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/test/lab"
	"ocfbox/test/product"
)

// patience is how long a test waits for anything on a busy machine.
const patience = time.Minute

// A python is an interpreter, and how the provider starts programs in it.
type python struct {
	path string
	// fork takes posix_spawn away, as it is before Python 3.8.
	fork bool
}

// pythons are the interpreters that are here, by a name for subtests: Python 3 as it is, Python 3 as if it
// were older, and Python 2.7 where there is one or OCFBOX_PYTHON2 names it.
func pythons(t *testing.T) map[string]python {
	three := python3(t)
	found := map[string]python{"python3": {three, false}, "python3 without posix_spawn": {three, true}}
	for _, name := range []string{os.Getenv("OCFBOX_PYTHON2"), "python2.7", "python2"} {
		if path := interpreter(name); path != "" {
			found["python2"] = python{path, false}
			break
		}
	}
	return found
}

// python3 is the system's interpreter, which every user may run, or else the first on PATH.
func python3(t testing.TB) string {
	lab.Need(t, "python3")
	path := interpreter("/usr/bin/python3")
	if path == "" {
		path = interpreter("python3")
	}
	require.NotEmpty(t, path)
	return path
}

// interpreter is the program itself, where name may be a script that chooses one; empty if there is none.
func interpreter(name string) string {
	out, err := exec.Command(name, "-c", "import sys; sys.stdout.write(sys.executable)").Output()
	if err != nil {
		return ""
	}
	return string(out)
}

// A hana is a running provider in the surroundings that HANA gives it.
type hana struct {
	t       testing.TB
	cluster *cluster
	// instance is the folder HDB10, host the one below, in which HANA works.
	instance, host string
	// env is added to the environment.
	env []string
	// config is the provider's section of global.ini.
	config map[string]string
	// provider is the module, SAPHanaSR where it is empty; base are attributes of the class above it.
	provider string
	base     map[string]any
	// constants replaces constants of the module.
	constants map[string]float64
	// ordered makes the provider take note of the events in the order in which they are sent.
	ordered bool
	// user is who runs it, and code the folder with the driver and the provider; both are set where the
	// real sudo is tested.
	user *syscall.Credential
	code string

	cmd   *exec.Cmd
	in    io.WriteCloser
	words chan word

	trace []word
	id    int
	done  map[int]word
}

// A word is a line of the driver.
type word struct {
	Level, Text string
	ID          int
	Result      *int
	Seconds     float64
	Exception   string
	About       map[string]string
}

// newHANA makes the folders; start runs the provider.
func newHANA(t testing.TB) *hana {
	return newHANAIn(t, filepath.Join(t.TempDir(), "hana/shared"))
}

func newHANAIn(t testing.TB, shared string) *hana {
	h := &hana{t: t, cluster: newCluster(t), config: map[string]string{}, constants: map[string]float64{}, done: map[int]word{}}
	h.instance = filepath.Join(shared, "HA1/HDB10")
	h.host = filepath.Join(h.instance, "suse01")
	require.NoError(t, os.MkdirAll(h.host, 0o755))
	bin := filepath.Join(h.cluster.dir, "bin")
	require.NoError(t, os.Mkdir(bin, 0o755))
	self, err := os.Executable()
	require.NoError(t, err)
	require.NoError(t, os.Symlink(self, filepath.Join(bin, "sudo")))
	h.env = []string{
		"SAPSYSTEMNAME=HA1", "SAP_RETRIEVAL_PATH=/usr/sap/HA1/HDB10/suse01",
		"PATH=" + bin, fakeDirEnv + "=" + h.cluster.dir,
	}
	return h
}

// start runs the provider. It is ended with the test.
func (h *hana) start(p python) *hana {
	h.t.Helper()
	root := h.code
	if root == "" {
		root = product.Root(h.t)
	}
	h.cmd = exec.Command(p.path, "-u", filepath.Join(root, "test/hook/testdata/driver.py"), filepath.Join(root, "hooks"))
	h.cmd.Dir, h.cmd.Env, h.cmd.Stderr = h.host, h.env, os.Stderr
	h.cmd.SysProcAttr = &syscall.SysProcAttr{Credential: h.user}
	var err error
	h.in, err = h.cmd.StdinPipe()
	require.NoError(h.t, err)
	out, err := h.cmd.StdoutPipe()
	require.NoError(h.t, err)
	require.NoError(h.t, h.cmd.Start())
	h.t.Cleanup(h.stop)
	h.words = make(chan word, 1000)
	go h.read(out, h.words)
	provider, base := cmp.Or(h.provider, "SAPHanaSR"), h.base
	if base == nil {
		base = map[string]any{}
	}
	h.say(map[string]any{"provider": provider, "base": base, "config": h.config, "constants": h.constants, "fork": p.fork})
	return h
}

func (h *hana) read(out io.Reader, words chan<- word) {
	defer close(words)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var w word
		if json.Unmarshal(lines.Bytes(), &w) == nil {
			words <- w
		}
	}
}

func (h *hana) say(what any) {
	h.t.Helper()
	text, err := json.Marshal(what)
	require.NoError(h.t, err)
	_, err = h.in.Write(append(text, '\n'))
	require.NoError(h.t, err)
}

// stop ends it by force; what a killed provider leaves behind must do no harm.
func (h *hana) stop() {
	if h.cmd.ProcessState == nil {
		_ = h.cmd.Process.Kill()
		_ = h.cmd.Wait()
	}
}

// An event is HANA's dictionary.
type event map[string]any

// connection is an event as HANA 2.0 sends it (hana-hooks.md 2.4).
func connection(site string, status any, inSync any) event {
	return event{
		"hostname": "suse01", "port": "31003", "volume": 3, "service_name": "indexserver", "database": "HA1",
		"status": status, "database_status": status, "system_status": status,
		"timestamp": "2025-05-05T10:00:00.000001+00:00", "is_in_sync": inSync, "reason": "", "siteName": site,
	}
}

func lost(site string) event   { return connection(site, 11, false) }
func inSync(site string) event { return connection(site, 15, true) }

// begin makes a call and does not wait for it.
func (h *hana) begin(e event) int {
	h.t.Helper()
	h.id++
	h.say(map[string]any{"id": h.id, "event": e, "ordered": h.ordered})
	return h.id
}

// end waits for a call, which must return 0 whatever happened.
func (h *hana) end(id int) time.Duration {
	h.t.Helper()
	code, took := h.ended(id)
	require.Zero(h.t, code)
	return took
}

// ended waits for a call, and tells what it returned and how long HANA was held up.
func (h *hana) ended(id int) (code int, took time.Duration) {
	h.t.Helper()
	deadline := time.After(patience)
	for {
		if w, ok := h.done[id]; ok {
			require.Empty(h.t, w.Exception)
			require.NotNil(h.t, w.Result)
			return *w.Result, time.Duration(w.Seconds * float64(time.Second))
		}
		select {
		case w, more := <-h.words:
			require.True(h.t, more, "the provider has ended")
			h.take(w)
		case <-deadline:
			h.t.Fatalf("call %d has not ended; trace:\n%s", id, h.traced())
		}
	}
}

func (h *hana) take(w word) {
	switch {
	case w.ID != 0:
		h.done[w.ID] = w
	case w.Level != "":
		h.trace = append(h.trace, w)
	}
}

// call makes a call and returns how long HANA was held up.
func (h *hana) call(e event) time.Duration {
	h.t.Helper()
	return h.end(h.begin(e))
}

// traced is the trace so far.
func (h *hana) traced(levels ...string) string {
	var text strings.Builder
	for _, w := range h.trace {
		if len(levels) == 0 || levels[0] == w.Level {
			text.WriteString(w.Text + "\n")
		}
	}
	return text.String()
}

// left is the fallback file of a site, empty when there is none.
func (h *hana) left(site string) string {
	text, err := os.ReadFile(filepath.Join(h.instance, ".crm_attribute."+site))
	if !os.IsNotExist(err) {
		require.NoError(h.t, err)
	}
	return string(text)
}

// files are the names in the instance's folder but the host's.
func (h *hana) files() []string {
	entries, err := os.ReadDir(h.instance)
	require.NoError(h.t, err)
	names := []string{}
	for _, entry := range entries {
		if entry.Name() != "suse01" {
			names = append(names, entry.Name())
		}
	}
	return names
}

// awaitCalls waits until the command was called n times.
func (h *hana) awaitCalls(n int) {
	h.t.Helper()
	require.Eventually(h.t, func() bool { return len(h.cluster.calls()) >= n }, patience, 5*time.Millisecond)
}
