package srhook

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// providerName is the Python module and class.
const providerName = "SAPHanaSR"

// rivals are providers that do the same, in other installations (hana-hooks.md 3).
func rivals() []string {
	return []string{"susHanaSR", "HanaSR", "SAPHanaSrMultiTarget", "SAPHanaSrTwRefresh"}
}

// providers checks that HANA loads the provider, and that the file is one it can load.
func (c *Checker) providers(ctx context.Context) {
	path, text, err := c.globalINI()
	if err != nil {
		state := Unknown
		if errors.Is(err, fs.ErrNotExist) {
			state = Failed
		}
		c.found(state, "global.ini", "each site has its own; see ocfbox-srhook(7)", "%v", err)
		return
	}
	list, trace := Providers(text)
	var ours []Provider
	for _, p := range list {
		if p.Name == providerName {
			ours = append(ours, p)
		}
		for _, rival := range rivals() {
			if p.Name == rival {
				c.found(Failed, "global.ini", "remove one of the two sections: both write the same attribute",
					"[%s] loads %s, which does the same", p.Section, rival)
			}
		}
	}
	switch {
	case len(ours) == 0:
		c.found(Failed, "global.ini", "add the section [ha_dr_provider_SAPHanaSR], then hdbnsutil -reloadHADRProviders",
			"%s loads no provider %s", path, providerName)
		return
	case len(ours) > 1:
		c.found(Failed, "global.ini", "remove all but one of the sections", "%s loads %s more than once", path, providerName)
	default:
		c.found(OK, "global.ini", "", "%s loads %s from %s", path, providerName, ours[0].Path)
	}
	if trace == "" {
		c.found(Warning, "global.ini", "add ha_dr_saphanasr = info to the section [trace]", "no trace level for the provider")
	}
	c.providerFile(ctx, ours[0])
}

func (c *Checker) globalINI() (path, text string, err error) {
	for _, path = range globalINIs(c.Root, string(c.SID)) {
		var data []byte
		if data, err = os.ReadFile(path); err == nil {
			return path, string(data), nil
		}
	}
	return path, "", err
}

// providerFile checks the file itself: <sid>adm must be able to read it, and nobody else should be able
// to change it.
func (c *Checker) providerFile(ctx context.Context, p Provider) {
	file := filepath.Join(c.Root, p.Path, providerName+".py")
	text, err := os.ReadFile(file)
	if err != nil {
		c.found(Failed, "provider", "install it there, or let path in global.ini lead to it", "%v", err)
		return
	}
	if !strings.Contains(string(text), "class "+providerName+"(") {
		c.found(Failed, "provider", "install it again", "%s has no class %s", file, providerName)
	}
	switch result, err := c.as(ctx, "test", "-r", file); {
	case err != nil:
		c.found(Unknown, "provider", "", "can %s read %s? %v", c.SID.User(), file, err)
	case !result.OK():
		c.found(Failed, "provider", "chmod 0644, and 0755 for the folders above", "%s cannot read %s", c.SID.User(), file)
	default:
		c.found(OK, "provider", "", "%s can read %s", c.SID.User(), file)
	}
	for _, path := range []string{file, filepath.Dir(file)} {
		c.writable(path)
	}
}

// writable finds those who can change what HANA runs.
func (c *Checker) writable(path string) {
	var stat unix.Stat_t
	if err := unix.Stat(path, &stat); err != nil {
		c.found(Unknown, "provider", "", "%s: %v", path, err)
		return
	}
	switch {
	case stat.Mode&0o002 != 0:
		c.found(Failed, "provider", "chmod o-w "+path, "everybody can write %s, and so run code in HANA", path)
	case stat.Uid != 0 || stat.Mode&0o020 != 0 && stat.Gid != 0:
		c.found(Warning, "provider", "let it belong to root, mode 0755 or 0644", "others than root can write %s", path)
	}
}
