package disk

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/test/lab/rack"
)

func TestPlan(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		plan Plan
		want string
	}{
		{"the usual one", Default(), ""},
		{"one without a file system", Plan{Name: "raw", SizeMiB: 1}, ""},
		{"no name", Plan{SizeMiB: 64, Kind: "ext4"}, "lower case letters"},
		{"a path", Plan{Name: "../sda", SizeMiB: 64}, "lower case letters"},
		{"a file system that nodes have not", Plan{Name: "data", SizeMiB: 64, Kind: "vfat"}, `"vfat" is not available`},
		{"too small for xfs", Plan{Name: "data", SizeMiB: 128, Kind: "xfs"}, "xfs needs 300"},
		{"nothing at all", Plan{Name: "data"}, "too few"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			addition, err := Addition(tt.plan, []string{"suse01"})
			if tt.want != "" {
				require.ErrorContains(t, err, tt.want)
				return
			}
			require.NoError(t, err)
			require.Equal(t, []rack.Disk{{Name: tt.plan.Name, SizeMiB: tt.plan.SizeMiB, Kind: tt.plan.Kind}}, addition.Disks)
			require.Equal(t, []string{"suse01"}, addition.Hosts)
			require.Equal(t, "/dev/shared-"+tt.plan.Name, tt.plan.Device())
		})
	}
}
