package hana

import (
	"fmt"
	"strings"
)

// A SyncStatus is the exit status of systemReplicationStatus.py (saphana.md 6.4).
type SyncStatus int

// The statuses. SyncUnknown is the script's own word for not knowing.
const (
	SyncNone         SyncStatus = 10
	SyncError        SyncStatus = 11
	SyncUnknown      SyncStatus = 12
	SyncInitialising SyncStatus = 13
	SyncSyncing      SyncStatus = 14
	SyncActive       SyncStatus = 15
)

// String is the status in the script's words.
func (s SyncStatus) String() string {
	switch s {
	case SyncNone:
		return "no system replication"
	case SyncError:
		return "error"
	case SyncUnknown:
		return "unknown"
	case SyncInitialising:
		return "initialising"
	case SyncSyncing:
		return "syncing"
	case SyncActive:
		return "active"
	}
	return fmt.Sprintf("SyncStatus(%d)", int(s))
}

// ParseSyncStatus reads the exit status and the text that goes with it. Some releases exit with 15 without
// a working replication, so active also needs the word in the text; without it, and for an exit status
// that is not the script's, the error is ErrGarbled.
func ParseSyncStatus(code int, text string) (SyncStatus, error) {
	status := SyncStatus(code)
	switch {
	case status < SyncNone || status > SyncActive:
		return 0, fmt.Errorf("replication status: %w: exit %d", ErrGarbled, code)
	case status == SyncActive && !strings.Contains(text, "ACTIVE"):
		return 0, fmt.Errorf("replication status: %w: exit %d without ACTIVE in %q", ErrGarbled, code, clip(text))
	}
	return status, nil
}
