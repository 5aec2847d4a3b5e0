package show

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ocfbox/internal/run/runtest"
)

var sampleLine = regexp.MustCompile(`^([a-z_]+)(\{[a-z]+="(?:[^"\\]|\\.)*"(?:,[a-z]+="(?:[^"\\]|\\.)*")*\})? (-?[0-9]+)$`)

func TestGoldenPrometheusRow(t *testing.T) {
	t.Run("row K02: every line is of the format, and no series is there twice", func(t *testing.T) {
		out := suse().ok(t, "--format=prom", a)
		golden(t, "prometheus.txt", out)
		seen, typed := map[string]bool{}, map[string]bool{}
		for line := range strings.Lines(out) {
			line = strings.TrimSuffix(line, "\n")
			if name, ok := strings.CutPrefix(line, "# TYPE "); ok {
				name, _, _ = strings.Cut(name, " ")
				require.False(t, typed[name], "one block for each metric")
				typed[name] = true
			}
			if strings.HasPrefix(line, "#") {
				continue
			}
			found := sampleLine.FindStringSubmatch(line)
			require.NotNil(t, found, line)
			require.True(t, typed[found[1]], line)
			require.False(t, seen[found[1]+found[2]], line)
			seen[found[1]+found[2]] = true
		}
		require.True(t, seen[`ocfbox_hana_host_lss{sid="HA1",host="suse01",site="WDF"}`])
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
	t.Run("labels are quoted", func(t *testing.T) {
		require.Equal(t, `{a="x\"\\\n"}`, labelled([]string{"a", "x\"\\\n"}))
	})
}

func TestGoldenJSONRow(t *testing.T) {
	t.Run("row K03: the report fits the schema", func(t *testing.T) {
		var rules map[string]any
		require.NoError(t, json.Unmarshal([]byte(schema), &rules))
		for _, name := range []string{"A.xml", "B.xml", "C.xml"} {
			out := suse().ok(t, "--output=json", "--cib=testdata/"+name)
			require.Equal(t, 1, strings.Count(out, "\n"), "one line")
			var document any
			require.NoError(t, json.Unmarshal([]byte(out), &document))
			fits(t, "report", rules, document)
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

// fits checks what the schema uses of JSON Schema; a word it does not know fails.
func fits(t *testing.T, at string, rule map[string]any, value any) {
	t.Helper()
	for word, what := range rule {
		switch word {
		case "$schema", "title", "description", "format", "properties", "items", "additionalProperties":
		case "type":
			require.Equal(t, what, kindOf(value, what), at)
		case "const":
			require.Equal(t, what, value, at)
		case "enum":
			require.Contains(t, what, value, at)
		case "pattern":
			require.Regexp(t, what, value, at)
		case "required":
			for _, name := range what.([]any) {
				require.Contains(t, value, name, at)
			}
		default:
			t.Fatalf("%s: the schema says %q, which this test does not know", at, word)
		}
	}
	switch value := value.(type) {
	case map[string]any:
		properties, _ := rule["properties"].(map[string]any)
		more, _ := rule["additionalProperties"].(map[string]any)
		for name, inner := range value {
			described, ok := properties[name].(map[string]any)
			if !ok {
				described = more
			}
			require.NotNil(t, described, "%s.%s is not in the schema", at, name)
			fits(t, at+"."+name, described, inner)
		}
	case []any:
		for _, inner := range value {
			fits(t, at+"[]", rule["items"].(map[string]any), inner)
		}
	}
}

func kindOf(value, wanted any) string {
	switch value := value.(type) {
	case map[string]any:
		return "object"
	case []any:
		return "array"
	case string:
		return "string"
	case bool:
		return "boolean"
	case float64:
		if wanted == "integer" && value == float64(int64(value)) {
			return "integer"
		}
		return "number"
	}
	return "null"
}

// terminal is both ends of a pseudo terminal.
func terminal(t *testing.T) (master, slave *os.File) {
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("skipped: this test needs a pseudo terminal: %v", err)
	}
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	require.NoError(t, err)
	require.NoError(t, unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0))
	slave, err = os.OpenFile("/dev/pts/"+itoa(number), os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(t, err)
	t.Cleanup(func() { master.Close(); slave.Close() })
	return master, slave
}

func itoa(n int) string { text, _ := json.Marshal(n); return string(text) }

// shown collects what the terminal got, and tells when a text has come.
type shown struct {
	t    *testing.T
	text chan string
	all  string
}

func watching(t *testing.T, master *os.File) *shown {
	s := &shown{t: t, text: make(chan string, 1000)}
	go func() {
		buffer := make([]byte, 4096)
		for {
			n, err := master.Read(buffer)
			if err != nil {
				close(s.text)
				return
			}
			s.text <- string(buffer[:n])
		}
	}()
	return s
}

func (s *shown) until(text string) {
	s.t.Helper()
	deadline := time.After(10 * time.Second)
	for !strings.Contains(s.all, text) {
		select {
		case more, ok := <-s.text:
			require.True(s.t, ok, "the terminal is gone")
			s.all += more
		case <-deadline:
			s.t.Fatalf("never shown: %q in %q", text, s.all)
		}
	}
	_, s.all, _ = strings.Cut(s.all, text)
}

func TestWatchRow(t *testing.T) {
	t.Run("row K04: a changed cell is highlighted, and q gives the terminal back", func(t *testing.T) {
		master, slave := terminal(t)
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
		screen := watching(t, master)
		screen.until("\x1b[?1049h")
		screen.until("\x1b[32mSOK")
		screen.until("\x1b[31;7mSFAIL")
		_, err = master.Write([]byte("p"))
		require.NoError(t, err)
		_, err = master.Write([]byte("q"))
		require.NoError(t, err)
		screen.until("\x1b[?1049l")
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
