package crmtest

// A line is a command line and its answer. An out of "*" is anything.
type line struct {
	args []string
	code int
	out  string
	err  string
}

// commandLines run in this order: later ones see what earlier ones wrote.
func commandLines(node, n string) []line {
	const none = "crm_attribute: Error performing operation: No such device or address"
	scope := func(scope, value string) string { return "scope=" + scope + "  name=" + n + " value=" + value + "\n" }
	return []line{
		{[]string{"crm_attribute", "-N", node, "-G", "-n", n, "-l", "reboot", "-q", "-d", ""}, 0, "\n", ""},
		{[]string{"crm_attribute", "-N", node, "-G", "-n", n, "-l", "forever", "-d", "x"}, 0, scope("nodes", "x"), ""},
		{[]string{"crm_attribute", "-N", node, "-G", "-n", n, "-l", "reboot", "-q"}, 105, "", none},
		{[]string{"crm_attribute", "-N", node, "-v", "a b", "-n", n, "-l", "forever"}, 0, "", ""},
		{[]string{"crm_attribute", "-qGN" + node, "-n" + n, "-lforever"}, 0, "a b\n", ""},
		{[]string{"crm_attribute", "--node", node, "--query", "--name=" + n}, 0, scope("nodes", "a b"), ""},
		{[]string{"crm_attribute", "-t", "nodes", "-n", n}, 0, scope("nodes", "a b"), ""},
		{[]string{"crm_attribute", "-t", "crm_config", "-n", n}, 105, "", none},
		{[]string{"crm_attribute", "-N", node, "-l", "forever", "-n", n, "-v", "value+=7"}, 0, "", ""},
		{[]string{"crm_attribute", "-N", node, "-l", "forever", "-n", n, "-v", "value++"}, 0, "", ""},
		{[]string{"crm_attribute", "-N", node, "-l", "forever", "-n", n, "-q"}, 0, "8\n", ""},
		{[]string{"crm_attribute", "-N", node, "-l", "forever", "-n", n, "-v", "a\tb\nc\x01"}, 0, "", ""},
		{[]string{"crm_attribute", "-N", node, "-l", "forever", "-n", n, "-q"}, 0, "a    b\\nc\\001\n", ""},
		{[]string{"crm_attribute", "-N", node, "-D", "-n", n, "-l", "forever"}, 0, "*", ""},
		{[]string{"crm_attribute", "-N", node, "-D", "-n", n, "-l", "forever"}, 0, "", ""},
		// Only a short option keeps the next word whole: this is --update -I -N FINITY.
		{[]string{"crm_attribute", "-N", node, "-n", n, "-l", "reboot", "-v", "-INFINITY"}, 0, "", ""},
		{[]string{"crm_attribute", "-N", node, "-n", n, "-l", "reboot", "--update", "-INFINITY"}, 105, "",
			"crm_attribute: Could not map name=FINITY to a UUID"},
		// The line of HANA's hook (hana-hooks.md 3).
		{[]string{"crm_attribute", "-n", n, "-v", "SFAIL", "-t", "crm_config", "-s", "ocfbox_contract_set"}, 0, "", ""},
		{[]string{"crm_attribute", "-n", n, "-G", "-t", "crm_config", "-q"}, 0, "SFAIL\n", ""},
		{[]string{"cibadmin", "-Ql", "--xpath", "//cluster_property_set/nvpair[@name='" + n + "']"}, 0,
			`<nvpair id="ocfbox_contract_set-` + n + `" name="` + n + `" value="SFAIL"/>` + "\n", ""},
		{[]string{"crm_attribute", "-n", n, "-D", "-t", "crm_config"}, 0,
			"Deleted crm_config option: id=ocfbox_contract_set-" + n + " name=" + n + "\n", ""},
		{[]string{"crm_attribute", "-n", n, "-v", "ü", "-l", "reboot", "-N", node}, 64, "",
			"crm_attribute: Invalid byte sequence in conversion input"},
		{[]string{"crm_attribute", "--bogus"}, 64, "", "crm_attribute: Unknown option --bogus"},
		{[]string{"crm_attribute", "-Z"}, 64, "", "crm_attribute: Unknown option -Z"},
		{[]string{"crm_attribute", "-n"}, 64, "", "crm_attribute: Missing argument for -n"},
		{[]string{"crm_attribute", "--nam", "x"}, 64, "", "crm_attribute: Unknown option --nam"},
		{[]string{"crm_attribute", "-n", n, "-G", "-l", "bogus"}, 76, "",
			"crm_attribute: Error performing operation: No message of desired type"},
		{[]string{"crm_attribute", "-D", "-l", "reboot", "-N", node}, 64, "",
			"crm_attribute: Error: must specify attribute name or pattern to delete"},
		{[]string{"crm_attribute", "-N", "no-such-node", "-G", "-n", n, "-l", "reboot"}, 105, "",
			"crm_attribute: Could not map name=no-such-node to a UUID"},
		{[]string{"cibadmin", "-Q", "--xpath", "//nothing"}, 105, "", "Call cib_query failed: No such device or address"},
		{[]string{"cibadmin", "-Q", "-o", "tags"}, 105, "", "Call cib_query failed: No such device or address"},
		{[]string{"cibadmin", "--quer", "--loc", "--scope=nodes"}, 0, "*", ""},
		{[]string{"cibadmin", "-Qn", "-o", "nodes"}, 0, "<nodes/>\n", ""},
		{[]string{"cibadmin", "--bogus"}, 64, "", "cibadmin: unrecognized option '--bogus'"},
		{[]string{"cibadmin", "-M", "--xml-text", `<nvpair id="ocfbox_contract_none" name="x" value="y"/>`}, 105, "",
			"Call cib_modify failed: No such device or address"},
		{[]string{"cibadmin", "-D", "--xml-text", `<nvpair id="ocfbox_contract_none"/>`}, 0, "", ""},
		{[]string{"crm_node", "-n"}, 0, node + "\n", ""},
		{[]string{"crm_node", "-N", "7777"}, 68, "", "Node is not known to cluster"},
		{[]string{"crm_node", "-q"}, 0, "1\n", ""},
		{[]string{"crm_node", "--bogus"}, 64, "", "crm_node: Unknown option --bogus"},
		{[]string{"crm_mon", "--bogus"}, 64, "", "crm_mon: Unknown option --bogus"},
	}
}
