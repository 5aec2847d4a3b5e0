package syncview

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/drbd"
	"ocfbox/test/form"
)

func written(t *testing.T, write func(*strings.Builder) error) string {
	t.Helper()
	var text strings.Builder
	require.NoError(t, write(&text))
	return text.String()
}

func asText(t *testing.T, d Document) string {
	return written(t, func(to *strings.Builder) error { return writeText(to, d, false) })
}

func asPlugin(t *testing.T, d Document) string {
	return written(t, func(to *strings.Builder) error { return writePlugin(to, d) })
}

func TestTheExitCodeRow(t *testing.T) {
	for _, test := range []struct {
		name           string
		class          drbd.Class
		native, plugin int
	}{
		{"row S23: OK", drbd.OK, 0, 0},
		{"row S23: SYNCING", drbd.Syncing, 1, 1},
		{"row S23: DEGRADED", drbd.Degraded, 2, 2},
		{"row S23: UNKNOWN", drbd.Unknown, 3, 3},
		{"row S23: SPLIT-BRAIN", drbd.SplitBrain, 4, 2},
		{"row S23: no class at all is unknown", drbd.NoClass, 3, 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := healthy().worth(test.class, "any", "").document()
			require.Equal(t, test.native, d.Status)
			require.Equal(t, test.native, d.Resources[0].Status)
			require.Equal(t, test.plugin, plugin(d.Status))
		})
	}
	require.Equal(t, 64, ExitUsage)
	require.Equal(t, 3, plugin(ExitUsage), "monitoring systems know no 64")
}

func TestDataThatMustNotBeUsedCountMost(t *testing.T) {
	s := cut()
	second := s.report.Resources[0]
	second.Name, second.Verdict = "r1", drbd.Verdict{Class: drbd.Degraded, Reason: drbd.ReasonLocalOutdated}
	second.Volumes = nil
	s.report.Resources = append(s.report.Resources, second)
	d := s.document()
	require.Equal(t, []int{2, 4, 4}, []int{d.Resources[0].Status, d.Resources[1].Status, d.Status})

	s = cut()
	other := s.report.Resources[0].Volumes[0]
	other.Volume, other.Verdict = 1, drbd.Verdict{Class: drbd.Degraded, Reason: drbd.ReasonUnrelated}
	s.report.Resources[0].Volumes = append(s.report.Resources[0].Volumes, other)
	require.Equal(t, 4, s.document().Status, "of a second volume")
	s.report.Resources[0].Volumes[1].Excluded = true
	require.Equal(t, 2, s.document().Status, "of a peer that does not count")
}

func TestTheLineOfACopy(t *testing.T) {
	require.Equal(t, "r0/0 minor 0 OK Connected Primary/Secondary UpToDate/UpToDate oos 0 KiB peer bravo\n", asText(t, healthy().document()))

	eight := healthy()
	eight.peer().Name = "peer"
	eight.worth(drbd.OK, drbd.ReasonInSync, "")
	eight.done = []drbd.Verified{{Resource: "r0", At: noon().Add(-80 * time.Hour), Clean: true}}
	require.Equal(t, "r0/0 minor 0 OK Connected Primary/Secondary UpToDate/UpToDate oos 0 KiB verified-clean 3d ago\n", asText(t, eight.document()))

	require.Equal(t, "r0/0 minor 0 SYNCING SyncSource Primary/Secondary UpToDate/Inconsistent oos 14286 KiB peer bravo 43.1% 12.3 MiB/s ETA 0:10:12\n", asText(t, syncing(14286).document()))

	require.Equal(t, "r0/0 minor 0 DEGRADED Connecting Primary/Unknown UpToDate/DUnknown oos 0 KiB peer bravo\n"+
		"    disconnected: not connected to bravo\n", asText(t, cut().document()))

	nameless := healthy()
	nameless.resource().Name = ""
	nameless.copy().OOSKnown = false
	nameless.peer().Name = ""
	nameless.worth(drbd.OK, drbd.ReasonInSync, "")
	require.Equal(t, "minor 0 OK Connected Primary/Secondary UpToDate/UpToDate oos unknown\n", asText(t, nameless.document()))
}

