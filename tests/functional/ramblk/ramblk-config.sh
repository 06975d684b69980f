#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml* x86-* stock-*
# timeout: 90
#
# ramblk: configfs: making disks, tuning them, resizing, taking them away.
. "${TESTS:?}/lib/tap.sh"

R=/sys/kernel/config/ramblk
C=$R/ramblk-a
D=/dev/ramblk-a

set_to()	# ATTRIBUTE VALUE
{
	echo "$2" >"$C/$1"
}

size()
{
	blockdev --getsize64 $D
}

fill()	# COUNT SEEK: so many sectors of letters
{
	head -c $(($1 * 512)) /dev/zero | tr '\0' "${3:-x}" |
		dd of=$D bs="${BS:-512}" seek="$2" conv=notrunc oflag=direct \
			status=none iflag=fullblock
}

count()	# SKIP COUNT: bytes there that are not zero
{
	dd if=$D bs="${BS:-512}" skip="$1" count="$2" iflag=direct status=none |
		tr -d '\0' | wc -c
}

writes()
{
	awk '{print $5}' /sys/block/ramblk-a/stat
}

busy()	# WRITES BEFORE
{
	[ "$(writes)" -gt $(($1 + 2000)) ]
}

ended()
{
	! kill -0 "$1" 2>/dev/null
}

ok "loads" load ramblk devices=1 size=16M
wait_for 5 test -b /dev/ramblk0
fails "the disk made at load stays" "not permitted" rmdir $R/ramblk0
for name in x ramblk ramblk-1 ramblk9 ramblk- ramblk-a.b 'ramblk-a b'; do
	fails "no disk by the name of $name" "Invalid" mkdir "$R/$name"
done
fails "nor of one too long" "too long" mkdir $R/ramblk-abcdefghijklmnopqrstu
ok "one just not too long" mkdir $R/ramblk-abcdefghijklmnopqrst
ok "goes" rmdir $R/ramblk-abcdefghijklmnopqrst

ok "a directory" mkdir $C
fails "two of the name" "exists" mkdir $C
fails "keeps the module" "in use" unload ramblk
is "the parameter is its size" "$(cat $C/size)" $((16 << 20))
is "it has no power" "$(cat $C/power)" 0
not_ok "so it has no node" test -e $D

ok "size takes a suffix" set_to size 20M
is "and reads in bytes" "$(cat $C/size)" $((20 << 20))
for bad in 0 511 1000 10000000T 9E x '' -1 20Q; do
	not_ok "size refuses '$bad'" set_to size "$bad"
done
fails "size out of bounds" "out of range" set_to size 9E
fails "size of no multiple" "Invalid" set_to size 1000
for pair in block_size:256 block_size:8192 block_size:1000 queues:0 queues:x \
	physical_block_size:128K chunk:vast write_cache:2 lose:half \
	completion:soon power:2 power:on bad_blocks:5-6 bad_blocks:+6-5 \
	bad_blocks:+5 bad_blocks:+a-b bad_blocks:+1-99999999999999999999 \
	snapshot:a/b snapshot:-- snapshot: restore:-x clear:0 mem_limit:-1 \
	snapshot:abcdefghijklmnopqrstuvwxyz0123456; do
	not_ok "${pair%%:*} refuses '${pair#*:}'" \
		set_to "${pair%%:*}" "${pair#*:}"
done
is "size is as it was" "$(cat $C/size)" $((20 << 20))
for rate in 1000001 -1 x; do
	not_ok "a rate of $rate is refused" set_to faults/read "$rate"
done

ok "power" set_to power 1
ok "brings the node" wait_for 5 test -b $D
is "with the size" "$(size)" $((20 << 20))
is "power reads 1" "$(cat $C/power)" 1
ok "power again is fine" set_to power 1
for a in block_size:512 physical_block_size:4096 queues:1 poll_queues:0 \
	queue_depth:16 node:-1 chunk:huge write_cache:1 discard:0 \
	rotational:1 completion:timer max_sectors:64 clear:1 restore:x; do
	fails "${a%%:*} is EBUSY now" "busy" set_to "${a%%:*}" "${a#*:}"
done
is "chunk is as it was" "$(cat $C/chunk)" page

