package crmtest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/beevik/etree"
)

func cibadminOptions() options {
	return options{tool: "cibadmin", getopt: true, all: []option{
		{letter: '?', name: "help"}, {letter: '$', name: "version"}, {letter: 'V', name: "verbose"},
		{letter: 'u', name: "upgrade"}, {letter: 'Q', name: "query"}, {letter: 'E', name: "erase"},
		{letter: 'B', name: "bump"}, {letter: 'C', name: "create"}, {letter: 'M', name: "modify"},
		{letter: 'P', name: "patch"}, {letter: 'R', name: "replace"}, {letter: 'D', name: "delete"},
		{letter: 'd', name: "delete-all"}, {letter: 'a', name: "empty"}, {letter: '5', name: "md5-sum"},
		{letter: '6', name: "md5-sum-versioned"}, {letter: 'S', name: "show-access", optional: true},
		{letter: 'f', name: "force"}, {letter: 't', name: "timeout", value: true}, {letter: 'U', name: "user", value: true},
		{letter: 's', name: "sync-call"}, {letter: 'l', name: "local"}, {letter: 'c', name: "allow-create"},
		{letter: 'n', name: "no-children"}, {letter: 'X', name: "xml-text", value: true},
		{letter: 'x', name: "xml-file", value: true}, {letter: 'p', name: "xml-pipe"},
		{letter: 'o', name: "scope", value: true}, {letter: 'A', name: "xpath", value: true},
		{letter: 'e', name: "node-path"}, {letter: 'N', name: "node", value: true},
	}}
}

// A job is one call of cibadmin, understood.
type job struct {
	command, scope, xpath, xml     string
	pipe, noChildren, create, text bool
}

const cibadminUsage = "cibadmin - query and edit the Pacemaker configuration\nUsage: cibadmin <command> [options]"

func (c *command) cibadmin(args []string) (reply, error) {
	found, rest, refusal := cibadminOptions().parse(args)
	if refusal != "" {
		return fails(64, "cibadmin: %s\n%s", refusal, cibadminUsage)
	}
	var j job
	for _, g := range found {
		switch g.name {
		case "query", "create", "modify", "replace", "delete", "delete-all":
			j.command = g.name
		case "scope":
			j.scope = g.value
		case "xpath":
			j.xpath = g.value
		case "xml-text":
			j.xml, j.text = g.value, true
		case "xml-pipe":
			j.pipe = true
		case "no-children":
			j.noChildren = true
		case "allow-create":
			j.create = true
		case "local", "sync-call", "force", "timeout", "verbose":
		default:
			return notImitated("cibadmin --" + g.name)
		}
	}
	if j.pipe {
		j.xml, j.text = string(c.cmd.Stdin), true
	}
	switch {
	case len(rest) > 0:
		return reply{code: 64, out: "non-option ARGV-elements: " + strings.Join(rest, " ") + " \n", err: cibadminUsage + "\n"}, nil
	case j.command == "":
		return fails(64, cibadminUsage)
	case !c.local.running:
		return fails(102, "Could not connect to the CIB: Transport endpoint is not connected\n"+
			"Init failed, could not perform requested operations")
	case j.command == "query":
		return c.queryCIB(j)
	}
	return c.edit(j)
}

func noObject(call string) (reply, error) {
	return fails(105, "Call cib_%s failed: No such device or address", call)
}

func (c *command) queryCIB(j job) (reply, error) {
	if j.xpath != "" {
		return c.queryPath(j)
	}
	from := c.cib.Root()
	if slices.Contains(scopes(), j.scope) {
		from = c.section(j.scope)
	}
	// A scope that does not exist gets the whole CIB; one that is empty here gets nothing.
	if from == nil {
		return noObject("query")
	}
	return prints(c.trimmed(from, j))
}

func scopes() []string {
	return []string{"configuration", "nodes", "resources", "constraints", "crm_config", "rsc_defaults",
		"op_defaults", "acls", "fencing-topology", "tags", "alerts", "status"}
}

func (c *command) queryPath(j job) (reply, error) {
	var found []*etree.Element
	for part := range strings.SplitSeq(j.xpath, "|") {
		path, err := compile(strings.TrimSpace(part))
		if err != nil {
			return notImitated(err.Error())
		}
		found = append(found, c.cib.Root().FindElementsPath(path)...)
	}
	switch len(found) {
	case 0:
		return noObject("query")
	case 1:
		return prints(c.trimmed(found[0], j))
	}
	all := etree.NewElement("xpath-query")
	for _, e := range found {
		all.AddChild(e.Copy())
	}
	return prints(c.print(all))
}

