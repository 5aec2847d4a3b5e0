package filesystem

import (
	"context"
	"strings"
	"time"

	"ocfbox/internal/mount"
	"ocfbox/internal/ocf"
	"ocfbox/internal/run"
)

// parseTag reads a device that is named by what is written in it, in the forms of mount(8) and of fstab
// (filesystem.md 3, rows 4 and 5 of the table).
func parseTag(device string) (mount.Tag, bool) {
	for _, form := range []struct{ prefix, kind string }{
		{"--uuid", "UUID"}, {"--label", "LABEL"}, {"-U", "UUID"}, {"-L", "LABEL"},
	} {
		rest, ok := strings.CutPrefix(device, form.prefix)
		if !ok {
			continue
		}
		long := strings.HasPrefix(form.prefix, "--")
		value := strings.TrimLeft(rest, " ")
		if long && value == rest {
			if value, ok = strings.CutPrefix(rest, "="); !ok {
				return mount.Tag{}, false
			}
		}
		return mount.Tag{Type: form.kind, Value: value}, value != ""
	}
	kind, value, ok := strings.Cut(device, "=")
	if !ok || value == "" || !in(" UUID LABEL PARTUUID PARTLABEL ID ", kind) {
		return mount.Tag{}, false
	}
	// The quotes of fstab.
	if len(value) >= 2 && value[0] == '"' && value[len(value)-1] == '"' {
		value = value[1 : len(value)-1]
	}
	return mount.Tag{Type: kind, Value: value}, true
}

// blkidTime bounds the question to blkid, which reads all devices.
const blkidTime = 5 * time.Second

// findTag is the path of the device that bears the configured tag, or "". Where neither udev nor the superblocks
// that are known here tell, blkid is asked, but not by a monitor, which starts no program.
func (a *config) findTag(c *ocf.Call) string {
	tag, ok := parseTag(a.device)
	if !ok {
		return ""
	}
	c.Log.Trace("find %s", tag)
	if path, err := tag.Find(); err == nil {
		return path
	}
	if c.Action != "start" || c.Runner == nil {
		return ""
	}
	ctx, cancel := context.WithTimeout(context.Background(), blkidTime)
	defer cancel()
	result, err := c.Runner.Run(ctx, run.Cmd{Path: "blkid", Args: []string{"-l", "-o", "device", "-t", tag.String()}})
	if err != nil || !result.OK() {
		return ""
	}
	return result.Text()
}
