#!/bin/sh
# Builds what a guest is started from, out of Debian's packages alone: build.sh FOLDER
#
# FOLDER gets kernel, initrd and root.ext4. It must be empty and is useless when this fails. To be run as
# root in mount and process namespaces of its own, so that nothing of it stays on the machine.
set -eu

target=$1
here=$(cd "$(dirname "$0")" && pwd)
suite=bookworm
mirror=${OCFBOX_DEBIAN_MIRROR:-http://deb.debian.org/debian}
root=$target/rootfs
log=$target/build.log
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin

# What the guests run. Recommended packages are not installed.
packages="iproute2 iputils-ping nftables kmod udev procps psmisc e2fsprogs drbd-utils dmsetup
python3 busybox-static util-linux corosync pacemaker pacemaker-cli-utils crmsh resource-agents"

say() { printf 'image: %s\n' "$*"; }

# What goes wrong in there is in the log, and its end is what there is to say.
failed() {
	code=$?
	[ "$code" = 0 ] || tail -n 20 "$log" >&2
	exit "$code"
}
trap failed EXIT

inside() { chroot "$root" "$@" >>"$log" 2>&1; }

# No daemon is started by its installation, and no page is read in there.
settle() {
	printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
	chmod 0755 "$root/usr/sbin/policy-rc.d"
	printf 'path-exclude=/usr/share/%s/*\n' doc man locale >"$root/etc/dpkg/dpkg.cfg.d/slim"
	cat >"$root/etc/apt/sources.list" <<-END
		deb $mirror $suite main
		deb $mirror $suite-updates main
		deb $mirror-security $suite-security main
	END
	cp -L /etc/resolv.conf "$root/etc/resolv.conf"
}

install_packages() {
	inside apt-get -q update
	# shellcheck disable=SC2086
	inside apt-get -q -y --no-install-recommends install $packages
}

# The kernel's package is unpacked, not installed: its scripts would build an initrd that nobody boots.
unpack_kernel() {
	package=$(chroot "$root" apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
	say "kernel: $package"
	mkdir "$root/kernel"
	inside sh -c "cd /kernel && apt-get -q download '$package' && dpkg-deb -x $package*.deb ."
	cp "$root"/kernel/boot/vmlinuz-* "$target/kernel"
	version=$(basename "$root"/kernel/lib/modules/*)
}

# The modules that a guest may load: a tenth of them all.
pick_modules() {
	from=$root/kernel/lib/modules/$version
	to=$root/lib/modules/$version
	mkdir -p "$to"
	cp "$from"/modules.builtin* "$from/modules.order" "$to"
	(
		cd "$from"
		for folder in kernel/lib kernel/crypto kernel/arch/x86/crypto kernel/fs/ext4 kernel/fs/jbd2 kernel/fs/*.ko \
			kernel/drivers/block kernel/drivers/virtio kernel/drivers/md kernel/drivers/char/hw_random \
			kernel/drivers/net/virtio_net.ko kernel/drivers/net/net_failover.ko \
			kernel/net/core kernel/net/netfilter kernel/net/ipv4 kernel/net/ipv6 kernel/net/packet; do
			[ ! -e "$folder" ] || find "$folder" -name '*.ko'
		done | tar -cf - -T -
	) | tar -xf - -C "$to"
	inside depmod "$version"
}

guest_files() {
	install -m 0755 "$here/guest/init" "$root/sbin/guest-init"
	install -m 0755 "$here/guest/agent" "$root/sbin/guest-agent"
	install -m 0755 "$here/guest/cluster-start" "$root/usr/local/bin/"
	mkdir -p "$root/etc/drbd.d" "$root/etc/corosync" "$root/mnt/data"
	install -m 0644 "$here/guest/global_common.conf" "$here/guest/r0.res" "$root/etc/drbd.d/"
	install -m 0644 "$here/guest/corosync.conf" "$root/etc/corosync/"
	printf '127.0.0.1 localhost\n10.99.1.1 alfa\n10.99.1.2 bravo\n' >"$root/etc/hosts"
	echo 0123456789abcdef0123456789abcdef >"$root/etc/machine-id"
	: >"$root/etc/resolv.conf"
}

# The smallest initrd that mounts the root file system: busybox and the modules for that.
make_initrd() {
	initrd=$root/initrd
	mkdir -p "$initrd/bin" "$initrd/proc" "$initrd/sys" "$initrd/dev" "$initrd/mnt" "$initrd/modules"
	cp "$root/bin/busybox" "$initrd/bin/"
	install -m 0755 "$here/guest/initrd-init" "$initrd/init"
	for module in virtio_pci virtio_blk ext4; do
		chroot "$root" modprobe -S "$version" --show-depends "$module"
	done | sed -n 's/^insmod //p' | awk '!seen[$1]++ { print $1 }' >"$initrd/needed"
	while read -r module; do
		cp "$root/$module" "$initrd/modules/"
		basename "$module"
	done <"$initrd/needed" >"$initrd/modules/order"
	# busybox's cpio, so that the machine needs none.
	(cd "$initrd" && find . | "$root/bin/busybox" cpio -o -H newc 2>>"$log" | gzip -1) >"$target/initrd"
}

make_root() {
	rm -rf "$root/kernel" "$root/initrd" "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin \
		"$root"/var/cache/apt/archives/*.deb "$root"/usr/share/doc "$root"/usr/share/man "$root"/usr/share/locale
	truncate -s 3G "$target/root.ext4"
	mke2fs -q -t ext4 -J size=16 -E lazy_itable_init=0 -d "$root" "$target/root.ext4" >>"$log" 2>&1
	rm -rf "$root"
}

: >"$log"
say "Debian's base system ($suite)"
debootstrap --variant=minbase "$suite" "$root" "$mirror" >>"$log" 2>&1
settle
say 'packages: DRBD, corosync, Pacemaker'
install_packages
unpack_kernel
pick_modules
guest_files
make_initrd
say 'root file system'
make_root
say 'done'
