package text

import (
	"fmt"
	"slices"
	"strings"

	"ocfbox/test/hanasim/core"
	"ocfbox/test/hanasim/site"
)

// A Role is what hdbnsutil says of a site.
type Role struct {
	Host   string
	Memory site.Memory
	// Online: the nameserver answers.
	Online bool
}

// pairs are the lines that both -sr_stateConfiguration and -sr_state have.
func (r Role) pairs() []site.Key {
	m := r.Memory
	list := []site.Key{{Name: "mode", Value: string(m.Mode)}}
	if m.Mode == core.None {
		return list
	}
	list = append(list, site.Key{Name: "site id", Value: fmt.Sprint(m.ID)}, site.Key{Name: "site name", Value: m.Name})
	if p, ok := m.PrimaryPeer(); ok && m.Mode.Secondary() {
		list = append(list, site.Key{Name: "active primary site", Value: fmt.Sprint(p.ID)}, site.Key{Name: "primary masters", Value: p.Host})
	}
	return list
}

func joined(list []site.Key, between string) []string {
	var lines []string
	for _, k := range list {
		lines = append(lines, k.Name+between+k.Value)
	}
	return lines
}

// stateTitle is above what people read.
const stateTitle = "System Replication State\n~~~~~~~~~~~~~~~~~~~~~~~~\n\n"

// Configuration is the output of hdbnsutil -sr_stateConfiguration (saphana.md 6.1).
func (r Role) Configuration(sapcontrol bool) string {
	if sapcontrol {
		return marked(joined(r.pairs(), "=")) + "done.\n"
	}
	return stateTitle + strings.Join(joined(r.pairs(), ": "), "\n") + "\ndone.\n"
}

// HostMapping is the output of hdbnsutil -sr_stateHostMapping (saphana-topology.md 4.3). It needs a running nameserver.
func (r Role) HostMapping(sapcontrol bool) string {
	var lines []string
	for _, p := range r.known() {
		if sapcontrol {
			lines = append(lines, fmt.Sprintf("mapping/%s=%s/%s", r.Host, p.Name, p.Host))
		} else {
			lines = append(lines, fmt.Sprintf("%s -> [%s] %s", r.Host, p.Name, p.Host))
		}
	}
	if sapcontrol {
		return marked(lines) + "done.\n"
	}
	return "Host Mappings:\n~~~~~~~~~~~~~~\n\n" + strings.Join(lines, "\n") + "\ndone.\n"
}

// known are the sites that a running nameserver knows.
func (r Role) known() []site.Peer {
	if !r.Online {
		return nil
	}
	return r.Memory.Peers
}

// State is the output of hdbnsutil -sr_state.
func (r Role) State(sapcontrol bool) string {
	m := r.Memory
	operation := m.OperationMode
	if m.Mode == core.Primary {
		operation = "primary"
	}
	list := append([]site.Key{{Name: "online", Value: fmt.Sprint(r.Online)}}, r.pairs()...)
	if m.Mode != core.None {
		list = slices.Insert(list, 2, site.Key{Name: "operation mode", Value: operation})
	}
	flags := []site.Key{
		{Name: "is source system", Value: fmt.Sprint(m.Mode == core.Primary || len(m.Fed()) > 0)},
		{Name: "is secondary/consumer system", Value: fmt.Sprint(m.Mode.Secondary())},
		{Name: "has secondaries/consumers attached", Value: fmt.Sprint(len(m.Fed()) > 0)},
		{Name: "is a takeover active", Value: "false"},
		{Name: "is primary suspended", Value: fmt.Sprint(m.Suspended)},
	}
	if sapcontrol {
		for i, name := range []string{"isSource", "isConsumer", "hasConsumers", "isTakeoverActive", "isPrimarySuspended"} {
			flags[i].Name = name
		}
		lines := joined(append(list, flags...), "=")
		for _, p := range r.known() {
			lines = append(lines, fmt.Sprintf("mapping/%s=%s/%s", r.Host, p.Name, p.Host))
		}
		return marked(lines) + "done.\n"
	}
	parts := []string{strings.Join(joined(list, ": "), "\n"), strings.Join(joined(flags, ": "), "\n")}
	if known := r.known(); len(known) > 0 && m.Mode != core.None {
		parts = append(parts, strings.TrimSuffix(r.HostMapping(false), "\ndone.\n"), "Site Mappings:\n~~~~~~~~~~~~~~\n"+r.tree(0, 0))
	}
	return stateTitle + strings.Join(parts, "\n\n") + "\ndone.\n"
}

// tree draws which site feeds which.
func (r Role) tree(source, depth int) string {
	var b strings.Builder
	for _, p := range r.Memory.Peers {
		if p.Source != source || depth > len(r.Memory.Peers) {
			continue
		}
		operation := p.OperationMode
		if p.Mode == core.Primary {
			operation = "primary"
		}
		lead := ""
		if depth > 0 {
			lead = strings.Repeat("    ", depth) + "|---"
		}
		fmt.Fprintf(&b, "%s%s (%s/%s)\n", lead, p.Name, p.Mode, operation)
		b.WriteString(r.tree(p.ID, depth+1))
	}
	return b.String()
}

// Parameters is the output of getParameter.py for keys like global.ini/system_replication/mode (saphana.md 6.2).
func Parameters(ini *site.Ini, keys []string, sapcontrol bool) string {
	var lines []string
	for _, key := range keys {
		words := strings.SplitN(key, "/", 3)
		if len(words) < 3 {
			continue
		}
		if value := ini.Get(words[1], words[2]); value != "" {
			lines = append(lines, key+"="+value)
		}
	}
	if sapcontrol {
		return marked(lines)
	}
	return strings.Join(lines, "\n") + "\n"
}
