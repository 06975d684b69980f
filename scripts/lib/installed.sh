# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# installed.sh: what "make install" puts where, for it and for "uninstall".

DESTDIR=${DESTDIR-}
PREFIX=${PREFIX:-/usr/local}

# Source and destination, tab between, a file a line.
installed_files()
{
	local f section

	for f in "$TOP"/packaging/udev/*.rules; do
		[ ! -f "$f" ] || printf '%s\t%s\n' "$f" "/etc/udev/rules.d/${f##*/}"
	done
	for f in "$TOP"/packaging/modprobe.d/*.conf; do
		[ ! -f "$f" ] || printf '%s\t%s\n' "$f" "/etc/modprobe.d/${f##*/}"
	done
	for f in "$TOP"/packaging/man/*.[1-9]; do
		section=${f##*.}
		[ ! -f "$f" ] || printf '%s\t%s\n' "$f" \
			"$PREFIX/share/man/man$section/${f##*/}"
	done
}

need_root()
{
	[ -n "$DESTDIR" ] || [ "$(id -u)" = 0 ] ||
		die "this takes root (sudo make $1), or DESTDIR="
}

after_change()	# RELEASE...
{
	local r

	# Below DESTDIR that is for whoever unpacks it.
	[ -z "$DESTDIR" ] || return 0
	for r; do
		depmod "$r" 2>/dev/null ||
			say "depmod $r failed; modprobe will not find the modules"
	done
	udevadm control --reload 2>/dev/null || :
}
