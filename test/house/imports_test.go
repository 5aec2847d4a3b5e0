package house

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A rule says what packages below a path may import, besides the standard library, x/sys and what is
// below the same path. A name that ends in / stands for all below it.
type rule struct {
	path    string
	imports []string
}

// rules are the layers of the house, the narrowest path first.
func rules() []rule {
	return []rule{
		{"internal/run/runtest", []string{"internal/run"}},
		{"internal/run", nil},
		{"internal/netif", []string{"github.com/vishvananda/netlink", "github.com/vishvananda/netlink/", "github.com/vishvananda/netns"}},
		{"internal/block", []string{"github.com/cespare/xxhash/v2"}},
		{"internal/filemap", []string{"internal/block", "internal/mount"}},
		{"internal/repair", []string{"internal/block", "internal/drbd", "internal/drbd/metadata", "internal/mount", "github.com/cespare/xxhash/v2"}},
		{"internal/mount", nil},
		{"internal/holder", []string{"internal/mount"}},
		{"internal/abandon", []string{"internal/run"}},
		{"internal/term", []string{"golang.org/x/term"}},
		{"internal/ocf", []string{"internal/run", "github.com/beevik/etree", "github.com/google/renameio/v2"}},
		{"internal/crm", []string{"internal/run", "github.com/beevik/etree"}},
		{"internal/hana/hanatest", []string{"internal/run", "internal/crm"}},
		{"internal/hana", []string{"internal/run"}},
		{"internal/srhook", []string{"internal/run", "internal/crm", "internal/hana"}},
		{"internal/drbd", []string{"internal/run"}},
		{"internal/archive", []string{"internal/run", "internal/crm", "internal/hana"}},
		{"agents/agents.go", nil},
		{"agents", []string{"internal/ocf", "internal/crm", "internal/run", "internal/hana", "internal/netif",
			"internal/srhook", "internal/drbd", "internal/drbd/feed", "internal/drbd/record", "internal/block",
			"internal/mount", "internal/holder", "internal/abandon", "github.com/coreos/go-systemd/"}},
		{"cmd/ocfbox", []string{"agents", "agents/", "internal/", "github.com/urfave/cli/v2", "github.com/xrash/smetrics",
			"github.com/google/renameio/v2", "github.com/beevik/etree", "github.com/coreos/go-systemd/"}},
		// Files that the laboratory puts on its nodes.
		{"hooks", nil},
		// The laboratory, and the tests of more than one package.
		{"cmd/ocflab", []string{"."}},
		{"test", []string{"."}},
	}
}

// A listed package is what `go list` says of one.
type listed struct {
	path    string
	imports []string
}

func listedPackages(t *testing.T) []listed {
	var all []listed
	for _, line := range lines(output(t, "go", "list", tags, "-f", "{{.ImportPath}} {{join .Imports \" \"}}", "./...")) {
		words := strings.Fields(line)
		all = append(all, listed{inModule(words[0]), words[1:]})
	}
	require.Greater(t, len(all), 5)
	return all
}

// inModule is a path of ours without the module's name.
func inModule(path string) string { return strings.TrimPrefix(path, module+"/") }

func TestPackagesImportOnlyWhatTheirLayerMay(t *testing.T) {
	for _, pkg := range listedPackages(t) {
		r := ruleFor(t, pkg.path)
		for _, imported := range pkg.imports {
			require.True(t, allowed(r, pkg.path, imported), "%s must not import %s", pkg.path, imported)
		}
	}
}

// ruleFor is the first rule whose path leads to the package. A new package needs a rule: where does
// it belong?
func ruleFor(t *testing.T, path string) rule {
	for _, r := range rules() {
		if path == r.path || strings.HasPrefix(path, r.path+"/") {
			return r
		}
	}
	t.Fatalf("no rule says what %s may import", path)
	return rule{}
}

