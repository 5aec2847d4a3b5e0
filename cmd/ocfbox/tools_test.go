package main

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/agents"
	"ocfbox/internal/ocf"
)

// call runs a command line of the tools.
func call(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	return callAs(t, program, args...)
}

func callAs(t *testing.T, name string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errors bytes.Buffer
	d := &dpkg{}
	box := &toolbox{stdout: &out, stderr: &errors, runner: d.runner(), self: "/nowhere/ocfbox"}
	code = box.run(append([]string{name}, args...))
	return code, out.String(), errors.String()
}

func TestMistakesExitWithTwoAndAHint(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"a misspelt command":         {[]string{"instal"}, "ocfbox: no command or agent is called \"instal\"\nocfbox: hint: did you mean install?\n"},
		"a misspelt agent":           {[]string{"IPadr2", "monitor"}, "ocfbox: no command or agent is called \"IPadr2\"\nocfbox: hint: did you mean IPaddr2?\n"},
		"a name like no other":       {[]string{"xyzzy"}, "ocfbox: no command or agent is called \"xyzzy\"\nocfbox: hint: ocfbox help lists"},
		"help for a misspelt name":   {[]string{"help", "ipaddr2"}, "hint: did you mean IPaddr2?\n"},
		"an unknown flag":            {[]string{"agents", "--jsn"}, "ocfbox: flag provided but not defined: -jsn\nocfbox: hint: see ocfbox help agents\n"},
		"an unknown flag in front":   {[]string{"--root", "/", "install"}, "ocfbox: hint: see ocfbox help\n"},
		"too many words":             {[]string{"version", "now"}, "ocfbox: version takes no argument \"now\"\n"},
		"an unknown format":          {[]string{"agents", "--output", "yaml"}, "ocfbox: no output format is called \"yaml\"\nocfbox: hint: text or json\n"},
		"a provider that is a path":  {[]string{"install", "--provider", "../../x"}, "ocfbox: \"../../x\" is no name for a provider\n"},
		"a root that is not there":   {[]string{"install", "--root", "/nowhere/at/all"}, "ocfbox: hint: the folder must exist\n"},
		"a relative program":         {[]string{"install", "--root", "/usr", "--binary", "ocfbox"}, "ocfbox: --binary ocfbox is not an absolute path\n"},
		"a shell without completion": {[]string{"completion", "fish"}, "ocfbox: hint: bash or zsh\n"},
		"no command at all":          {nil, "COMMANDS:"},
	} {
		t.Run(name, func(t *testing.T) {
			code, stdout, stderr := call(t, test.args...)
			require.Equal(t, exitUsage, code)
			require.Empty(t, stdout)
			require.Contains(t, stderr, test.want)
		})
	}
}

func TestAProgramUnderAnUnknownNameSaysSo(t *testing.T) {
	code, stdout, stderr := callAs(t, "/usr/lib/ocf/resource.d/ocfbox/IPadr2", "monitor")
	require.Equal(t, exitUsage, code)
	require.Empty(t, stdout)
	require.Equal(t, "ocfbox: no agent or tool is called \"IPadr2\"\nocfbox: hint: did you mean IPaddr2?\n", stderr)
}

func TestAgentsAreListed(t *testing.T) {
	code, stdout, _ := call(t, "agents")
	require.Equal(t, exitOK, code)
	require.Regexp(t, `(?m)^IPaddr2 +ocfbox +.*Manages virtual IPv4 and IPv6 addresses$`, stdout)

	code, stdout, _ = call(t, "agents", "--output", "json")
	require.Equal(t, exitOK, code)
	var entries []agentEntry
	require.NoError(t, json.Unmarshal([]byte(stdout), &entries))
	require.Len(t, entries, len(agents.All()))
	require.Equal(t, "IPaddr2", entries[0].Name)
	require.Contains(t, entries[0].Actions, "start")
}

