package rack

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/test/lab/fence"
)

func TestSlots(t *testing.T) {
	suse01, suse02 := &slot{Machine: Machine{Name: "suse01"}}, &slot{Machine: Machine{Name: "suse02"}}
	r := &rack{mode: fence.Works, slots: []*slot{suse01, suse02, {Machine: Machine{Name: "client", Observer: true}}}}
	lives := true
	do := func(o fence.Order) error {
		_, err := r.carryOut(t.Context(), o, sender{"suse02", func() bool { return lives }})
		return err
	}
	t.Run("each member has one, and it is clear", func(t *testing.T) {
		require.Equal(t, []fence.Slot{{Node: "suse01", Message: "clear"}, {Node: "suse02", Message: "clear"}}, r.slotTable().Slots)
	})
	t.Run("fencing leaves its message and its sender", func(t *testing.T) {
		require.NoError(t, do(fence.Order{Action: "off", Node: "suse01", Message: "reset"}))
		require.Equal(t, fence.Slot{Node: "suse01", Message: "reset", From: "suse02"}, r.slotTable().Slots[0])
	})
	t.Run("clear takes both away", func(t *testing.T) {
		require.NoError(t, do(fence.Order{Action: "message", Node: "suse01", Message: "clear"}))
		require.Equal(t, fence.Slot{Node: "suse01", Message: "clear"}, r.slotTable().Slots[0])
	})
	t.Run("test and exit are for a running sbd and do not stay", func(t *testing.T) {
		require.NoError(t, do(fence.Order{Action: "message", Node: "suse01", Message: "exit"}))
		require.Equal(t, "clear", r.slotTable().Slots[0].Message)
	})
	t.Run("fencing without sbd leaves nothing", func(t *testing.T) {
		require.NoError(t, do(fence.Order{Action: "off", Node: "suse01"}))
		require.Equal(t, "clear", r.slotTable().Slots[0].Message)
	})
	for _, mode := range []fence.Mode{fence.Fails, fence.Lies, fence.Swears} {
		t.Run("a device that "+string(mode)+" writes nothing", func(t *testing.T) {
			r.mode = mode
			defer func() { r.mode = fence.Works }()
			_ = do(fence.Order{Action: "off", Node: "suse01", Message: "reset"})
			require.Equal(t, "clear", r.slotTable().Slots[0].Message)
		})
	}
	t.Run("the dead do not write", func(t *testing.T) {
		lives = false
		require.ErrorIs(t, do(fence.Order{Action: "message", Node: "suse01", Message: "reset"}), errSenderOff)
		require.ErrorIs(t, do(fence.Order{Action: "off", Node: "suse01", Message: "reset"}), errSenderOff)
		require.Equal(t, "clear", r.slotTable().Slots[0].Message)
	})
	t.Run("nobody else has a slot", func(t *testing.T) {
		require.ErrorContains(t, do(fence.Order{Action: "message", Node: "nobody", Message: "clear"}), "nobody")
	})
}
