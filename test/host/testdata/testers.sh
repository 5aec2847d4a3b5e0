#!/bin/sh
# The agent under Pacemaker's and Debian's own testing tools, in the place of Debian's agent and in a
# network of its own. PROGRAM is the program, or empty for Debian's agent; CASE is the tool, SUITE the
# suite of ocft.
set -eu
# shellcheck source=test/host/testdata/private.sh
. "$(dirname "$0")/private.sh"
cover /usr /etc /var

agent=/usr/lib/ocf/resource.d/heartbeat/IPaddr2
if [ -n "$PROGRAM" ]; then
	install -m 0755 "$PROGRAM" /usr/sbin/ocfbox
	ocfbox install --provider heartbeat
fi

ip link set lo up
for card in eth0 eth1; do
	ip link add "$card" type veth peer name "to-$card"
	ip link set "$card" up
	ip link set "to-$card" up
done

base_addresses() {
	ip address add 192.168.144.1/24 dev eth0
	ip address add 2001:db8:1234::1/64 dev eth0 nodad
}

# validate CODE OPTION...: what crm_resource makes of the parameters.
validate() {
	want=$1
	shift
	code=0
	crm_resource --validate --class ocf --provider heartbeat --agent IPaddr2 "$@" || code=$?
	expect "crm_resource exits with $want for $*, and not with $code" test "$code" = "$want"
}

case $CASE in
ocf-tester)
	base_addresses
	for address in 192.168.144.2 2001:db8:1234::2; do
		ocf-tester -n vip -o "ip=$address" "$agent"
	done
	;;
ocft)
	# systemd-tmpfiles makes it at boot, and ocft keeps a log in it.
	mkdir -p /run/resource-agents
	ocft make "$SUITE"
	ocft test "$SUITE" || true
	;;
validate)
	base_addresses
	validate 0 --option ip=192.168.144.2
	validate 1 --option ip=10.9.9.9
	validate 6 --option ip=foobar
	;;
*) die "no case $CASE" ;;
esac
