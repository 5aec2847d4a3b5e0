package holder

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ocfbox/test/lab"
)

// The test binary is also the crowd of processes that a search goes through.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == crowdName {
		idle()
	}
	lab.Main(m, lab.Mount, lab.PID)
}

// crowdName is the name under which the test binary does nothing, for long.
const crowdName = "holder-crowd"

func idle() {
	runtime.LockOSThread()
	_ = unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0)
	for range 16 {
		_, _ = os.Open("/dev/null") // as many descriptors as an ordinary daemon has
	}
	fmt.Println("ready")
	time.Sleep(time.Hour)
}
