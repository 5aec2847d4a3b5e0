package srhook

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"ocfbox/internal/crm"
	"ocfbox/internal/hana"
	"ocfbox/internal/run"
)

// A State is what a check has found.
type State string

// The states. A warning is for something that works, and that somebody should know of.
const (
	OK      State = "ok"
	Warning State = "warning"
	Failed  State = "failed"
	Unknown State = "unknown"
)

// A Finding is the result of one check. The JSON names are a promise.
type Finding struct {
	State State `json:"state"`
	// Check is what was checked, in one word; Text what was found.
	Check string `json:"check"`
	Text  string `json:"text"`
	// Hint is the way out, empty for none.
	Hint string `json:"hint,omitempty"`
}

// A Checker finds out whether the providers can do their work on this node (hana-hooks.md 9, selftest).
type Checker struct {
	Runner  run.Runner
	Cluster *crm.Cluster
	// Root is that of the file system, "/" but in tests.
	Root string
	SID  hana.SID
	// Sites are the replication sites, all of them: each becomes the secondary one day.
	Sites []Site
	// Generic accepts the rule of SUSE's guide, whose wildcard opens more than is wanted.
	Generic bool
	// UID is the user that runs the check: root, or <sid>adm itself.
	UID int

	findings []Finding
	user     user
	// blocks tells that HANA loads susTkOver, which asks the helper before each takeover.
	blocks bool
}

// A user is <sid>adm.
type user struct {
	uid, gid string
	groups   []string
}

// Check makes all checks, in the order in which an administrator sets things up.
func (c *Checker) Check(ctx context.Context) []Finding {
	c.findings, c.blocks = nil, false
	c.program(CRMAttribute, "install Pacemaker's command line tools; the rules in sudoers name this path")
	if c.account(ctx) {
		c.providers(ctx)
		c.rules(ctx)
	}
	c.cluster(ctx)
	c.files()
	return c.findings
}

func (c *Checker) found(state State, check, hint, format string, args ...any) {
	c.findings = append(c.findings, Finding{state, check, fmt.Sprintf(format, args...), hint})
}

// program checks that a program is where the rules in sudoers name it.
func (c *Checker) program(path, hint string) {
	info, err := os.Stat(filepath.Join(c.Root, path))
	switch {
	case err != nil:
		c.found(Failed, "program", hint, "%v", err)
	case !info.Mode().IsRegular() || info.Mode()&0o111 == 0:
		c.found(Failed, "program", hint, "%s cannot be executed", path)
	default:
		c.found(OK, "program", "", "%s is there", path)
	}
}

// account finds <sid>adm, as whom the rest is tried.
func (c *Checker) account(ctx context.Context) bool {
	name := c.SID.User()
	for _, question := range []struct {
		option string
		answer func(string)
	}{
		{"-u", func(text string) { c.user.uid = text }},
		{"-g", func(text string) { c.user.gid = text }},
		{"-nG", func(text string) { c.user.groups = strings.Fields(text) }},
	} {
		result, err := c.Runner.Run(ctx, run.Cmd{Path: "id", Args: []string{question.option, name}})
		switch {
		case err != nil:
			c.found(Unknown, "user", "", "user %s: %v", name, err)
			return false
		case !result.OK():
			c.found(Failed, "user", "HANA is not installed on this host, or its directory server does not answer",
				"there is no user %s", name)
			return false
		}
		question.answer(result.Text())
	}
	c.found(OK, "user", "", "user %s is there", name)
	return true
}

// as runs a program as <sid>adm.
func (c *Checker) as(ctx context.Context, words ...string) (run.Result, error) {
	if fmt.Sprint(c.UID) != c.user.uid {
		name := c.SID.User()
		words = append([]string{"setpriv", "--reuid=" + name, "--regid=" + c.user.gid, "--init-groups"}, words...)
	}
	return c.Runner.Run(ctx, run.Cmd{Path: words[0], Args: words[1:]})
}

// cluster checks what the cluster has of the provider.
func (c *Checker) cluster(ctx context.Context) {
	cib, err := c.Cluster.CIB(ctx)
	c.membership(cib)
	if errors.Is(err, crm.ErrNotConnected) {
		c.found(Warning, "cluster", "what the provider reports until it runs is left in files, see ocfbox srhook drain",
			"the cluster is not running on this node")
		return
	}
	if err != nil {
		c.found(Unknown, "cluster", "", "%v", err)
		return
	}
	c.found(OK, "cluster", "", "the cluster answers")
	written := 0
	for _, site := range c.Sites {
		if value, ok := cib.Value(Attribute(c.SID, site)); ok {
			written++
			c.found(OK, "attribute", "", "%s%s is %s", prefix(c.SID), site, value)
		}
	}
	if written == 0 {
		c.found(Warning, "attribute", "there was no event since the provider was set up: restart the secondary once",
			"no attribute %s* is set", prefix(c.SID))
	}
}

// membership finds a user whom the cluster obeys without sudo: rules are of little use then. cib is nil when
// it is not known.
func (c *Checker) membership(cib *crm.CIB) {
	if !slices.Contains(c.user.groups, "haclient") {
		return
	}
	text := "whether the cluster has access control lists is not known"
	if cib != nil {
		acl, _ := cib.Value(crm.PropertyOf("", "enable-acl"))
		text = "and enable-acl is " + strconv.Quote(acl)
	}
	c.found(Warning, "user", "without enable-acl=true this group may change everything, whatever sudo says",
		"%s is in group haclient, %s", c.SID.User(), text)
}

// files reports what waits to be written.
func (c *Checker) files() {
	waiting := 0
	for _, folder := range Folders(c.Root, c.SID) {
		pending, err := Pending(folder)
		if err != nil {
			c.found(Unknown, "files", "", "%v", err)
			return
		}
		for _, path := range pending {
			waiting++
			c.found(Warning, "files", "the resource agent writes it at its next monitor; or run ocfbox srhook drain",
				"%s waits to be written", path)
		}
	}
	if waiting == 0 {
		c.found(OK, "files", "", "no event waits to be written")
	}
}
