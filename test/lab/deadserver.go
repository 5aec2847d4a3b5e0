package lab

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// A DeadServer is how the server of a file system fails to answer.
type DeadServer int

// The ways.
const (
	// Silent is a server that takes no request: who waits for it can be
	// killed.
	Silent DeadServer = iota
	// Mute is a server that takes requests and never answers: the kernel
	// waits for it although it has been told to kill who waits. Directories
	// can be entered, nothing else.
	Mute
)

// MountDead mounts a file system on the directory whose server is there and
// does not answer. It is a stand-in for one of a network, with the source
// "srv:/x". When the test ends the server does too, and nobody waits any more.
func MountDead(t testing.TB, point string, how DeadServer) {
	t.Helper()
	fd, err := unix.Open("/dev/fuse", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		Missing(t, fmt.Sprintf("no FUSE here: %v", err))
	}
	t.Cleanup(func() { abortFUSE(point); unix.Close(fd) })
	data := fmt.Sprintf("fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other", fd)
	require.NoError(t, unix.Mount("srv:/x", point, "fuse.hang", 0, data))
	if how == Silent {
		return
	}
	require.NoError(t, answerInit(fd))
	go stayMute(fd)
}

// abortFUSE takes away what is still mounted: the requests end with an error.
func abortFUSE(point string) {
	_ = unix.Unmount(point, unix.MNT_FORCE|unix.UMOUNT_NOFOLLOW)
	_ = unix.Unmount(point, unix.MNT_DETACH|unix.UMOUNT_NOFOLLOW)
}

// The kernel's protocol (linux/fuse.h).
const (
	fuseInit   = 26
	fuseAccess = 34
	headerSize = 40
	answerSize = 16
	initSize   = 64
)

// answerInit takes the kernel's first request and agrees to everything.
func answerInit(fd int) error {
	request := make([]byte, 64<<10)
	n, err := unix.Read(fd, request)
	if err != nil {
		return err
	}
	if n < headerSize+8 || binary.NativeEndian.Uint32(request[4:]) != fuseInit {
		return errors.New("the kernel does not begin with FUSE_INIT")
	}
	body := make([]byte, initSize)
	copy(body, request[headerSize:headerSize+8]) // the kernel's own version
	binary.NativeEndian.PutUint32(body[20:], 64<<10)
	return answer(fd, request, 0, body)
}

// stayMute takes requests. It says only that it has no ACCESS, once.
func stayMute(fd int) {
	request := make([]byte, 1<<20)
	for {
		n, err := unix.Read(fd, request)
		if errors.Is(err, unix.EINTR) || errors.Is(err, unix.ENOENT) {
			continue
		}
		if err != nil || n < headerSize {
			return
		}
		if binary.NativeEndian.Uint32(request[4:]) == fuseAccess {
			_ = answer(fd, request, unix.ENOSYS, nil)
		}
	}
}

func answer(fd int, request []byte, errno unix.Errno, body []byte) error {
	message := make([]byte, answerSize, answerSize+len(body))
	binary.NativeEndian.PutUint32(message, uint32(answerSize+len(body)))
	binary.NativeEndian.PutUint32(message[4:], uint32(-int32(errno)))
	copy(message[8:16], request[8:16])
	_, err := unix.Write(fd, append(message, body...))
	return os.NewSyscallError("write", err)
}
