#!/bin/sh
# The administrators' tools see the agents once they are linked. PROGRAM is the program.
set -eu
# shellcheck source=test/host/testdata/private.sh
. "$(dirname "$0")/private.sh"
cover /usr/sbin /usr/lib/ocf

install -m 0755 "$PROGRAM" /usr/sbin/ocfbox
ocfbox install
"$@"
