package site

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A System is one HANA of a node: what never changes after its installation.
type System struct {
	SID    string `json:"sid"`
	Number string `json:"number"`
	// Host is the (virtual) host name that this HANA was installed with.
	Host string `json:"host"`
	// Speed is by how much everything here takes less time than with SAP.
	Speed float64 `json:"speed"`
	// Tenants are the tenant databases; the first has the name of the SID.
	Tenants []string `json:"tenants"`
}

// SystemsFile lists the systems of a node.
const SystemsFile = "/etc/ocflab/hana.json"

// ErrNone says that there is no such system here.
var ErrNone = errors.New("no such SAP HANA on this host")

// Systems returns the systems of this node.
func Systems() ([]System, error) {
	text, err := os.ReadFile(SystemsFile)
	if err != nil {
		return nil, fmt.Errorf("list the systems: %w", err)
	}
	var list []System
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, fmt.Errorf("read %s: %w", SystemsFile, err)
	}
	return list, nil
}

// Find returns the system that want accepts.
func Find(want func(System) bool) (System, error) {
	list, err := Systems()
	if err != nil {
		return System{}, err
	}
	if i := slices.IndexFunc(list, want); i >= 0 {
		return list[i], nil
	}
	return System{}, ErrNone
}

// ByNumber finds the system with an instance number.
func ByNumber(number string) (System, error) {
	return Find(func(s System) bool { return s.Number == number })
}

// BySID finds the system with a SID.
func BySID(sid string) (System, error) {
	return Find(func(s System) bool { return s.SID == sid })
}

// Own finds the system whose user this process is, by the login environment.
func Own() (System, error) {
	if sid := os.Getenv("SAPSYSTEMNAME"); sid != "" {
		return BySID(sid)
	}
	return Find(func(System) bool { return true })
}

// User is the operating system user.
func (s System) User() string { return strings.ToLower(s.SID) + "adm" }

// Instance is HDB and the number.
func (s System) Instance() string { return "HDB" + s.Number }

// Profile is the path of the instance profile.
func (s System) Profile() string {
	return filepath.Join(s.Folder(), "SYS/profile", fmt.Sprintf("%s_%s_%s", s.SID, s.Instance(), s.Host))
}

// SharedProfile is the same file under the name that sapstartsrv knows it by.
func (s System) SharedProfile() string {
	return filepath.Join(s.Shared(), "profile", filepath.Base(s.Profile()))
}

// Folder is /usr/sap/SID.
func (s System) Folder() string { return filepath.Join("/usr/sap", s.SID) }

// Shared is /hana/shared/SID.
func (s System) Shared() string { return filepath.Join("/hana/shared", s.SID) }

// InstanceFolder is $DIR_INSTANCE.
func (s System) InstanceFolder() string { return filepath.Join(s.Folder(), s.Instance()) }

// HostFolder is $SAP_RETRIEVAL_PATH, the working folder of all services.
func (s System) HostFolder() string { return filepath.Join(s.InstanceFolder(), s.Host) }

// Executable is the path of a program of this instance.
func (s System) Executable(name string) string {
	return filepath.Join(s.InstanceFolder(), "exe", name)
}

// DaemonPath is under what name hdbdaemon runs.
func (s System) DaemonPath() string {
	return filepath.Join(s.HostFolder(), "trace", fmt.Sprintf("hdb.sap%s_%s", s.SID, s.Instance()))
}

// GlobalIni is the customer's configuration.
func (s System) GlobalIni() string {
	return filepath.Join(s.Folder(), "SYS/global/hdb/custom/config/global.ini")
}

// Keys are the files that a secondary must have from its primary.
func (s System) Keys() []string {
	folder := filepath.Join(s.Folder(), "SYS/global/security/rsecssfs")
	return []string{filepath.Join(folder, "data/SSFS_"+s.SID+".DAT"), filepath.Join(folder, "key/SSFS_"+s.SID+".KEY")}
}

// JournalFolder is where the services keep their data.
func (s System) JournalFolder() string { return filepath.Join("/hana/log", s.SID, "mnt00001") }

// MemoryFile is what HANA keeps in its topology.
func (s System) MemoryFile() string {
	return filepath.Join(s.Shared(), "global/hdb/hanasim/site.json")
}

// AcceptedFile is the log of accepted writes, for the referee.
func (s System) AcceptedFile() string {
	return filepath.Join("/var/log/hanasim", s.SID+"_"+s.Instance(), "accepted.jsonl")
}

// TraceFile is a service's trace.
func (s System) TraceFile(service string, port int) string {
	return filepath.Join(s.HostFolder(), "trace", fmt.Sprintf("%s_%s.%d.000.trc", service, s.Host, port))
}

// Port is an internal port of this instance: 3, the number, and two digits.
func (s System) Port(last int) int {
	number, _ := strconv.Atoi(s.Number)
	return 30000 + 100*number + last
}

// ReplicationPort is where a service listens for its secondary: as its internal port, with a 4.
func ReplicationPort(internal int) int { return internal + 10000 }

// StartSocket is the socket of sapstartsrv.
func (s System) StartSocket() string { return fmt.Sprintf("/tmp/.sapstream5%s13", s.Number) }

// Socket is the abstract socket of a process of this instance.
func (s System) Socket(process string) string {
	return fmt.Sprintf("@hanasim/%s/%s/%s", s.SID, s.Number, process)
}

// Lasts turns a time that SAP's HANA needs into ours.
func (s System) Lasts(d time.Duration) time.Duration {
	return time.Duration(float64(d) / cmp.Or(s.Speed, 1))
}
