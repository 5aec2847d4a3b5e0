package filesystem

import "strings"

// sibling is the path to which stop moves a mount before it unmounts it: that of the mount point with a dot before
// its last component (filesystem.md 7.4).
func sibling(point string) string {
	i := strings.LastIndexByte(point, '/') + 1
	return point[:i] + "." + point[i:]
}
