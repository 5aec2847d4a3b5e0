package holder

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSomeProcessesAreSpared(t *testing.T) {
	t.Parallel()
	p := village()
	stat := func(pid, name, parent, flags string) {
		p.files[pid+"/stat"] = pid + " (" + name + ") S " + parent + " 1 1 0 -1 " + flags + " 1 1 1 1 1 1 1 1 20 0 1 0 77 1 1\n"
	}
	stat("1", "systemd", "0", "4194304")
	stat("100", "pacemaker-exe", "1", "4194304")
	stat("101", "Filesystem", "100", "4194304")
	stat("2", "kthreadd", "0", "2129984")
	for pid, program := range map[int]string{
		20: "/usr/lib/pacemaker/crmd", 21: "/usr/sbin/corosync", 22: "/usr/sbin/stonith_admin (deleted)", 23: "/usr/sbin/sbd",
		24: "/usr/libexec/pacemaker/pacemaker-controld", 30: "/opt/app/pacemaker.sh/run", 31: "/bin/sh",
	} {
		p.process(pid, "name", program)
	}
	p.process(32, "corosync", "/usr/bin/python3") // a name that it has given itself
	p.process(33, "a) S 1 (b", "/bin/x")
	p.process(34, "pacemakerd", "")
	delete(p.links, "34/exe")
	family := FamilyOf(p, 101)
	for pid, want := range map[int]string{
		101: "this process itself", 100: "an ancestor of this process", 1: "the first process", 2: "a kernel thread",
		20: "part of the cluster software", 21: "part of the cluster software", 22: "part of the cluster software",
		23: "part of the cluster software", 24: "part of the cluster software", 34: "part of the cluster software",
		30: "", 31: "", 32: "", 33: "", 999: "",
	} {
		require.Equal(t, want, family.Spares(p, pid), "process %d", pid)
	}
}

func TestAProcessIsDescribed(t *testing.T) {
	t.Parallel()
	p := village()
	p.process(11, "my app", "/bin/app")
	p.files["11/status"] = "Name:\tmy app\nUid:\t1000\t1000\t1000\t1000\n"
	p.files["11/cmdline"] = "/bin/app\x00--serve\x00"
	require.Equal(t, "pid=11 ppid=1 uid=1000 /bin/app --serve", Describe(p, 11).String())
	require.Equal(t, "pid=10 ppid=1 uid=? [idle]", Describe(p, 10).String())
	require.Equal(t, "pid=99 ppid=0 uid=? [?]", Describe(p, 99).String())
}

func TestRingsWithFilesAreFound(t *testing.T) {
	t.Parallel()
	p := village()
	for pid, files := range map[int]string{11: "UserFiles:\t2\n    0: disk.img\n", 12: "UserFiles:\t0\n", 13: "SqMask:\t0x3\n"} {
		p.process(pid, "app", "/bin/app")
		p.links[child(pid, "fd/0")] = "anon_inode:[io_uring]"
		p.files[child(pid, "fdinfo/0")] = "pos:\t0\nflags:\t02\nmnt_id:\t15\n" + files
	}
	require.Equal(t, []int{11}, Rings(t.Context(), p))
}
