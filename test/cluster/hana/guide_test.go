package hana_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/test/hanasim/core"
	"ocfbox/test/hanasim/install"
)

// fixture is what the guide prints, in words.
func fixture(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/guide/" + name + ".txt")
	require.NoError(t, err)
	return words(string(text))
}

func words(text string) string { return strings.Join(strings.Fields(text), " ") }

// requireParts requires what stands between the dots of a fixture, in its order. How many dashes a rule
// has depends on the longest name.
func requireParts(t *testing.T, want, got string) {
	t.Helper()
	dashes := regexp.MustCompile(`-{3,}`)
	rest := dashes.ReplaceAllString(words(got), "---")
	for _, part := range strings.Split(dashes.ReplaceAllString(want, "---"), "...") {
		_, after, found := strings.Cut(rest, strings.TrimSpace(part))
		require.True(t, found, "%q is not in %q", part, rest)
		rest = after
	}
}

// The guide's chapters 6 to 8 and the migration of 11.3.3, typed as they are printed.
func TestGuideByHand(t *testing.T) {
	p := newPair(t, 2, func(p *install.Plan) { p.State = install.Installed })
	p.do(wdf, "HDB start")
	p.do(rot, "HDB start")
	t.Run("6.1 HDB info", func(t *testing.T) { guideInfo(p.with(t)) })
	t.Run("7 without a backup there is no replication", func(t *testing.T) {
		_, code := p.with(t).try(wdf, "hdbnsutil -sr_enable --name=WDF")
		require.Equal(t, 1, code)
	})
	t.Run("7.1 back up the primary database", func(t *testing.T) {
		p := p.with(t)
		for _, command := range []string{
			"hdbsql -u SYSTEM -d SYSTEMDB \\\n \"BACKUP DATA FOR FULL SYSTEM USING FILE ('backup')\"",
			"hdbsql -i 10 -u SYSTEM \\\n \"BACKUP DATA USING FILE ('backup')\"",
		} {
			number := regexp.MustCompile(`[0-9]+\.[0-9]{6}`)
			require.Equal(t, number.ReplaceAllString(fixture(t, "backup"), "N"), number.ReplaceAllString(words(p.do(wdf, command)), "N"))
		}
	})
	t.Run("7.2 enable the primary", func(t *testing.T) {
		p := p.with(t)
		require.Equal(t, fixture(t, "enable"), words(p.do(wdf, "hdbnsutil -sr_enable --name=WDF")))
		require.Equal(t, fixture(t, "primary"), words(p.do(wdf, "hdbnsutil -sr_stateConfiguration --sapcontrol=1")))
	})
	t.Run("7.3 register the secondary", func(t *testing.T) { guideRegister(p.with(t)) })
	t.Run("7.4 manual takeover", func(t *testing.T) {
		guideTakeover(p.with(t), wdf, rot, "hdbnsutil -sr_register --remoteHost=suse02 --remoteInstance=10 \\\n --replicationMode=sync --operationMode=logreplay \\\n --name=WDF")
	})
	t.Run("7.5 and back", func(t *testing.T) {
		guideTakeover(p.with(t), rot, wdf, "hdbnsutil -sr_register --remoteHost=suse01 --remoteInstance=10 \\\n --replicationMode=sync --operationMode=logreplay \\\n --name=ROT")
	})
	t.Run("8.1 stop with sapcontrol", func(t *testing.T) {
		p := p.with(t)
		require.Contains(t, p.do(rot, "sapcontrol -nr 10 -function StopSystem"), "StopSystem\nOK\n")
		p.do(rot, "sapcontrol -nr 10 -function WaitforStopped 60 1")
		require.Contains(t, p.do(rot, "sapcontrol -nr 10 -function StartService HA1; sapcontrol -nr 10 -function StartSystem"), "StartSystem\nOK\n")
		p.do(rot, "sapcontrol -nr 10 -function WaitforStarted 60 1")
		p.awaitStatus(wdf, core.Active)
	})
	t.Run("11.2.5 landscapeHostConfiguration", func(t *testing.T) {
		out, code := p.with(t).try(wdf, "HDBSettings.sh landscapeHostConfiguration.py")
		require.Equal(t, 4, code)
		requireParts(t, fixture(t, "landscape"), out)
	})
	t.Run("11.3.3 migration", func(t *testing.T) {
		guideTakeover(p.with(t), wdf, rot, "hdbnsutil -sr_register --remoteHost=suse02 --remoteInstance=10 \\\n --replicationMode=sync --name=WDF \\\n --operationMode=logreplay")
	})
}

// guideInfo compares the database's processes. Of the guide's list, hdbrsutil is not simulated, and how HDB itself was
// called differs from login to login.
func guideInfo(p *pair) {
	want := fixture(p.T, "info")
	want = want[strings.Index(want, `\_ /usr/sap/HA1/HDB10/suse02/trace`):]
	want = want[:strings.Index(want, "ha1adm 8574")]
	got := p.do(rot, "HDB info")
	requireParts(p.T, regexp.MustCompile(`ha1adm [0-9]+`).ReplaceAllString(want, ""), got)
	require.Contains(p, got, `sapstart pf=/hana/shared/HA1/profile/HA1_HDB10_suse02`)
	require.Contains(p, got, `/usr/sap/HA1/HDB10/exe/sapstartsrv pf=/hana/shared/HA1/profile/HA1_HDB10_suse02 -D -u ha1adm`)
}

func guideRegister(p *pair) {
	register := "hdbnsutil -sr_register --name=ROT \\\n --remoteHost=suse01 --remoteInstance=10 \\\n --replicationMode=sync --operationMode=logreplay"
	_, code := p.try(rot, register)
	require.Equal(p, 1, code, "a running system is not registered")
	p.do(rot, "HDB stop")
	out, code := p.try(rot, register)
	require.Equal(p, 1, code)
	require.Contains(p, out, "PKI files")

	p.do(wdf, "cd /usr/sap/HA1/SYS/global/security/rsecssfs\n rsync -va {,suse02:}$PWD/data/SSFS_HA1.DAT\n rsync -va {,suse02:}$PWD/key/SSFS_HA1.KEY")
	// The guide prints the port of instance 00 for its instance 10.
	require.Equal(p, strings.ReplaceAll(fixture(p.T, "register"), ":30001", ":31001"), words(p.do(rot, register)))
	p.do(rot, "HDB start")
	require.Equal(p, fixture(p.T, "secondary"), words(p.do(rot, "hdbnsutil -sr_stateConfiguration --sapcontrol=1")))
	p.awaitStatus(wdf, core.Active)
	out, code = p.try(wdf, "HDBSettings.sh systemReplicationStatus.py --sapcontrol=1")
	require.Equal(p, int(core.Active), code)
	// The guide's sites have other names in this one place.
	requireParts(p.T, strings.NewReplacer("ROT1", "ROT", "WDF1", "WDF").Replace(fixture(p.T, "status")), out)
}

// guideTakeover stops the primary, takes over, registers and starts the former primary.
func guideTakeover(p *pair, from, to, register string) {
	p.do(from, "HDB stop")
	require.Equal(p, "done.\n", p.do(to, "hdbnsutil -sr_takeover"))
	p.do(from, register)
	p.do(from, "HDB start")
	p.awaitStatus(to, core.Active)
}
