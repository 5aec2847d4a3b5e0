package syncview

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"ocfbox/internal/drbd"
	"ocfbox/internal/drbd/feed"
)

// maxRecorded bounds a file with recorded text, in bytes.
const maxRecorded = 16 << 20

// A kind is how a recorded text says it.
type kind int

const (
	formUnknown kind = iota
	formDocument
	formJSON
	formProc
	formEvents
	formStatus
)

var errNoForm = errors.New("neither /proc/drbd, drbdsetup status or events2, nor our own JSON")

// readRecorded reads a file, or standard input when its name is a dash, whichever of the forms it has.
func readRecorded(name string, stdin io.Reader, lenient bool) (feed.View, error) {
	text, err := readBounded(name, stdin)
	if err != nil {
		return feed.View{}, err
	}
	view, err := parseRecorded(text, lenient)
	if err != nil {
		return feed.View{}, fmt.Errorf("%s: %w", name, err)
	}
	return view, nil
}

func readBounded(name string, stdin io.Reader) ([]byte, error) {
	from := stdin
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		from = file
	}
	text, err := io.ReadAll(io.LimitReader(from, maxRecorded+1))
	if err == nil && len(text) > maxRecorded {
		err = fmt.Errorf("%s: more than %d MiB", name, maxRecorded>>20)
	}
	return text, err
}

func parseRecorded(text []byte, lenient bool) (feed.View, error) {
	var host drbd.Host
	var err error
	switch formOf(text) {
	case formDocument:
		return parseDocument(text)
	case formJSON:
		host, err = drbd.ParseStatusJSON(text)
	case formProc:
		mode := drbd.Strict
		if lenient {
			mode = drbd.Lenient
		}
		host, err = drbd.ParseProc(text, mode)
	case formEvents:
		host, err = drbd.ParseEvents(text, drbd.Version{})
		if lenient && errors.Is(err, drbd.ErrTruncated) && len(host.Resources) > 0 {
			err = nil
		}
	case formStatus:
		host, err = drbd.ParseStatusText(text)
	default:
		err = errNoForm
	}
	return feed.View{Host: host}, err
}

// formOf tells by the first line that says something; a text of rows that has lost its head, by the others.
func formOf(text []byte) kind {
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		switch {
		case len(words) == 0 || strings.HasPrefix(words[0], "#"):
		case strings.HasPrefix(words[0], "{"):
			return formDocument
		case strings.HasPrefix(words[0], "["):
			return formJSON
		case isEvent(words):
			return formEvents
		case strings.HasPrefix(strings.ToLower(words[0]), "version"), isRow(words):
			return formProc
		case len(words) > 1 && strings.HasPrefix(words[1], "role:"), len(words) > 2 && strings.HasPrefix(words[2], "role:"):
			return formStatus
		}
	}
	return formUnknown
}

// isEvent knows a line of events2: an action and an object, perhaps with a time in front.
func isEvent(words []string) bool {
	actions := []string{"exists", "create", "change", "destroy", "call", "response", "rename"}
	objects := []string{"resource", "device", "connection", "peer-device", "path", "helper", "-"}
	if !slices.Contains(actions, words[0]) {
		words = words[1:]
	}
	return len(words) > 1 && slices.Contains(actions, words[0]) && slices.Contains(objects, words[1])
}

// isRow knows the first line of a device in /proc/drbd: a number and the connection's state.
func isRow(words []string) bool {
	return len(words) > 1 && strings.HasSuffix(words[0], ":") && strings.HasPrefix(strings.ToLower(words[1]), "cs:")
}

// parseDocument reads what `sync status --output json` has printed on a host.
func parseDocument(text []byte) (feed.View, error) {
	var head struct {
		Schema string `json:"schema"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return feed.View{}, err
	}
	if head.Schema != Schema {
		return feed.View{}, fmt.Errorf("JSON of the schema %q, not %s", head.Schema, Schema)
	}
	return feed.ParseView(text)
}
