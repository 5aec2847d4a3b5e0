package show

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/crm/crmtest"
	"ocfbox/internal/run"
	"ocfbox/internal/run/runtest"
)

func file(t testing.TB, name string) string {
	text, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return string(text)
}

// A call is one call of the tool in a test.
type call struct {
	*Tool
	stdin string
	out   bytes.Buffer
}

func suse() *call {
	c := &call{Tool: &Tool{Suse: true, Runner: &runtest.Script{}}}
	c.Stdout = &c.out
	return c
}

// run answers a command line with what it prints and its exit code, as main does.
func (c *call) run(args ...string) (string, int, error) {
	c.out.Reset()
	c.Stdin = strings.NewReader(c.stdin)
	o, err := Parse(args)
	if err != nil {
		return "", exitUsage, err
	}
	err = c.Run(context.Background(), o)
	var failed *Failure
	switch {
	case err == nil:
		return c.out.String(), exitOK, nil
	case errors.As(err, &failed):
		return c.out.String(), failed.Code, err
	}
	return c.out.String(), 1, err
}

func (c *call) ok(t *testing.T, args ...string) string {
	t.Helper()
	out, code, err := c.run(args...)
	require.NoError(t, err)
	require.Zero(t, code)
	return out
}

// with is a CIB of testdata with some text replaced, as a file.
func with(t *testing.T, name string, pairs ...string) string {
	t.Helper()
	text := file(t, name)
	for i := 0; i < len(pairs); i += 2 {
		require.Contains(t, text, pairs[i])
	}
	text = strings.NewReplacer(pairs...).Replace(text)
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	return path
}

const a = "--cib=testdata/A.xml"

