package main

import (
	"github.com/urfave/cli/v2"

	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/disk"
)

func diskFlags() []cli.Flag {
	p := disk.Default()
	return []cli.Flag{
		&cli.StringFlag{Name: "disk", Value: p.Kind, Usage: "`ext4|xfs|none`: the file system that the shared disk has at first"},
		&cli.IntFlag{Name: "disk-size", Value: p.SizeMiB, Usage: "its size in `MIB`"},
	}
}

// addDisk puts the shared disk into the laboratory.
func addDisk(c *cli.Context, o *cluster.Options) error {
	p := disk.Default()
	p.SizeMiB, p.Kind = c.Int("disk-size"), c.String("disk")
	if p.Kind == "none" {
		p.Kind = ""
	}
	a, err := disk.Addition(p, o.Nodes)
	if err != nil {
		return usage("%v", err)
	}
	o.Additions = append(o.Additions, a)
	return nil
}
