# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# installed.sh: what "make install" puts where, for it and for "uninstall".
#
# DESTDIR is the root that everything goes to, INSTALL_MOD_PATH kbuild's name
# for the one of the modules; who gives one of them means both. PREFIX
# (/usr/local) is for all that has no place of its own.

MODROOT=${INSTALL_MOD_PATH:-${DESTDIR-}}
DESTDIR=${DESTDIR:-$MODROOT}
MODROOT=${MODROOT%/} DESTDIR=${DESTDIR%/}
PREFIX=${PREFIX:-/usr/local}
# shellcheck disable=SC2034 # for the scripts that source this
MODDIR=${INSTALL_MOD_DIR:-updates/softdev}

# What lies where: "KIND SUM PATH" for each file, "dir - PATH" for each directory
# that was made for them, tabs between.
MANIFEST=$DESTDIR/var/lib/softdev/installed

# udev and systemd look below /usr and /usr/local and nowhere else.
case $PREFIX in
/usr | /usr/local) SYSTEM=$PREFIX/lib ;;
*) SYSTEM=/usr/local/lib ;;
esac

# Where this machine's ip looks for plug-ins: it was told when it was built.
ip_plugins()
{
	local ip dir=''

	if [ -n "${IPDIR-}" ]; then
		printf '%s\n' "$IPDIR"
		return
	fi
	if ip=$(command -v ip); then
		dir=$(tr '\0' '\n' <"$ip" | grep -axE '/[a-z0-9_/.-]*lib[a-z0-9_/.-]*/ip' |
			head -n 1) || :
	fi
	[ -n "$dir" ] || dir=/usr/lib/$(gcc -print-multiarch 2>/dev/null)/ip
	printf '%s\n' "${dir//\/\//\/}"
}

# KIND MODE SOURCE DESTINATION, tabs between, a file a line. A file of KIND
# "edit" may have been edited where it lies, and then stays as it is. TOOLS is
# where the tools have been built.
installed_files()	# TOOLS
{
	local f p=$TOP/packaging ip

	ip=$(ip_plugins)
	for f in "$p"/udev/*.rules; do
		_row edit 644 "$f" "$SYSTEM/udev/rules.d"
	done
	for f in "$p"/network/*.link "$p"/network/*.network; do
		_row edit 644 "$f" "$SYSTEM/systemd/network"
	done
	for f in "$p"/systemd/*.service; do
		_row edit 644 "$f" "$SYSTEM/systemd/system"
	done
	for f in "$p"/man/*.[1-9]; do
		_row data 644 "$f" "$PREFIX/share/man/man${f##*.}"
	done
	for f in "$p"/examples/*.conf; do
		_row data 644 "$f" "$PREFIX/share/doc/softdev/examples"
	done
	for f in "$p"/completions/*; do
		_row data 644 "$f" "$PREFIX/share/bash-completion/completions"
	done
	for f in "$TOP"/include/uapi/softdev/*.h; do
		_row data 644 "$f" "$PREFIX/include/softdev"
	done
	_row data 755 "$1/pattern/pattern-check" "$PREFIX/bin"
	for f in "$TOP"/tools/*/softdev-*; do
		_row data 755 "$f" "$PREFIX/sbin"
	done
	_row data 644 "$1/ip/link_loopnet.so" "$ip"
}

_row()	# KIND MODE SOURCE DIRECTORY
{
	# A pattern that nothing matched, and an editor's leavings.
	[ -f "$3" ] && [ "$3" = "${3%'~'}" ] || return 0
	printf '%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4/${3##*/}"
}

sum_of()	# FILE
{
	sha256sum <"$1" | cut -d' ' -f1
}

# The sum that the file had when it was installed, if it was.
installed_sum()	# PATH
{
	[ ! -f "$MANIFEST" ] ||
		awk -F'\t' -v path="$1" '$3 == path { print $2; exit }' "$MANIFEST"
}

installed_paths()	# "KIND PATH" a line
{
	[ ! -f "$MANIFEST" ] || awk -F'\t' -v OFS='\t' '$1 != "dir" { print $1, $3 }' "$MANIFEST"
}

installed_dirs()
{
	[ ! -f "$MANIFEST" ] || awk -F'\t' '$1 == "dir" { print $3 }' "$MANIFEST"
}

# Is there a file at PATH that is not the one that was installed?
was_edited()	# PATH
{
	[ -f "$DESTDIR$1" ] &&
		[ "$(sum_of "$DESTDIR$1")" != "$(installed_sum "$1")" ]
}

# The machine itself, not a directory that will be packed.
is_live()
{
	[ -z "$DESTDIR" ]
}

need_root()	# install | uninstall
{
	{ [ -n "$DESTDIR" ] && [ -n "$MODROOT" ]; } || [ "$(id -u)" = 0 ] ||
		die "this takes root (sudo make $1), or DESTDIR="
}

need_writable()	# DIRECTORY...
{
	local dir

	for dir; do
		while [ ! -e "$dir" ] && [ -n "$dir" ]; do
			dir=${dir%/*}
		done
		dir=${dir:-/}
		[ -d "$dir" ] || die "$dir is in the way: it is no directory"
		[ -w "$dir" ] || die "cannot write to $dir; nothing was changed"
	done
}

after_change()	# RELEASE...
{
	local r

	for r; do
		# Below INSTALL_MOD_PATH there may be no kernel to look at.
		[ -e "$MODROOT/lib/modules/$r/modules.builtin" ] || continue
		depmod ${MODROOT:+-b "$MODROOT"} "$r" 2>/dev/null ||
			say "depmod $r failed; modprobe will not find the modules"
	done
	is_live || return 0
	udevadm control --reload 2>/dev/null || :
	[ ! -d /run/systemd/system ] || systemctl daemon-reload || :
}
