package netif

import (
	"errors"
	"net"
)

// ErrNoLink means that no interface has the name or index.
var ErrNoLink = errors.New("no such interface")

// An OperState is the state of an interface as RFC 2863 knows it.
type OperState uint8

// The states, in the kernel's numbering.
const (
	Unknown OperState = iota // the driver does not report: treat as Up
	NotPresent
	Down
	LowerLayerDown
	Testing
	Dormant
	Up
)

// Failed reports whether the state counts as failed for check_link_status:
// Down or LowerLayerDown (ipaddr2.md 3).
func (s OperState) Failed() bool { return s == Down || s == LowerLayerDown }

// A Link is a network interface at one moment.
type Link struct {
	Index     int
	Name      string
	AltNames  []string
	Up        bool // set up by the administrator
	NoARP     bool
	Loopback  bool
	OperState OperState
	Type      uint16           // ARPHRD_ETHER 1, ARPHRD_INFINIBAND 32, ...
	Address   net.HardwareAddr // 6 bytes, 20 on InfiniBand, may be empty
	Broadcast net.HardwareAddr
}

// Mute says why no announcement can be sent on the link, or "" when one can
// (ipaddr2.md 6.1). The words complete "not announced: ".
func (l Link) Mute() string { return "" }

// LinkByName returns the interface that has the name, or has it as an
// alternative name: a single question. The error matches ErrNoLink when there
// is none.
func (n *Net) LinkByName(name string) (Link, error) { return Link{}, errors.ErrUnsupported }

// LinkByIndex is LinkByName for an index.
func (n *Net) LinkByIndex(index int) (Link, error) { return Link{}, errors.ErrUnsupported }

// Links lists all interfaces, in the order of their indexes.
func (n *Net) Links() ([]Link, error) { return nil, errors.ErrUnsupported }

// SetUp sets the interface administratively up. It does not wait for a
// carrier: see WaitCarrier.
func (n *Net) SetUp(index int) error { return errors.ErrUnsupported }
