package hanatest

import (
	"slices"

	"ocfbox/internal/run/runtest"
)

// The user's tools by what Host.Tool knows them by.
const (
	State     = "-sr_stateConfiguration"
	Landscape = "landscapeHostConfiguration.py"
	Parameter = "getParameter.py"
)

// Up is the landscape of a host whose database runs.
const Up = `SAPCONTROL-OK: <begin>
host=suse01
hostActive=yes
hostStatus=ok
failoverStatus=
nameServerConfigRole=master 1
nameServerActualRole=master
indexServerConfigRole=worker
indexServerActualRole=master
hostConfigRoles=worker
SAPCONTROL-OK: <end>
`

// Mode is hdbnsutil's answer of a site named WDF.
func Mode(name string) string {
	return "SAPCONTROL-OK: <begin>\nmode=" + name + "\nsite id=1\nsite name=WDF\nSAPCONTROL-OK: <end>\ndone.\n"
}

// Parameters is getParameter.py's answer; pairs are key, value, key, value of the section of replication.
func Parameters(pairs ...string) string {
	text := "SAPCONTROL-OK: <begin>\n"
	for pair := range slices.Chunk(pairs, 2) {
		text += "global.ini/system_replication/" + pair[0] + "=" + pair[1] + "\n"
	}
	return text + "SAPCONTROL-OK: <end>\n"
}

// Garbage is an answer that is none.
func Garbage() runtest.Program { return runtest.Says(1, "bad interpreter\n") }
