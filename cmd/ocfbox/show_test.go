package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestShowIsTheToolUnderBothNames(t *testing.T) {
	want, err := os.ReadFile("show/testdata/classic-tables.txt")
	require.NoError(t, err)
	code, stdout, _ := callAs(t, "/usr/bin/"+showAttr, "--cib=show/testdata/A.xml")
	require.Equal(t, exitOK, code)
	require.Equal(t, "Using cib file show/testdata/A.xml\n"+string(want), stdout)
	code, stdout, _ = call(t, "show", "--cib", "show/testdata/A.xml")
	require.Equal(t, exitOK, code)
	require.Equal(t, string(want), stdout)
}

func TestShowSaysWhatIsWrong(t *testing.T) {
	code, _, stderr := callAs(t, showAttr, "--bogus")
	require.Equal(t, exitUsage, code)
	require.Equal(t, "SAPHanaSR-showAttr: there is no option --bogus\nSAPHanaSR-showAttr: hint: see SAPHanaSR-showAttr --help\n", stderr)
	code, _, stderr = callAs(t, showAttr, "--cib=none")
	require.Equal(t, exitUsage, code)
	require.Contains(t, stderr, "SAPHanaSR-showAttr: open none: ")
	code, _, stderr = call(t, "show", "--bogus")
	require.Equal(t, exitUsage, code)
	require.Equal(t, "ocfbox: there is no option --bogus\nocfbox: hint: see ocfbox help show\n", stderr)
	// The test's runner has no cluster tools.
	code, _, _ = call(t, "show")
	require.Equal(t, exitUnknown, code)
	code, stdout, _ := call(t, "show", "--check", "--cib=show/testdata/B.xml")
	require.Equal(t, 2, code)
	require.Contains(t, stdout, "HANA HA1 CRITICAL")
}

func TestShowExplainsItself(t *testing.T) {
	for _, words := range [][]string{{"show", "--help"}, {"help", "show"}} {
		code, stdout, _ := call(t, words...)
		require.Equal(t, exitOK, code)
		require.Contains(t, stdout, "--cib FILE")
	}
	code, stdout, _ := callAs(t, showAttr, "--help")
	require.Equal(t, exitOK, code)
	require.Contains(t, stdout, "  --cib=FILE             read the CIB from FILE")
	code, stdout, _ = callAs(t, showAttr, "--version")
	require.Equal(t, exitOK, code)
	require.Equal(t, version+"\n", stdout)
}

func TestTheToolsAreLinkedInSbinAndBin(t *testing.T) {
	system, _ := newTree(t)
	putAll(t, system, system.toolLinks(nil))
	for _, dir := range []string{"/usr/sbin/", "/usr/bin/"} {
		for _, name := range suseTools() {
			require.True(t, system.isOurs(dir+name), dir+name)
		}
	}
	require.Len(t, takeAll(t, system), 2*len(suseTools()))
	require.NoFileExists(t, system.in("/usr/bin/"+showAttr))
}
