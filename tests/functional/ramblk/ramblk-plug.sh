#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml* x86-* stock-*
# timeout: 90
#
# ramblk: the write cache and the plug.
. "${TESTS:?}/lib/tap.sh"

C=/sys/kernel/config/ramblk/ramblk0
D=/dev/ramblk0

set_to()
{
	echo "$2" >"$C/$1"
}

# fill BLOCK COUNT LETTER [FLAGS]: blocks of 4096, not flushed
fill()
{
	head -c $(($2 * 4096)) /dev/zero | tr '\0' "$3" |
		dd of=$D bs=4096 seek="$1" conv=notrunc oflag=direct"$4" \
			status=none iflag=fullblock
}

# FLUSH, and nothing else
flush()
{
	dd if=/dev/null of=$D conv=fsync,notrunc status=none
}

# letters BLOCK COUNT: each letter there with the sectors that hold it
letters()
{
	dd if=$D bs=4096 skip="$1" count="$2" iflag=direct status=none |
		tr '\0' '.' | fold -w 512 | cut -c1 | sort | uniq -c |
		awk '{printf "%s%s%d", sep, $2, $1; sep = " "}'
}

# Which of the first 64 blocks hold a letter, as a string of 0 and 1
map()
{
	dd if=$D bs=4096 count=64 iflag=direct status=none | tr '\0' . |
		fold -w 4096 | cut -c1 | tr -d '\n'
}

pull()
{
	echo cut >$C/power
	not_there=$(test -b $D || echo yes)
	echo 1 >$C/power
	wait_for 5 test -b $D
}

stat()
{
	cat $C/stats/"$1"
}

busy()
{
	[ "$(awk '{print $5}' /sys/block/ramblk0/stat)" -gt 2000 ]
}

ended()
{
	! kill -0 "$1" 2>/dev/null
}

ok "loads with a write cache" load ramblk size=64M write_cache=1
wait_for 5 test -b $D
is "which it announces" "$(cat /sys/block/ramblk0/queue/write_cache)" \
	"write back"
is "with FUA" "$(cat /sys/block/ramblk0/queue/fua)" 1

fill 0 16 a
is "16 blocks are unflushed" "$(stat unflushed_bytes)" 65536
flush
is "then none" "$(stat unflushed_bytes)" 0
fill 8 16 b
is "again 16" "$(stat unflushed_bytes)" 65536
is "and the 8 old ones are kept" "$(stat allocated_bytes)" $((32 * 4096))
pull
is "the cut took the node away" "$not_there" yes
is "what was flushed is there" "$(letters 0 16)" a128
is "what was not is not" "$(letters 16 16)" .128
is "one cut" "$(stat cuts)" 1
is "16 units lost" "$(stat lost_units)" 16
is "memory as before" "$(stat allocated_bytes)" 65536

set_to lose none
fill 8 16 b
pull
is "lose=none leaves the latest" "$(letters 8 16)" b128
is "none lost" "$(stat lost_units)" 16

set_to lose all
fill 20 1 c ,dsync
pull
is "a write with fsync stays" "$(letters 20 1)" c8

fill 40 8 f
flush
blkdiscard -o $((40 * 4096)) -l 16384 $D
is "discarded blocks read as zeros" "$(letters 40 8)" ".32 f32"
is "their memory is kept for now" "$(stat unflushed_bytes)" 16384
pull
is "and the cut brings them back" "$(letters 40 8)" f64
held=$(stat allocated_bytes)
blkdiscard -o $((40 * 4096)) -l 16384 $D
flush
is "a FLUSH gives them back" "$(stat allocated_bytes)" $((held - 16384))
pull
is "and they stay away" "$(letters 40 8)" ".32 f32"
fill 40 4 g
flush
fallocate -z -n -o $((40 * 4096)) -l 8192 $D
pull
is "fallocate syncs what it zeroes" "$(letters 40 4)" ".16 g16"

# Orderly: the page cache and the write cache are written.
head -c 65536 /dev/zero | tr '\0' h |
	dd of=$D bs=4096 seek=100 conv=notrunc status=none
set_to power 0
set_to power 1
wait_for 5 test -b $D
is "power 0 writes what is dirty" "$(letters 100 16)" h128
pull
is "for good" "$(letters 100 16)" h128

