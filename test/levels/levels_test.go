package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// events is what `go test -json` says of a package with a passing, a skipped and a failing test.
const events = `{"Action":"start","Package":"ocfbox/internal/x"}
{"Action":"run","Package":"ocfbox/internal/x","Test":"TestGood"}
{"Action":"output","Package":"ocfbox/internal/x","Test":"TestGood","Output":"said by the good one\n"}
{"Action":"pass","Package":"ocfbox/internal/x","Test":"TestGood","Elapsed":0.1}
{"Action":"run","Package":"ocfbox/internal/x","Test":"TestLeft"}
{"Action":"output","Package":"ocfbox/internal/x","Test":"TestLeft","Output":"=== RUN   TestLeft\n"}
{"Action":"output","Package":"ocfbox/internal/x","Test":"TestLeft","Output":"    x_test.go:9: needs a moon\n"}
{"Action":"output","Package":"ocfbox/internal/x","Test":"TestLeft","Output":"--- SKIP: TestLeft (0.00s)\n"}
{"Action":"skip","Package":"ocfbox/internal/x","Test":"TestLeft","Elapsed":0}
`

const failing = `{"Action":"run","Package":"ocfbox/internal/x","Test":"TestBad"}
{"Action":"output","Package":"ocfbox/internal/x","Test":"TestBad","Output":"    x_test.go:12: one is not two\n"}
{"Action":"fail","Package":"ocfbox/internal/x","Test":"TestBad","Elapsed":0.2}
{"Action":"output","Package":"ocfbox/internal/x","Output":"FAIL\n"}
{"Action":"output","Package":"ocfbox/internal/x","Output":"FAIL\tocfbox/internal/x\t0.412s\n"}
{"Action":"fail","Package":"ocfbox/internal/x","Elapsed":0.4}
`

const passing = `{"Action":"pass","Package":"ocfbox/internal/x","Elapsed":0.4}
`

func followed(text string) (*summary, string) {
	var out bytes.Buffer
	s := newSummary(level{name: "unit"})
	follow(&out, s, strings.NewReader(text))
	return s, out.String()
}

func TestASkipIsShownWithItsReason(t *testing.T) {
	s, out := followed(events + passing)
	require.False(t, s.failed())
	require.Contains(t, out, "skip TestLeft: x_test.go:9: needs a moon\n")
	require.Contains(t, out, "ok  \tocfbox/internal/x\t0.40s\t(2 tests, 1 skipped)\n")
	require.NotContains(t, out, "said by the good one")
	require.Contains(t, s.closing(), "unit: ok, 2 tests, 1 skipped in")
}

func TestAPackageThatCannotRunIsASkip(t *testing.T) {
	s, out := followed(`{"Action":"output","Package":"ocfbox/x","Output":"SKIP: lab: no namespaces here\n"}
{"Action":"pass","Package":"ocfbox/x","Elapsed":0}
`)
	require.Contains(t, out, "skip ocfbox/x: SKIP: lab: no namespaces here\n")
	require.Contains(t, s.closing(), "0 tests, 1 skipped")
}

func TestAFailureIsShownInFull(t *testing.T) {
	s, out := followed(events + failing)
	require.True(t, s.failed())
	require.Contains(t, out, "x_test.go:12: one is not two\n")
	require.Equal(t, 1, strings.Count(out, "FAIL"))
	require.Contains(t, out, "FAIL\tocfbox/internal/x\t0.40s")
	require.Contains(t, s.closing(), "unit: FAILED, 3 tests, 1 failures, 1 skipped in")
}

func TestAPackageThatDiesInATestShowsWhatThatTestSaid(t *testing.T) {
	s, out := followed(`{"Action":"run","Package":"ocfbox/x","Test":"TestHang"}
{"Action":"output","Package":"ocfbox/x","Test":"TestHang","Output":"still here\n"}
{"Action":"output","Package":"ocfbox/x","Output":"panic: test timed out after 3m0s\n"}
{"Action":"fail","Package":"ocfbox/x","Elapsed":180}
`)
	require.True(t, s.failed())
	require.Contains(t, out, "still here\n")
	require.Contains(t, out, "panic: test timed out")
}

func TestAPackageThatDoesNotBuildFailsTheLevel(t *testing.T) {
	s, out := followed(`{"ImportPath":"ocfbox/x","Action":"build-output","Output":"x.go:3:1: syntax error\n"}
{"ImportPath":"ocfbox/x","Action":"build-fail"}
{"Action":"fail","Package":"ocfbox/x","Elapsed":0,"FailedBuild":"ocfbox/x"}
`)
	require.True(t, s.failed())
	require.Contains(t, out, "x.go:3:1: syntax error\n")
}

func TestTheSummaryEndsWithTheSum(t *testing.T) {
	good, _ := followed(events + passing)
	bad, _ := followed(events + failing)
	var out bytes.Buffer
	finish(&out, []*summary{good, bad})
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Equal(t, "FAIL", lines[len(lines)-2])
	require.Regexp(t, `^DONE 5 tests, 1 failures, 2 skipped in [0-9.]+s$`, lines[len(lines)-1])
}

func TestLevelsKeepTheirOwnOrder(t *testing.T) {
	chosen, err := choose([]string{"lab", "unit"})
	require.NoError(t, err)
	require.Equal(t, "unit", chosen[0].name)
	require.Equal(t, "lab", chosen[1].name)
	_, err = choose([]string{"unit", "unti"})
	require.Error(t, err)
}

func TestEveryPackageHasALevel(t *testing.T) {
	names := make(map[string]bool)
	for _, l := range levels() {
		names[l.name] = true
	}
	for _, path := range []string{"internal/ocf", "cmd/ocfbox", "test/levels", "test/house", "test/host", "test/script",
		"test/scheduler", "test/cluster", "test/lab/node", "test/drbdvm", "test/compare"} {
		for _, name := range levelsOf(path, false) {
			require.True(t, names[name], "%s belongs to %q", path, name)
		}
	}
	require.Equal(t, []string{"kernel"}, levelsOf("internal/netif", true))
	require.Equal(t, []string{"drbd"}, levelsOf("test/drbdvm", false))
	require.Equal(t, []string{"replay", "compare"}, levelsOf("test/compare", false))
	require.Equal(t, []string{"unit"}, levelsOf("test/drbdvm/image", false))
	require.Equal(t, []string{"kernel"}, levelsOf("test/lab", true))
}
