// Package convert turns the configuration of heartbeat, haresources and ha.cf, into one of Pacemaker in crmsh's language
// that does the same: a group for each line, its preference for a node, and whether it goes back there.
//
// It reads text and writes text, and asks nobody but, for init scripts, whether a file exists. What it cannot translate
// it names by file and line, and a group that lacks something is written so that it does not start. The facts about
// haresources are those of docs/spec/ocf-framework.md, section 13; those about ha.cf are ha.cf(5)'s.
package convert
