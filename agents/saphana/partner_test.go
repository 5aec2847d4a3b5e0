package saphana

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The partner is the node that the topology names; until it does, the only other one with a site of its own.
func TestThePartner(t *testing.T) {
	t.Parallel()
	rot, dr1, majority := Node{Name: "suse02", Site: "ROT"}, Node{Name: "suse03", Site: "DR1"}, Node{Name: "suse04"}
	for name, c := range map[string]struct {
		remote string
		others []Node
		want   string
	}{
		"the one that is named":                 {"suse03", []Node{rot, dr1}, "suse03"},
		"nobody goes by the name":               {"elsewhere", []Node{rot}, ""},
		"the only other one":                    {"", []Node{majority}, "suse04"},
		"the only other one with a site":        {"", []Node{majority, rot}, "suse02"},
		"several with a site":                   {"", []Node{rot, dr1}, ""},
		"a site of the own name does not count": {"", []Node{rot, majority, {Name: "suse05", Site: "WDF"}}, "suse02"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := Observation{Own: Node{Name: "suse01", Site: "WDF", RemoteHost: c.remote}}
			o.choosePartner(c.others)
			require.Equal(t, c.want, o.Partner.Name)
		})
	}
}
