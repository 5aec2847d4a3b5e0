package install

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"ocfbox/test/hanasim/core"
	"ocfbox/test/hanasim/site"
	"ocfbox/test/lab/node"
)

// Run installs what the plan says, unless that was done at an earlier boot. It returns the system.
func Run() (site.System, error) {
	p, err := readPlan()
	if err != nil {
		return site.System{}, err
	}
	host, err := os.Hostname()
	if err != nil {
		return site.System{}, err
	}
	if !slices.Contains(p.Hosts, host) {
		return site.System{}, fmt.Errorf("the plan has no site for %s", host)
	}
	s := p.System(host)
	if _, err := os.Stat(site.SystemsFile); err == nil {
		return s, nil
	}
	if err := errors.Join(addUser(s), installFiles(s, p), installState(s, p), giveAway(s)); err != nil {
		return s, fmt.Errorf("install HANA %s: %w", s.SID, err)
	}
	text, err := json.MarshalIndent([]site.System{s}, "", "  ")
	if err != nil {
		return s, err
	}
	return s, site.Replace(site.SystemsFile, append(text, '\n'))
}

// installFiles makes folders, links and texts.
func installFiles(s site.System, p Plan) error {
	for _, folder := range folders(s) {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
	}
	for _, l := range links(s) {
		if err := os.MkdirAll(filepath.Dir(l.path), 0o755); err != nil {
			return err
		}
		if err := os.Symlink(l.target, l.path); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	for path, text := range texts(s, p) {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return copyPython(s)
}

// installState writes what the system remembers.
func installState(s site.System, p Plan) error {
	_, err := s.Change(func(m *site.Memory) {
		m.Epoch = uint64(time.Now().UnixNano())
		if p.State == Installed {
			return
		}
		peers := p.peers()
		me := peers[slices.IndexFunc(peers, func(peer site.Peer) bool { return peer.Host == s.Host })]
		m.BackedUp = true
		if me.Mode == core.Primary {
			m.Enable(me.Name, me.Host)
			m.Peers = peers
			return
		}
		m.Register(me, peers, peers[me.Source-1].Host, false)
	})
	return err
}

// giveAway makes everything belong to the system's user.
func giveAway(s site.System) error {
	for _, root := range []string{s.Folder(), "/hana", filepath.Dir(s.AcceptedFile())} {
		err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			return os.Lchown(path, s.UID(), site.GroupID)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Binary is what all programs of the simulator are.
const Binary = node.Binary
