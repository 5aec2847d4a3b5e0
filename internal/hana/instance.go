package hana

import (
	"fmt"
	"path/filepath"
	"strings"
)

// A SID is a SAP system id, such as HA1: an upper-case letter and two upper-case letters or digits.
type SID string

// UnmarshalText reads a SID and refuses what SAP would not take for one.
func (s *SID) UnmarshalText(text []byte) error {
	ok := len(text) == 3 && isUpper(text[0])
	for _, c := range text {
		ok = ok && (isUpper(c) || isDigit(c))
	}
	if !ok {
		return fmt.Errorf("%q is no SAP system id: an upper-case letter and two upper-case letters or digits", text)
	}
	*s = SID(text)
	return nil
}

// Lower is the SID as attribute names and user names have it.
func (s SID) Lower() string { return strings.ToLower(string(s)) }

// User is the name of the system's operating system user.
func (s SID) User() string { return s.Lower() + "adm" }

// Attribute is the name of a cluster attribute of this system: hana_<sid>_<name>.
func (s SID) Attribute(name string) string { return "hana_" + s.Lower() + "_" + name }

// An InstanceNumber is the number of a SAP instance: two digits.
type InstanceNumber string

// UnmarshalText reads an instance number.
func (n *InstanceNumber) UnmarshalText(text []byte) error {
	if len(text) != 2 || !isDigit(text[0]) || !isDigit(text[1]) {
		return fmt.Errorf("%q is no instance number: two digits", text)
	}
	*n = InstanceNumber(text)
	return nil
}

func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }
func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// An Instance is one SAP HANA instance of a host (saphana.md 4).
type Instance struct {
	SID    SID
	Number InstanceNumber
}

// Name is the instance's name, as in HDB10.
func (i Instance) Name() string { return "HDB" + string(i.Number) }

// String is the instance as SAP's profiles and units name it, as in HA1_HDB10.
func (i Instance) String() string { return string(i.SID) + "_" + i.Name() }

// Dir is the instance's directory.
func (i Instance) Dir() string { return filepath.Join("/usr/sap", string(i.SID), i.Name()) }

// ExeDir is the directory of the instance's programs.
func (i Instance) ExeDir() string { return filepath.Join(i.Dir(), "exe") }

// Manifest is the file that names the installed version.
func (i Instance) Manifest() string { return filepath.Join(i.ExeDir(), "manifest") }