# Random, reproducibly.
play()	# SEED
{
	set_to power 0
	set_to clear 1
	set_to power 1
	wait_for 5 test -b $D
	echo "$1" >$C/faults/seed
	fill 0 64 A
	flush
	fill 0 64 B
	pull
	map
}

set_to lose random
one=$(play 7)
like "some are lost and some not" "$one" '*A*B*A*'
is "nothing else is there" "$(echo "$one" | tr -d AB)" ''
fill 0 64 A
flush
fill 0 64 B
pull
isnt "the next cut differs" "$(map)" "$one"
lost=$(stat lost_units)
torn=$(stat torn_units)
play 7 >"$T/three"
three=$(cat "$T/three")
is "lost units are counted" "$(($(stat lost_units) - lost))" \
	"$(echo "$three" | tr -d B | wc -c | awk '{print $1 - 1}')"
is "none is torn" "$(stat torn_units)" "$torn"
is "each block is whole" "$(letters 0 64 | tr -d ' ' | tr -d '0-9')" AB
set_to tear 1
play 7 >/dev/null
num "tear=1 tears" "$(stat torn_units)" -gt $((torn + 30))
set_to tear 0
first=$(stat cuts)

is "a new seed starts all over" "$(play 7)" "$one"

# A disk of its own gives the same.
mkdir /sys/kernel/config/ramblk/ramblk-b
at_exit rmdir /sys/kernel/config/ramblk/ramblk-b
C=/sys/kernel/config/ramblk/ramblk-b D=/dev/ramblk-b
set_to write_cache 1
set_to lose random
set_to power 1
wait_for 5 test -b $D
is "the same seed, the same losses" "$(play 7)" "$one"
isnt "another seed, others" "$(play 8)" "$one"
C=/sys/kernel/config/ramblk/ramblk0 D=/dev/ramblk0
num "cuts are counted" "$first" -ge 10

# Units other than a page.
for unit in 512 16384 65536; do
	set_to power 0
	set_to clear 1
	set_to physical_block_size $unit
	set_to power 1
	wait_for 5 test -b $D
	fill 0 256 A
	flush
	fill 0 256 B
	pull
	dd if=$D bs=1M count=1 iflag=direct status=none | fold -w $unit |
		tr -s AB | sort -u | tr '\n' ' ' >"$T/units"
	is "units of $unit are whole" "$(cat "$T/units")" "A B "
done
set_to power 0
set_to physical_block_size 4096
set_to lose all

# A lie.
set_to power 1
wait_for 5 test -b $D
fill 0 4 y
flush
echo 1000000 >$C/faults/flush_lie
fill 0 4 z
flush
num "flush_lie strikes" "$(cat $C/faults/flush_lie_hits)" -gt 0
pull
is "and what it covered is lost" "$(letters 0 4)" y32
echo 0 >$C/faults/flush_lie

# A cut under load: nothing hangs, what was synced is there.
for i in 1 2 3; do
	fio --name=x --filename=$D --allow_file_create=0 --direct=1 --rw=randwrite --bs=4k-64k \
		--size=32M --ioengine=libaio --iodepth=32 --time_based \
		--runtime=20 >"$T/fio" 2>&1 &
	fio=$!
	ok "load $i" wait_for "$(slow 15)" busy
	ok "is cut" timeout 20 bash -c "echo cut >$C/power"
	ok "and its writer ends" wait_for "$(slow 15)" ended $fio
	set_to power 1
	wait_for 5 test -b $D
done
ok "a file system" mkfs.ext4 -q -F $D
mkdir "$T/mnt"
ok "is mounted" mount $D "$T/mnt"
echo kept >"$T/mnt/kept"
sync "$T/mnt/kept"
echo cut >$C/power
umount "$T/mnt"
set_to power 1
wait_for 5 test -b $D
ok "and recovers" mount $D "$T/mnt"
is "with what was synced" "$(cat "$T/mnt/kept")" kept
ok "is unmounted" umount "$T/mnt"
ok "is clean" e2fsck -fn $D

rmdir /sys/kernel/config/ramblk/ramblk-b
set_to power 0
set_to write_cache 0
set_to power 1
wait_for 5 test -b $D
fill 0 4 w
pull
is "without a cache what completed is durable" "$(letters 0 4)" w32
ok "unloads" unload ramblk
finish