// compile refuses what etree would take for something else than XPath says: it knows steps, and
// comparisons of an attribute with a text.
func compile(xpath string) (etree.Path, error) {
	outside := ""
	for i, part := range strings.FieldsFunc(xpath, func(r rune) bool { return r == '\'' || r == '"' }) {
		if i%2 == 0 {
			outside += part
		}
	}
	path, err := etree.CompilePath(xpath)
	if err != nil || strings.ContainsAny(outside, "()<>!+,: ") {
		return etree.Path{}, fmt.Errorf("the XPath %q", xpath)
	}
	return path, nil
}

func (c *command) trimmed(e *etree.Element, j job) string {
	if !j.noChildren {
		return c.print(e)
	}
	e = e.Copy()
	e.Child = nil
	return c.print(e)
}

func (c *command) edit(j job) (reply, error) {
	if j.xpath != "" && (j.command == "delete" || j.command == "delete-all") {
		return c.deletePath(j)
	}
	if !j.text {
		return fails(64, "Please supply XML to process with -X, -x or -p")
	}
	doc := etree.NewDocument()
	if err := doc.ReadFromString(j.xml); err != nil || doc.Root() == nil {
		return noObject(j.command)
	}
	switch j.command {
	case "replace":
		return c.replaceCIB(j, doc.Root())
	case "modify":
		return c.modify(j, doc.Root())
	case "create":
		return c.createIn(j, doc.Root())
	}
	if e := c.identified(doc.Root()); e != nil {
		e.Parent().RemoveChild(e)
		c.changed(false)
	}
	return prints("")
}

func (c *command) replaceCIB(j job, with *etree.Element) (reply, error) {
	old := c.cib.Root()
	if j.scope != "" {
		old = c.section(j.scope)
	}
	if old == nil || old.Tag != with.Tag {
		return noObject("replace")
	}
	c.replace(old, with)
	return prints("")
}

func (c *Cluster) replace(old, with *etree.Element) {
	if parent := old.Parent(); parent != nil && old != c.cib.Root() {
		at := old.Index()
		parent.RemoveChildAt(at)
		parent.InsertChildAt(at, with.Copy())
	} else {
		c.cib.SetRoot(with.Copy())
	}
	c.changed(false)
}

func (c *command) modify(j job, with *etree.Element) (reply, error) {
	old := c.identified(with)
	if old == nil && with.SelectAttr("id") == nil {
		old = c.section(with.Tag)
	}
	switch {
	case old == nil && j.create && c.section(j.scope) != nil:
		c.section(j.scope).AddChild(with.Copy())
	case old == nil:
		return noObject("modify")
	default:
		merge(old, with)
	}
	c.changed(false)
	return prints("")
}

// merge takes over the attributes of with, and its children by tag and id.
func merge(old, with *etree.Element) {
	for _, a := range with.Attr {
		setAttr(old, a.Key, a.Value)
	}
	for _, e := range with.ChildElements() {
		id, same := e.SelectAttrValue("id", ""), (*etree.Element)(nil)
		for _, o := range old.SelectElements(e.Tag) {
			if o.SelectAttrValue("id", "") == id {
				same = o
			}
		}
		if same == nil {
			old.AddChild(e.Copy())
			continue
		}
		merge(same, e)
	}
}

func (c *command) createIn(j job, what *etree.Element) (reply, error) {
	section := c.section(j.scope)
	if section == nil {
		return noObject("create")
	}
	if c.identified(what) != nil {
		return reply{code: 108, err: "Call cib_create failed: File exists\n"}, nil
	}
	section.AddChild(what.Copy())
	c.changed(false)
	return prints("")
}

// deletePath deletes what the path finds; that it finds nothing is no failure.
func (c *command) deletePath(j job) (reply, error) {
	path, err := compile(j.xpath)
	if err != nil {
		return notImitated(err.Error())
	}
	for _, e := range c.cib.Root().FindElementsPath(path) {
		e.Parent().RemoveChild(e)
		c.changed(false)
		if j.command == "delete" {
			break
		}
	}
	return prints("")
}

// identified is the element of the CIB with the tag and id of like; nil when there is none, or no id.
func (c *Cluster) identified(like *etree.Element) *etree.Element {
	id := like.SelectAttrValue("id", "")
	if id == "" {
		return nil
	}
	for _, e := range c.cib.Root().FindElements("//" + like.Tag) {
		if e.SelectAttrValue("id", "") == id {
			return e
		}
	}
	return nil
}
