package convert

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestHaresources(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       []Group
	}{
		{"an address and a script", "a 10.0.0.1 httpd", []Group{{1, "a", []Member{
			{1, "10.0.0.1", "IPaddr", []string{"10.0.0.1"}}, {1, "httpd", "httpd", []string{}},
		}}}},
		{"an address with all its parts", "a 10.0.0.1/24/eth0/10.0.0.255", []Group{{1, "a", []Member{
			{1, "10.0.0.1/24/eth0/10.0.0.255", "IPaddr", []string{"10.0.0.1/24/eth0/10.0.0.255"}},
		}}}},
		{"arguments", "a Filesystem::/dev/x::/y::ext3", []Group{{1, "a", []Member{
			{1, "Filesystem::/dev/x::/y::ext3", "Filesystem", []string{"/dev/x", "/y", "ext3"}},
		}}}},
		{"lines that are continued", "\n# one\na x \\\n\t y\\\n z\nb\tu\r\n", []Group{
			{3, "a", []Member{{3, "x", "x", []string{}}, {4, "y", "y", []string{}}, {5, "z", "z", []string{}}}},
			{6, "b", []Member{{6, "u", "u", []string{}}}},
		}},
		{"comments behind resources", "a x # y \\\nb z", []Group{
			{1, "a", []Member{{1, "x", "x", []string{}}}}, {2, "b", []Member{{2, "z", "z", []string{}}}},
		}},
		{"a continuation at the end", "a x \\", []Group{{1, "a", []Member{{1, "x", "x", []string{}}}}}},
		{"a comment inside a word", "a x#y z", []Group{{1, "a", []Member{{1, "x", "x", []string{}}}}}},
		{"a blank behind the backslash", "a x \\ \nb z", []Group{
			{1, "a", []Member{{1, "x", "x", []string{}}, {1, "\\", "\\", []string{}}}}, {2, "b", []Member{{2, "z", "z", []string{}}}},
		}},
		{"a lone continuation", "\\\na x", []Group{{2, "a", []Member{{2, "x", "x", []string{}}}}}},
		{"a node alone", "a", []Group{{1, "a", nil}}},
		{"an IPv6 address is no address by itself", "a 2001:db8::7", []Group{{1, "a", []Member{{1, "2001:db8::7", "2001:db8", []string{"7"}}}}}},
		{"nothing", " \n#\n", nil},
	} {
		t.Run(test.name, func(t *testing.T) { require.Equal(t, test.want, ParseHaresources(test.text)) })
	}
}

func TestHaCf(t *testing.T) {
	require.Equal(t, []Directive{{2, "keepalive", []string{"2"}}, {4, "node", []string{"A", "b"}}},
		ParseHaCf("# x\nKeepalive 2 # y\n\nnode A b\r\n"))
	for text, want := range map[string]time.Duration{"10": 10 * time.Second, "1500ms": 1500 * time.Millisecond, "2.5": 2500 * time.Millisecond} {
		have, ok := span(text)
		require.True(t, ok)
		require.Equal(t, want, have)
	}
	for _, text := range []string{"", "soon", "-1", "1e99", "NaN"} {
		_, ok := span(text)
		require.False(t, ok, text)
	}
}

// Every line that says something is in the result: as a resource of the configuration, or in a remark that names it.
func FuzzConvert(f *testing.F) {
	for _, name := range []string{"guide", "both", "zoo"} {
		o := folder(f, name)
		f.Add(o.HaresourcesText, o.HaCfText)
	}
	f.Add("a \\\n\\\n::::\n::", "stonith_host * ssh \"\nping_group x\nrespawn a b\x00")
	f.Fuzz(func(t *testing.T, haresources, hacf string) {
		r := Convert(Options{
			Haresources: "haresources", HaresourcesText: haresources, HaCf: "ha.cf", HaCfText: hacf,
			Exists: func(string) bool { return false }, Read: func(string) (string, error) { return hacf, nil },
		})
		wanted := 0
		for _, g := range ParseHaresources(haresources) {
			wanted += len(g.Members)
			if !word(g.Node) {
				wanted -= len(g.Members)
			}
		}
		for line := range strings.Lines(r.Config) {
			require.NotContains(t, line, "\x00")
			require.Zero(t, strings.Count(line, `"`)%2*boolean(!strings.HasPrefix(line, "#")), line)
			if strings.HasPrefix(line, "# haresources:") {
				wanted--
			}
		}
		services := strings.Count(r.Config, "\nlocation prefer-")
		require.LessOrEqual(t, services, strings.Count(r.Config, "primitive "))
		require.LessOrEqual(t, wanted, strings.Count(r.Config, "primitive "), "a resource is neither there nor named")
	})
}

// Every resource, group and preference has a name of its own, however many there are of a kind.
func TestNamesAreTakenOnce(t *testing.T) {
	var text strings.Builder
	for i := range 500 {
		fmt.Fprintf(&text, "a Filesystem::/dev/x%d::/srv::ext4 Delay::%d\n", i, i)
	}
	r := Convert(Options{Haresources: "h", HaresourcesText: text.String()})
	require.True(t, r.Complete())
	seen := map[string]bool{}
	for line := range strings.Lines(r.Config) {
		if words := strings.Fields(line); slices.Contains([]string{"primitive", "group", "location"}, words[0]) {
			require.False(t, seen[words[1]], "%s is there twice", words[1])
			seen[words[1]] = true
		}
	}
	require.Len(t, seen, 4*500)
	require.True(t, seen["fs-srv-500"])
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}
