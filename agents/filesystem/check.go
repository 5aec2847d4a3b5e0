package filesystem

import (
	"context"
	"strings"
	"unicode"

	"ocfbox/internal/ocf"
)

// checkIdentity checks what an action must know before it can look for the mount: device and directory
// (filesystem.md 10). An error of ocf.NotRunning is an answer, not a refusal: without a directory nothing of the
// resource's can be mounted.
func (a *config) checkIdentity(c *ocf.Call) error {
	switch {
	case a.device == "":
		return ocf.ErrConfigured.With("parameter device: must be set")
	case framed(a.device):
		return ocf.ErrConfigured.With("parameter device: %q begins or ends with a blank", a.device)
	case framed(a.directory):
		return ocf.ErrConfigured.With("parameter directory: %q begins or ends with a blank", a.directory)
	case a.directory != "":
		return nil
	}
	if k, _ := a.formOf(); c.Action == "start" || a.fstype == "none" || k != block && k != tagged {
		return ocf.ErrConfigured.With("parameter directory: must be set")
	}
	if c.Action == "validate-all" {
		return nil
	}
	return ocf.NotRunning
}

// framed reports a text that begins or ends with white space, which a configuration editor hides.
func framed(text string) bool { return strings.TrimFunc(text, unicode.IsSpace) != text }

// refuseRoot refuses the root directory as a mount point (filesystem.md 2). A probe answers that the resource is
// not running, for it can never have been started.
func refuseRoot(c *ocf.Call, point string) error {
	switch {
	case point != "/":
		return nil
	case c.Probe():
		return ocf.NotRunning
	}
	return ocf.ErrConfigured.With("parameter directory: %q is the root directory, which is not for a resource to mount", "/")
}

// validate checks the configuration. It never asks whether device, directory or type are there on this node; what it
// finds odd it says, and accepts.
func (a *config) validate(_ context.Context, c *ocf.Call) error {
	if err := a.checkIdentity(c); err != nil {
		return err
	}
	for _, warning := range a.oddities() {
		c.Log.Warn("%s", warning)
	}
	return nil
}
