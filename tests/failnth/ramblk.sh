#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml-kasan uml-gcov
# timeout: 300
. "${TESTS:?}/lib/tap.sh"
. "$TESTS/failnth/lib.bash"

C=/sys/kernel/config/ramblk
N=ramblk-x
D=$C/$N

leaks_begin
# Of few parts: each round takes half a second. The last of them fail when the
# disk is there already.
sweep_load ramblk size=16M queues=1 queue_depth=2
load ramblk size=16M

sweep "mkdir" -- "mkdir $D" -- "-rmdir $D"
# Off, the settings, on: what the disk needs to appear.
sweep_on()	# ATTRIBUTE=VALUE
{
	sweep "power on with $1" "mkdir $D" "put $D/size 16M" \
		"put $D/${1%=*} ${1#*=}" -- "put $D/power 1" -- \
		"-put $D/power 0" "rmdir $D"
}

for set in size=16M queues=2 write_cache=1 chunk=huge completion=timer \
	bandwidth=1G; do
	sweep_on $set
done
sweep "power off" -s 0 "mkdir $D" "put $D/size 16M" "put $D/power 1" -- \
	"put $D/power 0" -- "-put $D/power 0" "rmdir $D"
sweep "the plug" -s 0 "mkdir $D" "put $D/size 16M" "put $D/write_cache 1" \
	"put $D/power 1" "open 1 /dev/$N rw direct" "pwrite 1 64K 0" "fsync 1" \
	"pwrite 1 64K 32K" "close 1" -- "put $D/power cut" -- \
	"-put $D/power 0" "rmdir $D"

mkdir $D
echo 16M >$D/size
echo 1 >$D/power
for set in size=8M mem_limit=4M readonly=1 latency_ns=10 bandwidth=1G \
	lose=random tear=1 bad_blocks=+100-107 bad_blocks=-100-107 \
	faults/read=0 faults/seed=3; do
	sweep "$set, live" -s 0 -- "put $D/${set%=*} ${set#*=}" -- \
		"put $D/readonly 0" "put $D/mem_limit 0" "put $D/size 16M"
done
for cache in 0 1; do
	echo 0 >$D/power
	echo 1 >$D/clear
	echo $cache >$D/write_cache
	echo 1 >$D/power
	w="write cache $cache"
	sweep "open, $w" -- "open 1 /dev/$N rw direct" --
	sweep "first write, $w" "open 1 /dev/$N rw direct" \
		"blk 1 discard 0 1M" "fsync 1" -- "pwrite 1 64K 0" --
	sweep "a write over another, $w" "open 1 /dev/$N rw direct" \
		"pwrite 1 64K 0" "fsync 1" -- "pwrite 1 64K 0" --
	sweep "read, $w" "open 1 /dev/$N rw direct" "pwrite 1 64K 0" -- \
		"pread 1 64K 0" --
	sweep "a large write, $w" -m 20000 "open 1 /dev/$N rw direct" \
		"blk 1 discard 0 4M" "fsync 1" -- "pwrite 1 1M 0" --
	sweep "through the page cache, $w" "open 1 /dev/$N rw" -- \
		"pwrite 1 20000 100" "fsync 1" --
	sweep "O_DSYNC, $w" -s 0 "open 1 /dev/$N rw direct dsync" -- \
		"pwrite 1 8K 0" --
	sweep "fsync, $w" -s 0 "open 1 /dev/$N rw direct" "pwrite 1 64K 0" -- \
		"fsync 1" --
	sweep "discard, $w" "open 1 /dev/$N rw direct" "pwrite 1 64K 0" -- \
		"blk 1 discard 0 32K" --
	sweep "discard of parts, $w" "open 1 /dev/$N rw direct" \
		"pwrite 1 64K 0" "fsync 1" -- "blk 1 discard 512 12K" --
	sweep "zero-out, $w" "open 1 /dev/$N rw direct" "pwrite 1 64K 0" -- \
		"blk 1 zeroout 0 32K" --
	sweep "punch, $w" -s 0 "open 1 /dev/$N rw direct" "pwrite 1 64K 0" -- \
		"fallocate 1 punch 0 32K" --
	sweep "snapshot, $w" "open 1 /dev/$N rw direct" "pwrite 1 64K 0" -- \
		"put $D/snapshot one" -- "-put $D/snapshot -one"
	sweep "a write after a snapshot, $w" "open 1 /dev/$N rw direct" \
		"pwrite 1 64K 0" "fsync 1" "put $D/snapshot one" -- \
		"pwrite 1 32K 4096" -- "put $D/snapshot -one"
	sweep "a discard after a snapshot, $w" "open 1 /dev/$N rw direct" \
		"pwrite 1 64K 0" "fsync 1" "put $D/snapshot one" -- \
		"blk 1 discard 4096 16K" "fsync 1" -- "put $D/snapshot -one"
	sweep "drop a snapshot, $w" -s 0 "put $D/snapshot one" -- \
		"put $D/snapshot -one" -- "-put $D/snapshot -one"
	sweep "restore, $w" -s 0 "put $D/power 1" "put $D/snapshot one" \
		"open 1 /dev/$N rw direct" "pwrite 1 32K 0" "close 1" \
		"put $D/power 0" -- "put $D/restore one" -- \
		"put $D/power 1" "put $D/snapshot -one"
	sweep "reread the partitions, $w" "open 1 /dev/$N rw" -- "rrpart 1" --
done
ok "mkfs" mke2fs -qF -t ext4 /dev/$N
mkdir -p "$T/m"
sweep "mount and unmount ext4" -m 20000 -- "mount /dev/$N $T/m ext4" \
	"umount $T/m" -- "-umount $T/m"
sweep "clear" -s 0 "put $D/power 0" -- "put $D/clear 1" -- "put $D/power 1"
ok "rmdir" rmdir $D
ok "it unloads" unload ramblk
leaks_end "nothing is lost"

# By themselves, since blk-mq loses something here.
leaks_begin
load ramblk size=16M
sweep_on poll_queues=1
ok "it unloads" unload ramblk
leaks_end "nothing of ours is lost with poll queues" "$LEAKS_POLL"
finish
