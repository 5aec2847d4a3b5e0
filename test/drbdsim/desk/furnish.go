package desk

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"ocfbox/test/drbdsim/command"
)

// Furnish lays alfa's tools over /usr/sbin and a pair's configuration over /etc of the calling process's mount namespace,
// which must be its own. make makes the pair with its configuration below a root. The tools are links to the running
// program, which must answer to their names with Program. folder is for what is laid over.
func Furnish(folder string, make func(root string) (*Desk, error)) (*Desk, error) {
	if err := overlay(folder, "/usr/sbin", tools); err != nil {
		return nil, err
	}
	var d *Desk
	err := overlay(folder, "/etc", func(etc string) (err error) {
		d, err = make(filepath.Dir(etc))
		return err
	})
	return d, err
}

// Clear takes back what Furnish keeps in its folder; what was laid over stays as long as the namespace does.
func Clear(folder string) {
	for _, name := range []string{base(folder, "/usr/sbin"), base(folder, "/etc")} {
		_ = unix.Unmount(name, unix.MNT_DETACH)
	}
}

func base(folder, over string) string {
	return filepath.Join(folder, strings.ReplaceAll(over, "/", "_"))
}

// overlay lays a folder over one of the machine's; fill makes what is in it, in a folder of the same name.
func overlay(folder, over string, fill func(layer string) error) error {
	base := base(folder, over)
	if err := os.MkdirAll(base, 0o755); err != nil {
		return err
	}
	if err := unix.Mount("tmpfs", base, "tmpfs", 0, "mode=755"); err != nil {
		return fmt.Errorf("mount %s: %w", base, err)
	}
	layer, work := filepath.Join(base, filepath.Base(over)), filepath.Join(base, "work")
	for _, path := range []string{layer, work} {
		if err := os.Mkdir(path, 0o755); err != nil {
			return err
		}
	}
	if err := fill(layer); err != nil {
		return err
	}
	options := fmt.Sprintf("lowerdir=%s,upperdir=%s,workdir=%s", over, layer, work)
	if err := unix.Mount("overlay", over, "overlay", 0, options); err != nil {
		return fmt.Errorf("mount over %s: %w", over, err)
	}
	return nil
}

// tools are links to the running program under the tools' names.
func tools(folder string) error {
	self, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return err
	}
	for _, name := range []string{command.Adm, command.Setup} {
		if err := os.Symlink(self, filepath.Join(folder, name)); err != nil {
			return err
		}
	}
	return nil
}
