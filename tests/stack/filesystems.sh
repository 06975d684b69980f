#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# mkfs, mount, use, check, and memory given back: ext4, xfs, btrfs, vfat.
# targets: uml stock-*
# timeout: 60
# shellcheck disable=SC2317,SC2016 # "ok" calls these functions and words
. "${TESTS:?}/lib/tap.sh"
# shellcheck source=tests/stack/disks.bash
. "$TESTS/stack/disks.bash"

# Discards count from the next FLUSH on.
trimmed()	# NAME BYTES
{
	sync -f "$M"
	fstrim "$M" || return
	date >"$M/now"
	sync "$M/now"
	[ "$(show "$1" stats/allocated_bytes)" -le "$2" ]
}

on_fs()	# TYPE NAME
{
	local dev=/dev/ramblk-$2 held

	if ! modprobe -q "$1" && ! grep -qw "$1" /proc/filesystems; then
		case $SOFTDEV_TARGET in
		uml | stock*) fail "the kernel has $1" ;;
		*) skip "$1" "not in this kernel" ;;
		esac
		return
	fi
	ok "$1: a disk for it" disk "$2" size=400M write_cache=1
	ok "$1: mkfs" make_fs "$1" "$dev"
	is "$1: blkid knows it" "$(blkid -p -s TYPE -o value "$dev")" "$1"
	ok "$1: mount" mount -t "$1" "$dev" "$M"
	ok "$1: files" fill "$M"
	ok "$1: umount" umount "$M"
	ok "$1: fsck" check_fs "$1" "$dev"
	ok "$1: mount again" mount -t "$1" "$dev" "$M"
	ok "$1: the files are the same" same "$M"
	held=$(show "$2" stats/allocated_bytes)
	num "$1: they take memory" "$held" -ge 9000000
	ok "$1: remove them" rm -rf "$M/noise" "$M/tree" "$M/zeros"
	# btrfs forgets them some time later.
	ok "$1: fstrim brings their memory back" wait_for 10 \
		trimmed "$2" $((held - 8000000))
	ok "$1: umount" umount "$M"
	ok "$1: power 0 and 1" eval "attr $2 power 0 && attr $2 power 1"
	is "$1: still there" "$(blkid -p -s TYPE -o value "$dev")" "$1"
	ok "$1: fsck" check_fs "$1" "$dev"
	ok "$1: the disk goes away" gone "$2"
}

ok "module loads" load ramblk devices=0
on_fs ext4 e
on_fs vfat v
if [ "$SOFTDEV_SLOW" -le 2 ]; then
	on_fs xfs x
	on_fs btrfs b
else
	skip "xfs and btrfs" "takes too long here; run in uml"
fi
ok "module unloads" unload ramblk
finish
