#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# dm-thin on ramblk: thin volumes, their snapshots, discards, a power cut.
# targets: uml stock-*
# timeout: 60
# shellcheck disable=SC2317,SC2016 # "ok" calls these functions and words
. "${TESTS:?}/lib/tap.sh"
# shellcheck source=tests/stack/disks.bash
. "$TESTS/stack/disks.bash"

export DM_DISABLE_UDEV=1
pool=/dev/mapper/softdev-pool

open_pool()
{
	dmsetup create softdev-pool --table \
		"0 $((128 * 2048)) thin-pool /dev/ramblk-meta /dev/ramblk-data 128 0"
}

open_thin()	# NAME ID
{
	dmsetup create "softdev-$1" --table "0 $((1024 * 2048)) thin $pool $2"
}

tell()	# MESSAGE
{
	dmsetup message softdev-pool 0 "$1"
}

remove()	# NAME...
{
	local n

	for n; do
		wait_for 5 dmsetup remove "softdev-$n" || return
	done
}

have dmsetup || { fail "dmsetup is there"; finish; }
need dm-mod dm-thin-pool
ok "module loads" load ramblk devices=0
ok "a disk for metadata" disk meta size=4M write_cache=1
ok "a disk for data" disk data size=128M write_cache=1
ok "the pool" open_pool
ok "a volume" tell "create_thin 0"
ok "of 1 GiB" open_thin thin 0
ok "mkfs" mkfs.ext4 -q -F -E lazy_itable_init=1 /dev/mapper/softdev-thin
ok "mount" mount /dev/mapper/softdev-thin "$M"
ok "files" fill "$M"

ok "suspend" dmsetup suspend softdev-thin
ok "a snapshot" tell "create_snap 1 0"
ok "resume" dmsetup resume softdev-thin
ok "overwrite" eval 'cat /dev/zero | head -c 9000001 >"$M/noise"; sync -f "$M"'
not_ok "the files have changed" same "$M"
ok "open the snapshot" open_thin snap 1
ok "umount" umount "$M"
ok "mount the snapshot" mount /dev/mapper/softdev-snap "$M"
ok "it has the old files" same "$M"
ok "umount" umount "$M"
held=$(show data stats/allocated_bytes)
num "both take memory" "$held" -gt 18000000

ok "power cut of the data" attr data power cut
ok "power cut of the metadata" attr meta power cut
ok "all goes" remove snap thin pool
ok "power on" eval 'attr data power 1 && attr meta power 1'
if have thin_check; then
	ok "thin_check" thin_check /dev/ramblk-meta
else
	skip "thin_check" "thin-provisioning-tools is not there"
fi
ok "the pool again" open_pool
ok "the volume again" open_thin thin 0
ok "the snapshot again" open_thin snap 1
ok "mount the snapshot" mount /dev/mapper/softdev-snap "$M"
ok "it has the old files" same "$M"
ok "umount" umount "$M"
ok "fsck" check_fs ext4 /dev/mapper/softdev-thin

ok "discard of the volume" blkdiscard -f /dev/mapper/softdev-thin
ok "remove the snapshot" remove snap
ok "delete it" tell "delete 1"
ok "a new volume" tell "create_thin 2"
ok "open it" open_thin new 2
ok "discards come through" wait_for 5 eval \
	'[ "$(show data stats/allocated_bytes)" -lt $((held - 9000000)) ]'
ok "all goes" remove new thin pool
ok "the disks go away" eval 'gone data && gone meta'
ok "module unloads" unload ramblk
finish
