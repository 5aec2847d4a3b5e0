#!/bin/sh
# Fetches what ours is compared with and must not be installed for that, and unpacks it below bin/peers: Debian's drbd-utils,
# whose resource script needs no kernel module and no service.
set -eu

cd "$(dirname "$0")/.."
to=bin/peers/drbd-utils
script=$to/etc/ha.d/resource.d/drbddisk

say() { printf 'peers: %s\n' "$*"; }

if [ -x "$script" ] || [ -x /etc/ha.d/resource.d/drbddisk ]; then
	exit 0
fi
if ! command -v apt-get >/dev/null; then
	say "unpack Debian's package drbd-utils below $to for the comparison of drbddisk" >&2
	exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
(cd "$work" && apt-get -q -o Acquire::Retries=3 download drbd-utils)
rm -rf "$to"
mkdir -p "$to"
dpkg-deb -x "$work"/drbd-utils_*.deb "$to"
say "drbd-utils is unpacked in $to"
