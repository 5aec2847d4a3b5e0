// Package drbdtest has what a real pair of machines said, for tests: the recorded answers of three kernels below
// internal/drbd/testdata/captures, split into their commands, and the hand-made table of what each is worth.
package drbdtest

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// The folders of the captures.
const (
	DRBD84  = "drbd-8.4"
	DRBD9   = "drbd-9"
	Cluster = "cluster-8.4"
)

// The hosts of the captures.
const (
	Alfa  = "alfa"
	Bravo = "bravo"
)

// A Block is one command of a capture and its answer.
type Block struct {
	// Host is set in the files of actions, where each block names its own.
	Host    string
	Command string
	// Stdout is what was printed, each line with its end; Stderr likewise.
	Stdout string
	Stderr string
	// Code is the exit status, -1 where none was recorded (the kernel's messages).
	Code int
}

// A Capture is one recorded file.
type Capture struct {
	Folder    string
	Situation string
	// Host is the machine, "" for a file of actions.
	Host   string
	Blocks []Block
}

// Name is the capture in one word, for the names of tests.
func (c Capture) Name() string { return c.Folder + "/" + c.Situation + "." + c.Host }

// Find is the first block of a command, false when it was not recorded.
func (c Capture) Find(command string) (Block, bool) {
	all := c.All(command)
	if len(all) == 0 {
		return Block{}, false
	}
	return all[0], true
}

// All are the blocks of a command in their order.
func (c Capture) All(command string) []Block {
	var found []Block
	for _, b := range c.Blocks {
		if b.Command == command {
			found = append(found, b)
		}
	}
	return found
}

// Proc are the recorded texts of /proc/drbd in their order: the file is read first and last. Without the module there
// is none.
func (c Capture) Proc() []string {
	var texts []string
	for _, b := range c.All("cat /proc/drbd") {
		if b.Code == 0 {
			texts = append(texts, b.Stdout)
		}
	}
	return texts
}

// Log is the text of the kernel's messages since the capture before, "" when there were none.
func (c Capture) Log() string {
	for _, b := range c.Blocks {
		if strings.HasPrefix(b.Command, "dmesg ") {
			return b.Stdout
		}
	}
	return ""
}

// Dir is the folder of the test data of package drbd.
func Dir() string {
	if _, file, _, ok := runtime.Caller(0); ok && filepath.IsAbs(file) {
		return filepath.Join(filepath.Dir(filepath.Dir(file)), "testdata")
	}
	// A build with -trimpath has no paths: a test runs in its package's folder.
	for dir := "."; ; dir = filepath.Join(dir, "..") {
		if path := filepath.Join(dir, "internal", "drbd", "testdata"); isDir(path) {
			return path
		}
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			panic("drbdtest: internal/drbd/testdata is not in the module")
		}
		if absolute, err := filepath.Abs(dir); err != nil || absolute == "/" {
			panic("drbdtest: run outside of the module")
		}
	}
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// File is the capture of a situation on a host. It panics when there is none: a test names one that exists.
func File(folder, situation, host string) Capture {
	return Capture{folder, situation, host, Split(read(folder, situation+"."+host+".txt"))}
}

// Actions are the commands that were tried in a situation, nil when there were none.
func Actions(folder, situation string) []Block {
	name := situation + ".actions.txt"
	if _, err := os.Stat(filepath.Join(Dir(), "captures", folder, name)); err != nil {
		return nil
	}
	return Split(read(folder, name))
}

// Captures are the captures of both hosts of a folder, by situation and host.
func Captures(folder string) []Capture {
	entries, err := os.ReadDir(filepath.Join(Dir(), "captures", folder))
	if err != nil {
		panic(err)
	}
	var all []Capture
	for _, entry := range entries {
		name, _ := strings.CutSuffix(entry.Name(), ".txt")
		for _, host := range []string{Alfa, Bravo} {
			if situation, ok := strings.CutSuffix(name, "."+host); ok && situation[0] >= '0' && situation[0] <= '9' {
				all = append(all, File(folder, situation, host))
			}
		}
	}
	return all
}

// Folders are the folders of captures.
func Folders() []string { return []string{DRBD84, DRBD9, Cluster} }

func read(folder, name string) string {
	text, err := os.ReadFile(filepath.Join(Dir(), "captures", folder, name))
	if err != nil {
		panic(err)
	}
	return string(text)
}

// Split reads a capture: "$ command", its output, "[stderr] " before the lines of standard error, and "[rc N]" or
// "[rc N, M ms]" at the end. The kernel's messages have no status and are the last block.
func Split(text string) []Block {
	var blocks []Block
	host, open := "", false
	for line := range strings.Lines(text) {
		content := strings.TrimSuffix(line, "\n")
		current := func() *Block { return &blocks[len(blocks)-1] }
		switch {
		case !open && strings.HasPrefix(content, "# on "):
			host = strings.TrimPrefix(content, "# on ")
		case strings.HasPrefix(content, "$ "):
			blocks = append(blocks, Block{Host: host, Command: strings.TrimPrefix(content, "$ "), Code: -1})
			open = true
		case !open:
		case strings.HasPrefix(content, "[stderr] "):
			current().Stderr += strings.TrimPrefix(line, "[stderr] ")
		case strings.HasPrefix(content, "[rc "):
			if _, err := fmt.Sscanf(content, "[rc %d", &current().Code); err != nil {
				panic(fmt.Sprintf("drbdtest: %q: %v", content, err))
			}
			open = false
		default:
			current().Stdout += line
		}
	}
	return slices.Clip(blocks)
}
