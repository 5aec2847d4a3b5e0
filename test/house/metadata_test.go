package house

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/agents"
	"ocfbox/internal/ocf"
	"ocfbox/test/lab"
)

// schemas are the grammars of meta-data: two in the tree, and those that this machine's tools bring.
var schemas = []struct{ name, option, path string }{
	{"OCF 1.0, F4", "--dtdvalid", "testdata/ra-api-1.dtd"},
	{"OCF 1.1, F5", "--relaxng", "testdata/ocf-ra-1.1.rng"},
	{"ocf-tester", "--dtdvalid", "/usr/share/resource-agents/ra-api-1.dtd"},
	{"resource-agents", "--relaxng", "/usr/share/resource-agents/metadata.rng"},
	{"pcs for 1.0", "--relaxng", "/usr/share/pcs/data/ocf-1.0.rng"},
	{"pcs for 1.1", "--relaxng", "/usr/share/pcs/data/ocf-1.1.rng"},
}

// validate is xmllint's verdict on a document.
func validate(t *testing.T, document, option, schema string) (ok bool, said string) {
	t.Helper()
	lab.Need(t, "xmllint")
	if filepath.IsAbs(schema) {
		need(t, schema)
	}
	cmd := exec.Command("xmllint", "--noout", "--nonet", option, schema, "-")
	cmd.Stdin = strings.NewReader(document)
	out, err := cmd.CombinedOutput()
	return err == nil, string(out)
}

// need is lab.Need for a file.
func need(t *testing.T, path string) {
	t.Helper()
	_, err := os.Stat(path)
	if err != nil && lab.Strict() {
		t.Fatalf("OCFBOX_STRICT=1: this test needs %s", path)
	}
	if err != nil {
		t.Skipf("skipped: this test needs %s", path)
	}
}

func metaData(t *testing.T, agent *ocf.Agent) string {
	var text strings.Builder
	require.NoError(t, agent.MetaData(&text))
	return text.String()
}

func TestMetaDataIsValid(t *testing.T) {
	for _, agent := range agents.All() {
		for _, schema := range schemas {
			t.Run(agent.Name+" by "+schema.name, func(t *testing.T) {
				ok, said := validate(t, metaData(t, agent), schema.option, schema.path)
				require.True(t, ok, said)
			})
		}
	}
}

// A schema that accepts everything proves nothing.
func TestTheSchemasOfTheTreeReject(t *testing.T) {
	good := metaData(t, agents.All()[0])
	for name, test := range map[string]struct {
		from, to string
		schemas  []int
	}{
		"an unknown action":       {`<action name="start"`, `<action name="begin"`, []int{0, 1}},
		"an action without time":  {`<action name="stop" timeout="20s"`, `<action name="stop"`, []int{0, 1}},
		"an unknown type":         {`type="integer"`, `type="number"`, []int{0, 1}},
		"a truth that is a word":  {`required="1"`, `required="yes"`, []int{0, 1}},
		"a missing description":   {`<shortdesc lang="en">` + agents.All()[0].Short + `</shortdesc>`, ``, []int{0, 1}},
		"a time without its unit": {`timeout="20s"`, `timeout="20"`, []int{1}},
		"text without a language": {`<longdesc lang="en">`, `<longdesc>`, []int{1}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, good, test.from)
			for _, i := range test.schemas {
				ok, _ := validate(t, strings.Replace(good, test.from, test.to, 1), schemas[i].option, schemas[i].path)
				require.False(t, ok, "by %s", schemas[i].name)
			}
		})
	}
}

// The DTD in the tree declares what ocf-tester's declares.
func TestTheDTDIsTheOneOfOCFTester(t *testing.T) {
	shipped := "/usr/share/resource-agents/ra-api-1.dtd"
	need(t, shipped)
	theirs, err := os.ReadFile(shipped)
	require.NoError(t, err)
	require.Equal(t, declarations(string(theirs)), declarations(read(t, "test/house/testdata/ra-api-1.dtd")))
}

// declarations are a DTD's without comments and layout.
func declarations(dtd string) []string {
	var all []string
	for _, part := range strings.Split(dtd, "<!")[1:] {
		if !strings.HasPrefix(part, "--") {
			all = append(all, strings.Join(strings.Fields(part), " "))
		}
	}
	return all
}