func TestHintsAreTheOperatorsAndPrintedOnce(t *testing.T) {
	s := cut().worth(drbd.SplitBrain, drbd.ReasonDualWriters, "both are primary")
	hint := drbd.Hint{Reason: "split-brain", Text: "choose whose changes are given up", Ways: []drbd.Way{
		{Text: "give up those of bravo", Steps: []drbd.Step{{Host: "bravo", Command: "drbdadm connect --discard-my-data r0"}}}}}
	s.report.Resources[0].Hints = []drbd.Hint{hint}
	s.report.Resources[0].Volumes[0].Hints = []drbd.Hint{hint}
	s.report.Resources[0].Volumes[0].Warnings = []drbd.Note{{Reason: "congested", Text: "the link is full"}}
	require.Equal(t, `r0/0 minor 0 SPLIT-BRAIN Connecting Primary/Unknown UpToDate/DUnknown oos 0 KiB peer bravo
    dual-writers: both are primary
    warning congested: the link is full
    split-brain: choose whose changes are given up
        give up those of bravo
            bravo# drbdadm connect --discard-my-data r0
`, asText(t, s.document()))
}

func TestPercentagesDoNotSayDoneBeforeTheEnd(t *testing.T) {
	almost := syncing(12)
	almost.copy().Progress.Percent = 100
	require.Contains(t, asText(t, almost.document()), " 99.9% ", "12 KiB are left")
	for _, test := range []struct {
		percent float64
		left    bool
		want    float64
	}{{100, false, 100}, {100, true, 99.9}, {99.99, true, 99.9}, {43.19, true, 43.1}, {-1, true, 0}, {250, false, 100}} {
		require.Equal(t, test.want, honest(test.percent, test.left))
	}
}

func TestThePerfdataRow(t *testing.T) {
	t.Run("row S24: performance data parse", func(t *testing.T) {
		line := asPlugin(t, healthy().document())
		require.Equal(t, "DRBD OK - 1 resource | r0_0_oos=0KB;0;0;0 r0_0_done=100%\n", line)
		state, values := form.Perfdata(t, line)
		require.Equal(t, "DRBD OK - 1 resource", state)
		require.Equal(t, map[string]float64{"r0_0_oos": 0, "r0_0_done": 100}, values)
	})
	t.Run("row S24: of a resync", func(t *testing.T) {
		line := asPlugin(t, syncing(14286).document())
		require.Equal(t, "DRBD SYNCING - r0/0 resync (bravo) 14286 KiB 43.1%; 1 resource | r0_0_oos=14286KB;0;0;0 r0_0_done=43.1%\n", line)
		form.Perfdata(t, line)
	})
	t.Run("row S24: of a lost link, where nothing is known to be done", func(t *testing.T) {
		line := asPlugin(t, cut().document())
		require.Equal(t, "DRBD DEGRADED - r0/0 disconnected (bravo); 1 resource | r0_0_oos=0KB;0;0;0\n", line)
		form.Perfdata(t, line)
	})
	t.Run("row S24: names that would break the line", func(t *testing.T) {
		s := cut()
		s.resource().Name = "a b|'=\n"
		s.worth(drbd.Degraded, drbd.ReasonDisconnected, "")
		_, values := form.Perfdata(t, asPlugin(t, s.document()))
		require.Contains(t, values, "a_b_____0_oos")
		all := newLabels()
		require.Equal(t, []string{"a_b", "a_b_2", "a_b_3"}, []string{all.unique("a b"), all.unique("a_b"), all.unique("a|b")})
	})
}

func TestTheJSONRow(t *testing.T) {
	for name, s := range map[string]*situation{
		"row S24: JSON of a healthy host": healthy(), "row S24: JSON of a resync": syncing(14286), "row S24: JSON of a lost link": cut(),
	} {
		t.Run(name, func(t *testing.T) {
			d := s.document()
			text := written(t, func(to *strings.Builder) error { return writeJSON(to, d, true) })
			require.Equal(t, 1, strings.Count(text, "\n"))
			form.Fits(t, schema, text)
			form.Fits(t, schema, written(t, func(to *strings.Builder) error { return writeJSON(to, d, false) }))
			again, err := parseRecorded([]byte(text), false)
			require.NoError(t, err)
			require.Equal(t, s.host, again.Host, "another host reads the same view")
		})
	}
}

