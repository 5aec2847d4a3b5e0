package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ocfbox/agents"
	"ocfbox/internal/ocf"
)

const (
	ownProvider = "ocfbox"
	// suseProvider is that of SUSE's package SAPHanaSR.
	suseProvider = "suse"
	ocfDir       = "/usr/lib/ocf/resource.d"
	scriptDir    = "/etc/ha.d/resource.d"
	// keptSuffix names an original that a link has replaced. It is dpkg-divert's own choice, so that
	// people know what they see.
	keptSuffix = ".distrib"
	// besideSuffix ends the name of a link that is not in its place yet.
	besideSuffix = ".ocfbox"
)

// A link is a name under which Pacemaker or heartbeat finds the program.
type link struct {
	// path is the link's in the system it is made for.
	path string
	// replace tells that the user has asked for this place: what is there is kept aside.
	replace bool
}

// providers are those under which an agent is found without being asked for. SAP HANA's are written as
// ocf:suse:... in every guide, and SAPHanaSR's tools look for that name (saphana.md 7.1).
func providers(agent *ocf.Agent) []string {
	switch agent.Name {
	case "SAPHana", "SAPHanaTopology":
		return []string{suseProvider, ownProvider}
	}
	return []string{ownProvider}
}

// plan is the links to make.
func plan(extra []string, scripts bool) []link {
	var links []link
	for _, agent := range agents.All() {
		for _, provider := range providers(agent) {
			path := filepath.Join(ocfDir, provider, agent.Name)
			links = append(links, link{path: path, replace: slices.Contains(extra, provider)})
		}
		for _, provider := range extra {
			// SUSE's provider is for its own agents.
			if provider != suseProvider && !slices.Contains(providers(agent), provider) {
				links = append(links, link{path: filepath.Join(ocfDir, provider, agent.Name), replace: true})
			}
		}
		if scripts && agent.Heartbeat != nil {
			for _, name := range agent.Heartbeat.Names {
				links = append(links, link{path: filepath.Join(scriptDir, name), replace: true})
			}
		}
	}
	return links
}

// A tree is the system into which links are made: the running one, or a folder that becomes one.
type tree struct {
	// root is the folder, "/" for the running system.
	root string
	// binary is the program's path in the system.
	binary string
	// packages knows whose file is whose; nil where nobody does.
	packages *packages
}

// in is a path of the system as this process sees it.
func (t *tree) in(path string) string { return filepath.Join(t.root, path) }

func (t *tree) hasBinary() error {
	info, err := os.Stat(t.in(t.binary))
	if err != nil {
		return fmt.Errorf("link to %s: %w", t.binary, err)
	}
	if !info.Mode().IsRegular() || info.Mode().Perm()&0o111 == 0 {
		return fmt.Errorf("link to %s: it is no program", t.binary)
	}
	return nil
}

// target is the text of a link at path: relative, so that it holds in any root.
func (t *tree) target(path string) string {
	text, err := filepath.Rel(filepath.Dir(path), t.binary)
	if err != nil {
		// Both are absolute and clean.
		return t.binary
	}
	return text
}

// isOurs reports whether path is a link to the program.
func (t *tree) isOurs(path string) bool {
	text, err := os.Readlink(t.in(path))
	if err != nil {
		return false
	}
	if !filepath.IsAbs(text) {
		text = filepath.Join(filepath.Dir(path), text)
	}
	return filepath.Clean(text) == t.binary
}

// wasOurs reports whether path is a link to a program of our name elsewhere, such as one that was
// installed with another prefix.
func (t *tree) wasOurs(path string) bool {
	text, err := os.Readlink(t.in(path))
	return err == nil && filepath.Base(text) == program
}

// toolLinks are the tools under SUSE's names: beside the program, and in the bin beside its sbin, where the
// two generations of SAPHanaSR have them. Those of SUSE's package are replaced with its agents.
func (t *tree) toolLinks(extra []string) []link {
	var links []link
	for _, dir := range t.toolDirs() {
		for _, name := range suseTools() {
			links = append(links, link{path: filepath.Join(dir, name), replace: slices.Contains(extra, suseProvider)})
		}
	}
	return links
}

