package mount

import (
	"os"
	"path/filepath"
	"strings"
)

// DeviceName is the name by which a block device is to stand in the mount table, where other programs look for it: the
// path without symbolic links, as mount(8) has it. A device of the device mapper keeps the name that its owner gave it,
// below /dev/mapper: the number of its node changes from boot to boot. A path that leads nowhere stays as it is.
func DeviceName(path string) string { return deviceName("/sys/block", path) }

func deviceName(sys, path string) string {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return path
	}
	number, mapped := strings.CutPrefix(filepath.Base(real), "dm-")
	if !mapped || strings.Trim(number, "0123456789") != "" {
		return real
	}
	name, err := os.ReadFile(filepath.Join(sys, "dm-"+number, "dm/name"))
	if err != nil {
		return real
	}
	return filepath.Join(filepath.Dir(real), "mapper", strings.TrimSpace(string(name)))
}
