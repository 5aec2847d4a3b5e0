package saphanatopology

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"ocfbox/internal/crm"
	"ocfbox/internal/hana"
	"ocfbox/internal/ocf"
)

const (
	// settled is how many monitors in a row have to see a new replication mode before it is published:
	// during a takeover HANA reports modes that do not last.
	settled = 2
	// silence is after how many monitors without a full answer the bare status is published after all.
	silence = 3
)

// A Write is a value that an attribute should have.
type Write struct {
	Attribute crm.Attribute
	Value     string
}

// A Note is a line for the log.
type Note struct {
	Level ocf.Level
	Text  string
}

// A Verdict is what an observation means for the cluster.
type Verdict struct {
	// Letter is the site's part in the replication as the roles have it.
	Letter string
	// RemoteHost is the partner, and From how it was found: mapping, site or empty.
	RemoteHost, From string
	// Writes are in the order of saphana-topology.md 5.3. They hold what should be there, changed or not.
	Writes []Write
	Notes  []Note
	// Memory is what the next monitor has to know.
	Memory Memory
	// Adopt tells a probe that the database runs, so that the agent counts as started on this node.
	Adopt bool
}

// Decide says what the observation means for the cluster. It asks nobody and changes nothing.
func Decide(o Observation) Verdict {
	v := Verdict{Letter: letter(o), Memory: o.Memory}
	switch o.Occasion {
	case Stop:
		v.stopRoles(o)
		return v
	case Probe:
		v.probe(o)
		return v
	}
	v.watchMode(o)
	v.describe(o)
	if version := string(o.Version); o.Published.Version != "" {
		v.write(crm.TransientOf(o.Node, o.SID.Attribute("version")), version)
	}
	v.srmode(o)
	return v
}

// probe publishes the version, and what is missing because the node has just joined: SAPHana's probe
// may come before the first regular monitor (saphana-topology.md 14, 4).
func (v *Verdict) probe(o Observation) {
	v.write(crm.TransientOf(o.Node, o.SID.Attribute("version")), string(o.Version))
	v.Adopt = o.Landscape.Answer == Complete && o.Landscape.Status >= hana.LandscapeWarning
	if o.Published.Roles != "" {
		return
	}
	var missing Verdict
	missing.Letter = v.Letter
	missing.describe(o)
	v.RemoteHost, v.From = missing.RemoteHost, missing.From
	p := o.Published
	for _, write := range missing.Writes {
		there := map[string]string{"roles": p.Roles, "site": p.Site, "vhost": p.VirtualHost, "remoteHost": p.RemoteHost}
		name := strings.TrimPrefix(write.Attribute.Name, o.SID.Attribute(""))
		if there[name] == "" {
			v.Writes = append(v.Writes, write)
		}
	}
}

// describe publishes what the node is: virtual host, partner, roles and site.
func (v *Verdict) describe(o Observation) {
	v.write(crm.PermanentOf(o.Node, o.SID.Attribute("vhost")), o.VirtualHost)
	v.RemoteHost, v.From = partner(o)
	v.write(crm.PermanentOf(o.Node, o.SID.Attribute("remoteHost")), v.RemoteHost)
	v.roles(o)
	v.write(crm.PermanentOf(o.Node, o.SID.Attribute("site")), o.Site)
}

// write adds a value. What is not known, and what no attribute can hold, is not written: a site or host
// name is one word.
func (v *Verdict) write(a crm.Attribute, value string) {
	if value == "" {
		return
	}
	if strings.ContainsAny(value, " \t") || crm.CheckValue(value) != nil {
		v.note(ocf.Warn, "%s: %q is no usable value: left as it is", a.Name, value)
		return
	}
	v.Writes = append(v.Writes, Write{a, value})
}

func (v *Verdict) note(level ocf.Level, format string, args ...any) {
	v.Notes = append(v.Notes, Note{level, fmt.Sprintf(format, args...)})
}

// letter is the role letter. While the replication state cannot be told a monitor keeps the one that was
// published, which saves needless fail-overs; a stop says that it does not know (5.2, 5.3).
func letter(o Observation) string {
	role := o.Mode.Role()
	if role != hana.RoleUnknown || o.Occasion == Stop {
		return role.Letter()
	}
	return letterOf(o.Published.Roles)
}

// letterOf is the second field of a roles text, or - when there is none.
func letterOf(roles string) string {
	fields := strings.Split(roles, ":")
	if len(fields) < 2 || !slices.Contains([]string{"P", "S", "N"}, fields[1]) {
		return hana.RoleUnknown.Letter()
	}
	return fields[1]
}

