package filesystem

import (
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"ocfbox/internal/ocf"
)

// A policy is how stop deals with mounts that are in use (filesystem.md 7.3).
type policy struct {
	// signals tells to end the processes that use them, move to move the mount aside first.
	signals, move bool
	// term and kill are the signals of the first and the second half of the time.
	term, kill []unix.Signal
	// delay is the time from one round of signals to the next.
	delay time.Duration
	// budget is the time for all of it.
	budget time.Duration
	// warnings are what of the parameters could not be read and was left aside.
	warnings []string
}

// fastBudget is how long a stop with fast_stop tries.
const fastBudget = 6 * time.Second

func (a *config) policy(timeout time.Duration) policy {
	p := policy{budget: max(timeout.Truncate(time.Second), time.Second)}
	if a.fastStop {
		p.budget = fastBudget
	}
	p.force(a.forceUnmount)
	p.term = p.signalList("term_signals", a.termSignals, unix.SIGTERM)
	p.kill = p.signalList("kill_signals", a.killSignals, unix.SIGKILL)
	p.delay = p.seconds(a.signalDelay)
	return p
}

func (p *policy) warn(text string) { p.warnings = append(p.warnings, text) }

// force reads force_unmount: words parted by commas, of which a later one wins. Modifiers alone mean "true".
func (p *policy) force(text string) {
	said, modified := false, false
	for word := range strings.SplitSeq(text, ",") {
		switch word = strings.TrimSpace(word); {
		case word == "":
		case ocf.True(word), word == "safe":
			p.signals, said = true, true
		case word == "false", word == "no":
			p.signals, said = false, true
		case word == "move", word == "nomove":
			p.move, modified = word == "move", true
		case word == "xargs", word == "noxargs", word == "ps", word == "nops":
			modified = true // how the shell agent lists processes; we have one way
		default:
			p.warn("force_unmount: " + strconv.Quote(word) + " is not known")
		}
	}
	if modified && !said {
		p.signals = true
	}
}

// signalList reads names, with or without SIG, and numbers. Where none is any good, it is the usual one.
func (p *policy) signalList(name, text string, usual unix.Signal) []unix.Signal {
	words := strings.Fields(text)
	var all []unix.Signal
	for _, word := range words {
		if signal, ok := signalOf(word); ok {
			all = append(all, signal)
			continue
		}
		p.warn(name + ": " + strconv.Quote(word) + " is no signal")
	}
	if len(words) > 0 && len(all) == 0 {
		return []unix.Signal{usual}
	}
	return all
}

// lastSignal is the highest number of a signal.
const lastSignal = 64

func signalOf(word string) (unix.Signal, bool) {
	if n, err := strconv.Atoi(word); err == nil {
		return unix.Signal(n), n > 0 && n <= lastSignal
	}
	word = strings.ToUpper(word)
	if !strings.HasPrefix(word, "SIG") {
		word = "SIG" + word
	}
	signal := unix.SignalNum(word)
	return signal, signal != 0
}

// maxDelay bounds signal_delay: a longer one would be no delay, but the end of trying.
const maxDelay = 24 * time.Hour

// seconds reads signal_delay.
func (p *policy) seconds(text string) time.Duration {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || !(n >= 0 && n <= maxDelay.Seconds()) {
		p.warn("signal_delay: " + strconv.Quote(text) + " is no number of seconds; 1 is taken")
		return time.Second
	}
	return time.Duration(n * float64(time.Second))
}

// stopWarnings are what stop would leave aside of its parameters.
func (a *config) stopWarnings() []string { return a.policy(0).warnings }

// moveWanted tells that stop moves the mount aside before it unmounts it.
func (a *config) moveWanted() bool { return a.policy(0).move }
