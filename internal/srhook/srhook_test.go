package srhook

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/crm"
	"ocfbox/internal/hana"
)

const sid hana.SID = "HA1"

func TestSiteNames(t *testing.T) {
	for name, ok := range map[string]bool{
		"ROT": true, "a": true, "1": true, "S_1-x": true, strings.Repeat("x", 255): true,
		"": false, "-D": false, "_a": false, "a b": false, "a;b": false, "a/b": false, "..": false, "RÖT": false,
		"a\n": false, "a\x00": false, "a*": false, "a,b": false, "a\\b": false, strings.Repeat("x", 256): false,
	} {
		var site Site
		err := site.UnmarshalText([]byte(name))
		require.Equal(t, ok, err == nil, "%q", name)
	}
}

func TestTheCommandAndTheAttribute(t *testing.T) {
	require.Equal(t, "/usr/sbin/crm_attribute -n hana_ha1_site_srHook_ROT -v SFAIL -t crm_config -s SAPHanaSR",
		strings.Join(Command(sid, "ROT", SFAIL), " "))
	require.Equal(t, crm.Attribute{Store: crm.Property, Set: "SAPHanaSR", Name: "hana_ha1_site_srHook_ROT"}, Attribute(sid, "ROT"))
}

func TestTheLineOfAFallbackFile(t *testing.T) {
	for _, row := range []struct {
		name, text string
		site       Site
		value      Value
	}{
		{"as SUSE's provider writes it", "hana_ha1_site_srHook_ROT = SFAIL", "ROT", SFAIL},
		{"as ours writes it", "hana_ha1_site_srHook_ROT = SOK\n", "ROT", SOK},
		{"without blanks", "hana_ha1_site_srHook_ROT=SOK\n", "ROT", SOK},
		{"with more lines", "hana_ha1_site_srHook_S_1-x = SOK\nhana_ha1_site_srHook_ROT = SFAIL\n", "S_1-x", SOK},
		{"empty", "", "", ""},
		{"cut off in the value", "hana_ha1_site_srHook_ROT = SFAI", "", ""},
		{"cut off in the name", "hana_ha1_site_srHook_RO", "", ""},
		{"without a site", "hana_ha1_site_srHook_ = SOK", "", ""},
		{"another value", "hana_ha1_site_srHook_ROT = PRIM", "", ""},
		{"another system", "hana_ha2_site_srHook_ROT = SOK", "", ""},
		{"another attribute", "stonith-enabled = SOK", "", ""},
		{"an option in the site", "hana_ha1_site_srHook_ROT -D = SOK", "", ""},
		{"a value with more behind it", "hana_ha1_site_srHook_ROT = SOK -D", "", ""},
		{"zeros", "\x00\x00\x00\x00", "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			site, value, err := parseLine(sid, row.text)
			require.Equal(t, row.site, site)
			require.Equal(t, row.value, value)
			require.Equal(t, row.site == "", err != nil)
		})
	}
}

// Whatever a user writes into the file, nothing but one of the two values of a harmless name comes out.
func FuzzTheLineOfAFallbackFile(f *testing.F) {
	for _, text := range []string{"hana_ha1_site_srHook_ROT = SFAIL", "hana_ha1_site_srHook_ROT=SOK\nx", "a = b", "", "=\n="} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		site, value, err := parseLine(sid, text)
		if err != nil {
			require.Empty(t, site)
			return
		}
		require.Contains(t, []Value{SOK, SFAIL}, value)
		again, same, err := parseLine(sid, line(sid, site, value))
		require.NoError(t, err)
		require.Equal(t, site, again)
		require.Equal(t, value, same)
		require.NoError(t, Attribute(sid, site).Check())
	})
}

func TestProvidersOfGlobalINI(t *testing.T) {
	for _, row := range []struct {
		name, text, trace string
		want              []Provider
	}{
		{"the guide's", "[ha_dr_provider_SAPHanaSR]\nprovider = SAPHanaSR\npath = /usr/share/SAPHanaSR\nexecution_order = 1\n\n[trace]\nha_dr_saphanasr = info\n", "info",
			[]Provider{{"ha_dr_provider_SAPHanaSR", "SAPHanaSR", "/usr/share/SAPHanaSR", "1"}}},
		{"in lower case, without blanks", "[ha_dr_provider_saphanasr]\r\nprovider=SAPHanaSR\r\n[TRACE]\r\nHA_DR_SAPHanaSR=debug", "debug",
			[]Provider{{Section: "ha_dr_provider_saphanasr", Name: "SAPHanaSR"}}},
		{"switched off by a comment", "[ha_dr_provider_SAPHanaSR]\n# provider = SAPHanaSR\n", "",
			[]Provider{{Section: "ha_dr_provider_SAPHanaSR"}}},
		{"other sections only", "[system_replication]\nprovider = SAPHanaSR\npath = /x\n", "", nil},
		{"nothing", "", "", nil},
		{"a line before any section", "provider = SAPHanaSR\n[", "", nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			list, trace := Providers(row.text)
			require.Equal(t, row.want, list)
			require.Equal(t, row.trace, trace["saphanasr"])
		})
	}
}

func FuzzProviders(f *testing.F) {
	f.Add("[ha_dr_provider_SAPHanaSR]\nprovider = SAPHanaSR\n[trace]\nha_dr_saphanasr = info\n")
	f.Add("[]\n[ha_dr_provider_]\n=\n=path\n")
	f.Fuzz(func(t *testing.T, text string) {
		list, _ := Providers(text)
		require.LessOrEqual(t, len(list), strings.Count(strings.ToLower(text), "[ha_dr_provider_"))
	})
}

func TestSitesTheClusterKnows(t *testing.T) {
	pair := func(name, value string) []crm.Set { return []crm.Set{{Pairs: []crm.Pair{{Name: name, Value: value}}}} }
	cib := &crm.CIB{
		Properties: pair("hana_ha1_site_srHook_DRS", "SOK"),
		Nodes: []crm.Node{
			{Name: "suse01", Permanent: pair("hana_ha1_site", "WDF")},
			{Name: "suse02", Permanent: pair("hana_ha1_site", "ROT")},
			{Name: "suse03", Permanent: pair("hana_ha1_site", "not a name")},
			{Name: "suse04", Permanent: pair("hana_ha2_site", "OTHER")},
		},
	}
	require.Equal(t, []Site{"DRS", "ROT", "WDF"}, Sites(cib, sid))
	require.Empty(t, Sites(&crm.CIB{}, sid))
}
