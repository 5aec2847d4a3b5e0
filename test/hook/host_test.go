package hook

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ocfbox/internal/srhook"
	"ocfbox/test/lab"
	"ocfbox/test/product"
)

// The user ha1adm, who exists in a test's /etc only.
const (
	sidadm   = "ha1adm"
	sidadmID = 61001
)

// A host is this machine with an /etc and a /usr that only the test sees: the real sudo, with rules, a
// user and an SAP HANA of the test's own, and a crm_attribute that answers as told.
type host struct {
	t *testing.T
	// ocfbox is the program.
	ocfbox  string
	cluster *cluster
	// shared is the instance's folder.
	instance string
	// code is where ha1adm can read the provider and the driver.
	code string
}

// newHost may be used by one test at a time, which must not be parallel.
func newHost(t *testing.T) *host {
	lab.Need(t, "root", "sudo", "visudo", "setpriv", "python3")
	dir := product.Folder(t)
	h := &host{t: t, ocfbox: product.Build(t, dir, "ocfbox"), code: dir, instance: "/usr/sap/HA1/HDB10"}
	overlay(t, "/etc")
	overlay(t, "/usr")
	h.write("/etc/passwd", h.read("/etc/passwd")+"ha1adm:*:61001:61001::/tmp:/bin/sh\n", 0o644)
	h.write("/etc/group", h.read("/etc/group")+"sapsys:x:61001:\n", 0o644)
	h.write("/etc/sudoers", "Defaults env_reset\nroot ALL=(ALL:ALL) ALL\n@includedir /etc/sudoers.d\n", 0o440)
	require.NoError(t, os.RemoveAll("/etc/sudoers.d"))
	h.folder("/etc/sudoers.d", 0)
	h.programs()
	h.install()
	return h
}

// overlay lets the test change everything below a folder; nobody else sees it.
func overlay(t *testing.T, folder string) {
	top := filepath.Join(t.TempDir(), "layer")
	require.NoError(t, os.Mkdir(top, 0o755))
	require.NoError(t, unix.Mount("tmpfs", top, "tmpfs", 0, "mode=755"))
	upper, work := filepath.Join(top, "upper"), filepath.Join(top, "work")
	require.NoError(t, os.Mkdir(upper, 0o755))
	require.NoError(t, os.Mkdir(work, 0o755))
	require.NoError(t, unix.Mount("overlay", folder, "overlay", 0, "lowerdir="+folder+",upperdir="+upper+",workdir="+work))
	t.Cleanup(func() {
		require.NoError(t, unix.Unmount(folder, unix.MNT_DETACH))
		require.NoError(t, unix.Unmount(top, unix.MNT_DETACH))
	})
}

func (h *host) read(path string) string {
	text, err := os.ReadFile(path)
	require.NoError(h.t, err)
	return string(text)
}

func (h *host) write(path, text string, mode os.FileMode) {
	h.t.Helper()
	require.NoError(h.t, os.WriteFile(path, []byte(text), mode))
	require.NoError(h.t, os.Chmod(path, mode))
}

func (h *host) folder(path string, owner int) {
	h.t.Helper()
	require.NoError(h.t, os.MkdirAll(path, 0o755))
	require.NoError(h.t, os.Chown(path, owner, owner))
}

// programs puts the fakes in the place of Pacemaker's tools.
func (h *host) programs() {
	self, err := os.ReadFile("/proc/self/exe")
	require.NoError(h.t, err)
	for _, name := range []string{"crm_attribute", "cibadmin", "crm_node", "attrd_updater"} {
		path := "/usr/sbin/" + name
		_ = os.Remove(path)
		h.write(path, string(self), 0o755)
	}
	require.NoError(h.t, os.RemoveAll(fakeDir))
	require.NoError(h.t, os.Mkdir(fakeDir, 0o755))
	h.cluster = &cluster{h.t, fakeDir}
	h.cluster.answer(answer{})
	h.write(filepath.Join(fakeDir, "cib.xml"), cibXML, 0o644)
}

const cibXML = `<cib crm_feature_set="3.16.2" epoch="1" num_updates="1" admin_epoch="0"><configuration><crm_config>
<cluster_property_set id="SAPHanaSR"><nvpair id="a" name="hana_ha1_site_srHook_ROT" value="SOK"/></cluster_property_set>
</crm_config><nodes>
<node id="1" uname="suse01"><instance_attributes id="n1"><nvpair id="b" name="hana_ha1_site" value="WDF"/></instance_attributes></node>
<node id="2" uname="suse02"><instance_attributes id="n2"><nvpair id="c" name="hana_ha1_site" value="ROT"/></instance_attributes></node>
</nodes><resources/><constraints/></configuration><status/></cib>
`

