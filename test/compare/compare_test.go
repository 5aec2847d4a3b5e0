package compare

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/test/lab"
)

// A suite is the comparison of one resource agent.
type suite struct {
	agent string
	cases []Case
	// least is how many cases there are at least.
	least int
	needs []string
}

func suites() []suite {
	return []suite{
		{"IPaddr2", IPaddr2Cases(), 300, []string{"root", "ip", "sysctl"}},
		{"Filesystem", FilesystemCases(), 300, []string{"root", "mkfs.ext4", "losetup", "mount"}},
		{drbddisk, DrbddiskCases(), 100, []string{"root", "sh"}},
	}
}

// needs skips the test where the machine lacks something, or the product the agent.
func needs(t *testing.T, s suite) {
	t.Helper()
	lab.Need(t, s.needs...)
}

const wantedFile = "testdata/wanted.txt"

// Ours answers as the shell agents have answered when they were recorded, but for the differences that are wanted.
func TestOursAnswersAsRecorded(t *testing.T) {
	for _, s := range suites() {
		t.Run(s.agent, func(t *testing.T) {
			needs(t, s)
			compareAll(t, s, func(t *testing.T, c Case) []Answer {
				recorded, ok := recordingOf(t, s.agent)[c.Name]
				require.True(t, ok, "nothing is recorded: make golden runs the shell agent")
				require.Equal(t, c.Fingerprint(), recorded.Fingerprint, "the case has changed since: make golden runs the shell agent")
				return recorded.Answers
			})
		})
	}
}

// Ours answers as the shell agents do beside it. With OCFBOX_GOLDEN=1 their answers are recorded instead: those of
// the cases that -run chooses, beside what is recorded of the others.
func TestLongOursAnswersAsTheShellAgents(t *testing.T) {
	for _, s := range suites() {
		t.Run(s.agent, func(t *testing.T) {
			needs(t, s)
			shell := shellAgent(t, s.agent)
			if os.Getenv("OCFBOX_GOLDEN") == "1" {
				record(t, s, shell)
				return
			}
			compareAll(t, s, func(t *testing.T, c Case) []Answer { return lived(t, shell, c) })
		})
	}
}

// record runs the shell agent, and keeps what it answers; with OCFBOX_GOLDEN_NEW=1 only where the case is new or has
// changed. What a case that is no more has answered goes.
func record(t *testing.T, s suite, shell Agent) {
	var mu sync.Mutex
	kept := make(Recording)
	if _, err := os.Stat(recordingFile(s.agent)); err == nil {
		kept = recordingOf(t, s.agent)
	}
	done := 0
	for _, c := range s.cases {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			if os.Getenv("OCFBOX_GOLDEN_NEW") == "1" && kept.has(&mu, c) {
				return
			}
			answers := lived(t, shell, c)
			mu.Lock()
			defer mu.Unlock()
			kept[c.Name] = Recorded{c.Fingerprint(), answers}
			if done++; done%10 == 0 {
				fmt.Printf("   ... %d of %d cases of %s recorded\n", done, len(s.cases), s.agent)
				require.NoError(t, os.WriteFile(recordingFile(s.agent), []byte(kept.Text(s.cases)), 0o644))
			}
		})
	}
	t.Cleanup(func() {
		require.NoError(t, os.WriteFile(recordingFile(s.agent), []byte(kept.Text(s.cases)), 0o644))
	})
}

// has tells whether the case is recorded as it is now.
func (r Recording) has(mu *sync.Mutex, c Case) bool {
	mu.Lock()
	defer mu.Unlock()
	return r[c.Name].Fingerprint == c.Fingerprint()
}

// compareAll runs ours through all cases of a suite that -run chooses, several at a time, against what theirs says.
func compareAll(t *testing.T, s suite, theirs func(*testing.T, Case) []Answer) {
	t.Helper()
	ours, rows := oursAgent(t, s.agent), wanted(t)
	score := &score{total: len(s.cases)}
	t.Cleanup(func() {
		t.Logf("%s: %d cases, %d answers, %d differences wanted, %d not", s.agent, score.cases, score.answers, score.used, score.unwanted)
		fmt.Printf("%s: %d cases, %d answers, %d differences wanted, %d not\n", s.agent, score.cases, score.answers, score.used, score.unwanted)
	})
	for _, c := range s.cases {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			them := theirs(t, c)
			us := lived(t, ours, c)
			unwanted, used, unused := Judge(s.agent, c, Compare(s.agent, c, them, us), rows)
			score.add(len(us), len(used), len(unwanted))
			for _, d := range unwanted {
				draft(d)
				t.Errorf("a difference that nobody wants: %s\n  theirs: %s\n  ours:   %s", d, d.Theirs, d.Ours)
			}
			for _, row := range unused {
				t.Errorf("a wanted difference that is none: %s | %s", row.Difference, row.Reason)
			}
		})
	}
}

