package hook

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// refused is the number with which HANA refuses a takeover that a provider does not want.
const refused = 50277

const takeoverCommand = "sudo -n /usr/sbin/SAPHanaSR-hookHelper --sid=HA1 --case=checkTakeover"

// newSecondary is a HANA with the provider susTkOver.
func newSecondary(t *testing.T) *hana {
	h := newHANA(t)
	h.provider = "susTkOver"
	return h
}

// takeover is what `hdbnsutil -sr_takeover` makes HANA ask; it returns the provider's answer.
func (h *hana) takeover(force any) (code int, took time.Duration) {
	h.t.Helper()
	return h.takeoverAs(map[string]any{"takeover": []any{force}, "named": nil})
}

func (h *hana) takeoverAs(call map[string]any) (code int, took time.Duration) {
	h.t.Helper()
	h.id++
	call["id"] = h.id
	h.say(call)
	return h.ended(h.id)
}

func TestWhatTheHelperAnswersPermitsOrRefuses(t *testing.T) {
	config := func(pairs ...string) map[string]string {
		m := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i]] = pairs[i+1]
		}
		return m
	}
	rows := []struct {
		name   string
		answer answer
		config map[string]string
		base   map[string]any
		want   int
		// trace is in a line for people, fault in one of an error; empty is no error.
		trace, fault string
	}{
		{"row T01: the cluster takes over", answer{Code: 0}, nil, nil, 0, "permit cluster action: <" + takeoverCommand + "> cmdrc=0 ", ""},
		{"row T01: in maintenance", answer{Code: 5}, nil, nil, 0, "permit, resource in maintenance: ", ""},
		{"row T01: no cluster", answer{Code: 6}, nil, nil, 0, "permit, no cluster connection: ", ""},
		{"row T01: a cluster that does not work", answer{Code: 99}, nil, nil, 0, "permit, cluster not working properly: ", ""},
		{"row T02: the cluster is in charge", answer{Code: 4}, nil, nil, refused, "reject, the cluster manages the database: <" + takeoverCommand + "> cmdrc=4 ", ""},
		{"row T02: with HANA's own number", answer{Code: 4}, nil, map[string]any{"errorCodeClusterConfigured": 50300}, 50300, "cmdrc=4 ", ""},
		{"a number of HANA's that would permit", answer{Code: 4}, nil, map[string]any{"errorCodeClusterConfigured": 0}, refused, "cmdrc=4 ", ""},
		{"a number of HANA's that is none", answer{Code: 4}, nil, map[string]any{"errorCodeClusterConfigured": "x"}, refused, "cmdrc=4 ", ""},
		{"row T03: sudo denies it, or the helper is missing", answer{Code: 1}, nil, nil, refused, "cmdrc=1 ", "sudo must allow: ha1adm ALL=(root) NOPASSWD: /usr/sbin/SAPHanaSR-hookHelper --sid=HA1 --case=checkTakeover"},
		{"row T03: the time is up", answer{Code: 124}, nil, nil, refused, "timeout - reject: <" + takeoverCommand + "> cmdrc=124 timeout=30s ", "ocfbox-srhook"},
		{"row T03: not found", answer{Code: 127}, nil, nil, refused, "cmdrc=127 ", "sudo must allow"},
		{"row T03: an answer that nobody knows", answer{Code: 42}, nil, nil, refused, "reject, unknown answer: <" + takeoverCommand + "> cmdrc=42 ", "cmdrc=42"},
		{"the helper does not understand", answer{Code: 2}, nil, nil, refused, "cmdrc=2 ", "cmdrc=2"},
		{"the cluster is too slow", answer{Code: 98}, nil, nil, refused, "reject, cluster too slow", "cmdrc=98"},
		{"a tool of the cluster is missing", answer{Code: 97}, nil, nil, refused, "cmdrc=97 ", "cmdrc=97"},
		{"the helper was killed", answer{Dies: true}, nil, nil, refused, "cmdrc=137 ", "cmdrc=137"},
		{"row T04: the system is not in the cluster", answer{Code: 7}, nil, nil, 0, "permit, SID not configured in the cluster: ", ""},
		{"row T04: and that is not to permit", answer{Code: 7}, config("sustkover_unknown_sid", "Reject"), nil, refused, "reject, SID not configured in the cluster: ", "cmdrc=7"},
		{"a parameter that is not understood", answer{Code: 7}, config("sustkover_unknown_sid", "perhaps"), nil, 0, "permit, SID not configured", "configuration not understood"},
		{"a timeout that is not understood", answer{Code: 4}, config("sustkover_timeout", "soon"), nil, refused, "timeout=30s", "configuration not understood"},
		{"a timeout that never ends", answer{Code: 0}, config("sustkover_timeout", "inf"), nil, 0, "timeout=30s", "configuration not understood"},
	}
	for name, python := range pythons(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, row := range rows {
				t.Run(row.name, func(t *testing.T) {
					h := newSecondary(t)
					h.cluster.answer(row.answer)
					if row.config != nil {
						h.config = row.config
					}
					h.base = row.base
					h.start(python)
					code, _ := h.takeover(false)
					require.Equal(t, row.want, code)
					require.Equal(t, []string{takeoverCommand}, h.cluster.calls())
					require.Contains(t, h.traced("info"), row.trace)
					require.Regexp(t, `susTk.*preTakeover.*called`, h.traced("info"))
					require.Regexp(t, `susTkOver.init`, h.traced("info"))
					require.Regexp(t, `susTkOver\.preTakeover leave with return code [0-9]+ after [0-9.]+s`, h.traced("info"))
					require.Contains(t, h.traced("error"), row.fault)
					require.Equal(t, row.fault == "", h.traced("error") == "", h.traced("error"))
				})
			}
		})
	}
}