// The rows A01 to A22 of hana-tools.md 16.
func TestGoldenShowAttrRows(t *testing.T) {
	tables := "Using cib file testdata/A.xml\n" + file(t, "classic-tables.txt")
	t.Run("row A01: the tables of the classic tool, to the byte", func(t *testing.T) {
		require.Equal(t, tables, suse().ok(t, "--sid=ha1", a))
	})
	t.Run("row A02: the SID in any form, or from the CIB", func(t *testing.T) {
		for _, args := range [][]string{{"--sid=HA1"}, {"--sid", "HA1:10"}, {"-SID=ha1"}, {}} {
			require.Equal(t, tables, suse().ok(t, append(args, a)...))
		}
	})
	t.Run("row A03: a line for each cell", func(t *testing.T) {
		out := suse().ok(t, "--format=script", a)
		golden(t, "classic-script.txt", out)
		require.Contains(t, out, "Hosts/suse01/standby=\"\"\nHosts/suse01/sync_state=\"PRIM\"\n")
	})
	t.Run("row A04: and back", func(t *testing.T) {
		c := suse()
		c.stdin = c.ok(t, "--format=script", a)
		require.Equal(t, file(t, "classic-tables.txt"), c.ok(t, "--path2table"))
	})
	t.Run("row A05: what is no path", func(t *testing.T) {
		c := suse()
		c.stdin = "foo\nHosts/a/b=c\n"
		require.Equal(t, "DBG: not a path: foo\nHosts b \n--------\na     c \n\n", c.ok(t, "--path2table"))
		c.OldExit = true
		_, code, _ := c.run("--path2table")
		require.Equal(t, 44, code)
	})
	t.Run("row A06: a missing file", func(t *testing.T) {
		_, code, err := suse().run("--cib=testdata/none.xml")
		require.Equal(t, 2, code)
		require.ErrorContains(t, err, "testdata/none.xml")
	})
	t.Run("row A07: a file that is cut off", func(t *testing.T) {
		c := suse()
		c.stdin = file(t, "A.xml")[:2000]
		_, code, err := c.run("--cib=-")
		require.Equal(t, 2, code)
		require.ErrorContains(t, err, "-: not a CIB: ")
	})
	t.Run("row A08: unknown words", func(t *testing.T) {
		for _, word := range []string{"--format=bogus", "--bogus", "--style=x", "--color=blue", "--watch=0", "--sid=", "--check=1", "--cib", "word", "--f=x", "--from=x"} {
			_, code, err := suse().run(word)
			require.Equal(t, 2, code, word)
			require.Error(t, err)
		}
	})
	t.Run("row A09: the cluster is stopped", func(t *testing.T) {
		c := suse()
		cluster := crmtest.New("suse01")
		cluster.Stop("suse01")
		c.Runner = cluster
		_, code, err := c.run()
		require.Equal(t, 102, code)
		require.ErrorContains(t, err, "not running")
		c.Suse = false
		_, code, _ = c.run()
		require.Equal(t, 3, code)
	})
	t.Run("row A10: a node with a type is one row", func(t *testing.T) {
		path := with(t, "A.xml", `uname="suse01">`, `uname="suse01" type="normal">`)
		require.Equal(t, file(t, "classic-tables.txt"), strings.TrimPrefix(suse().ok(t, "--cib="+path), "Using cib file "+path+"\n"))
	})
	t.Run("row A11: a node state that is a time", func(t *testing.T) {
		path := with(t, "A.xml", `in_ccm="true" crmd="online" crm-debug-origin="do_update_resource" join="member" expected="member">`,
			`in_ccm="1709540000" crmd="1709540000" join="member" expected="member">`)
		require.Contains(t, suse().ok(t, "--cib="+path, "--format=script"), `Hosts/suse01/node_state="1709540000"`)
		_, code, _ := suse().run("--check", "--cib="+path)
		require.Equal(t, 0, code)
		gone := with(t, "A.xml", `<node_state id="2" uname="suse02" in_ccm="true" crmd="online"`, `<node_state id="2" uname="suse02" in_ccm="0" crmd="0"`)
		out, code, _ := suse().run("--check", "--cib="+gone)
		require.Equal(t, 2, code)
		require.Contains(t, out, "suse02 is offline")
	})
	t.Run("row A12: sites with other characters", func(t *testing.T) {
		path := with(t, "A.xml", `name="hana_ha1_site_srHook_ROT"`, `name="hana_ha1_site_srHook_S_1"`, `name="hana_ha1_site_srHook_WDF"`, `name="hana_ha1_site_srHook_S-2"`)
		out := suse().ok(t, "--cib="+path, "--format=script")
		require.Contains(t, out, `Sites/S_1/srHook="SOK"`)
		require.Contains(t, out, `Sites/S-2/srHook="PRIM"`)
	})
	t.Run("row A13: the whole cluster in maintenance", func(t *testing.T) {
		path := with(t, "A.xml", `name="cluster-name" value="hacluster"`, `name="maintenance-mode" value="true"`)
		require.Contains(t, suse().ok(t, "--cib="+path, "--format=script"), `Global/global/maintenance="true"`)
		require.Contains(t, suse().ok(t, "--cib="+path, "--style=angi"), "maintenance-mode")
	})
	t.Run("row A14: two systems", func(t *testing.T) {
		path := with(t, "A.xml", `<nvpair id="nodes-1-lpa_ha1_lpt"`, `<nvpair id="x" name="hana_ha2_site" value="XXX"/><nvpair id="nodes-1-lpa_ha1_lpt"`)
		out := suse().ok(t, "--cib="+path, "--sid=HA1,HA2")
		require.Equal(t, 2, strings.Count(out, "Global cib-time"))
		first, second, _ := strings.Cut(strings.TrimPrefix(out, "Using cib file "+path+"\nGlobal"), "Global")
		require.NotContains(t, first, "XXX")
		require.Contains(t, second, "XXX")
		require.NotContains(t, second, "PROMOTED")
	})
	t.Run("row A15: the table of angi", func(t *testing.T) {
		require.Equal(t, file(t, "angi-table.txt"), suse().ok(t, "--style=angi", "--cib=testdata/C.xml"))
	})
	for _, format := range []string{"script", "path", "tester", "csv", "json"} {
		t.Run("row A16: angi's "+format, func(t *testing.T) {
			golden(t, "angi-"+format+".txt", suse().ok(t, "--style=angi", "--format="+format, "--cib=testdata/C.xml"))
		})
	}
	t.Run("row A16: angi's site cache", func(t *testing.T) {
		require.Equal(t, "suse01:WDF\nsuse02:ROT\n", suse().ok(t, "--format=cache", "--select=sitelist", "--cib=testdata/C.xml"))
		require.Equal(t, "site \n-----\nWDF  \nROT  \n\n", suse().ok(t, "--style=angi", "--select=sitelist", "--cib=testdata/C.xml"))
	})
	t.Run("row A17: selections", func(t *testing.T) {
		out := suse().ok(t, "--style=angi", "--select=minimal", "--cib=testdata/C.xml")
		require.Contains(t, out, "\nHost   clone_state roles                            score site \n")
		require.Contains(t, suse().ok(t, "--style=angi", "--select=nonsense", "--cib=testdata/C.xml"), "remoteHost")
		for _, name := range []string{"all", "default", "sr", "cluster", "cluster2", "cluster3", "cluster+fail", "cluster-plus"} {
			require.Contains(t, suse().ok(t, "--style=angi", "--select="+name, "--cib=testdata/C.xml"), "roles", name)
		}
	})
	t.Run("row A18: selections of a file", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "properties.json")
		require.NoError(t, os.WriteFile(path, []byte(`{"selections": {"x": {"host": ["-v.*"]}}}`), 0o644))
		out := suse().ok(t, "--style=angi", "--properties="+path, "--select=x", "--cib=testdata/C.xml")
		require.Contains(t, out, "remoteHost")
		require.NotContains(t, out, "version")
		require.NotContains(t, out, "vhost")
		require.NoError(t, os.WriteFile(path, []byte(`{}`), 0o644))
		_, code, err := suse().run("--style=angi", "--properties="+path, "--cib=testdata/C.xml")
		require.Equal(t, 2, code)
		require.EqualError(t, err, "properties in file "+path+" do not set 'selections'")
	})
	t.Run("row A19: sorting", func(t *testing.T) {
		for _, order := range []string{"host:score", "score", "+score"} {
			out := suse().ok(t, "--style=angi", "--sort="+order, "--cib=testdata/C.xml")
			require.Less(t, strings.Index(out, "\nsuse02 DEMOTED"), strings.Index(out, "\nsuse01 PROMOTED"), order)
		}
		for _, order := range []string{"host:score:-", "-score", "score:-:int"} {
			out := suse().ok(t, "--style=angi", "--sort="+order, "--cib=testdata/C.xml")
			require.Less(t, strings.Index(out, "\nsuse01 PROMOTED"), strings.Index(out, "\nsuse02 DEMOTED"), order)
		}
	})
	t.Run("row A20: standard input and packed content", func(t *testing.T) {
		c := suse()
		c.stdin = file(t, "A.xml")
		require.Equal(t, "Using cib file -\n"+file(t, "classic-tables.txt"), c.ok(t, "--cib=-"))
		for _, name := range []string{"A-bzip2", "A-gzip"} {
			require.Contains(t, suse().ok(t, "--cib=testdata/"+name), file(t, "classic-tables.txt"))
		}
	})
	t.Run("row A21: a reader that goes away", func(t *testing.T) {
		c := suse()
		c.Stdout = closed{}
		_, _, err := c.run(a)
		require.ErrorIs(t, err, syscall.EPIPE)
	})
	t.Run("row A22: who may not read", func(t *testing.T) {
		c := suse()
		c.Runner = &runtest.Script{Programs: map[string]runtest.Program{"cibadmin": runtest.Complains(4, "cibadmin: Permission denied")}}
		_, code, err := c.run()
		require.Equal(t, 4, code)
		require.ErrorContains(t, err, "not permitted to read the cluster CIB (need root or group haclient)")
	})
}

