package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/run/runtest"
)

const (
	ourLink  = "/usr/lib/ocf/resource.d/ocfbox/IPaddr2"
	debians  = "/usr/lib/ocf/resource.d/heartbeat/IPaddr2"
	original = "#!/bin/sh\necho the original\n"
)

// newTree is a system with the program and the distribution's agent, and its dpkg.
func newTree(t *testing.T) (*tree, *dpkg) {
	d := &dpkg{owners: map[string]string{debians: "resource-agents"}, diverted: map[string]string{}}
	system := &tree{root: t.TempDir(), binary: defaultBinary, packages: &packages{runner: d.runner()}}
	write(t, system.in(defaultBinary), "the program", 0o755)
	write(t, system.in(debians), original, 0o755)
	require.NoError(t, os.Mkdir(system.in("/etc"), 0o755))
	return system, d
}

func write(t *testing.T, path, text string, mode os.FileMode) {
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(text), mode))
}

// snapshot is every path below root with its mode and content.
func snapshot(t *testing.T, root string) map[string]string {
	seen := make(map[string]string)
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := entry.Info()
		require.NoError(t, err)
		content := ""
		if info.Mode().IsRegular() {
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			content = string(text)
		}
		seen[path] = info.Mode().String() + " " + content
		return nil
	}))
	return seen
}

func putAll(t *testing.T, system *tree, links []link) []string {
	var said []string
	for _, l := range links {
		text, err := system.put(t.Context(), l)
		require.NoError(t, err)
		said = append(said, text)
	}
	return said
}

func takeAll(t *testing.T, system *tree) []string {
	var said []string
	for _, l := range system.ours() {
		text, err := system.takeAway(t.Context(), l)
		require.NoError(t, err)
		said = append(said, text)
	}
	return said
}

func TestLinksAreRelativeAndLeadToTheProgram(t *testing.T) {
	system, _ := newTree(t)
	require.Contains(t, putAll(t, system, plan(nil, false)), "linked   "+ourLink)
	text, err := os.Readlink(system.in(ourLink))
	require.NoError(t, err)
	require.Equal(t, "../../../../sbin/ocfbox", text)
	content, err := os.ReadFile(system.in(ourLink))
	require.NoError(t, err)
	require.Equal(t, "the program", string(content))
}

func TestInstallingAgainChangesNothing(t *testing.T) {
	system, _ := newTree(t)
	links := plan([]string{"heartbeat"}, true)
	putAll(t, system, links)
	before := snapshot(t, system.root)
	for _, said := range putAll(t, system, links) {
		require.Regexp(t, "^present  /", said)
	}
	require.Equal(t, before, snapshot(t, system.root))
}

func TestALinkToAnotherPrefixIsRenewed(t *testing.T) {
	system, d := newTree(t)
	system.binary = "/usr/local/sbin/ocfbox"
	putAll(t, system, plan(nil, false))
	system.binary = defaultBinary
	require.Contains(t, putAll(t, system, plan(nil, false)), "relinked "+ourLink)
	require.True(t, system.isOurs(ourLink))

	// Not one that a package has brought.
	system.binary = "/opt/sbin/ocfbox"
	d.owners[ourLink] = "ocfbox"
	_, err := system.put(t.Context(), link{path: ourLink})
	require.EqualError(t, err, ourLink+" belongs to package ocfbox: left alone")
}

func TestSAPHANAsAgentsAreFoundAsSUSEs(t *testing.T) {
	system, d := newTree(t)
	const suses = "/usr/lib/ocf/resource.d/suse/SAPHanaTopology"
	require.Contains(t, putAll(t, system, plan(nil, false)), "linked   "+suses)

	// One that SUSE's package has brought is left alone.
	require.NoError(t, os.Remove(system.in(suses)))
	write(t, system.in(suses), original, 0o755)
	d.owners[suses] = "SAPHanaSR"
	_, err := system.put(t.Context(), link{path: suses})
	require.EqualError(t, err, suses+" belongs to package SAPHanaSR: left alone")
}

func TestTheDistributionsAgentsAreNotTouchedUnasked(t *testing.T) {
	system, d := newTree(t)
	putAll(t, system, plan(nil, true))
	text, err := os.ReadFile(system.in(debians))
	require.NoError(t, err)
	require.Equal(t, original, string(text))
	require.Empty(t, d.diverted)
}

func TestReplacingKeepsTheOriginalAndTellsDpkg(t *testing.T) {
	system, d := newTree(t)
	said := putAll(t, system, plan([]string{"heartbeat"}, false))
	require.Contains(t, said, "replaced "+debians+", of package resource-agents; kept as IPaddr2.distrib")
	require.Equal(t, map[string]string{debians: debians + keptSuffix}, d.diverted)
	require.True(t, system.isOurs(debians))
	text, err := os.ReadFile(system.in(debians + keptSuffix))
	require.NoError(t, err)
	require.Equal(t, original, string(text))
}

