package hook

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The decision table (hana-hooks.md 3.2 and 8.6).
func TestWhatIsWritten(t *testing.T) {
	without := func(e event, key string) event { delete(e, key); return e }
	with := func(e event, key string, value any) event { e[key] = value; return e }
	const (
		badStatus = "ignoring bad SR status because of is_in_sync=True"
		emptySite = "Ignoring bad SR status because of empty site name"
		refused   = "is refused"
		noStatus  = "no system_status"
	)
	rows := []struct {
		name  string
		event event
		// want is the value written to site ROT; phrase what the trace says instead.
		want, phrase string
	}{
		{"row H01: active and in sync is SOK", inSync("ROT"), "SOK", ""},
		{"row H02: an error without sync is SFAIL", lost("ROT"), "SFAIL", ""},
		{"row H03: unknown while starting and not in sync is SFAIL", with(connection("ROT", 12, false), "reason", "Starting"), "SFAIL", ""},
		{"row H04: an error that is in sync is ignored", with(connection("ROT", 11, true), "reason", "Starting"), "", badStatus},
		{"row H05: active without sync is SOK", connection("ROT", 15, false), "SOK", ""},
		{"row H06: an empty site name is ignored", inSync(""), "", emptySite},
		{"an empty site name is ignored when sync is lost", lost(""), "", emptySite},
		{"row H07: HANA 1.0 has no site name", without(lost("ROT"), "siteName"), "", emptySite},
		{"no site name at all", with(lost("ROT"), "siteName", nil), "", emptySite},
		{"row H17: a site name with a command is refused", lost("A;touch x"), "", refused},
		{"row H18: the status may be a string", connection("ROT", "15", "1"), "SOK", ""},
		{"in sync may be a word", connection("ROT", 11, "True"), "", badStatus},
		{"in sync may be a number", connection("ROT", "11", 1), "", badStatus},
		{"not in sync may be a word", connection("ROT", "14", "false"), "SFAIL", ""},
		{"not in sync may be a number", connection("ROT", 13, 0), "SFAIL", ""},
		{"in sync missing is not in sync", without(lost("ROT"), "is_in_sync"), "SFAIL", ""},
		{"in sync as something else is not in sync", connection("ROT", 11, "perhaps"), "SFAIL", ""},
		{"no replication at all is SFAIL", connection("ROT", 10, false), "SFAIL", ""},
		{"the status missing is nothing to act on", without(lost("ROT"), "system_status"), "", noStatus},
		{"the status as something else is nothing to act on", connection("ROT", []int{15}, false), "", noStatus},
		{"other keys play no role", event{"system_status": 15, "siteName": "ROT"}, "SOK", ""},
		{"keys of newer releases play no role", with(inSync("ROT"), "system_is_in_sync", false), "SOK", ""},
		{"a site name with a blank is refused", lost("R T"), "", refused},
		{"a site name that is an option is refused", lost("-D"), "", refused},
		{"a site name with a line end is refused", lost("ROT\n"), "", refused},
		{"a site name that leads elsewhere is refused", lost("../ROT"), "", refused},
		{"a site name beyond ASCII is refused", lost("RÖT"), "", refused},
		{"a site name with a zero is refused", lost("ROT\x00"), "", refused},
		{"a site name that is too long is refused", lost(strings.Repeat("R", 256)), "", refused},
		{"a site name that is a number is refused or text", with(lost("ROT"), "siteName", []string{"ROT"}), "", refused},
	}
	for name, python := range pythons(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, row := range rows {
				t.Run(row.name, func(t *testing.T) {
					h := newHANA(t).start(python)
					h.call(row.event)
					require.Empty(t, h.files())
					if row.want == "" {
						require.Empty(t, h.cluster.calls())
						require.Contains(t, h.traced(), row.phrase)
						require.Equal(t, row.phrase == refused || row.phrase == noStatus, h.traced("error") != "")
						return
					}
					require.Equal(t, []string{command("ROT", row.want)}, h.cluster.calls())
					require.Equal(t, row.want, h.cluster.value("ROT"))
					require.Empty(t, h.traced("error"))
				})
			}
		})
	}
}

