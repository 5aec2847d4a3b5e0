package drbdtest_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ocfbox/internal/drbd/drbdtest"
)

func TestACaptureIsSplitIntoItsCommands(t *testing.T) {
	blocks := drbdtest.Split("$ one\nprinted\n[stderr] complained\n\nmore\n[rc 3]\n\n# on bravo\n$ two\n[rc 0, 12 ms]\n$ dmesg   (kernel)\ndrbd r0: x\n")
	require.Equal(t, []drbdtest.Block{
		{Command: "one", Stdout: "printed\n\nmore\n", Stderr: "complained\n", Code: 3},
		{Host: "bravo", Command: "two"},
		{Host: "bravo", Command: "dmesg   (kernel)", Stdout: "drbd r0: x\n", Code: -1},
	}, blocks)
}

func TestEveryCaptureIsRead(t *testing.T) {
	count := map[string]int{drbdtest.DRBD84: 81, drbdtest.DRBD9: 81, drbdtest.Cluster: 11}
	for _, folder := range drbdtest.Folders() {
		captures := drbdtest.Captures(folder)
		assert.Len(t, captures, count[folder], folder)
		for _, c := range captures {
			assert.NotEmpty(t, c.Blocks, c.Name())
			_, ok := c.Find("cat /proc/drbd")
			assert.True(t, ok, c.Name())
		}
	}
	healthy := drbdtest.File(drbdtest.DRBD84, "05-healthy", drbdtest.Alfa)
	require.Len(t, healthy.Proc(), 2)
	assert.Contains(t, healthy.Proc()[1], "cs:Connected ro:Primary/Secondary")
	assert.Contains(t, healthy.Log(), "drbd")
	tried := drbdtest.Actions(drbdtest.DRBD84, "05-healthy")
	require.NotEmpty(t, tried)
	assert.Equal(t, drbdtest.Alfa, tried[0].Host)
	assert.Nil(t, drbdtest.Actions(drbdtest.DRBD84, "99-none"))
}
