package hook

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ocfbox/internal/srhook"
)

const sid = "HA1"

func TestThroughTheRealSudoWithBothFormsOfTheRules(t *testing.T) {
	h := newHost(t)
	for form, rules := range h.rules() {
		t.Run(form, func(t *testing.T) {
			h.allow(rules)
			p := h.hana()
			p.t = t
			p.start(python{path: python3(t)})
			for _, site := range []string{"ROT", "WDF"} {
				p.call(lost(site))
				require.Equal(t, "SFAIL", h.cluster.value(site), p.traced())
				p.call(inSync(site))
				require.Equal(t, "SOK", h.cluster.value(site), p.traced())
			}
			require.Empty(t, p.traced("error"))
			require.Equal(t, []string{}, p.files())
		})
	}
	require.Equal(t, strings.TrimPrefix(command("ROT", "SFAIL"), "sudo -n /usr/sbin/"), h.cluster.calls()[0])
}

func TestWithoutARuleTheEventIsLeft(t *testing.T) {
	h := newHost(t)
	p := h.hana().start(python{path: python3(t)})
	require.Less(t, p.call(lost("ROT")), 2*slack)
	require.Equal(t, sfailLine, p.left("ROT"))
	require.Contains(t, p.traced("error"), "rc=1 (denied by sudo")
	require.Empty(t, h.cluster.calls())
}

// sudo hands SIGTERM on to what it runs as root; nothing is left running.
func TestACommandThatHangsIsEndedThroughSudo(t *testing.T) {
	// A tenth of it is the time that sudo has to end.
	const budget = 5 * time.Second
	h := newHost(t)
	h.allow(h.rules()["exact"])
	h.cluster.answer(answer{Delay: forever})
	p := h.hana()
	p.config["srhook_timeout_sfail"] = seconds(budget)
	p.start(python{path: python3(t)})
	took := p.call(lost("ROT"))
	require.GreaterOrEqual(t, took, budget)
	require.Less(t, took, budget+grace(budget)+slack)
	require.Contains(t, p.traced(), "rc=124")
	require.Equal(t, sfailLine, p.left("ROT"))
	require.Eventually(t, func() bool { return len(running(t)) == 0 }, patience, 10*time.Millisecond)
}

// What ignores SIGTERM goes on as root after sudo was killed. HANA is not held up, and the value of a
// later success is left as well, for the case that the old one is written late.
func TestACommandThatCannotBeEndedDoesNotHoldUpHANA(t *testing.T) {
	const budget = 2 * time.Second
	h := newHost(t)
	h.allow(h.rules()["exact"])
	h.cluster.answer(answer{Delay: forever, Stubborn: true, Next: []answer{{}}})
	p := h.hana()
	p.config["srhook_timeout_sfail"] = seconds(budget)
	p.start(python{path: python3(t)})
	took := p.call(lost("ROT"))
	survivors := running(t)
	for _, pid := range survivors {
		require.NoError(t, unix.Kill(pid, unix.SIGKILL))
	}
	require.Len(t, survivors, 1)
	require.Less(t, took, budget+grace(budget)+slack)
	require.Contains(t, p.traced(), "rc=137")
	require.Equal(t, sfailLine, p.left("ROT"))
	p.call(inSync("ROT"))
	require.Equal(t, "SOK", h.cluster.value("ROT"))
	require.Equal(t, sokLine, p.left("ROT"))
}

func TestRowsS01AndS02TheExactRulesAllowExactlyTheCommands(t *testing.T) {
	h := newHost(t)
	h.allow(h.rules()["exact"])
	wanted := 0
	for _, site := range []srhook.Site{"WDF", "ROT"} {
		for _, value := range []srhook.Value{srhook.SOK, srhook.SFAIL} {
			words := srhook.Command(sid, site, value)
			out, code := h.as(nil, append([]string{"sudo", "-n", "-l"}, words...)...)
			require.Zero(t, code, out)
			out, code = h.as(nil, append([]string{"sudo", "-n"}, words...)...)
			require.Zero(t, code, out)
			wanted++
			// Every word that is added, left out, doubled or changed makes it another command.
			for i := range words {
				for _, other := range [][]string{
					append(append([]string{}, words[:i]...), words[i+1:]...),
					append(append(append([]string{}, words[:i+1]...), "-D"), words[i+1:]...),
					append(append(append([]string{}, words[:i]...), words[i]+"x"), words[i+1:]...),
				} {
					if len(other) == 0 || other[0] == "" || !strings.HasPrefix(other[0], "/") {
						continue
					}
					out, code = h.as(nil, append([]string{"sudo", "-n"}, other...)...)
					require.Equal(t, 1, code, "%q: %s", other, out)
				}
			}
		}
	}
	out, code := h.as(nil, append(append([]string{"sudo", "-n"}, srhook.Command(sid, "ROT", srhook.SOK)...), "-n", "stonith-enabled")...)
	require.Equal(t, 1, code, out)
	require.Len(t, h.cluster.calls(), wanted, "nothing but the wanted commands was run")
}

// What the wildcard of the guide's rule opens; `ocfbox srhook check` says so.
func TestTheGenericRuleAllowsFurtherOptions(t *testing.T) {
	h := newHost(t)
	h.allow(h.rules()["generic"])
	_, code := h.as(nil, "sudo", "-n", "/usr/sbin/crm_attribute", "-n", "hana_ha1_site_srHook_X", "-n", "stonith-enabled", "-v", "false")
	require.Zero(t, code)
	require.Contains(t, h.cluster.calls()[0], "stonith-enabled")
}