func TestUninstallLeavesTheTreeAsItWas(t *testing.T) {
	for name, links := range map[string][]link{
		"own links only":   plan(nil, false),
		"in place of":      plan([]string{"heartbeat"}, false),
		"another provider": plan([]string{"site"}, false),
		"all":              plan([]string{"heartbeat"}, true),
	} {
		t.Run(name, func(t *testing.T) {
			system, d := newTree(t)
			before := snapshot(t, system.root)
			putAll(t, system, links)
			require.NotEqual(t, before, snapshot(t, system.root))
			require.Len(t, takeAll(t, system), len(links))
			require.Equal(t, before, snapshot(t, system.root))
			require.Empty(t, d.diverted)
		})
	}
}

func TestAFolderOfAPackageStays(t *testing.T) {
	system, d := newTree(t)
	d.owners["/usr/lib/ocf/resource.d/ocfbox"] = "somebody"
	putAll(t, system, plan(nil, false))
	takeAll(t, system)
	require.DirExists(t, system.in("/usr/lib/ocf/resource.d/ocfbox"))
}

func TestWithoutDpkgTheOriginalIsKeptAsWell(t *testing.T) {
	system, _ := newTree(t)
	system.packages = &packages{runner: &runtest.Script{Programs: map[string]runtest.Program{
		"rpm": runtest.Says(0, "resource-agents\n"),
	}}}
	before := snapshot(t, system.root)
	said := putAll(t, system, plan([]string{"heartbeat"}, false))
	require.Contains(t, said, "replaced "+debians+", of package resource-agents; kept as IPaddr2.distrib")
	takeAll(t, system)
	// rpm owns every folder here, so ours stay.
	require.NoError(t, os.Remove(system.in("/usr/lib/ocf/resource.d/ocfbox")))
	require.NoError(t, os.Remove(system.in("/usr/lib/ocf/resource.d/suse")))
	require.Equal(t, before, snapshot(t, system.root))
}

func TestAnotherRootHasNoOwners(t *testing.T) {
	system, d := newTree(t)
	system.packages = nil
	before := snapshot(t, system.root)
	putAll(t, system, plan([]string{"heartbeat"}, true))
	require.Empty(t, d.diverted)
	require.FileExists(t, system.in(debians+keptSuffix))
	takeAll(t, system)
	require.Equal(t, before, snapshot(t, system.root))
}

func TestATakenPlaceNamesItsOwner(t *testing.T) {
	for owner, want := range map[string]string{
		"strange-agents": ourLink + " belongs to package strange-agents: left alone",
		"":               ourLink + " belongs to no package: left alone",
	} {
		system, d := newTree(t)
		write(t, system.in(ourLink), "somebody's", 0o755)
		d.owners[ourLink] = owner
		_, err := system.put(t.Context(), link{path: ourLink})
		require.EqualError(t, err, want)
		text, err := os.ReadFile(system.in(ourLink))
		require.NoError(t, err)
		require.Equal(t, "somebody's", string(text))
	}
}

func TestDpkgRefusingLeavesTheOriginalInPlace(t *testing.T) {
	system, d := newTree(t)
	d.refuses = true
	before := snapshot(t, system.root)
	_, err := system.put(t.Context(), link{path: debians, replace: true})
	require.ErrorContains(t, err, "replace "+debians+": dpkg-divert: exit 2: dpkg-divert: error: clashes")
	require.Equal(t, before, snapshot(t, system.root))
}

func TestAnotherKeptFileIsNotOverwritten(t *testing.T) {
	system, _ := newTree(t)
	write(t, system.in(debians+keptSuffix), "the administrator's own", 0o755)
	before := snapshot(t, system.root)
	_, err := system.put(t.Context(), link{path: debians, replace: true})
	require.ErrorContains(t, err, "already")
	require.ErrorContains(t, err, debians+keptSuffix)
	var failed *failure
	require.ErrorAs(t, explained(err), &failed)
	require.Contains(t, failed.hint, "remove it and install again")
	require.Equal(t, before, snapshot(t, system.root))
}

// A run can be cut off between any two steps; the next one goes on from there.
func TestARunThatWasCutOffIsCompleted(t *testing.T) {
	t.Run("install after the copy", func(t *testing.T) {
		system, d := newTree(t)
		require.NoError(t, os.Link(system.in(debians), system.in(debians+keptSuffix)))
		putAll(t, system, plan([]string{"heartbeat"}, false))
		require.True(t, system.isOurs(debians))
		require.Len(t, d.diverted, 1)
	})
	t.Run("uninstall after dpkg was told", func(t *testing.T) {
		system, d := newTree(t)
		before := snapshot(t, system.root)
		putAll(t, system, plan([]string{"heartbeat"}, false))
		clear(d.diverted)
		takeAll(t, system)
		require.Equal(t, before, snapshot(t, system.root))
	})
}

func TestOnlyLinksToTheProgramAreOurs(t *testing.T) {
	system, _ := newTree(t)
	other := "/usr/lib/ocf/resource.d/site/Other"
	require.NoError(t, os.MkdirAll(filepath.Dir(system.in(other)), 0o755))
	require.NoError(t, os.Symlink("../../../../sbin/other", system.in(other)))
	absolute := "/usr/lib/ocf/resource.d/site/Absolute"
	require.NoError(t, os.Symlink(defaultBinary, system.in(absolute)))
	require.Equal(t, []link{{path: absolute}}, system.ours())
}

