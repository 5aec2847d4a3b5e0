package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const module = "ocfbox"

// list is the packages that have tests, by level.
func list() (map[string][]string, error) {
	out, err := exec.Command("go", "list", "-f",
		"{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}} {{.Dir}}{{end}}", "./...").Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w%s", err, stderr(err))
	}
	byLevel := make(map[string][]string)
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		path, dir, ok := strings.Cut(lines.Text(), " ")
		if !ok {
			continue
		}
		names := levelsOf(strings.TrimPrefix(path, module+"/"), ownsKernel(dir))
		for _, name := range names {
			byLevel[name] = append(byLevel[name], path)
		}
	}
	return byLevel, lines.Err()
}

// levelsOf says where a package's tests belong. Every package belongs somewhere, but for the benchmarks,
// which `make bench` runs.
func levelsOf(path string, kernel bool) []string {
	switch {
	case strings.HasPrefix(path, "test/bench"):
		return nil
	case strings.HasPrefix(path, "test/house"):
		return []string{"house"}
	case strings.HasPrefix(path, "test/host"), strings.HasPrefix(path, "test/ocft"):
		return []string{"host"}
	case strings.HasPrefix(path, "test/script"):
		return []string{"script"}
	case strings.HasPrefix(path, "test/scheduler"):
		return []string{"scheduler"}
	case strings.HasPrefix(path, "test/cluster"):
		// The lab level is its short form.
		return []string{"lab", "cluster"}
	case strings.HasPrefix(path, "test/compare"):
		// The recorded answers are its short form.
		return []string{"replay", "compare"}
	case path == "test/drbdvm":
		// What is below it needs no virtual machines.
		return []string{"drbd"}
	case kernel:
		return []string{"kernel"}
	case strings.HasPrefix(path, "test/lab"):
		return []string{"lab"}
	}
	return []string{"unit"}
}

// ownsKernel reports whether the package's tests put themselves into namespaces.
func ownsKernel(dir string) bool {
	files, _ := filepath.Glob(filepath.Join(dir, "*_test.go"))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err == nil && bytes.Contains(text, []byte("lab.Main(")) {
			return true
		}
	}
	return false
}

func stderr(err error) string {
	if exit, ok := err.(*exec.ExitError); ok {
		return "\n" + string(exit.Stderr)
	}
	return ""
}
