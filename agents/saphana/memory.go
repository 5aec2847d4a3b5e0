package saphana

import (
	"strconv"

	"ocfbox/internal/ocf"
)

// A memory is what one action has to tell the next. It lasts until the node boots.
type memory struct {
	// unknown counts the monitors in a row that could not find out how HANA is.
	unknown int
	// cloneState is the attribute as the last action left it, for when the cluster cannot be read.
	cloneState string
}

func (a *system) memoryKey() string { return "SAPHana-" + a.instance.String() }

// recall is the memory that the last action left; nothing kept is an empty one.
func (a *system) recall(c *ocf.Call) memory {
	facts, err := c.State.Load(a.memoryKey())
	if err != nil {
		return memory{}
	}
	unknown, _ := strconv.Atoi(facts["unknown"])
	return memory{unknown: unknown, cloneState: facts["clone_state"]}
}

// remember keeps the memory for the next action, if it has changed.
func (s *session) remember(v Verdict) {
	now := memory{unknown: v.Unknown, cloneState: s.o.Own.CloneState}
	if s.o.Occasion == Probe {
		now.unknown = s.memory.unknown
	}
	if now == s.memory {
		return
	}
	facts := map[string]string{"unknown": strconv.Itoa(now.unknown), "clone_state": now.cloneState}
	if err := s.call.State.Save(s.memoryKey(), facts); err != nil {
		s.call.Log.Warn("what this %s saw is not kept for the next: %v", s.call.Action, err)
	}
}
