package main

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/run"
	"ocfbox/internal/run/runtest"
	"ocfbox/internal/srhook"
)

// hook runs a command of srhook with these programs.
func hook(t *testing.T, programs map[string]runtest.Program, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	box := &toolbox{stdout: &out, stderr: &errs, runner: &runtest.Script{Programs: programs}, self: "/nowhere/ocfbox"}
	code = box.run(append([]string{program, "srhook"}, args...))
	return code, out.String(), errs.String()
}

func TestMistakesWithSrhook(t *testing.T) {
	for name, row := range map[string]struct {
		args []string
		want string
	}{
		"no command":        {nil, "ocfbox: srhook needs a command\nocfbox: hint: check, sudoers or drain\n"},
		"a misspelt one":    {[]string{"chekc"}, "hint: did you mean check?\n"},
		"an unknown flag":   {[]string{"drain", "--all"}, "hint: see ocfbox srhook drain --help\n"},
		"an argument":       {[]string{"check", "HA1"}, "ocfbox: srhook check takes no argument \"HA1\"\n"},
		"a bad SID":         {[]string{"drain", "--sid", "ha1"}, "ocfbox: --sid: \"ha1\" is no SAP system id"},
		"a bad site":        {[]string{"sudoers", "--sid", "HA1", "--sites", "WDF,R*T"}, "ocfbox: --sites: \"R*T\" is no site name"},
		"an empty site":     {[]string{"sudoers", "--sid", "HA1", "--sites", "WDF,"}, "ocfbox: --sites: \"\" is no site name"},
		"both forms":        {[]string{"sudoers", "--sid", "HA1", "--exact", "--generic"}, "two forms of the same rules\n"},
		"an unknown format": {[]string{"check", "--sid", "HA1", "--sites", "WDF", "--output", "yaml"}, "ocfbox: no output format is called \"yaml\"\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := hook(t, nil, row.args...)
			require.Equal(t, exitUsage, code)
			require.Empty(t, stdout)
			require.Contains(t, stderr, row.want)
		})
	}
}

func TestTheRulesArePrintedWhenVisudoAcceptsThem(t *testing.T) {
	args := []string{"sudoers", "--sid", "HA1", "--sites", "WDF, ROT"}
	want := srhook.Exact("HA1", []srhook.Site{"WDF", "ROT"})
	for name, row := range map[string]struct {
		visudo runtest.Program
		code   int
		stdout string
	}{
		"accepted":                 {runtest.Says(0, ""), exitOK, want},
		"refused":                  {runtest.Complains(1, "stdin:3: syntax error"), exitNo, ""},
		"no answer":                {runtest.Fails(run.ErrTimeout), exitUnknown, ""},
		"visudo is not installed":  {runtest.Fails(run.ErrNotFound), exitOK, want},
		"visudo cannot be started": {runtest.Fails(errors.New("permission denied")), exitUnknown, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var given string
			programs := map[string]runtest.Program{"visudo": func(ctx context.Context, cmd run.Cmd) (run.Result, error) {
				given = string(cmd.Stdin)
				return row.visudo(ctx, cmd)
			}}
			code, stdout, _ := hook(t, programs, args...)
			require.Equal(t, row.code, code)
			require.Equal(t, row.stdout, stdout)
			require.Equal(t, want, given)
		})
	}
}

func TestWithoutSitesTheClusterIsAsked(t *testing.T) {
	const cib = `<cib crm_feature_set="3.16.2"><configuration><crm_config/><nodes>` +
		`<node id="1" uname="suse01"><instance_attributes id="a"><nvpair id="b" name="hana_ha1_site" value="WDF"/></instance_attributes></node>` +
		`</nodes><resources/><constraints/></configuration><status/></cib>`
	for name, row := range map[string]struct {
		cibadmin runtest.Program
		code     int
		want     string
	}{
		"it knows them":     {runtest.Says(0, cib), exitOK, ""},
		"it knows none":     {runtest.Says(0, `<cib><configuration/><status/></cib>`), exitUnknown, "the cluster knows no sites of HA1\nocfbox: hint: name them: --sites WDF,ROT\n"},
		"it is not running": {runtest.Complains(102, "Could not connect"), exitUnknown, "hint: name them: --sites WDF,ROT\n"},
		"it does not answer": {runtest.Fails(run.ErrTimeout), exitUnknown,
			"hint: name them: --sites WDF,ROT\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := hook(t, map[string]runtest.Program{"cibadmin": row.cibadmin}, "sudoers", "--sid", "HA1")
			require.Equal(t, row.code, code, stderr)
			require.Contains(t, stderr, row.want)
			require.Equal(t, code == exitOK, stdout == srhook.Exact("HA1", []srhook.Site{"WDF"}))
		})
	}
}

// A sudo or a name service that hangs is not "no".
func TestWhatIsNotAnsweredIsUnknown(t *testing.T) {
	args := []string{"check", "--sid", "HA1", "--sites", "WDF,ROT"}
	code, stdout, _ := hook(t, map[string]runtest.Program{"id": runtest.Fails(run.ErrTimeout)}, args...)
	require.Contains(t, stdout, "unknown  user       user ha1adm: ")
	require.NotEqual(t, exitOK, code)

	code, _, stderr := hook(t, map[string]runtest.Program{"id": runtest.Fails(run.ErrTimeout)}, "drain", "--sid", "HA1")
	require.Equal(t, exitUnknown, code)
	require.Contains(t, stderr, "look up user ha1adm: ")
}

func TestTheVerdictOfSeveralFindings(t *testing.T) {
	finding := func(states ...srhook.State) (list []srhook.Finding) {
		for _, state := range states {
			list = append(list, srhook.Finding{State: state})
		}
		return list
	}
	require.Equal(t, exitOK, verdictOf(finding(srhook.OK, srhook.Warning)))
	require.Equal(t, exitUnknown, verdictOf(finding(srhook.Unknown, srhook.OK)))
	require.Equal(t, exitNo, verdictOf(finding(srhook.Failed, srhook.Unknown)))
	require.Equal(t, exitNo, verdictOf(finding(srhook.Unknown, srhook.Failed)))
}
