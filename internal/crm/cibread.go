package crm

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
)

// ParseCIB reads a CIB as cibadmin --query prints it, and as report archives and the scheduler's input
// files keep it. The error is ErrGarbled when it is none.
//
// It is a streaming reader because monitors read the whole CIB, of which the operation history that
// they do not want is the greater part: see BenchmarkParseCIB for what a document tree costs instead.
func ParseCIB(data []byte) (*CIB, error) {
	r := reader{d: xml.NewDecoder(bytes.NewReader(data)), cib: new(CIB)}
	root, err := r.root()
	if err == nil && root.Name.Local != "cib" {
		err = fmt.Errorf("the document is a %q", root.Name.Local)
	}
	if err == nil {
		err = r.read(root)
	}
	if err != nil {
		return nil, fmt.Errorf("read CIB: %w: %w", ErrGarbled, err)
	}
	return r.cib, nil
}

// maxDepth bounds how deep resources may be nested; Pacemaker allows a clone of a group of primitives.
const maxDepth = 32

type reader struct {
	d     *xml.Decoder
	cib   *CIB
	depth int
}

// root is the document's element.
func (r *reader) root() (xml.StartElement, error) {
	for {
		token, err := r.d.Token()
		if err == io.EOF {
			return xml.StartElement{}, io.ErrUnexpectedEOF
		}
		if err != nil {
			return xml.StartElement{}, err
		}
		if start, ok := token.(xml.StartElement); ok {
			return start, nil
		}
	}
}

// each calls f for the children of the element whose start was read last. f reads each child to its
// end, with each or Skip.
func (r *reader) each(f func(xml.StartElement) error) error {
	if r.depth++; r.depth > maxDepth {
		return fmt.Errorf("elements nested deeper than %d", maxDepth)
	}
	defer func() { r.depth-- }()
	for {
		token, err := r.d.Token()
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.StartElement:
			if err := f(t); err != nil {
				return err
			}
		case xml.EndElement:
			return nil
		}
	}
}

func (r *reader) read(root xml.StartElement) error {
	c := r.cib
	c.AdminEpoch, c.Epoch, c.Updates = number(root, "admin_epoch"), number(root, "epoch"), number(root, "num_updates")
	c.FeatureSet, c.LastWritten = attr(root, "crm_feature_set"), attr(root, "cib-last-written")
	c.Executed, c.DCID = attr(root, "execution-date"), attr(root, "dc-uuid")
	c.Quorate = yes(attr(root, "have-quorum"))
	return r.each(func(section xml.StartElement) error {
		switch section.Name.Local {
		case "configuration":
			return r.each(r.configuration)
		case "status":
			return r.each(r.nodeState)
		}
		return r.d.Skip()
	})
}

func (r *reader) configuration(section xml.StartElement) error {
	switch section.Name.Local {
	case "crm_config":
		return r.each(func(set xml.StartElement) error { return r.set(&r.cib.Properties, set) })
	case "nodes":
		return r.each(r.node)
	case "resources":
		return r.each(func(s xml.StartElement) error { return r.resource(s, "") })
	}
	return r.d.Skip()
}

func (r *reader) node(start xml.StartElement) error {
	if start.Name.Local != "node" {
		return r.d.Skip()
	}
	node := r.cib.byID(attr(start, "id"), attr(start, "uname"))
	node.Type = attr(start, "type")
	return r.each(func(s xml.StartElement) error {
		if s.Name.Local == "instance_attributes" {
			return r.set(&node.Permanent, s)
		}
		return r.d.Skip()
	})
}

// set reads a set of nvpairs; what is none is skipped.
func (r *reader) set(to *[]Set, start xml.StartElement) error {
	switch start.Name.Local {
	case "cluster_property_set", "instance_attributes", "meta_attributes":
	default:
		return r.d.Skip()
	}
	set := Set{ID: attr(start, "id"), IDRef: attr(start, "id-ref")}
	err := r.each(func(s xml.StartElement) error {
		switch s.Name.Local {
		case "nvpair":
			set.Pairs = append(set.Pairs, Pair{ID: attr(s, "id"), Name: attr(s, "name"), Value: attr(s, "value")})
		case "rule":
			set.Conditional = true
		}
		return r.d.Skip()
	})
	*to = append(*to, set)
	return err
}

func (r *reader) resource(start xml.StartElement, parent string) error {
	kind := start.Name.Local
	switch kind {
	case "primitive", "group", "clone", "master", "bundle", "template":
	default:
		return r.d.Skip()
	}
	res := Resource{
		ID: attr(start, "id"), Kind: kind, Parent: parent, Class: attr(start, "class"),
		Provider: attr(start, "provider"), Type: attr(start, "type"), Template: attr(start, "template"),
	}
	at := len(r.cib.Resources)
	r.cib.Resources = append(r.cib.Resources, res)
	err := r.each(func(s xml.StartElement) error {
		switch s.Name.Local {
		case "instance_attributes":
			return r.set(&res.Params, s)
		case "meta_attributes":
			return r.set(&res.Meta, s)
		}
		return r.resource(s, res.ID)
	})
	r.cib.Resources[at] = res
	return err
}

// byID is the node of that id, made when there is none; nodes and node states name it alike.
func (c *CIB) byID(id, name string) *Node {
	for i := range c.Nodes {
		if c.Nodes[i].ID == id {
			return &c.Nodes[i]
		}
	}
	c.Nodes = append(c.Nodes, Node{ID: id, Name: name})
	return &c.Nodes[len(c.Nodes)-1]
}

// attr is the value of an XML attribute, or empty.
func attr(s xml.StartElement, name string) string {
	for _, a := range s.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func number(s xml.StartElement, name string) int {
	n, _ := strconv.Atoi(attr(s, name))
	return n
}
