package core

import (
	"net/netip"
	"time"
)

// Settings are what the configuration says of a resource, as one of its hosts sees it.
type Settings struct {
	Name    string           `json:"name"`
	NodeID  int              `json:"node_id"`
	Volumes []VolumeSettings `json:"volumes"`
	Peers   []PeerSettings   `json:"peers"`
	Net     Net              `json:"net"`
	// Fencing is dont-care, resource-only or resource-and-stonith.
	Fencing string `json:"fencing,omitempty"`
	// FencePeer is the program of the fence-peer handler; empty is none.
	FencePeer string `json:"fence_peer,omitempty"`
	// ResyncRate is in KiB a second.
	ResyncRate int64 `json:"resync_rate,omitempty"`
	// Source is where the configuration has it, as file:line.
	Source string `json:"source,omitempty"`
	// NetOptions are the options of section net as they stand there, and DiskOptions those of section disk.
	NetOptions  []Option `json:"net_options,omitempty"`
	DiskOptions []Option `json:"disk_options,omitempty"`
}

// An Option is a name and a value of the configuration.
type Option struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// VolumeSettings are those of a volume.
type VolumeSettings struct {
	Number int    `json:"number"`
	Minor  int    `json:"minor"`
	Disk   string `json:"disk"`
}

// PeerSettings are those of another host of the resource.
type PeerSettings struct {
	Name   string         `json:"name"`
	NodeID int            `json:"node_id"`
	Local  netip.AddrPort `json:"local"`
	Remote netip.AddrPort `json:"remote"`
}

// Net is what two hosts agree on.
type Net struct {
	Protocol        string `json:"protocol"`
	AllowTwoPrimary bool   `json:"two_primaries,omitempty"`
	VerifyAlg       string `json:"verify_alg,omitempty"`
	// AfterSB are after-sb-0pri, -1pri and -2pri.
	AfterSB [3]string `json:"after_sb"`
	// PingInt and PingTimeout are how long a silent peer is believed in.
	PingInt     time.Duration `json:"ping_int"`
	PingTimeout time.Duration `json:"ping_timeout"`
}
