package syncmap

import (
	"encoding/json"
	"fmt"
	"strings"

	"ocfbox/internal/filemap"
)

// printed is how many findings the text names; the JSON has all.
const printed = 100

// print writes the answer to standard output, and what limits it to standard error.
func (t *Tool) print(a Answer, output string) error {
	for _, doubt := range a.Doubts {
		fmt.Fprintf(t.Stderr, "ocfbox: warning: %s\n", doubt)
	}
	if output == "json" {
		text, err := json.MarshalIndent(a, "", "  ")
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(t.Stdout, "%s\n", text)
		return err
	}
	_, err := fmt.Fprint(t.Stdout, text(a))
	return err
}

// kinds are the kinds in the order in which they matter to a reader.
func kinds() []filemap.Kind {
	return []filemap.Kind{filemap.File, filemap.Metadata, filemap.Journal, filemap.Swap, filemap.Free, filemap.PartitionTable,
		filemap.VolumeLabel, filemap.Outside, filemap.Unknown}
}

// text is the answer for a reader.
func text(a Answer) string {
	var b strings.Builder
	var counts []string
	for _, kind := range kinds() {
		if bytes := a.Bytes[kind]; bytes > 0 {
			counts = append(counts, fmt.Sprintf("%s %d", kind, bytes))
		}
	}
	if counts == nil {
		counts = []string{"nothing to look at"}
	}
	fmt.Fprintf(&b, "%s: %s; %d files\n", a.Device, strings.Join(counts, ", "), len(a.Files))
	for i, f := range a.Findings {
		if i == printed {
			fmt.Fprintf(&b, "%d parts more; --output json names all\n", len(a.Findings)-printed)
			break
		}
		fmt.Fprintf(&b, "%s: offset=%d length=%d", f.Kind, f.Offset, f.Length)
		if f.In != "" {
			fmt.Fprintf(&b, " in=%q", f.In)
		}
		if f.Path != "" {
			fmt.Fprintf(&b, " path=%q", f.Path)
		}
		if f.Kind == filemap.File {
			fmt.Fprintf(&b, " file_offset=%d", f.FileOffset)
		}
		if f.Path == "" && f.Inode != 0 {
			fmt.Fprintf(&b, " inode=%d", f.Inode)
		}
		if f.Name != "" {
			fmt.Fprintf(&b, " (%s)", f.Name)
		}
		b.WriteByte('\n')
	}
	return b.String()
}
