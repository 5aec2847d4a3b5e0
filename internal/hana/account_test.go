package hana

import (
	"context"
	"errors"
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/run"
	"ocfbox/internal/run/runtest"
)

// memory is a Keeper.
type memory map[string]map[string]string

func (m memory) Load(name string) (map[string]string, error) {
	if m[name] == nil {
		return nil, errors.New("nothing kept")
	}
	return m[name], nil
}

func (m memory) Save(name string, facts map[string]string) error {
	m[name] = maps.Clone(facts)
	return nil
}

const passwd = "ha1adm:x:1001:79:SAP System Administrator:/usr/sap/HA1/home:/bin/csh\n"

var ha1 = Instance{SID: "HA1", Number: "10"}

// login is what a shell prints whose profile talks.
func login(env ...string) runtest.Program {
	return runtest.Says(0, "Welcome to HA1\n\x00"+strings.Join(env, "\x00")+"\x00")
}

func script(getent, su runtest.Program) *runtest.Script {
	return &runtest.Script{Programs: map[string]runtest.Program{"getent": getent, "su": su}}
}

func TestTheEnvironmentIsHadFromALoginOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kept := memory{}
		s := script(runtest.Says(0, passwd), login("PATH=/x:/y", "SAPSYSTEMNAME=HA1", "LC_ALL=de_DE", "SHLVL=2", "BASH_FUNC_x%%=() { :", "TEXT=a\nb", "EMPTY="))
		want := &Account{Name: "ha1adm", UID: 1001, GID: 79, Home: "/usr/sap/HA1/home", Env: []string{"EMPTY=", "PATH=/x:/y", "SAPSYSTEMNAME=HA1"}}
		for range 3 {
			got, err := ha1.Account(t.Context(), s, kept)
			require.NoError(t, err)
			require.ElementsMatch(t, want.Env, got.Env)
			require.Equal(t, 1001, got.UID)
		}
		require.Equal(t, []string{"getent passwd ha1adm", `su - ha1adm -c "printf '\\0'; env -0"`}, s.Lines())
		time.Sleep(keepLogin)
		_, err := ha1.Account(t.Context(), s, kept)
		require.NoError(t, err)
		require.Len(t, s.Calls(), 4)
	})
}

func TestALoginThatHangsIsDoneWithout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kept := memory{}
		s := script(runtest.Says(0, passwd), runtest.Hangs)
		for range 2 {
			a, err := ha1.Account(t.Context(), s, kept)
			require.NoError(t, err)
			require.Contains(t, a.Env, "SAPSYSTEMNAME=HA1")
			require.Contains(t, strings.Join(a.Env, "\n"), "PATH=/usr/sap/HA1/HDB10/exe/Python3/bin:")
		}
		require.Len(t, s.Calls(), 2)
		time.Sleep(keepGuess)
		_, err := ha1.Account(t.Context(), s, kept)
		require.NoError(t, err)
		require.Len(t, s.Calls(), 4)
	})
}

func TestWhatWasKeptServesWhileTheDirectoryIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kept := memory{}
		_, err := ha1.Account(t.Context(), script(runtest.Says(0, passwd), login("PATH=/x")), kept)
		require.NoError(t, err)
		time.Sleep(2 * keepLogin)
		away := script(runtest.Hangs, runtest.Hangs)
		for range 3 {
			a, err := ha1.Account(t.Context(), away, kept)
			require.NoError(t, err)
			require.Equal(t, []string{"PATH=/x"}, a.Env)
		}
		require.Len(t, away.Calls(), 1, "it is not asked every time")
	})
}

func TestAHostWithoutTheUser(t *testing.T) {
	_, err := ha1.Account(t.Context(), script(runtest.Says(2, ""), nil), memory{})
	require.ErrorIs(t, err, ErrNoUser)
	_, err = ha1.Account(t.Context(), script(runtest.Says(0, "ha1adm:x:one:79:::\n"), nil), memory{})
	require.ErrorIs(t, err, ErrGarbled)
	_, err = ha1.Account(t.Context(), script(runtest.Rubbish(), nil), memory{})
	require.ErrorIs(t, err, ErrGarbled)
}

func tools(programs map[string]runtest.Program) (*Tools, *runtest.Script) {
	s := &runtest.Script{Programs: programs}
	return &Tools{Runner: s, Instance: ha1, Account: &Account{Name: "ha1adm", UID: 1001, GID: 79, Env: []string{"PATH=/x"}}}, s
}