func allowed(r rule, path, imported string) bool {
	own := inModule(imported)
	switch {
	case isTestHelper(path) && (strings.HasPrefix(imported, "github.com/stretchr/testify/") || isTestHelper(imported)):
		return true
	case isStandard(imported), strings.HasPrefix(imported, "golang.org/x/sys/"), slices.Contains(r.imports, "."):
		return true
	case path == "agents":
		// The list of agents imports every agent; an agent imports no other.
		return strings.HasPrefix(own, "agents/") || own == "internal/ocf"
	case strings.HasPrefix(path, "agents/"):
		// An agent's packages are those below its own folder.
		agent := strings.Join(strings.Split(path, "/")[:2], "/")
		if own == agent || strings.HasPrefix(own, agent+"/") {
			return true
		}
	case own == r.path || strings.HasPrefix(own, r.path+"/"):
		return true
	}
	return slices.ContainsFunc(r.imports, func(name string) bool {
		return own == name || strings.HasSuffix(name, "/") && strings.HasPrefix(own, name)
	})
}

// isStandard reports whether a package is of the standard library: its path has no dot in the first
// element, and it is not ours.
func isStandard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".") && first != module
}

func TestTheImportRulesSayNoWhereTheyShould(t *testing.T) {
	for _, test := range []struct {
		from, to string
		want     bool
	}{
		{"internal/run", "ocfbox/internal/ocf", false},
		{"internal/ocf", "ocfbox/internal/run", true},
		{"internal/ocf", "github.com/urfave/cli/v2", false},
		{"agents/ipaddr2", "ocfbox/agents/filesystem", false},
		{"agents/ipaddr2", "ocfbox/agents/ipaddr2/arp", true},
		{"agents/ipaddr2", "ocfbox/internal/netif", true},
		{"agents/ipaddr2", "github.com/urfave/cli/v2", false},
		{"agents/ipaddr2", "ocfbox/test/lab", false},
		{"agents", "ocfbox/agents/ipaddr2", true},
		{"cmd/ocfbox", "ocfbox/test/lab", false},
		{"internal/netif", "github.com/vishvananda/netlink", true},
		{"internal/crm", "ocfbox/internal/crm/crmtest", true},
		{"internal/crm", "os/exec", true},
		{"internal/crm", "github.com/stretchr/testify/require", false},
		{"internal/crm/crmtest", "github.com/stretchr/testify/require", true},
	} {
		require.Equal(t, test.want, allowed(ruleFor(t, test.from), test.from, test.to), "%s imports %s", test.from, test.to)
	}
}

// The seams: one package starts programs, two mains use the command line library, and only a main
// function sees the process.
func TestSomeImportsHaveOnePlace(t *testing.T) {
	places := map[string][]string{
		"github.com/urfave/cli/v2": {"cmd/ocfbox", "cmd/ocflab"},
		"os/exec":                  {"internal/run"},
		"os/user":                  nil,
		"plugin":                   nil,
		"net/http":                 nil,
		"testing":                  nil,
	}
	for _, pkg := range listedPackages(t) {
		if strings.HasPrefix(pkg.path, "test/") || pkg.path == "cmd/ocflab" || strings.HasSuffix(pkg.path, "test") {
			continue
		}
		for imported, where := range places {
			if slices.Contains(pkg.imports, imported) {
				require.Contains(t, where, pkg.path, "import of %s", imported)
			}
		}
	}
}

func TestTestHelpersStayInTests(t *testing.T) {
	for _, pkg := range listedPackages(t) {
		if strings.HasPrefix(pkg.path, "test/") || pkg.path == "cmd/ocflab" || isTestHelper(pkg.path) {
			continue
		}
		for _, imported := range pkg.imports {
			require.False(t, isTestHelper(imported) || strings.Contains(imported, "testify"),
				"%s imports %s", pkg.path, imported)
		}
	}
}

// isTestHelper reports whether a package is one of those beside a package of ours, for its tests.
func isTestHelper(path string) bool {
	own := inModule(path)
	return strings.HasPrefix(own, "internal/") && strings.HasSuffix(own, "test")
}
