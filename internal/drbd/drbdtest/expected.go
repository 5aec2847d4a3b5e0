package drbdtest

import (
	"os"
	"path/filepath"
	"strings"
)

// Both is the host of an expectation from two views: alfa's verdict with bravo's view beside it.
const Both = "both"

// An Expectation is what a recorded situation is worth: a row of testdata/expected.txt, which people wrote from reading
// the captures. The file tells the columns.
type Expectation struct {
	Folder, Situation, Host string
	// Block is all, first or last.
	Block string
	// With is -, settle or log.
	With string
	// Minor is * or a number.
	Minor         string
	Class, Reason string
}

// Name is the expectation in one word, for the names of tests.
func (e Expectation) Name() string {
	return strings.Join([]string{e.Folder, e.Situation, e.Host, e.Block, e.With, e.Minor}, "/")
}

// Expectations are all rows. It panics at one that is not whole.
func Expectations() []Expectation {
	text, err := os.ReadFile(filepath.Join(Dir(), "expected.txt"))
	if err != nil {
		panic(err)
	}
	var all []Expectation
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if strings.HasPrefix(line, "#") || len(words) == 0 {
			continue
		}
		if len(words) != 8 {
			panic("drbdtest: expected.txt: " + line)
		}
		all = append(all, Expectation{words[0], words[1], words[2], words[3], words[4], words[5], words[6], words[7]})
	}
	return all
}