// What operators and SAPHanaSR-show-hadr-runtimes look for (hana-hooks.md 3.7).
func TestTheTraceIsWhatPeopleGrepFor(t *testing.T) {
	for name, python := range pythons(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHANA(t).start(python)
			h.call(lost("ROT"))
			lines := strings.Split(strings.TrimSpace(h.traced()), "\n")
			require.Len(t, lines, 3, "row P03: the call, and the result in the next line")
			require.Regexp(t, `^SAPHanaSR\.init: version `, lines[0])
			require.Regexp(t, `^SAPHanaSR\.srConnectionChanged method called with Dict=\{.*'?system_status'?.*\}$`, lines[1])
			require.Regexp(t, `CALLING CRM: <sudo -n /usr/sbin/crm_attribute -n hana_ha1_site_srHook_ROT -v SFAIL -t crm_config -s SAPHanaSR> rc=0 \(written\) [0-9.]+s$`, lines[2])
			require.Regexp(t, `crm_attribute.*SAPHanaSR`, lines[2])
		})
	}
}

func TestRowsP01AndP02TheFileIsPythonOfBothGenerations(t *testing.T) {
	checker, err := filepath.Abs("testdata/python27.py")
	require.NoError(t, err)
	for _, provider := range []string{"SAPHanaSR", "susTkOver"} {
		dir := t.TempDir()
		text, err := os.ReadFile("../../hooks/" + provider + ".py")
		require.NoError(t, err)
		file := filepath.Join(dir, provider+".py")
		require.NoError(t, os.WriteFile(file, text, 0o644))
		for name, python := range pythons(t) {
			for _, program := range []string{
				"import py_compile; py_compile.compile('" + provider + ".py', doraise=True)",
				"import " + provider + "; assert " + provider + "." + provider,
			} {
				output(t, dir, python.path, "-c", program)
			}
			t.Log(name)
		}
		require.Empty(t, output(t, dir, python3(t), "-W", "ignore", checker, file))
		require.False(t, slices.ContainsFunc(text, func(b byte) bool { return b > 127 || b == '\t' || b == '\r' }))
	}
}

// HANA loads each file by itself, so what both need is in both, word for word.
func TestWhatTheProvidersShareIsTheSame(t *testing.T) {
	shared := func(provider, from, to string) string {
		text, err := os.ReadFile("../../hooks/" + provider + ".py")
		require.NoError(t, err)
		_, rest, ok := strings.Cut(string(text), "\n"+from)
		require.True(t, ok, "%s has no %q", provider, from)
		part, _, ok := strings.Cut(rest, "\n"+to)
		require.True(t, ok, "%s has no %q behind %q", provider, to, from)
		return part
	}
	for from, to := range map[string]string{
		"# -- processes": "# -- what HANA tells", "def _host_folders": "\n\n", "def _true": "\n\n", "def _plain": "    return",
		"    def _reap": "    # -- ", "    def _option": "    def ", "    def _say": "            pass", "try:\n    from hdb_ha_dr": "VERSION",
	} {
		require.Equal(t, shared("SAPHanaSR", from, to), shared("susTkOver", from, to), from)
	}
}

// The check of the grammar finds what it is for.
func TestTheGrammarCheckFindsWhatPythonTwoLacks(t *testing.T) {
	checker, err := filepath.Abs("testdata/python27.py")
	require.NoError(t, err)
	for name, source := range map[string]string{
		"an f-string":             "x = f'{1}'\n",
		"an annotation":           "def f(a: int):\n    pass\n",
		"an annotated variable":   "x: int = 1\n",
		"raise from":              "raise OSError() from None\n",
		"a new exception":         "try:\n    pass\nexcept FileNotFoundError:\n    pass\n",
		"super without arguments": "class A(object):\n    def f(self):\n        super().f()\n",
		"an encoding":             "open('x', encoding='utf-8')\n",
		"nonlocal":                "def f():\n    a = 1\n    def g():\n        nonlocal a\n",
		"a keyword-only argument": "def f(*, a):\n    pass\n",
		"a foreign module":        "import subprocess\n",
		"a byte above 127":        "# ä\n",
		"a star in a list":        "a = [*b]\n",
		"a walrus":                "if (a := 1):\n    pass\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "x.py")
			require.NoError(t, os.WriteFile(file, []byte(source), 0o644))
			found, code := answerOf(t, "", python3(t), "-W", "ignore", checker, file)
			require.Equal(t, 1, code, found)
		})
	}
}
