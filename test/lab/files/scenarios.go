package files

import (
	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/disk"
	"ocfbox/test/lab/scenario"
)

// Scenarios lists the scenarios of file servers.
func Scenarios() []scenario.Scenario {
	return []scenario.Scenario{{
		Name: "files-move", Smoke: true, Kit: kit(),
		Title: "A file server is moved to the other node and back by crm; its files are there, and never mounted twice.",
		Run:   move,
	}}
}

// kit is a pair of nodes with an ext4 on a disk that they share.
func kit() scenario.Kit {
	return scenario.Kit{Name: "files", Change: func(o *cluster.Options) error {
		addition, err := disk.Addition(disk.Default(), o.Nodes)
		o.Additions = append(o.Additions, addition)
		return err
	}}
}
