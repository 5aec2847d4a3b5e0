package report

import "time"

// A line collects what is true from one moment to the next, and joins equal neighbours.
type line struct {
	track
	open bool
}

func newTrack(height int) *line { return &line{track: track{height: height}} }

// set says what holds from t on; an empty label holds nothing.
func (l *line) set(t time.Time, label, colour string) {
	if l.open {
		last := &l.bands[len(l.bands)-1]
		if last.label == label {
			return
		}
		last.to = t
	}
	l.open = label != ""
	if l.open {
		l.bands = append(l.bands, band{from: t, label: label, colour: colour})
	}
}

func (l *line) clear(t time.Time) { l.set(t, "", "") }

// end closes the line at t.
func (l *line) end(t time.Time) track {
	l.clear(t)
	return l.track
}

// A palette gives each name a colour of its own, in the order in which they turn up.
type palette struct {
	names   []string
	colours []string
}

func newPalette() *palette {
	return &palette{colours: []string{"#4477aa", "#228833", "#ccbb44", "#aa3377", "#66ccee", "#ee6677", "#bbbbbb"}}
}

func (p *palette) of(name string) string {
	for i, n := range p.names {
		if n == name {
			return p.colours[i%len(p.colours)]
		}
	}
	p.names = append(p.names, name)
	return p.of(name)
}

func (p *palette) legend() []band {
	var legend []band
	for _, n := range p.names {
		legend = append(legend, band{label: n, colour: p.of(n)})
	}
	return legend
}

func stateColour(state string) string {
	switch state {
	case "online":
		return "#cfe8cf"
	case "standby":
		return "#f3e6a8"
	case "pending":
		return "#d8e4f2"
	case "unclean":
		return "#f2a48c"
	case "off":
		return "#333333"
	}
	return "#dddddd"
}

func stateLegend() []band {
	var legend []band
	for _, s := range []string{"online", "standby", "pending", "unclean", "offline", "off"} {
		legend = append(legend, band{label: s, colour: stateColour(s)})
	}
	return legend
}
