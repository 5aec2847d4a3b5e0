package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/urfave/cli/v2"

	"ocfbox/internal/hana"
	"ocfbox/internal/srhook"
)

func (b *toolbox) srhookCheckCommand() *cli.Command {
	return &cli.Command{
		Name:  "check",
		Usage: "check that the provider can do its work on this node",
		Description: "Asks sudo, as <sid>adm, whether exactly the wanted commands are allowed and others near them\n" +
			"are not, and looks at global.ini, the provider's file and what the cluster has from it.  Nothing is\n" +
			"changed.  Exits with 0 when all is well, 1 when something is not, 3 when something could not be found out.",
		Flags: []cli.Flag{
			sidFlag(" (default: all that are installed)"), sitesFlag(),
			&cli.BoolFlag{Name: "exact", DisableDefaultText: true, Usage: "nothing but the wanted commands may be allowed: the default"},
			&cli.BoolFlag{Name: "generic", DisableDefaultText: true, Usage: "warn only of what the wildcard in the rule of SUSE's guide opens"},
			outputFlag(),
		},
		Action: b.srhookCheck,
	}
}

// A systemReport is what was found of one system. The JSON names are a promise.
type systemReport struct {
	SID      hana.SID         `json:"sid"`
	Sites    []srhook.Site    `json:"sites"`
	OK       bool             `json:"ok"`
	Findings []srhook.Finding `json:"findings"`
}

func (b *toolbox) srhookCheck(c *cli.Context) error {
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
	var reports []systemReport
	code := exitOK
	for _, sid := range sids {
		sites, err := b.sites(ctx, c, sid)
		if err != nil {
			return err
		}
		checker := &srhook.Checker{
			Runner: b.runner, Cluster: b.cluster(), Root: "/", SID: sid, Sites: sites,
			Generic: c.Bool("generic"), UID: os.Geteuid(),
		}
		findings := checker.Check(ctx)
		found := verdictOf(findings)
		reports = append(reports, systemReport{sid, sites, found == exitOK, findings})
		code = worse(code, found)
	}
	if err := printed(c, b.stdout, reports, func() error { return writeReports(b.stdout, reports) }); err != nil {
		return err
	}
	if code != exitOK {
		return silent(code)
	}
	return nil
}

// verdictOf is the exit code for what was found. That something is wrong outweighs not knowing.
func verdictOf(findings []srhook.Finding) int {
	code := exitOK
	for _, finding := range findings {
		switch finding.State {
		case srhook.Failed:
			code = worse(code, exitNo)
		case srhook.Unknown:
			code = worse(code, exitUnknown)
		}
	}
	return code
}

func worse(a, b int) int {
	if a == exitNo || b == exitNo {
		return exitNo
	}
	return max(a, b)
}

func writeReports(to io.Writer, reports []systemReport) error {
	for _, report := range reports {
		if len(reports) > 1 {
			fmt.Fprintf(to, "%s\n", report.SID)
		}
		for _, finding := range report.Findings {
			fmt.Fprintf(to, "%-8s %-10s %s\n", finding.State, finding.Check, finding.Text)
			if finding.Hint != "" {
				fmt.Fprintf(to, "%-19s hint: %s\n", "", finding.Hint)
			}
		}
	}
	return nil
}
