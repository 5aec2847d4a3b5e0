package mount

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func TestOptionsArePartedByWhoActsOnThem(t *testing.T) {
	t.Parallel()
	for list, want := range map[string]Options{
		"":                       {},
		"defaults,nofail,noauto": {},
		"ro,noatime": {Set: unix.MOUNT_ATTR_RDONLY | unix.MOUNT_ATTR_NOATIME, Clear: unix.MOUNT_ATTR__ATIME, Atime: true,
			Super: []string{"ro"}},
		"ro,rw":                   {Clear: unix.MOUNT_ATTR_RDONLY, Super: []string{"ro", "rw"}},
		"nosuid,suid,nodev":       {Set: unix.MOUNT_ATTR_NODEV, Clear: unix.MOUNT_ATTR_NOSUID},
		"bind,ro":                 {Bind: true, Set: unix.MOUNT_ATTR_RDONLY, Super: []string{"ro"}},
		"rbind,rslave,private":    {Bind: true, Recursive: true, Propagation: []uintptr{unix.MS_SLAVE | unix.MS_REC, unix.MS_PRIVATE}},
		"lowerdir=/x/bind/y":      {Data: []string{"lowerdir=/x/bind/y"}},
		"loop,offset=1M":          {Loop: true, Offset: 1 << 20},
		"loop=/dev/loop3,ro":      {Loop: true, LoopDevice: "/dev/loop3", Set: unix.MOUNT_ATTR_RDONLY, Super: []string{"ro"}},
		"loop,sizelimit=much":     {Loop: true, Foreign: []string{"sizelimit"}},
		"offset=3":                {Data: []string{"offset=3"}},
		"_netdev,x-a.b=1,user":    {Foreign: []string{"_netdev", "x-a.b", "user"}},
		`context="a,b",data=x`:    {Data: []string{"context=a,b", "data=x"}},
		"sync,lazytime,silent,rw": {Clear: unix.MOUNT_ATTR_RDONLY, Super: []string{"sync", "lazytime", "rw"}},
	} {
		require.Equal(t, want, ParseOptions(list), "%q", list)
	}
}

func TestSizes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]uint64{"0": 0, "4096": 4096, "0x10": 16, "2K": 2048, "1MiB": 1 << 20, "3G": 3 << 30} {
		got, err := parseSize(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"", "M", "1X", "1MB2", "99999999999T", "-1"} {
		_, err := parseSize(text)
		require.Error(t, err, text)
	}
}

func TestTheLastOfTwoContradictingFlagsCounts(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"sync"}, superOptions([]string{"ro", "sync", "rw"}))
	require.Equal(t, []string{"ro"}, superOptions([]string{"rw", "ro", "ro"}))
	require.Empty(t, superOptions([]string{"sync", "async", "lazytime", "nolazytime", "mand", "nomand"}))
}

func FuzzParseOptions(f *testing.F) {
	f.Add(`ro,context="a,b",loop,offset=1M,x-a=1`)
	f.Fuzz(func(t *testing.T, list string) {
		o := ParseOptions(list)
		require.Zero(t, o.Set&o.Clear&^unix.MOUNT_ATTR__ATIME, "a flag is set or cleared, not both")
		require.LessOrEqual(t, len(o.Data)+len(o.Super)+len(o.Foreign), len(list))
	})
}
