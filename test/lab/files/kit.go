package files

import (
	"path"

	"ocfbox/test/hanasim"
	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/defect"
	"ocfbox/test/lab/disk"
	"ocfbox/test/lab/files/store"
	"ocfbox/test/lab/fuse"
	"ocfbox/test/lab/node"
	"ocfbox/test/lab/scenario"
)

// kit is a pair of nodes with an ext4 on a disk that they share, and a spare disk without a file system.
func kit() scenario.Kit {
	return scenario.Kit{Name: "files", Change: change}
}

// breakable is the same with agents of ours that can be broken.
func breakable() scenario.Kit {
	return scenario.Kit{Name: "files-broken", Change: func(o *cluster.Options) error {
		if err := defect.Install(o); err != nil {
			return err
		}
		return change(o)
	}}
}

func change(o *cluster.Options) error {
	for _, plan := range []disk.Plan{disk.Default(), spare()} {
		addition, err := disk.Addition(plan, o.Nodes)
		if err != nil {
			return err
		}
		o.Additions = append(o.Additions, addition)
	}
	for _, program := range append(fuse.Helpers(), store.Path, hanasim.Writer) {
		o.Files = append(o.Files, node.File{Path: program, Link: node.Binary})
	}
	o.Files = append(o.Files, node.File{
		Path: path.Join("/usr/lib/ocf/resource.d/ocflab", agentName), Text: agent, Mode: 0o755,
	})
	return nil
}
