#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# RAID1 and RAID5 of ramblk disks: members lose power and fail, nothing is
# lost, and what was rebuilt is good.
# targets: uml stock-*
# timeout: 60
# shellcheck disable=SC2317,SC2016 # "ok" calls these functions and words
. "${TESTS:?}/lib/tap.sh"
# shellcheck source=tests/stack/disks.bash
. "$TESTS/stack/disks.bash"

md=/dev/md100

members()	# NAME...: as nodes
{
	printf '/dev/ramblk-%s ' "$@"
}

create()	# LEVEL NAME...
{
	local level=$1

	shift
	# shellcheck disable=SC2046 # a list
	mdadm --create "$md" --run --quiet --level="$level" --metadata=1.2 \
		--bitmap=internal --raid-devices=$# $(members "$@") &&
		rebuilt && mdadm --quiet --stop "$md" || return
	# With a log of bad blocks md may keep a member that cannot write.
	# shellcheck disable=SC2046
	mdadm --assemble "$md" --run --quiet --update=no-bbl $(members "$@")
}

idle()
{
	[ "$(cat /sys/block/md100/md/sync_action)" = idle ]
}

settled()
{
	wait_for 20 idle
}

degraded()
{
	cat /sys/block/md100/md/degraded
}

# Between adding a member and rebuilding it an array may look idle, too; md
# sometimes has to be told to begin.
whole()
{
	idle || return
	if [ "$(degraded)" != 0 ]; then
		echo recover >/sys/block/md100/md/sync_action
		return 1
	fi
	[ "$(cat /sys/block/md100/md/resync_start)" = none ]
}

rebuilt()
{
	wait_for 20 whole || {
		cat /proc/mdstat
		grep . /sys/block/md100/md/dev-*/{state,bad_blocks}
		return 1
	}
}

# What one sees of a member that lost power and got it back.
pull()	# NAME
{
	attr "$1" power cut
	# md finds out when it uses it.
	dd if=/dev/urandom of="$M/during-$1" bs=64k count=20 conv=fsync status=none
	wait_for 5 eval '[ "$(degraded)" = 1 ]'
}

put_back()	# NAME
{
	mdadm "$md" --quiet --fail detached --remove detached
	mdadm "$md" --quiet --remove failed
	attr "$1" power 1 || return
	mdadm "$md" --quiet --add "/dev/ramblk-$1" && rebuilt
}

raid()	# LEVEL NAME...
{
	local level=$1 name=raid$1 d

	shift
	for d; do
		ok "$name: disk $d" disk "$d" size=48M write_cache=1
	done
	ok "$name: create" create "$level" "$@"
	ok "$name: mkfs" mkfs.ext4 -q -F $md
	ok "$name: mount" mount $md "$M"
	ok "$name: files" fill "$M"

	ok "$name: one loses power" pull "$1"
	ok "$name: the files are the same" same "$M"
	ok "$name: it comes back and is rebuilt" put_back "$1"

	attr "$2" faults/write 1000000
	dd if=/dev/urandom of="$M/during-errors" bs=64k count=20 conv=fsync \
		status=none
	ok "$name: one that cannot write is thrown out" \
		wait_for 5 eval '[ "$(degraded)" = 1 ]'
	num "$name: the fault struck" "$(show "$2" faults/write_hits)" -gt 0
	attr "$2" faults/write 0
	ok "$name: it comes back and is rebuilt" put_back_failed "$2"
	echo 3 >/proc/sys/vm/drop_caches
	ok "$name: the files are the same" same "$M"

	# Each of those that were rebuilt is needed now.
	ok "$name: the last one loses power" pull "${!#}"
	echo 3 >/proc/sys/vm/drop_caches
	ok "$name: the files are the same" same "$M"
	ok "$name: it comes back and is rebuilt" put_back "${!#}"
	ok "$name: umount" umount "$M"
	echo check >/sys/block/md100/md/sync_action
	ok "$name: a check runs" settled
	is "$name: it finds no mismatch" "$(cat /sys/block/md100/md/mismatch_cnt)" 0
	ok "$name: fsck" check_fs ext4 $md
	ok "$name: stop" mdadm --quiet --stop $md
	for d; do
		ok "$name: disk $d goes away" gone "$d"
	done
}

put_back_failed()	# NAME
{
	mdadm "$md" --quiet --remove failed
	mdadm "$md" --quiet --add "/dev/ramblk-$1" && rebuilt
}

have mdadm || { fail "mdadm is there"; finish; }
need md-mod raid1 raid456
ok "module loads" load ramblk devices=0
raid 1 a b
raid 5 c d e
ok "module unloads" unload ramblk
finish