func TestToolsRunAsTheUserWithoutAShell(t *testing.T) {
	tool, s := tools(map[string]runtest.Program{"setpriv": runtest.Says(0, fixture(t, "state-primary.txt"))})
	r, err := tool.Replication(t.Context())
	require.NoError(t, err)
	require.Equal(t, ModePrimary, r.Mode)
	call := s.Calls()[0]
	require.Equal(t, []string{"--reuid=1001", "--regid=79", "--init-groups", "--", "hdbnsutil", "-sr_stateConfiguration", "--sapcontrol=1"}, call.Args)
	require.Equal(t, []string{"PATH=/x"}, call.Env)
}

func TestAHostWithoutSetprivUsesALoginShell(t *testing.T) {
	tool, s := tools(map[string]runtest.Program{"su": runtest.Says(4, fixture(t, "landscape-up.txt"))})
	land, err := tool.Landscape(t.Context())
	require.NoError(t, err)
	require.Equal(t, LandscapeOK, land.Status)
	require.Equal(t, []string{"-", "ha1adm", "-c", "python /usr/sap/HA1/HDB10/exe/python_support/landscapeHostConfiguration.py --sapcontrol=1"}, s.Calls()[1].Args)
	_, err = tool.Parameters(t.Context(), "a/b/$(id)")
	require.ErrorIs(t, err, ErrNotStarted)
}

func TestAToolThatCannotBeStartedIsNoAnswer(t *testing.T) {
	for name, program := range map[string]runtest.Program{
		"no such tool":   runtest.Complains(127, "setpriv: failed to execute hdbnsutil: No such file or directory"),
		"an old setpriv": runtest.Complains(1, "setpriv: failed to execute hdbnsutil: Permission denied"),
		"not found":      runtest.Says(127, ""),
	} {
		t.Run(name, func(t *testing.T) {
			tool, _ := tools(map[string]runtest.Program{"setpriv": program})
			_, err := tool.Landscape(t.Context())
			require.ErrorIs(t, err, ErrNotStarted)
		})
	}
	tool, _ := tools(map[string]runtest.Program{"setpriv": runtest.Says(124, "")})
	_, err := tool.HostMapping(t.Context())
	require.ErrorIs(t, err, run.ErrTimeout)
}

func TestAnswersThatAreNone(t *testing.T) {
	tool, _ := tools(map[string]runtest.Program{"setpriv": runtest.Says(1, "")})
	land, err := tool.Landscape(t.Context())
	require.ErrorIs(t, err, ErrGarbled)
	require.Equal(t, LandscapeError, land.Status)
	_, err = tool.InstalledVersion(t.Context())
	require.ErrorIs(t, err, ErrGarbled)
	tool, _ = tools(map[string]runtest.Program{"setpriv": runtest.Says(42, fixture(t, "landscape-up.txt"))})
	_, err = tool.Landscape(t.Context())
	require.ErrorIs(t, err, ErrGarbled)
}

func TestOldReleasesAreAskedTheirWay(t *testing.T) {
	tool, s := tools(map[string]runtest.Program{"setpriv": runtest.Says(0, "")})
	tool.Version, tool.Exe = "1.00.095", "/opt/exe"
	_, _ = tool.Replication(t.Context())
	_, _ = tool.Landscape(t.Context())
	require.False(t, tool.HasHostMapping())
	require.Equal(t, "hdbnsutil -sr_state --sapcontrol=1", strings.Join(s.Calls()[0].Args[4:], " "))
	require.Equal(t, "python /opt/exe/python_support/landscapeHostConfiguration.py", strings.Join(s.Calls()[1].Args[4:], " "))
}

func TestTheHostAgentsListIsAskedForInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const control = "/usr/sap/hostctrl/exe/saphostctrl"
		_, err := Instances(context.Background(), &runtest.Script{Programs: map[string]runtest.Program{control: runtest.Hangs}})
		require.ErrorIs(t, err, run.ErrTimeout)
		_, err = Instances(t.Context(), &runtest.Script{Programs: map[string]runtest.Program{control: runtest.Rubbish()}})
		require.ErrorIs(t, err, ErrGarbled)
		all, err := Instances(t.Context(), &runtest.Script{Programs: map[string]runtest.Program{control: runtest.Says(0, fixture(t, "instances.txt"))}})
		require.NoError(t, err)
		require.Len(t, all, 3)
	})
}

func TestReadFileGivesUp(t *testing.T) {
	text, err := ReadFile(t.Context(), "testdata/instances.txt")
	require.NoError(t, err)
	require.NotEmpty(t, text)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = ReadFile(ctx, "/dev/zero/none")
	require.Error(t, err)
}
