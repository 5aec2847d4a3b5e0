package house

import (
	"debug/elf"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What a start of an agent may cost before it does anything: figures that do not depend on how busy the
// machine is. Package unicode and encoding/xml alone take half of it.
const (
	maxInitBytes  = 64 << 10
	maxInitAllocs = 300
)

// An initLine is one of GODEBUG=inittrace=1: a package that did something when it was loaded.
var initLine = regexp.MustCompile(`^init (\S+) @\S+ ms, \S+ ms clock, (\d+) bytes, (\d+) allocs$`)

func TestAStartOfAnAgentIsCheap(t *testing.T) {
	cmd := exec.Command(program(t, "ocfbox"), "IPaddr2", "usage")
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	var trace strings.Builder
	cmd.Stderr = &trace
	require.NoError(t, cmd.Run())

	bytes, allocs, packages := 0, 0, 0
	for _, line := range lines(trace.String()) {
		found := initLine.FindStringSubmatch(line)
		require.NotNil(t, found, "a line of inittrace: %s", line)
		require.False(t, found[1] == "main" || strings.HasPrefix(found[1], module),
			"%s does work when it is loaded", found[1])
		bytes += number(t, found[2])
		allocs += number(t, found[3])
		packages++
	}
	require.NotZero(t, packages)
	t.Logf("%d packages initialise with %d bytes in %d allocations", packages, bytes, allocs)
	require.LessOrEqual(t, bytes, maxInitBytes, trace.String())
	require.LessOrEqual(t, allocs, maxInitAllocs, trace.String())
}

func number(t *testing.T, text string) int {
	n, err := strconv.Atoi(text)
	require.NoError(t, err)
	return n
}

// Static, for the dynamic loader costs as much as all our packages; not position independent, for the
// relocations cost 1 ms.
func TestTheProgramIsStatic(t *testing.T) {
	file, err := elf.Open(program(t, "ocfbox"))
	require.NoError(t, err)
	defer file.Close()
	require.Equal(t, elf.ET_EXEC, file.Type)
	for _, segment := range file.Progs {
		require.NotEqual(t, elf.PT_INTERP, segment.Type)
	}
}
