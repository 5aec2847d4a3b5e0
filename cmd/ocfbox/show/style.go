package show

import (
	"strconv"
	"strings"

	"ocfbox/internal/crm"
	"ocfbox/internal/term"
)

// style is the colour of a value (hana-tools.md 14.2).
func style(column, value string) term.Style {
	switch column {
	case "clone_state", "sync_state", "srHook", "srPoll":
		return stateStyle(value)
	case "roles":
		return rolesStyle(value)
	case "node_state", "crmd":
		return choose(online(value), term.Good, term.Bad)
	case "score":
		score, err := crm.ParseScore(value)
		switch {
		case err != nil, score == 0:
			return term.Plain
		case score < 0:
			return term.Bad
		}
		return term.Good
	case "standby":
		return choose(value == "on" || value == "true", term.Warning, term.Plain)
	case "maintenance", "maintenance-mode":
		return choose(value == "true" || value == "on", term.Warning, term.Plain)
	case "is-managed":
		return choose(value == "false", term.Warning, term.Plain)
	}
	return term.Plain
}

func stateStyle(value string) term.Style {
	switch {
	case value == "PROMOTED", value == "SOK", value == "PRIM":
		return term.Good
	case value == "SWAIT", value == "SREG", strings.HasPrefix(value, "WAITING"):
		return term.Warning
	case value == "SFAIL", value == "UNDEFINED":
		return term.Bad
	}
	return term.Plain
}

func rolesStyle(value string) term.Style {
	if value == "" {
		return term.Plain
	}
	switch value[0] {
	case '4', '3':
		return term.Good
	case '2':
		return term.Warning
	case '1', '0':
		return term.Bad
	}
	return term.Plain
}

// online reads a node's state: a word, and since Pacemaker 2.1.7 the time since when, or 0.
func online(state string) bool {
	since, err := strconv.ParseInt(state, 10, 64)
	return state == "online" || err == nil && since > 0
}

func choose(yes bool, one, other term.Style) term.Style {
	if yes {
		return one
	}
	return other
}
