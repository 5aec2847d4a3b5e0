package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/run/runtest"
	"ocfbox/internal/srhook"
)

func TestTheHelpersCommandLine(t *testing.T) {
	for name, row := range map[string]struct {
		args []string
		want hookOrder
		err  string
	}{
		"as the hook calls it":                       {[]string{"--sid=HA1", "--case=checkTakeover"}, hookOrder{sid: "HA1", useCase: "checkTakeover"}, ""},
		"row T16: blanks, and the SID in lower case": {[]string{"--sid", "ha1", "--case", "checkTakeover"}, hookOrder{sid: "HA1", useCase: "checkTakeover"}, ""},
		"with a number":                              {[]string{"--sid=HA1", "--ino=10", "--case=fenceMe"}, hookOrder{sid: "HA1", useCase: "fenceMe"}, ""},
		"as the alert agent calls it":                {[]string{"--sid=ANY", "--case=echoBe"}, hookOrder{sid: "ANY", useCase: "echoBe"}, ""},
		"help alone":                                 {[]string{"--help"}, hookOrder{help: true}, ""},
		"the version alone":                          {[]string{"--version"}, hookOrder{version: true}, ""},
		"row T15: no arguments":                      {nil, hookOrder{}, "--sid is missing"},
		"row T15: an unknown case":                   {[]string{"--sid=HA1", "--case=checkTakeOver"}, hookOrder{sid: ""}, `no case is called "checkTakeOver"`},
		"row T15: no SID":                            {[]string{"--case=checkTakeover"}, hookOrder{}, "--sid is missing"},
		"an empty SID":                               {[]string{"--sid=", "--case=fenceMe"}, hookOrder{}, "--sid: "},
		"no case":                                    {[]string{"--sid=HA1"}, hookOrder{}, "--case is missing"},
		"no value":                                   {[]string{"--sid=HA1", "--case"}, hookOrder{}, "--case needs a value"},
		"a case of the laboratory, which we do not have": {[]string{"--sid=HA1", "--case=firstStopThenKill"}, hookOrder{}, "no case is called"},
		"a SID with a command in it":                     {[]string{"--sid=HA1;id", "--case=fenceMe"}, hookOrder{}, "--sid: "},
		"a SID that leads elsewhere":                     {[]string{"--sid=../", "--case=fenceMe"}, hookOrder{}, "--sid: "},
		"a number that is none":                          {[]string{"--sid=HA1", "--ino=x", "--case=fenceMe"}, hookOrder{}, "--ino: "},
		"a second case":                                  {[]string{"--sid=HA1", "--case=checkTakeover", "--case=fenceMe"}, hookOrder{}, "--case is given twice"},
		"an unknown option":                              {[]string{"--sid=HA1", "--case=checkTakeover", "--force"}, hookOrder{}, `unknown argument "--force"`},
		"a word":                                         {[]string{"HA1", "checkTakeover"}, hookOrder{}, `unknown argument "HA1"`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := parseHookOrder(row.args)
			if row.err != "" {
				require.ErrorContains(t, err, row.err)
				var out, errs bytes.Buffer
				box := &toolbox{stdout: &out, stderr: &errs, runner: &runtest.Script{}, note: func(string) {}}
				require.Equal(t, 2, box.run(append([]string{"/usr/sbin/SAPHanaSR-hookHelper"}, row.args...)))
				require.Empty(t, out.String())
				require.Contains(t, errs.String(), "usage: SAPHanaSR-hookHelper ")
				return
			}
			require.NoError(t, err)
			require.Equal(t, row.want, got)
		})
	}
}

func TestTheHelperSaysItsReasonOnceAndLogsIt(t *testing.T) {
	var out, errs bytes.Buffer
	var noted []string
	script := &runtest.Script{Programs: map[string]runtest.Program{"cibadmin": runtest.Complains(102, "Could not connect")}}
	box := &toolbox{stdout: &out, stderr: &errs, runner: script, note: func(line string) { noted = append(noted, line) }}
	require.Equal(t, 6, box.run([]string{"SAPHanaSR-hookHelper", "--sid=HA1", "--case=checkTakeover"}))
	require.Equal(t, "permit: the cluster is not running on this node\n", out.String())
	require.Empty(t, errs.String())
	require.Equal(t, "HA1 checkTakeover: rc=6 permit: the cluster is not running on this node", noted[len(noted)-1])
}

func TestTheHelpersHelpAndVersion(t *testing.T) {
	for option, want := range map[string]string{"--help": hookHelperUsage, "--version": version + "\n"} {
		var out bytes.Buffer
		box := &toolbox{stdout: &out, stderr: &out, runner: &runtest.Script{}}
		require.Zero(t, box.run([]string{"SAPHanaSR-hookHelper", option}))
		require.Equal(t, want, out.String())
	}
}

// A rule that is too wide lets a user say more than is his.
func TestWhoMayCallTheHelper(t *testing.T) {
	for name, row := range map[string]struct {
		caller string
		order  hookOrder
		want   bool
	}{
		"root without sudo":                      {"", hookOrder{sid: "HA1", useCase: fenceMe}, true},
		"root with sudo":                         {"root", hookOrder{sid: "HA1", useCase: fenceMe}, true},
		"the system's user":                      {"ha1adm", hookOrder{sid: "HA1", useCase: checkTakeover}, true},
		"another system's user":                  {"ha2adm", hookOrder{sid: "HA1", useCase: checkTakeover}, false},
		"a person":                               {"bernd", hookOrder{sid: "HA1", useCase: checkTakeover}, false},
		"a person whom the configuration allows": {"tux", hookOrder{sid: "HA1", useCase: checkTakeover}, true},
		"the cluster's user, for echoBe":         {"hacluster", hookOrder{sid: "ANY", useCase: echoBe}, true},
		"the cluster's user, for more":           {"hacluster", hookOrder{sid: "ANY", useCase: fenceMe}, false},
		"ha1adm for any system":                  {"ha1adm", hookOrder{sid: "ANY", useCase: echoBe}, false},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, row.want, row.order.mayCall(srhook.Config{AllowUsers: []string{"tux"}}, row.caller))
			if !row.want {
				got := row.order.carryOut(t.Context(), &srhook.Helper{Runner: &runtest.Script{}}, row.caller)
				require.Equal(t, srhook.BadUsage, got.Code)
			}
		})
	}
}
