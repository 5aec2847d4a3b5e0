package command

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"ocfbox/test/hanasim/core"
	"ocfbox/test/hanasim/process"
	"ocfbox/test/hanasim/site"
	"ocfbox/test/hanasim/text"
	"ocfbox/test/hanasim/wire"
)

// A nsCall is a call of hdbnsutil.
type nsCall struct {
	call
	system site.System
}

func nsFunctions() map[string]func(nsCall) int {
	return map[string]func(nsCall) int{
		"-sr_enable": nsCall.enable, "-sr_disable": nsCall.disable, "-sr_register": nsCall.register, "-sr_unregister": nsCall.unregister,
		"-sr_takeover": nsCall.takeover, "-sr_state": nsCall.state, "-sr_stateConfiguration": nsCall.configuration,
		"-sr_stateHostMapping": nsCall.mapping, "-sr_cleanup": nsCall.cleanup, "-sr_changemode": nsCall.changeMode,
		"-reloadHADRProviders": nsCall.reload,
	}
}

// hdbnsutil changes and shows system replication.
func hdbnsutil(c call) int {
	s, ok := c.own()
	if !ok {
		return 1
	}
	for _, a := range c.args {
		if run, known := nsFunctions()[a]; known {
			return run(nsCall{c, s})
		}
	}
	c.say("hdbnsutil [options]\nunknown or missing command\n")
	return 1
}

// ask asks the nameserver; running is false when there is none. A nameserver that is stopped by a signal
// never answers, as SAP's does not.
func (n nsCall) ask(q wire.Question) (a wire.Answer, running bool, err error) {
	conn, err := wire.Dial(n.system.Socket("nameserver"), 5*time.Second)
	if err != nil {
		return a, false, nil
	}
	defer conn.Close()
	if err := conn.Ask(q, &a); err != nil {
		return a, true, fmt.Errorf("nameserver %s:%d ended: %w", n.system.Host, n.system.Port(1), err)
	}
	if a.Error != "" {
		return a, true, errors.New(a.Error)
	}
	return a, true, nil
}

// failed prints an error as hdbnsutil does.
func (n nsCall) failed(err error) int {
	n.say("error: %v\nfailed. trace file nameserver_%s.00000.000.trc may contain more error details.\n", err, n.system.Host)
	return 1
}

func (n nsCall) enable() int {
	name := n.value("--name")
	if !validSite(name) {
		return n.failed(fmt.Errorf("site name %q: use 2 to 32 letters, digits and dashes", name))
	}
	n.say("checking local nameserver:\nchecking for active nameserver ...\n")
	_, running, err := n.ask(wire.Question{Ask: wire.AskState})
	if err != nil || !running {
		return n.failed(fmt.Errorf("nameserver is not running: start the system first"))
	}
	n.say("nameserver is running, proceeding ...\nconfiguring ini files ...\n")
	if _, _, err := n.ask(wire.Question{Ask: wire.AskEnable, Name: name}); err != nil {
		return n.failed(err)
	}
	n.say("successfully enabled system as primary site ...\ndone.\n")
	return 0
}

// validSite knows SAP's rule for the names of sites.
func validSite(name string) bool {
	return regexp.MustCompile(`^[A-Za-z0-9_-]{2,32}$`).MatchString(name)
}

func (n nsCall) disable() int {
	n.say("checking local nameserver:\nchecking for active nameserver ...\n")
	_, running, err := n.ask(wire.Question{Ask: wire.AskDisable, Force: n.has("--force")})
	if err != nil {
		return n.failed(err)
	}
	if !running {
		return n.failed(fmt.Errorf("nameserver is not running: start the system first"))
	}
	n.say("configuring ini files ...\nsuccessfully disabled system replication ...\ndone.\n")
	return 0
}

func (n nsCall) register() int {
	me := site.Peer{
		Name: n.value("--name"), Host: n.system.Host, Mode: core.Mode(n.value("--replicationMode")), OperationMode: n.value("--operationMode"),
	}
	if me.Mode == "" {
		me.Mode = core.Mode(n.value("--mode"))
	}
	remote := n.value("--remoteHost")
	if err := n.checkRegistration(&me, remote); err != nil {
		return n.failed(err)
	}
	n.say("adding site ...\nchecking for inactive nameserver ...\n")
	if _, running, _ := n.ask(wire.Question{Ask: wire.AskState}); running {
		return n.failed(fmt.Errorf("nameserver %s:%d is active: stop the system first", n.system.Host, n.system.Port(1)))
	}
	n.say("nameserver %s:%d not responding.\ncollecting information ...\n", n.system.Host, n.system.Port(1))
	before, err := n.system.Recall()
	if err != nil {
		return n.failed(err)
	}
	me.ID = before.ID
	me, peers, err := process.RegisterAt(n.system, remote, me, false)
	if err != nil {
		return n.failed(fmt.Errorf("unable to contact primary site host %s:%d. %w", remote, n.system.Port(1), err))
	}
	n.say("updating local ini files ...\n")
	full := n.has("--force_full_replica")
	if _, err := n.system.Change(func(m *site.Memory) { m.Register(me, peers, remote, full) }); err != nil {
		return n.failed(err)
	}
	n.say("done.\n")
	return 0
}

func (n nsCall) checkRegistration(me *site.Peer, remote string) error {
	if me.OperationMode == "" {
		me.OperationMode = "logreplay"
	}
	switch {
	case !validSite(me.Name):
		return fmt.Errorf("site name %q: use 2 to 32 letters, digits and dashes", me.Name)
	case !me.Mode.Secondary():
		return fmt.Errorf("replication mode %q: use sync, syncmem or async", me.Mode)
	case !slices.Contains(core.OperationModes(), me.OperationMode):
		return fmt.Errorf("operation mode %q: use one of %v", me.OperationMode, core.OperationModes())
	case remote == "" || remote == n.system.Host:
		return fmt.Errorf("remote host %q: name the host of another site", remote)
	case n.value("--remoteInstance") != n.system.Number:
		return fmt.Errorf("remote instance %q: both sites have the same instance number", n.value("--remoteInstance"))
	}
	return nil
}

// role is what the site is, from its nameserver or from what it remembers.
func (n nsCall) role() (text.Role, error) {
	m, err := n.system.Recall()
	if err != nil {
		return text.Role{}, err
	}
	_, running, err := n.ask(wire.Question{Ask: wire.AskState})
	return text.Role{Host: n.system.Host, Memory: m, Online: running}, err
}

func (n nsCall) show(print func(text.Role) string) int {
	r, err := n.role()
	if err != nil {
		return n.failed(err)
	}
	n.say("%s", print(r))
	return 0
}

// configuration reads files only: it answers whatever the nameserver does.
func (n nsCall) configuration() int {
	m, err := n.system.Recall()
	if err != nil {
		return n.failed(err)
	}
	n.say("%s", text.Role{Host: n.system.Host, Memory: m}.Configuration(n.has("--sapcontrol=1")))
	return 0
}

func (n nsCall) state() int {
	return n.show(func(r text.Role) string { return r.State(n.has("--sapcontrol=1")) })
}

func (n nsCall) mapping() int {
	return n.show(func(r text.Role) string { return r.HostMapping(n.has("--sapcontrol=1")) })
}

func (n nsCall) reload() int {
	_, running, err := n.ask(wire.Question{Ask: wire.AskReload})
	if err == nil && !running {
		err = fmt.Errorf("nameserver is not running: providers are loaded at its start")
	}
	if err != nil {
		return n.failed(err)
	}
	n.say("done.\n")
	return 0
}
