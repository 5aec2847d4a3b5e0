package house

import (
	"bufio"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// linkedFile lists the packages outside the standard library that are linked into the program, each
// with its reason. A new line is a decision.
const linkedFile = "testdata/linked.txt"

func linked(t *testing.T) []string {
	return lines(output(t, "go", "list", tags, "-deps", "./cmd/ocfbox"))
}

func TestEveryLinkedPackageHasItsReason(t *testing.T) {
	reasons := readLinked(t)
	var foreign []string
	for _, path := range linked(t) {
		if !isStandard(path) && path != module && !strings.HasPrefix(path, module+"/") {
			foreign = append(foreign, path)
		}
	}
	slices.Sort(foreign)
	var listed []string
	for path, reason := range reasons {
		require.NotEmpty(t, reason, "%s: %s needs a reason", linkedFile, path)
		listed = append(listed, path)
	}
	slices.Sort(listed)
	require.Equal(t, listed, foreign, "%s against go list -deps", linkedFile)
}

func readLinked(t *testing.T) map[string]string {
	file, err := os.Open(filepath.FromSlash(linkedFile))
	require.NoError(t, err)
	defer file.Close()
	reasons := make(map[string]string)
	for text := bufio.NewScanner(file); text.Scan(); {
		if line := text.Text(); line != "" && !strings.HasPrefix(line, "#") {
			path, reason, _ := strings.Cut(line, " ")
			reasons[path] = strings.TrimSpace(reason)
		}
	}
	return reasons
}

func TestBannedPackagesAreNotLinked(t *testing.T) {
	banned := map[string]string{
		"net/http":                        "0.5 ms at every start, and the product opens no port",
		"crypto/tls":                      "as net/http",
		"plugin":                          "the program is one file",
		"os/user":                         "without cgo it reads only local files: ask getent through the runner",
		"github.com/klauspost/cpuid":      "0.5 ms at every start in a virtual machine: each CPUID leaves the guest",
		"github.com/prometheus":           "2 million instructions at every start",
		"github.com/cpuguy83/go-md2man":   "0.6 ms at every start: build with -tags urfave_cli_no_docs",
		"github.com/russross/blackfriday": "as go-md2man",
		"testing":                         "tests stay out of the product",
		module + "/test":                  "tests stay out of the product",
		"github.com/stretchr/testify":     "tests stay out of the product",
	}
	for _, path := range linked(t) {
		for name, reason := range banned {
			require.False(t, path == name || strings.HasPrefix(path, name+"/"), "%s is linked: %s", path, reason)
		}
	}
}
