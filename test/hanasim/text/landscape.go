package text

import "ocfbox/test/hanasim/wire"

// A Landscape is the state of a host as landscapeHostConfiguration.py sees it.
type Landscape struct {
	Host string
	// Status is its exit code.
	Status int
	// Active is yes, no, or starting.
	Active string
}

// Exit codes of landscapeHostConfiguration.py.
const (
	LandscapeFatal   = 0
	LandscapeError   = 1
	LandscapeWarning = 2
	LandscapeInfo    = 3
	LandscapeOK      = 4
)

// LandscapeOf judges a nameserver's services; a nil state is that of a nameserver that is not there.
func LandscapeOf(host string, s *wire.State) Landscape {
	l := Landscape{Host: host, Status: LandscapeError, Active: "no"}
	if s == nil {
		return l
	}
	all, nameserver := true, false
	for _, v := range s.Services {
		all = all && v.Active == "yes"
		nameserver = nameserver || v.Name == "nameserver" && v.Active == "yes"
	}
	switch {
	case all:
		l.Status, l.Active = LandscapeOK, "yes"
	case nameserver:
		l.Status, l.Active = LandscapeWarning, "yes"
	default:
		l.Active = "starting"
	}
	return l
}

func (l Landscape) word() string {
	return []string{"fatal", "error", "warning", "info", "ok"}[l.Status]
}

// roles are the actual roles, which only a host that works has.
func (l Landscape) roles() (nameserver, indexserver, host string) {
	if l.Active != "yes" {
		return "", "", ""
	}
	return "master", "master", "worker"
}

// Lines is the output with --sapcontrol=1 (saphana-topology.md 7.1).
func (l Landscape) Lines() string {
	nameserver, indexserver, host := l.roles()
	if l.Active == "no" {
		return marked([]string{
			"host=" + l.Host, "hostActive=no", "hostStatus=" + l.word(),
			"nameServerConfigRole=master 1", "nameServerActualRole=", "indexServerConfigRole=worker", "indexServerActualRole=",
		})
	}
	return marked([]string{
		"host=" + l.Host, "hostActive=" + l.Active, "hostStatus=" + l.word(), "failoverStatus=", "removeStatus=",
		"storageConfigPartition=1", "storageActualPartition=1", "failoverConfigGroup=default", "failoverActualGroup=default",
		"nameServerConfigRole=master 1", "nameServerActualRole=" + nameserver,
		"indexServerConfigRole=worker", "indexServerActualRole=" + indexserver,
		"hostConfigRoles=worker", "hostActualRoles=" + host, "workerConfigGroups=default", "workerActualGroups=default",
	})
}

// Table is the output for people, with the columns of the guide's print.
func (l Landscape) Table() string {
	nameserver, indexserver, _ := l.roles()
	headings := [][]string{
		{"Host", "Host", "Host", "Failover", "Storage", "Storage", "Failover", "Failover", "NameServer", "NameServer", "IndexServer", "IndexServer"},
		{"", "Active", "Status", "Status", "Config Partition", "Actual Partition", "Config Group", "Actual Group",
			"Config Role", "Actual Role", "Config Role", "Actual Role"},
	}
	actual := "1"
	if l.Active == "no" {
		actual = "0"
	}
	row := []string{l.Host, l.Active, l.word(), "", "1", actual, "default", "default", "master 1", nameserver, "worker", indexserver}
	return grid(headings, [][]string{row}, map[int]bool{4: true, 5: true}) + "\noverall host status: " + l.word() + "\n"
}
