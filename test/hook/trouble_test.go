package hook

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	sfailLine = "hana_ha1_site_srHook_ROT = SFAIL\n"
	sokLine   = "hana_ha1_site_srHook_ROT = SOK\n"
)

// grace is what the provider takes beyond the budget to end a command (SAPHanaSR.py: GRACE_SHARE of the
// budget, at most GRACE_MOST, and LEAVE).
func grace(budget time.Duration) time.Duration {
	return min(budget/10, time.Second) + 200*time.Millisecond
}

// slack is what a busy machine adds.
const slack = 2 * time.Second

// A row is one way in which the command can fail; wanted is the exit code in the trace.
func TestWhatCannotBeWrittenIsLeftInTheFile(t *testing.T) {
	const long = time.Hour
	for _, row := range []struct {
		name   string
		answer answer
		code   string
		// budget is the one for SFAIL; 0 is that of the product, which must not be used up.
		budget time.Duration
		// say is what the operator is told.
		say string
		// calls is how often the command is tried.
		calls int
	}{
		{"row H08: the cluster is not running", answer{Code: 102}, "rc=102", 0, "not connected", 1},
		{"row H12: sudo denies it", answer{Code: 1}, "rc=1 ", 0, "ha1adm ALL=(root) NOPASSWD: /usr/sbin/crm_attribute -n hana_ha1_site_srHook_ROT -v SFAIL -t crm_config -s SAPHanaSR", 1},
		{"row H13: the command hangs", answer{Delay: long}, "rc=124", 3 * time.Second, "no answer in time", 1},
		{"row H14: the command hangs and ignores SIGTERM", answer{Delay: long, Stubborn: true}, "rc=137", 2 * time.Second, "killed", 1},
		{"the command is killed", answer{Dies: true}, "rc=137", 0, "killed", 1},
		{"the command is not permitted to the cluster's user", answer{Code: 4}, "rc=4 ", 6 * time.Second, "not permitted", 2},
		{"the command gives up waiting for a daemon", answer{Code: 124}, "rc=124", 0, "no answer in time", 1},
		{"an exit code that nobody knows", answer{Code: 77}, "rc=77 ", 6 * time.Second, "failed", 2},
	} {
		for name, python := range pythons(t) {
			t.Run(row.name+", "+name, func(t *testing.T) {
				t.Parallel()
				h := newHANA(t)
				h.cluster.answer(row.answer)
				if row.budget != 0 {
					h.config["srhook_timeout_sfail"] = seconds(row.budget)
				}
				h.start(python)
				took := h.call(lost("ROT"))
				if row.answer.Delay != 0 {
					require.GreaterOrEqual(t, took, row.budget)
					require.Less(t, took, row.budget+grace(row.budget)+slack)
				} else {
					require.Less(t, took, row.budget+slack)
				}
				require.Equal(t, sfailLine, h.left("ROT"))
				require.Equal(t, []string{".crm_attribute.ROT"}, h.files(), "no stage file is left")
				require.Len(t, h.cluster.calls(), row.calls)
				require.Contains(t, h.traced("info"), row.code)
				require.Contains(t, h.traced("error"), command("ROT", "SFAIL"))
				require.Contains(t, h.traced("error"), row.say)
			})
		}
	}
}

// seconds is a duration as global.ini has it.
func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) }

func TestRowH15WithoutSudoTheFileIsLeftAtOnce(t *testing.T) {
	for name, python := range pythons(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHANA(t)
			require.NoError(t, os.Remove(filepath.Join(h.cluster.dir, "bin/sudo")))
			h.start(python)
			require.Less(t, h.call(lost("ROT")), slack)
			require.Equal(t, sfailLine, h.left("ROT"))
			require.Contains(t, h.traced("error"), "rc=127 (sudo not found)")
		})
	}
}

func TestRowH15ASudoThatIsNoProgramIsSaid(t *testing.T) {
	h := newHANA(t)
	sudo := filepath.Join(h.cluster.dir, "bin/sudo")
	require.NoError(t, os.Remove(sudo))
	require.NoError(t, os.WriteFile(sudo, []byte("no program\n"), 0o644))
	h.start(python{path: python3(t)})
	h.call(lost("ROT"))
	require.Equal(t, sfailLine, h.left("ROT"))
	require.Contains(t, h.traced("error"), "rc=126 (sudo could not be started)")
}

func TestRowH16AFolderThatCannotBeWrittenIsAnErrorInTheTrace(t *testing.T) {
	for name, python := range pythons(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHANA(t)
			// Root may write everywhere, but not over a folder.
			require.NoError(t, os.Mkdir(filepath.Join(h.instance, ".crm_attribute.ROT"), 0o755))
			h.cluster.answer(answer{Code: 102})
			h.start(python)
			h.call(lost("ROT"))
			require.Contains(t, h.traced("error"), "SFAIL for site ROT is not written, and ")

			h.cluster.answer(answer{})
			h.call(inSync("ROT"))
			require.Equal(t, "SOK", h.cluster.value("ROT"))
		})
	}
}

