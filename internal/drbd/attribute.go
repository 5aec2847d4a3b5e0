package drbd

import "strings"

// AttributePrefix begins the names of the cluster's attributes that tell what copies of a resource are worth
// (replication-checker.md 17).
const AttributePrefix = "ocfbox-drbd-"

// The values of that attribute: what a node's copy is worth to the cluster.
const (
	AttributePrimary = "PRIM"
	AttributeSync    = "SOK"
	AttributeWait    = "SWAIT"
	AttributeFail    = "SFAIL"
	AttributeSplit   = "SBRAIN"
	AttributeUnknown = "UNKNOWN"
)

// AttributeName is the name of the attribute that tells what a node's copy of a resource is worth. What an attribute's
// name should not have becomes an underscore.
func AttributeName(prefix, resource string) string {
	return prefix + strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_', r == '-':
			return r
		}
		return '_'
	}, resource)
}
