package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"ocfbox/internal/crm"
	"ocfbox/internal/hana"
	"ocfbox/internal/srhook"
)

// Bounds of what is asked: one tool of the cluster, and a whole command.
const (
	clusterPatience = 15 * time.Second
	srhookPatience  = 2 * time.Minute
)

func (b *toolbox) srhookCommand() *cli.Command {
	command := &cli.Command{
		Name:  "srhook",
		Usage: "set up and check what SAP HANA calls when replication changes",
		Description: "The HA/DR provider SAPHanaSR writes to the cluster whether the secondary site is in sync.\n" +
			"It needs a section in global.ini and rules in sudoers: see ocfbox-srhook(7).",
		HideHelpCommand: true,
		Subcommands:     []*cli.Command{b.srhookCheckCommand(), b.srhookSudoersCommand(), b.srhookDrainCommand()},
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return unknown("command of srhook", c.Args().First(), []string{"check", "sudoers", "drain"})
			}
			return usage(errors.New("srhook needs a command"), "check, sudoers or drain")
		},
	}
	for _, sub := range command.Subcommands {
		sub.OnUsageError = func(c *cli.Context, err error, _ bool) error { return usage(err, srhookHelp(c)) }
	}
	return command
}

func srhookHelp(c *cli.Context) string { return "see ocfbox srhook " + c.Command.Name + " --help" }

// noWords refuses arguments: everything is said with flags.
func noWords(c *cli.Context) error {
	if c.Args().Present() {
		return usage(fmt.Errorf("srhook %s takes no argument %q", c.Command.Name, c.Args().First()), srhookHelp(c))
	}
	return nil
}

func sidFlag(text string) cli.Flag {
	return &cli.StringFlag{Name: "sid", Usage: "the `SID` of the SAP HANA system" + text}
}

func sitesFlag() cli.Flag {
	return &cli.StringFlag{Name: "sites", Usage: "its replication sites as `SITE,SITE` (default: those that the cluster knows)"}
}

// noSystem is the answer on a host without SAP HANA.
func noSystem() error {
	return &failure{err: errors.New("no SAP HANA system is installed here"), hint: "name it: --sid HA1", code: exitUnknown}
}

// systems are the system that --sid names, or those that are installed.
func systems(c *cli.Context) ([]hana.SID, error) {
	if name := c.String("sid"); name != "" {
		var sid hana.SID
		if err := sid.UnmarshalText([]byte(name)); err != nil {
			return nil, usage(fmt.Errorf("--sid: %w", err), "such as HA1")
		}
		return []hana.SID{sid}, nil
	}
	sids := srhook.Systems("/")
	if len(sids) == 0 {
		return nil, noSystem()
	}
	return sids, nil
}

// sites are those that --sites names, or those that the cluster knows.
func (b *toolbox) sites(ctx context.Context, c *cli.Context, sid hana.SID) ([]srhook.Site, error) {
	if names := c.String("sites"); names != "" {
		var sites []srhook.Site
		for _, name := range strings.Split(names, ",") {
			var site srhook.Site
			if err := site.UnmarshalText([]byte(strings.TrimSpace(name))); err != nil {
				return nil, usage(fmt.Errorf("--sites: %w", err), "such as WDF,ROT")
			}
			sites = append(sites, site)
		}
		return sites, nil
	}
	cib, err := b.cluster().CIB(ctx)
	if err != nil {
		return nil, &failure{err: fmt.Errorf("the sites of %s: %w", sid, err), hint: "name them: --sites WDF,ROT", code: exitUnknown}
	}
	sites := srhook.Sites(cib, sid)
	if len(sites) == 0 {
		return nil, &failure{err: fmt.Errorf("the cluster knows no sites of %s", sid), hint: "name them: --sites WDF,ROT", code: exitUnknown}
	}
	return sites, nil
}

func (b *toolbox) cluster() *crm.Cluster {
	return &crm.Cluster{Runner: b.runner, Timeout: clusterPatience}
}

// printed writes a result as --output asks for it.
func printed(c *cli.Context, to io.Writer, result any, text func() error) error {
	switch format := c.String("output"); format {
	case "text":
		return text()
	case "json":
		encoder := json.NewEncoder(to)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		return encoder.Encode(result)
	default:
		return usage(fmt.Errorf("no output format is called %q", format), "text or json")
	}
}
