package core

import "fmt"

// A Result is what the kernel answers to a command.
type Result struct {
	// Code is the exit code of drbdsetup: 0 done; 5, 11, 16, 17 a change of state that was refused; 10 an error.
	Code int `json:"code"`
	// Error is what drbdsetup prints behind the object's name; Info are lines "from kernel".
	Error string   `json:"error,omitempty"`
	Info  []string `json:"info,omitempty"`
	// Output goes to standard error of the tools as it is.
	Output []string `json:"output,omitempty"`
	// Wait: there is no answer yet. The same command is to be given again when something happened.
	Wait bool `json:"wait,omitempty"`
	// Fence: the fence-peer handler has to be asked, and the command given again with its exit code.
	Fence bool `json:"fence,omitempty"`
}

// Done tells whether the command was carried out.
func (r Result) Done() bool { return !r.Wait && !r.Fence && r.Code == 0 }

// Exit codes of the tools.
const (
	CodeConfig   = 1
	CodeLower    = 5
	CodeRefused  = 10
	CodeState    = 11
	CodeDiskless = 16
	CodeNoData   = 17
	CodeUsage    = 20
)

// The refusals of a change of state, with the kernel's numbers.
const (
	twoPrimaries    = -1
	noUpToDate      = -2
	noLocalDisk     = -4
	noRemoteDisk    = -5
	connectedOutdat = -6
	primaryNotOut   = -7
	resyncRunning   = -8
	isDiskless      = -16
	lowerOutdated   = -11
	heldOpen        = -12
	noVerifyAlg     = -14
	needConnection  = -15
)

func refusals() map[int]string {
	return map[int]string{
		twoPrimaries:    "Multiple primaries not allowed by config",
		noUpToDate:      "Need access to UpToDate data",
		noLocalDisk:     "Can not resync without local disk",
		noRemoteDisk:    "Can not resync without remote disk",
		connectedOutdat: "Refusing to be Outdated while Connected",
		primaryNotOut:   "Refusing to be Primary while peer is not outdated",
		resyncRunning:   "Can not start OV/resync since it is already active",
		isDiskless:      "Disk state is lower than outdated",
		lowerOutdated:   "Disk state is lower than outdated",
		heldOpen:        "Device is held open by someone",
		noVerifyAlg:     "Need a verify algorithm to start online verify",
		needConnection:  "Need a connection to start verify or resync",
	}
}

// refuse is the answer to a change of state that may not be.
func refuse(number int) Result {
	code := CodeState
	switch number {
	case noUpToDate:
		code = CodeNoData
	case noLocalDisk:
		code = CodeDiskless
	case lowerOutdated:
		code = CodeLower
	}
	return Result{Code: code, Error: fmt.Sprintf("State change failed: (%d) %s", number, refusals()[number])}
}

// The errors that are no refusals.
const (
	errAddressInUse = 102
	errNetConfig    = 125
	errDiskConfig   = 124
	errNoMinor      = 127
	errUnknownRes   = 158
	errMinorExists  = 161
	errInvalid      = 162
)

// failure is the answer to a request that makes no sense.
func failure(number int, text string, info ...string) Result {
	return Result{Code: CodeRefused, Error: fmt.Sprintf("Failure: (%d) %s", number, text), Info: info}
}
