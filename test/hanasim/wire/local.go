package wire

import (
	"time"

	"ocfbox/test/hanasim/core"
	"ocfbox/test/hanasim/site"
)

// A ServiceMessage goes from a service to its nameserver. The first one names the service.
type ServiceMessage struct {
	Service *site.Service `json:"service,omitempty"`
	// Active: the service does its work.
	Active bool `json:"active,omitempty"`
	// Report tells of a replication channel; it is answered when the HA/DR providers know.
	Report *Report `json:"report,omitempty"`
	// Applied is the version of the role that the service took. Drained: all secondaries have everything.
	Applied uint64 `json:"applied,omitempty"`
	Drained bool   `json:"drained,omitempty"`
	// Usable tells whether a secondary's data is complete.
	Usable bool `json:"usable,omitempty"`
	// Peers came from another site.
	Peers []site.Peer `json:"peers,omitempty"`
	// From is the site that Peers came from: a secondary tells of its own secondaries only.
	From int `json:"from,omitempty"`
}

// A Report is the state of one channel of one service.
type Report struct {
	Number uint64      `json:"number"`
	Site   int         `json:"site"`
	Name   string      `json:"name"`
	Mode   core.Mode   `json:"mode"`
	Status core.Status `json:"status"`
	InSync bool        `json:"in_sync"`
	// Reason is why, in HANA's words: Starting, or nothing.
	Reason  string `json:"reason,omitempty"`
	Details string `json:"details,omitempty"`
}

// An Order goes from a nameserver to its services.
type Order struct {
	// Role is what the site is now, with all it knows.
	Role *Role `json:"role,omitempty"`
	// Reported is the number of a Report that was passed on.
	Reported uint64 `json:"reported,omitempty"`
	// Active answers that of a ServiceMessage: from now on the nameserver says so of the service. Only then hdbdaemon
	// may, for a database whose processes are all green is one whose landscape is ok.
	Active bool `json:"active,omitempty"`
}

// A Role is what a service needs to know of its site.
type Role struct {
	// Version counts the changes.
	Version       uint64      `json:"version"`
	Mode          core.Mode   `json:"mode"`
	ID            int         `json:"id"`
	Name          string      `json:"name"`
	OperationMode string      `json:"operation_mode"`
	Peers         []site.Peer `json:"peers"`
	Epoch         uint64      `json:"epoch"`
	Remote        string      `json:"remote,omitempty"`
	Suspended     bool        `json:"suspended,omitempty"`
	FullCopy      bool        `json:"full_copy,omitempty"`
	FullSync      bool        `json:"full_sync,omitempty"`
	// Timeout is logshipping_timeout, in the simulator's time.
	Timeout time.Duration `json:"timeout"`
}

// A Question is what a command asks a process of its instance.
type Question struct {
	// Ask is one of the words below.
	Ask string `json:"ask"`
	// Force permits a takeover without asking the providers.
	Force bool `json:"force,omitempty"`
	// Handshake suspends the primary first.
	Handshake bool `json:"handshake,omitempty"`
	// Name and ID name a site.
	Name string `json:"name,omitempty"`
	ID   int    `json:"id,omitempty"`
	// Args are those of a function of sapcontrol.
	Args []string `json:"args,omitempty"`
	// SQL is a statement, Database where it goes.
	SQL string `json:"sql,omitempty"`
}

// What can be asked of nameserver and daemon. Functions of sapstartsrv are asked by their names.
const (
	AskState    = "state"
	AskEnable   = "enable"
	AskDisable  = "disable"
	AskTakeover = "takeover"
	AskDrop     = "drop"
	AskReload   = "reload"
	AskBackedUp = "backed-up"
	AskStop     = "stop"
	AskStopping = "stopping"
	AskMode     = "mode"
)

// An Answer is what a process says.
type Answer struct {
	// Error is why it could not do it.
	Error string `json:"error,omitempty"`
	// Code is the number that HANA's own error has.
	Code      int            `json:"code,omitempty"`
	State     *State         `json:"state,omitempty"`
	Processes []ProcessState `json:"processes,omitempty"`
	Providers []Provider     `json:"providers,omitempty"`
	Lines     []string       `json:"lines,omitempty"`
	Columns   []string       `json:"columns,omitempty"`
	Rows      [][]string     `json:"rows,omitempty"`
	Count     int            `json:"count,omitempty"`
	Server    time.Duration  `json:"server,omitempty"`
}

// A State is what a nameserver knows.
type State struct {
	Memory   site.Memory    `json:"memory"`
	Mode     core.Mode      `json:"mode"`
	ID       int            `json:"id"`
	Name     string         `json:"name"`
	OpMode   string         `json:"op_mode"`
	Services []ServiceState `json:"services"`
	Channels []Channel      `json:"channels"`
}

// A ServiceState is a service as its nameserver sees it: starting, yes or no.
type ServiceState struct {
	site.Service
	Active string `json:"active"`
	Usable bool   `json:"usable"`
}

// A Channel is a replication channel of a service.
type Channel struct {
	site.Service
	Report
}

// A ProcessState is a line of GetProcessList.
type ProcessState struct {
	Name    string    `json:"name"`
	Title   string    `json:"title"`
	Color   string    `json:"color"`
	Text    string    `json:"text"`
	Started time.Time `json:"started"`
	Pid     int       `json:"pid"`
}

// A Provider is a loaded HA/DR provider.
type Provider struct {
	Name        string `json:"name"`
	Company     string `json:"company"`
	Description string `json:"description"`
	Version     string `json:"version"`
	Path        string `json:"path"`
	Order       int    `json:"order"`
}
