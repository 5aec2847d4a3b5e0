package house

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ocfbox/internal/srhook"
)

const (
	hookPage = "man/ocfbox-srhook.7"
	provider = "hooks/SAPHanaSR.py"
)

// theSites are those of the page's examples.
var theSites = []srhook.Site{"WDF", "ROT"}

func TestTheTablesOfTheHooksPageAreTheProviders(t *testing.T) {
	command := srhook.Command("HA1", "ROT", srhook.SFAIL)
	compareTables(t, hookPage, []table{
		{"command", display("sudo -n " + strings.Join(command[:3], " ") + " \\\n    " + strings.Join(command[3:], " "))},
		{"global.ini", display(read(t, "hooks/global.ini_SAPHanaSR"))},
		{"keys", keyTable(t)},
		{"exact rules", display(read(t, "sudoers/exact"))},
		{"generic rule", display(srhook.Generic("HA1"))},
		{"budget", budgetTable(t)},
		{"file", display(fmt.Sprintf("%s = %s", command[2], srhook.SFAIL))},
		{"takeover command", display("sudo -n " + strings.Join(srhook.TakeoverCommand("HA1"), " "))},
		{"takeover global.ini", display(read(t, "hooks/global.ini_susTkOver"))},
		{"takeover keys", takeoverKeyTable(t)},
		{"takeover answers", takeoverTable(t)},
		{"codes", codeTable(t)},
	})
	require.Equal(t, srhook.Exact("HA1", theSites), read(t, "sudoers/exact"))
}

// python is what a constant of the provider is set to.
func python(t *testing.T, pattern string) string {
	t.Helper()
	found := regexp.MustCompile(`(?m)` + pattern).FindStringSubmatch(read(t, provider))
	require.NotNil(t, found, "%s has no %s", provider, pattern)
	return found[1]
}

// seconds is a number of the provider as people write it.
func seconds(t *testing.T, pattern string) string {
	number, err := strconv.ParseFloat(python(t, pattern), 64)
	require.NoError(t, err)
	return strconv.FormatFloat(number, 'g', -1, 64) + " s"
}

func keyTable(t *testing.T) string {
	return columns([]string{"key", "default", "what"}, [][]string{
		{"srhook_timeout_sfail", python(t, `^    srhook_timeout_sfail = (\S+)$`), "seconds that writing SFAIL may hold up HANA"},
		{"srhook_timeout_sok", python(t, `^    srhook_timeout_sok = (\S+)$`), "the same for SOK"},
		{"srhook_dryrun", python(t, `^    srhook_dryrun = (\S+)$`), "yes: trace what would be written, and write nothing"},
	})
}

func budgetTable(t *testing.T) string {
	share, err := strconv.ParseFloat(python(t, `^GRACE_SHARE = (\S+)$`), 64)
	require.NoError(t, err)
	return columns([]string{"time", "what"}, [][]string{
		{seconds(t, `^BUDGETS = .*"SFAIL": ([0-9.]+)`), "for SFAIL; srhook_timeout_sfail changes it"},
		{seconds(t, `^BUDGETS = .*"SOK": ([0-9.]+)`), "for SOK; srhook_timeout_sok changes it"},
		{seconds(t, `^GRACE_MOST = (\S+)$`), fmt.Sprintf("at most, and %g %% of the budget, for the command to end when it is told to", share*100)},
		{seconds(t, `^LEAVE = (\S+)$`), "after it has been killed, then it is left alone"},
		{seconds(t, `^QUIET = (\S+)$`), "without events, and the budget begins anew"},
		{seconds(t, `^LATE = (\S+)$`), "for which a command that was killed may still write: the file stays until then"},
	})
}

func codeTable(t *testing.T) string {
	source := read(t, provider)
	names, numbers, ok := strings.Cut(python(t, `^(DENIED, .*)$`), " = ")
	require.True(t, ok)
	number := map[string]string{}
	for i, name := range strings.Split(names, ", ") {
		number[name] = strings.Split(numbers, ", ")[i]
	}
	_, rest, ok := strings.Cut(source, "\nMEANINGS = {\n")
	require.True(t, ok)
	body, _, _ := strings.Cut(rest, "\n}\n")
	var rows [][]string
	for _, entry := range regexp.MustCompile(`(?m)^    (\w+): "(.*)",$`).FindAllStringSubmatch(body, -1) {
		code := entry[1]
		if named := number[code]; named != "" {
			code = named
		}
		_, err := strconv.Atoi(code)
		require.NoError(t, err, entry[0])
		rows = append(rows, []string{code, entry[2]})
	}
	require.Len(t, rows, strings.Count(body, "\n")+1)
	return columns([]string{"rc", "meaning"}, rows)
}

func TestTheTraceWordsOfTheHooksPageAreTheProviders(t *testing.T) {
	text := chapter(t, hookPage, "TRACE")
	source := read(t, provider)
	for _, phrase := range phrases(t, text) {
		assert.Contains(t, source, phrase)
	}
	patterns := regexp.MustCompile(`(?m)^grep '(.+)' `).FindAllStringSubmatch(text, -1)
	require.NotEmpty(t, patterns)
	spec := read(t, "docs/spec/hana-hooks.md")
	for _, pattern := range patterns {
		assert.Contains(t, spec, "`"+pattern[1]+"`")
	}
}

func TestTheChecksOfTheHooksPageAreThoseThatAreMade(t *testing.T) {
	names := func(pattern, text string) []string {
		var all []string
		for _, found := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
			all = append(all, found[1])
		}
		slices.Sort(all)
		return slices.Compact(all)
	}
	made := names(`\.found\([^,\n]+, "([a-z.]+)"`, programText(t, "internal/srhook"))
	require.Equal(t, made, names(`(?m)^\.It Cm (\S+)$`, chapter(t, hookPage, "CHECKING")))
}

// What the page tells people to type prints the rules that the page shows.
func TestTheRulesAreWhatTheExamplePrints(t *testing.T) {
	var commands []string
	for _, line := range examples(t, hookPage) {
		if strings.HasPrefix(line, "ocfbox srhook sudoers ") {
			commands = append(commands, line)
		}
	}
	require.Len(t, commands, 1)
	typed, _, _ := strings.Cut(commands[0], ">")
	words := strings.Fields(typed)[1:]
	require.Equal(t, srhook.Exact("HA1", theSites), output(t, program(t, "ocfbox"), words...))
}
