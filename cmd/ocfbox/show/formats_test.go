package show

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ocfbox/internal/run/runtest"
	"ocfbox/internal/term/termtest"
	"ocfbox/test/form"
)

func TestGoldenPrometheusRow(t *testing.T) {
	t.Run("row K02: every line is of the format, and no series is there twice", func(t *testing.T) {
		out := suse().ok(t, "--format=prom", a)
		golden(t, "prometheus.txt", out)
		require.Contains(t, form.Metrics(t, out), `ocfbox_hana_host_lss{sid="HA1",host="suse01",site="WDF"}`)
	})
	t.Run("a cluster that cannot be read is not up", func(t *testing.T) {
		c := suse()
		c.Runner = &runtest.Script{}
		out, code, _ := c.run("--output=prometheus")
		require.Equal(t, 3, code)
		require.Equal(t, "# HELP ocfbox_hana_up 1 if the CIB could be read\n# TYPE ocfbox_hana_up gauge\nocfbox_hana_up 0\n", out)
	})
	t.Run("two systems share the cluster's series", func(t *testing.T) {
		out := suse().ok(t, "--format=prom", "--sid=HA1,HA2", a)
		require.Equal(t, 1, strings.Count(out, "\nocfbox_cluster_quorum "))
	})
}

func TestGoldenJSONRow(t *testing.T) {
	t.Run("row K03: the report fits the schema", func(t *testing.T) {
		for _, name := range []string{"A.xml", "B.xml", "C.xml"} {
			out := suse().ok(t, "--output=json", "--cib=testdata/"+name)
			require.Equal(t, 1, strings.Count(out, "\n"), "one line")
			form.Fits(t, schema, out)
			require.NotContains(t, out, `:""`, "what is missing is absent")
		}
	})
	t.Run("its values", func(t *testing.T) {
		var report Report
		require.NoError(t, json.Unmarshal([]byte(suse().ok(t, "--output=json", a)), &report))
		report.Time = ""
		text, err := json.MarshalIndent(report, "", "  ")
		require.NoError(t, err)
		golden(t, "report.json", string(text)+"\n")
	})
	t.Run("roles of another form are kept as they are", func(t *testing.T) {
		require.Equal(t, &Roles{Raw: "x"}, newRoles("x"))
		require.Nil(t, newRoles(""))
	})
}

func TestWatchRow(t *testing.T) {
	t.Run("row K04: a changed cell is highlighted, and q gives the terminal back", func(t *testing.T) {
		master, slave := termtest.Open(t)
		before, err := unix.IoctlGetTermios(int(slave.Fd()), unix.TCGETS)
		require.NoError(t, err)
		c := suse()
		c.Terminal, c.Stdout = slave, slave
		changed := strings.Replace(file(t, "A.xml"), `sync_state" value="SOK"`, `sync_state" value="SFAIL"`, 1)
		c.Runner = &runtest.Script{Programs: map[string]runtest.Program{
			"cibadmin": runtest.InTurn(runtest.Says(0, file(t, "A.xml")), runtest.Says(0, changed)),
		}}
		ended := make(chan error, 1)
		go func() {
			o, err := Parse([]string{"--watch=1"})
			if err == nil {
				err = c.Run(t.Context(), o)
			}
			ended <- err
		}()
		screen := termtest.Read(t, master)
		screen.Until("\x1b[?1049h")
		screen.Until("\x1b[32mSOK")
		screen.Until("\x1b[31;7mSFAIL")
		_, err = master.Write([]byte("p"))
		require.NoError(t, err)
		_, err = master.Write([]byte("q"))
		require.NoError(t, err)
		screen.Until("\x1b[?1049l")
		require.NoError(t, <-ended)
		after, err := unix.IoctlGetTermios(int(slave.Fd()), unix.TCGETS)
		require.NoError(t, err)
		require.Equal(t, before, after)
	})
}

func TestHistory(t *testing.T) {
	view := func(value string) View {
		object := &Object{Name: "suse01"}
		if value != "" {
			object.set("roles", value)
		}
		return View{Sections: []*Section{{Name: "Hosts", Objects: []*Object{object}}}}
	}
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	var h history
	h.look(view("4:P"), now)
	require.False(t, h.changed("Hosts", "suse01", "roles"))
	h.look(view("1:P"), now)
	require.True(t, h.changed("Hosts", "suse01", "roles"))
	h.look(view("1:P"), now)
	require.True(t, h.changed("Hosts", "suse01", "roles"))
	h.look(view("1:P"), now)
	require.False(t, h.changed("Hosts", "suse01", "roles"))
	h.look(view(""), now)
	require.Equal(t, []string{"12:00:00 Hosts/suse01/roles: 4:P -> 1:P", "12:00:00 Hosts/suse01/roles: 1:P -> (gone)"}, h.changes)
	for range 3 * remembered {
		h.look(view("a"), now)
		h.look(view("b"), now)
	}
	require.Len(t, h.changes, remembered)
}

func TestWithoutATerminalLooksArePrintedBelowEachOther(t *testing.T) {
	c := suse()
	ctx, cancel := contextWithCancel(t)
	looks := 0
	c.Runner = runnerFunc(func() string {
		looks++
		if looks == 4 {
			cancel()
		}
		return file(t, "A.xml")
	})
	o, err := Parse([]string{"--watch=1"})
	require.NoError(t, err)
	o.Watch = time.Millisecond
	require.NoError(t, c.Run(ctx, o))
	require.Equal(t, 1, strings.Count(c.out.String(), "PROMOTED"), "what has not changed is not printed again")
	require.Regexp(t, `^\d{4}-\d\d-\d\dT`, c.out.String())
}
