package convert

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// folder reads the files of one case. The host of the case has an init script httpd and a unit mysqld.
func folder(t testing.TB, name string) Options {
	text := func(file string) string {
		text, err := os.ReadFile(filepath.Join("testdata", name, file))
		require.NoError(t, err)
		return string(text)
	}
	return Options{
		Haresources: "haresources", HaresourcesText: text("haresources"), HaCf: "ha.cf", HaCfText: text("ha.cf"),
		Provider: "ocfbox", Services: "auto",
		Exists: func(path string) bool {
			return path == "/etc/init.d/httpd" || path == "/lib/systemd/system/mysqld.service"
		},
		Read: func(path string) (string, error) {
			if path == "baytech.conf" {
				return "# login\n10.0.0.3 mylogin my password\n", nil
			}
			return "", fs.ErrNotExist
		},
	}
}

func said(r Result) string {
	var all strings.Builder
	for _, remark := range r.Remarks {
		all.WriteString(remark.String() + "\n")
	}
	return all.String()
}

func TestGoldenTranslations(t *testing.T) {
	for _, name := range []string{"guide", "both", "zoo"} {
		t.Run(name, func(t *testing.T) {
			r := Convert(folder(t, name))
			for file, have := range map[string]string{"want.crm": r.Config, "want.remarks": said(r)} {
				path := filepath.Join("testdata", name, file)
				if os.Getenv("OCFBOX_GOLDEN") == "1" {
					require.NoError(t, os.WriteFile(path, []byte(have), 0o644))
				}
				want, err := os.ReadFile(path)
				require.NoError(t, err)
				require.Equal(t, string(want), have)
			}
			require.Equal(t, name != "zoo", r.Complete(), said(r))
		})
	}
}

func TestTheDistributionsAgentsAreUsedOnRequest(t *testing.T) {
	o := folder(t, "guide")
	o.Provider, o.Services = "heartbeat", "lsb"
	config := Convert(o).Config
	require.Contains(t, config, "ip-192.168.123.170 ocf:heartbeat:IPaddr2 ")
	require.Contains(t, config, " ocf:heartbeat:Filesystem ")
	require.Contains(t, config, " ocf:ocfbox:drbddisk ", "there is no other")
	require.Contains(t, config, "primitive mysqld lsb:mysqld ")
	o.HaresourcesText = "a Filesystem::/dev/sda1::/srv\n"
	require.NotContains(t, Convert(o).Config, "fstype", "the distribution's agent does not know auto")
}

// The three ways to say whether services go back, and what is done when nothing is said.
func TestServicesGoBackAsHaCfSays(t *testing.T) {
	for text, want := range map[string]string{
		"": "=0", "auto_failback on": "=0", "auto_failback Legacy": "=0", "auto_failback OFF": "=200", "auto_failback no": "=200",
		"nice_failback on": "=200", "nice_failback off": "=0",
	} {
		r := Convert(Options{Haresources: "haresources", HaresourcesText: "a 10.0.0.1", HaCf: "ha.cf", HaCfText: text})
		require.Contains(t, r.Config, "resource-stickiness"+want+"\n", text)
		require.True(t, r.Complete(), said(r))
	}
	r := Convert(Options{Haresources: "haresources", HaresourcesText: "a 10.0.0.1"})
	require.True(t, r.Complete())
	require.NotContains(t, r.Config, "stonith-enabled", "nothing is known of it")
	require.Contains(t, said(r), "haresources: without ha.cf, ")
}

func TestPingNodesMoveNothingWithoutIpfail(t *testing.T) {
	o := Options{Haresources: "h", HaresourcesText: "a 10.0.0.1", HaCf: "c", HaCfText: "ping 10.0.0.254\n"}
	r := Convert(o)
	require.NotContains(t, r.Config, "ping")
	require.Contains(t, said(r), "c:1: ping: without ipfail ")
	o.HaCfText = "respawn hacluster /usr/lib/heartbeat/ipfail\n"
	require.Contains(t, said(Convert(o)), "c: not translated: ipfail runs, and there is no ping node")
}

// One service that two lines name would be one service for Pacemaker, which then finds it on both nodes.
func TestAServiceThatIsThereTwiceIsNotTranslated(t *testing.T) {
	r := Convert(Options{
		Haresources: "haresources", Services: "lsb",
		HaresourcesText: "test01 192.168.123.170 mysqld\ntest02 192.168.123.171 mysqld\n",
	})
	require.Contains(t, said(r), "haresources:2: not translated: mysqld: line 1 has it too")
	require.Contains(t, r.Config, "group group-test02 ip-192.168.123.171 \\\n    meta target-role=Stopped\n")
	require.Equal(t, 1, strings.Count(r.Config, "lsb:mysqld"))
}

func TestNothingThatCrmshReadsOtherwiseIsWritten(t *testing.T) {
	for _, text := range []string{
		`a MailTo::x"y`, `a MailTo::x'y`, `a MailTo::x\y::z`, "a MailTo::x\x01y", "a IPaddr2::$(reboot)\x7f",
		`a 10.0.0.1/24/eth"0`, "a;b 10.0.0.1", "-a 10.0.0.1",
		"a my;sql", "a $x", "a 10.0.0.1 Filesystem::/dev/x::/y\"::ext3",
	} {
		r := Convert(Options{Haresources: "haresources", HaresourcesText: text, Services: "lsb"})
		require.False(t, r.Complete(), text)
		for line := range strings.Lines(r.Config) {
			require.True(t, strings.HasPrefix(line, "#") || !strings.ContainsAny(line, `"';$`), "%q gives %q", text, line)
		}
	}
	value, err := quoted("a b#c")
	require.NoError(t, err)
	require.Equal(t, `"a b#c"`, value)
}

func TestAFileWithoutAnyResourceIsNotTranslated(t *testing.T) {
	require.False(t, Convert(Options{Haresources: "h", HaresourcesText: "# nothing\n\n"}).Complete())
}

func TestAFileOfADeviceThatCannotBeReadIsNamed(t *testing.T) {
	r := Convert(Options{
		Haresources: "h", HaresourcesText: "a 10.0.0.1", HaCf: "c", HaCfText: "stonith baytech x.conf",
		Read: func(string) (string, error) { return "", errors.New("open x.conf: gone") },
	})
	require.Contains(t, said(r), "c:1: not translated: stonith: its parameters are in a file: open x.conf: gone")
}
