package text

import "strings"

// grid writes rows between bars, as SAP's Python tools do. The first heading rows are followed by a rule; columns
// whose name is in right are aligned to the right.
func grid(headings [][]string, rows [][]string, right map[int]bool) string {
	widths := make([]int, len(headings[0]))
	for _, row := range append(headings[:len(headings):len(headings)], rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], len(cell))
		}
	}
	var b strings.Builder
	for _, row := range headings {
		line(&b, row, widths, nil)
	}
	rule := make([]string, len(widths))
	for i, w := range widths {
		rule[i] = strings.Repeat("-", w)
	}
	line(&b, rule, widths, nil)
	for _, row := range rows {
		line(&b, row, widths, right)
	}
	return b.String()
}

func line(b *strings.Builder, cells []string, widths []int, right map[int]bool) {
	for i, cell := range cells {
		fill := strings.Repeat(" ", widths[i]-len(cell))
		if right[i] {
			cell = fill + cell
		} else {
			cell += fill
		}
		b.WriteString("| " + cell + " ")
	}
	b.WriteString("|\n")
}

// marked puts SAP's markers around the lines that scripts read.
func marked(lines []string) string {
	return "SAPCONTROL-OK: <begin>\n" + strings.Join(lines, "\n") + "\nSAPCONTROL-OK: <end>\n"
}
