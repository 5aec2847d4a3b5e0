package ocf

import (
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/beevik/etree"
)

// apiVersion is the version of the OCF resource agent API that the meta-data names. 1.1 would change
// how Pacemaker reloads parameters (ocf-framework.md 7).
const apiVersion = "1.0"

// Parameters are the agent's parameters as declared, with the defaults they have on this host.
func (a *Agent) Parameters() []Parameter {
	params := NewParams(nil)
	a.New(params)
	return params.Declared()
}

// MetaData writes the agent's meta-data, valid against the 1.0 DTD and the 1.1 schema
// (ocf-framework.md 8).
func (a *Agent) MetaData(to io.Writer) error {
	doc := etree.NewDocument()
	// A line break in a default is written as a reference, else readers take it for a blank.
	doc.WriteSettings.CanonicalAttrVal = true
	doc.CreateProcInst("xml", `version="1.0"`)
	doc.CreateDirective(`DOCTYPE resource-agent SYSTEM "ra-api-1.dtd"`)
	root := doc.CreateElement("resource-agent")
	root.CreateAttr("name", a.Name)
	root.CreateAttr("version", a.Version)
	root.CreateElement("version").SetText(apiVersion)
	describe(root, a.Long, a.Short)
	parameters := root.CreateElement("parameters")
	for _, parameter := range a.Parameters() {
		if parameter.Flags&Hidden == 0 {
			parameter.addTo(parameters)
		}
	}
	actions := root.CreateElement("actions")
	for _, op := range a.Ops {
		op.addTo(actions)
	}
	doc.Indent(2)
	_, err := doc.WriteTo(to)
	return err
}

func (p Parameter) addTo(parameters *etree.Element) {
	element := parameters.CreateElement("parameter")
	element.CreateAttr("name", p.Name)
	element.CreateAttr("unique", p.Flags.digit(Unique))
	element.CreateAttr("required", p.Flags.digit(Required))
	describe(element, p.Long, p.Short)
	content := element.CreateElement("content")
	content.CreateAttr("type", p.Type)
	if p.Flags&NoDefault == 0 {
		content.CreateAttr("default", p.Default)
	}
}

func (o Op) addTo(actions *etree.Element) {
	element := actions.CreateElement("action")
	element.CreateAttr("name", o.Name)
	if o.Depth != "" {
		element.CreateAttr("depth", o.Depth)
	}
	if o.Role != "" {
		element.CreateAttr("role", o.Role)
	}
	element.CreateAttr("timeout", seconds(o.Timeout))
	if o.Interval != 0 {
		element.CreateAttr("interval", seconds(o.Interval))
	}
}

func describe(parent *etree.Element, long, short string) {
	for _, text := range []struct{ tag, words string }{{"longdesc", long}, {"shortdesc", short}} {
		element := parent.CreateElement(text.tag)
		element.CreateAttr("lang", "en")
		element.SetText(strings.TrimSpace(text.words))
	}
}

func (f Flag) digit(flag Flag) string {
	if f&flag != 0 {
		return "1"
	}
	return "0"
}

// seconds is a duration as meta-data states it; the schemas know whole seconds.
func seconds(d time.Duration) string {
	return strconv.Itoa(int(d/time.Second)) + "s"
}

// Usage writes what the agent can be asked.
func (a *Agent) Usage(to io.Writer) error {
	words := make([]string, 0, len(a.Ops)+1)
	for _, op := range a.Ops {
		if !slices.Contains(words, op.Name) {
			words = append(words, op.Name)
		}
	}
	// The twin of monitor that the meta-data need not advertise.
	if a.New(NewParams(nil)).Status != nil && !slices.Contains(words, "status") {
		words = slices.Insert(words, min(2, len(words)), "status")
	}
	words = append(words, "usage")
	_, err := io.WriteString(to, "usage: "+a.Name+" {"+strings.Join(words, "|")+"}\n\n"+
		a.Short+".\nParameters are read from the environment as OCF_RESKEY_<name>; "+
		"`ocfbox help "+a.Name+"` and the manual page ocf_ocfbox_"+a.Name+"(7) explain them.\n")
	return err
}
