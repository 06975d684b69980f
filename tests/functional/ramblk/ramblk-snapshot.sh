#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml* x86-* stock-*
# timeout: 60
#
# ramblk: snapshots and returning to them.
. "${TESTS:?}/lib/tap.sh"

C=/sys/kernel/config/ramblk/ramblk0
D=/dev/ramblk0

set_to()
{
	echo "$2" >"$C/$1"
}

fill()	# BLOCK COUNT LETTER
{
	head -c $(($2 * 4096)) /dev/zero | tr '\0' "$3" |
		dd of=$D bs=4096 seek="$1" conv=notrunc oflag=direct \
			status=none iflag=fullblock
}

# letters BLOCK COUNT: each letter there with the blocks that hold it
letters()
{
	dd if=$D bs=4096 skip="$1" count="$2" iflag=direct status=none |
		tr '\0' '.' | fold -w 4096 | cut -c1 | sort | uniq -c |
		awk '{printf "%s%s%d", sep, $2, $1; sep = " "}'
}

stat()
{
	cat $C/stats/"$1"
}

back()	# NAME
{
	echo 0 >$C/power
	echo "$1" >$C/restore && echo 1 >$C/power && wait_for 5 test -b $D
}

ok "loads" load ramblk size=64M
wait_for 5 test -b $D
fill 0 1024 a
ok "a snapshot of a live disk" set_to snapshot one
fails "twice the name" "exists" set_to snapshot one
is "costs nothing yet" "$(stat snapshot_bytes) $(cat $C/snapshots)" "0 one 0"
is "nor more memory" "$(stat allocated_bytes)" $((1024 * 4096))
fill 0 16 b
is "what changes costs RAM" "$(stat snapshot_bytes) $(cat $C/snapshots)" \
	"65536 one 65536"
is "that much" "$(stat allocated_bytes)" $((1040 * 4096))
fill 0 16 c
is "once" "$(stat allocated_bytes)" $((1040 * 4096))
ok "a second" set_to snapshot two.2
fill 8 16 d
ok "a third" set_to snapshot _3-x
blkdiscard -o $((512 * 4096)) -l $((512 * 4096)) $D
is "a discard gives nothing back" "$(stat allocated_bytes)" \
	$((1056 * 4096))
is "the disk has its own" "$(letters 0 1024)" ".512 a488 c8 d16"
fails "restore with power" "busy" set_to restore one
set_to power 0
fails "restore of what was never kept" "No such" set_to restore none
set_to power 1
wait_for 5 test -b $D
is "changes nothing" "$(letters 0 1024)" ".512 a488 c8 d16"
ok "back to the second" back two.2
is "is as it was" "$(letters 0 1024)" "a1008 c16"
ok "back to the first" back one
is "is as it was" "$(letters 0 1024)" a1024
fill 100 4 e
ok "on to the third" back _3-x
is "is as it was" "$(letters 0 1024)" "a1000 c8 d16"
ok "to the first again" back one
is "untouched by what was written in between" "$(letters 0 1024)" a1024
is "all are listed" "$(cut -d' ' -f1 $C/snapshots | tr '\n' ' ')" \
	"one two.2 _3-x "
fails "an unknown one" "No such" set_to snapshot -nope
ok "dropping one" set_to snapshot -two.2
ok "and another" set_to snapshot -_3-x
is "frees what only they had" "$(stat allocated_bytes)" $((1024 * 4096))
fill 0 8 f
ok "size is kept, too" set_to size 128M
fill 20000 4 g
ok "so going back" back one
is "is to the old one" "$(blockdev --getsize64 $D) $(cat $C/size)" \
	"$((64 << 20)) $((64 << 20))"
is "with its contents" "$(letters 0 1024)" a1024
set_to power 0
ok "clear spares snapshots" set_to clear 1
is "which hold everything now" "$(stat snapshot_bytes)" $((1024 * 4096))
set_to power 1
wait_for 5 test -b $D
is "the disk is empty" "$(letters 0 1024)" .1024
set_to mem_limit 5M
fill 0 256 h
fails "the limit counts snapshots" "No space" fill 256 16 h
set_to mem_limit 0
ok "dropping the last" set_to snapshot -one
is "leaves the disk's own" "$(stat allocated_bytes)" $((256 * 4096))
is "and no list" "$(cat $C/snapshots)" ""

# Taken while it is written: each block is whole, the past does not change.
fio --name=x --filename=$D --allow_file_create=0 --direct=1 --rw=randwrite --bs=4k-64k --size=16M \
	--ioengine=libaio --iodepth=16 --time_based --runtime=30 \
	>"$T/fio" 2>&1 &
fio=$!
wait_for "$(slow 15)" eval \
	'[ "$(awk "{print \$5}" /sys/block/ramblk0/stat)" -gt 3000 ]'
for i in 1 2 3 4 5; do
	set_to snapshot "s$i" || fail "snapshot $i"
done
kill $fio
wait $fio 2>/dev/null
ok "the file is gone" back s1
sum=$(md5sum <$D)
fill 0 512 i
ok "and back" back s1
is "what was kept stays" "$(md5sum <$D)" "$sum"
set_to power 0

# With a write cache.
set_to clear 1
set_to write_cache 1
set_to power 1
wait_for 5 test -b $D
fill 0 16 j
held=$(stat snapshot_bytes)
ok "a snapshot keeps what is not flushed" set_to snapshot cached
is "for nothing" "$(stat snapshot_bytes)" "$held"
fill 0 8 k
is "but what changes" "$(stat snapshot_bytes)" $((held + 8 * 4096))
echo cut >$C/power
set_to power 1
wait_for 5 test -b $D
is "the cut loses it" "$(letters 0 16)" .16
ok "going back" back cached
is "has it" "$(letters 0 16)" j16
echo cut >$C/power
set_to power 1
wait_for 5 test -b $D
is "durably" "$(letters 0 16)" j16

# Ten times over a file system.
set_to power 0
for i in 1 2 3 4 5; do set_to snapshot "-s$i"; done
set_to clear 1
set_to power 1
wait_for 5 test -b $D
mkfs.ext4 -q -F $D
set_to snapshot fresh
mkdir "$T/mnt"
for i in 1 2 3; do
	mount $D "$T/mnt" && [ ! -e "$T/mnt/x" ] && touch "$T/mnt/x" &&
		umount "$T/mnt" && back fresh || fail "round $i"
done
ok "a file system is fresh each time" e2fsck -fn $D
ok "unloads with snapshots" unload ramblk
finish
