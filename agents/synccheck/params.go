package synccheck

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"ocfbox/internal/drbd"
	"ocfbox/internal/ocf"
)

// A checker is one configured instance of the agent.
type checker struct {
	// root is where the host's files are.
	root     string
	resource string
	mode     Mode
	prefix   string
	failOn   []drbd.Class
	// degraded is the exit code of a monitor that finds the data degraded.
	degraded ocf.Code
	// dampen, settle and grace are in seconds.
	dampen, settle, grace int
	// peer is the host, or ssh alias, that is asked for its view; empty is nobody.
	peer string
}

// everything is the resource that stands for all of them.
const everything = "all"

// bindParams declares the parameters of replication-checker.md 18.
func (a *checker) bindParams(p *ocf.Params) {
	a.mode, a.degraded, a.resource, a.prefix = ModeStatus, ocf.Success, everything, defaultPrefix
	p.Func(a.readResource, ocf.Parameter{Name: "resource", Flags: ocf.Required, Short: "The DRBD resource",
		Long: `The name of the DRBD resource, or "all" for each one that is up on the node.`})
	p.Func(a.readMode, ocf.Parameter{Name: "mode", Default: string(ModeStatus), Short: "What is watched",
		Long: `With "status" the data and the connections are watched, with "link" the connections alone: then only the
attributes for the link and for the time of its loss are written, and the service is kept from no node.`})
	p.Func(a.readFailOn, ocf.Parameter{Name: "fail_on", Short: "Classes with which the monitor fails",
		Long: `The classes, separated by blanks, with which the monitor fails: SYNCING, UNKNOWN, DEGRADED, SPLIT-BRAIN.
Empty: the result of the monitor does not depend on the data, and the attributes alone tell.`})
	p.Func(a.readDegraded, ocf.Parameter{Name: "degraded_rc", Type: "integer", Default: "0",
		Short: "Exit code of the monitor for degraded data",
		Long: `What the monitor exits with when the data are degraded, or split, and fail_on does not name that: 0, 1, or
190, which Pacemaker shows as degraded and does not act on.`})
	p.Int(&a.dampen, "dampen", 5, 0, "Seconds between two changes of the amount out of sync",
		`How many seconds are at least between two changes of the attribute for the amount out of sync. Nothing else is
dampened.`)
	p.Int(&a.settle, "settle", 2, 0, "Seconds to wait for an answer of the peer",
		`How many seconds after the first look a second one is taken, when the first shows requests that the peer has not
answered.`)
	p.Int(&a.grace, "link_grace", 30, 0, "Seconds for a dead primary to leave the cluster",
		`How many seconds after its connection was lost a primary may take to leave the cluster. Until then the state of
the copy here is UNKNOWN; it is good again when the primary has left, and SFAIL when it has not. It must exceed
corosync's token and consensus, DRBD's ping-timeout and two intervals of the monitor.`)
	p.String(&a.peer, "peer_agent", "", 0, "Host that is asked for its view",
		`The host, or ssh alias, that is asked for its view as well. Empty: only this node is asked.`)
	p.Func(a.readPrefix, ocf.Parameter{Name: "attr_prefix", Default: defaultPrefix, Short: "Begin of the attributes' names",
		Long: `What the names of the attributes begin with; the name of the resource follows.`})
}

const defaultPrefix = drbd.AttributePrefix

// Files that describe pairs of devices belong to the comparison of devices.
const pairs = "pair:"

func (a *checker) readResource(text string) error {
	switch {
	case strings.HasPrefix(text, pairs):
		return errors.New("pair:FILE is not accepted yet: only DRBD resources are watched")
	case strings.ContainsAny(text, " \t\n=/"):
		return fmt.Errorf("%q is no name of a resource", text)
	}
	a.resource = text
	return nil
}

func (a *checker) readMode(text string) error {
	switch Mode(text) {
	case ModeStatus, ModeLink:
		a.mode = Mode(text)
		return nil
	case "verify":
		return errors.New("verify is not accepted yet: use status, and compare the copies by a timer of the system")
	}
	return fmt.Errorf("%q is neither status nor link", text)
}

func (a *checker) readFailOn(text string) error {
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' || r == '\t' }) {
		class := drbd.ParseClass(word)
		if class <= drbd.OK {
			return fmt.Errorf("%q is none of SYNCING, UNKNOWN, DEGRADED and SPLIT-BRAIN", word)
		}
		a.failOn = append(a.failOn, class)
	}
	return nil
}

func (a *checker) readDegraded(text string) error {
	code, err := ocf.Decimal(text)
	if err != nil || !slices.Contains([]ocf.Code{ocf.Success, ocf.ErrGeneric, ocf.Degraded}, ocf.Code(code)) {
		return fmt.Errorf("%q is none of 0, 1 and 190", text)
	}
	a.degraded = ocf.Code(code)
	return nil
}

func (a *checker) readPrefix(text string) error {
	bad := func(r rune) bool {
		return !strings.ContainsRune("-_.", r) && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}
	if text == "" || strings.ContainsFunc(text, bad) {
		return fmt.Errorf("%s cannot begin an attribute's name", strconv.Quote(text))
	}
	a.prefix = text
	return nil
}

// refuse is why the agent cannot work as it is configured.
func (a *checker) refuse(c *ocf.Call) error {
	switch {
	case !c.Root():
		return ocf.ErrPerm.With("%s needs root", c.Action)
	case c.Params.Err() != nil:
		return c.Params.Err()
	case c.Clone.Max != "" && c.Meta("clone_node_max") != "" && c.Meta("clone_node_max") != "1":
		return ocf.ErrConfigured.With("clone-node-max must be 1: one instance watches a node")
	}
	return nil
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }
