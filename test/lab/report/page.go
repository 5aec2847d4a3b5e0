package report

import (
	"fmt"
	"time"

	"ocfbox/test/lab/trajectory"
)

// Measures of the picture, in pixels.
const (
	left  = 110
	width = 1100
	top   = 40
	gap   = 3
	pad   = 12
)

// view is what the page's template shows: coordinates and text.
type view struct {
	Title, Subtitle, Verdict string
	Pass                     bool
	Width, Height            int
	Ticks                    []shape
	Lanes, Bands, Marks      []shape
	Legend                   []shape
	Rows                     []row
}

type shape struct {
	X, Y, W, H float64
	Text, Fill string
	// Hint is shown when the pointer rests on it.
	Hint string
}

type row struct {
	Number  int
	Seconds string
	Kind    trajectory.Kind
	Text    string
}

func (p picture) x(t time.Time) float64 {
	span := max(p.to.Sub(p.from).Seconds(), 1)
	return left + (width-left-pad)*t.Sub(p.from).Seconds()/span
}

func (p picture) view() view {
	v := view{Title: p.title, Subtitle: p.subtitle, Verdict: p.verdict, Pass: p.pass, Width: width}
	y := float64(top)
	for _, l := range p.lanes {
		v.Lanes = append(v.Lanes, shape{X: 6, Y: y + 11, Text: l.name})
		for _, t := range l.tracks {
			for _, b := range t.bands {
				v.Bands = append(v.Bands, p.draw(b, y, float64(t.height)))
			}
			y += float64(t.height) + gap
		}
		y += pad
	}
	v.Height = int(y) + 24
	v.Ticks = p.ticks()
	for i, m := range p.marks {
		// Three rows of numbers, so that marks in quick succession stay readable.
		v.Marks = append(v.Marks, shape{X: p.x(m.at), Y: float64(12 + 11*(i%3)), Text: fmt.Sprint(i + 1), Fill: markColour(m.kind), H: y, Hint: m.text})
		v.Rows = append(v.Rows, row{i + 1, fmt.Sprintf("%.1f", m.at.Sub(p.from).Seconds()), m.kind, m.text})
	}
	for _, b := range p.legend {
		v.Legend = append(v.Legend, shape{Text: b.label, Fill: b.colour})
	}
	return v
}

func (p picture) draw(b band, y, height float64) shape {
	s := shape{X: p.x(b.from), Y: y, H: height, Fill: b.colour}
	s.W = max(p.x(b.to)-s.X, 0.5)
	s.Hint = fmt.Sprintf("%s, %.1f s to %.1f s", b.label, b.from.Sub(p.from).Seconds(), b.to.Sub(p.from).Seconds())
	if height > 12 && s.W > float64(7*len(b.label)) {
		s.Text = b.label
	}
	return s
}

// ticks are about ten, at round numbers of seconds.
func (p picture) ticks() []shape {
	span := p.to.Sub(p.from)
	step := time.Second
	for _, s := range []time.Duration{1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600} {
		step = s * time.Second
		if span/step <= 12 {
			break
		}
	}
	var ticks []shape
	for t := time.Duration(0); t <= span; t += step {
		ticks = append(ticks, shape{X: p.x(p.from.Add(t)), Text: fmt.Sprintf("%.0f s", t.Seconds())})
	}
	return ticks
}

func markColour(k trajectory.Kind) string {
	if k == trajectory.Step {
		return "#0055aa"
	}
	return "#aa2200"
}

const pageText = `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{{.Title}}</title>
<style>
body { font: 14px sans-serif; margin: 24px; max-width: 1120px; }
svg { background: #fff; border: 1px solid #ccc; font: 11px sans-serif; }
table { border-collapse: collapse; margin-top: 12px; }
td { padding: 1px 10px 1px 0; vertical-align: top; }
td:nth-child(1), td:nth-child(2) { text-align: right; font-variant-numeric: tabular-nums; }
.step { color: #0055aa; } .event { color: #aa2200; }
.pass { color: #187018; } .fail { color: #aa2200; }
.key { display: inline-block; width: 12px; height: 12px; margin: 0 4px 0 12px; border: 1px solid #999; }
</style></head><body>
<h1>{{.Title}}</h1>
<p>{{.Subtitle}}</p>
<p class="{{if .Pass}}pass{{else}}fail{{end}}"><b>{{.Verdict}}</b></p>
<svg width="{{.Width}}" height="{{.Height}}" viewBox="0 0 {{.Width}} {{.Height}}" xmlns="http://www.w3.org/2000/svg">
{{$h := .Height}}{{range .Ticks}}<line x1="{{.X}}" y1="36" x2="{{.X}}" y2="{{$h}}" stroke="#eee"/><text x="{{.X}}" y="{{$h}}" dy="-6" fill="#666" text-anchor="middle">{{.Text}}</text>
{{end}}{{range .Lanes}}<text x="{{.X}}" y="{{.Y}}" font-weight="bold">{{.Text}}</text>
{{end}}{{range .Bands}}<rect x="{{.X}}" y="{{.Y}}" width="{{.W}}" height="{{.H}}" fill="{{.Fill}}"><title>{{.Hint}}</title></rect>{{if .Text}}<text x="{{.X}}" y="{{.Y}}" dx="4" dy="12" fill="#fff">{{.Text}}</text>{{end}}
{{end}}{{range .Marks}}<line x1="{{.X}}" y1="{{.Y}}" x2="{{.X}}" y2="{{.H}}" stroke="{{.Fill}}" stroke-dasharray="2 3"><title>{{.Hint}}</title></line><text x="{{.X}}" y="{{.Y}}" dx="3" fill="{{.Fill}}">{{.Text}}<title>{{.Hint}}</title></text>
{{end}}</svg>
<p>{{range .Legend}}<span class="key" style="background:{{.Fill}}"></span>{{.Text}}{{end}}</p>
<table>{{range .Rows}}<tr class="{{.Kind}}"><td>{{.Number}}</td><td>{{.Seconds}} s</td><td>{{.Text}}</td></tr>
{{end}}</table>
</body></html>
`
