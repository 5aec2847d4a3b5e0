package crm_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/crm"
	"ocfbox/internal/crm/crmtest"
)

func TestWhatPacemakerCannotKeepIsRefusedBeforeAnyToolStarts(t *testing.T) {
	t.Parallel()
	fake := crmtest.New("suse01")
	c := crm.Cluster{Runner: fake}
	ok := crm.TransientOf("suse01", "a")
	for _, value := range []string{"a\nb", "a\tb", "a\x00b", "\x7f", "\x1b[0m", "a\xffb", "\ufffe", "value++", "value+=1"} {
		require.ErrorIs(t, c.Set(t.Context(), ok, value), crm.ErrBadValue, "%q", value)
	}
	for _, a := range []crm.Attribute{
		crm.TransientOf("suse01", ""), crm.TransientOf("suse01", "a\nb"), crm.TransientOf("a\x00", "b"),
		crm.PropertyOf("a\n", "b"), crm.PromotionOf("suse01", ""), crm.PermanentOf("suse01", "\xff"),
	} {
		require.ErrorIs(t, c.Set(t.Context(), a, "1"), crm.ErrBadName, "%q", a)
		require.ErrorIs(t, c.Delete(t.Context(), a), crm.ErrBadName, "%q", a)
		_, err := c.Get(t.Context(), a)
		require.ErrorIs(t, err, crm.ErrBadName, "%q", a)
	}
	require.Zero(t, fake.Started())
}

func TestScoresReadAndWrite(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]crm.Score{
		"0": 0, "-1": -1, "150": 150, "INFINITY": crm.Infinity, "+INFINITY": crm.Infinity, "-INFINITY": -crm.Infinity,
		"1000000": crm.Infinity, "-2000000": -crm.Infinity, "-infinity": -crm.Infinity,
	} {
		got, err := crm.ParseScore(text)
		require.NoError(t, err)
		require.Equal(t, want, got, text)
		again, err := crm.ParseScore(got.String())
		require.NoError(t, err)
		require.Equal(t, got, again)
	}
	for _, text := range []string{"", "SOK", "1.5", "INF", "99999999999999999999"} {
		_, err := crm.ParseScore(text)
		require.ErrorIs(t, err, crm.ErrGarbled, text)
	}
}

// A value either is refused or comes back as it was written, through crm_attribute and through the CIB.
func FuzzValueRoundTrip(f *testing.F) {
	for _, value := range crmtest.Values() {
		f.Add("hana_ha1_roles", value)
	}
	f.Add("value", "value++")
	f.Add("-v", "-D")
	f.Add("--", "--")
	f.Add("a=b", "=\r\n")
	f.Add("<&>", "\u0085\u2028")
	f.Fuzz(func(t *testing.T, name, value string) {
		c := crm.Cluster{Runner: crmtest.New("suse01")}
		a := crm.TransientOf("suse01", name)
		if err := c.Set(t.Context(), a, value); err != nil {
			require.True(t, a.Check() != nil || crm.CheckValue(value) != nil, "%v", err)
			return
		}
		got, err := c.Get(t.Context(), a)
		require.NoError(t, err)
		require.Equal(t, value, got)
		cib, err := c.CIB(t.Context())
		require.NoError(t, err)
		seen, set := cib.Value(a)
		require.True(t, set)
		require.Equal(t, value, seen)
		require.NoError(t, c.Delete(t.Context(), a))
		_, err = c.Get(t.Context(), a)
		require.ErrorIs(t, err, crm.ErrNoAttribute)
	})
}

func TestMessagesNameTheAttribute(t *testing.T) {
	t.Parallel()
	c := crm.Cluster{Runner: crmtest.New("suse01")}
	_, err := c.Get(t.Context(), crm.PropertyOf("SAPHanaSR", "hana_ha1_site_srHook_ROT"))
	require.EqualError(t, err, `read property "hana_ha1_site_srHook_ROT" in set "SAPHanaSR": run crm_attribute: exit 105: `+
		`no such attribute ("Error performing operation: No such device or address")`)
	err = c.Set(t.Context(), crm.PermanentOf("suse09", "x"), "1")
	require.ErrorIs(t, err, crm.ErrNoNode)
	require.True(t, strings.HasPrefix(err.Error(), `write permanent "x" of node suse09: `), err.Error())
}
