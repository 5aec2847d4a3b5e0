package saphanatopology

import (
	"strconv"

	"ocfbox/internal/hana"
	"ocfbox/internal/ocf"
)

// A Memory is what one monitor has to tell the next. It lasts until the node boots.
type Memory struct {
	// Mode is the replication mode that the last monitors saw, and Seen how many of them in a row, which
	// is counted up to settled.
	Mode hana.Mode
	Seen int
	// Silent counts the monitors in a row to which the landscape gave no full answer.
	Silent int
	// Defect is since when the replication state cannot be told, in seconds since 1970; 0 is known.
	Defect int64
	// Tried is when the host agent was last started, in seconds since 1970; 0 is that it runs.
	Tried int64
}

func (a *topology) memoryKey() string { return "SAPHanaTopology-" + a.instance.String() }

// recall is the memory that the last monitor left; nothing kept is an empty one.
func (a *topology) recall(c *ocf.Call) Memory {
	facts, err := c.State.Load(a.memoryKey())
	if err != nil {
		return Memory{}
	}
	number := func(key string) int64 {
		n, _ := strconv.ParseInt(facts[key], 10, 64)
		return n
	}
	return Memory{
		Mode: hana.Mode(facts["mode"]), Seen: int(number("seen")), Silent: int(number("silent")),
		Defect: number("defect"), Tried: number("tried"),
	}
}

// remember keeps the memory for the next monitor, if it has changed.
func (a *topology) remember(c *ocf.Call, before, now Memory) {
	if before == now {
		return
	}
	err := c.State.Save(a.memoryKey(), map[string]string{
		"mode": string(now.Mode), "seen": strconv.Itoa(now.Seen), "silent": strconv.Itoa(now.Silent),
		"defect": strconv.FormatInt(now.Defect, 10), "tried": strconv.FormatInt(now.Tried, 10),
	})
	if err != nil {
		c.Log.Warn("what this monitor saw is not kept for the next: %v", err)
	}
}
