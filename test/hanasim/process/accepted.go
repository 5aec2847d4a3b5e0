package process

import (
	"encoding/json"
	"os"
	"sync"

	"ocfbox/test/hanasim/core"
	"ocfbox/test/hanasim/site"
	"ocfbox/test/hanasim/truth"
)

// accepted writes the log of accepted writes. All services of an instance append to one file, whole lines at a time.
type accepted struct {
	mu   sync.Mutex
	file *os.File
	from truth.Event
}

func openAccepted(s site.System, v site.Service) (*accepted, error) {
	file, err := os.OpenFile(s.AcceptedFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	return &accepted{file: file, from: truth.Event{Host: s.Host, Database: v.Database, Volume: v.Volume}}, nil
}

// note appends an event. Rows that cannot be noted must not be acknowledged: the caller gets the error.
func (a *accepted) note(what string, siteName string, epoch uint64, entries ...core.Entry) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	e := a.from
	e.At, e.What, e.Site, e.Epoch, e.Entries = truth.Now(), what, siteName, epoch, entries
	text, err := json.Marshal(e)
	if err != nil {
		return err
	}
	_, err = a.file.Write(append(text, '\n'))
	return err
}
