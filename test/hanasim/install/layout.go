package install

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"ocfbox/test/hanasim/process"
	"ocfbox/test/hanasim/site"
)

//go:embed all:python
var python embed.FS

// A link is a symbolic link.
type link struct{ path, target string }

func exe(s site.System) string { return filepath.Join(s.Shared(), "exe/linuxx86_64/hdb") }

func folders(s site.System) []string {
	return []string{
		filepath.Join(s.Shared(), s.Instance(), s.Host, "trace"),
		filepath.Join(s.Shared(), s.Instance(), "backup/data"),
		filepath.Join(s.Shared(), "global/hdb/custom/config"),
		filepath.Join(s.Shared(), "global/security/rsecssfs/data"),
		filepath.Join(s.Shared(), "global/security/rsecssfs/key"),
		filepath.Join(s.Shared(), "profile"),
		filepath.Join(exe(s), "python_support/hdb_ha_dr"),
		filepath.Join(exe(s), "Python/bin"),
		filepath.Join(s.Folder(), "SYS/exe"),
		s.Home(), s.JournalFolder(), filepath.Join("/hana/data", s.SID, "mnt00001"),
		"/usr/sap/hostctrl/exe/", "/usr/sap/hostctrl/work", filepath.Dir(s.AcceptedFile()),
	}
}

// Programs are the names below an instance's exe folder.
func Programs() []string {
	return []string{
		"sapcontrol", "sapstartsrv", "sapstart", "hdbnsutil", "hdbsql", "cleanipc",
		"hdbnameserver", "hdbindexserver", "hdbxsengine", "hdbcompileserver", "hdbpreprocessor", "hdbwebdispatcher",
	}
}

func links(s site.System) []link {
	list := []link{
		{s.InstanceFolder(), filepath.Join(s.Shared(), s.Instance())},
		{filepath.Join(s.Shared(), s.Instance(), "exe"), filepath.Join(s.Folder(), "SYS/exe/hdb")},
		{filepath.Join(s.Folder(), "SYS/exe/hdb"), exe(s)},
		{filepath.Join(s.Folder(), "SYS/global"), filepath.Join(s.Shared(), "global")},
		{filepath.Join(s.Folder(), "SYS/profile"), filepath.Join(s.Shared(), "profile")},
		{filepath.Join(exe(s), "Python/bin/python"), Binary},
		{filepath.Join(s.Shared(), s.Instance(), "HDB"), Binary},
		{filepath.Join(s.Shared(), s.Instance(), "HDBSettings.sh"), Binary},
		{filepath.Join(s.Shared(), s.Instance(), s.Host, "trace", filepath.Base(s.DaemonPath())), Binary},
		// Before the host's own, where there is one.
		{"/usr/local/bin/rsync", Binary},
	}
	for _, name := range Programs() {
		list = append(list, link{filepath.Join(exe(s), name), Binary})
	}
	for _, name := range []string{"saphostctrl", "saphostexec", "sapcontrol"} {
		list = append(list, link{filepath.Join("/usr/sap/hostctrl/exe", name), Binary})
	}
	return list
}

// Manifest is the head of the file exe/manifest.
const Manifest = `comptype: HDB
keyname: HDB
keycaption: SAP HANA DATABASE
supported-phases: prepare,offline,online
requires-restart: true
keyvendor: sap.com
release: 2.00
rev-number: 059
rev-patchlevel: 00
sp-number: 059
fullversion: 2.00.059.00 Build 1636468417-1530
`

func texts(s site.System, p Plan) map[string]string {
	list := map[string]string{
		s.Profile():                          profile(s),
		"/usr/sap/sapservices":               services(s),
		s.GlobalIni():                        globalIni(p),
		s.HostFolder() + "/daemon.ini":       "[daemon]\n",
		exe(s) + "/manifest":                 Manifest,
		s.Home() + "/.profile":               loginProfile(s),
		"/usr/sap/hostctrl/exe/host_profile": "SAPSYSTEMNAME = SAP\nSAPSYSTEM = 99\n",
		s.Shared() + "/profile/DEFAULT.PFL":  fmt.Sprintf("SAPSYSTEMNAME = %s\nSAPGLOBALHOST = %s\n", s.SID, s.Host),
	}
	for _, tool := range []string{"landscapeHostConfiguration", "systemReplicationStatus", "getParameter"} {
		list[filepath.Join(exe(s), "python_support", tool+".py")] = fmt.Sprintf(
			"\"\"\"The simulator's python answers for %s.py; see docs/hanasim.md.\"\"\"\n", tool)
	}
	for _, path := range s.Keys() {
		// Sites that are set up as one system have one key; fresh installations differ.
		owner := p.SID
		if p.State == Installed {
			owner = s.Host
		}
		list[path] = fmt.Sprintf("%s of %s\n", filepath.Base(path), owner)
	}
	return list
}

func profile(s site.System) string {
	return fmt.Sprintf(`SAPSYSTEMNAME = %[1]s
SAPLOCALHOST = %[3]s
SAPSYSTEM = %[2]s
INSTANCE_NAME = HDB%[2]s
DIR_CT_RUN = $(DIR_EXE_ROOT)$(DIR_SEP)hdb
DIR_EXECUTABLE = $(DIR_INSTANCE)/exe
DIR_PROFILE = $(DIR_INSTALL)$(DIR_SEP)profile
_PF = $(DIR_PROFILE)/%[1]s_HDB%[2]s_%[3]s
Autostart = 0
`, s.SID, s.Number, s.Host)
}

func services(s site.System) string {
	return fmt.Sprintf("#!/bin/sh\nLD_LIBRARY_PATH=%[1]s/exe:$LD_LIBRARY_PATH;export LD_LIBRARY_PATH;%[1]s/exe/sapstartsrv pf=%[2]s -D -u %[3]s\n",
		s.InstanceFolder(), s.SharedProfile(), s.User())
}

func globalIni(p Plan) string {
	var b strings.Builder
	b.WriteString("[multidb]\nmode = multidb\ndatabase_isolation = low\nsinglecontainer = yes\n\n")
	b.WriteString("[persistence]\nbasepath_datavolumes = /hana/data/" + p.SID + "\nbasepath_logvolumes = /hana/log/" + p.SID + "\n\n")
	b.WriteString("[system_replication_communication]\nlisteninterface = .internal\n\n[system_replication_hostname_resolution]\n")
	for i, host := range p.Hosts {
		fmt.Fprintf(&b, "%s = %s\n", p.Addresses[i], host)
	}
	b.WriteString(p.Providers)
	return b.String()
}

func loginProfile(s site.System) string {
	var b strings.Builder
	b.WriteString("# Login environment of the SAP HANA administrator.\n")
	for _, v := range s.Variables() {
		fmt.Fprintf(&b, "export %s=%s\n", v.Name, v.Value)
	}
	fmt.Fprintf(&b, "PS1='\\h:%s> '\nalias cdtrace='cd %s/trace'\nalias cdcoc='cd %s'\n", s.User(), s.HostFolder(), filepath.Dir(s.GlobalIni()))
	return b.String()
}

// copyPython puts the stand-in for SAP's Python classes where HANA has them.
func copyPython(s site.System) error {
	support := filepath.Dir(filepath.Join(exe(s), process.ProviderHost))
	return fs.WalkDir(python, "python", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := python.ReadFile(path)
		if err != nil {
			return err
		}
		rest, err := filepath.Rel("python", path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(support, rest), text, 0o644)
	})
}
