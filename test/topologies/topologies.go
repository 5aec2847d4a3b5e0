// Package topologies holds ready crm configurations, one folder each with a README, which tests, documentation and
// demonstrations share.
package topologies

import (
	"embed"
	"fmt"
)

//go:embed */cluster.crm */crm-*.txt */service.* */*.cgi
var files embed.FS

// Configuration returns the text of a topology, named as its folder, in crmsh's language. It panics for a name that
// is none: that is a mistake in the program.
func Configuration(name string) string { return Piece(name, "cluster.crm") }

// Piece returns one of a topology's files, such as "crm-bs.txt". It panics as Configuration does.
func Piece(name, file string) string {
	text, err := files.ReadFile(name + "/" + file)
	if err != nil {
		panic(fmt.Sprintf("topology %q: %v", name, err))
	}
	return string(text)
}
