package install

import (
	"fmt"
	"os"
	"strings"

	"ocfbox/test/hanasim/site"
)

// addUser adds the system's user and group to the node's own files.
func addUser(s site.System) error {
	lines := []struct{ path, key, line string }{
		{"/etc/group", site.Group + ":", fmt.Sprintf("%s:x:%d:", site.Group, site.GroupID)},
		{"/etc/passwd", s.User() + ":", fmt.Sprintf("%s:x:%d:%d:SAP HANA Database System Administrator:%s:/bin/bash", s.User(), s.UID(), site.GroupID, s.Home())},
		// Nobody logs in with a password: su from root and sudo need none.
		{"/etc/shadow", s.User() + ":", s.User() + ":!:19000:0:99999:7:::"},
	}
	for _, l := range lines {
		if err := addLine(l.path, l.key, l.line); err != nil {
			return err
		}
	}
	return nil
}

func addLine(path, key, line string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for known := range strings.Lines(string(text)) {
		if strings.HasPrefix(known, key) {
			return nil
		}
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := file.WriteString(line + "\n"); err != nil {
		return fmt.Errorf("add to %s: %w", path, err)
	}
	return nil
}
