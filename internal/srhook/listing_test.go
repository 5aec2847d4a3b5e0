package srhook

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// What sudo 1.9.13 prints for the exact rules and one rule with a password.
func TestTheListingOfSudo(t *testing.T) {
	text, err := os.ReadFile("testdata/sudo-1.9.13-ll.txt")
	require.NoError(t, err)
	l := parseListing(string(text))
	require.Len(t, l.entries, 2)
	require.False(t, l.has("requiretty"))
	require.True(t, l.has("use_pty"))
	for _, row := range []struct {
		command      []string
		needs, known bool
	}{
		{Command(sid, "WDF", SOK), false, true},
		{Command(sid, "WDF", SFAIL), false, true},
		{Command(sid, "ROT", SOK), false, false},
		{[]string{"/usr/bin/id"}, true, true},
		{[]string{"/usr/bin/id", "-u"}, true, true},
	} {
		needs, known := l.needsPassword(row.command)
		require.Equal(t, row.needs, needs, row.command)
		require.Equal(t, row.known, known, row.command)
	}
}

func TestWhatARuleCovers(t *testing.T) {
	wanted := Command(sid, "ROT", SOK)
	for _, row := range []struct {
		name, pattern string
		want          bool
	}{
		{"everything", "ALL", true},
		{"the program with any arguments", "/usr/sbin/crm_attribute", true},
		{"the folder", "/usr/sbin/", true},
		{"another folder", "/usr/bin/", false},
		{"the program without arguments", `/usr/sbin/crm_attribute ""`, false},
		{"the guide's rule", "/usr/sbin/crm_attribute -n hana_ha1_site_srHook_*", true},
		{"another system's", "/usr/sbin/crm_attribute -n hana_ha2_site_srHook_*", false},
		{"the exact line", "/usr/sbin/crm_attribute -n hana_ha1_site_srHook_ROT -v SOK -t crm_config -s SAPHanaSR", true},
		{"another value", "/usr/sbin/crm_attribute -n hana_ha1_site_srHook_ROT -v SFAIL -t crm_config -s SAPHanaSR", false},
		{"a regular expression", "/usr/sbin/crm_attribute ^-n hana_ha1_site_srHook_(WDF|ROT) -v (SOK|SFAIL) -t crm_config -s SAPHanaSR$", true},
		{"another regular expression", "/usr/sbin/crm_attribute ^-n hana_ha1_site_srHook_WDF .*$", false},
		{"a pattern that is none", "/usr/sbin/crm_attribute -n [", false},
	} {
		t.Run(row.name, func(t *testing.T) { require.Equal(t, row.want, covers(row.pattern, wanted)) })
	}
	require.True(t, covers("/bin/cat /var/*", []string{"/bin/cat", "/var/log/x", "-n"}), "a wildcard matches slashes and blanks")
}

// The last rule that matches decides.
func TestALaterRuleOutweighsAnEarlierOne(t *testing.T) {
	l := listing{entries: []entry{{false, []string{"ALL"}}, {true, []string{"/usr/sbin/crm_attribute"}}}}
	needs, known := l.needsPassword(Command(sid, "ROT", SOK))
	require.True(t, known)
	require.True(t, needs)
}

func FuzzListing(f *testing.F) {
	text, err := os.ReadFile("testdata/sudo-1.9.13-ll.txt")
	require.NoError(f, err)
	f.Add(string(text))
	f.Add("Sudoers entry:\n  Commands:\n\n")
	f.Add("  Commands:\nx\nSudoers entry: /etc/sudoers\n    Options: !authenticate\n    Commands:\n\tALL\n")
	f.Fuzz(func(_ *testing.T, text string) {
		parseListing(text).needsPassword(Command(sid, "ROT", SOK))
	})
}

func TestTheNeighboursOfACommandAreOtherCommands(t *testing.T) {
	for _, n := range neighbours(sid, "ROT") {
		for _, value := range []Value{SOK, SFAIL} {
			require.NotEqual(t, Command(sid, "ROT", value), n.command, n.what)
		}
	}
}