func (t *tree) toolDirs() []string {
	dirs := []string{filepath.Dir(t.binary)}
	if filepath.Base(dirs[0]) == "sbin" {
		dirs = append(dirs, filepath.Join(filepath.Dir(dirs[0]), "bin"))
	}
	return dirs
}

// ours are all links to the program in the places where install makes them, those of an earlier version
// included.
func (t *tree) ours() []link {
	var links []link
	for _, path := range t.places() {
		if t.isOurs(path) && !strings.HasSuffix(path, besideSuffix) {
			links = append(links, link{path: path})
		}
	}
	return links
}

// places are all files in the folders in which install makes links; of the folders for programs, the names that
// SUSE's tools have.
func (t *tree) places() []string {
	patterns := []string{ocfDir + "/*/*", scriptDir + "/*"}
	for _, dir := range t.toolDirs() {
		patterns = append(patterns, dir+"/SAPHanaSR-*", dir+"/.SAPHanaSR-*"+besideSuffix)
	}
	var paths []string
	for _, pattern := range patterns {
		found, _ := filepath.Glob(t.in(pattern))
		for _, path := range found {
			if inside, err := filepath.Rel(t.root, path); err == nil {
				paths = append(paths, "/"+inside)
			}
		}
	}
	return paths
}

// put makes one link and says what it did.
func (t *tree) put(ctx context.Context, l link) (string, error) {
	if t.isOurs(l.path) {
		return "present  " + l.path, nil
	}
	_, err := os.Lstat(t.in(l.path))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = os.MkdirAll(filepath.Dir(t.in(l.path)), 0o755)
		if err == nil {
			err = os.Symlink(t.target(l.path), t.in(l.path))
		}
		if err != nil {
			// Of the folders that were made for it, none stays empty.
			err = errors.Join(err, t.tidy(ctx, filepath.Dir(l.path)))
		}
		return "linked   " + l.path, err
	case err != nil:
		return "", err
	}
	owner, err := t.packages.owner(ctx, l.path)
	if err != nil {
		return "", err
	}
	if owner == "" && t.wasOurs(l.path) {
		return "relinked " + l.path, t.swap(l.path)
	}
	if !l.replace {
		return "", &ownedError{path: l.path, owner: owner}
	}
	if err := t.replace(ctx, l.path, owner); err != nil {
		return "", fmt.Errorf("replace %s: %w", l.path, err)
	}
	return fmt.Sprintf("replaced %s, of %s; kept as %s", l.path, ownerName(owner),
		filepath.Base(l.path)+keptSuffix), nil
}

// replace puts the link in the place of a file and keeps that. There is no moment without an agent: a
// monitor that found none would ban the node from the resource. What fails leaves everything as it was.
func (t *tree) replace(ctx context.Context, path, owner string) error {
	kept := path + keptSuffix
	if err := keep(t.in(path), t.in(kept)); err != nil {
		return err
	}
	err := error(nil)
	if owner != "" {
		err = t.packages.divert(ctx, path, kept)
	}
	if err == nil {
		if err = t.swap(path); err == nil {
			return nil
		}
		err = errors.Join(err, t.packages.undivert(ctx, path, kept))
	}
	return errors.Join(err, os.Remove(t.in(kept)))
}

// swap puts the link at path in one step, whatever is there. The link is made beside it under a name that the
// next run takes again, should this one be cut off.
func (t *tree) swap(path string) error {
	beside := t.in(besideName(path))
	if err := os.Remove(beside); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Symlink(t.target(path), beside); err != nil {
		return err
	}
	if err := os.Rename(beside, t.in(path)); err != nil {
		return errors.Join(err, os.Remove(beside))
	}
	return nil
}

// besideName is where a link is made that is then renamed to path. Pacemaker lists no name with a dot in front.
func besideName(path string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+besideSuffix)
}

// keep gives the file a second name. That name exists already when an earlier run was cut off.
func keep(path, kept string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return errors.New("it is a directory")
	}
	other, err := os.Lstat(kept)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return os.Link(path, kept)
	case err == nil && !os.SameFile(info, other):
		return &keptError{kept}
	}
	return err
}

