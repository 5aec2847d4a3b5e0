package hook

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/srhook"
)

// What `ocfbox srhook check` says of an installation that is whole but for one thing. It asks the real sudo
// as ha1adm.
func TestCheckFindsWhatIsWrong(t *testing.T) {
	h := newHost(t)
	rules := h.rules()
	provider := providerPath + "/SAPHanaSR.py"
	good := h.read(globalINI)
	for _, row := range []struct {
		name  string
		spoil func()
		args  []string
		code  int
		want  []string
	}{
		{"nothing is wrong", func() {}, nil, 0,
			[]string{"ok       sudo       SFAIL for site ROT is allowed\n", "ok       sudo       a shell is not allowed\n",
				"ok       attribute  hana_ha1_site_srHook_ROT is SOK\n", "ok       files      no event waits"}},
		{"row S03: the rule of the guide is too wide", func() { h.allow(rules["generic"]) }, nil, 1,
			[]string{"failed   sudo       too wide: an option behind it is allowed", "-v SOK -t crm_config -s SAPHanaSR -n stonith-enabled\n"}},
		{"the rule of the guide is accepted on request", func() { h.allow(rules["generic"]) }, []string{"--generic"}, 0,
			[]string{"warning  sudo       too wide, as the guide's rule is: another attribute behind it is allowed"}},
		{"there are no rules", func() { h.allow("# none\n") }, nil, 1,
			[]string{"failed   sudo       SFAIL for site ROT is not allowed\n", "hint: ocfbox srhook sudoers"}},
		{"one value of one site is forgotten", func() {
			h.allow(strings.ReplaceAll(rules["exact"], "srHook_ROT -v SFAIL ", "srHook_ROT -v OTHER "))
		}, nil, 1, []string{"failed   sudo       SFAIL for site ROT is not allowed\n", "ok       sudo       SFAIL for site WDF is allowed\n"}},
		{"row S04: the system is in the wrong case", func() { h.allow(strings.ReplaceAll(rules["exact"], "hana_ha1_", "hana_HA1_")) }, nil, 1,
			[]string{"failed   sudo       SOK for site WDF is not allowed\n"}},
		{"a rule with a password, as SLES has for everybody", func() {
			h.allow("ha1adm ALL=(root) NOPASSWD: /usr/bin/true\nha1adm ALL=(ALL) ALL\n")
		}, nil, 1, []string{"failed   sudo       SOK for site WDF is allowed with a password only\n", "ok       sudo       a shell is not allowed without a password\n"}},
		{"exact rules behind that of SLES", func() { h.allow("ha1adm ALL=(ALL) ALL\n" + rules["exact"]) }, nil, 0,
			[]string{"ok       sudo       SOK for site WDF is allowed\n"}},
		{"everything is allowed", func() { h.allow("ha1adm ALL=(ALL) NOPASSWD: ALL\n") }, []string{"--generic"}, 1,
			[]string{"failed   sudo       too wide: a shell is allowed\n", "failed   sudo       too wide: a property of the cluster is allowed\n"}},
		{"a terminal is required", func() { h.allow("Defaults requiretty\n" + rules["generic"]) }, []string{"--generic"}, 1,
			[]string{"failed   sudo       sudo wants a terminal"}},
		{"takeovers by hand are not refused", func() { h.write(globalINI, strings.Split(good, "[ha_dr_provider_susTkOver]")[0], 0o644) }, nil, 0,
			[]string{"warning  global.ini " + globalINI + " loads no provider susTkOver: nothing refuses a takeover by hand\n"}},
		{"the rule for the helper is forgotten", func() { h.allow(strings.ReplaceAll(rules["exact"], "=checkTakeover", "=checkTakeOver")) }, nil, 1,
			[]string{"failed   sudo       the question whether a takeover is permitted is not allowed\n", "the missing one allows: /usr/sbin/SAPHanaSR-hookHelper --sid=HA1 --case=checkTakeover\n"}},
		{"row S04: the helper's rule has the system in the wrong case", func() { h.allow(strings.ReplaceAll(rules["exact"], "HA1 --case", "ha1 --case")) }, nil, 1,
			[]string{"failed   sudo       the question whether a takeover is permitted is not allowed\n"}},
		{"the guide's rule for the helper opens fencing", func() { h.allow(rules["generic"]) }, []string{"--generic"}, 0,
			[]string{"warning  sudo       too wide, as the guide's rule is: fencing this node is allowed"}},
		{"the helper is missing", func() { require.NoError(t, os.Remove(srhook.HelperPath)) }, nil, 1,
			[]string{"failed   program    stat /usr/sbin/SAPHanaSR-hookHelper"}},
		{"the other provider's file is missing", func() { require.NoError(t, os.Remove(providerPath+"/susTkOver.py")) }, nil, 1,
			[]string{"failed   provider   open " + providerPath + "/susTkOver.py"}},
		{"global.ini does not load the provider", func() { h.write(globalINI, "[trace]\nx = info\n", 0o644) }, nil, 1,
			[]string{"failed   global.ini " + globalINI + " loads no provider SAPHanaSR\n"}},
		{"there is no global.ini", func() { require.NoError(t, os.Remove(globalINI)) }, []string{"--sid", "HA1"}, 1,
			[]string{"failed   global.ini open "}},
		{"it is loaded twice", func() { h.write(globalINI, good+strings.Replace(good, "_SAPHanaSR]", "_saphanasr2]", 1), 0o644) }, nil, 1,
			[]string{"loads SAPHanaSR more than once\n"}},
		{"another provider does the same", func() {
			h.write(globalINI, good+"[ha_dr_provider_sushanasr]\nprovider = susHanaSR\n", 0o644)
		}, nil, 1, []string{"[ha_dr_provider_sushanasr] loads susHanaSR, which does the same\n"}},
		{"there is no trace level", func() { h.write(globalINI, strings.Split(good, "[trace]")[0], 0o644) }, nil, 0,
			[]string{"warning  global.ini no trace level"}},
		{"the provider is not where global.ini says", func() { require.NoError(t, os.Remove(provider)) }, nil, 1,
			[]string{"failed   provider   open " + provider}},
		{"the provider is not readable", func() { require.NoError(t, os.Chmod(provider, 0o600)) }, nil, 1,
			[]string{"failed   provider   ha1adm cannot read " + provider}},
		{"a folder above is closed", func() { require.NoError(t, os.Chmod(filepath.Dir(providerPath), 0o700)) }, nil, 1,
			[]string{"failed   provider   ha1adm cannot read " + provider}},
		{"everybody can write the provider", func() { require.NoError(t, os.Chmod(provider, 0o666)) }, nil, 1,
			[]string{"failed   provider   everybody can write " + provider}},
		{"the provider's folder is ha1adm's", func() { require.NoError(t, os.Chown(providerPath, sidadmID, sidadmID)) }, nil, 0,
			[]string{"warning  provider   others than root can write " + providerPath}},
		{"crm_attribute is missing", func() { require.NoError(t, os.Remove("/usr/sbin/crm_attribute")) }, []string{"--sites", "WDF,ROT"}, 1,
			[]string{"failed   program    stat /usr/sbin/crm_attribute"}},
		{"the cluster is down", func() { require.NoError(t, os.Remove(fakeDir+"/cib.xml")) }, []string{"--sites", "WDF,ROT"}, 0,
			[]string{"warning  cluster    the cluster is not running on this node\n"}},
		{"there was no event", func() {
			h.write(fakeDir+"/cib.xml", strings.ReplaceAll(cibXML, "hana_ha1_site_srHook_ROT", "other"), 0o644)
		}, nil, 0, []string{"warning  attribute  no attribute hana_ha1_site_srHook_* is set\n"}},
		{"the cluster is another one's", func() { h.write(fakeDir+"/cib.xml", "rubbish", 0o644) }, []string{"--sites", "WDF,ROT"}, 3,
			[]string{"unknown  cluster "}},
		{"an event waits", func() { h.write(h.instance+"/.crm_attribute.ROT", sokLine, 0o640) }, nil, 0,
			[]string{"warning  files      " + h.instance + "/.crm_attribute.ROT waits"}},
		{"ha1adm is in the group that may do everything", func() {
			h.write("/etc/group", h.read("/etc/group")+"haclient:x:61002:ha1adm\n", 0o644)
		}, nil, 0, []string{"warning  user       ha1adm is in group haclient, and enable-acl is \"\"\n"}},
		{"the user is missing", func() { h.write("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n", 0o644) }, nil, 1,
			[]string{"failed   user       there is no user ha1adm\n"}},
		{"the sites are not known", func() { require.NoError(t, os.Remove(fakeDir+"/cib.xml")) }, nil, 3,
			[]string{"ocfbox: hint: name them: --sites WDF,ROT\n"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			restore := h.keep()
			defer restore()
			h.allow(rules["exact"])
			row.spoil()
			out, code := answerOf(t, "/", h.ocfbox, append([]string{"srhook", "check"}, row.args...)...)
			require.Equal(t, row.code, code, out)
			for _, want := range row.want {
				require.Contains(t, out, want)
			}
		})
	}
}

