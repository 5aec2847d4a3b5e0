package syncrepair

import (
	"errors"
	"fmt"
	"strings"

	"ocfbox/cmd/ocfbox/syncverify"
	"ocfbox/internal/block/verify"
)

// Options are what the command line says.
type Options struct {
	// Result is the file with the JSON of a comparison, - for standard input.
	Result string
	// Direction is a>b or b>a, by the sides of the comparison.
	Direction string
	// Plan is the file that the plan is written to, or read from with Apply.
	Plan  string
	Apply bool
	// Named is the target, repeated by somebody who agrees that it is overwritten.
	Named string
	// Undo is the file that keeps what is overwritten, "" for the plan's name with .undo behind it; Revert is one whose
	// contents are put back.
	Undo, Revert string
	// MaxRepair is how much of the data may be written, in per cent; 0 is 5.
	MaxRepair float64
	// AnyGeneration lets the older generation be copied over the newer one.
	AnyGeneration bool
	Rate          int64
	// DRBD is a resource and volume whose commands are wanted in place of a plan, and Peer the connection if there are
	// several.
	DRBD, Peer string
	Output     string
}

// maxShare is how much may be written where nobody says otherwise, in per cent (section 15).
const maxShare = 5

// check completes the options, or says what is wrong with them.
func (o *Options) check() error {
	wrong := func(hint, format string, args ...any) error {
		return &syncverify.Failure{Err: fmt.Errorf(format, args...), Hint: hint}
	}
	if o.Output == "" {
		o.Output = "text"
	}
	if o.MaxRepair == 0 {
		o.MaxRepair = maxShare
	}
	if o.Undo == "" && o.Plan != "" {
		o.Undo = o.Plan + ".undo"
	}
	switch {
	case o.Output != "text" && o.Output != "json":
		return wrong("text or json", "--output cannot be %q", o.Output)
	case o.MaxRepair < 0 || o.MaxRepair > 100:
		return wrong("", "--max-repair is a share in per cent")
	case o.Revert != "":
		if o.Apply || o.Result != "" || o.DRBD != "" {
			return wrong("ocfbox sync repair --revert FILE --yes-overwrite DEVICE", "--revert stands alone: it puts back what a repair has overwritten")
		}
		return nil
	case o.Apply:
		if o.Plan == "" || o.Result != "" || o.DRBD != "" {
			return wrong("draw the plan with --plan FILE first, and read it", "--apply carries out a plan, and needs --plan FILE alone")
		}
		return nil
	case o.Result == "":
		return wrong("ocfbox sync verify --output json writes one", "the result of a comparison is needed")
	case o.Direction == "":
		return &syncverify.Failure{
			Err: errors.New("no direction was given"), Hint: "--direction 'a>b' copies from the first device to the second, 'b>a' the other way",
			Code: verify.ExitRefused,
		}
	}
	return o.checkDirection()
}

func (o *Options) checkDirection() error {
	switch strings.ToLower(o.Direction) {
	case "a>b", "a-to-b":
		o.Direction = "a>b"
	case "b>a", "b-to-a":
		o.Direction = "b>a"
	default:
		return &syncverify.Failure{Err: fmt.Errorf("--direction cannot be %q", o.Direction), Hint: "'a>b' or 'b>a'"}
	}
	return nil
}
