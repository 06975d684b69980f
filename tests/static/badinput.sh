#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A machine or a user that lacks something gets one line that says what to do,
# and nothing is left half done. What is not there is not there in a PATH that
# is made up.
. tests/lib/static.sh

temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT
chmod 755 "$temp"
export XDG_CACHE_HOME=$temp/cache HOME=$temp
user=()
[ "$(id -u)" != 0 ] || user=(setpriv --reuid 65534 --regid 65534 --clear-groups)

checkout()	# DIRECTORY
{
	mkdir -p "$1"
	files Makefile Kbuild scripts include drivers tools examples packaging README.md |
		tar -cf - -T - | tar -C "$1" -xf -
	chmod -R go+rX "$1"
}

state()
{
	(cd "$1" && find . -printf '%y %m %p\n' | sort)
}

# What COMMAND says in one line of ours is TEXT, and DIRECTORY stays as it is.
says()	# TEXT DIRECTORY COMMAND...
{
	local text=$1 dir=$2

	shift 2
	state "$dir" >"$temp/before"
	! "$@" >"$temp/said" 2>&1 </dev/null || echo "did not fail: $*"
	[ "$(grep -c '^softdev: error: ' "$temp/said")" = 1 ] || cat "$temp/said"
	grep -qF -- "$text" "$temp/said" || cat "$temp/said"
	state "$dir" | diff "$temp/before" -
}

plain=$temp/plain odd="$temp/it's a path"
checkout "$plain"
checkout "$odd"

# A kernel's build directory, as far as it is looked at.
kdir()	# DIRECTORY RELEASE CONFIG...
{
	mkdir -p "$1/include/generated"
	printf 'modules:\n\t@echo built by $(or $(LLVM),gcc)\n' >"$1/Makefile"
	echo "#define UTS_RELEASE \"$2\"" >"$1/include/generated/utsrelease.h"
	printf '%s\n' "${@:3}" >"$1/.config"
}
kdir "$temp/k" 6.12.1 CONFIG_MODULES=y
kdir "$temp/old" 5.10.0-30-amd64 CONFIG_MODULES=y
kdir "$temp/fixed" 6.12.1
kdir "$temp/clang" 6.12.1 CONFIG_MODULES=y CONFIG_CC_IS_CLANG=y

silent "no headers of the running kernel" says "install linux-headers-$(uname -r)" \
	"$plain" env KDIR="/lib/modules/$(uname -r)/no-build" "$plain/scripts/build-here"
silent "KDIR that is none" says "KDIR=$temp/none is no kernel's build directory" \
	"$plain" make -C "$plain" KDIR="$temp/none"
silent "a kernel that is too old" says "softdev needs 6.1 or newer" \
	"$plain" make -C "$plain" KDIR="$temp/old"
silent "a kernel without modules" says "without loadable modules" \
	"$plain" make -C "$plain" KDIR="$temp/fixed"
silent "a path with a space and an apostrophe" says "move the sources to a path" \
	"$odd" make -C "$odd" KDIR="$temp/k"
silent "a read-only checkout" says "copy the sources to where you may write" \
	"$plain" "${user[@]}" make -C "$plain" KDIR="$temp/k"

# The tools are built where the kernel cannot be.
odd_tools()
{
	make -s -C "$odd" tools || return
	(cd "$odd" && build/pattern/pattern-check --help >/dev/null 2>&1) ||
		echo "no pattern-check"
	[ -s "$odd/build/ip/link_loopnet.so" ] || echo "no plug-in"
	find "$temp" -newer "$temp/said" -path '*build*' ! -path "$odd/*"
}
silent "make tools in a path with a space and an apostrophe" odd_tools

# A directory of commands: those named, and none else.
commands()	# DIRECTORY COMMAND...
{
	local dir=$1 c

	shift
	mkdir -p "$dir"
	for c; do
		ln -sf "$(command -v "$c")" "$dir/$c"
	done
}
basic=(bash sh env make cat sed grep sort head tail cut find xargs nproc uname id
	cksum mkdir mktemp rm dirname basename awk tr printf touch chmod ls sleep
	modinfo depmod df flock ln mv cp date tar seq)

# common.sh adds the directories of root to what PATH has.
no_gcc()
{
	commands "$temp/bin" "${basic[@]}"
	says "no compiler: install gcc" "$plain" env PATH="$temp/bin" \
		CC=no-such-compiler make -C "$plain" KDIR="$temp/k"
	says "there is no clang here" "$plain" env PATH="$temp/bin" \
		make -C "$plain" KDIR="$temp/clang"
}
silent "no compiler, or not the kernel's" no_gcc

by_clang()
{
	mkdir -p "$temp/llvm"
	ln -sf /bin/true "$temp/llvm/clang"
	ln -sf /bin/true "$temp/llvm/ld.lld"
	: >"$plain/modules.order"
	PATH=$temp/llvm:$PATH make -C "$plain" KDIR="$temp/clang" 2>&1 |
		grep -q 'built by 1' || echo "not built by LLVM=1"
	rm "$plain/modules.order"
}
silent "clang builds for a kernel that clang built" by_clang

: >"$plain/drivers/ramblk/ramblk.ko"
for target in install uninstall modules_install; do
	silent "$target by somebody who is not root" says "sudo make" "$plain" \
		"${user[@]}" make -C "$plain" "$target"
done
rm "$plain/drivers/ramblk/ramblk.ko"
silent "nothing built, nothing installed" says "run 'make'" "$plain" \
	make -C "$plain" install DESTDIR="$temp/root"

# Not Debian: no apt-get, no dpkg; tools from wherever.
commands "$temp/other" "${basic[@]}" rsync xz setpriv unshare perl gcc insmod dirname
silent "another distribution has the tools: nothing is missing" \
	env PATH="$temp/other" "$plain/scripts/deps" build
silent "it lacks some: one line names them" says \
	"and there is no apt-get here to install them: busybox-static (for busybox)" \
	"$plain" env PATH="$temp/other" "$plain/scripts/deps" demo

mirror()
{
	(. scripts/lib/common.sh && . scripts/lib/packages.sh
		[ "$(DEBIAN_MIRROR=http://made.up/debian/ debian_mirror)" = \
			http://made.up/debian ] || echo "DEBIAN_MIRROR is not taken"
		debian_mirror() { false; }
		(suite_apt trixie) 2>&1 | grep -q 'set DEBIAN_MIRROR' ||
			echo "nothing says what to set")
}
silent "where there is no mirror of Debian's, DEBIAN_MIRROR names one" mirror

explained()	# INSMOD'S-WORD TEXT
{
	(. scripts/lib/common.sh && explain_insmod \
		"insmod: ERROR: could not insert module x.ko: $1") | grep -q "$2" ||
		echo "$1 is not explained"
}
insmod_words()
{
	explained "Key was rejected by service" "Secure Boot"
	explained "Required key not available" "signed modules only"
	explained "Operation not permitted" lockdown
	explained "Invalid module format" "another kernel"
	explained "Cannot allocate memory" "Cannot allocate memory; dmesg"
	grep -q '^Secure Boot$' Documentation/install.rst || echo "no such section"
}
silent "what insmod says is explained" insmod_words
finish