// A keptError is a file by the name that an original is to get. An upgrade without dpkg leaves one: it puts a new
// original in the place of the link.
type keptError struct{ kept string }

// Error names the file.
func (e *keptError) Error() string { return fmt.Sprintf("there is another %s already", e.kept) }

func (e *keptError) hint() string {
	return "if it is the original of before an upgrade of its package, remove it and install again"
}

// takeAway removes one link, or puts back what it had replaced, and says which.
func (t *tree) takeAway(ctx context.Context, l link) (string, error) {
	kept := l.path + keptSuffix
	_, err := os.Lstat(t.in(kept))
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.Remove(t.in(l.path)); err != nil {
			return "", err
		}
		return "removed  " + l.path, t.tidy(ctx, filepath.Dir(l.path))
	}
	if err == nil {
		// The diversion goes first: cut off after it, the next run finds the link and goes on.
		err = t.packages.undivert(ctx, l.path, kept)
	}
	if err == nil {
		err = os.Rename(t.in(kept), t.in(l.path))
	}
	if err != nil {
		return "", fmt.Errorf("put back %s: %w", l.path, err)
	}
	return "restored " + l.path, nil
}

// of limits links to those of some providers; no provider is all of them. SUSE's tools that were replaced go with its
// agents; others are under no provider, and a hook may need them.
func (t *tree) of(links []link, some []string) []link {
	if len(some) == 0 {
		return links
	}
	return slices.DeleteFunc(links, func(l link) bool {
		dir := filepath.Dir(l.path)
		if slices.Contains(t.toolDirs(), dir) {
			_, err := os.Lstat(t.in(l.path + keptSuffix))
			return err != nil || !slices.Contains(some, suseProvider)
		}
		return filepath.Dir(dir) != ocfDir || !slices.Contains(some, filepath.Base(dir))
	})
}

// outdated are the links that an earlier version has made for names that nothing answers to any more.
func (t *tree) outdated() []link {
	return slices.DeleteFunc(t.ours(), func(l link) bool {
		name := filepath.Base(l.path)
		return slices.Contains(suseTools(), name) || slices.Contains(agentNames(), name)
	})
}

// sweep removes what a run has left that was cut off: links that are not in their place yet, originals that
// have their second name already, and folders that are empty. It says what it has removed.
func (t *tree) sweep(ctx context.Context) ([]string, error) {
	var said []string
	for _, path := range t.places() {
		var err error
		switch original, kept := strings.CutSuffix(path, keptSuffix); {
		case strings.HasSuffix(path, besideSuffix) && strings.HasPrefix(filepath.Base(path), "."):
			err = os.Remove(t.in(path))
		case kept && t.same(original, path):
			if err = t.packages.undivert(ctx, original, path); err == nil {
				err = os.Remove(t.in(path))
			}
		default:
			continue
		}
		if err != nil {
			return said, fmt.Errorf("tidy %s: %w", path, err)
		}
		said = append(said, "removed  "+path)
	}
	for _, dir := range []string{filepath.Join(ocfDir, ownProvider), filepath.Join(ocfDir, suseProvider), scriptDir} {
		if err := t.tidy(ctx, dir); err != nil {
			return said, err
		}
	}
	return said, nil
}

// same reports whether two names are one file.
func (t *tree) same(a, b string) bool {
	one, errOne := os.Lstat(t.in(a))
	other, errOther := os.Lstat(t.in(b))
	return errOne == nil && errOther == nil && os.SameFile(one, other)
}

// tidy removes the agents' folders that install made and that are empty now. Folders for programs stay: every system
// has them.
func (t *tree) tidy(ctx context.Context, dir string) error {
	ours := func(dir string) bool {
		return strings.HasPrefix(dir, "/usr/lib/ocf") || strings.HasPrefix(dir, "/etc/ha.d")
	}
	for ; ours(dir); dir = filepath.Dir(dir) {
		owner, err := t.packages.owner(ctx, dir)
		if err != nil || owner != "" {
			return err
		}
		if err := os.Remove(t.in(dir)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			// It is not empty.
			return nil
		}
	}
	return nil
}
