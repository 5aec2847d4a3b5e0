package guide

import (
	"time"

	"ocfbox/test/hanasim/truth"
)

// An opening is a time in which a database was open for writes for sure: to is where that is certain no more.
type opening struct {
	host     string
	epoch    uint64
	from, to time.Duration
	// again is true for a primary that was started where it was: nobody took over.
	again bool
}

// openings reads them from the sites' notes, by time, up to now. A crash leaves no note: when a volume is found to have
// started anew without having been closed, what is sure is that it was open until it accepted its last row.
func openings(events []truth.Event, now time.Duration) []opening {
	type volume struct {
		host   string
		number int
	}
	var list []opening
	current := map[volume]int{}
	epochs := map[volume]uint64{}
	accepted := map[volume]time.Duration{}
	for _, e := range events {
		v := volume{e.Host, e.Volume}
		if e.What == truth.Accepted {
			accepted[v] = e.At
			continue
		}
		if i, open := current[v]; open {
			list[i].to = max(list[i].from, accepted[v])
			if e.What == truth.Closed {
				list[i].to = e.At
			}
			delete(current, v)
		}
		if e.What == truth.Opened {
			current[v] = len(list)
			list = append(list, opening{host: e.Host, epoch: e.Epoch, from: e.At, to: now, again: epochs[v] == e.Epoch})
			epochs[v] = e.Epoch
		}
	}
	return list
}
