package filesystem

import "strings"

// trimSlashes is the path without slashes at its end; "/" stays.
func trimSlashes(path string) string {
	if trimmed := strings.TrimRight(path, "/"); trimmed != "" {
		return trimmed
	}
	return "/"
}

// safeInstance is the resource's name as a part of a file name: that of a resource script has slashes in it
// (filesystem.md 13).
func safeInstance(name string) string { return strings.ReplaceAll(name, "/", "_") }