// roles publishes the landscape. Only a full answer changes what was there, until there has been none for
// a while.
func (v *Verdict) roles(o Observation) {
	a := crm.TransientOf(o.Node, o.SID.Attribute("roles"))
	land := o.Landscape
	if land.Answer == Complete {
		if o.Memory.Silent > 0 {
			v.note(ocf.Info, "DEC: the landscape answers again after %d monitors without", o.Memory.Silent)
		}
		v.Memory.Silent = 0
		v.write(a, hana.Roles{Status: land.Status, Letter: v.Letter, HostRoles: land.Roles}.String())
		return
	}
	v.Memory.Silent = min(o.Memory.Silent+1, silence)
	if o.Memory.Silent == 0 {
		v.note(ocf.Warn, "DEC: no full answer from the landscape: roles stay %q", o.Published.Roles)
	}
	if land.Answer == Silent && v.Memory.Silent == silence {
		v.write(a, hana.Roles{Status: land.Status, Letter: v.Letter}.String())
	}
}

// stopRoles publishes the roles for the last time. A landscape call that hangs means blocked storage or a
// hung database: the special text makes SAPHana's demote fail, and the failed stop gets the node fenced.
func (v *Verdict) stopRoles(o Observation) {
	a := crm.TransientOf(o.Node, o.SID.Attribute("roles"))
	land := o.Landscape
	switch land.Answer {
	case Complete:
		v.write(a, hana.Roles{Status: land.Status, Letter: v.Letter, HostRoles: land.Roles}.String())
	case Silent:
		v.write(a, hana.Roles{Status: land.Status, Letter: v.Letter}.String())
	case Hung:
		v.write(a, hana.Roles{Status: hana.LandscapeError, Letter: v.Letter,
			HostRoles: hana.HostRoles{NameServerConfig: "-", NameServerActual: "-", IndexServerConfig: "-", IndexServerActual: "-"}}.String())
	}
}

// partner is the replication partner's HANA host and how it was found (saphana-topology.md 4.3).
func partner(o Observation) (host, from string) {
	switch {
	case !o.MappingAsked:
		return "", ""
	case len(o.Mappings) > 0:
		return mapped(o)
	}
	// HANA is down: the attributes of the other nodes are all there is.
	for _, peer := range o.Peers {
		if peer.Name != o.Node && peer.Site != "" {
			host, from = peer.host(), "site"
		}
	}
	return host, from
}

// mapped is the host of another site that is a node of this cluster; hosts of a third site are not. While
// the own site has never been known, only another node can be meant.
func mapped(o Observation) (host, from string) {
	site := o.Site
	if site == "" {
		site = o.Published.Site
	}
	for _, peer := range o.Peers {
		for _, mapping := range o.Mappings {
			other := mapping.Site != site && (site != "" || peer.Name != o.Node)
			if other && peer.VirtualHost != "" && peer.VirtualHost == mapping.Partner {
				host, from = peer.VirtualHost, "mapping"
			}
		}
	}
	return host, from
}

// watchMode remembers how long the mode has been seen, and tells when it cannot be told any more.
func (v *Verdict) watchMode(o Observation) {
	m := &v.Memory
	if o.Mode == "" {
		if m.Defect == 0 {
			m.Defect = o.Now.Unix()
			v.note(ocf.Warn, "DEC: the replication state cannot be told (DEFECT): the role stays %s", v.Letter)
		}
		return
	}
	if m.Defect != 0 {
		v.note(ocf.Info, "DEC: the replication state is known again after %v: mode=%s",
			o.Now.Sub(time.Unix(m.Defect, 0)).Round(time.Second), o.Mode)
		m.Defect = 0
	}
	switch m.Mode {
	case o.Mode:
		m.Seen = min(m.Seen+1, settled)
	case "":
		// The first monitor since the node started knows no better.
		m.Seen = settled
	default:
		m.Seen = 1
	}
	m.Mode = o.Mode
}

// srmode publishes a secondary's mode for all nodes: whichever becomes a secondary registers with it.
func (v *Verdict) srmode(o Observation) {
	if o.Mode.Role() != hana.Secondary || o.Published.Action == "T" || v.Memory.Seen < settled {
		return
	}
	for _, peer := range o.Peers {
		v.write(crm.PermanentOf(peer.Name, o.SID.Attribute("srmode")), string(o.Mode))
	}
}
