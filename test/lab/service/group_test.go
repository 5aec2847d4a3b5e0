package service

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/test/lab/disk"
	"ocfbox/test/topologies"
)

func TestTheScenariosAndTheConfigurationsMeanTheSame(t *testing.T) {
	t.Parallel()
	settings := map[string]string{"mysql": "service.cnf", "apache": "service.conf"}
	for _, g := range []group{database(), website()} {
		text := topologies.Configuration(g.name)
		require.Contains(t, text, "ip="+address().String()+" ", g.name)
		require.Contains(t, text, "device="+disk.Default().Device()+" directory="+mountpoint+" ", g.name)
		require.Contains(t, text, "primitive "+g.resource+" ocf:heartbeat:"+g.name+" ", g.name)
		require.Contains(t, text, "group "+g.id+" ", g.name)
		own := topologies.Piece(g.name, settings[g.name])
		require.Contains(t, own, address().String(), g.name)
		require.Contains(t, own, mountpoint+"/", g.name)
	}
	require.Contains(t, topologies.Piece("apache", "service.conf"), "PidFile /var"+pidFile+"\n")
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	list, err := numbers("1\n2\n17\n")
	require.NoError(t, err)
	require.Equal(t, []int{1, 2, 17}, list)
	list, err = numbers("")
	require.NoError(t, err)
	require.Empty(t, list)
	_, err = numbers("1\n2x\n")
	require.ErrorContains(t, err, `row "2x" is no number`)
}

// The server takes row 7 only.
func TestABrowserTakesNothingButSuccessForAnAcknowledgement(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.RequestURI() {
		case "/cgi-bin/row?7":
			_, _ = w.Write([]byte("suse01\n"))
		case "/rows":
			_, _ = w.Write([]byte("7\n"))
		default:
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = w.Write([]byte("suse01\n"))
		}
	}))
	defer server.Close()
	a := &apache{browser: server.Client(), base: server.URL}
	by, err := a.put(t.Context(), 7)
	require.NoError(t, err)
	require.Equal(t, "suse01", by)
	_, err = a.put(t.Context(), 8)
	require.ErrorContains(t, err, "get /cgi-bin/row?8: the server answers 500")
	rows, err := a.rows(t.Context())
	require.NoError(t, err)
	require.Equal(t, []int{7}, rows)
}
