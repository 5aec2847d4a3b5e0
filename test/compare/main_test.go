package compare

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"ocfbox/test/drbdsim/desk"
)

func TestMain(m *testing.M) {
	switch name := filepath.Base(os.Args[0]); name {
	case RigName:
		os.Exit(Rig())
	case stageName:
		os.Exit(stage(os.Args[1:]))
	case "drbdadm", "drbdsetup":
		os.Exit(desk.Program(deskSocket, desk.Alfa, append([]string{name}, os.Args[1:]...), os.Stdout, os.Stderr))
	}
	// A case waits most of the time; a default that -parallel on the command line overrides.
	_ = flag.Set("test.parallel", "6")
	code := m.Run()
	_ = os.RemoveAll(folder())
	os.Exit(code)
}
