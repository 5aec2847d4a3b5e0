package drbd_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ocfbox/internal/drbd"
	"ocfbox/internal/drbd/drbdtest"
)

const getGI = "drbdadm get-gi r0"

func recordedGI(t *testing.T, folder, situation, host string) drbd.GI {
	t.Helper()
	block, ok := drbdtest.File(folder, situation, host).Find(getGI)
	require.True(t, ok)
	gi, err := drbd.ParseGI(block.Stdout)
	require.NoError(t, err)
	assert.Equal(t, block.Stdout, gi.String()+"\n")
	return gi
}

// row S22: the identifiers of the recorded pairs.
func TestRowS22RecordedIdentifiersRelateAsTheirSituationSays(t *testing.T) {
	for situation, want := range map[string]drbd.Relation{
		"03-both-up-never-synced": drbd.JustCreated,
		"05-healthy":              drbd.SameData,
		"29-split-brain":          drbd.SplitData,
	} {
		for _, folder := range []string{drbdtest.DRBD84, drbdtest.DRBD9} {
			alfa, bravo := recordedGI(t, folder, situation, drbdtest.Alfa), recordedGI(t, folder, situation, drbdtest.Bravo)
			for _, pair := range [][2]drbd.GI{{alfa, bravo}, {bravo, alfa}} {
				got, text := pair[0].Relate(pair[1])
				assert.Equal(t, want, got, "%s/%s: %s", folder, situation, text)
			}
		}
	}
}

// row S22: equal, newer on either side, split, unrelated and just created.
// The pairs are those that the kernel printed at its handshakes in the captures, and what can be made of them.
func TestRowS22IdentifiersRelateAsTheKernelsRulesSay(t *testing.T) {
	const none = ":0000000000000000:0000000000000000"
	for _, test := range []struct {
		name, self, peer string
		want, reverse    drbd.Relation
	}{
		{"a secondary that was cut off; the bit of a primary does not count", // 8.4, situation 10
			"821A1D20C3C937CE:0000000000000000" + none, "FE06F84AF302192D:821A1D20C3C937CF" + none,
			drbd.RemoteNewer, drbd.LocalNewer},
		{"equal while one is primary", "87CC1E4FA9A2999A:0000000000000000" + none, "87CC1E4FA9A2999B:0000000000000000" + none,
			drbd.SameData, drbd.SameData},
		{"split from a common ancestor", // 8.4, situation 29
			"1AC9AA4FEDBF6845:1D7A96F3F2E2A9EB:C270AA66E61F74AC:C26FAA66E61F74AC",
			"16F9FE1AA1D393EB:1D7A96F3F2E2A9EA:C270AA66E61F74AC:C26FAA66E61F74AC", drbd.SplitData, drbd.SplitData},
		{"the current one is in the other's history", "1000000000000000:0000000000000000" + none,
			"2000000000000000:0000000000000000:1000000000000001:0000000000000000", drbd.RemoteNewer, drbd.LocalNewer},
		{"only history is common", "1000000000000000:2000000000000000:7000000000000000:0000000000000000",
			"3000000000000000:4000000000000000:5000000000000000:7000000000000001", drbd.SplitData, drbd.SplitData},
		{"nothing is common", "1000000000000000:2000000000000000" + none, "3000000000000000:4000000000000000" + none,
			drbd.UnrelatedData, drbd.UnrelatedData},
		{"both have no bitmap, which is nothing in common", "1000000000000000:0000000000000000" + none,
			"3000000000000000:0000000000000000" + none, drbd.UnrelatedData, drbd.UnrelatedData},
		{"both grew from new copies, which is nothing in common either",
			"1000000000000000:0000000000000000:0000000000000004:0000000000000000",
			"3000000000000000:0000000000000000:0000000000000004:0000000000000000", drbd.UnrelatedData, drbd.UnrelatedData},
		{"one was just created", "0000000000000004:0000000000000000" + none, "3000000000000000:0000000000000000" + none,
			drbd.RemoteNewer, drbd.LocalNewer},
		{"both were", "0000000000000004:0000000000000000" + none, "0000000000000004:0000000000000000" + none,
			drbd.JustCreated, drbd.JustCreated},
		{"one has none", "0000000000000000:0000000000000000" + none, "3000000000000000:0000000000000000" + none,
			drbd.RelationUnknown, drbd.RelationUnknown},
	} {
		t.Run(test.name, func(t *testing.T) {
			self, err := drbd.ParseGI(test.self)
			require.NoError(t, err)
			peer, err := drbd.ParseGI(test.peer)
			require.NoError(t, err)
			got, text := self.Relate(peer)
			assert.Equal(t, test.want, got, text)
			got, text = peer.Relate(self)
			assert.Equal(t, test.reverse, got, text)
		})
	}
}

func TestALineThatIsNoIdentifierIsUnreadable(t *testing.T) {
	for _, line := range []string{"", "r0: Unknown resource", "1:2:3:4", "821A1D20C3C937CE:0000000000000000:0000000000000000",
		"821A1D20C3C937CX:0000000000000000:0000000000000000:0000000000000000",
		"821A1D20C3C937CE:0000000000000000:0000000000000000:0000000000000000:1:x"} {
		_, err := drbd.ParseGI(line)
		assert.ErrorIs(t, err, drbd.ErrUnreadable, "%q", line)
	}
}

func TestIdentifiersOfTwoHostsAreComparedVolumeByVolume(t *testing.T) {
	same, split := drbd.GI{Current: 0x10}, drbd.GI{Current: 0x20, Bitmap: 0x40}
	local := []drbd.VolumeGI{
		{Resource: "r0", Volume: 0, Peer: "bravo", GI: same},
		{Resource: "r0", Volume: 1, Peer: "bravo", GI: split},
		{Resource: "r0", Volume: 0, Peer: "charlie", GI: split},
		{Resource: "r1", Volume: 0, Peer: "bravo", GI: same},
	}
	remote := []drbd.VolumeGI{
		{Resource: "r0", Volume: 1, Peer: "alfa", GI: drbd.GI{Current: 0x30, Bitmap: 0x40}},
		{Resource: "r0", Volume: 0, Peer: "alfa", GI: same},
		{Resource: "r0", Volume: 0, Peer: "charlie", GI: split},
	}
	got := drbd.Kinships(local, "alfa", remote, "bravo")
	require.Len(t, got, 2, "not the third node's, and not what only one has")
	assert.Equal(t, drbd.SameData, got[0].Relation)
	assert.Equal(t, 1, got[1].Volume)
	assert.Equal(t, drbd.SplitData, got[1].Relation)

	old := drbd.Kinships([]drbd.VolumeGI{{Resource: "r0", GI: same}}, "alfa", []drbd.VolumeGI{{Resource: "r0", Peer: "peer", GI: same}}, "bravo")
	require.Len(t, old, 1, "8.4 names no peers")
}
