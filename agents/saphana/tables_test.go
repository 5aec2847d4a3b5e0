package saphana

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The spot values of saphana.md 9.2, each with the landscape status from 0 to 4: it has no influence.
func TestScoreTables(t *testing.T) {
	t.Parallel()
	any := []string{"SOK", "SFAIL", "PRIM", "SWAIT", "SREG", ""}
	for _, test := range []struct {
		roles              string
		syncs              []string
		site, local, never string
	}{
		{":P:master1:master:worker:master", any, "150", "150", "150"},
		{":P:master1::worker:", any, "140", "140", never},
		{":P::::", any, "0", "140", never},
		{":P:-:-:-:-", any, "0", "140", never},
		{":P:slave:slave:worker:slave", any, "60", "140", never},
		{":P:master1:slave:worker:slave", any, "140", "140", never},
		{":S:master1:master:worker:master", []string{"SOK", "PRIM"}, "100", "100", never},
		{":S:master1:master:worker:master", []string{"SFAIL"}, never, never, never},
		{":S:master1:master:worker:master", []string{"SWAIT", "SREG", ""}, "-1", "-1", never},
		{":S:master1::worker:", any, "0", "-1", never},
		{":S::::", any, "0", "-1", never},
		{":S:-:-:-:-", any, "0", "-1", never},
		{":S:master1:slave:worker:slave", []string{"SOK"}, "10", "10", never},
		{":S:master1:slave:worker:slave", []string{"SFAIL"}, never, never, never},
		{":S:master1:slave:worker:slave", []string{"PRIM", "SREG", ""}, "-1", "-1", never},
		{":N:master1:master:worker:master", any, "-1", "-1", never},
		{":-:master1:master:worker:master", any, "-1", "-1", never},
		{"", any, "-1", "-1", never},
		{":P", any, "-1", "-1", never},
	} {
		for _, sync := range test.syncs {
			for _, status := range []string{"", "0", "1", "2", "3", "4"} {
				roles := status + test.roles
				require.Equal(t, test.site, Score(PreferSite, roles, sync), "SITE %s %s", roles, sync)
				require.Equal(t, test.local, Score(PreferLocal, roles, sync), "LOCAL %s %s", roles, sync)
				require.Equal(t, test.never, Score(PreferNever, roles, sync), "NEVER %s %s", roles, sync)
			}
		}
	}
}

// The table of saphana.md 8: what a secondary's monitor scores by hook and poll.
func TestHookBeforePoll(t *testing.T) {
	t.Parallel()
	for hook, want := range map[string][4]string{
		"":      {"100", never, "100", never},
		"SWAIT": {"100", never, "100", never},
		"SOK":   {"100", "100", "100", "100"},
		"SFAIL": {never, never, never, never},
		"SREG":  {"100", never, "100", "-1"},
		"PRIM":  {"100", never, "100", "-1"},
	} {
		for i, poll := range []string{"SOK", "SFAIL", "PRIM", ""} {
			o := steadySecondary()
			o.Own.Hook, o.Own.SyncState = hook, poll
			require.Equal(t, want[i], o.Apply(Decide(o)).Own.Score, "hook=%s poll=%s", hook, poll)
		}
	}
}

// The examples of saphana.md 10.4, and the edge.
func TestArbitration(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		local, remote string
		auto, manual  Arbitration
	}{
		{"20", "10", MayStart, MayStart},
		{"10", "20", MustRegister, MustWait},
		{"10", "10", MustWait, MustWait},
		{"1700000000", "30", MayStart, MayStart},
		{"30", "1700000000", MustRegister, MustWait},
		{"1700000000", "1699999900", MustWait, MustWait},
		{"1700000000", "1699992800", MustWait, MustWait},
		{"1700000000", "1699992799", MayStart, MayStart},
		{"1699992800", "1700000000", MustWait, MustWait},
		{"1699992799", "1700000000", MustRegister, MustWait},
		{"1700000000", "", PartnerSilent, PartnerSilent},
		{"1700000000", "soon", PartnerSilent, PartnerSilent},
		{"", "10", MayStart, MayStart},
	} {
		require.Equal(t, test.auto, Arbitrate(Policy{DuplicateTimeout: 7200, AutoRegister: true}, test.local, test.remote), "%v", test)
		require.Equal(t, test.manual, Arbitrate(Policy{DuplicateTimeout: 7200}, test.local, test.remote), "%v", test)
		if test.remote != "" && test.remote != "soon" {
			require.Equal(t, MustWait, Arbitrate(Policy{DuplicateTimeout: -1, AutoRegister: true}, test.local, test.remote), "%v", test)
		}
	}
}

// A partner that this cluster has never seen may have taken over: its old LPT does not count (16.29).
func TestRestartInhibition(t *testing.T) {
	t.Parallel()
	o := steadyPrimary()
	o.Occasion, o.Landscape = Start, Landscape{Known: true, Status: 1}
	o.Own.CloneState, o.Partner.Roles, o.Partner.Online = "", "", false
	require.Equal(t, CheckService, Decide(o).Next, "a partner that was fenced")
	o.Partner.Seen = false
	v := Decide(o)
	require.Equal(t, "WAITING4REG", o.Apply(v).Own.CloneState)
	require.NotEmpty(t, v.Waits)
	o.Landscape.Status = 4
	require.Equal(t, Done, Decide(o).Next, "an administrator has started HANA")
	require.Zero(t, Decide(o).Code)
}
