package guide

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/beevik/etree"

	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/node"
	"ocfbox/test/lab/scenario"
)

const ocfFolder = "/usr/lib/ocf/resource.d/"

// packaged are the agents of the configuration as another package brings them: files of its own, not links to ocfbox.
var packaged = map[string]string{
	ocfFolder + "suse/SAPHana":         "SAPHana",
	ocfFolder + "suse/SAPHanaTopology": "SAPHanaTopology",
	ocfFolder + "heartbeat/IPaddr2":    "IPaddr2",
}

// replacing are the exchanges of another package's agents for ours.
func replacing() []scenario.Scenario {
	p := first()
	p.name = "guide-packaged"
	p.options = func(o *cluster.Options) {
		o.Agents.List = slices.Clone(o.Agents.List)
		for i := range o.Agents.List {
			o.Agents.List[i].Providers, o.Agents.List[i].Heartbeat = []string{"ocfbox"}, nil
		}
		for path, name := range packaged {
			o.Files = append(o.Files, node.File{Path: path, Text: "#!/bin/sh\nexec /usr/sbin/ocfbox " + name + " \"$@\"\n", Mode: 0o755})
		}
	}
	return []scenario.Scenario{
		p.named("swap-agents", "Another package's agents are replaced by ours and put back under a running pair: nothing changes.", swapAgents),
	}
}

func swapAgents(p *pair, a, b string) {
	p.begin(setting{}, a, b)
	p.awaitPartners()
	p.AwaitSettled()
	attributes := p.attributes()
	untouched := p.witnesses(a, b)
	files := map[string]string{a: p.agentFiles(a), b: p.agentFiles(b)}

	p.exchange(a, b, "install", attributes)
	for path := range packaged {
		for _, host := range []string{a, b} {
			if target := strings.TrimSpace(p.Run(host, "readlink", "-f", path)); target != "/usr/sbin/ocfbox" {
				p.Fail("%s on %s leads to %q, not to ocfbox", path, host, target)
			}
		}
	}
	p.exchange(a, b, "uninstall", attributes)
	for _, host := range []string{a, b} {
		if now := p.agentFiles(host); now != files[host] {
			p.Fail("the agents on %s are not what they were. Before:\n%s\nNow:\n%s", host, files[host], now)
		}
		p.Step("%s has its own agents again, byte for byte", host)
	}
	untouched()
	p.end(a, b)
	p.requireServedThroughout()
	p.requireNoFailures()
}

// awaitPartners waits until SAPHanaTopology has published all there is: the last is who each node's partner is.
func (p *pair) awaitPartners() {
	p.Await("both nodes know their partner", patience, func(context.Context) error {
		if n := strings.Count(p.attributes(), "_remoteHost="); n < 2 {
			return fmt.Errorf("%d do", n)
		}
		return nil
	})
}

// exchange installs or uninstalls on one node after the other in maintenance, lets the cluster go on, and demands that
// its attributes stay what they were.
func (p *pair) exchange(a, b, how, attributes string) {
	p.maintain("")
	p.root(a, "crm configure property maintenance-mode=true")
	p.AwaitSettled()
	for _, host := range []string{a, b} {
		p.root(host, "ocfbox "+how+" --provider suse --provider heartbeat")
	}
	p.root(a, "crm configure property maintenance-mode=false")
	p.maintain(" off")
	p.awaitMonitorOf(a)
	p.AwaitSettled()
	if now := p.attributes(); now != attributes {
		p.Fail("the attributes have changed. Before:\n%s\nNow:\n%s", attributes, now)
	}
	p.Step("the cluster goes on with the same attributes")
}

// attributes are all that the cluster's configuration and status say of nodes and sites, a line each, but for what changes
// with the time and with maintenance.
func (p *pair) attributes() string {
	doc := etree.NewDocument()
	p.Must(doc.ReadFromString(p.Run(p.Members()[0], "cibadmin", "--query")))
	var lines []string
	for _, section := range []string{"//configuration/crm_config", "//configuration/nodes", "//status"} {
		for _, pair := range doc.FindElements(section + "//nvpair") {
			name, value := pair.SelectAttrValue("name", ""), pair.SelectAttrValue("value", "")
			if strings.HasSuffix(name, "_lpt") && len(value) > 3 {
				value = "TS"
			}
			if name != "maintenance-mode" && name != "last-lrm-refresh" {
				lines = append(lines, pair.SelectAttrValue("id", "")+" "+name+"="+value)
			}
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// agentFiles are the other packages' agents on a node: what kind of file, of whom, and a digest of its contents.
func (p *pair) agentFiles(host string) string {
	folders := []string{ocfFolder + "suse", ocfFolder + "heartbeat"}
	kinds := p.Run(host, append([]string{"find"}, append(folders, "-printf", "%p %y %m %u %g %l\\n")...)...)
	digests := p.Run(host, append([]string{"find"}, append(folders, "-type", "f", "-exec", "sha256sum", "{}", "+")...)...)
	lines := append(strings.Split(kinds, "\n"), strings.Split(digests, "\n")...)
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
