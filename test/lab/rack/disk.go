package rack

import (
	"os"
	"path/filepath"

	"ocfbox/test/lab/node"
)

// CopyLogs copies what members wrote below /var/log to a folder, each to one of its name. It must
// be called in the rack's mount namespace: nobody else sees the disks.
func CopyLogs(p Place, members []string, folder string) error {
	for _, m := range members {
		to := filepath.Join(folder, m)
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
		if err := os.RemoveAll(to); err != nil {
			return err
		}
		from := filepath.Join(p.file("rack"), "disks", m, "upper", "var", "log")
		if err := node.CopyTree(from, to); err != nil {
			return err
		}
	}
	return nil
}
