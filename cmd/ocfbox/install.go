package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"
)

// patience bounds all that the package manager is asked in one command.
const patience = 2 * time.Minute

func (b *toolbox) installCommand() *cli.Command {
	return &cli.Command{
		Name:  "install",
		Usage: "make the links by which Pacemaker finds the agents",
		Description: "Links every agent to this program under /usr/lib/ocf/resource.d/ocfbox, beside the\n" +
			"distribution's agents. What belongs to another package is left alone, unless its provider\n" +
			"is named: then the original is kept as FILE.distrib, and uninstall puts it back.",
		Flags: append(treeFlags(),
			&cli.StringSliceFlag{Name: "provider", Usage: "link the agents under `PROVIDER` as well and replace what is there, as in heartbeat or suse"},
			&cli.BoolFlag{Name: "heartbeat-scripts", DisableDefaultText: true, Usage: "link heartbeat's resource scripts as well, in /etc/ha.d/resource.d"}),
		Action: b.install,
	}
}

func (b *toolbox) uninstallCommand() *cli.Command {
	return &cli.Command{
		Name:        "uninstall",
		Usage:       "remove the links, and put back what they had replaced",
		Description: "The program itself stays.  What an earlier run has left that was cut off is put right.",
		Flags: append(treeFlags(),
			&cli.StringSliceFlag{Name: "provider", Usage: "only those under `PROVIDER`; with suse, the tools of SUSE's package as well"}),
		Action: b.uninstall,
	}
}

func treeFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "root", Value: "/", Usage: "work on the system below `DIR`, whose packages are not asked"},
		&cli.StringFlag{Name: "binary", Usage: "link to the program at `PATH` of that system (default: where this one is installed, or " + defaultBinary + ")"},
	}
}

// install makes the links that are missing. One that cannot be made does not keep it from the others.
func (b *toolbox) install(c *cli.Context) error {
	if err := noMore(c, 0); err != nil {
		return err
	}
	extra, err := providerNames(c)
	if err != nil {
		return err
	}
	t, err := b.tree(c)
	if err != nil {
		return err
	}
	if err := t.hasBinary(); err != nil {
		return &failure{err: err, hint: "make install puts the program in place; --binary names another", code: exitNo}
	}
	ctx, cancel := context.WithTimeout(c.Context, patience)
	defer cancel()
	links := append(plan(extra, c.Bool("heartbeat-scripts")), t.toolLinks(extra)...)
	return errors.Join(
		b.each(links, func(l link) (string, error) { return t.put(ctx, l) }),
		b.each(t.outdated(), func(l link) (string, error) { return t.takeAway(ctx, l) }))
}

// providerNames are those of --provider. A name becomes a folder, so it must not lead out of its own.
func providerNames(c *cli.Context) ([]string, error) {
	names := c.StringSlice("provider")
	for _, name := range names {
		if name == "" || strings.Trim(name, providerLetters) != "" {
			return nil, usage(fmt.Errorf("%q is no name for a provider", name), "heartbeat is one")
		}
	}
	return names, nil
}

// uninstall removes every link to the program, whichever way it was asked for.
func (b *toolbox) uninstall(c *cli.Context) error {
	if err := noMore(c, 0); err != nil {
		return err
	}
	some, err := providerNames(c)
	if err != nil {
		return err
	}
	t, err := b.tree(c)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(c.Context, patience)
	defer cancel()
	links := t.of(t.ours(), some)
	err = b.each(links, func(l link) (string, error) { return t.takeAway(ctx, l) })
	if len(some) > 0 {
		return err
	}
	swept, sweepErr := t.sweep(ctx)
	for _, line := range swept {
		fmt.Fprintln(b.stdout, line)
	}
	if sweepErr != nil {
		b.fail(explained(sweepErr))
		return silent(exitNo)
	}
	if len(links)+len(swept) == 0 {
		fmt.Fprintf(b.stdout, "no link to %s\n", t.binary)
	}
	return err
}

// each does one thing to all links and says what became of each.
func (b *toolbox) each(links []link, do func(link) (string, error)) error {
	failed := false
	for _, l := range links {
		done, err := do(l)
		if err != nil {
			failed = true
			b.fail(explained(err))
			continue
		}
		fmt.Fprintln(b.stdout, done)
	}
	if failed {
		return silent(exitNo)
	}
	return nil
}

// explained adds the way out to an error that has one.
func explained(err error) error {
	var owned *ownedError
	var kept *keptError
	switch {
	case errors.As(err, &owned):
		return &failure{err: err, hint: owned.hint(), code: exitNo}
	case errors.As(err, &kept):
		return &failure{err: err, hint: kept.hint(), code: exitNo}
	case errors.Is(err, fs.ErrPermission):
		return &failure{err: err, hint: "run it as root", code: exitNo}
	case errors.Is(err, syscall.EROFS):
		return &failure{err: err, hint: "the file system is read-only", code: exitNo}
	case errors.Is(err, syscall.ENOSPC):
		return &failure{err: err, hint: "the file system is full; what is done holds, and the same command goes on from there", code: exitNo}
	}
	return err
}

// tree is the system that the flags name.
func (b *toolbox) tree(c *cli.Context) (*tree, error) {
	root, err := filepath.Abs(c.String("root"))
	if err == nil {
		root, err = filepath.EvalSymlinks(root)
	}
	if err != nil {
		return nil, usage(fmt.Errorf("--root: %w", err), "the folder must exist")
	}
	t := &tree{root: root, binary: c.String("binary")}
	if t.binary == "" {
		t.binary = installedAt(root, b.self)
	}
	if !filepath.IsAbs(t.binary) {
		return nil, usage(fmt.Errorf("--binary %s is not an absolute path", t.binary), "such as "+defaultBinary)
	}
	t.binary = filepath.Clean(t.binary)
	if root == "/" {
		t.packages = &packages{runner: b.runner}
	}
	return t, nil
}

const providerLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

const defaultBinary = "/usr/sbin/ocfbox"

// installedAt is where the program is in the system: where the running one is, if that is a place for
// installed programs. Pacemaker must not be led to a folder in which somebody builds.
func installedAt(root, self string) string {
	if root == "/" && filepath.Base(filepath.Dir(self)) == "sbin" {
		return self
	}
	return defaultBinary
}