// With SUSE's provider go SUSE's tools, of which the hook calls one.
func TestSUSEsAgentsAndToolsAreReplacedOnRequestAndComeBack(t *testing.T) {
	system, d := newTree(t)
	const agent, tool = "/usr/lib/ocf/resource.d/suse/SAPHana", "/usr/sbin/SAPHanaSR-hookHelper"
	for _, path := range []string{agent, tool} {
		write(t, system.in(path), original, 0o755)
		d.owners[path] = "SAPHanaSR"
	}
	require.NoError(t, os.MkdirAll(system.in("/usr/bin"), 0o755))
	before := snapshot(t, system.root)
	_, err := system.put(t.Context(), link{path: tool})
	require.EqualError(t, err, tool+" belongs to package SAPHanaSR: left alone")

	extra := []string{suseProvider}
	said := putAll(t, system, append(plan(extra, false), system.toolLinks(extra)...))
	require.NotContains(t, said, "linked   /usr/lib/ocf/resource.d/suse/IPaddr2", "others than SUSE's stay away from there")
	require.Contains(t, said, "replaced "+agent+", of package SAPHanaSR; kept as SAPHana.distrib")
	require.Contains(t, said, "replaced "+tool+", of package SAPHanaSR; kept as SAPHanaSR-hookHelper.distrib")
	require.Equal(t, map[string]string{agent: agent + keptSuffix, tool: tool + keptSuffix}, d.diverted)
	takeAll(t, system)
	require.Equal(t, before, snapshot(t, system.root))
	require.Empty(t, d.diverted)
}

func TestOnlySomeProvidersLinksAreTakenAway(t *testing.T) {
	system, _ := newTree(t)
	extra := []string{"heartbeat"}
	putAll(t, system, append(plan(extra, true), system.toolLinks(nil)...))
	paths := func(some ...string) (list []string) {
		for _, l := range system.of(system.ours(), some) {
			list = append(list, l.path)
		}
		return list
	}
	require.Contains(t, paths("heartbeat"), debians)
	for _, path := range paths("heartbeat") {
		require.Equal(t, "/usr/lib/ocf/resource.d/heartbeat", filepath.Dir(path))
	}
	suses := []string{"/usr/lib/ocf/resource.d/suse/SAPHana", "/usr/lib/ocf/resource.d/suse/SAPHanaTopology"}
	require.ElementsMatch(t, suses, paths("suse"), "the hook may need the tools")
	const replaced = "/usr/sbin/" + showAttr
	write(t, system.in(replaced+keptSuffix), original, 0o755)
	require.ElementsMatch(t, append(suses, replaced), paths("suse"))
	require.Empty(t, paths("nobody"))
	require.Len(t, paths(), len(system.ours()))
}

// An earlier version had names that are gone.
func TestLinksOfAnEarlierVersionAreFound(t *testing.T) {
	system, _ := newTree(t)
	putAll(t, system, append(plan(nil, false), system.toolLinks(nil)...))
	require.Empty(t, system.outdated())
	gone := []string{"/usr/lib/ocf/resource.d/ocfbox/Gone", "/usr/sbin/SAPHanaSR-gone"}
	for _, path := range gone {
		require.NoError(t, os.Symlink(defaultBinary, system.in(path)))
	}
	require.ElementsMatch(t, []link{{path: gone[0]}, {path: gone[1]}}, system.outdated())
	require.Subset(t, system.ours(), system.outdated(), "uninstall takes them away, too")
}

// What cannot be put in place leaves the original, its only name and dpkg's word.
func TestAReplacementThatFailsIsTakenBack(t *testing.T) {
	system, d := newTree(t)
	// A folder where the link would be made beside.
	write(t, system.in(besideName(debians))+"/in-the-way", "x", 0o644)
	before := snapshot(t, system.root)
	_, err := system.put(t.Context(), link{path: debians, replace: true})
	require.ErrorContains(t, err, "replace "+debians)
	require.Equal(t, before, snapshot(t, system.root))
	require.Empty(t, d.diverted)
}

// Killed when dpkg has been told and the link is not there yet: uninstall takes that back.
func TestADiversionWithoutALinkIsTakenBack(t *testing.T) {
	system, d := newTree(t)
	before := snapshot(t, system.root)
	require.NoError(t, os.Link(system.in(debians), system.in(debians+keptSuffix)))
	d.diverted[debians] = debians + keptSuffix
	said, err := system.sweep(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"removed  " + debians + keptSuffix}, said)
	require.Equal(t, before, snapshot(t, system.root))
	require.Empty(t, d.diverted)

	// Somebody's own copy is no second name, and stays.
	write(t, system.in(debians+keptSuffix), original, 0o755)
	said, err = system.sweep(t.Context())
	require.NoError(t, err)
	require.Empty(t, said)
	require.FileExists(t, system.in(debians+keptSuffix))
}
