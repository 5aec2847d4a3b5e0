# Sourced by the scripts beside it, which run in a mount namespace of their own: functions that put
# writable copies over the machine's folders, so that nothing they do reaches the machine.
# shellcheck shell=sh

# cover DIR...: changes below DIR go to memory.
cover() {
	for dir in "$@"; do
		mkdir -p "$T/upper$dir" "$T/work$dir"
		mount -t overlay overlay -o "lowerdir=$dir,upperdir=$T/upper$dir,workdir=$T/work$dir" "$dir"
	done
}

die() {
	echo "$*" >&2
	exit 1
}

# expect WHAT COMMAND...: the command must succeed.
expect() {
	what=$1
	shift
	"$@" || die "not so: $what"
}

# build_deb NAME VERSION FOLDER: a package of the files in FOLDER.
build_deb() {
	mkdir -p "$3/DEBIAN"
	printf 'Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: ocfbox\nDescription: a probe\n' \
		"$1" "$2" >"$3/DEBIAN/control"
	dpkg-deb --root-owner-group -Znone -b "$3" "$T/$1-$2.deb" >/dev/null
}

# Nobody on the machine can be asked to start anything: its sockets are out of sight.
T=/run/ocfbox-test
mount -t tmpfs tmpfs /run
mkdir -p "$T"
