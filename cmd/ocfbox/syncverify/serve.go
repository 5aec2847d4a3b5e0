package syncverify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ocfbox/internal/block/wire"
)

// DefaultConfig is the file with the devices that a helper may open.
const DefaultConfig = "/etc/ocfbox/sync.conf"

// ServeOptions are what the helper's command line says.
type ServeOptions struct {
	// Allow are devices that may be opened, beside those of the file Config.
	Allow  []string
	Config string
}

// Serve is the helper on another host: it speaks frames on the two streams until the other side says goodbye. It
// opens what it may, and changes nothing.
func (t *Tool) Serve(ctx context.Context, o ServeOptions, from io.Reader, to io.Writer) error {
	allowed, err := allowList(o)
	if err != nil {
		return &Failure{Err: err}
	}
	host, _ := os.Hostname()
	boot, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	server := &wire.Server{
		Software: t.Version, Host: host, Boot: strings.TrimSpace(string(boot)), Gentle: beGentle,
		Open: func(r wire.OpenRequest) (wire.Served, error) { return t.serve(ctx, r, allowed) },
	}
	return server.Serve(ctx, from, to)
}

// allowList are the devices that may be opened.
func allowList(o ServeOptions) ([]string, error) {
	allowed := slices.Clone(o.Allow)
	text, err := os.ReadFile(o.Config)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	listed, err := ParseConfig(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.Config, err)
	}
	allowed = append(allowed, listed...)
	for i, path := range allowed {
		if !filepath.IsAbs(path) {
			return nil, fmt.Errorf("%q is allowed, and is no absolute path", path)
		}
		allowed[i] = filepath.Clean(path)
	}
	return allowed, nil
}

// ParseConfig reads the file of a helper: a line `allow PATH` for each device, and comments after #.
func ParseConfig(text string) (allowed []string, err error) {
	for number, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		word, path, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch path = strings.TrimSpace(path); {
		case word == "":
		case word != "allow" || path == "":
			return nil, fmt.Errorf("line %d: %q is not allow PATH", number+1, strings.TrimSpace(line))
		default:
			allowed = append(allowed, path)
		}
	}
	return allowed, nil
}

// serve opens a device for the other side.
func (t *Tool) serve(ctx context.Context, r wire.OpenRequest, allowed []string) (wire.Served, error) {
	if !slices.Contains(allowed, filepath.Clean(r.Path)) {
		return wire.Served{}, &wire.Refusal{
			Code: wire.CodeProtocol, Text: fmt.Sprintf("%s may not be read from another host", r.Path),
			Hint: "allow it in " + DefaultConfig + " there, or with --allow of the command that is forced on the key",
		}
	}
	device, data, _, err := openHere(r.Path, Options{
		Direct: r.Direct, Cached: r.Cached, StaleIsFine: r.StaleIsFine, Raw: r.Raw, Size: r.Size,
	})
	var failed *Failure
	switch {
	case errors.As(err, &failed):
		return wire.Served{}, &wire.Refusal{Code: failed.ExitCode(), Text: failed.Error(), Hint: failed.Hint}
	case err != nil:
		return wire.Served{}, err
	}
	served := wire.Served{
		DeviceInfo: wire.DeviceInfo{Identity: device.Identity(), Effective: data, Direct: device.IsDirect()},
		Reader:     device,
		Close:      func() { device.Close() },
	}
	if replica := t.replicaOf(ctx, device, ""); replica != nil {
		served.State = replica.state
	}
	return served, nil
}
