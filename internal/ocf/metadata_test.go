package ocf_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
	"github.com/stretchr/testify/require"

	"ocfbox/internal/ocf"
)

// wordy is an agent whose every word needs care, and which has a parameter of each kind.
func wordy() *ocf.Agent {
	return &ocf.Agent{
		Name:    "Wordy",
		Version: "1.0",
		Short:   `Says "a < b && c > d"`,
		Long:    "\nFirst line.\n\nThird line, with ümlauts & <tags>.\n",
		Ops: []ocf.Op{
			{Name: "start", Timeout: 90 * time.Second},
			{Name: "monitor", Timeout: 20 * time.Second, Interval: 10 * time.Second, Depth: "0"},
			{Name: "monitor", Timeout: 20 * time.Second, Interval: 11 * time.Second, Role: "Promoted"},
			{Name: "meta-data", Timeout: 5 * time.Second},
		},
		New: func(p *ocf.Params) ocf.Actions {
			var s string
			var b bool
			var n int
			p.String(&s, "ip", "", ocf.Required|ocf.Unique, "Address", "The address.")
			p.String(&s, "options", "a=\"1\"\n\tb='2' & <c>", 0, "Options", "With a line break.")
			p.String(&s, "lft", "forever", ocf.NoDefault, "Lifetime", "No default is shown.")
			p.Bool(&b, "safe", true, 0, "Safe", "A truth.")
			p.Bool(&b, "check", true, ocf.AsString, "Check", "A truth that is called a string.")
			p.Int(&n, "count", 5, 0, "Count", "A number.")
			p.Int(&n, "pause", 200, ocf.AsString, "Pause", "A number that is called a string.")
			p.String(&s, "old", "", ocf.Hidden, "Old", "Nobody sees this.")
			return ocf.Actions{}
		},
	}
}

func TestMetaDataOfAnAgent(t *testing.T) {
	var out strings.Builder
	require.NoError(t, wordy().MetaData(&out))
	const golden = "testdata/wordy.xml"
	if os.Getenv("OCFBOX_GOLDEN") == "1" {
		require.NoError(t, os.WriteFile(golden, []byte(out.String()), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), out.String())
}

// Whatever the words are, a reader of the XML gets them back.
func TestMetaDataSurvivesReading(t *testing.T) {
	var out strings.Builder
	require.NoError(t, wordy().MetaData(&out))
	require.True(t, strings.HasSuffix(out.String(), "</resource-agent>\n"))
	doc := etree.NewDocument()
	require.NoError(t, doc.ReadFromString(out.String()))
	root := doc.Root()
	require.Equal(t, `Says "a < b && c > d"`, root.SelectElement("shortdesc").Text())
	require.Equal(t, "First line.\n\nThird line, with ümlauts & <tags>.", root.SelectElement("longdesc").Text())
	content := root.FindElement("parameters/parameter[@name='options']/content")
	require.Equal(t, "a=\"1\"\n\tb='2' & <c>", content.SelectAttrValue("default", ""))
	require.Nil(t, root.FindElement("//parameter[@name='old']"), "a hidden parameter is hidden")
	require.Nil(t, root.FindElement("//parameter[@name='lft']/content").SelectAttr("default"))
}

func TestMetaDataThatCannotBeWrittenIsAnError(t *testing.T) {
	env := &ocf.Env{Lookup: func(string) (string, bool) { return "", false }, Stdout: broken{}, Stderr: new(strings.Builder)}
	require.Equal(t, 1, ocf.Main(env, wordy(), []string{"meta-data"}))
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestTheManualReadsTheDeclaration(t *testing.T) {
	var got []string
	for _, parameter := range wordy().Parameters() {
		got = append(got, parameter.Name+" "+parameter.Type+" "+parameter.Default)
	}
	require.Equal(t, []string{"ip string ", "options string a=\"1\"\n\tb='2' & <c>", "lft string forever", "safe boolean true",
		"check string true", "count integer 5", "pause string 200", "old string "}, got)
}

func TestUsageNamesEachActionOnce(t *testing.T) {
	var out strings.Builder
	require.NoError(t, wordy().Usage(&out))
	require.True(t, strings.HasPrefix(out.String(), "usage: Wordy {start|monitor|meta-data|usage}\n"), out.String())
}
