package synccheck

import (
	"path/filepath"
	"time"

	"ocfbox/internal/drbd"
	"ocfbox/internal/drbd/record"
	"ocfbox/internal/ocf"
)

// compared adds what the last comparisons of the copies have found. One that is missing, too old or not clean makes a
// class DEGRADED that is better; what a copy is worth to the cluster does not depend on it.
func (a *checker) compared(c *ocf.Call, host drbd.Host, all []View) {
	if a.mode == ModeLink {
		return
	}
	records, err := record.Read(filepath.Join(a.root, record.Folder))
	if err != nil {
		c.Log.Debug("DBG: %v", err)
	}
	for i := range all {
		v := &all[i]
		v.Compared = record.Word(records, v.Resource)
		resource := host.Resource(v.Resource)
		if a.maxAge <= 0 || !v.Up || resource == nil || v.Class != drbd.OK && v.Class != drbd.Syncing {
			continue
		}
		var volumes []int
		for _, volume := range resource.Volumes {
			volumes = append(volumes, volume.Number)
		}
		const day = 24 * time.Hour
		if text := record.Stale(records, v.Resource, volumes, time.Duration(a.maxAge)*day, time.Now()); text != "" {
			v.Class, v.Reason, v.Text = drbd.Degraded, drbd.ReasonVerifyStale, text
		}
	}
}
