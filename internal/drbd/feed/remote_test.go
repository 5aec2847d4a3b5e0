package feed_test

import (
	"context"
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ocfbox/internal/drbd"
	"ocfbox/internal/drbd/drbdtest"
	"ocfbox/internal/drbd/feed"
	"ocfbox/internal/run"
	"ocfbox/internal/run/runtest"
)

// remoteView is what the other machine of a recorded pair would send, inside of what `sync status` prints beside it.
func remoteView(t *testing.T, c drbdtest.Capture) (feed.View, string) {
	t.Helper()
	m := recorded(t, c)
	m.write(m.Kmsg, split)
	for _, command := range []string{"drbdsetup get-gi 0", "drbdsetup get-gi r0 1 0", "drbdsetup get-gi r0 0 0",
		"drbdsetup get-gi 5", "drbdsetup get-gi r1 1 0", "drbdsetup get-gi r1 0 0"} {
		m.says(command, 0, "16F9FE1AA1D393EB:1D7A96F3F2E2A9EA:C270AA66E61F74AC:C26FAA66E61F74AC:1:1:1:0:0:0:0\n")
	}
	view := m.gather(feed.Options{Log: feed.LogAlways, GI: true})
	text, err := json.Marshal(struct {
		Schema string `json:"schema"`
		feed.View
		Resources []string `json:"resources"`
	}{"ocfbox.sync.v1", view, []string{"for people"}})
	require.NoError(t, err)
	return view, string(text)
}

func TestAnotherMachinesViewIsTheOneItSent(t *testing.T) {
	for _, folder := range []string{drbdtest.DRBD84, drbdtest.DRBD9} {
		for _, c := range drbdtest.Captures(folder) {
			if len(c.Proc()) == 0 {
				continue
			}
			sent, text := remoteView(t, c)
			got, err := feed.ParseView([]byte(text))
			require.NoError(t, err)
			want, err := json.Marshal(sent)
			require.NoError(t, err)
			again, err := json.Marshal(got)
			require.NoError(t, err)
			require.JSONEq(t, string(want), string(again), c.Name())
			require.Equal(t, short(sent.Host), short(got.Host))
		}
	}
}

func TestAnotherMachineIsAskedThroughSSHThatAsksNobody(t *testing.T) {
	_, text := remoteView(t, drbdtest.File(drbdtest.DRBD84, "29-split-brain", drbdtest.Bravo))
	script := &runtest.Script{Programs: map[string]runtest.Program{"ssh": runtest.Says(4, text)}}
	r := feed.Remote{Runner: script, Host: "root@bravo", Env: []string{"SSH_AUTH_SOCK=/run/agent"}}
	view, err := r.Gather(t.Context())
	require.NoError(t, err, "a split brain's exit code is an answer")
	assert.Equal(t, "r0 Primary UpToDate, StandAlone, Off DUnknown", short(view.Host))
	assert.Equal(t, []string{"ssh -oBatchMode=yes -oConnectTimeout=5 -T -- root@bravo ocfbox sync status --output json"}, script.Lines())
	assert.Equal(t, []string{"SSH_AUTH_SOCK=/run/agent"}, script.Calls()[0].Env)

	script = &runtest.Script{Programs: map[string]runtest.Program{"rsh": runtest.Says(0, text)}}
	r = feed.Remote{Runner: script, Host: "bravo", Shell: []string{"rsh", "-l", "op", "{host}"}, Command: []string{"/opt/ocfbox", "sync"}}
	_, err = r.Gather(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []string{"rsh -l op bravo /opt/ocfbox sync"}, script.Lines())
}

func TestAMachineThatGivesNoViewIsAnError(t *testing.T) {
	for name, test := range map[string]struct {
		ssh  runtest.Program
		want error
	}{
		"no ssh":                  {runtest.Fails(run.ErrNotFound), run.ErrNotFound},
		"a hanging ssh":           {runtest.Hangs, run.ErrTimeout},
		"rubbish":                 {runtest.Rubbish(), drbd.ErrUnreadable},
		"nothing":                 {runtest.Says(0, ""), drbd.ErrUnreadable},
		"JSON without view":       {runtest.Says(0, `{"schema":"ocfbox.sync.v1"}`), drbd.ErrUnreadable},
		"a view of another shape": {runtest.Says(0, `{"view":[]}`), drbd.ErrUnreadable},
		"too much": {func(context.Context, run.Cmd) (run.Result, error) {
			return run.Result{Stdout: []byte(`{"view":{}}`), Truncated: true}, nil
		}, drbd.ErrUnreadable},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				script := &runtest.Script{Programs: map[string]runtest.Program{"ssh": test.ssh}}
				began := time.Now()
				_, err := feed.Remote{Runner: script, Host: "bravo"}.Gather(t.Context())
				require.ErrorIs(t, err, test.want)
				require.ErrorContains(t, err, "view of bravo: ")
				require.LessOrEqual(t, time.Since(began), 20*time.Second)
			})
		})
	}
	for name, code := range map[string]int{"wrong usage there": 64, "no ocfbox there": 127, "an unknown host key": 255} {
		t.Run(name, func(t *testing.T) {
			script := &runtest.Script{Programs: map[string]runtest.Program{"ssh": runtest.Complains(code, "complaint\n")}}
			_, err := feed.Remote{Runner: script, Host: "bravo"}.Gather(t.Context())
			var answer *feed.AnswerError
			require.ErrorAs(t, err, &answer)
			require.Equal(t, code, answer.Code)
			require.ErrorContains(t, err, "complaint")
		})
	}
}

func TestANameThatIsNoHostIsNotGivenToAnyProgram(t *testing.T) {
	for _, host := range []string{"", "-oProxyCommand=reboot", "a b", "a;reboot", "a\nb", "$(reboot)", "`reboot`", "a'b"} {
		script := &runtest.Script{}
		_, err := feed.Remote{Runner: script, Host: host}.Gather(t.Context())
		assert.ErrorContains(t, err, "is no name of a host", "%q", host)
		assert.Empty(t, script.Calls(), "%q", host)
	}
}

func FuzzParseView(f *testing.F) {
	f.Add([]byte(`{"schema":"ocfbox.sync.v1","view":{"loaded":true,"resources":[{"name":"r0","role":"Primary"}]},` +
		`"log":[{"kind":"split-brain","minor":0}],"gi":[{"resource":"r0","gi":"0000000000000004:0000000000000000:` +
		`0000000000000000:0000000000000000:0"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		view, err := feed.ParseView(text)
		if err != nil {
			require.ErrorIs(t, err, drbd.ErrUnreadable)
			return
		}
		again, err := json.Marshal(view)
		require.NoError(t, err)
		_, err = feed.ParseView(again)
		require.NoError(t, err)
	})
}
