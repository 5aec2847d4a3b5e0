// Package hooks holds what SAP HANA loads, for the programs that install it somewhere else than make does: the
// laboratory's nodes. The agents and tools have no use for it.
package hooks

import "embed"

// Files are the Python providers and their sections for global.ini, by the names that they have here.
//
//go:embed *.py global.ini_*
var Files embed.FS
