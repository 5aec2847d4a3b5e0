package synccheck

import (
	"errors"
	"io/fs"

	"ocfbox/internal/drbd/feed"
	"ocfbox/internal/ocf"
)

// defined reports whether DRBD's configuration on this node has the resource.
func (a *checker) defined(resource string) (bool, error) {
	configured, err := feed.Configured(a.root, "", resource)
	if configured.Found {
		return true, nil
	}
	return false, err
}

// installed is why the resource cannot be watched on this node. One that is up needs no configuration.
func (a *checker) installed(up func(resource string) bool) error {
	if a.resource == everything || up(a.resource) {
		return nil
	}
	found, err := a.defined(a.resource)
	switch {
	case found:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return ocf.ErrInstalled.With("DRBD is not configured on this node: %w", err)
	case err != nil:
		return ocf.ErrInstalled.With("DRBD's configuration cannot be read: %w", err)
	}
	return ocf.ErrInstalled.With("DRBD has no resource %q on this node", a.resource)
}
