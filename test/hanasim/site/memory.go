package site

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"ocfbox/test/hanasim/core"
)

// A Peer is a site of the replicated system.
type Peer struct {
	ID   int    `json:"id"`
	Name string `json:"name"`
	Host string `json:"host"`
	// Source is the site that this one gets its data from, 0 for the primary.
	Source        int       `json:"source"`
	Mode          core.Mode `json:"mode"`
	OperationMode string    `json:"operation_mode,omitempty"`
}

// A Memory is what a site knows about system replication, up or down.
type Memory struct {
	Mode          core.Mode `json:"-"`
	ID            int       `json:"-"`
	Name          string    `json:"-"`
	OperationMode string    `json:"-"`

	// Peers are all sites, this one included, as far as it heard of them.
	Peers []Peer `json:"peers,omitempty"`
	// Epoch is the number of the lineage that a primary's new rows belong to.
	Epoch uint64 `json:"epoch"`
	// Remote is the host of the source of a secondary.
	Remote string `json:"remote,omitempty"`
	// BackedUp: there is a backup, without which there is no replication.
	BackedUp bool `json:"backed_up"`
	// Suspended: a takeover with handshake ended this primary's right to write.
	Suspended bool `json:"suspended,omitempty"`
	// FullCopy: the next connection asks for all data, whatever is there.
	FullCopy bool `json:"full_copy,omitempty"`
}

const section = "system_replication"

// Recall reads what a system remembers.
func (s System) Recall() (Memory, error) {
	m := Memory{}
	text, err := os.ReadFile(s.MemoryFile())
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return m, fmt.Errorf("read the topology of %s: %w", s.SID, err)
	}
	ini, err := ReadIni(s.GlobalIni())
	if err != nil {
		return m, err
	}
	m.Mode = core.Mode(ini.Get(section, "actual_mode"))
	if m.Mode == "" {
		m.Mode = core.None
	}
	m.ID, _ = strconv.Atoi(ini.Get(section, "site_id"))
	m.Name = ini.Get(section, "site_name")
	m.OperationMode = ini.Get(section, "operation_mode")
	return m, nil
}

// Change alters what a system remembers. Two processes that change it take turns.
func (s System) Change(how func(*Memory)) (Memory, error) {
	if err := os.MkdirAll(filepath.Dir(s.MemoryFile()), 0o755); err != nil {
		return Memory{}, err
	}
	lock, err := os.OpenFile(s.MemoryFile()+".lock", os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return Memory{}, err
	}
	defer lock.Close()
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX); err != nil {
		return Memory{}, fmt.Errorf("lock the topology of %s: %w", s.SID, err)
	}
	m, err := s.Recall()
	if err != nil {
		return m, err
	}
	before := m
	how(&m)
	if err := s.writeIni(before, m); err != nil {
		return m, err
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return m, err
	}
	return m, Replace(s.MemoryFile(), append(text, '\n'))
}

// writeIni brings global.ini up to date. The key mode is that of the registration: a takeover leaves it.
func (s System) writeIni(before, m Memory) error {
	ini, err := ReadIni(s.GlobalIni())
	if err != nil {
		return err
	}
	old := ini.String()
	if m.Mode == core.None {
		for _, key := range []string{"actual_mode", "mode", "site_id", "site_name"} {
			ini.Unset(section, key)
		}
	} else {
		ini.Set(section, "actual_mode", string(m.Mode))
		if takeover := before.Mode.Secondary() && m.Mode == core.Primary; !takeover && before.Mode != m.Mode {
			ini.Set(section, "mode", string(m.Mode))
		}
		ini.Set(section, "site_id", strconv.Itoa(m.ID))
		ini.Set(section, "site_name", m.Name)
	}
	if m.OperationMode != "" && m.OperationMode != before.OperationMode {
		ini.Set(section, "operation_mode", m.OperationMode)
	}
	if ini.String() == old {
		return nil
	}
	return Replace(s.GlobalIni(), []byte(ini.String()))
}

// Replace writes a file so that after a loss of power the old or the new text is there.
func Replace(path string, text []byte) error {
	stage := path + ".new"
	file, err := os.OpenFile(stage, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("write %s: %w", stage, err)
	}
	return os.Rename(stage, path)
}

// Peer finds a site by its number.
func (m Memory) Peer(id int) (Peer, bool) {
	i := slices.IndexFunc(m.Peers, func(p Peer) bool { return p.ID == id })
	if i < 0 {
		return Peer{}, false
	}
	return m.Peers[i], true
}

// Set adds or replaces a site.
func (m *Memory) Set(p Peer) {
	m.Peers = slices.DeleteFunc(slices.Clone(m.Peers), func(q Peer) bool { return q.ID == p.ID })
	m.Peers = append(m.Peers, p)
	slices.SortFunc(m.Peers, func(a, b Peer) int { return a.ID - b.ID })
}

// Drop removes a site.
func (m *Memory) Drop(id int) {
	m.Peers = slices.DeleteFunc(slices.Clone(m.Peers), func(q Peer) bool { return q.ID == id })
}

// Fed lists the sites that get their data from this one.
func (m Memory) Fed() []Peer {
	var list []Peer
	for _, p := range m.Peers {
		if p.Source == m.ID && p.ID != m.ID {
			list = append(list, p)
		}
	}
	return list
}

// PrimaryPeer is the site that all data comes from in the end.
func (m Memory) PrimaryPeer() (Peer, bool) {
	i := slices.IndexFunc(m.Peers, func(p Peer) bool { return p.Mode == core.Primary })
	if i < 0 {
		return Peer{}, false
	}
	return m.Peers[i], true
}

// Enable makes a standalone system the primary of a replicated one.
func (m *Memory) Enable(name, host string) {
	m.Mode, m.ID, m.Name = core.Primary, 1, name
	m.Peers = []Peer{{ID: 1, Name: name, Host: host, Mode: core.Primary}}
}

// Clear makes a system standalone.
func (m *Memory) Clear() {
	m.Mode, m.ID, m.Name, m.Peers, m.Remote, m.Suspended, m.FullCopy = core.None, 0, "", nil, "", false, false
}

// Register makes a system the secondary of a host.
func (m *Memory) Register(me Peer, peers []Peer, remote string, fullCopy bool) {
	m.Mode, m.ID, m.Name, m.OperationMode = me.Mode, me.ID, me.Name, me.OperationMode
	m.Remote, m.Suspended, m.FullCopy = remote, false, fullCopy
	m.Peers = nil
	for _, p := range peers {
		m.Set(p)
	}
	m.Set(me)
}

// TakeOver makes a secondary the primary, in an epoch of its own. What it feeds stays; the other sites have
// to be registered again.
func (m *Memory) TakeOver(epoch uint64) {
	fed := m.Fed()
	me, _ := m.Peer(m.ID)
	me.ID, me.Name, me.Source, me.Mode = m.ID, m.Name, 0, core.Primary
	m.Mode, m.Epoch, m.Remote, m.BackedUp, m.Peers = core.Primary, epoch, "", true, nil
	m.Set(me)
	for _, p := range fed {
		m.Set(p)
	}
}
