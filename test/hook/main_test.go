// Package hook runs the HA/DR providers in hooks/ as SAP HANA does, in a Python process of its own, against a sudo that answers as told and against the real one. Names such as H13 are rows of the
// test matrix in docs/spec/hana-hooks.md. Everything happens in a private mount table: the machine's
// /etc/sudoers and /etc/passwd are never touched.
package hook

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"ocfbox/test/lab"
)

func TestMain(m *testing.M) {
	// The test binary is the fake programs as well.
	switch filepath.Base(os.Args[0]) {
	case "sudo", "crm_attribute":
		os.Exit(fake(os.Args))
	case "cibadmin":
		os.Exit(fakeCIB())
	case "crm_node":
		fmt.Println("suse02")
		os.Exit(0)
	case "attrd_updater":
		fmt.Println(`name="hana_ha1_sra" host="suse02" value="-"`)
		os.Exit(0)
	}
	// Most of the time is spent waiting for programs that hang; -parallel on the command line overrides it.
	_ = flag.Set("test.parallel", "8")
	lab.Main(m, lab.Net, lab.Mount)
}