type closed struct{}

func (closed) Write([]byte) (int, error) { return 0, syscall.EPIPE }

// The first of the rows K01 to K04; the others are in other files.
func TestCheckRow(t *testing.T) {
	for _, test := range []struct {
		name string
		path func(t *testing.T) string
		code int
		want string
	}{
		{"row K01: healthy", func(*testing.T) string { return "testdata/A.xml" }, 0,
			"HANA HA1 OK - primary=suse01(WDF) secondary=suse02(ROT) srHook=SOK sync=SOK | online=2;;;0 primary=1 secondary=1 score_sec=100\n"},
		{"row K01: the primary crashed", func(*testing.T) string { return "testdata/B.xml" }, 2, "no running primary"},
		{"row K01: after a takeover", func(*testing.T) string { return "testdata/C.xml" }, 1, "no running secondary"},
		{"row K01: replication failed", func(t *testing.T) string {
			return with(t, "A.xml", `srHook_ROT" value="SOK"`, `srHook_ROT" value="SFAIL"`)
		}, 2, "replication to ROT failed"},
		{"row K01: two primaries", func(t *testing.T) string { return with(t, "A.xml", "4:S:", "4:P:") }, 4, "2 primaries: suse01, suse02"},
		{"row K01: no system", func(t *testing.T) string { return with(t, "A.xml", `name="SID"`, `name="X"`, "hana_ha1", "x") }, 3, "HANA UNKNOWN - ERR: No SID"},
		{"fencing is disabled", func(t *testing.T) string {
			return with(t, "A.xml", `name="stonith-enabled" value="true"`, `name="stonith-enabled" value="false"`)
		}, 2, "fencing is disabled"},
		{"a resource in maintenance", func(t *testing.T) string {
			return with(t, "A.xml", `name="maintenance" value="false"`, `name="maintenance" value="true"`)
		}, 1, "msl_SAPHana_HA1_HDB10 is not managed"},
		{"two times close to each other", func(t *testing.T) string { return with(t, "A.xml", `_lpt" value="30"`, `_lpt" value="1580988000"`) }, 2, "both nodes were primary within 490 seconds"},
		{"nobody was primary", func(t *testing.T) string { return with(t, "A.xml", `_lpt" value="1580988490"`, `_lpt" value="30"`) }, 2, "no node was primary last"},
		{"the poll says something else", func(t *testing.T) string {
			return with(t, "A.xml", `sync_state" value="SOK"`, `sync_state" value="SFAIL"`)
		}, 1, "srHook=SOK but sync_state=SFAIL"},
		{"no file", func(*testing.T) string { return "testdata/none" }, 3, "HANA UNKNOWN"},
	} {
		t.Run(test.name, func(t *testing.T) {
			out, code, _ := suse().run("--check", "--cib="+test.path(t))
			require.Equal(t, test.code, code, out)
			require.Contains(t, out, test.want)
		})
	}
}