func TestHelpExplainsEveryCommandAndAgent(t *testing.T) {
	var box toolbox
	for _, name := range append(commandNames(box.app()), agentNames()...) {
		code, stdout, stderr := call(t, "help", name)
		require.Equal(t, exitOK, code, name)
		require.Contains(t, stdout, name)
		require.Empty(t, stderr)
	}
	_, stdout, _ := call(t, "help")
	require.Contains(t, stdout, "install ")
	code, asked, _ := call(t, "--help")
	require.Equal(t, exitOK, code)
	require.Equal(t, stdout, asked)
	for _, agent := range agents.All() {
		_, stdout, _ := call(t, "help", agent.Name)
		for _, parameter := range agent.Parameters() {
			if parameter.Flags&ocf.Hidden == 0 {
				require.Contains(t, stdout, "\n  "+parameter.Name+" ("+parameter.Type)
			}
		}
		for line := range strings.Lines(stdout) {
			require.LessOrEqual(t, len([]rune(line)), width+1, line)
		}
	}
}

func TestWrapKeepsWordsAndParagraphs(t *testing.T) {
	long := strings.Repeat("word ", 30)
	require.Equal(t, "  a b\n\n  c\n", wrap("a\nb\n\nc", 2))
	require.Equal(t, strings.Fields(long), strings.Fields(wrap(long, 6)))
	require.Equal(t, "\n", wrap("", 3))
}

func TestCompletionIsAScriptThatKnowsTheWords(t *testing.T) {
	code, script, _ := call(t, "completion", "bash")
	require.Equal(t, exitOK, code)
	complete := func(words string) string {
		out, err := exec.Command("bash", "-c", script+
			"COMP_WORDS=("+words+" ''); COMP_CWORD=$((${#COMP_WORDS[@]}-1)); _ocfbox; echo ${COMPREPLY[@]}").CombinedOutput()
		require.NoError(t, err, string(out))
		return strings.TrimSpace(string(out))
	}
	require.Contains(t, complete("ocfbox"), "uninstall help version completion Filesystem IPaddr IPaddr2")
	require.Equal(t, "--root --binary --provider", complete("ocfbox uninstall"))
	require.Contains(t, complete("ocfbox IPaddr2"), "start")
	require.Equal(t, "bash zsh", complete("ocfbox completion"))
}

func TestInstallIntoAFolder(t *testing.T) {
	root := t.TempDir()
	code, _, stderr := call(t, "install", "--root", root)
	require.Equal(t, exitNo, code)
	require.Contains(t, stderr, "ocfbox: link to /usr/sbin/ocfbox: ")
	require.Contains(t, stderr, "ocfbox: hint: make install puts the program in place")

	write(t, filepath.Join(root, "/opt/sbin/ocfbox"), "the program", 0o755)
	before := snapshot(t, root)
	code, stdout, stderr := call(t, "install", "--root", root, "--binary", "/opt/sbin/ocfbox", "--heartbeat-scripts")
	require.Equal(t, exitOK, code, stderr)
	require.Contains(t, stdout, "linked   "+ourLink+"\n")
	require.FileExists(t, filepath.Join(root, ourLink))

	code, _, _ = call(t, "uninstall", "--root", root, "--binary", "/opt/sbin/ocfbox")
	require.Equal(t, exitOK, code)
	// /usr/lib and a folder for programs are nobody's to remove.
	after := snapshot(t, root)
	delete(after, filepath.Join(root, "opt/bin"))
	delete(after, filepath.Join(root, "usr"))
	delete(after, filepath.Join(root, "usr/lib"))
	delete(after, filepath.Join(root, "etc"))
	require.Equal(t, before, after)

	_, stdout, _ = call(t, "uninstall", "--root", root)
	require.Equal(t, "no link to /usr/sbin/ocfbox\n", stdout)
}

func TestOneRefusedLinkIsNamedAndTheOthersAreMade(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, defaultBinary), "the program", 0o755)
	write(t, filepath.Join(root, ourLink), "somebody's", 0o755)
	code, stdout, stderr := call(t, "install", "--root", root, "--provider", "site")
	require.Equal(t, exitNo, code)
	require.Contains(t, stdout, "linked   /usr/lib/ocf/resource.d/site/IPaddr2\n")
	require.Contains(t, stderr, "ocfbox: "+ourLink+" belongs to no package: left alone\nocfbox: hint: --provider")
}

func TestTheProgramIsLinkedWhereItIsInstalled(t *testing.T) {
	require.Equal(t, "/usr/local/sbin/ocfbox", installedAt("/", "/usr/local/sbin/ocfbox"))
	require.Equal(t, defaultBinary, installedAt("/", "/home/builder/ocfbox"))
	require.Equal(t, defaultBinary, installedAt("/srv/image", "/usr/local/sbin/ocfbox"))
}
