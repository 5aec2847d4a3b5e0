package holder

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/mount"
)

func TestTheMountIsReadFromDescriptors(t *testing.T) {
	t.Parallel()
	id, ok := mountID([]byte("pos:\t0\nflags:\t02100000\nmnt_id:\t29\nino:\t2\n"))
	require.True(t, ok)
	require.Equal(t, 29, id)
	for _, text := range []string{"", "mnt_id:\n", "mnt_id:\t-1\n", "xmnt_id:\t3\n", "mnt_id:\t3 4\n"} {
		_, ok := mountID([]byte(text))
		require.False(t, ok, "%q", text)
	}
}

func TestMappingsAreRead(t *testing.T) {
	t.Parallel()
	m, ok := parseMapping([]byte("00400000-00452000 r-xp 00000000 fd:01 173521      /m/a b/dbus\\012daemon (deleted)\n"))
	require.True(t, ok)
	require.Equal(t, mapping{"400000", "452000", mount.MakeDevice(253, 1), "/m/a b/dbus\ndaemon (deleted)"}, m)
	for _, line := range []string{
		"", "7f1c-7f1d r--p 00000000 00:00 0 \n", "7f1c r--p 00000000 fd:01 1 /x\n", "7f1c-7f1d r--p 00000000 fd01 1 /x\n",
		"7ffd00000000-7ffd00001000 rw-p 00000000 00:00 0                          [stack]\n",
	} {
		_, ok := parseMapping([]byte(line))
		require.False(t, ok, "%q", line)
	}
}

func TestStatusIsReadWhateverTheName(t *testing.T) {
	t.Parallel()
	text := "7 (x) S 1 (y) S 3 7 7 0 -1 2129984 1 2 3 4 5 6 7 8 20 0 1 0 4711 1 1\n"
	st, ok := parseStatus([]byte(text))
	require.True(t, ok)
	require.Equal(t, status{"x) S 1 (y", 'S', 3, true, "4711"}, st)
	for _, text := range []string{"", "7 x S 1", "7 (x S 1 2", "7 )x( S 1 2 3 4 5 6 7 8", strings.Replace(text, " 3 7", " ? 7", 1)} {
		_, ok := parseStatus([]byte(text))
		require.False(t, ok, "%q", text)
	}
}

// message is one of a sock_diag answer.
func message(kind uint16, body []byte) []byte {
	m := make([]byte, 16, 16+len(body))
	binary.NativeEndian.PutUint32(m, uint32(16+len(body)))
	binary.NativeEndian.PutUint16(m[4:], kind)
	return append(m, body...)
}

func attribute(kind uint16, value []byte) []byte {
	a := make([]byte, 4)
	binary.NativeEndian.PutUint16(a, uint16(4+len(value)))
	binary.NativeEndian.PutUint16(a[2:], kind)
	a = append(a, value...)
	return append(a, make([]byte, aligned(len(a))-len(a))...)
}

// socketMessage is a socket bound to a file.
func socketMessage(number, device uint32, name string) []byte {
	body := make([]byte, answerLength)
	binary.NativeEndian.PutUint32(body[4:], number)
	body = append(body, attribute(attributeName, []byte(name))...)
	vfs := make([]byte, 8)
	binary.NativeEndian.PutUint32(vfs[4:], device)
	return message(sockDiagByFamily, append(body, attribute(attributeVFS, vfs)...))
}

func TestBoundSocketsAreRead(t *testing.T) {
	t.Parallel()
	unbound := message(sockDiagByFamily, append(make([]byte, answerLength), attribute(attributeName, []byte("\x00abstract"))...))
	data := append(socketMessage(4711, 253<<20|1, "/m/a/s\x00"), unbound...)
	data = append(data, message(3, make([]byte, 4))...)
	all, done, err := parseDump(data)
	require.NoError(t, err)
	require.True(t, done)
	require.Equal(t, []bound{{4711, disk, "/m/a/s"}}, all)
	_, _, err = parseDump(message(2, []byte{0xfe, 0xff, 0xff, 0xff}))
	require.ErrorContains(t, err, "no such file")
	_, _, err = parseDump(append(message(sockDiagByFamily, nil)[:15], 0xff))
	require.NoError(t, err)
	_, _, err = parseDump([]byte(strings.Repeat("\xff", 16)))
	require.ErrorIs(t, err, errDump)
}

func TestASocketIsInTheTargetByDeviceAndName(t *testing.T) {
	t.Parallel()
	root := mount.Entry{ID: 1, Parent: 0, Point: "/", Root: "/", Device: mount.MakeDevice(8, 1)}
	ours := mount.Entry{ID: 50, Parent: 1, Point: "/m/a", Root: "/", Device: disk}
	twin := mount.Entry{ID: 60, Parent: 1, Point: "/m/b", Root: "/", Device: disk}
	targets := []mount.Target{target}
	for _, test := range []struct {
		name  string
		table mount.Table
		bound bound
		want  bool
	}{
		{"by the device, where it is mounted nowhere else", mount.Table{root, ours}, bound{1, disk, "s"}, true},
		{"by the name, where it is", mount.Table{root, ours, twin}, bound{1, disk, "/m/a/./s"}, true},
		{"not through the other mount", mount.Table{root, ours, twin}, bound{1, disk, "/m/b/s"}, false},
		{"not by a name that says nothing", mount.Table{root, ours, twin}, bound{1, disk, "s"}, false},
		{"not on another device", mount.Table{root, ours}, bound{1, mount.MakeDevice(8, 1), "/m/a/s"}, false},
	} {
		id, ok := test.bound.in(test.table, targets)
		require.Equal(t, test.want, ok, test.name)
		if ok {
			require.Equal(t, 50, id)
		}
	}
}

func FuzzMountID(f *testing.F) {
	f.Add([]byte("pos:\t0\nflags:\t02100000\nmnt_id:\t29\n"))
	f.Add([]byte("mnt_id:\t99999999999999999999\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if id, ok := mountID(text); ok {
			require.GreaterOrEqual(t, id, 0)
		}
	})
}

func FuzzMapping(f *testing.F) {
	f.Add([]byte("00400000-00452000 r-xp 00000000 fd:01 173521      /m/a b/x (deleted)\n"))
	f.Add([]byte("0-0 ---- 0 0:0 1 "))
	f.Fuzz(func(t *testing.T, line []byte) {
		if m, ok := parseMapping(line); ok {
			require.NotContains(t, m.file(), " ")
			require.NotEmpty(t, m.from)
			require.NotEmpty(t, m.to)
		}
	})
}

func FuzzStatus(f *testing.F) {
	f.Add([]byte("7 (x) S 1 (y) S 3 7 7 0 -1 2129984 1 2 3 4 5 6 7 8 20 0 1 0 4711 1 1\n"))
	f.Add([]byte(") ("))
	f.Fuzz(func(t *testing.T, text []byte) {
		if st, ok := parseStatus(text); ok {
			require.NotEmpty(t, st.begun)
			require.NotZero(t, st.state)
		}
	})
}

func FuzzSockets(f *testing.F) {
	f.Add(socketMessage(1, disk32, "/m/a/s"))
	f.Add([]byte(strings.Repeat("\x10", 40)))
	f.Fuzz(func(t *testing.T, data []byte) {
		all, _, _ := parseDump(data)
		require.LessOrEqual(t, len(all), len(data)/16)
	})
}

// disk32 is the disk's number as the kernel keeps it.
const disk32 = 253<<20 | 1
