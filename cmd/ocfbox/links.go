package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/google/renameio/v2"

	"ocfbox/agents"
	"ocfbox/internal/ocf"
)

const (
	ownProvider = "ocfbox"
	ocfDir      = "/usr/lib/ocf/resource.d"
	scriptDir   = "/etc/ha.d/resource.d"
	// keptSuffix names an original that a link has replaced. It is dpkg-divert's own choice, so that
	// people know what they see.
	keptSuffix = ".distrib"
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
		return []string{"suse", ownProvider}
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
			if !slices.Contains(providers(agent), provider) {
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
// two generations of SAPHanaSR have them.
func (t *tree) toolLinks() []link {
	dirs := []string{filepath.Dir(t.binary)}
	if filepath.Base(dirs[0]) == "sbin" {
		dirs = append(dirs, filepath.Join(filepath.Dir(dirs[0]), "bin"))
	}
	var links []link
	for _, dir := range dirs {
		for _, name := range suseTools() {
			links = append(links, link{path: filepath.Join(dir, name)})
		}
	}
	return links
}

// ours are all links to the program in the places where install makes them.
func (t *tree) ours() []link {
	patterns := []string{ocfDir + "/*/*", scriptDir + "/*"}
	for _, l := range t.toolLinks() {
		patterns = append(patterns, l.path)
	}
	var links []link
	for _, pattern := range patterns {
		found, _ := filepath.Glob(t.in(pattern))
		for _, path := range found {
			inside, err := filepath.Rel(t.root, path)
			if err == nil && t.isOurs("/"+inside) {
				links = append(links, link{path: "/" + inside})
			}
		}
	}
	return links
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
		return "linked   " + l.path, err
	case err != nil:
		return "", err
	}
	owner, err := t.packages.owner(ctx, l.path)
	if err != nil {
		return "", err
	}
	if owner == "" && t.wasOurs(l.path) {
		return "relinked " + l.path, renameio.Symlink(t.target(l.path), t.in(l.path))
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
// monitor that found none would ban the node from the resource.
func (t *tree) replace(ctx context.Context, path, owner string) error {
	kept := path + keptSuffix
	if err := keep(t.in(path), t.in(kept)); err != nil {
		return err
	}
	if owner != "" {
		err := t.packages.divert(ctx, path, kept)
		if err != nil {
			return errors.Join(err, os.Remove(t.in(kept)))
		}
	}
	return renameio.Symlink(t.target(path), t.in(path))
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
		return fmt.Errorf("there is another %s already", kept)
	}
	return err
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

// tidy removes the folders that install made and that are empty now.
func (t *tree) tidy(ctx context.Context, dir string) error {
	for ; dir != "/usr/lib" && dir != "/etc" && dir != "/"; dir = filepath.Dir(dir) {
		owner, err := t.packages.owner(ctx, dir)
		if err != nil || owner != "" || os.Remove(t.in(dir)) != nil {
			return err
		}
	}
	return nil
}
