package runtest

import (
	"os"
	"strings"
)

// Ended reports whether the process with this number has ended. A zombie has: whose child it was is not the test's to
// wait for.
func Ended(pid string) bool {
	text, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return true
	}
	_, state, _ := strings.Cut(string(text), ") ")
	return strings.HasPrefix(state, "Z")
}
