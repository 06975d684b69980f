# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034 # what it sets is for others
#
# targets.sh: a target names the kernel that something is built for and runs
# in.
#
#   stock           the kernel of the host's own suite, in a VM on the host's
#                   files
#   stock-VERSION   Debian's kernel of that version in a VM on a root of its
#                   own, built there with its own compiler
#   FLAVOUR         tests/kernels/FLAVOUR.config: user-mode Linux (arch: um)
#                   or a VM on the host's files
#   builtin         user-mode Linux with the four inside (=y), no modules
#
# "target_open NAME" makes what is missing and sets
#   T_NAME    the target
#   T_KIND    uml or vm, or none: to compile for only
#   T_IMAGE   the kernel to boot
#   T_MODS    directory that is /lib/modules/RELEASE (or its parent in T_ROOT)
#   T_ROOT    / or the directory of the guest's root
#   T_KDIR    what "make -C" takes (as seen from T_ROOT)
#   T_MAKE    (array) further arguments of make: ARCH=um O=...
#   T_KUNIT   yes if it has KUnit
#   T_QEMU    further options of QEMU, if it is a VM
#   T_SLOW    how many times slower than a plain machine it is

# shellcheck source=scripts/lib/packages.sh
. "$SCRIPTS/lib/packages.sh"

# Which root has the kernel, and from which suite it comes.
root_of_version()
{
	case $1 in
	6.1) echo bookworm ;;
	6.12 | 7.2) echo trixie ;;
	*) return 1 ;;
	esac
}

have_target()
{
	case $1 in
	stock | builtin) ;;
	stock-*) root_of_version "${1#stock-}" >/dev/null ;;
	*) [ -f "$TOP/tests/kernels/$1.config" ] ;;
	esac
}

# /dev/kvm may be there and still be none (a nested, paravirtual one hangs a
# stock kernel at boot), so only the two that are known are taken unasked.
accelerator()
{
	case ${ACCEL-} in
	kvm | tcg) echo "$ACCEL"; return ;;
	'') ;;
	*) die "ACCEL=$ACCEL is not known: kvm or tcg" ;;
	esac
	if [ -r /dev/kvm ] && [ -w /dev/kvm ] &&
	   { [ -d /sys/module/kvm_intel ] || [ -d /sys/module/kvm_amd ]; }; then
		echo kvm
	else
		echo tcg
	fi
}

vm_slowness()
{
	if [ "$(accelerator)" = kvm ]; then echo 2; else echo 10; fi
}

target_open()
{
	have_target "$1" ||
		die "no target $1: stock, stock-6.1, stock-6.12, stock-7.2 or one of" \
			"$(find "$TOP/tests/kernels" -name '*.config' -printf '%f ' |
			   sed 's/\.config / /g')"
	T_NAME=$1 T_ROOT=/ T_MAKE=() T_SLOW=1 T_KUNIT=no T_QEMU=
	case $1 in
	stock) _open_stock ;;
	builtin) _open_builtin ;;
	stock-*) _open_root "${1#stock-}" ;;
	*) _open_flavour "$1" ;;
	esac
}

_open_flavour()
{
	local dir options

	dir=$("$SCRIPTS/build-kernel" "$1") || exit
	T_MODS=$dir/modules
	T_KDIR=$(readlink -f "$dir/source")
	T_ROOT=$(cat "$dir/root")
	read -ra options <"$dir/make"
	T_MAKE=("ARCH=$(cat "$dir/arch")" "O=$dir/build" "${options[@]}")
	# A kernel that can count lines counts ours.
	! grep -q '^CONFIG_GCOV_KERNEL=y' "$dir/config" ||
		T_MAKE+=(GCOV_PROFILE=y)
	! grep -q '^CONFIG_KUNIT=y' "$dir/config" || T_KUNIT=yes
	if [ ! -e "$dir/modules" ]; then
		# No Module.symvers to look the kernel's symbols up in.
		T_KIND=none T_IMAGE=$dir
		T_MAKE+=(KBUILD_MODPOST_WARN=1)
		# All four, whether or not they would find all they need.
		for dir in RINGCHAR RAMBLK LOOPNET PSEUDO; do
			T_MAKE+=("CONFIG_SOFTDEV_$dir=m")
		done
	elif [ "$(cat "$dir/arch")" = um ]; then
		T_KIND=uml T_IMAGE=$dir/linux T_SLOW=$(cat "$dir/slow")
	else
		T_KIND=vm T_IMAGE=$dir/bzImage
		T_QEMU=$(sed -n 's/^# qemu: *//p' \
			"$TOP/tests/kernels/$1.config")
		T_SLOW=$(($(vm_slowness) * $(cat "$dir/slow")))
	fi
}

_open_builtin()
{
	local dir

	dir=$("$SCRIPTS/build-builtin") || exit
	T_KIND=uml T_IMAGE=$dir/linux T_MODS=$dir/no-modules T_KDIR=$dir/source
}

_open_stock()
{
	local dir

	dir=$("$SCRIPTS/stock-kernel") || exit
	T_KIND=vm T_SLOW=$(vm_slowness)
	T_IMAGE=$(readlink -f "$dir/vmlinuz")
	T_MODS=$(readlink -f "$dir/modules")
	T_KDIR=$(cat "$dir/kdir")
}

_open_root()
{
	local version=$1 dir release

	dir=$("$SCRIPTS/make-root" "$(root_of_version "$version")") || exit
	release=$(cat "$dir/etc/softdev/kernel-$version") ||
		die "the root $dir has no kernel $version: remove it and try again"
	T_KIND=vm T_SLOW=$(vm_slowness) T_ROOT=$dir
	T_IMAGE=$dir/boot/vmlinuz-$release
	T_MODS=/lib/modules/$release
	T_KDIR=/lib/modules/$release/build
}
