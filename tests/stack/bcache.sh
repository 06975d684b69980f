#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# bcache in writeback mode: both disks lose power, and what had been flushed is
# there. Without its cache the disk has it all once that was written back.
# targets: uml stock-*
# timeout: 120
# shellcheck disable=SC2317,SC2016 # "ok" calls these functions and words
. "${TESTS:?}/lib/tap.sh"
# shellcheck source=tests/stack/disks.bash
. "$TESTS/stack/disks.bash"

B=/sys/block/bcache0/bcache
bc=/dev/bcache0

register()	# NAME: udev may have been faster
{
	settle
	[ -d "/sys/block/ramblk-$1/bcache" ] ||
		echo "/dev/ramblk-$1" >/sys/fs/bcache/register 2>/dev/null
	wait_for 10 test -d "/sys/block/ramblk-$1/bcache"
}

stopped()
{
	[ ! -e "/sys/block/ramblk-$1/bcache" ]
}

# Cache sets without a device in use go when they are told to.
stop()
{
	local d

	for d in /sys/block/bcache*/bcache /sys/fs/bcache/*-*-*; do
		[ ! -e "$d/stop" ] || echo 1 >"$d/stop"
	done
	wait_for 20 stopped back && wait_for 20 stopped cache
}

dirty()
{
	[ "$(cat $B/state)" = dirty ]
}

tools make-bcache=bcache-tools
need bcache
ok "module loads" load ramblk devices=0
ok "a backing disk" disk back size=128M write_cache=1 lose=random
ok "a cache" disk cache size=64M write_cache=1 lose=random
ok "formatted" make-bcache --bucket 64k --writeback -B /dev/ramblk-back -C /dev/ramblk-cache
ok "the backing disk is registered" register back
ok "and the cache" register cache
ok "the device appears" wait_for 10 test -b $bc
echo 0 >$B/writeback_running
echo 0 >$B/sequential_cutoff
ok "mkfs" make_fs ext4 $bc
ok "mount" mount $bc "$M"
ok "files" fill "$M"
ok "they are in the cache alone" dirty
ok "power cut of both" eval 'attr cache power cut; attr back power cut'
umount "$M"
ok "bcache lets go" stop
ok "power on" eval 'attr back power 1; attr cache power 1'
ok "the backing disk comes back" register back
ok "and the cache" register cache
ok "the device appears" wait_for 10 test -b $bc
ok "mount" mount $bc "$M"
ok "the files are the same" same "$M"
ok "umount" umount "$M"
ok "fsck" check_fs ext4 $bc
ok "what is dirty goes to the backing disk" eval \
	'echo 1 >$B/writeback_running; echo 1 >$B/detach; wait_for 60 test ! -e $B/cache'
is "none is left" "$(cat $B/state)" "no cache"
ok "the cache loses power for good" attr cache power cut
ok "mount without it" mount $bc "$M"
ok "the files are the same" same "$M"
ok "umount" umount "$M"
ok "bcache lets go" stop
settle
ok "the disks go away" eval 'wait_for 10 gone back && wait_for 10 gone cache'
ok "module unloads" unload ramblk
finish