func TestThePrometheusRow(t *testing.T) {
	for name, test := range map[string]struct {
		*situation
		want map[string]float64
	}{
		"row S24: metrics of a healthy host": {healthy(), map[string]float64{
			`ocfbox_drbd_up`:                    1,
			`ocfbox_drbd_status{resource="r0"}`: 0,
			`ocfbox_drbd_sent_bytes{resource="r0",volume="0",peer="bravo"}`:                        1 << 41,
			`ocfbox_drbd_size_bytes{resource="r0",volume="0"}`:                                     262100 << 10,
			`ocfbox_drbd_class{resource="r0",volume="0",peer="bravo",value="OK",reason="in-sync"}`: 1,
			`ocfbox_drbd_out_of_sync_bytes{resource="r0",volume="0",peer="bravo"}`:                 0,
			`ocfbox_drbd_connection{resource="r0",volume="0",peer="bravo",value="Connected"}`:      1,
		}},
		"row S24: metrics of a resync": {syncing(14286), map[string]float64{
			`ocfbox_drbd_status{resource="r0"}`:                                          1,
			`ocfbox_drbd_done_ratio{resource="r0",volume="0",peer="bravo"}`:              0.431,
			`ocfbox_drbd_resync_bytes_per_second{resource="r0",volume="0",peer="bravo"}`: 12595 << 10,
			`ocfbox_drbd_resync_seconds_left{resource="r0",volume="0",peer="bravo"}`:     612,
		}},
		"row S24: metrics of a lost link": {cut(), map[string]float64{`ocfbox_drbd_status{resource="r0"}`: 2}},
	} {
		t.Run(name, func(t *testing.T) {
			series := form.Metrics(t, written(t, func(to *strings.Builder) error { return writePrometheus(to, test.document()) }))
			for one, value := range test.want {
				require.Contains(t, series, one)
				require.Equal(t, value, series[one], one)
			}
		})
	}
}

func TestTheClpstatRow(t *testing.T) {
	two := func() *situation {
		s := cut()
		second := healthy().resource().Peers[0]
		second.Name = "charlie"
		s.resource().Peers = append(s.resource().Peers, second)
		s.report.Resources[0].Volumes = append(s.report.Resources[0].Volumes, drbd.VolumeReport{Peer: "charlie",
			Verdict: drbd.Verdict{Class: drbd.OK, Reason: drbd.ReasonInSync}})
		return s
	}
	both := two()
	both.report.Resources[0].Volumes[1].Verdict = drbd.Verdict{Class: drbd.Degraded, Reason: drbd.ReasonOutOfSync}
	for _, test := range []struct {
		name string
		*situation
		disk, link string
	}{
		{"row C9: OK is Normal", healthy(), "Normal", "Normal"},
		{"row C9: SYNCING is Caution", syncing(1), "Caution", "Normal"},
		{"row C9: one peer of several lost is Caution", two(), "Caution", "Caution"},
		{"row C9: one peer lost and the other not in sync is Error", both, "Error", "Caution"},
		{"row C9: DEGRADED is Error", cut(), "Error", "Error"},
		{"row C9: SPLIT-BRAIN is Error", cut().worth(drbd.SplitBrain, drbd.ReasonDualWriters, ""), "Error", "Error"},
		{"row C9: unconfigured is Unused", healthy().worth(drbd.Unknown, drbd.ReasonUnconfigured, ""), "Unused", "Unused"},
		{"row C9: UNKNOWN is Unknown", healthy().worth(drbd.Unknown, drbd.ReasonNoData, ""), "Unknown", "Normal"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := test.document()
			require.Equal(t, test.disk, clpDisk(d.Resources[0]))
			require.Equal(t, test.link, clpLink(d.Resources[0]))
		})
	}
	require.Equal(t, "<monitor>\nr0            : Error       mirror disk\nr0            : Error       mirror disk connect\n=====\n",
		written(t, func(to *strings.Builder) error { return writeClpstat(to, cut().document()) }))
}
