package srhook

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"ocfbox/internal/run"
)

// A verdict is what sudo does with a command of <sid>adm.
type verdict int

const (
	// denied: sudo says no. free: it is run at once. asks: a password is asked for, which a person could
	// know and the provider does not. allowed: allowed, and whether a password is asked for is not clear.
	denied verdict = iota
	free
	asks
	allowed
)

// rules checks what sudo allows <sid>adm, by asking sudo as that user. Nothing is run.
func (c *Checker) rules(ctx context.Context) {
	result, err := c.as(ctx, "sudo", "-n", "-ll")
	if err != nil {
		state := Unknown
		if errors.Is(err, run.ErrNotFound) {
			state = Failed
		}
		c.found(state, "sudo", "install sudo", "%v", err)
		return
	}
	rules := parseListing(string(result.Stdout))
	// Where a terminal is wanted, sudo does not even list the rules without one.
	if rules.has("requiretty") || strings.Contains(string(result.Stderr), "must have a tty") {
		c.found(Failed, "sudo", "add to sudoers: Defaults:"+c.SID.User()+" !requiretty", "sudo wants a terminal, which HANA has not")
	}
	for _, site := range c.Sites {
		for _, value := range []Value{SOK, SFAIL} {
			c.wanted(ctx, rules, fmt.Sprintf("%s for site %s", value, site), Command(c.SID, site, value))
		}
	}
	if c.blocks {
		c.wanted(ctx, rules, "the question whether a takeover is permitted", TakeoverCommand(c.SID))
	}
	for _, n := range neighbours(c.SID, c.Sites[0]) {
		c.unwanted(ctx, rules, n)
	}
}

func (c *Checker) ask(ctx context.Context, rules listing, command []string) (verdict, error) {
	result, err := c.as(ctx, append([]string{"sudo", "-n", "-l"}, command...)...)
	if err != nil {
		return denied, err
	}
	if !result.OK() {
		return denied, nil
	}
	needs, known := rules.needsPassword(command)
	switch {
	case !known:
		return allowed, nil
	case needs:
		return asks, nil
	}
	return free, nil
}

func (c *Checker) wanted(ctx context.Context, rules listing, what string, command []string) {
	hint := "ocfbox srhook sudoers prints the rules; the missing one allows: " + strings.Join(command, " ")
	answer, err := c.ask(ctx, rules, command)
	switch {
	case err != nil:
		c.found(Unknown, "sudo", "", "%s: %v", what, err)
	case answer == denied:
		c.found(Failed, "sudo", hint, "%s is not allowed", what)
	case answer == asks:
		c.found(Failed, "sudo", hint, "%s is allowed with a password only", what)
	case answer == allowed:
		c.found(Warning, "sudo", "see sudo -ll as "+c.SID.User(), "%s is allowed, perhaps with a password only", what)
	default:
		c.found(OK, "sudo", "", "%s is allowed", what)
	}
}

func (c *Checker) unwanted(ctx context.Context, rules listing, n neighbour) {
	line := strings.Join(n.command, " ")
	answer, err := c.ask(ctx, rules, n.command)
	const exact = "use the rules of ocfbox srhook sudoers; this is allowed as root: "
	switch {
	case err != nil:
		c.found(Unknown, "sudo", "", "%s: %v", n.what, err)
	case answer == denied:
		c.found(OK, "sudo", "", "%s is not allowed", n.what)
	case answer == asks:
		c.found(OK, "sudo", "", "%s is not allowed without a password", n.what)
	case c.Generic && byWildcard(c.SID, n.command):
		c.found(Warning, "sudo", exact+line, "too wide, as the guide's rule is: %s is allowed", n.what)
	default:
		c.found(Failed, "sudo", exact+line, "too wide: %s is allowed", n.what)
	}
}
