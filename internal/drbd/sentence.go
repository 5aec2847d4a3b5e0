package drbd

import (
	"strconv"
	"time"
)

// deviceName is a volume as people call it.
func deviceName(resource string, volume, minor int) string {
	if resource == "" {
		return "minor " + strconv.Itoa(minor)
	}
	return resource + "/" + strconv.Itoa(volume)
}

func label(resource string) string {
	if resource == "" {
		return "a resource"
	}
	return resource
}

// several is a number of things, one or several.
func several(n int64, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return strconv.FormatInt(n, 10) + " " + thing + "s"
}

func (in Observation) localName() string { return nameOr(in.Local.Name, "this host") }

func (in Observation) remoteName() string {
	if in.Remote == nil {
		return otherHost
	}
	return nameOr(in.Remote.Name, otherHost)
}

const otherHost = "the other host"

// otherSide is the host that a step for the other side of a connection is to be typed on.
func (in Observation) otherSide(v view) string {
	if name := in.remoteName(); name != otherHost || v.peer == nil || v.peer.Name == unnamedPeer {
		return name
	}
	return nameOr(v.peer.Name, otherHost)
}

func nameOr(name, otherwise string) string {
	if name == "" {
		return otherwise
	}
	return name
}

// since is a time for a sentence, empty when it is not known.
func since(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return " at " + at.Format(time.RFC3339)
}