func TestACheckThatIsMisspeltSaysNothingAboutTheDatabase(t *testing.T) {
	for _, args := range [][]string{{"--check", "--bogus"}, {"-ch", "word"}} {
		require.Equal(t, 64, UsageCode(args))
	}
	require.Equal(t, 2, UsageCode([]string{"--cib=check", "check", "--bogus"}))
	_, code, _ := suse().run("--check", "--style=x", a)
	require.Equal(t, 64, code)
}

func TestTheLiveClusterIsAskedOnce(t *testing.T) {
	c := suse()
	script := &runtest.Script{Programs: map[string]runtest.Program{"cibadmin": runtest.Says(0, file(t, "A.xml"))}}
	c.Runner = script
	require.Equal(t, file(t, "classic-tables.txt"), c.ok(t))
	require.Equal(t, []string{"cibadmin --query --local"}, script.Lines())
}

func TestALiveClusterWithoutHANAAsksTheHostAgent(t *testing.T) {
	c := suse()
	empty := with(t, "A.xml", `name="SID"`, `name="X"`, "hana_ha1", "x")
	text, err := os.ReadFile(empty)
	require.NoError(t, err)
	c.Runner = &runtest.Script{Programs: map[string]runtest.Program{
		"cibadmin": runtest.Says(0, string(text)),
		"/usr/sap/hostctrl/exe/saphostctrl": runtest.Says(0,
			" Inst Info : DAA - 97 - suse01 - 753\n Inst Info : HA1 - 10 - suse01 - 753\n"),
	}}
	require.Contains(t, c.ok(t), "suse01 ")
}

