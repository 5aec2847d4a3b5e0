package scenario

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"ocfbox/test/lab/account"
	"ocfbox/test/lab/rack"
)

// A Subject is what a scenario's time to recover is about: the promotable resource, and the address that follows it.
type Subject struct{ Resource, Address string }

// A Bar is what a scenario may take. Zero is without a limit. Times but Agent count from the failure.
type Bar struct {
	// Takeover is the end of the promotion, Address that of the start of the address.
	Takeover, Address time.Duration
	// Agent is the agents' own share of the time from the monitor that saw the failure to the end of the promotion.
	Agent time.Duration
	// CPU is the processor time of all agents with all that they started.
	CPU time.Duration
}

// A Cost is what the agents needed during a scenario.
type Cost struct {
	// Unknown says why nothing was measured; the rest is empty then.
	Unknown string
	// Incomplete says what the sums lack.
	Incomplete string
	CPU        time.Duration
	Programs   int
	Operations int
	// Takeover is set when a promotion followed the failure; times are from the failure on.
	Takeover                      *account.Takeover
	Detected, Promoted, Addressed time.Duration
}

// accountant begins the account of the agents, when the kernel lets us.
func (s *Stage) accountant() error {
	a, err := account.Watch(s.ctx, s.lab, s.members...)
	if errors.Is(err, account.ErrUnavailable) {
		s.cost.Unknown = err.Error()
		return nil
	}
	s.account = a
	return err
}

// rejoined takes a node that was switched on into the account.
func (s *Stage) rejoined(ctx context.Context, node string) error {
	if s.account == nil {
		return nil
	}
	process, err := s.lab.Process(ctx, node)
	if err != nil {
		return err
	}
	defer process.Close()
	return s.account.Node(node, process)
}

// settle ends the account and divides the time of the takeover, if there was one.
func (s *Stage) settle(of Subject) error {
	if s.account == nil {
		return nil
	}
	ledger, err := s.account.Stop()
	for _, entry := range ledger.Entries() {
		s.recorder.Add(entry)
	}
	s.cost.Incomplete, s.cost.Operations = ledger.Incomplete, len(ledger.Ops)
	s.cost.CPU, s.cost.Programs = ledger.CPU(), ledger.Programs()
	if s.broke.IsZero() || of.Resource == "" {
		return err
	}
	takeover, unseen := account.Split(ledger.Ops, account.Failure{
		At: s.broke, Resource: of.Resource, Address: of.Address, Fenced: s.confirmedOff(),
	})
	if unseen != nil {
		// Not every failure leads to a takeover.
		return err
	}
	s.cost.Takeover = &takeover
	s.cost.Detected = takeover.Window.From.Sub(s.broke)
	if takeover.Seen != nil {
		s.cost.Detected = takeover.Seen.Ended.Sub(s.broke)
	}
	s.cost.Promoted = takeover.Promote.Ended.Sub(s.broke)
	if takeover.Address != nil {
		s.cost.Addressed = takeover.Address.Ended.Sub(s.broke)
	}
	return err
}

// confirmedOff is when fencing said first that a node is off, zero when nothing was fenced.
func (s *Stage) confirmedOff() time.Time {
	list := s.events.matching(func(e rack.Event) bool {
		return e.What == rack.Fencing && strings.HasSuffix(e.Detail, "asked for off: done, says the device")
	})
	if len(list) == 0 {
		return time.Time{}
	}
	return list[0].Time
}

// missed says which limits of a bar a cost exceeds.
func (b Bar) missed(c Cost) error {
	var all []error
	limit := func(what string, is, may time.Duration) {
		if may > 0 && is > may {
			all = append(all, fmt.Errorf("bar missed: %s %.2f s, may take %.2f s", what, is.Seconds(), may.Seconds()))
		}
	}
	switch {
	case b == Bar{}:
		return nil
	case c.Unknown != "":
		return fmt.Errorf("bar cannot be checked: %s", c.Unknown)
	case c.Takeover == nil && b.Takeover > 0:
		return errors.New("bar cannot be checked: no takeover was seen in the account")
	}
	limit("CPU of the agents", c.CPU, b.CPU)
	limit("takeover after", c.Promoted, b.Takeover)
	limit("address after", c.Addressed, b.Address)
	if c.Takeover != nil {
		limit("the agents' own share of the takeover", c.Takeover.Agent, b.Agent)
	}
	return errors.Join(all...)
}

// line is the cost in words.
func (c Cost) line() string {
	if c.Unknown != "" {
		return "the agents' cost is unknown: " + c.Unknown
	}
	text := fmt.Sprintf("agents: %d operations, %d programs, %.2f s of CPU", c.Operations, c.Programs, c.CPU.Seconds())
	if c.Incomplete != "" {
		text += " (incomplete: " + c.Incomplete + ")"
	}
	if t := c.Takeover; t != nil {
		text += fmt.Sprintf("; seen after %.1f s, promoted after %.1f s, of the %.2f s between SAP's tools %.2f s, Pacemaker %.2f s, the agents %.2f s (%.2f s of it in the cluster's tools)",
			c.Detected.Seconds(), c.Promoted.Seconds(), t.Window.To.Sub(t.Window.From).Seconds(),
			t.SAP.Seconds(), t.Pacemaker.Seconds(), t.Agent.Seconds(), t.Tools.Seconds())
	}
	return text
}