func TestTheFileGoesWhenTheClusterHasANewerValue(t *testing.T) {
	for name, python := range pythons(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, row := range []struct {
				name  string
				event event
				want  string
			}{
				{"row H09: the same site is in sync again", inSync("ROT"), ""},
				{"the same value could be written", lost("ROT"), ""},
				{"row H10: another site is in sync", inSync("WDF"), sfailLine},
				{"row H11: the event is ignored", connection("ROT", 11, true), sfailLine},
				{"the event has no site", lost(""), sfailLine},
			} {
				t.Run(row.name, func(t *testing.T) {
					h := newHANA(t)
					h.cluster.answer(answer{Code: 102, Next: []answer{{}}})
					h.start(python)
					h.call(lost("ROT"))
					require.Equal(t, sfailLine, h.left("ROT"))
					h.call(row.event)
					require.Equal(t, row.want, h.left("ROT"))
					if row.want == "" {
						require.Contains(t, h.traced("info"), ".crm_attribute.ROT removed")
						require.Empty(t, h.files())
					}
				})
			}
		})
	}
}

// An earlier process may have left the file.
func TestAFileOfAnEarlierProcessGoesWithTheFirstSuccess(t *testing.T) {
	h := newHANA(t)
	require.NoError(t, os.WriteFile(filepath.Join(h.instance, ".crm_attribute.ROT"), []byte(strings.TrimSpace(sfailLine)), 0o644))
	h.start(python{path: python3(t)})
	h.call(inSync("ROT"))
	require.Empty(t, h.files())
}

func TestRowH19TheSIDIsThatOfTheFolderWhereTheEnvironmentHasNone(t *testing.T) {
	for name, python := range pythons(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHANA(t)
			h.env = h.env[2:]
			h.start(python)
			h.call(inSync("ROT"))
			require.Equal(t, "SOK", h.cluster.value("ROT"))
		})
	}
}

func TestRowH19WithoutAnySIDNothingIsWritten(t *testing.T) {
	for _, sid := range []string{"", "HA1;x", "ha", "1HA"} {
		t.Run("SAPSYSTEMNAME="+sid, func(t *testing.T) {
			t.Parallel()
			h := newHANA(t)
			h.env = append(h.env[2:], "SAPSYSTEMNAME="+sid)
			h.host = t.TempDir()
			h.start(python{path: python3(t)})
			h.call(lost("ROT"))
			require.Empty(t, h.cluster.calls())
			require.Contains(t, h.traced("error"), "SFAIL for site ROT is lost")
		})
	}
}

// As the shell agent reads it: three words in the first line (saphana.md 6.6).
func TestRowsH20AndH21TheFileIsReadByTheShellAgent(t *testing.T) {
	for _, site := range []string{"ROT", "S_1-x", "1"} {
		h := newHANA(t)
		h.cluster.answer(answer{Code: 102})
		h.start(python{path: python3(t)})
		h.call(lost(site))
		text, err := os.ReadFile(filepath.Join(h.instance, ".crm_attribute."+site))
		require.NoError(t, err)
		got := output(t, h.instance, "sh", "-c", `read -r name eq value <"$1"; printf '%s|%s|%s' "${name#hana_ha1_site_srHook_}" "$eq" "$value"`, "sh", ".crm_attribute."+site)
		require.Equal(t, site+"|=|SFAIL", got, "%q", text)
	}
}

// HANA's working directory may be another one while another provider runs.
func TestTheFileIsInTheInstanceFolderWhereverTheProcessIs(t *testing.T) {
	h := newHANA(t)
	h.cluster.answer(answer{Code: 102})
	h.env = append(h.env, "SAP_RETRIEVAL_PATH="+h.host)
	h.start(python{path: python3(t)})
	h.say(map[string]string{"chdir": "/"})
	h.call(lost("ROT"))
	require.Equal(t, sfailLine, h.left("ROT"))
}

func TestADryRunWritesNothing(t *testing.T) {
	h := newHANA(t)
	h.config["srhook_dryrun"] = "Yes"
	h.start(python{path: python3(t)})
	h.call(lost("ROT"))
	require.Empty(t, h.cluster.calls())
	require.Empty(t, h.files())
	require.Contains(t, h.traced(), "rc=0 (written, dry run)")
}

func TestABadTimeoutLeavesTheDefaults(t *testing.T) {
	for _, bad := range []string{"", "0", "-1", "soon", "nan", "inf"} {
		h := newHANA(t)
		h.config["srhook_timeout_sfail"] = bad
		h.start(python{path: python3(t)})
		h.call(inSync("ROT"))
		require.Equal(t, "SOK", h.cluster.value("ROT"))
		require.Contains(t, h.traced(), "budgets SFAIL=30s SOK=10s", bad)
		require.Contains(t, h.traced("error"), "defaults are used")
	}
}
