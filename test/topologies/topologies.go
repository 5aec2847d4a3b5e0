// Package topologies holds ready crm configurations, one folder each with a README, which tests, documentation and
// demonstrations share.
package topologies

import (
	"embed"
	"fmt"
)

//go:embed */cluster.crm
var files embed.FS

// Configuration returns the text of a topology, named as its folder, in crmsh's language. It panics for a name that
// is none: that is a mistake in the program.
func Configuration(name string) string {
	text, err := files.ReadFile(name + "/cluster.crm")
	if err != nil {
		panic(fmt.Sprintf("topology %q: %v", name, err))
	}
	return string(text)
}
