package holder

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/mount"
)

var disk = mount.MakeDevice(253, 1)

// target is the mount that the made-up processes use or do not.
var target = mount.Target{ID: 50, Device: disk, Root: "/", Point: "/m/a"}

// village is a made-up /proc with an idle process 10, and self in the first mount namespace.
func village() *tree {
	t := newTree()
	t.links["self/ns/mnt"] = "mnt:[1]"
	t.process(10, "idle", "/bin/idle")
	return t
}

// found are the users that a whole search finds.
func found(t *testing.T, s *Search) []User {
	t.Helper()
	s.Targets = append(s.Targets, target)
	return all(t, s)
}

// all are the users that processes and memory maps show, each once.
func all(t *testing.T, s *Search) []User {
	t.Helper()
	users, complete, err := s.Users(t.Context())
	require.NoError(t, err)
	require.True(t, complete)
	mapped, complete, err := s.Mapped(t.Context())
	require.NoError(t, err)
	require.True(t, complete)
	return append(users, mapped...)
}

func TestAProcessUsesAMountInManyWays(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		use  func(*tree, *Search)
		want How
	}{
		{"by its working directory", func(p *tree, _ *Search) { p.places["11/cwd"] = Place{Mount: 50} }, WorkingDirectory},
		{"by its root directory", func(p *tree, _ *Search) { p.places["11/root"] = Place{Mount: 50} }, RootDirectory},
		{"by its program", func(p *tree, _ *Search) { p.places["11/exe"] = Place{Mount: 50} }, Program},
		{"by an open file", func(p *tree, _ *Search) { p.places["11/fd/7"] = Place{Mount: 50} }, OpenFile},
		{"by a mapped file", func(p *tree, _ *Search) {
			p.files["11/maps"] = "00400000-00452000 r-xp 00000000 fd:01 131 /m/a/x\n"
			p.places["11/map_files/400000-452000"] = Place{Mount: 50}
		}, MappedFile},
		{"by a mapped file where mapped files cannot be looked at", func(p *tree, _ *Search) {
			p.files["11/maps"] = "00400000-00452000 r-xp 00000000 fd:01 131 /m/a/x y (deleted)\n"
		}, MappedFile},
		{"by a mapped file that shows the device of an overlay's lower layer", func(p *tree, _ *Search) {
			p.files["11/maps"] = "00400000-00452000 r-xp 00000000 08:11 131 /m/a/x\n"
			p.places["11/map_files/400000-452000"] = Place{Mount: 50}
		}, MappedFile},
		{"by a bound socket", func(p *tree, s *Search) {
			p.places["11/fd/3"] = Place{Mount: 9, Inode: 4711, Socket: true}
			s.Sockets = map[uint64]int{4711: 50}
		}, BoundSocket},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p, s := village(), &Search{}
			p.process(11, "user", "/bin/user")
			s.Proc = p
			test.use(p, s)
			require.Equal(t, []User{{PID: 11, How: test.want, Mount: 50}}, found(t, s))
			require.True(t, s.Again(User{PID: 11, How: test.want, Mount: 50}))
			require.False(t, s.Again(User{PID: 10, How: test.want, Mount: 50}))
		})
	}
}

