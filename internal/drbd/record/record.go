// Package record keeps on this host what the last comparison of the copies of a volume has found, so that the state of
// the replication can be told together with it (docs/spec/replication-checker.md, sections 5 and 17). A comparison that
// runs for days writes it at its end; who asks for the state only reads it.
package record

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ocfbox/internal/drbd"
)

// Folder is where the records are, a file for each volume.
const Folder = "/var/lib/ocfbox/verify"

// An Outcome is how a comparison has ended.
type Outcome string

// The outcomes. A comparison is partial when something was not compared, could not be read or changed all the time, and
// nothing was found to differ.
const (
	Clean     Outcome = "clean"
	Different Outcome = "different"
	Partial   Outcome = "partial"
)

// A Record is the last comparison of the copies of a volume. Its JSON is a promise.
type Record struct {
	Resource string `json:"resource"`
	Volume   int    `json:"volume"`
	// Oldest is when the first block was read, Ended when the run was over.
	Oldest  time.Time `json:"oldest"`
	Ended   time.Time `json:"ended"`
	Outcome Outcome   `json:"outcome"`
	// Differing is how many bytes differ.
	Differing int64 `json:"differing"`
}

// Name splits RESOURCE/VOLUME; without a volume it is 0.
func Name(text string) (resource string, volume int, err error) {
	resource, number, ok := strings.Cut(text, "/")
	if ok {
		_, err = fmt.Sscanf(number+"\n", "%d\n", &volume)
	}
	if err != nil || volume < 0 || resource == "" || strings.ContainsAny(number, "+ ") {
		return "", 0, fmt.Errorf("%q is no RESOURCE/VOLUME", text)
	}
	return resource, volume, nil
}

// Write keeps the record in place of the one before. What a partial run says is less than what a complete one has said
// before it, and does not replace it.
func (r Record) Write(folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	path := filepath.Join(folder, r.file())
	if r.Outcome == Partial {
		if before, err := read(path); err == nil && before.Outcome != Partial {
			return nil
		}
	}
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	temporary := path + ".new"
	if err := os.WriteFile(temporary, append(text, '\n'), 0o644); err != nil {
		return errors.Join(err, os.Remove(temporary))
	}
	return os.Rename(temporary, path)
}

// file is the name of the volume's file.
func (r Record) file() string {
	name := strings.Map(func(c rune) rune {
		if c == '/' || c < ' ' {
			return '_'
		}
		return c
	}, r.Resource)
	return fmt.Sprintf("%s@%d.json", name, r.Volume)
}

func read(path string) (r Record, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return r, fmt.Errorf("%s: %w", path, err)
	}
	if r.Resource == "" || !slices.Contains([]Outcome{Clean, Different, Partial}, r.Outcome) || r.Oldest.IsZero() {
		return r, fmt.Errorf("%s is no record of a comparison", path)
	}
	return r, nil
}

// Read are the records of all volumes. What cannot be read is left out, and is the error; a folder that is not there
// holds none.
func Read(folder string) ([]Record, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*@*.json"))
	if err != nil {
		return nil, err
	}
	var all []Record
	var failed []error
	for _, path := range paths {
		r, err := read(path)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		all = append(all, r)
	}
	return all, errors.Join(failed...)
}

// Verified are the records as a judgement takes them. What is partial proves nothing, and is left out.
func Verified(all []Record) []drbd.Verified {
	var found []drbd.Verified
	for _, r := range all {
		if r.Outcome != Partial {
			found = append(found, drbd.Verified{Resource: r.Resource, Volume: r.Volume, At: r.Oldest, Clean: r.Outcome == Clean})
		}
	}
	return found
}

// Word is the value of a node attribute for a resource: the worst of its volumes, and of several that are as bad the
// oldest. CLEAN@EPOCH, PART@EPOCH, DIFF@EPOCH:KIB; empty without a record.
func Word(all []Record, resource string) string {
	order := []Outcome{Clean, Partial, Different}
	var worst *Record
	for i := range all {
		r := &all[i]
		if r.Resource != resource {
			continue
		}
		rank, before := slices.Index(order, r.Outcome), -1
		if worst != nil {
			before = slices.Index(order, worst.Outcome)
		}
		if rank > before || rank == before && r.Oldest.Before(worst.Oldest) {
			worst = r
		}
	}
	switch {
	case worst == nil:
		return ""
	case worst.Outcome == Different:
		return fmt.Sprintf("DIFF@%d:%d", worst.Oldest.Unix(), (worst.Differing+1023)/1024)
	case worst.Outcome == Partial:
		return fmt.Sprintf("PART@%d", worst.Oldest.Unix())
	}
	return fmt.Sprintf("CLEAN@%d", worst.Oldest.Unix())
}

// Stale is why a resource's copies count as not compared: never, not cleanly, or longer ago than limit. Empty is none.
// volumes are those that the resource has.
func Stale(all []Record, resource string, volumes []int, limit time.Duration, now time.Time) string {
	for _, volume := range volumes {
		at := slices.IndexFunc(all, func(r Record) bool { return r.Resource == resource && r.Volume == volume && r.Outcome != Partial })
		switch {
		case at < 0:
			return fmt.Sprintf("the copies of %s/%d have never been compared to the end", resource, volume)
		case all[at].Outcome == Different:
			return fmt.Sprintf("the last comparison of the copies of %s/%d has found %d bytes that differ", resource, volume, all[at].Differing)
		case now.Sub(all[at].Oldest) > limit:
			return fmt.Sprintf("the copies of %s/%d were last compared on %s", resource, volume, all[at].Oldest.Format(time.DateOnly))
		}
	}
	return ""
}
