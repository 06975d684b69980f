# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034 # what it sets is for others
#
# disks.bash: what the tests of everything that is built on a disk share.
#
#   disk NAME [ATTRIBUTE=VALUE...]  makes /dev/ramblk-NAME, powered
#   attr NAME ATTRIBUTE VALUE       writes one of its attributes
#   show NAME ATTRIBUTE             reads one
#   gone NAME                       takes it away
#   make_fs TYPE NODE, check_fs TYPE NODE (changes nothing)
#   fill DIR                        some files there
#   same DIR                        are they still what they were?
#   need MODULE...                  modules of the kernel; skips where a
#                                   trimmed kernel lacks them
#   tools COMMAND=PACKAGE...        skips where one is not installed
#   settle                          waits until udev has looked at all disks

C=/sys/kernel/config/ramblk
M=$T/mnt
mkdir -p "$M"

attr()
{
	echo "$3" >"$C/ramblk-$1/$2"
}

show()
{
	cat "$C/ramblk-$1/$2"
}

disk()
{
	local name=$1 a

	shift
	mkdir "$C/ramblk-$name" || return
	for a; do
		attr "$name" "${a%%=*}" "${a#*=}" || return
	done
	attr "$name" power 1 && wait_for 5 test -b "/dev/ramblk-$name"
}

gone()
{
	attr "$1" power 0 && rmdir "$C/ramblk-$1"
}

make_fs()
{
	case $1 in
	ext4) mkfs.ext4 -q -F "$2" ;;
	xfs) mkfs.xfs -q -f "$2" ;;
	btrfs) mkfs.btrfs -q -f "$2" ;;
	vfat) mkfs.vfat -F 32 "$2" ;;
	esac
}

check_fs()
{
	case $1 in
	ext4) e2fsck -fn "$2" ;;
	xfs) xfs_repair -n "$2" ;;
	btrfs) btrfs check --readonly "$2" ;;
	vfat) fsck.vfat -n "$2" ;;
	esac
}

fill()
{
	cp -rL "$TESTS/functional" "$1/tree" &&
		head -c 9000001 /dev/urandom >"$1/noise" &&
		head -c 5000000 /dev/zero >"$1/zeros" &&
		truncate -s 20M "$1/sparse" &&
		( cd "$1" && find . -type f -print0 | sort -z |
			xargs -0 sha256sum ) >"$T/sums" &&
		sync -f "$1"
}

same()
{
	( cd "$1" && sha256sum --quiet -c "$T/sums" )
}

# Full targets have all of it; the debug flavours leave some out.
need()
{
	local m

	for m; do
		modprobe -q "$m" && continue
		case $SOFTDEV_TARGET in
		uml | stock*)
			fail "the kernel has $m"
			finish ;;
		esac
		skip_all "no $m in this kernel"
	done
}

# The tools of a test that not every machine has: those that are not there are
# named, and the script ends.
tools()	# COMMAND=PACKAGE...
{
	local t missing=()

	for t; do
		have "${t%%=*}" || missing+=("${t%%=*} (package ${t#*=})")
	done
	[ ${#missing[@]} = 0 ] || skip_all "not installed: ${missing[*]}"
}
