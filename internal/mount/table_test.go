package mount

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A stack is a table with what goes wrong when mounts are told apart by their paths alone.
const stack = `1 1 0:1 / / rw - rootfs rootfs rw
27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard
40 27 7:0 / /m/a rw,relatime - ext4 /dev/loop0 rw
41 40 0:50 / /m/a/sub rw - tmpfs tmpfs rw
42 40 0:51 / /m/a rw - tmpfs top rw,size=1m
43 42 7:1 / /m/a/sub ro - ext4 /dev/loop1 ro
44 27 7:2 /x\040y /m/a2 rw master:3 propagate_from:1 - ext4 /dev/loop2 rw
45 27 0:52 / /tab\011line\012back\134hash\043\134040 rw unbindable - fuse.sshfs u@h:/x\040y rw,user_id=0
46 27 0:53 / /hidden/below rw - tmpfs  rw
47 27 0:54 / /hidden rw - tmpfs over rw
`

func parsed(t *testing.T, text string) Table {
	t.Helper()
	table, err := Parse([]byte(text))
	require.NoError(t, err)
	return table
}

func TestALineIsReadFieldByField(t *testing.T) {
	t.Parallel()
	table := parsed(t, stack)
	require.Len(t, table, 10)
	require.Equal(t, Entry{ID: 44, Parent: 27, Device: MakeDevice(7, 2), Root: "/x y", Point: "/m/a2", Options: "rw",
		Super: "rw", Propagation: []string{"master:3", "propagate_from:1"}, Type: "ext4", Source: "/dev/loop2"}, table[6])
	require.Equal(t, "/tab\tline\nback\\hash#\\040", table[7].Point, "an escaped backslash escapes nothing")
	require.Equal(t, "u@h:/x y", table[7].Source)
	require.Equal(t, "", table[8].Source, "a source may be empty")
	require.Equal(t, "254:0", table[1].Device.String())
	require.True(t, table[1].Shared())
	require.False(t, table[6].Shared())
}

func TestWhatIsNoMountinfoIsRefused(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"no separator":    "27 1 254:0 / / rw shared:1 ext4 /dev/vda rw\n",
		"too few fields":  "27 1 254:0 / / - ext4 /dev/vda rw\n",
		"no super fields": "27 1 254:0 / / rw - ext4 /dev/vda\n",
		"a bad number":    "x 1 254:0 / / rw - ext4 /dev/vda rw\n",
		"a bad parent":    "27 y 254:0 / / rw - ext4 /dev/vda rw\n",
		"a bad device":    "27 1 254 / / rw - ext4 /dev/vda rw\n",
		"an empty line":   "\n",
	} {
		_, err := Parse([]byte(text))
		require.Error(t, err, name)
	}
}

func TestTheVisibleMountIsFoundInTheTree(t *testing.T) {
	t.Parallel()
	table := parsed(t, stack)
	for path, want := range map[string]int{
		"/":             27,
		"/m/a":          42, // the upper of two
		"/m/a/sub":      43, // below the upper one; 41 is hidden
		"/m/a2":         44,
		"/hidden":       47,
		"/hidden/below": 0, // hidden by a mount on its parent
		"/m/aXb":        0,
		"/m":            0,
	} {
		e, ok := table.Visible(path)
		require.Equal(t, want != 0, ok, path)
		if ok {
			require.Equal(t, want, e.ID, path)
		}
	}
	e, ok := table.Containing("/m/a/sub/deep/er")
	require.True(t, ok)
	require.Equal(t, 43, e.ID)
}

func TestRelativesOfAMountAreFound(t *testing.T) {
	t.Parallel()
	table := parsed(t, stack)
	require.Equal(t, []int{40, 42}, ids(table.At("/m/a")))
	require.Equal(t, []int{41, 43}, ids(table.Below("/m/a")), "not /m/a2")
	require.Equal(t, []int{41, 42, 43}, ids(table.Descendants(40)))
	require.Equal(t, []int{41, 42}, ids(table.Children(40)))
	require.Equal(t, []int{42}, ids(table.On(MakeDevice(0, 51))))
	_, ok := table.ByID(99)
	require.False(t, ok)
}

func ids(entries []Entry) []int {
	var all []int
	for _, e := range entries {
		all = append(all, e.ID)
	}
	return all
}

func TestAMovedParentMayStandBehindItsChild(t *testing.T) {
	t.Parallel()
	table := parsed(t, `27 1 254:0 / / rw - ext4 /dev/vda rw
41 60 0:50 / /m/a/sub rw - tmpfs tmpfs rw
60 27 0:51 / /m/a rw - tmpfs tmpfs rw
`)
	require.Equal(t, []int{60, 41}, ids(table.Descendants(27)))
	e, ok := table.Visible("/m/a/sub")
	require.True(t, ok)
	require.Equal(t, 41, e.ID)
}

func TestPathsAreComparedByComponents(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		path, base string
		want       bool
	}{
		{"/data", "/data", true},
		{"/data/x", "/data", true},
		{"/data2", "/data", false},
		{"/", "/", true},
		{"/x", "/", true},
		{"/da", "/data", false},
	} {
		require.Equal(t, test.want, Within(test.path, test.base), "%s in %s", test.path, test.base)
	}
}

func TestOptionsAreElementsOfTheList(t *testing.T) {
	t.Parallel()
	require.True(t, HasOption("rw,noatime", "rw"))
	require.True(t, HasOption("loop=/dev/loop3,ro", "loop"))
	require.False(t, HasOption("errors=remount-ro", "ro"))
	require.False(t, HasOption("lowerdir=/x/bind/y", "bind"))
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(stack))
	f.Add([]byte("27 1 254:0 /\\ /\\0 rw - a b c - d\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		table, err := Parse(text)
		if err != nil {
			return
		}
		for _, e := range table {
			table.Visible(e.Point)
			table.Descendants(e.ID)
			table.At(e.Point)
		}
	})
}

func FuzzUnescape(f *testing.F) {
	f.Add("a\\040b\\134")
	f.Fuzz(func(t *testing.T, text string) {
		require.LessOrEqual(t, len(Unescape(text)), len(text))
	})
}
