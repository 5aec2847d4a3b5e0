package compare

import (
	"fmt"
	"strings"
)

// A Row says that one difference is wanted, and which section of the specification says so.
type Row struct {
	Difference
	Reason string
}

// ParseWanted reads the table of wanted differences: a row a line, columns between " | ", comments behind "#".
func ParseWanted(text string) ([]Row, error) {
	var rows []Row
	seen := make(map[Difference]bool)
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		column := strings.Split(line, " | ")
		if len(column) != 7 || strings.TrimSpace(column[6]) == "" {
			return nil, fmt.Errorf("a wanted difference has 7 columns, the last with its reason: %q", line)
		}
		row := Row{Difference{column[0], column[1], column[2], column[3], column[4], column[5]}, column[6]}
		if seen[row.Difference] {
			return nil, fmt.Errorf("the same difference is wanted twice: %q", line)
		}
		seen[row.Difference] = true
		rows = append(rows, row)
	}
	return rows, nil
}

// Judge sorts differences of one case into those that nobody wants and the wanted ones, and finds the rows of the
// table that are for this case and that nothing needed.
func Judge(agent string, c Case, differences []Difference, rows []Row) (unwanted []Difference, used, unused []Row) {
	there := make(map[Difference]bool)
	for _, d := range differences {
		there[d] = true
	}
	for _, row := range rows {
		switch {
		case row.Agent != agent || row.Case != c.Name:
		case there[row.Difference]:
			used = append(used, row)
			delete(there, row.Difference)
		default:
			unused = append(unused, row)
		}
	}
	for _, d := range differences {
		if there[d] {
			unwanted = append(unwanted, d)
		}
	}
	return unwanted, used, unused
}
