package convert

import (
	"cmp"
	"fmt"
	"slices"
)

// A Remark is something to know about a line.
type Remark struct {
	File string
	// Line is 0 for what is about the whole file.
	Line int
	// Kind is empty for what is only good to know.
	Kind Kind
	Text string
}

// A Kind says why somebody has to do something about a line.
type Kind string

// Kinds of remarks.
const (
	// Missing: the configuration lacks it.
	Missing Kind = "not translated"
	// Wrong: heartbeat cannot have made of it what was meant.
	Wrong Kind = "wrong"
)

// String is the remark as compilers print theirs.
func (r Remark) String() string {
	text := r.Text
	if r.Kind != "" {
		text = string(r.Kind) + ": " + text
	}
	if r.Line == 0 {
		return r.File + ": " + text
	}
	return fmt.Sprintf("%s:%d: %s", r.File, r.Line, text)
}

// sorted orders remarks by file, in the order of the names given, and line.
func sorted(remarks []Remark, files ...string) []Remark {
	slices.SortStableFunc(remarks, func(a, b Remark) int {
		return cmp.Or(cmp.Compare(slices.Index(files, a.File), slices.Index(files, b.File)), cmp.Compare(a.Line, b.Line))
	})
	return remarks
}
