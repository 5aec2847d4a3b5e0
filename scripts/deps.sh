#!/bin/sh
# Installs what the tests and the laboratory need, and starts no service on this machine.
# `deps.sh drbd` installs what make test-drbd needs as well: it builds and runs virtual machines.
#
# Debian's packages start their daemons when they are installed, and at every boot. The laboratory's
# Pacemaker runs inside namespaces; one on the host could fence real machines. So while apt works, a
# policy-rc.d refuses every start, and what came to be started at boot is switched off again. Both
# are undone and done at the end whichever way that comes; a kill -9 is made good by the next run.
set -eu

packages="
corosync pacemaker pacemaker-cli-utils crmsh pcs
resource-agents cluster-glue heartbeat
iproute2 iputils-arping procps sudo python3 e2fsprogs xfsprogs
mariadb-server apache2 wget
libxml2-utils mandoc shellcheck"
if [ "${1:-}" = drbd ]; then
	packages="$packages
qemu-system-x86 qemu-utils debootstrap"
fi

policy=/usr/sbin/policy-rc.d
saved=$policy.ocfbox-saved
marker='# Written by deps.sh of ocfbox for the time of an installation.'
work=''

cd "$(dirname "$0")/.."

say() { printf 'deps: %s\n' "$*"; }

fail() {
	say "$@" >&2
	exit 1
}

need_go() {
	wanted=$(sed -n 's/^go //p' go.mod)
	command -v "${GO:=go}" >/dev/null ||
		fail "Go is missing: install Go $wanted or newer from https://go.dev/dl (Debian 12's own is too old)"
	found=$("$GO" env GOVERSION)
	found=${found#go}
	oldest=$(printf '%s\n%s\n' "$wanted" "${found%% *}" | sort -V | head -n 1)
	[ "$oldest" = "$wanted" ] ||
		fail "Go $found is too old: go.mod asks for $wanted or newer, see https://go.dev/dl"
}

missing() {
	for package in $packages; do
		status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
		[ "$status" = 'install ok installed' ] || printf '%s ' "$package"
	done
}

# What is started at boot: systemd's links, and those of System V.
at_boot() {
	find /etc/systemd/system /etc/rc[2-5].d -type l \( -path '*.wants/*' -o -path '*.requires/*' -o -name 'S*' \) \
		2>/dev/null | sort
}

refuse_starts() {
	# A policy with the marker is what a killed run has left behind.
	if [ -e "$policy" ] && ! grep -qF "$marker" "$policy"; then
		mv "$policy" "$saved"
	fi
	printf '#!/bin/sh\n%s\nexit 101\n' "$marker" >"$work/policy"
	install -m 0755 "$work/policy" "$policy"
}

# Puts back the policy of the machine, if the one that is there is ours or cut off half way.
allow_starts() {
	if [ -e "$policy" ] && ! grep -qF "$marker" "$policy"; then
		return
	fi
	rm -f "$policy"
	if [ -e "$saved" ] || [ -L "$saved" ]; then
		mv "$saved" "$policy"
	fi
}

# Switches off what is started at boot now and was not before. Debian remembers a link that was taken
# away, and an upgrade does not bring it back.
stay_off() {
	at_boot >"$work/after"
	comm -13 "$work/before" "$work/after" | while read -r link; do
		say "not to be started at boot: $link"
		case $link in
		/etc/rc*) update-rc.d "$(basename "$link" | sed 's/^S[0-9]*//')" disable || rm -f "$link" ;;
		*) rm -f "$link" ;;
		esac
	done
}

# Called by trap.
# shellcheck disable=SC2317
finish() {
	code=$?
	trap '' HUP INT TERM
	allow_starts
	[ ! -e "$work/before" ] || stay_off
	rm -rf "$work"
	exit "$code"
}

install_debian() {
	list=$(missing)
	if [ -z "$list" ]; then
		# A policy of a killed run would go on refusing starts.
		[ "$(id -u)" != 0 ] || allow_starts
		say 'everything is installed'
		return
	fi
	[ "$(id -u)" = 0 ] || fail "needs root to install: $list"
	work=$(mktemp -d)
	trap finish EXIT
	trap 'exit 1' HUP INT TERM
	at_boot >"$work/before"
	refuse_starts
	say "installing, without starting anything: $list"
	apt='-o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold'
	# shellcheck disable=SC2086
	apt-get -q $apt update
	# What a machine has is not taken away for it, such as another database server than ours.
	# shellcheck disable=SC2086
	DEBIAN_FRONTEND=noninteractive apt-get -q -y $apt --no-install-recommends --no-remove install $list
}

need_go
if command -v apt-get >/dev/null; then
	install_debian
elif command -v zypper >/dev/null; then
	say 'install by hand, and start no service: zypper install corosync pacemaker crmsh resource-agents' \
		'cluster-glue iproute2 iputils procps sudo python3 mariadb apache2 wget libxml2-tools mandoc ShellCheck'
elif command -v dnf >/dev/null; then
	say 'install by hand, and start no service: dnf install corosync pacemaker pacemaker-cli pcs' \
		'resource-agents iproute iputils procps-ng sudo python3 mariadb-server httpd wget libxml2 mandoc ShellCheck'
else
	fail 'no package manager known here; install corosync, Pacemaker and its tools by hand'
fi