// A score counts what has been compared.
type score struct {
	mu                                    sync.Mutex
	total, cases, answers, used, unwanted int
}

func (s *score) add(answers, used, unwanted int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cases++
	s.answers += answers
	s.used += used
	s.unwanted += unwanted
	if s.cases%50 == 0 {
		fmt.Printf("   ... %d of %d cases\n", s.cases, s.total)
	}
}

// lived runs a case, and shows what was said if the test fails.
func lived(t *testing.T, agent Agent, c Case) []Answer {
	t.Helper()
	answers, said, err := agent.Run(t.Context(), c, folder())
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("%s %q said:\n%s\nand the answers are:\n%s", agent.Command[0], c.Params, said, AnswersText(answers))
		}
	})
	require.NoError(t, err, said)
	return answers
}

// draft adds a difference to the file that OCFBOX_DRAFT names, for somebody to judge.
func draft(d Difference) {
	name := os.Getenv("OCFBOX_DRAFT")
	if name == "" {
		return
	}
	file, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err == nil {
		fmt.Fprintln(file, d)
		file.Close()
	}
}

func recordingFile(agent string) string { return filepath.Join("testdata", agent+".txt") }

func recordingOf(t *testing.T, agent string) Recording {
	t.Helper()
	text, err := os.ReadFile(recordingFile(agent))
	require.NoError(t, err)
	recording, err := ParseRecording(string(text))
	require.NoError(t, err)
	return recording
}

func wanted(t *testing.T) []Row {
	t.Helper()
	text, err := os.ReadFile(wantedFile)
	require.NoError(t, err)
	rows, err := ParseWanted(string(text))
	require.NoError(t, err)
	return rows
}

// shellAgent is the distribution's agent.
func shellAgent(t *testing.T, name string) Agent {
	t.Helper()
	path := "/usr/lib/ocf/resource.d/heartbeat/" + name
	if name == drbddisk {
		return shellScript(t)
	}
	head, err := os.ReadFile(path)
	if err != nil || !strings.HasPrefix(string(head), "#!") {
		lab.Missing(t, "this test needs the shell agent "+path+" of the package resource-agents")
	}
	return Agent{Name: name, Command: []string{path}}
}

// shellScript is the resource script of Debian's drbd-utils: installed, or unpacked by scripts/peers.sh.
func shellScript(t *testing.T) Agent {
	t.Helper()
	for _, path := range []string{"/etc/ha.d/resource.d/drbddisk", "../../bin/peers/drbd-utils/etc/ha.d/resource.d/drbddisk"} {
		if head, err := os.ReadFile(path); err == nil && strings.HasPrefix(string(head), "#!") {
			path, err = filepath.Abs(path)
			require.NoError(t, err)
			return Agent{Name: drbddisk, Command: []string{path}}
		}
	}
	lab.Missing(t, "this test needs the script drbddisk of the package drbd-utils: scripts/peers.sh fetches it")
	return Agent{}
}

// oursAgent is the product with the return codes of the recorded generation.
func oursAgent(t *testing.T, name string) Agent {
	t.Helper()
	return Agent{Name: name, Command: []string{product(t), name}, Env: []string{"OCFBOX_COMPAT=4.12"}}
}

// product builds the product once.
func product(t *testing.T) string {
	t.Helper()
	program, err := build()
	require.NoError(t, err)
	return program
}

var build = sync.OnceValues(func() (string, error) {
	program := filepath.Join(folder(), "ocfbox")
	cmd := exec.Command("go", "build", "-trimpath", "-o", program, "ocfbox/cmd/ocfbox")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w: %s", err, out)
	}
	return program, nil
})

// folder is for what all rigs read.
var folder = sync.OnceValue(func() string {
	dir, err := os.MkdirTemp("", "compare")
	if err != nil {
		panic(err)
	}
	return dir
})

// names are those of the cases, which must differ.
func TestCaseNamesAreUnique(t *testing.T) {
	for _, s := range suites() {
		var names []string
		for _, c := range s.cases {
			names = append(names, c.Name)
			require.NotContains(t, c.Name, "|")
		}
		slices.Sort(names)
		require.Equal(t, len(names), len(slices.Compact(slices.Clone(names))), s.agent)
		require.GreaterOrEqual(t, len(names), s.least, s.agent)
	}
}
