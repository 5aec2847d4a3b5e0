// Package disk gives the nodes of a laboratory a disk that they share, as a storage area network would: every node has the
// same block device, and nothing but the cluster keeps two of them from mounting it at once. Nodes with such a disk can
// mount; see package guard for what that means to the host.
//
// What a node wrote and did not sync survives its crash here, since the page cache is the host's. Claims about durability
// are not to be based on it.
package disk

import (
	"fmt"
	"slices"
	"strings"

	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/rack"
)

// A Plan says what disk there is.
type Plan struct {
	// Name is what the device is called: /dev/shared-NAME.
	Name    string
	SizeMiB int
	// Kind is the file system that the disk has at first, one of Kinds.
	Kind string
}

// Kinds are the file systems that a disk can have at first. The empty one is none.
func Kinds() []string { return []string{"ext4", "xfs", ""} }

// smallest is how many MiB a file system needs.
func smallest(kind string) int { return map[string]int{"ext4": 8, "xfs": 300, "": 1}[kind] }

// Default is a small ext4 on /dev/shared-data.
func Default() Plan { return Plan{Name: "data", SizeMiB: 128, Kind: "ext4"} }

// Device is the path of the block device in every node.
func (p Plan) Device() string { return "/dev/" + p.disk().Device() }

func (p Plan) disk() rack.Disk { return rack.Disk{Name: p.Name, SizeMiB: p.SizeMiB, Kind: p.Kind} }

// Check tells whether such a disk can be had.
func (p Plan) Check() error {
	switch {
	case p.Name == "" || strings.Trim(p.Name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "":
		return fmt.Errorf("shared disk %q: use lower case letters, digits and dashes", p.Name)
	case !slices.Contains(Kinds(), p.Kind):
		return fmt.Errorf("shared disk %s: file system %q is not available; there are ext4, xfs and none", p.Name, p.Kind)
	case p.SizeMiB < smallest(p.Kind):
		return fmt.Errorf("shared disk %s: %d MiB are too few; %s needs %d", p.Name, p.SizeMiB, p.Kind, smallest(p.Kind))
	}
	return nil
}

// Addition says what the nodes of a laboratory get for a plan. Nil nodes are all members.
func Addition(p Plan, nodes []string) (cluster.Addition, error) {
	if err := p.Check(); err != nil {
		return cluster.Addition{}, err
	}
	return cluster.Addition{Disks: []rack.Disk{p.disk()}, Hosts: nodes}, nil
}
