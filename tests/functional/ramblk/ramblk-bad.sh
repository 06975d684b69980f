#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml* x86-* stock-*
# timeout: 90
#
# ramblk: bad blocks of every kind, and faults that strike in one place only.
# shellcheck disable=SC2317 # "ok" calls these functions
. "${TESTS:?}/lib/tap.sh"

C=/sys/kernel/config/ramblk/ramblk0
D=/dev/ramblk0

set_to()
{
	echo "$2" >"$C/$1"
}

# In one request.
get()	# SECTOR [COUNT]
{
	dd if="$D" bs=$((512 * ${2:-1})) skip=$(($1 * 512)) count=1 \
		iflag=direct,skip_bytes of=/dev/null status=none
}

put()	# SECTOR [COUNT]
{
	dd if=/dev/zero of="$D" bs=$((512 * ${2:-1})) seek=$(($1 * 512)) \
		count=1 oflag=direct,seek_bytes conv=notrunc status=none
}

bad()
{
	tr '\n' ' ' <$C/bad_blocks
}

for text in 5-6 +5 +6-5 +a-b '+0-7;+9-9' '+0-7,' ,+0-7 +0-7,+x-9; do
	klog_mark
	fails "loading with bad_blocks=$text fails" "Invalid" \
		load ramblk "bad_blocks=$text"
	ok "and is explained" klog_has 'ramblk: bad_blocks=.*: must be '
	is "once" "$(klog | grep -c '^ramblk: bad_blocks')" 1
done
fails "no fourth kind" "Invalid" load ramblk bad_mode=twice
ok "loads" load ramblk size=16M write_cache=1 bad_blocks=+80-87,+100-100,+0x60-0x61
wait_for 5 test -b $D
udev off
at_exit udev on
is "the parameter reads back" \
	"$(cat /sys/module/ramblk/parameters/bad_blocks)" \
	"+80-87,+100-100,+0x60-0x61"
is "a disk has the bad blocks" "$(bad)" "80-87 96-97 100-100 "
is "which are sticky" "$(cat $C/bad_mode)" sticky
fails "a bad one fails a read" "Input/output" get 87
fails "and once more" "Input/output" get 87
fails "and a write" "Input/output" put 80
fails "and what reaches there" "Input/output" get 72 9
ok "the one beside it does not" get 88
for text in '' x +1 +2-1 +1-2,+3-4 "+1-$(printf '%070d' 2)"; do
	fails "bad_blocks refuses '$text'" "Invalid" set_to bad_blocks "$text"
	fails "faults/range refuses '$text'" "Invalid" \
		set_to faults/range "$text"
done
is "nothing has changed" "$(bad)" "80-87 96-97 100-100 "
is "nor there" "$(cat $C/faults/range)" ""

ok "once, under power" set_to bad_mode once
fails "a bad one fails a read" "Input/output" get 83 2
ok "and then it is good" get 83 2
is "its neighbours are bad" "$(bad)" "80-82 85-87 96-97 100-100 "
fails "a bad one fails a write" "Input/output" put 80 3
ok "and then it is good" put 80 3
fails "they fail what goes over several" "Input/output" get 84 8
is "which are good then" "$(bad)" "96-97 100-100 "

ok "mended by rewriting" set_to bad_mode rewrite
fails "a bad one fails a read" "Input/output" get 97
fails "and once more" "Input/output" get 97
ok "not a write" put 97
ok "then it is good" get 97
is "the other is bad" "$(bad)" "96-96 100-100 "
set_to faults/write 1000000
fails "a write that fails" "Input/output" put 96
is "mends nothing" "$(bad)" "96-96 100-100 "
set_to faults/write 0
ok "zeroing" fallocate -z -n -o $((96 * 512)) -l 512 $D
is "mends" "$(bad)" "100-100 "
set_to bad_blocks +200-299
ok "a write in the middle" put 240 8
is "leaves two" "$(bad)" "100-100 200-239 248-299 "
ok "discard" blkdiscard -f -o $((96 * 512)) -l 4096 $D
is "does not mend" "$(bad)" "100-100 200-239 248-299 "
set_to bad_mode sticky
fails "sticky again" "Input/output" put 240 9
set_to bad_blocks -0-1000
is "none is left" "$(bad)" ""

# Many, and from several at once.
for ((i = 0; i < 400; i++)); do
	echo "+$((1000 + 16 * i))-$((1000 + 16 * i))" >$C/bad_blocks
done
set_to bad_mode rewrite
seq 0 399 | xargs -P 4 -I{} bash -c "dd if=/dev/zero of=$D bs=512 count=1 \
	seek=\$((1000 + 16 * {})) oflag=direct conv=notrunc status=none" \
	>"$T/out" 2>&1
is "all writes succeed" "$(cat "$T/out")" ""
is "each mends its own" "$(bad)" ""

# Faults in one place.
set_to faults/range +64-127
is "faults have a place" "$(cat $C/faults/range)" 64-127
set_to faults/read 1000000
set_to faults/write 1000000
fails "a read there fails" "Input/output" get 127
fails "a write there fails" "Input/output" put 64
fails "one that reaches there, too" "Input/output" get 60 8
hits=$(cat $C/faults/read_hits)
ok "one before it does not" get 0 64
ok "nor one behind it" get 128 64
ok "nor a write" put 128
is "which are no hits" "$(cat $C/faults/read_hits)" "$hits"
set_to faults/range +0-7
fails "nor is the other safe" "Input/output" get 0
set_to faults/range -64-127
ok "a place can be taken back" get 64 64
set_to faults/flush 1000000
fails "a FLUSH is nowhere, and fails" "Input/output" \
	dd if=/dev/null of=$D conv=fsync,notrunc
set_to faults/range -0-7
is "no place" "$(cat $C/faults/range)" ""
fails "is everywhere" "Input/output" get 64

# More than a page of them: none is left out without a word.
# shellcheck disable=SC2317 # called by is
listed()	# FILE: how many it lists, and those that it only counts
{
	awk '/^\.\.\. / { n += $2; cut = 1; next } { n++ }
	     END { print n, cut + 0 }' "$1"
}

for ((i = 10000; i < 10800; i += 2)); do
	set_to bad_blocks +$i-$i
done
is "400 bad blocks are listed or counted" "$(listed $C/bad_blocks)" "400 1"
is "the last line says so" "$(tail -n1 $C/bad_blocks | tr -d 0-9)" "...  more"
set_to bad_blocks -10100-10800
is "50 are all listed" "$(listed $C/bad_blocks)" "50 0"
set_to bad_blocks -0-20000
for ((i = 0; i < 150; i++)); do
	set_to snapshot "a-long-name-of-a-snapshot-$i"
done
is "150 snapshots are listed or counted" "$(listed $C/snapshots)" "150 1"
udev on
ok "unloads" unload ramblk
finish
