package site

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// The user and group numbers that the first system's user gets.
const (
	firstUID = 1001
	Group    = "sapsys"
	GroupID  = 79
)

// UID is the user number that a system's user gets: they differ by the instance number.
func (s System) UID() int {
	number, _ := strconv.Atoi(s.Number)
	return firstUID + number
}

// Account finds the numbers of the system's user in /etc/passwd.
func (s System) Account() (uid, gid uint32, err error) {
	text, err := os.ReadFile("/etc/passwd")
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(text)) {
		words := strings.Split(line, ":")
		if words[0] != s.User() || len(words) < 4 {
			continue
		}
		u, errU := strconv.ParseUint(words[2], 10, 32)
		g, errG := strconv.ParseUint(words[3], 10, 32)
		if errU == nil && errG == nil {
			return uint32(u), uint32(g), nil
		}
	}
	return 0, 0, fmt.Errorf("user %s is not in /etc/passwd", s.User())
}

// Home is the user's home folder.
func (s System) Home() string { return s.Folder() + "/home" }

// Environment is what a login of the user gives.
func (s System) Environment() []string {
	var list []string
	for _, v := range s.Variables() {
		list = append(list, v.Name+"="+v.Value)
	}
	return append(list, "HOME="+s.Home(), "USER="+s.User(), "LOGNAME="+s.User(), "SHELL=/bin/bash", "LANG=C.UTF-8")
}

// Variables are those that hdbenv.sh sets.
func (s System) Variables() []Key {
	exe := s.InstanceFolder() + "/exe"
	return []Key{
		{"SAPSYSTEMNAME", s.SID},
		{"TINSTANCE", s.Number},
		{"DIR_INSTANCE", s.InstanceFolder()},
		{"DIR_EXECUTABLE", exe},
		{"DIR_SYSEXE", s.Folder() + "/SYS/exe/hdb"},
		{"DIR_CT_RUN", s.Folder() + "/SYS/exe/hdb"},
		{"SAP_RETRIEVAL_PATH", s.HostFolder()},
		{"PYTHONPATH", exe + "/python_support"},
		{"PATH", strings.Join([]string{
			exe, s.InstanceFolder(), exe + "/Python/bin", exe + "/python_support",
			"/usr/sap/hostctrl/exe", "/usr/local/bin", "/usr/bin", "/bin",
		}, ":")},
	}
}
