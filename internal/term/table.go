// Package term is for people at a terminal: tables whose columns stay straight under colour, and a screen
// that is redrawn. Nothing that another program reads goes through it with colour on.
package term

import (
	"io"
	"strings"
	"unicode"
)

// A Style is how a cell is shown where colour is on.
type Style int

// The styles. Changed is added to another one.
const (
	Plain Style = iota
	Good
	Warning
	Bad
)

// A Cell is a text with a style.
type Cell struct {
	Text  string
	Style Style
	// Changed shows the cell inverse.
	Changed bool
}

// A Table is a header, of which the first word is the table's name, and its rows.
type Table struct {
	Header []string
	Rows   [][]Cell
}

// Write writes the table as operators know it from SAPHanaSR-showAttr: each cell is padded to the width of
// its column and followed by one blank, and a line of dashes is below the header (hana-tools.md 1.6).
func (t Table) Write(to io.Writer, color bool) error {
	widths := make([]int, len(t.Header))
	for i, name := range t.Header {
		widths[i] = Width(name)
	}
	for _, row := range t.Rows {
		for i, cell := range row {
			widths[i] = max(widths[i], Width(cell.Text))
		}
	}
	var text strings.Builder
	total := 0
	for i, name := range t.Header {
		pad(&text, name, name, widths[i])
		total += widths[i] + 1
	}
	text.WriteString("\n" + strings.Repeat("-", total) + "\n")
	for _, row := range t.Rows {
		for i, cell := range row {
			pad(&text, cell.Shown(color), cell.Text, widths[i])
		}
		text.WriteByte('\n')
	}
	_, err := io.WriteString(to, text.String())
	return err
}

func pad(to *strings.Builder, shown, text string, width int) {
	to.WriteString(shown + strings.Repeat(" ", width-Width(text)+1))
}

// Shown is the cell's text, with the codes of its style around it where colour is on.
func (c Cell) Shown(color bool) string {
	code := ""
	switch c.Style {
	case Good:
		code = "32"
	case Warning:
		code = "33"
	case Bad:
		code = "31"
	}
	if c.Changed {
		code = strings.TrimPrefix(code+";7", ";")
	}
	if !color || code == "" {
		return c.Text
	}
	return "\x1b[" + code + "m" + c.Text + "\x1b[0m"
}

// Width is how many columns a text without control characters takes.
func Width(text string) int {
	n := 0
	for _, r := range text {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		case unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana):
			n += 2
		default:
			n++
		}
	}
	return n
}