// keep notes what check looks at and returns how to put it back.
func (h *host) keep() (restore func()) {
	passwd, group, ini, attribute := h.read("/etc/passwd"), h.read("/etc/group"), h.read(globalINI), h.read("/usr/sbin/crm_attribute")
	source, other := h.read(providerPath+"/SAPHanaSR.py"), h.read(providerPath+"/susTkOver.py")
	return func() {
		for _, file := range []struct {
			path, text string
			mode       os.FileMode
		}{
			{"/etc/passwd", passwd, 0o644}, {"/etc/group", group, 0o644}, {globalINI, ini, 0o644},
			{"/usr/sbin/crm_attribute", attribute, 0o755}, {providerPath + "/SAPHanaSR.py", source, 0o644},
			{providerPath + "/susTkOver.py", other, 0o644},
			{fakeDir + "/cib.xml", cibXML, 0o644},
		} {
			h.write(file.path, file.text, file.mode)
		}
		require.NoError(h.t, os.Chmod(filepath.Dir(providerPath), 0o755))
		require.NoError(h.t, os.Chown(providerPath, 0, 0))
		_ = os.Remove(h.instance + "/.crm_attribute.ROT")
		h.link()
	}
}

// ha1adm can run it, too; and the fields of the JSON are a promise.
func TestCheckAsTheUserAndAsJSON(t *testing.T) {
	h := newHost(t)
	h.allow(h.rules()["exact"])
	out, code := h.as(nil, h.ocfbox, "srhook", "check", "--sid", "HA1", "--output", "json")
	require.Zero(t, code, out)
	var reports []map[string]any
	require.NoError(t, json.Unmarshal([]byte(out), &reports), out)
	require.Len(t, reports, 1)
	require.Equal(t, "HA1", reports[0]["sid"])
	require.Equal(t, []any{"ROT", "WDF"}, reports[0]["sites"])
	require.Equal(t, true, reports[0]["ok"])
	require.Greater(t, len(reports[0]["findings"].([]any)), 20)
}

