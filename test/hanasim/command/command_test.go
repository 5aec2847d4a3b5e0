package command

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/test/hanasim/site"
	"ocfbox/test/hanasim/wire"
)

func TestSQLOptions(t *testing.T) {
	t.Parallel()
	system := site.System{SID: "HA1", Number: "10", Tenants: []string{"HA1", "QQ1"}}
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"the guide's backup of all", []string{"-u", "SYSTEM", "-d", "SYSTEMDB", "BACKUP DATA"}, "127.0.0.1:31013"},
		{"the guide's backup of the tenant", []string{"-i", "10", "-u", "SYSTEM", "BACKUP DATA"}, "127.0.0.1:31015"},
		{"another tenant", []string{"-d", "QQ1", "-U", "key", "BACKUP DATA"}, "127.0.0.1:31041"},
	} {
		o := sqlOptions(c.args)
		require.Equal(t, "BACKUP DATA", o.statement, c.name)
		require.Equal(t, c.want, o.address(system), c.name)
	}
	require.Equal(t, "vip:31015", sqlOptions([]string{"-n", "vip:31015", "select 1"}).node)
}

func TestSQLOutput(t *testing.T) {
	t.Parallel()
	took, a := 15352069*time.Microsecond, wire.Answer{Server: 15347745 * time.Microsecond}
	require.Equal(t, "0 rows affected (overall time 15.352069 sec; server time 15.347745 sec)\n", sqlCall{}.show(a, took))
	a.Columns, a.Rows = []string{"A", "B"}, [][]string{{"1", "x"}}
	require.Equal(t, "A,B\n1,x\n1 rows selected (overall time 15.352069 sec; server time 15.347745 sec)\n", sqlCall{}.show(a, took))
	require.Equal(t, "1,x\n", sqlCall{bare: true}.show(a, took))
}

func TestSwitchesOfFunctions(t *testing.T) {
	t.Parallel()
	require.Equal(t, "Start", call{args: []string{"-nr", "10", "-function", "Start"}}.function("sapcontrol"))
	require.Equal(t, "-sr_takeover", call{args: []string{"-sr_takeover", "--suspendPrimary"}}.function("hdbnsutil"))
	require.Equal(t, "kill-9", call{args: []string{"kill-9"}}.function("HDB"))
	require.Empty(t, call{args: []string{"getParameter.py"}}.function("python"))
	_, known := Run([]string{"/usr/bin/somebody-else"})
	require.False(t, known)
}

func TestNamesOfSites(t *testing.T) {
	t.Parallel()
	for name, good := range map[string]bool{"WDF": true, "ROT-2": true, "A": false, "": false, "W DF": false, "a/b": false} {
		require.Equal(t, good, validSite(name), name)
	}
}
