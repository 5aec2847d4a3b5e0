package hana_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/test/hanasim"
)

// Each command can be made to misbehave, on one node, and works again.
func TestLongFaultsAreSwitched(t *testing.T) {
	p := newPair(t, 2, nil)
	commands := []struct{ line, command, function string }{
		{"sapcontrol -nr 10 -function ParameterValue INSTANCE_NAME -format script", "sapcontrol", "ParameterValue"},
		{"saphostctrl -function ListInstances", "saphostctrl", ""},
		{"hdbnsutil -sr_stateConfiguration --sapcontrol=1", "hdbnsutil", "-sr_stateConfiguration"},
		{"HDB version", "HDB", "version"},
		{"cd $DIR_EXECUTABLE/python_support; python getParameter.py --key=global.ini/system_replication/mode --sapcontrol=1", "getParameter.py", ""},
		{"hdbsql -d SYSTEMDB 'select * from dummy'", "hdbsql", ""},
		{"cleanipc 10 remove", "cleanipc", ""},
	}
	for _, c := range commands {
		t.Run(c.command, func(t *testing.T) {
			p := p.with(t)
			turn := func(how string) {
				require.NoError(t, hanasim.Switch(t.Context(), p.lab, wdf, how, c.command, c.function))
			}
			good := p.do(wdf, c.line)
			for _, how := range []string{"hang", "deaf"} {
				turn(how)
				_, code := p.root(wdf, "timeout", "-k", "0.3", "0.3", "su", "-", "ha1adm", "-c", c.line)
				require.Contains(t, []int{124, 137}, code)
			}
			turn("fail:77")
			_, code := p.try(wdf, c.line)
			require.Equal(t, 77, code)
			turn("rubbish")
			bad, code := p.try(wdf, c.line)
			require.Zero(t, code)
			require.NotEqual(t, good, bad)
			turn("slow:0.7s")
			began := time.Now()
			p.do(wdf, c.line)
			require.Greater(t, time.Since(began), 700*time.Millisecond)
			if c.command != "hdbsql" {
				p.do(rot, c.line)
			}
			turn("works")
			require.Len(t, p.do(wdf, c.line), len(good))
		})
	}
	t.Run("sapstartsrv and saphostexec, where they are started", func(t *testing.T) {
		p := p.with(t)
		for _, line := range []string{
			"/usr/sap/HA1/HDB10/exe/sapstartsrv pf=/usr/sap/HA1/SYS/profile/HA1_HDB10_suse01 -D -u ha1adm",
			"/usr/sap/hostctrl/exe/saphostexec pf=/usr/sap/hostctrl/exe/host_profile",
		} {
			program := filepath.Base(strings.Fields(line)[0])
			require.NoError(t, hanasim.Switch(t.Context(), p.lab, wdf, "fail:9", program, ""))
			_, code := p.root(wdf, strings.Fields(line)...)
			require.Equal(t, 9, code, line)
		}
	})
	require.Error(t, hanasim.Switch(t.Context(), p.lab, wdf, "sometimes", "HDB", ""))
}
