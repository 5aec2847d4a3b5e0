package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"ocfbox/internal/run"
	"ocfbox/internal/srhook"
)

func (b *toolbox) srhookSudoersCommand() *cli.Command {
	return &cli.Command{
		Name:  "sudoers",
		Usage: "print the rules for sudo that the provider needs",
		Description: "Without --generic, the rules allow exactly the commands that the provider runs.  Both nodes\n" +
			"need them, for both sites: put them into /etc/sudoers.d/ocfbox-srhook-ha1, mode 0440.",
		Flags: []cli.Flag{
			sidFlag(""), sitesFlag(),
			&cli.BoolFlag{Name: "exact", DisableDefaultText: true, Usage: "a rule for each site and value: the default"},
			&cli.BoolFlag{Name: "generic", DisableDefaultText: true, Usage: "the rule of SUSE's guide, whose wildcard allows more than that"},
		},
		Action: b.srhookSudoers,
	}
}

func (b *toolbox) srhookSudoers(c *cli.Context) error {
	if err := noWords(c); err != nil {
		return err
	}
	if err := oneForm(c); err != nil {
		return err
	}
	sids, err := systems(c)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(c.Context, srhookPatience)
	defer cancel()
	text := ""
	for _, sid := range sids {
		if c.Bool("generic") {
			text += srhook.Generic(sid)
			continue
		}
		sites, err := b.sites(ctx, c, sid)
		if err != nil {
			return err
		}
		text += srhook.Exact(sid, sites)
	}
	if err := b.visudo(ctx, text); err != nil {
		return err
	}
	_, err = fmt.Fprint(b.stdout, text)
	return err
}

// oneForm refuses both forms of the rules at once.
func oneForm(c *cli.Context) error {
	if c.Bool("exact") && c.Bool("generic") {
		return usage(errors.New("--exact and --generic are two forms of the same rules"), "choose one")
	}
	return nil
}

// visudo lets visudo check the rules where it is installed: a mistake in one file of sudoers.d makes sudo
// refuse everything.
func (b *toolbox) visudo(ctx context.Context, text string) error {
	result, err := b.runner.Run(ctx, run.Cmd{Path: "visudo", Args: []string{"-c", "-q", "-f", "-"}, Stdin: []byte(text)})
	switch {
	case errors.Is(err, run.ErrNotFound):
		return nil
	case err != nil:
		return &failure{err: fmt.Errorf("check the rules: %w", err), code: exitUnknown}
	case !result.OK():
		return fmt.Errorf("visudo refuses the rules: %s", result.FirstError())
	}
	return nil
}
