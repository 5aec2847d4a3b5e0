package drbd

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// The functions below put one `key:value` of events2 or of the text of status into the model. Keys that are not known
// are passed over: later releases add some. An error is a number that is none; the rest of the line still counts.

func (r *Resource) set(key, value string) error {
	switch key {
	case "role":
		r.Role = ParseRole(value)
	case "suspended":
		r.Suspended = listed(value)
	case "force-io-failures":
		r.ForceIOFailures = value == yes
	case "write-ordering":
		r.WriteOrdering = value
	case "node-id":
		return setInt(&r.NodeID, key, value)
	}
	return nil
}

func (v *Volume) set(key, value string) error {
	switch key {
	case "volume":
		return setInt(&v.Number, key, value)
	case "minor":
		return setInt(&v.Minor, key, value)
	case "disk":
		v.Disk = ParseDisk(value)
	case "client":
		v.Client = value == yes
	case "quorum":
		has := value == yes
		v.Quorum = &has
	case "backing_dev":
		if v.Backing = value; value == "none" {
			v.Backing = ""
		}
	case "al-suspended":
		v.ALSuspended = value == yes
	case "blocked":
		if v.Blocked = value; value == no {
			v.Blocked = ""
		}
	}
	if counter := v.counter(key); counter != nil {
		return setCount(counter, key, value)
	}
	return nil
}

func (v *Volume) counter(key string) *int64 {
	switch key {
	case "size":
		return &v.SizeKiB
	case "read":
		return &v.ReadKiB
	case "written":
		return &v.WrittenKiB
	case "al-writes":
		return &v.ALWrites
	case "bm-writes":
		return &v.BMWrites
	case "upper-pending":
		return &v.UpperPending
	case "lower-pending":
		return &v.LowerPending
	}
	return nil
}

func (p *Peer) set(key, value string) error {
	switch key {
	case "conn-name":
		p.Name = value
	case "node-id", "peer-node-id":
		return setInt(&p.NodeID, key, value)
	case "connection":
		p.Connection = ParseConn(value)
	case "role":
		p.Role = ParseRole(value)
	case "congested":
		p.Congested = value == yes
	case "ap-in-flight":
		return setCount(&p.APInFlight, key, value)
	case "rs-in-flight":
		return setCount(&p.RSInFlight, key, value)
	}
	return nil
}

func (v *PeerVolume) set(key, value string) error {
	switch key {
	case "volume":
		return setInt(&v.Number, key, value)
	case "replication":
		v.Replication = ParseRepl(value)
	case "peer-disk":
		v.Disk = ParseDisk(value)
	case "peer-client":
		v.Client = value == yes
	case "resync-suspended":
		v.Paused = listed(value)
	case "out-of-sync":
		err := setCount(&v.OutOfSyncKiB, key, value)
		v.OOSKnown = err == nil
		return err
	case "received":
		return setCount(&v.ReceivedKiB, key, value)
	case "sent":
		return setCount(&v.SentKiB, key, value)
	case "pending":
		return setCount(&v.Pending, key, value)
	case "unacked":
		return setCount(&v.Unacked, key, value)
	case "rs-failed":
		return setSectors(&v.ResyncFailedKiB, key, value)
	case "ov-skipped":
		return setSectors(&v.VerifySkippedKiB, key, value)
	case "done", "eta", "dbdt1", "dbdt", "want", "rs-total", "ov-left":
		if v.Progress == nil {
			v.Progress = new(Progress)
		}
		return v.Progress.set(key, value)
	}
	return nil
}

func (p *Progress) set(key, value string) error {
	switch key {
	case "rs-total":
		return setSectors(&p.TotalKiB, key, value)
	case "ov-left":
		return setSectors(&p.LeftKiB, key, value)
	}
	if value == "-nan" {
		// The C library prints a quotient of nothing with a sign.
		value = "nan"
	}
	n, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return fmt.Errorf("%s of %.40q: %w", key, value, ErrUnreadable)
	}
	switch key {
	case "done":
		p.setPercent(n)
	case "eta":
		p.KernelETASeconds = seconds(n)
	case "dbdt1":
		p.KernelSpeedKiB = kibOfMiB(n)
	case "dbdt":
		p.KernelAverageKiB = kibOfMiB(n)
	case "want":
		p.KernelWantKiB = kibOfMiB(n)
	}
	return nil
}

func (p *Progress) setPercent(percent float64) {
	if p.PercentKnown = percent >= 0 && percent <= 100; p.PercentKnown {
		p.Percent = percent
	}
}

// noEnd is how 9 prints the end that it does not see, in seconds.
const noEnd = 987654321

// seconds is a time to the end as the model has it: what is not a number of seconds is an end that is not seen.
func seconds(n float64) int64 {
	if n >= 0 && n < noEnd {
		return int64(n)
	}
	return NoETA
}

// kibOfMiB is a speed of MiB a second in KiB; what is no speed is 0.
func kibOfMiB(n float64) int64 {
	if n > 0 && n < math.MaxInt32 {
		return int64(n * 1024)
	}
	return 0
}

const (
	yes = "yes"
	no  = "no"
)

// listed is a list such as user,peer; `no` is an empty one.
func listed(value string) []string {
	if value == no || value == "" {
		return nil
	}
	return strings.Split(value, ",")
}

func setInt(to *int, key, value string) error {
	n, err := strconv.ParseInt(value, 10, 32)
	if err != nil {
		return fmt.Errorf("%s of %.40q: %w", key, value, ErrUnreadable)
	}
	*to = int(n)
	return nil
}

// setCount reads a counter of the kernel's, which is unsigned; what does not fit in 63 bits is the largest number.
func setCount(to *int64, key, value string) error {
	n, err := strconv.ParseUint(value, 10, 64)
	if err != nil {
		return fmt.Errorf("%s of %.40q: %w", key, value, ErrUnreadable)
	}
	*to = int64(min(n, math.MaxInt64))
	return nil
}

// setSectors reads a counter of sectors, of which two are a KiB.
func setSectors(to *int64, key, value string) error {
	var sectors int64
	err := setCount(&sectors, key, value)
	if err == nil {
		*to = sectors / 2
	}
	return err
}