const (
	providerPath = "/usr/share/ocfbox/srhook"
	globalINI    = "/usr/sap/HA1/SYS/global/hdb/custom/config/global.ini"
)

// install installs the providers and the helper, and sets them up in global.ini.
func (h *host) install() {
	root := product.Root(h.t)
	for _, file := range []string{"hooks/SAPHanaSR.py", "hooks/susTkOver.py", "test/hook/testdata/driver.py", "test/hook/testdata/hdb_ha_dr/__init__.py", "test/hook/testdata/hdb_ha_dr/client.py"} {
		to := filepath.Join(h.code, file)
		h.folder(filepath.Dir(to), 0)
		h.write(to, h.read(filepath.Join(root, file)), 0o644)
	}
	h.folder(providerPath, 0)
	ini := ""
	for _, name := range []string{"SAPHanaSR", "susTkOver"} {
		h.write(providerPath+"/"+name+".py", h.read(filepath.Join(root, "hooks", name+".py")), 0o644)
		ini += h.read(filepath.Join(root, "hooks/global.ini_"+name)) + "\n"
	}
	h.folder(filepath.Dir(globalINI), 0)
	h.write(globalINI, ini, 0o644)
	h.write(helperTarget, h.read(h.ocfbox), 0o755)
	h.link()
	h.folder(h.instance+"/suse01", sidadmID)
	h.folder(h.instance, sidadmID)
}

// helperTarget is where the program is installed; link gives it the helper's name.
const helperTarget = "/usr/sbin/ocfbox"

func (h *host) link() {
	_ = os.Remove(srhook.HelperPath)
	require.NoError(h.t, os.Symlink("ocfbox", srhook.HelperPath))
}

// rules are the forms of sudoers that the program prints; both must let the provider work.
func (h *host) rules() map[string]string {
	return map[string]string{
		"exact":   h.must("srhook", "sudoers", "--sid", "HA1", "--sites", "WDF,ROT"),
		"generic": h.must("srhook", "sudoers", "--sid", "HA1", "--generic"),
	}
}

// allow makes text the only rules, which visudo must accept.
func (h *host) allow(text string) {
	h.t.Helper()
	h.write("/etc/sudoers.d/ocfbox-srhook-ha1", text, 0o440)
	out, code := answerOf(h.t, "/", "visudo", "-c")
	require.Zero(h.t, code, out)
}

// must runs ocfbox, which must exit with 0.
func (h *host) must(args ...string) string {
	h.t.Helper()
	return output(h.t, "/", h.ocfbox, args...)
}

// as runs a program as ha1adm.
func (h *host) as(env []string, words ...string) (string, int) {
	h.t.Helper()
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Dir = "/"
	cmd.Env = append([]string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"}, env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: credential()}
	out, err := cmd.CombinedOutput()
	require.NotNil(h.t, cmd.ProcessState, "%s: %v", cmd, err)
	return string(out), cmd.ProcessState.ExitCode()
}

func credential() *syscall.Credential { return &syscall.Credential{Uid: sidadmID, Gid: sidadmID} }

// hana is a provider that runs as ha1adm and finds the real sudo.
func (h *host) hana() *hana {
	p := &hana{
		t: h.t, cluster: h.cluster, config: map[string]string{}, constants: map[string]float64{}, done: map[int]word{},
		instance: h.instance, host: h.instance + "/suse01", user: credential(), code: h.code,
	}
	p.env = []string{"SAPSYSTEMNAME=HA1", "SAP_RETRIEVAL_PATH=" + p.host, "PATH=/usr/bin:/bin", "HOME=/tmp", "USER=" + sidadm}
	return p
}

// running are the processes of the fake crm_attribute.
func running(t *testing.T) []int {
	links, err := filepath.Glob("/proc/[0-9]*/exe")
	require.NoError(t, err)
	var pids []int
	for _, link := range links {
		if to, err := os.Readlink(link); err == nil && strings.HasPrefix(to, "/usr/sbin/crm_attribute") {
			pid, err := strconv.Atoi(strings.Split(link, "/")[2])
			require.NoError(t, err)
			pids = append(pids, pid)
		}
	}
	return pids
}