func TestRowS06TheCallersEnvironmentDoesNotReachTheCommand(t *testing.T) {
	h := newHost(t)
	h.allow(h.rules()["exact"])
	words := append([]string{"sudo", "-n"}, srhook.Command(sid, "ROT", srhook.SOK)...)
	out, code := h.as([]string{"CIB_file=/tmp/x"}, words...)
	require.Zero(t, code, out)
	require.NotContains(t, h.cluster.calls()[0], "CIB_file")
	_, code = h.as(nil, append([]string{"sudo", "-n", "CIB_file=/tmp/x"}, words[2:]...)...)
	require.Equal(t, 1, code)
	require.Len(t, h.cluster.calls(), 1)
}

func TestRowS07RulesForSitesWhoseNamesNoAliasMayHave(t *testing.T) {
	h := newHost(t)
	h.allow(h.must("srhook", "sudoers", "--sid", "HA1", "--sites", "my-site,S_1-x,1"))
	p := h.hana().start(python{path: python3(t)})
	p.call(lost("my-site"))
	require.Equal(t, "SFAIL", h.cluster.value("my-site"), p.traced())
}

// Two systems on one host must not share the names of their aliases.
func TestRulesOfTwoSystemsGoTogether(t *testing.T) {
	h := newHost(t)
	h.write("/etc/sudoers.d/ocfbox-srhook-ha2", h.must("srhook", "sudoers", "--sid", "HA2", "--sites", "WDF,ROT"), 0o440)
	h.allow(h.rules()["exact"])
	p := h.hana().start(python{path: python3(t)})
	p.call(lost("ROT"))
	require.Equal(t, "SFAIL", h.cluster.value("ROT"), p.traced())
}

// Without a terminal, some systems' sudo refuses everything.
func TestTheExactRulesWorkWhereATerminalIsRequired(t *testing.T) {
	h := newHost(t)
	h.allow("Defaults requiretty\n" + h.rules()["exact"])
	p := h.hana().start(python{path: python3(t)})
	p.call(lost("ROT"))
	require.Equal(t, "SFAIL", h.cluster.value("ROT"), p.traced())
}

// Through the real sudo and the real program: the cluster manages the pair, and then it does not.
func TestRowsT07ToT12ATakeoverThroughTheRealSudo(t *testing.T) {
	h := newHost(t)
	h.allow(h.rules()["exact"])
	cib := func(sra, meta string) string {
		return strings.Replace(strings.Replace(cibXML, "<resources/>", `<resources><clone id="msl"><meta_attributes id="m"><nvpair id="m1" name="promotable" value="true"/>`+meta+
			`</meta_attributes><primitive id="rsc" class="ocf" provider="suse" type="SAPHana"><instance_attributes id="p"><nvpair id="p1" name="SID" value="HA1"/></instance_attributes></primitive></clone></resources>`, 1),
			"<status/>", `<status><node_state id="2" uname="suse02"><transient_attributes id="2"><instance_attributes id="s"><nvpair id="s1" name="hana_ha1_sra" value="`+sra+`"/></instance_attributes></transient_attributes></node_state></status>`, 1)
	}
	for _, row := range []struct {
		name, cib string
		want      int
		trace     string
	}{
		{"the cluster is in charge", cib("-", ""), refused, "cmdrc=4"},
		{"row T07: the cluster takes over", cib("T", ""), 0, "cmdrc=0"},
		{"row T10: the clone is in maintenance", cib("-", `<nvpair id="m2" name="maintenance" value="TRUE"/>`), 0, "cmdrc=5"},
		{"row T13: another cluster", cibXML, 0, "cmdrc=7"},
		{"rubbish", "rubbish", refused, "cmdrc=97"},
		{"row T12: no cluster", "", 0, "cmdrc=6"},
	} {
		t.Run(row.name, func(t *testing.T) {
			require.NoError(t, os.RemoveAll(fakeDir+"/cib.xml"))
			if row.cib != "" {
				h.write(fakeDir+"/cib.xml", row.cib, 0o644)
			}
			p := h.hana()
			p.t, p.provider = t, "susTkOver"
			p.start(python{path: python3(t)})
			code, _ := p.takeover(false)
			require.Equal(t, row.want, code, p.traced())
			require.Contains(t, p.traced(), row.trace)
		})
	}
	t.Run("row S05: the rule does not allow the program by its own name, nor another case", func(t *testing.T) {
		for _, words := range [][]string{
			{helperTarget, "version"}, {helperTarget, "--sid=HA1", "--case=checkTakeover"},
			{srhook.HelperPath, "--sid=HA1", "--case=fenceMe"}, {srhook.HelperPath, "--sid=HA2", "--case=checkTakeover"}, {srhook.HelperPath},
			append(srhook.TakeoverCommand(sid), "--case=fenceMe"),
		} {
			out, code := h.as(nil, append([]string{"sudo", "-n"}, words...)...)
			require.Equal(t, 1, code, "%q: %s", words, out)
			require.Contains(t, out, "a password is required", "%q", words)
		}
	})
	t.Run("the guide's rule opens fencing, and no other system's", func(t *testing.T) {
		h.allow(h.rules()["generic"])
		out, code := h.as(nil, "sudo", "-n", srhook.HelperPath, "--sid=HA2", "--case=fenceMe")
		require.Equal(t, 2, code, out)
		require.Contains(t, out, "only ha2adm may")
	})
	t.Run("without a rule it is refused, and says why", func(t *testing.T) {
		h.allow("# none\n")
		p := h.hana()
		p.t, p.provider = t, "susTkOver"
		p.start(python{path: python3(t)})
		code, _ := p.takeover(false)
		require.Equal(t, refused, code)
		require.Contains(t, p.traced("error"), "cmdrc=1: sudo must allow: ha1adm ALL=(root) NOPASSWD: /usr/sbin/SAPHanaSR-hookHelper --sid=HA1 --case=checkTakeover")
	})
}
