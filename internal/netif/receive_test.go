package netif

import (
	"context"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// A wait that ends must not disturb the next one, whatever the timing.
func TestReceiveLeavesNoDeadlineBehind(t *testing.T) {
	t.Parallel()
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	require.NoError(t, err)
	defer unix.Close(pair[1])
	file := os.NewFile(uintptr(pair[0]), "socket")
	defer file.Close()
	conn, err := file.SyscallConn()
	require.NoError(t, err)
	take := func(int, unix.Sockaddr) bool { return true }
	packet := make([]byte, 1)

	for range 5000 {
		ctx, cancel := context.WithCancel(t.Context())
		go cancel()
		require.NoError(t, unix.Sendto(pair[1], packet, 0, nil))
		if err := receive(ctx, file, conn, packet, take); err != nil {
			require.ErrorIs(t, err, context.Canceled)
			require.NoError(t, receive(t.Context(), file, conn, packet, take))
		}
		later := make(chan error, 1)
		go func() { later <- unix.Sendto(pair[1], packet, 0, nil) }()
		require.NoError(t, receive(t.Context(), file, conn, packet, take))
		require.NoError(t, <-later)
		cancel()
	}
}