// What only looks like a use is none.
func TestDecoysAreNoUsers(t *testing.T) {
	t.Parallel()
	for name, decoy := range map[string]func(*tree, *Search){
		"the same path in another mount namespace": func(p *tree, _ *Search) {
			p.places["11/cwd"], p.links["11/cwd"] = Place{Mount: 51, Device: disk}, "/m/a"
			p.links["11/ns/mnt"] = "mnt:[2]"
			p.files["11/maps"] = "00400000-00452000 r-xp 00000000 fd:01 131 /m/a/x\n"
		},
		"a name that goes on": func(p *tree, _ *Search) {
			p.places["11/fd/4"], p.links["11/fd/4"] = Place{Mount: 1}, "/m/a2/file"
			p.files["11/maps"] = "00400000-00452000 r-xp 00000000 08:01 131 /m/a2/file\n"
		},
		"a deleted file of a mount that was there before": func(p *tree, _ *Search) {
			p.places["11/fd/4"], p.links["11/fd/4"] = Place{Mount: 49}, "/m/a/file (deleted)"
			p.files["11/maps"] = "00400000-00452000 r-xp 00000000 08:01 131 /m/a/file (deleted)\n"
			p.places["11/map_files/400000-452000"] = Place{Mount: 49}
		},
		"the same file system through another mount": func(p *tree, _ *Search) {
			p.places["11/cwd"] = Place{Mount: 60, Device: disk}
			p.files["11/maps"] = "00400000-00452000 r-xp 00000000 fd:01 131 /m/b/x\n"
			p.places["11/map_files/400000-452000"] = Place{Mount: 60}
		},
		"a device whose number begins alike": func(p *tree, _ *Search) {
			p.files["11/maps"] = "00400000-00452000 r-xp 00000000 fd:10 131 /m/b/x\n"
		},
		"a socket bound in another mount namespace": func(p *tree, s *Search) {
			p.places["11/fd/3"] = Place{Inode: 4711, Socket: true}
			p.links["11/ns/mnt"] = "mnt:[2]"
			s.Sockets = map[uint64]int{4711: 50}
		},
		"a file whose number is that of a bound socket": func(p *tree, s *Search) {
			p.places["11/fd/3"] = Place{Inode: 4711}
			s.Sockets = map[uint64]int{4711: 50}
		},
		"a process that has ended in the meantime": func(p *tree, _ *Search) {
			for _, link := range []string{"cwd", "root", "exe", "fd/0"} {
				delete(p.places, "11/"+link)
			}
			delete(p.files, "11/maps")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, s := village(), &Search{}
			p.process(11, "decoy", "/bin/decoy")
			s.Proc = p
			decoy(p, s)
			require.Empty(t, found(t, s))
		})
	}
}

func TestThreadsAreSearchedForWhatTheProcessDoesNotShow(t *testing.T) {
	t.Parallel()
	p := village()
	p.process(11, "user", "/bin/user")
	p.places["11/task/11/cwd"] = Place{Mount: 1}
	p.places["11/task/13/cwd"] = Place{Mount: 50}
	s := &Search{Proc: p}
	require.Empty(t, found(t, s))
	users, complete, err := s.Threads(t.Context())
	require.NoError(t, err)
	require.True(t, complete)
	want := User{PID: 11, How: WorkingDirectory, Mount: 50, Thread: 13}
	require.Equal(t, []User{want}, users)
	require.True(t, s.Again(want))
}

// A process that does not tell its memory map holds the others up for a moment and no more.
func TestAStuckProcessIsLeftBehind(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := village()
		for _, pid := range []int{11, 12, 13} {
			p.process(pid, "user", "/bin/user")
		}
		p.slow["11/maps"] = time.Hour
		p.files["12/maps"] = "00400000-00452000 r-xp 00000000 fd:01 131 /m/a/x\n"
		p.files["13/maps"] = p.files["12/maps"]
		s := &Search{Proc: p, Targets: []mount.Target{target}}
		began := time.Now()
		users, complete, err := s.Mapped(t.Context())
		require.NoError(t, err)
		require.False(t, complete)
		require.Equal(t, []User{{PID: 12, How: MappedFile, Mount: 50}, {PID: 13, How: MappedFile, Mount: 50}}, users)
		require.LessOrEqual(t, time.Since(began), 2*defaultStuck)
		time.Sleep(2 * time.Hour) // what was left behind comes back and finds nobody
	})
}

func TestASearchEndsWhenAllProcessesAreStuck(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := village()
		for pid := 11; pid < 111; pid++ {
			p.process(pid, "user", "/bin/user")
			p.slow[child(pid, "maps")] = time.Hour
		}
		s := &Search{Proc: p, Targets: []mount.Target{target}}
		began := time.Now()
		_, complete, err := s.Mapped(t.Context())
		require.NoError(t, err)
		require.False(t, complete)
		require.Less(t, time.Since(began), 10*time.Second)
		time.Sleep(2 * time.Hour)
	})
}
