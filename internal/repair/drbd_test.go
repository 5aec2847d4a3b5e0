package repair_test

import (
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/block"
	"ocfbox/internal/drbd"
	"ocfbox/internal/repair"
)

// mkfs makes a file system.
func mkfs(device string) error { return exec.Command("/usr/sbin/mkfs.ext4", "-q", "-F", device).Run() }

func TestRowR1TheCommandsWithWhichDRBDMendsItself(t *testing.T) {
	t.Parallel()
	ranges := block.Ranges{{Offset: 4 << 20, Length: 4096}, {Offset: 5<<20 + 512, Length: 512}, {Offset: 80 << 20, Length: 8192}}
	v := repair.Volume{
		Generation: drbd.Gen84, Resource: "r0", Number: 1, Minor: 3, PeerNodeID: 2, Here: "alfa", Source: "alfa", Target: "bravo",
		SourceRole: drbd.Primary, TargetRole: drbd.Secondary,
	}
	said := func(v repair.Volume) (all []string) {
		steps, err := repair.ThroughDRBD(v, ranges)
		require.NoError(t, err)
		for _, step := range steps {
			all = append(all, step.Host+": "+step.Command)
		}
		return all
	}
	require.Equal(t, []string{
		"alfa: drbdsetup verify 3 --start=8192s --stop=10248s",
		"alfa: ocfbox sync watch r0 # until it no longer verifies",
		"alfa: drbdsetup verify 3 --start=163840s --stop=163856s",
		"alfa: ocfbox sync watch r0 # until it no longer verifies",
		"bravo: drbdadm disconnect r0",
		"bravo: drbdadm connect r0",
	}, said(v))
	v.SourceRole = drbd.Secondary
	require.Equal(t, []string{
		"alfa: drbdadm primary r0",
		"bravo: drbdadm disconnect r0",
		"bravo: drbdadm connect r0",
		"alfa: drbdadm secondary r0",
	}, said(v)[4:], "8.4 copies from a primary")
	v.Generation = drbd.Gen9
	require.Equal(t, []string{
		"alfa: drbdsetup verify r0 2 1 --start=8192s --stop=10248s",
		"alfa: ocfbox sync watch r0 # until it no longer verifies",
		"alfa: drbdsetup verify r0 2 1 --start=163840s --stop=163856s",
		"alfa: ocfbox sync watch r0 # until it no longer verifies",
		"bravo: drbdadm invalidate --reset-bitmap=no r0/1",
	}, said(v))
	v.TargetRole = drbd.Primary
	_, err := repair.ThroughDRBD(v, ranges)
	require.ErrorIs(t, err, repair.ErrDRBD)
	v.TargetRole, v.Generation = drbd.Secondary, drbd.Gen83
	_, err = repair.ThroughDRBD(v, ranges)
	require.ErrorIs(t, err, repair.ErrDRBD)
}
