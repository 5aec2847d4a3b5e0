package srhook

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// The Python modules and classes of the providers.
const (
	providerName = "SAPHanaSR"
	takeoverName = "susTkOver"
)

// rivals are providers that do what SAPHanaSR does, in other installations (hana-hooks.md 3).
func rivals() []string {
	return []string{"susHanaSR", "HanaSR", "SAPHanaSrMultiTarget", "SAPHanaSrTwRefresh"}
}

// providers checks that HANA loads the providers, and that the files are ones it can load.
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
	for _, p := range list {
		if slices.Contains(rivals(), p.Name) {
			c.found(Failed, "global.ini", "remove one of the two sections: both write the same attribute",
				"[%s] loads %s, which does the same", p.Section, p.Name)
		}
	}
	if !c.provider(ctx, path, providerName, list, trace) {
		c.found(Failed, "global.ini", "add the section [ha_dr_provider_SAPHanaSR], then hdbnsutil -reloadHADRProviders",
			"%s loads no provider %s", path, providerName)
	}
	if c.blocks = c.provider(ctx, path, takeoverName, list, trace); !c.blocks {
		c.found(Warning, "global.ini", "add the section [ha_dr_provider_susTkOver], then hdbnsutil -reloadHADRProviders",
			"%s loads no provider %s: nothing refuses a takeover by hand", path, takeoverName)
		return
	}
	c.program(HelperPath, "ocfbox install makes the link; until then no takeover is permitted, not even the cluster's")
}

// provider checks one provider's section, trace level and file, and tells whether it is loaded.
func (c *Checker) provider(ctx context.Context, ini, name string, list []Provider, trace map[string]string) bool {
	list = slices.DeleteFunc(slices.Clone(list), func(p Provider) bool { return p.Name != name })
	switch len(list) {
	case 0:
		return false
	case 1:
		c.found(OK, "global.ini", "", "%s loads %s from %s", ini, name, list[0].Path)
	default:
		c.found(Failed, "global.ini", "remove all but one of the sections", "%s loads %s more than once", ini, name)
	}
	if lower := strings.ToLower(name); trace[lower] == "" {
		c.found(Warning, "global.ini", "add "+tracePrefix+lower+" = info to the section [trace]", "no trace level for the provider %s", name)
	}
	c.providerFile(ctx, list[0])
	return true
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
	file := filepath.Join(c.Root, p.Path, p.Name+".py")
	text, err := os.ReadFile(file)
	if err != nil {
		c.found(Failed, "provider", "install it there, or let path in global.ini lead to it", "%v", err)
		return
	}
	if !strings.Contains(string(text), "class "+p.Name+"(") {
		c.found(Failed, "provider", "install it again", "%s has no class %s", file, p.Name)
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
