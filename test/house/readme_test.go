package house

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/agents"
)

// documents are the pages for people at the top of the tree.
func documents() []string {
	return []string{"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/spec/README.md"}
}

var (
	markdownLink = regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`)
	makeTarget   = regexp.MustCompile("(?m)(?:^|`|sudo )make ([a-z][a-z-]*)\\b")
	toolCommand  = regexp.MustCompile("(?m)(?:^|`|sudo |bin/)(ocfbox|ocflab) ([a-zA-Z][A-Za-z0-9-]*)")
)

func TestLinksInTheDocumentsLeadSomewhere(t *testing.T) {
	for _, name := range documents() {
		for _, found := range markdownLink.FindAllStringSubmatch(read(t, name), -1) {
			path := filepath.Join(root(t), filepath.Dir(name), found[1])
			_, err := os.Stat(path)
			require.NoError(t, err, "%s links to %s", name, found[1])
		}
	}
}

// targets are make's, as its own database has them.
func targets(t *testing.T) map[string]bool {
	all := make(map[string]bool)
	for _, line := range lines(read(t, "Makefile")) {
		names, _, ok := strings.Cut(line, ":")
		if !ok || strings.HasPrefix(line, "\t") || strings.ContainsAny(names, "=#$.") {
			continue
		}
		for _, name := range strings.Fields(names) {
			all[name] = true
		}
	}
	return all
}

func TestTargetsInTheDocumentsExist(t *testing.T) {
	known := targets(t)
	require.True(t, known["test"] && known["demo"] && known["install"], "%v", known)
	for _, name := range append(documents(), "man/ocflab.8") {
		for _, found := range makeTarget.FindAllStringSubmatch(read(t, name), -1) {
			require.True(t, known[found[1]], "%s names make %s", name, found[1])
		}
	}
	require.Contains(t, read(t, "README.md"), "\nmake demo\nmake test\n")
}

func TestCommandsInTheDocumentsExist(t *testing.T) {
	known := map[string]bool{}
	for _, program := range []string{"ocfbox", "ocflab"} {
		for _, command := range commandsOf(t, program) {
			known[program+" "+command.name] = true
		}
	}
	for _, agent := range agents.All() {
		known["ocfbox "+agent.Name] = true
	}
	found := toolCommand.FindAllStringSubmatch(read(t, "README.md"), -1)
	require.NotEmpty(t, found)
	for _, words := range found {
		require.True(t, known[words[1]+" "+words[2]], "README.md names %s %s", words[1], words[2])
	}
}

func TestTheReadmeNamesTheOldestGoThatWorks(t *testing.T) {
	found := regexp.MustCompile(`(?m)^go (\S+)$`).FindStringSubmatch(read(t, "go.mod"))
	require.NotNil(t, found)
	require.Contains(t, read(t, "README.md"), "Go "+found[1]+" or newer")
}

// CI calls the command that the README names, and nothing else.
func TestCIRunsTheReadmesCommand(t *testing.T) {
	var commands []string
	for _, line := range lines(read(t, ".ci/run")) {
		if line != "" && !strings.HasPrefix(line, "#") && line != "set -eu" && !strings.HasPrefix(line, "cd ") {
			commands = append(commands, line)
		}
	}
	require.Equal(t, []string{"exec make test"}, commands)
}