func TestACIBWithoutNodesOrSystem(t *testing.T) {
	c := suse()
	c.stdin = "<cib><configuration/></cib>"
	require.Equal(t, "No attributes found for SID=ha1\n", strings.TrimPrefix(c.ok(t, "--cib=-", "--sid=HA1"), "Using cib file -\n"))
	_, code, err := c.run("--cib=-")
	require.Equal(t, 3, code)
	require.EqualError(t, err, "ERR: No SID found in cluster config")
	_, code, _ = c.run("--cib=-", "--style=angi")
	require.Equal(t, 1, code)
}

func TestSeveralFilesAreInTheOrderOfTheScheduler(t *testing.T) {
	later := with(t, "C.xml", `execution-date="1573503163"`, `execution-date="1573503200"`)
	dir := t.TempDir()
	for name, from := range map[string]string{"pe-input-2": "testdata/C.xml", "pe-input-1": later, "other": later} {
		text, err := os.ReadFile(from)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), text, 0o644))
	}
	out := suse().ok(t, "--style=angi", "--format=path", "--columns=global:timestamp", "--dir="+dir)
	require.Equal(t, "2019-11-11T20:12:43 Global/global/timestamp=\"1573503163\"\n2019-11-11T20:13:20 Global/global/timestamp=\"1573503200\"\n", out)
	out = suse().ok(t, "--style=angi", "--format=path", "--columns=global:timestamp", "--dir="+dir, "--from=1573503164", "--to=2030-01-01")
	require.Equal(t, 1, strings.Count(out, "\n"))
	_, code, _ := suse().run("--dir=" + dir + "/none")
	require.Equal(t, 2, code)
}

func TestColourIsForTerminals(t *testing.T) {
	require.NotContains(t, suse().ok(t, a), "\x1b")
	require.Contains(t, suse().ok(t, a, "--color=always"), "\x1b[32mPROMOTED\x1b[0m    1580988490")
	c := suse()
	c.Suse, c.Terminal = false, os.Stdout
	require.Contains(t, c.ok(t, a), "\x1b[32m")
	c.NoColor = true
	require.NotContains(t, c.ok(t, a), "\x1b")
}

func TestOptionsMayBeCutShort(t *testing.T) {
	for _, args := range [][]string{{"--fo=script"}, {"--FORMAT", "script"}, {"-fo", "script"}} {
		o, err := Parse(args)
		require.NoError(t, err)
		require.Equal(t, "script", o.Format)
	}
	_, err := Parse([]string{"--s=1"})
	require.ErrorContains(t, err, "may be --")
	o, err := Parse([]string{"--watch", "--output=json", "--help", "--version"})
	require.NoError(t, err)
	require.Equal(t, defaultWatch, o.Watch)
	require.Equal(t, "json2", o.Format)
}

func TestTheSchemaIsPrinted(t *testing.T) {
	require.Equal(t, schema, suse().ok(t, "--schema"))
}

func golden(t *testing.T, name, text string) {
	path := filepath.Join("testdata", name)
	if os.Getenv("OCFBOX_GOLDEN") == "1" {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	require.Equal(t, file(t, name), text, "%s: make golden", path)
}

func contextWithCancel(t *testing.T) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	return ctx, cancel
}

// runnerFunc is a cluster whose CIB is made for each look.
type runnerFunc func() string

func (f runnerFunc) Run(ctx context.Context, c run.Cmd) (run.Result, error) {
	return runtest.Says(0, f())(ctx, c)
}

// The guide for SAP HANA's scale-up scenario prints what SAPHanaSR-filter makes of these lines.
func TestTheLinesOfTheGuide(t *testing.T) {
	for name, lines := range map[string][]string{
		"A.xml": {`Hosts/suse01/remoteHost="suse02"`, `Hosts/suse02/remoteHost="suse01"`},
		"C.xml": {`Hosts/suse01/roles="1:P:master1::worker:"`, `Hosts/suse02/roles="4:P:master1:master:worker:master"`},
	} {
		out := suse().ok(t, "--format=script", "--cib=testdata/"+name)
		for _, line := range lines {
			require.Contains(t, out, line+"\n")
		}
	}
}
