package crm

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Store says where in the CIB an attribute lives, and so how long.
type Store int

// The stores, with the option that crm_attribute has for each.
const (
	// Transient attributes live in the status section until the node leaves: --lifetime=reboot.
	Transient Store = iota
	// Permanent attributes live with the node's definition: --lifetime=forever.
	Permanent
	// Property attributes belong to the cluster: --type=crm_config.
	Property
	// Promotion scores are transient attributes that the scheduler reads: --promotion.
	Promotion
)

// String is the store's name as messages use it.
func (s Store) String() string {
	switch s {
	case Transient:
		return "transient"
	case Permanent:
		return "permanent"
	case Property:
		return "property"
	case Promotion:
		return "promotion score"
	}
	return fmt.Sprintf("Store(%d)", int(s))
}

// An Attribute names one value of the cluster. It is comparable, so it can be a map's key.
type Attribute struct {
	// Store says where it lives.
	Store Store
	// Node owns it; empty for a property, and for the local node.
	Node string
	// Set is the id of the set that holds it; empty is wherever it is found, and on writing a new one
	// Pacemaker's default.
	Set string
	// Name is the attribute's name; for a promotion score it is the resource's id.
	Name string
}

// TransientOf is the attribute of node that is lost when it leaves the cluster.
func TransientOf(node, name string) Attribute {
	return Attribute{Store: Transient, Node: node, Name: name}
}

// PermanentOf is the attribute of node that stays.
func PermanentOf(node, name string) Attribute {
	return Attribute{Store: Permanent, Node: node, Name: name}
}

// PropertyOf is the cluster property of that name in the set of that id. An empty set stands for
// whichever holds it, and cib-bootstrap-options when none does.
func PropertyOf(set, name string) Attribute {
	return Attribute{Store: Property, Set: set, Name: name}
}

// PromotionOf is the promotion score of resource on node. The resource is its instance id, as in
// OCF_RESOURCE_INSTANCE.
func PromotionOf(node, resource string) Attribute {
	return Attribute{Store: Promotion, Node: node, Name: resource}
}

// String is the attribute as messages name it.
func (a Attribute) String() string {
	text := fmt.Sprintf("%s %q", a.Store, a.Name)
	if a.Set != "" {
		text += fmt.Sprintf(" in set %q", a.Set)
	}
	if a.Node != "" {
		text += " of node " + a.Node
	}
	return text
}

// key is the name under which the CIB holds the attribute.
func (a Attribute) key() string {
	if a.Store == Promotion {
		return "master-" + a.Name
	}
	return a.Name
}

// Check reports with ErrBadName whether the cluster's tools would take the name for something else:
// 2.1.5 creates an attribute with the empty name when asked to, and cannot delete it again. What
// characters an id may have beyond that is Pacemaker's to say.
func (a Attribute) Check() error {
	switch {
	case a.Name == "":
		return fmt.Errorf("%w: it is empty", ErrBadName)
	case !printable(a.Name) || !printable(a.Node) || !printable(a.Set):
		return fmt.Errorf("%w: %q", ErrBadName, a.String())
	}
	return nil
}

// CheckValue reports with ErrBadValue whether Pacemaker would read back another value than was written.
// It cannot hold control characters: 2.1.5 prints a newline as \n and a tab as four blanks, which no
// reader can undo. And it takes value++ and value+=N for a sum.
func CheckValue(value string) error {
	switch {
	case !printable(value):
		return fmt.Errorf("%w: %q", ErrBadValue, value)
	case strings.HasPrefix(value, "value++"), strings.HasPrefix(value, "value+="):
		return fmt.Errorf("%w: %q is an instruction to count", ErrBadValue, value)
	}
	return nil
}

// printable reports whether text is UTF-8 without control characters and without what XML cannot hold.
func printable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) || r == 0xFFFE || r == 0xFFFF
	})
}
