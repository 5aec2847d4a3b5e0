package filesystem

import (
	"fmt"
	"strings"

	"ocfbox/internal/mount"
	"ocfbox/internal/ocf"
)

// oddities are what validate-all finds odd in a configuration that it accepts (filesystem.md 9).
func (a *config) oddities() []string {
	all := a.stopWarnings()
	if _, ok := a.fsckPolicy(); !ok {
		all = append(all, fmt.Sprintf("run_fsck=%s means nothing; taken as auto", a.fsck))
	}
	if a.directory != "" && !strings.HasPrefix(a.directory, "/") {
		all = append(all, fmt.Sprintf("directory %s is relative, and depends on where the cluster was started", a.directory))
	}
	if mount.ParseOptions(a.options).Bind && a.fstype != "" && a.fstype != "none" {
		all = append(all, fmt.Sprintf("a bind mount has no type of its own, but fstype is %s", a.fstype))
	}
	if name := a.moduleType(); a.namedType() != "" {
		if text, err := ocf.ReadFile("/proc/filesystems"); err == nil && !mount.TypeListed(string(text), name) {
			all = append(all, fmt.Sprintf("the kernel does not know file system type %s at present", name))
		}
	}
	return all
}
