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
)

const (
	takeoverProvider = "hooks/susTkOver.py"
	helperPage       = "man/SAPHanaSR-hookHelper.8"
)

// takeoverWord is what a pattern finds in the provider that guards against takeovers by hand.
func takeoverWord(t *testing.T, pattern string) string {
	t.Helper()
	found := regexp.MustCompile(`(?m)` + pattern).FindStringSubmatch(read(t, takeoverProvider))
	require.NotNil(t, found, "%s has no %s", takeoverProvider, pattern)
	return found[1]
}

func takeoverKeyTable(t *testing.T) string {
	return columns([]string{"key", "default", "what"}, [][]string{
		{"sustkover_timeout", takeoverWord(t, `^    sustkover_timeout = (\S+)$`), "seconds that the answer may take"},
		{"sustkover_unknown_sid", takeoverWord(t, `^    sustkover_unknown_sid = (\S+)$`), "permit or reject, when no resource has the SID"},
	})
}

// takeoverTable is what the provider makes of the helper's answers, in its own words.
func takeoverTable(t *testing.T) string {
	names, numbers := strings.Split("TIMEOUT NOT_STARTED NOT_FOUND KILLED UNKNOWN DENIED BLOCK UNKNOWN_SID", " "), map[string]string{}
	for _, name := range names {
		line := takeoverWord(t, `^([A-Z_, ]*\b`+name+`\b[A-Z_, ]* = [0-9, ]+)$`)
		left, right, _ := strings.Cut(line, " = ")
		numbers[name] = strings.Split(right, ", ")[slices.Index(strings.Split(left, ", "), name)]
	}
	rows := [][]string{{numbers["UNKNOWN_SID"], "permit or reject, as sustkover_unknown_sid says: SID not configured in the cluster"}}
	for _, dictionary := range []string{"PERMITS", "REFUSALS"} {
		_, rest, ok := strings.Cut(read(t, takeoverProvider), "\n"+dictionary+" = {\n")
		require.True(t, ok)
		body, _, _ := strings.Cut(rest, "\n}\n")
		found := regexp.MustCompile(`(?m)^    (\w+): "(.*)",$`).FindAllStringSubmatch(body, -1)
		require.Len(t, found, strings.Count(body, "\n")+1)
		for _, entry := range found {
			code := entry[1]
			if named, ok := numbers[code]; ok {
				code = named
			}
			rows = append(rows, []string{code, entry[2]})
		}
	}
	slices.SortFunc(rows, func(a, b []string) int {
		one, _ := strconv.Atoi(a[0])
		other, _ := strconv.Atoi(b[0])
		return one - other
	})
	return columns([]string{"status", "answer"}, rows)
}

// Every exit code, case and key of the helper is on its page.
func TestTheHelpersPageNamesAllThereIs(t *testing.T) {
	page := read(t, helperPage)
	program := programText(t, "internal/srhook")
	codes := regexp.MustCompile(`(?m)^\t[A-Z]\w+ +Code = ([0-9]+)$`).FindAllStringSubmatch(program, -1)
	require.Greater(t, len(codes), 8)
	for _, code := range codes {
		assert.Regexp(t, fmt.Sprintf(`(?m)^\.It (.* , )?%s( |$)`, code[1]), page, "exit code %s", code[1])
	}
	keys := regexp.MustCompile(`"([a-z]+_[a-z_]+)": +&c\.`).FindAllStringSubmatch(program, -1)
	require.Len(t, keys, 3)
	for _, key := range append(keys, []string{"", "allow_users"}) {
		assert.Contains(t, page, ".It Va "+key[1]+" ")
	}
	for _, useCase := range []string{"checkTakeover", "fenceMe", "echoBe"} {
		assert.Contains(t, programText(t, "cmd/ocfbox"), `"`+useCase+`"`)
		assert.Contains(t, page, ".It Fl Fl case Ns = Ns Cm "+useCase+"\n")
	}
}

// What the page tells people to look for is what HANA and the provider write.
func TestTheTakeoversPatternsAreTheSpecifications(t *testing.T) {
	patterns := regexp.MustCompile(`(?m)^grep '(.+)' `).FindAllStringSubmatch(chapter(t, hookPage, "TAKEOVERS BY HAND"), -1)
	require.Len(t, patterns, 3)
	for _, pattern := range patterns {
		assert.Contains(t, read(t, "docs/spec/hana-hooks.md"), "`"+pattern[1]+"`")
	}
}
