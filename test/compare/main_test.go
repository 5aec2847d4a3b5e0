package compare

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
)

func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == RigName {
		os.Exit(Rig())
	}
	// A case waits most of the time; a default that -parallel on the command line overrides.
	_ = flag.Set("test.parallel", "6")
	code := m.Run()
	_ = os.RemoveAll(folder())
	os.Exit(code)
}