func TestDrainWritesWhatIsLeft(t *testing.T) {
	h := newHost(t)
	p := h.hana()
	h.cluster.answer(answer{Code: 102})
	h.allow(h.rules()["exact"])
	p.start(python{path: python3(t)})
	p.call(lost("ROT"))
	require.Equal(t, sfailLine, p.left("ROT"))

	out, code := answerOf(t, "/", h.ocfbox, "srhook", "drain")
	require.Equal(t, 1, code, out)
	require.Contains(t, out, "kept      "+h.instance+"/.crm_attribute.ROT: ")
	require.Equal(t, sfailLine, p.left("ROT"))

	h.cluster.answer(answer{})
	out, code = answerOf(t, "/", h.ocfbox, "srhook", "drain")
	require.Zero(t, code, out)
	require.Contains(t, out, "written   SFAIL for site ROT, ")
	require.Equal(t, "SFAIL", h.cluster.value("ROT"))
	require.Equal(t, []string{}, p.files())

	out, code = answerOf(t, "/", h.ocfbox, "srhook", "drain", "--output", "json")
	require.Zero(t, code, out)
	require.Equal(t, "[]\n", out)
}

// Somebody else's file, and one that a privileged reader could be led astray with.
func TestDrainTrustsOnlyTheUsersFiles(t *testing.T) {
	h := newHost(t)
	path := h.instance + "/.crm_attribute.ROT"
	h.write(path, sfailLine, 0o640)
	require.NoError(t, os.Chown(path, 65534, 65534))
	old := time.Now().Add(-time.Hour)
	require.NoError(t, os.Chtimes(path, old, old))
	out, code := answerOf(t, "/", h.ocfbox, "srhook", "drain", "--sid", "HA1")
	require.Equal(t, 1, code, out)
	require.Contains(t, out, "set aside "+path+": belongs to user 65534 and not to ha1adm\n")
	require.Empty(t, h.cluster.value("ROT"))
}

func TestOnAHostWithoutHANA(t *testing.T) {
	h := newHost(t)
	require.NoError(t, os.RemoveAll("/usr/sap"))
	for _, args := range [][]string{{"check"}, {"drain"}, {"sudoers"}} {
		out, code := answerOf(t, "/", h.ocfbox, append([]string{"srhook"}, args...)...)
		require.Equal(t, 3, code, out)
		require.Contains(t, out, "ocfbox: no SAP HANA system is installed here\n")
	}
}
