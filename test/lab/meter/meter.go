// Package meter measures one call of a program from the inside of the node in which it runs: the processor
// time that is its own, and the programs that it starts.
//
// The test binary is its own meter, under another name ([Name]), because a process can be measured by its
// parent alone and the parent has to be in the node. It is not for programs of which a process lives on:
// what is still there when the program ends is not measured.
package meter

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"

	"golang.org/x/sys/unix"
)

// Name is the name under which a test binary is a meter.
const Name = "ocflab-meter"

// The two ways of measuring. They are apart because a program that is traced is slower.
const (
	// Time measures the times of a call and leaves it alone otherwise.
	Time = "time"
	// Programs lists what a call executes.
	Programs = "programs"
)

// A Reading is what was measured of one call.
type Reading struct {
	// Code is the program's exit code, Output both its streams; Programs has no output.
	Code   int
	Output string
	// Own is the processor time of the program's own threads, All includes the children that it waited
	// for, and Wall is how long the caller waited. Programs measures none of them.
	Own, All, Wall time.Duration
	// Programs are those executed below the program, in their order; Time lists none.
	Programs []Program
}

// A Program is one execution of a file, execve(2): a process that becomes three programs in turn is listed
// three times.
type Program struct {
	Args []string
	// Child tells that the process is the measured program's own child; the others were started by
	// what it had started.
	Child bool
	// Own is the processor time of the process, whatever else it was before and became after.
	Own time.Duration
}

// Main is the meter: args are Time or Programs, and the program to call with its arguments, which gets the
// meter's environment. It prints a Reading as JSON, and returns the exit code.
func Main(args []string) int {
	reading, err := measure(args)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(reading)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", Name, err)
		return 1
	}
	return 0
}

// Parse reads what Main has printed.
func Parse(output []byte) (Reading, error) {
	var r Reading
	if err := json.Unmarshal(output, &r); err != nil {
		return r, fmt.Errorf("read the meter: %w: %q", err, output)
	}
	return r, nil
}

func measure(args []string) (Reading, error) {
	switch {
	case len(args) > 1 && args[0] == Time:
		return timed(args[1:])
	case len(args) > 1 && args[0] == Programs:
		return traced(args[1:])
	}
	return Reading{}, errors.New("usage: " + Name + " time|programs PROGRAM [ARGUMENTS]")
}

// timed calls the program and reads its clock when it has ended and is not waited for yet. Then the clock
// stands, and has the time of all its threads in nanoseconds; /proc/PID/stat counts hundredths of a second.
// What wait4(2) reports has the children's time in it.
func timed(args []string) (Reading, error) {
	var output bytes.Buffer
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdout, cmd.Stderr = &output, &output
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return Reading{}, err
	}
	err := awaitEnd(cmd.Process.Pid)
	r := Reading{Wall: time.Since(began)}
	if err == nil {
		r.Own, err = processTime(cmd.Process.Pid)
	}
	if ended := cmd.Wait(); cmd.ProcessState == nil {
		return r, errors.Join(err, ended)
	}
	r.Code, r.Output = cmd.ProcessState.ExitCode(), output.String()
	r.All = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return r, err
}

// awaitEnd returns when a child has ended, and leaves its remains.
func awaitEnd(pid int) error {
	for {
		err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// processTime is the processor time of a process, of its ended threads too, without its children's. It is
// what clock_getcpuclockid(3) is for: the complement of the number and 2, CPUCLOCK_SCHED, make the clock.
func processTime(pid int) (time.Duration, error) {
	var now unix.Timespec
	err := unix.ClockGettime(int32(^pid<<3|2), &now)
	return time.Duration(now.Nano()), err
}
