#!/bin/sh
# What crm_resource makes of parameters, with our agent in the place of Debian's and in a network of its
# own. PROGRAM is the program.
set -eu
# shellcheck source=test/host/testdata/private.sh
. "$(dirname "$0")/private.sh"
cover /usr /etc /var

install -m 0755 "$PROGRAM" /usr/sbin/ocfbox
ocfbox install --provider heartbeat

ip link set lo up
ip link add eth0 type veth peer name neighbour
ip link set eth0 up
ip link set neighbour up
ip address add 192.168.144.1/24 dev eth0

# validate CODE OPTION...: what crm_resource makes of the parameters.
validate() {
	want=$1
	shift
	code=0
	crm_resource --validate --class ocf --provider heartbeat --agent IPaddr2 "$@" || code=$?
	expect "crm_resource exits with $want for $*, and not with $code" test "$code" = "$want"
}

validate 0 --option ip=192.168.144.2
validate 1 --option ip=10.9.9.9
validate 6 --option ip=foobar
