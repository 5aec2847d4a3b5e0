package show

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"ocfbox/internal/term"
)

// Tables writes the sections as tables. Without a title column an object's name is left out; a section
// that has no column at all is left out.
func Tables(to io.Writer, v View, layout Layout) error {
	for _, section := range v.Sections {
		table, ok := layout.table(section)
		if !ok {
			continue
		}
		if err := table.Write(to, layout.Color); err != nil {
			return err
		}
		if _, err := io.WriteString(to, "\n"); err != nil {
			return err
		}
	}
	return nil
}

// A Layout says what of a view is shown, and how.
type Layout struct {
	// Selection chooses columns; nil is all.
	Selection Selection
	// Sort is the order of rows; the zero value leaves them.
	Sort Order
	// Color turns colour on, and Changed says which cells to show inverse; nil is none.
	Color   bool
	Changed func(section, object, column string) bool
}

func (l Layout) table(section *Section) (term.Table, bool) {
	titled := l.Selection.shows(section.Name, section.Name)
	var columns []string
	for _, name := range section.columns() {
		if l.Selection.shows(section.Name, name) {
			columns = append(columns, name)
		}
	}
	var table term.Table
	if titled {
		table.Header = append(table.Header, section.Name)
	}
	table.Header = append(table.Header, columns...)
	if len(table.Header) == 0 {
		return table, false
	}
	for _, object := range l.Sort.sorted(section) {
		var row []term.Cell
		if titled {
			row = append(row, term.Cell{Text: object.Name})
		}
		for _, column := range columns {
			value, _ := object.Value(column)
			row = append(row, term.Cell{Text: value, Style: style(column, value), Changed: l.Changed != nil && l.Changed(section.Name, object.Name, column)})
		}
		table.Rows = append(table.Rows, row)
	}
	return table, true
}

// An Order is how the rows of a section are sorted.
type Order struct {
	// Section is the table, or empty for the hosts'.
	Section, Column string
	Down, Numeric   bool
}

// ParseOrder reads [section:]COLUMN[:-][:int], and the +COLUMN and -COLUMN of angi.
func ParseOrder(text string) Order {
	var order Order
	parts := strings.Split(text, ":")
	for len(parts) > 1 {
		last := parts[len(parts)-1]
		if last != "-" && last != "+" && last != "int" {
			break
		}
		order.Down = order.Down || last == "-"
		order.Numeric = order.Numeric || last == "int"
		parts = parts[:len(parts)-1]
	}
	order.Column = parts[len(parts)-1]
	if len(parts) > 1 {
		order.Section = parts[0]
	}
	if rest, ok := strings.CutPrefix(order.Column, "-"); ok {
		order.Column, order.Down = rest, true
	}
	order.Column = strings.TrimPrefix(order.Column, "+")
	return order
}

// of reports whether the order is for the section.
func (o Order) of(section string) bool {
	name := strings.TrimSuffix(strings.ToLower(o.Section), "s")
	return o.Column != "" && strings.TrimSuffix(strings.ToLower(section), "s") == cmp.Or(name, "host")
}

// sorted are the objects in order; those without the value come last, and equals stay as they are.
func (o Order) sorted(section *Section) []*Object {
	if !o.of(section.Name) {
		return section.Objects
	}
	objects := slices.Clone(section.Objects)
	slices.SortStableFunc(objects, func(a, b *Object) int {
		x, hasX := a.Value(o.Column)
		y, hasY := b.Value(o.Column)
		if hasX != hasY {
			return map[bool]int{true: -1, false: 1}[hasX]
		}
		order := o.compare(x, y)
		if o.Down {
			return -order
		}
		return order
	})
	return objects
}

// compare compares as numbers what are numbers on both sides.
func (o Order) compare(x, y string) int {
	n, errN := strconv.ParseFloat(x, 64)
	m, errM := strconv.ParseFloat(y, 64)
	if errN == nil && errM == nil {
		return cmp.Compare(n, m)
	}
	return strings.Compare(x, y)
}

// Script writes one line a value, those that are missing too, as the classic tool does (hana-tools.md 2.3).
func Script(to io.Writer, v View, layout Layout) error {
	var text strings.Builder
	for _, section := range v.Sections {
		columns := section.columns()
		for _, object := range layout.Sort.sorted(section) {
			for _, column := range columns {
				if value, _ := object.Value(column); layout.Selection.shows(section.Name, column) {
					fmt.Fprintf(&text, "%s/%s/%s=\"%s\"\n", section.Name, object.Name, column, value)
				}
			}
		}
	}
	_, err := io.WriteString(to, text.String())
	return err
}

// Lines writes one line a value that is there, each made by line.
func Lines(to io.Writer, v View, layout Layout, line func(section, object, name, value string) string) error {
	var text strings.Builder
	for _, section := range v.Sections {
		for _, object := range layout.Sort.sorted(section) {
			for _, value := range object.Values {
				if layout.Selection.shows(section.Name, value.Name) {
					text.WriteString(line(section.Name, object.Name, value.Name, value.Value) + "\n")
				}
			}
		}
	}
	_, err := io.WriteString(to, text.String())
	return err
}

// Cache writes the hosts as angi's site cache has them: host:value (hana-tools.md 2.4).
func Cache(to io.Writer, v View, layout Layout) error {
	hosts := View{Sections: []*Section{v.section("Host")}}
	return Lines(to, hosts, layout, func(_, object, _, value string) string { return object + ":" + value })
}

// AngiJSON writes the view as angi does: objects of objects, everything a string.
func AngiJSON(to io.Writer, v View) error {
	var text strings.Builder
	text.WriteString("{")
	for i, section := range v.Sections {
		fmt.Fprintf(&text, "%s\n    %s: {", comma(i), quoted(section.Name))
		for j, object := range section.Objects {
			fmt.Fprintf(&text, "%s\n        %s: {", comma(j), quoted(object.Name))
			for k, value := range object.Values {
				fmt.Fprintf(&text, "%s\n            %s: %s", comma(k), quoted(value.Name), quoted(value.Value))
			}
			text.WriteString(closing(len(object.Values), "        }"))
		}
		text.WriteString(closing(len(section.Objects), "    }"))
	}
	text.WriteString(closing(len(v.Sections), "}") + "\n")
	_, err := io.WriteString(to, text.String())
	return err
}

func comma(i int) string {
	if i > 0 {
		return ","
	}
	return ""
}

func closing(n int, text string) string {
	if n == 0 {
		return "}"
	}
	return "\n" + text
}

func quoted(text string) string {
	data, _ := json.Marshal(text)
	return string(data)
}
