package show

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// A Selection chooses columns: for each section patterns of names, of which the first that matches
// decides. A pattern with a minus in front excludes. The section's own name stands for the column of the
// objects' names. A nil Selection shows everything (hana-tools.md 2.4).
type Selection map[string][]string

// shows reports whether a column is shown. Sections are known by their singular in lower case.
func (s Selection) shows(section, column string) bool {
	if s == nil {
		return true
	}
	excluding := false
	for _, pattern := range s[strings.TrimSuffix(strings.ToLower(section), "s")] {
		exclude := strings.HasPrefix(pattern, "-")
		excluding = excluding || exclude
		matched, err := regexp.MatchString("^(?:"+strings.TrimLeft(pattern, "+-")+")$", column)
		if err == nil && matched {
			return !exclude
		}
	}
	return excluding
}

// BuiltIn is the selection of that name; one that is not known shows everything. The names with dashes are
// how Pacemaker spells what angi has with an underscore.
func BuiltIn(name string) Selection {
	words := strings.Fields
	resource := words("Resource maintenance is_managed is-managed promotable target_role target-role")
	site := words("Site lpt lss mns opMode srHook srMode srPoll srr")
	cluster := words("Global cib-time cluster-name have-quorum maintenance maintenance-mode sid stonith-enabled stonith-timeout stonith-watchdog-timeout topology")
	clusterHost := words("Host clone_state node_state roles score site sra srah standby vhost")
	sr := words("Global cib-time maintenance maintenance-mode prim sec sid topology")
	switch name {
	case "default":
		return Selection{"global": words("Global timestamp cib-time cib-update dcid maintenance maintenance-mode prim sec sid topology"), "resource": resource,
			"site": site, "host": words("Host clone_state node_state roles score site sra srah standby version vhost")}
	case "sr":
		return Selection{"global": sr, "resource": words("Resource maintenance is_managed is-managed promotable"), "site": site,
			"host": words("Host clone_state roles score site sra srah vhost")}
	case "minimal":
		return Selection{"global": sr, "resource": words("Resource maintenance is_managed is-managed"),
			"site": words("Site lpt lss mns srHook srPoll srr"), "host": words("Host clone_state roles score site")}
	case "cluster":
		return Selection{"global": cluster, "resource": resource, "site": site, "host": clusterHost}
	case "cluster2", "cluster+fail":
		return Selection{"global": cluster, "resource": resource, "site": site, "host": append(clusterHost, "fail.*")}
	case "cluster3", "cluster-plus":
		return Selection{"global": words("-dc.*"), "resource": resource, "site": site, "host": append(clusterHost, "fail.*")}
	case "sitelist":
		return Selection{"host": words("site")}
	}
	return nil
}

// ParseColumns reads a selection from the command line: "global:a,b site:c host:d". The objects' names
// are shown with it.
func ParseColumns(text string) (Selection, error) {
	selection := make(Selection)
	for _, part := range strings.Fields(text) {
		section, names, ok := strings.Cut(part, ":")
		section = strings.TrimSuffix(strings.ToLower(section), "s")
		if !ok || section == "" || names == "" {
			return nil, fmt.Errorf("%q is not of the form section:column,column", part)
		}
		title := strings.ToUpper(section[:1]) + section[1:]
		selection[section] = append(append(selection[section], title, title+"s"), strings.Split(names, ",")...)
	}
	return selection, nil
}

// ParseProperties reads a file of selections, which takes the place of the built-in ones, and returns the
// one of that name.
func ParseProperties(data []byte, name string) (Selection, error) {
	var file struct {
		Selections map[string]map[string][]string `json:"selections"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, err
	}
	if file.Selections == nil {
		return nil, errors.New("do not set 'selections'")
	}
	chosen, ok := file.Selections[name]
	if !ok {
		return nil, nil
	}
	return Selection(chosen), nil
}
