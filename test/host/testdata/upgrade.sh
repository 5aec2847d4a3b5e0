#!/bin/sh
# An upgrade of the package whose agent was replaced leaves the link alone, and uninstall brings the
# new version into its place. PROGRAM is the program.
set -eu
# shellcheck source=test/host/testdata/private.sh
. "$(dirname "$0")/private.sh"
cover /usr /etc /var/lib/dpkg

agent=/usr/lib/ocf/resource.d/probe/IPaddr2
for number in 1 2; do
	mkdir -p "$T/$number$(dirname "$agent")"
	echo "version $number" >"$T/$number$agent"
	build_deb probe-agents "$number" "$T/$number"
done

install -m 0755 "$PROGRAM" /usr/sbin/ocfbox
dpkg -i "$T/probe-agents-1.deb"
ocfbox install --provider probe
expect 'the link is ours' test -L "$agent"
dpkg -i "$T/probe-agents-2.deb"
expect 'the link is still ours' test -L "$agent"
expect 'the new version is beside it' grep -qx 'version 2' "$agent.distrib"
ocfbox uninstall
expect 'the new version is in its place' grep -qx 'version 2' "$agent"
expect 'nothing else is left' test "$(ls "$(dirname "$agent")")" = IPaddr2
dpkg -P probe-agents
expect 'the package goes away whole' test ! -e "$(dirname "$agent")"
