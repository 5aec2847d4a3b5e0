package mount

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// A Tag names a block device by what is written in its file system or partition table.
type Tag struct {
	// Type is LABEL, UUID, PARTLABEL, PARTUUID or ID, Value what it says.
	Type, Value string
}

// String is the tag as in fstab.
func (t Tag) String() string { return t.Type + "=" + t.Value }

// ErrNoTag is returned when no device bears the tag, as far as udev's links and the superblocks that are read here
// tell.
var ErrNoTag = errors.New("no device has this tag")

// Find is the path of the device that bears the tag: by udev's link, or where there is none by reading the
// superblocks of all partitions.
func (t Tag) Find() (string, error) {
	link := "/dev/disk/by-" + strings.ToLower(t.Type) + "/" + escapeTag(t.Value)
	if inode, err := Inspect(link); err == nil && inode.Block() {
		return link, nil
	}
	if t.Type != "LABEL" && t.Type != "UUID" {
		return "", fmt.Errorf("%s: %w", t, ErrNoTag)
	}
	text, err := os.ReadFile("/proc/partitions")
	if err != nil {
		return "", err
	}
	for _, name := range partitions(string(text)) {
		if t.on("/dev/" + name) {
			return "/dev/" + name, nil
		}
	}
	return "", fmt.Errorf("%s: %w", t, ErrNoTag)
}

// partitions are the names in the text of /proc/partitions.
func partitions(text string) []string {
	var names []string
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) == 4 && fields[0] != "major" {
			names = append(names, filepath.Clean("/" + strings.ReplaceAll(fields[3], "!", "/"))[1:])
		}
	}
	return names
}

// on reports whether the device bears the tag.
func (t Tag) on(path string) bool {
	file, err := os.OpenFile(path, os.O_RDONLY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return false
	}
	defer file.Close()
	super, err := ReadSuperblock(file)
	if err != nil {
		return false
	}
	if t.Type == "LABEL" {
		return super.Label == t.Value && t.Value != ""
	}
	return strings.EqualFold(super.UUID, t.Value) && t.Value != ""
}

// escapeTag writes a value as udev names its links: what is neither a letter, a digit nor one of a few signs as
// \xNN. Valid UTF-8 beyond ASCII stays.
func escapeTag(value string) string {
	var link strings.Builder
	for _, b := range []byte(value) {
		if b >= 0x80 || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' ||
			strings.IndexByte("#+-.:=@_", b) >= 0 {
			link.WriteByte(b)
			continue
		}
		fmt.Fprintf(&link, `\x%02x`, b)
	}
	return link.String()
}