ok "data" fill 16 8
ok "and more at the end" fill 8 $((40960 - 8))
ok "grows" set_to size 32M
is "at once" "$(size)" $((32 << 20))
is "the end reads as zeros" "$(count 40960 1024)" 0
is "what was the end is there" "$(count $((40960 - 8)) 8)" 4096
ok "grows far" set_to size 1P
ok "takes data there" fill 8 $((2 ** 41 - 8))
is "gives it back" "$(count $((2 ** 41 - 8)) 8)" 4096
is "takes a page for it" "$(cat $C/stats/allocated_bytes)" $((4 * 4096))
exec 5<>$D
ok "shrinks while just open" set_to size 10M
exec 5<&-
is "gives back what is gone" "$(cat $C/stats/allocated_bytes)" 8192
is "the new end" "$(size)" $((10 << 20))
ok "grows again" set_to size 20M
is "with zeros" "$(count 40000 960)" 0
is "and the data" "$(count 8 16)" 8192
ok "a file system" mkfs.ext4 -q -F $D
mkdir "$T/mnt"
ok "mounted" mount $D "$T/mnt"
fails "keeps it from shrinking" "busy" set_to size 10M
is "size is as it was" "$(cat $C/size)" $((20 << 20))
ok "not from growing" set_to size 40M
ok "which it uses" resize2fs $D
ok "unmounted" umount "$T/mnt"
ok "clean" e2fsck -fn $D

ok "read-only" set_to readonly 1
is "says the node" "$(blockdev --getro $D)" 1
not_ok "and writing fails" fill 1 0
ok "no more" set_to readonly 0
ok "and writing works" fill 1 0
exec 6>$D
ok "read-only with a writer" set_to readonly 1
not_ok "whose writes fail" dd if=/dev/zero of=/proc/self/fd/6 bs=4096 count=1 \
	conv=fsync status=none
exec 6>&-
ok "not read-only" set_to readonly 0

sum=$(dd if=$D bs=1M status=none | md5sum)
ok "power off" set_to power 0
not_ok "takes the node away" wait_for 1 test -b $D
ok "restful" set_to power 0
ok "and on" set_to power 1
wait_for 5 test -b $D
is "keeps the contents" "$(dd if=$D bs=1M status=none | md5sum)" "$sum"
exec 7<>$D
ok "power off under an open node" set_to power 0
ok "power on" set_to power 1
wait_for 5 test -b $D
not_ok "the old descriptor stays dead" \
	dd if=/dev/zero of=/proc/self/fd/7 bs=512 count=1 conv=fsync status=none
exec 7>&-
set_to power 0
ok "clear" set_to clear 1
is "frees the contents" "$(cat $C/stats/allocated_bytes)" 0
for a in block_size:4096 physical_block_size:16K queues:1 queue_depth:16 \
	chunk:huge write_cache:1 discard:0 rotational:1 completion:softirq \
	max_sectors:64 size:64M; do
	ok "${a%%:*} takes ${a#*:}" set_to "${a%%:*}" "${a#*:}"
done
ok "power on" set_to power 1
wait_for 5 test -b $D
Q=/sys/block/ramblk-a/queue
is "logical blocks" "$(cat $Q/logical_block_size)" 4096
is "physical blocks" "$(cat $Q/physical_block_size)" 16384
is "one queue" "$(ls /sys/block/ramblk-a/mq)" 0
is "no discard" "$(cat $Q/discard_max_bytes)" 0
is "it rotates" "$(cat $Q/rotational)" 1
is "a write cache" "$(cat $Q/write_cache)" "write back"
is "small requests" "$(cat $Q/max_hw_sectors_kb)" 32
BS=4096
ok "data" fill 8 0
is "a huge chunk of it" "$(cat $C/stats/allocated_bytes)" $((2 << 20))
is "which it is" "$(count 0 1)" 4096
BS=512
set_to power 0
set_to clear 1

set_to chunk page
set_to write_cache 0
set_to mem_limit 1M
set_to block_size 512
set_to size $(((16 << 20) + 512))
set_to discard 1
set_to block_size 4096
fails "no disk of half a block more" "Invalid" set_to power 1
ok "and it is said why" klog_has \
	'ramblk-a: size=16777728: must be a multiple of block_size=4096'
set_to block_size 512
set_to size 16M
set_to power 1
wait_for 5 test -b $D
ok "up to the limit" fill 2048 0
fails "and no further" "No space" fill 8 4096
ok "what is there can be written" fill 2048 0 y
is "and read" "$(count 0 2048)" $((1 << 20))
ok "discard" blkdiscard -o 0 -l 4096 $D
ok "makes room" fill 8 4096
ok "a higher limit" set_to mem_limit 2M
ok "too" fill 1024 8192

# Taken away while it works, not while it starts: a fio that finds no disk
# would make a file of that name, and be content.
before=$(writes)
fio --name=x --filename=$D --allow_file_create=0 --direct=1 \
	--rw=randrw --bs=4k --size=1M \
	--ioengine=libaio --iodepth=16 --time_based --runtime=20 \
	>"$T/fio" 2>&1 &
fio=$!
ok "I/O runs" wait_for "$(slow 15)" busy "$before"
ok "power off under I/O" timeout 20 bash -c "echo 0 >$C/power"
ok "lets the I/O end" wait_for "$(slow 15)" ended $fio
set_to power 1
wait_for 5 test -b $D
exec 8<>$D
ok "rmdir of an open disk" rmdir $C
not_ok "takes the node" wait_for 1 test -b $D
exec 8>&-
ok "unloads" unload ramblk
finish
