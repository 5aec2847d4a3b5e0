#!/bin/sh
# scripts/deps.sh installs without starting anything. The package that it installs here starts a
# daemon and sees to it that it starts at boot, by the same commands as Debian's do. CASE is what
# happens, SCRIPT is deps.sh.
set -eu
# shellcheck source=test/host/testdata/private.sh
. "$(dirname "$0")/private.sh"
cover /usr /etc /var

policy=/usr/sbin/policy-rc.d

make_package() {
	tree=$T/tree
	mkdir -p "$tree/etc/init.d" "$tree/lib/systemd/system" "$tree/DEBIAN" "$T/bin"
	cat >"$tree/etc/init.d/ocfbox-probe" <<-END
		#!/bin/sh
		### BEGIN INIT INFO
		# Provides: ocfbox-probe
		# Required-Start:
		# Required-Stop:
		# Default-Start: 2 3 4 5
		# Default-Stop: 0 1 6
		### END INIT INFO
		echo "\$1" >>$T/started
	END
	printf '[Service]\nExecStart=/etc/init.d/ocfbox-probe start\n[Install]\nWantedBy=multi-user.target\n' \
		>"$tree/lib/systemd/system/ocfbox-probe.service"
	cat >"$tree/DEBIAN/postinst" <<-END
		#!/bin/sh
		set -e
		deb-systemd-helper enable ocfbox-probe.service
		update-rc.d ocfbox-probe defaults
		invoke-rc.d ocfbox-probe start
	END
	chmod 0755 "$tree/etc/init.d/ocfbox-probe" "$tree/DEBIAN/postinst"
	build_deb ocfbox-probe 1 "$tree"
}

# stub NAME: a program in front of the machine's, from standard input.
stub() {
	{
		echo '#!/bin/sh'
		cat
	} >"$T/bin/$1"
	chmod 0755 "$T/bin/$1"
}

make_package
# invoke-rc.d starts nothing in a machine without init and run level, such as a container.
rm -f /usr/sbin/runlevel
printf '#!/bin/sh\necho N 2\n' >/usr/sbin/runlevel
chmod 0755 /usr/sbin/runlevel
[ -e /usr/sbin/init ] || cp /usr/sbin/runlevel /usr/sbin/init
PATH=$T/bin:$PATH
# Go may be where the copies of the folders do not reach.
stub go <<-END
	echo go99.0
END
unset GO
# One package is missing until apt has installed the probe in its place.
stub dpkg-query <<-END
	case "\$*" in
	*shellcheck*) [ -e $T/installed ] || exit 1 ;;
	esac
	echo 'install ok installed'
END
stub apt-get <<-END
	echo "\$*" >>$T/apt
	case "\$*" in
	*update*) exit 0 ;;
	esac
	[ ! -e $T/signal ] || { kill -\$(cat $T/signal) \$PPID; exit 1; }
	dpkg -i $T/ocfbox-probe-1.deb && touch $T/installed
END

# boot: whether the probe would be started at boot, and by what.
boot() { find /etc/systemd/system /etc/rc[2-5].d \( -name ocfbox-probe.service -o -name 'S*ocfbox-probe' \); }

run_deps() { sh "$SCRIPT"; }

nothing_started() {
	expect 'nothing was started' test ! -e "$T/started"
	expect 'nothing starts at boot' test -z "$(boot)"
}

rm -f "$policy"
case $CASE in
control)
	# Without deps.sh the package does start its daemon: the test can fail.
	dpkg -i "$T/ocfbox-probe-1.deb"
	expect 'the probe starts' test -e "$T/started"
	expect 'the probe starts at boot' test -n "$(boot)"
	;;
plain)
	run_deps
	nothing_started
	expect 'apt was asked' grep -q install "$T/apt"
	expect 'no policy is left' test ! -e "$policy"
	run_deps
	expect 'apt is not asked again' test "$(wc -l <"$T/apt")" = 2
	;;
policy)
	# The machine's own policy, here a link as update-alternatives makes it, allows everything.
	printf '#!/bin/sh\nexit 104\n' >/etc/own-policy
	chmod 0755 /etc/own-policy
	ln -s /etc/own-policy "$policy"
	run_deps
	nothing_started
	expect 'the own policy is back' test "$(readlink "$policy")" = /etc/own-policy
	;;
TERM | KILL)
	echo "$CASE" >"$T/signal"
	printf '#!/bin/sh\n# own\nexit 104\n' >"$policy"
	run_deps && die 'an interrupted run succeeds'
	[ "$CASE" = KILL ] || expect 'the own policy is back' grep -q own "$policy"
	rm "$T/signal"
	run_deps
	nothing_started
	expect 'the own policy is back' grep -q own "$policy"
	expect 'no copy is left' test "$(ls "$policy"*)" = "$policy"
	;;
offline)
	touch "$T/installed"
	run_deps
	expect 'apt was not asked' test ! -e "$T/apt"
	;;
oldgo)
	stub go <<-END
		echo go1.19.8
	END
	run_deps 2>"$T/said" && die 'an old Go is good enough'
	expect 'it says so' grep -q 'deps: Go 1.19.8 is too old: go.mod asks for' "$T/said"
	;;
*) die "no case $CASE" ;;
esac
