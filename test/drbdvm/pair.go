package drbdvm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"ocfbox/test/drbdvm/image"
)

// A Pair is two guests and the links between them. Its methods must not be called at the same time.
type Pair struct {
	// Alfa and Bravo are the guests: nodes 1 and 2.
	Alfa, Bravo *Guest

	image  *image.Image
	folder string
	inUse  *os.File
}

const runPrefix = "run-"

// New makes a pair in the cache folder, which gets the image if it has none; say is told of that. Nothing is
// booted. Close must be called.
func New(say io.Writer) (*Pair, error) {
	cache, err := image.Cache()
	if err != nil {
		return nil, err
	}
	cache = filepath.Join(cache, "drbdvm")
	built, err := image.Ensure(cache, say)
	if err != nil {
		return nil, err
	}
	p := &Pair{image: built}
	if err := p.settle(cache); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

// settle gives the pair a folder and its guests their ports.
func (p *Pair) settle(cache string) error {
	if err := removeUnused(cache); err != nil {
		return err
	}
	var err error
	if p.folder, err = os.MkdirTemp(cache, runPrefix); err != nil {
		return err
	}
	if p.inUse, err = os.Open(p.folder); err != nil {
		return err
	}
	if err := unix.Flock(int(p.inUse.Fd()), unix.LOCK_EX); err != nil {
		return err
	}
	p.Alfa, p.Bravo = &Guest{Name: "alfa", id: 1, pair: p}, &Guest{Name: "bravo", id: 2, pair: p}
	for _, g := range p.Guests() {
		if len(g.path("qmp.sock")) >= len(unix.RawSockaddrUnix{}.Path) {
			return fmt.Errorf("the path of a socket may not be as long as %s: set OCFBOX_CACHE", g.path("qmp.sock"))
		}
		if g.port, err = freePort(); err != nil {
			return err
		}
	}
	return nil
}

// Guests are alfa and bravo.
func (p *Pair) Guests() []*Guest { return []*Guest{p.Alfa, p.Bravo} }

// Close pulls both plugs and removes what the pair has had on disk.
func (p *Pair) Close() error {
	if p.Alfa != nil {
		p.Alfa.Kill()
		p.Bravo.Kill()
	}
	var err error
	if p.inUse != nil {
		err = errors.Join(os.RemoveAll(p.folder), p.inUse.Close())
	}
	return errors.Join(err, p.image.Close())
}

// Boot boots both on empty disks.
func (p *Pair) Boot(ctx context.Context) error {
	for _, g := range p.Guests() {
		g.Kill()
		if err := g.emptyDisks(); err != nil {
			return err
		}
	}
	return errors.Join(p.Alfa.Start(), p.Bravo.Start(), p.Alfa.Wait(ctx), p.Bravo.Wait(ctx))
}

// Cut takes the carrier from both ends of a link, Heal gives it back.
func (p *Pair) Cut(link Link) error  { return p.setLink(link, false) }
func (p *Pair) Heal(link Link) error { return p.setLink(link, true) }

func (p *Pair) setLink(link Link, up bool) error {
	for _, g := range p.Guests() {
		if !g.Running() {
			continue
		}
		if _, err := g.control(command{"set_link", map[string]any{"name": link.netdev(), "up": up}}); err != nil {
			return fmt.Errorf("%s: %w", g.Name, err)
		}
	}
	return nil
}

// Drop loses every packet of a link in silence, with the carrier up.
func (p *Pair) Drop(ctx context.Context, link Link) error {
	return p.both(ctx, strings.ReplaceAll(`nft add table netdev cut_DEV; nft add chain netdev cut_DEV i `+
		`"{ type filter hook ingress device DEV priority -500; policy drop; }"`, "DEV", link.device()))
}

// both runs a script in the guests that run; it must succeed.
func (p *Pair) both(ctx context.Context, script string) error {
	for _, g := range p.Guests() {
		if !g.Running() {
			continue
		}
		result, err := g.Sh(ctx, script)
		if err == nil && result.Code != 0 {
			err = fmt.Errorf("%s: %s: exit %d: %s", g.Name, script, result.Code, result.Stderr)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// removeUnused removes what killed runs have left.
func removeUnused(cache string) error {
	left, err := filepath.Glob(filepath.Join(cache, runPrefix+"*"))
	if err != nil {
		return err
	}
	for _, folder := range left {
		file, err := os.Open(folder)
		if err != nil {
			continue
		}
		if unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil {
			err = os.RemoveAll(folder)
		}
		file.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}
