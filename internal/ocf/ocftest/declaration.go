package ocftest

import (
	"slices"
	"strings"
	"testing"

	"ocfbox/internal/ocf"
)

// CheckDeclaration tests what every agent's declaration promises: an advertised operation exists, an
// existing one is advertised, the words are there, and the defaults can be read.
func CheckDeclaration(t *testing.T, agent *ocf.Agent) {
	t.Helper()
	params := ocf.NewParams(nil)
	actions := agent.New(params)
	have := map[string]ocf.ActionFunc{
		"start": actions.Start, "stop": actions.Stop, "monitor": actions.Monitor, "status": actions.Status,
		"validate-all": actions.Validate, "promote": actions.Promote, "demote": actions.Demote, "notify": actions.Notify,
		"migrate_to": actions.MigrateTo, "migrate_from": actions.MigrateFrom, "reload": actions.Reload,
	}
	must := func(holds bool, format string, args ...any) {
		t.Helper()
		if !holds {
			t.Errorf(format, args...)
		}
	}
	for _, op := range agent.Ops {
		must(op.Name == "meta-data" || have[op.Name] != nil, "%s is advertised and does not exist", op.Name)
		must(op.Timeout > 0, "%s has no time-out", op.Name)
	}
	for name, action := range have {
		advertised := slices.ContainsFunc(agent.Ops, func(op ocf.Op) bool { return op.Name == name })
		// The shell agents answer to status, and not all advertise it.
		must(action == nil || advertised || name == "status", "%s exists and is not advertised", name)
	}
	must(agent.Name != "" && agent.Version != "" && agent.Short != "" && agent.Long != "", "the agent lacks words")
	names := make(map[string]bool)
	for _, parameter := range params.Declared() {
		must(!names[parameter.Name], "parameter %s is declared twice", parameter.Name)
		names[parameter.Name] = true
		if parameter.Flags&ocf.Hidden == 0 {
			must(parameter.Short != "" && parameter.Long != "", "parameter %s lacks words", parameter.Name)
			must(!strings.HasSuffix(parameter.Short, "."), "parameter %s: the short text is no sentence", parameter.Name)
		}
		err := params.Err(parameter.Name)
		must(err == nil || parameter.Flags&ocf.Required != 0, "the default cannot be read: %v", err)
	}
}
