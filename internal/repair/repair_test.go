package repair_test

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/block"
	"ocfbox/internal/repair"
)

func TestRowR2AHundredBlocksAreRepairedAndPutBack(t *testing.T) {
	t.Parallel()
	for name, world := range map[string]func(*testing.T) *world{
		"files":                    func(t *testing.T) *world { return newWorld(t, 16<<20, 100) },
		"a file with an odd end":   func(t *testing.T) *world { return newWorld(t, 16<<20+777, 101) },
		"block devices":            func(t *testing.T) *world { w := newWorld(t, 16<<20, 100); w.onLoop(); return w },
		"more than fits one batch": func(t *testing.T) *world { w := newWorld(t, 24<<20, 2200); w.share = 100; return w },
	} {
		t.Run(name, func(t *testing.T) {
			w := world(t)
			p := w.plan()
			require.Equal(t, w.ranges, p.Ranges(), "what differs, and nothing else")
			report, err := w.apply(p, nil)
			require.NoError(t, err)
			require.True(t, report.Same())
			require.Equal(t, p.Bytes(), report.Written)
			require.Equal(t, w.read(w.a), w.read(w.b))
			require.Empty(t, w.plan().Pieces)

			report, err = w.revert()
			require.NoError(t, err)
			require.True(t, report.Same())
			require.Equal(t, p.Bytes(), report.Written)
			require.Equal(t, w.before, w.read(w.b))
			report, err = w.revert()
			require.NoError(t, err)
			require.Equal(t, p.Bytes(), report.Already, "putting back twice changes nothing")
		})
	}
}

func TestRowR4WhatHasChangedSinceThePlanIsLeftAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 8<<20, 20)
	p := w.plan()
	changed, moved := w.ranges[0], w.ranges[1]
	w.change(w.b, changed.Offset+100)
	w.change(w.a, moved.Offset+100)
	report, err := w.apply(p, nil)
	require.NoError(t, err)
	require.False(t, report.Same())
	require.Equal(t, block.Ranges{changed}, report.TargetChanged)
	require.Equal(t, block.Ranges{moved}, report.SourceChanged)
	require.Equal(t, p.Bytes()-changed.Length-moved.Length, report.Written)
	require.NotEmpty(t, report.Remaining)
	require.NotEqual(t, w.read(w.a)[changed.Offset:changed.End()], w.read(w.b)[changed.Offset:changed.End()])
}

// The machine dies at every kind of moment: before the first byte, in the middle of a piece, between two, at the end.
func TestRowR5ARepairThatWasCutOffIsGoneOnWith(t *testing.T) {
	t.Parallel()
	for _, written := range []int{0, 512, 4096 + 1024, 8192, 100<<10 + 512, 79 * 4096} {
		w := newWorld(t, 8<<20, 80)
		p := w.plan()
		_, err := w.apply(p, func(target repair.Target) repair.Target { return &dying{target, written} })
		require.ErrorIs(t, err, errPower)
		report, err := w.apply(p, nil)
		require.NoError(t, err)
		require.True(t, report.Same(), "after %d bytes: %+v", written, report)
		require.Equal(t, p.Bytes(), report.Written+report.Already)
		require.Equal(t, w.read(w.a), w.read(w.b))
		report, err = w.revert()
		require.NoError(t, err)
		require.True(t, report.Same())
		require.Equal(t, w.before, w.read(w.b), "after %d bytes", written)
	}
}

// What a cut-off repair was writing is recognised sector by sector: a foreign one is somebody else's work.
func TestWhatSomebodyWroteIntoAHalfWrittenPieceIsLeftAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 8<<20, 2)
	p := w.plan()
	_, err := w.apply(p, func(target repair.Target) repair.Target { return &dying{target, 1024} })
	require.ErrorIs(t, err, errPower)
	w.change(w.b, p.Pieces[0].Offset+2048)
	report, err := w.apply(p, nil)
	require.NoError(t, err)
	require.Equal(t, block.Ranges{p.Pieces[0].Range}, report.TargetChanged)
	report, err = w.revert()
	require.NoError(t, err)
	require.Equal(t, block.Ranges{p.Pieces[0].Range}, report.TargetChanged)
}