func TestRowT05AForcedTakeoverIsNotChecked(t *testing.T) {
	for name, row := range map[string]struct {
		call   map[string]any
		forced bool
	}{
		"true":               {map[string]any{"takeover": []any{true}, "named": nil}, true},
		"a word":             {map[string]any{"takeover": []any{"True"}, "named": nil}, true},
		"a number":           {map[string]any{"takeover": []any{1}, "named": nil}, true},
		"by name":            {map[string]any{"takeover": []any{}, "named": map[string]any{"isForce": true}}, true},
		"with more":          {map[string]any{"takeover": []any{true}, "named": map[string]any{"new": 1}}, true},
		"false as a word":    {map[string]any{"takeover": []any{"False"}, "named": nil}, false},
		"false as a number":  {map[string]any{"takeover": []any{0}, "named": nil}, false},
		"nothing":            {map[string]any{"takeover": []any{}, "named": nil}, false},
		"something else":     {map[string]any{"takeover": []any{[]any{true}}, "named": nil}, false},
		"false, by its name": {map[string]any{"takeover": []any{}, "named": map[string]any{"isForce": false}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newSecondary(t)
			h.cluster.answer(answer{Code: 4})
			h.start(python{path: python3(t)})
			code, _ := h.takeoverAs(row.call)
			require.Equal(t, row.forced, code == 0)
			require.Equal(t, row.forced, len(h.cluster.calls()) == 0)
		})
	}
}

// A helper or a sudo that hangs does not hold up HANA for longer than it is told, and does not permit.
func TestRowT06AHelperThatHangsIsARefusal(t *testing.T) {
	const budget = 2 * time.Second
	for name, a := range map[string]answer{"cmdrc=124": {Delay: time.Hour}, "cmdrc=137": {Delay: time.Hour, Stubborn: true}} {
		for version, python := range pythons(t) {
			t.Run(name+", "+version, func(t *testing.T) {
				t.Parallel()
				h := newSecondary(t)
				h.config["sustkover_timeout"] = seconds(budget)
				h.cluster.answer(a)
				h.start(python)
				code, took := h.takeover(false)
				require.Equal(t, refused, code)
				require.GreaterOrEqual(t, took, budget)
				require.Less(t, took, budget+grace(budget)+slack)
				require.Contains(t, h.traced("info"), "timeout - reject: ")
				require.Contains(t, h.traced("info"), name)
			})
		}
	}
}

func TestATakeoverWithoutWhatIsNeededIsRefused(t *testing.T) {
	for name, row := range map[string]struct {
		env  []string
		want string
	}{
		"no sudo":            {[]string{"SAPSYSTEMNAME=HA1", "PATH=/nowhere"}, "cmdrc=127 "},
		"no PATH":            {[]string{"SAPSYSTEMNAME=HA1", "PATH="}, "cmdrc=127 "},
		"a SID that is none": {[]string{"SAPSYSTEMNAME=HA1;id"}, "SID not known"},
	} {
		for version, python := range pythons(t) {
			t.Run(name+", "+version, func(t *testing.T) {
				t.Parallel()
				h := newSecondary(t)
				h.env = append(h.env, row.env...)
				h.start(python)
				code, _ := h.takeover(false)
				require.Equal(t, refused, code)
				require.Contains(t, h.traced(), row.want)
				require.Empty(t, h.cluster.calls())
			})
		}
	}
	t.Run("without SAPSYSTEMNAME the working directory tells the SID", func(t *testing.T) {
		t.Parallel()
		h := newSecondary(t)
		h.env = h.env[1:]
		h.start(python{path: python3(t)})
		code, _ := h.takeover(false)
		require.Zero(t, code)
		require.Equal(t, []string{takeoverCommand}, h.cluster.calls())
	})
	t.Run("nor is there a folder that tells it", func(t *testing.T) {
		t.Parallel()
		h := newSecondary(t)
		h.env, h.host = []string{h.env[2], h.env[3]}, os.TempDir()
		h.start(python{path: python3(t)})
		code, _ := h.takeover(false)
		require.Equal(t, refused, code)
		require.Contains(t, h.traced("error"), "SAPSYSTEMNAME is not set")
	})
}
