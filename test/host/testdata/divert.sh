#!/bin/sh
# With Debian's own packages: install in the place of resource-agents' IPaddr2 and uninstall leave
# everything as it was, and dpkg agrees at every step. PROGRAM is the program.
set -eu
# shellcheck source=test/host/testdata/private.sh
. "$(dirname "$0")/private.sh"
cover /usr /etc /var/lib/dpkg

agent=/usr/lib/ocf/resource.d/heartbeat/IPaddr2

picture() {
	find /usr/lib/ocf /etc/ha.d -printf '%p %y %m %U:%G %l\n' | sort
	find /usr/lib/ocf /etc/ha.d -type f -exec sha256sum {} + | sort
	dpkg-divert --list | sort
	dpkg --verify resource-agents
}

install -m 0755 "$PROGRAM" /usr/sbin/ocfbox
picture >"$T/before"

ocfbox install
expect 'the original is untouched' test ! -L "$agent"

ocfbox install --provider heartbeat --heartbeat-scripts
expect 'the link is ours' test "$(readlink "$agent")" = ../../../../sbin/ocfbox
expect 'dpkg knows where the original is' test "$(dpkg-divert --truename "$agent")" = "$agent.distrib"
expect 'dpkg misses nothing' test -z "$(dpkg --verify resource-agents)"
expect 'the link answers' sh -c "'$agent' meta-data | grep -q 'resource-agent name=\"IPaddr2\"'"
expect 'the original answers under its new name' sh -c "OCF_ROOT=/usr/lib/ocf '$agent.distrib' meta-data | grep -q '<longdesc'"
ocfbox install --provider heartbeat --heartbeat-scripts

ocfbox uninstall
rm -f "$T/after"
picture >"$T/after"
expect 'everything is as it was' diff "$T/before" "$T/after"
expect 'a second uninstall finds nothing' sh -c "ocfbox uninstall | grep -q '^no link to'"
