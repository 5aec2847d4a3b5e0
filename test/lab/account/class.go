package account

import (
	"path/filepath"
	"strings"
)

// A class says whose a program is.
type class int

const (
	other class = iota
	// sap is a tool of SAP's, and all that it starts.
	sap
	// tool is one of the cluster's tools, and what it starts.
	tool
)

// classify tells whose program a path, or a thread's name of 15 letters, is.
func classify(path string) class {
	name := filepath.Base(path)
	switch {
	case strings.HasPrefix(path, "/usr/sap/"), strings.HasPrefix(path, "/hana/shared/"):
		return sap
	case strings.HasPrefix(name, "hdb"), strings.HasPrefix(name, "HDB"), strings.HasPrefix(name, "saphost"):
		return sap
	case name == "sapcontrol", name == "sapstartsrv", name == "sapstart", name == "cleanipc":
		return sap
	case strings.HasPrefix(name, "crm_"), strings.HasPrefix(name, "corosync-"):
		return tool
	case name == "cibadmin", name == "attrd_updater", name == "crmadmin", name == "stonith_admin":
		return tool
	}
	return other
}

// within is the class of a program executed by a process whose class was c.
func (c class) within(path string) class {
	if c == sap {
		return sap
	}
	if own := classify(path); own != other {
		return own
	}
	return c
}

// agentFolder is where the agents are, with a folder for each provider.
const agentFolder = "/usr/lib/ocf/resource.d/"
