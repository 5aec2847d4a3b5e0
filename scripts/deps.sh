#!/bin/sh
# Installs what the tests and the laboratory need, and starts no service on this machine.
#
# Debian's packages enable and start their daemons when they are installed. A laboratory's
# Pacemaker runs inside namespaces; one on the host could fence real machines. So while
# apt works a policy-rc.d refuses every start, and units that came enabled are disabled.
set -eu

packages="
corosync pacemaker pacemaker-cli-utils crmsh pcs
resource-agents cluster-glue
iproute2 iputils-arping procps
libxml2-utils mandoc shellcheck"

units="corosync pacemaker pcsd pcsd-ruby pacemaker_remote corosync-notifyd logd openhpid"

say() { printf 'deps: %s\n' "$*"; }

need_go() {
	command -v go >/dev/null || {
		say "Go is missing; go.mod names the oldest release that works" >&2
		exit 1
	}
}

missing() {
	for package in $packages; do
		status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
		[ "$status" = 'install ok installed' ] || printf '%s ' "$package"
	done
}

enabled() {
	for unit in $units; do
		find /etc/systemd/system -name "$unit.service" 2>/dev/null
	done | sort
}

install_debian() {
	list=$(missing)
	if [ -z "$list" ]; then
		say 'everything is installed'
		return
	fi
	if [ "$(id -u)" != 0 ]; then
		say "needs root to install: $list" >&2
		exit 1
	fi
	policy=/usr/sbin/policy-rc.d
	work=$(mktemp -d)
	[ ! -e "$policy" ] || cp -p "$policy" "$work/policy-rc.d"
	# Called by trap only.
	# shellcheck disable=SC2317
	restore() {
		if [ -e "$work/policy-rc.d" ]; then
			cp -p "$work/policy-rc.d" "$policy"
		else
			rm -f "$policy"
		fi
		rm -rf "$work"
	}
	trap restore EXIT
	trap 'exit 1' HUP INT TERM
	printf '#!/bin/sh\nexit 101\n' >"$work/refuse"
	install -m 0755 "$work/refuse" "$policy"

	enabled >"$work/before"
	say "installing: $list"
	apt-get -q update
	# shellcheck disable=SC2086
	DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends \
		-o Dpkg::Options::=--force-confold install $list
	enabled >"$work/after"
	comm -13 "$work/before" "$work/after" | while read -r link; do
		say "not to start at boot: $(basename "$link")"
		rm -f "$link"
	done
}

need_go
if command -v apt-get >/dev/null; then
	install_debian
elif command -v zypper >/dev/null; then
	say 'install: zypper install corosync pacemaker crmsh resource-agents cluster-glue iproute2 iputils procps libxml2-tools mandoc ShellCheck'
elif command -v dnf >/dev/null; then
	say 'install: dnf install corosync pacemaker pacemaker-cli pcs resource-agents iproute iputils procps-ng libxml2 mandoc ShellCheck'
else
	say 'no package manager known here; install corosync, Pacemaker and its tools by hand' >&2
	exit 1
fi