func TestARecordThatWasNotWrittenWholeIsOfAPieceThatWasNotBegun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 8<<20, 80)
	p := w.plan()
	_, err := w.apply(p, func(target repair.Target) repair.Target { return &dying{target, 0} })
	require.ErrorIs(t, err, errPower)
	info, err := os.Stat(w.undo)
	require.NoError(t, err)
	for _, cut := range []int64{1, 4000, 4097, 5000} {
		require.NoError(t, os.Truncate(w.undo, info.Size()-cut))
		report, err := w.apply(p, func(target repair.Target) repair.Target { return &dying{target, 0} })
		require.ErrorIs(t, err, errPower)
		require.Zero(t, report.Written)
	}
	report, err := w.apply(p, nil)
	require.NoError(t, err)
	require.True(t, report.Same())
	_, err = w.revert()
	require.NoError(t, err)
	require.Equal(t, w.before, w.read(w.b))
}

func TestNothingIsWrittenThatCannotBeKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 8<<20, 20)
	p := w.plan()
	_, _, err := repair.OpenUndo("/dev/full", p)
	require.ErrorContains(t, err, "no space left")
	other := newWorld(t, 8<<20, 20)
	_, err = other.apply(other.plan(), nil)
	require.NoError(t, err)
	_, _, err = repair.OpenUndo(other.undo, p)
	require.ErrorIs(t, err, repair.ErrUndo, "the undo file of another repair")
	require.NoError(t, os.WriteFile(w.undo, []byte("something else\n"), 0o600))
	_, _, err = repair.OpenUndo(w.undo, p)
	require.ErrorIs(t, err, repair.ErrUndo)
	kept, err := os.ReadFile(w.undo)
	require.NoError(t, err)
	require.Equal(t, "something else\n", string(kept))
	require.Equal(t, w.before, w.read(w.b))
}

func TestADeviceThatForgetsWhatWasWrittenIsNoticed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 8<<20, 20)
	_, err := w.apply(w.plan(), func(target repair.Target) repair.Target { return forgetful{target} })
	require.ErrorIs(t, err, repair.ErrReadBack)
}

func TestAPlanIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 4<<20+100, 21)
	p := w.plan()
	path := w.undo + ".plan"
	require.NoError(t, p.Write(path))
	require.ErrorIs(t, p.Write(path), os.ErrExist, "a plan is not overwritten")
	read, err := repair.ReadPlan(path)
	require.NoError(t, err)
	require.Equal(t, p, read)
	a, b := w.open(w.a), w.open(w.b)
	defer a.Close()
	defer b.Close()
	_, err = repair.Draw(ended(t), a, b, w.ranges, w.size, time.Now())
	require.Error(t, err)
	_, err = repair.Draw(t.Context(), a, b, w.ranges, w.size+1, time.Now())
	require.ErrorContains(t, err, "bytes are to be repaired")
}

func FuzzAPlanThatIsReadCanBeCarriedOut(f *testing.F) {
	f.Add([]byte(`{"version":1,"size":8192,"pieces":[{"offset":4096,"length":4096,"source":"00112233445566778899aabbccddeeff","target":"00112233445566778899aabbccddeeff"}]}`))
	f.Add([]byte(`{"version":1,"size":9223372036854775807,"pieces":[{"offset":9223372036854771712,"length":4096}]}`))
	f.Add([]byte(`{"version":2}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := repair.ParsePlan(text)
		if err != nil {
			require.ErrorIs(t, err, repair.ErrPlan)
			return
		}
		var end int64
		for _, piece := range p.Pieces {
			require.GreaterOrEqual(t, piece.Offset, end)
			require.Positive(t, piece.Length)
			require.LessOrEqual(t, piece.Length, int64(repair.Extent))
			require.LessOrEqual(t, piece.End(), p.Size)
			end = piece.End()
		}
	})
}
