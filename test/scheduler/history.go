package scheduler

import (
	"strconv"
	"strings"

	"github.com/beevik/etree"
)

// forgetMonitors removes from the history of a resource on a node the recurring monitors that are older than what
// ended them: their cancellation, or an operation that changed the resource's state.
func forgetMonitors(history *etree.Element) {
	changed := 0
	cancelled := make(map[string]int)
	for _, entry := range history.SelectElements("lrm_rsc_op") {
		call := number(entry, "call-id")
		switch entry.SelectAttrValue("operation", "") {
		case "start", "stop", "promote", "demote":
			changed = max(changed, call)
		case "cancel":
			cancelled[entry.SelectAttrValue("interval", "")] = call
			history.RemoveChild(entry)
		}
	}
	for _, entry := range history.SelectElements("lrm_rsc_op") {
		interval, call := entry.SelectAttrValue("interval", "0"), number(entry, "call-id")
		if interval != "0" && call < max(changed, cancelled[interval]) && !isLastFailure(entry) {
			history.RemoveChild(entry)
		}
	}
}

func isLastFailure(entry *etree.Element) bool {
	return strings.HasSuffix(entry.SelectAttrValue("id", ""), "_last_failure_0")
}

func number(element *etree.Element, name string) int {
	n, err := strconv.Atoi(element.SelectAttrValue(name, "0"))
	if err != nil {
		return 0
	}
	return n
}

// failCount is the transient attribute that counts the failures of an operation that does not recur.
func failCount(resource, operation string) string {
	return "fail-count-" + resource + "#" + operation + "_0"
}

// forgetFailures removes the counts and times of a resource's failures.
func forgetFailures(set *etree.Element, resource string) {
	for _, pair := range set.SelectElements("nvpair") {
		name := pair.SelectAttrValue("name", "")
		if strings.HasPrefix(name, "fail-count-"+resource+"#") || strings.HasPrefix(name, "last-failure-"+resource+"#") {
			set.RemoveChild(pair)
		}
	}
}
