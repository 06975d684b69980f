#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make install and make uninstall, of modules that were built for the stock
# kernel, below directories that are made up.
. tests/lib/static.sh

# A copy of this tree in which the modules are built.
mods=$(scripts/build-modules stock) && kdir=$(scripts/target stock |
	sed -n 's/^kdir=//p') || {
	silent "the modules are built for the stock kernel" false
	finish
	exit
}
tree=${mods%/.mods}
release=$(modinfo -F vermagic "$mods/ramblk.ko" | cut -d' ' -f1)
temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT
root="$temp/it's a root"
updates=lib/modules/$release/updates/softdev

run()	# TARGET [VARIABLE=VALUE...]: what it says is in $temp/said
{
	make -C "$tree" --no-print-directory KDIR="$kdir" "$@" >"$temp/said" 2>&1
}

works()
{
	run "$@" || {
		echo "failed: $*"
		cat "$temp/said"
	}
}

fails()	# TEXT TARGET [VARIABLE=VALUE...]: in one line of ours
{
	local text=$1

	shift
	! run "$@" || echo "did not fail: $*"
	grep -q "^softdev: error: .*$text" "$temp/said" || cat "$temp/said"
	[ "$(grep -c '^softdev: error' "$temp/said")" = 1 ] || cat "$temp/said"
}

state()	# DIRECTORY: all that is in it
{
	(cd "$1" && find . -printf '%y %m %p %l\n' | sort &&
		find . -type f -print0 | sort -z | xargs -0r sha256sum)
}

there()	# FILE...
{
	local f

	for f; do
		[ -s "$root/$f" ] || echo "$f is not there"
	done
}

# What a system has already: also directories that are empty.
furnish()
{
	rm -rf "$root"
	mkdir -p "$root/etc/modprobe.d" "$root/etc/udev/rules.d" "$root/usr/local/bin" \
		"$root/usr/lib" "$root/var/lib" "$root/lib/modules/$release/kernel"
	echo 'options ramblk size=7G' >"$root/etc/modprobe.d/softdev.conf"
	echo '# mine' >"$root/etc/udev/rules.d/60-softdev.rules"
	state "$root" >"$temp/before"
}

as_before()
{
	state "$root" | diff "$temp/before" - || :
}

everything()
{
	local m

	furnish
	works install DESTDIR="$root"
	there usr/local/lib/udev/rules.d/60-softdev.rules \
		usr/local/lib/systemd/network/80-loopnet.link \
		usr/local/share/man/man4/ramblk.4 \
		usr/local/include/softdev/ringchar.h usr/local/bin/pattern-check \
		usr/local/sbin/softdev-setup usr/local/sbin/softdev-crash \
		usr/local/lib/systemd/system/softdev@.service \
		usr/local/share/man/man8/softdev-crash.8 \
		usr/local/share/bash-completion/completions/pattern-check \
		usr/local/share/doc/softdev/examples/scratch.conf
	[ "$(find "$root/usr/lib" -path '*/ip/link_loopnet.so' | wc -l)" = 1 ] ||
		echo "no plug-in for ip"
	[ -x "$root/usr/local/bin/pattern-check" ] || echo "pattern-check cannot run"
	for m in ringchar ramblk loopnet pseudo; do
		find "$root/$updates" -name "$m.ko*" | grep -q . ||
			echo "$m.ko is not there"
	done
	! find "$root/$updates" -name '*.ko' -exec readelf -S {} + |
		grep '\.debug_info' || echo "not stripped"
	find "$root" ! -perm -u=r -o -name '*.softdev-new'
}
silent "install puts all of it below a DESTDIR with a space and an apostrophe" \
	everything

again()
{
	state "$root" >"$temp/first"
	works install DESTDIR="$root"
	state "$root" | diff "$temp/first" -
}
silent "installing it again changes nothing" again

take_away()
{
	works uninstall DESTDIR="$root"
	as_before
}
silent "uninstall leaves DESTDIR as it was" take_away

other_prefix()
{
	furnish
	works install DESTDIR="$root" PREFIX=/opt/soft
	there opt/soft/bin/pattern-check opt/soft/include/softdev/ringchar.h \
		usr/local/lib/udev/rules.d/60-softdev.rules
	works uninstall DESTDIR="$root"
	as_before
}
silent "uninstall knows the PREFIX by itself" other_prefix

edited()
{
	local rules=$root/usr/local/lib/udev/rules.d/60-softdev.rules

	furnish
	works install DESTDIR="$root"
	echo '# mine' >>"$rules"
	works install DESTDIR="$root"
	grep -q '^# mine' "$rules" || echo "overwritten"
	grep -q "leaving .*60-softdev.rules alone" "$temp/said" || cat "$temp/said"
	works uninstall DESTDIR="$root"
	grep -q '^# mine' "$rules" || echo "removed"
	cmp "$root/etc/modprobe.d/softdev.conf" - <<<'options ramblk size=7G'
	cmp "$root/etc/udev/rules.d/60-softdev.rules" - <<<'# mine'
}
silent "what an administrator edited survives install and uninstall" edited

mod_path()
{
	furnish
	works modules_install INSTALL_MOD_PATH="$root"
	[ "$(find "$root/$updates" -name '*.ko*' | wc -l)" = 4 ] || cat "$temp/said"
	[ ! -e "$root/usr/local/lib" ] || echo "more than the modules"
	works uninstall INSTALL_MOD_PATH="$root"
	as_before
	works install INSTALL_MOD_PATH="$root" INSTALL_MOD_DIR=extra/here \
		INSTALL_MOD_STRIP=no
	there usr/local/bin/pattern-check
	find "$root/lib/modules/$release/extra/here" -name 'ramblk.ko' \
		-exec readelf -S {} + | grep '\.debug_info' >/dev/null ||
		echo "stripped, or not there"
	works uninstall INSTALL_MOD_PATH="$root" INSTALL_MOD_DIR=extra/here
	as_before
}
silent "INSTALL_MOD_PATH and kbuild's other variables mean what they mean there" \
	mod_path

# That which fails leaves nothing half done.
in_the_way()
{
	furnish
	rmdir "$root/usr/local/bin"
	: >"$root/usr/local/bin"
	state "$root" >"$temp/before"
	fails "usr/local/bin is in the way" install DESTDIR="$root"
	as_before
	furnish
	mkdir -p "$root/lib/modules/$release/updates/dkms"
	: >"$root/lib/modules/$release/updates/dkms/ramblk.ko.xz"
	state "$root" >"$temp/before"
	fails "DKMS has put ramblk.ko.xz" install DESTDIR="$root"
	as_before
	furnish
	fails "nothing of softdev is installed" uninstall DESTDIR="$root"
	as_before
}
silent "what fails says so in a line and changes nothing" in_the_way

not_built()
{
	local tree=$temp/tree

	mkdir "$tree"
	cp -r Makefile scripts "$tree/"
	furnish
	fails "there are no modules to install: run 'make'" install DESTDIR="$root"
	as_before
}
silent "what is not built is not installed" not_built

# Nobody writes to the checkout, not even root.
read_only()
{
	furnish
	unshare -m sh -c 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" &&
		exec make -C "$1" --no-print-directory KDIR="$2" DESTDIR="$3" install' \
		sh "$tree" "$kdir" "$root" >"$temp/said" 2>&1 || cat "$temp/said"
	there usr/local/bin/pattern-check
	works uninstall DESTDIR="$root"
	as_before
}
if [ "$(id -u)" = 0 ]; then
	silent "install works from a checkout that is read-only" read_only
else
	skipped "install works from a checkout that is read-only" "not root"
fi
finish
