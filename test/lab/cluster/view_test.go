package cluster

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseView(t *testing.T) {
	view := func(t *testing.T, name string) View {
		text, err := os.ReadFile("testdata/" + name)
		require.NoError(t, err)
		v, err := ParseView(string(text))
		require.NoError(t, err)
		return v
	}
	t.Run("a node in standby", func(t *testing.T) {
		v := view(t, "crm_mon-2.1.5-standby.xml")
		require.Equal(t, "suse01", v.DC)
		require.True(t, v.Quorate)
		require.Equal(t, []string{"suse01", "suse02"}, v.Online())
		require.Equal(t, "standby", v.Nodes[1].State())
		require.Equal(t, []string{"suse01"}, v.On("vip"))
		require.Equal(t, "10", v.Attributes["suse01"]["lpa"])
		require.Equal(t, "WDF", v.Attributes["suse01"]["site"])
	})
	t.Run("a node that is lost and not fenced", func(t *testing.T) {
		v := view(t, "crm_mon-2.1.5-unclean.xml")
		require.Equal(t, []string{"suse01"}, v.Online())
		require.Equal(t, "unclean", v.Nodes[1].State())
		require.Contains(t, v.String(), "suse02 unclean")
	})
	t.Run("a resource is not on a node while it starts", func(t *testing.T) {
		for _, r := range []Resource{
			{ID: "vip", Role: "Started", Node: "suse01", Pending: "Starting"}, {ID: "vip", Role: "Starting", Node: "suse01"},
		} {
			require.Empty(t, View{Resources: []Resource{r}}.On("vip"))
		}
	})
	t.Run("text that is no answer", func(t *testing.T) {
		for _, text := range []string{"", "<html/>", "crm_mon: Connection to cluster failed", "<pacemaker-result>"} {
			_, err := ParseView(text)
			require.Error(t, err, text)
		}
	})
}

func FuzzParseView(f *testing.F) {
	for _, name := range []string{"crm_mon-2.1.5-standby.xml", "crm_mon-2.1.5-unclean.xml"} {
		text, err := os.ReadFile("testdata/" + name)
		require.NoError(f, err)
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		if v, err := ParseView(text); err == nil {
			_ = v.String()
		}
	})
}
