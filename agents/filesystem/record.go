package filesystem

import (
	"strconv"

	"ocfbox/internal/mount"
	"ocfbox/internal/ocf"
)

// A record is what start keeps for the calls that follow (filesystem.md 5). It helps to know the resource's mount
// again when its directory or device has another name by now, and is never required.
type record struct {
	Point  string
	Mount  mount.Identity
	Root   string
	Type   string
	Source string
	// Wish is the parameter device that was mounted.
	Wish string
}

func (a *config) recordName(c *ocf.Call) string { return "Filesystem-" + c.Instance + ".state" }

func (a *config) saveRecord(c *ocf.Call, r record) error {
	return c.State.Save(a.recordName(c), map[string]string{
		"point":  strconv.Quote(r.Point),
		"device": r.Mount.Device.String(),
		"id":     strconv.Itoa(r.Mount.ID),
		"unique": strconv.FormatUint(r.Mount.Unique, 10),
		"root":   strconv.Quote(r.Root),
		"fstype": strconv.Quote(r.Type),
		"source": strconv.Quote(r.Source),
		"wish":   strconv.Quote(r.Wish),
	})
}

// loadRecord is what start kept. The error is ocf.ErrNoState when there is nothing to go by, a damaged record
// included.
func (a *config) loadRecord(c *ocf.Call) (record, error) {
	facts, err := c.State.Load(a.recordName(c))
	if err != nil {
		return record{}, err
	}
	var r record
	for key, to := range map[string]*string{
		"point": &r.Point, "root": &r.Root, "fstype": &r.Type, "source": &r.Source, "wish": &r.Wish,
	} {
		if *to, err = strconv.Unquote(facts[key]); err != nil {
			return record{}, ocf.ErrNoState
		}
	}
	if r.Mount.Device, err = mount.ParseDevice(facts["device"]); err != nil {
		return record{}, ocf.ErrNoState
	}
	if r.Mount.ID, err = strconv.Atoi(facts["id"]); err != nil {
		return record{}, ocf.ErrNoState
	}
	if r.Mount.Unique, err = strconv.ParseUint(facts["unique"], 10, 64); err != nil {
		return record{}, ocf.ErrNoState
	}
	return r, nil
}

// names reports whether an entry may be the record's mount. The kernel gives the numbers of a mount, and of a file
// system without a device, to the next one at once; so where it has numbers that it never gives again, the caller
// compares those too, and where it has none, a mount without a device is not known again at another place.
func (r record) names(e mount.Entry) bool {
	same := r.Mount.ID != 0 && r.Mount.ID == e.ID && r.Mount.Device == e.Device && r.Root == e.Root &&
		r.Type == e.Type && r.Source == e.Source
	return same && (r.Mount.Unique != 0 || !e.Device.Anonymous() || r.Point == e.Point)
}
