#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml* x86-* stock-*
# timeout: 90
#
# ramblk: faults on purpose, bad blocks, delays, ways of completion.
. "${TESTS:?}/lib/tap.sh"

C=/sys/kernel/config/ramblk/ramblk0
D=/dev/ramblk0
ALL=1000000

set_to()
{
	echo "$2" >"$C/$1"
}

fill()	# BLOCK COUNT LETTER [FLAGS]
{
	head -c $(($2 * 4096)) /dev/zero | tr '\0' "$3" |
		dd of=$D bs=4096 seek="$1" conv=notrunc oflag=direct"$4" \
			status=none iflag=fullblock
}

look()	# BLOCK COUNT [FLAGS]
{
	dd if=$D bs=4096 skip="$1" count="$2" iflag="${3-direct}" status=none
}

letters()
{
	look "$1" "$2" | tr '\0' '.' | fold -w 4096 | cut -c1 | sort |
		uniq -c | awk '{printf "%s%s%d", sep, $2, $1; sep = " "}'
}

hits()
{
	cat $C/faults/"$1"_hits
}

# strikes: reads one block many times, all on one queue; 0 or 1 for each
strikes()
{
	local i

	for ((i = 0; i < 60; i++)); do
		taskset -c 0 dd if=$D bs=4096 count=1 iflag=direct \
			of=/dev/null 2>/dev/null && printf 0 || printf 1
	done
}

bits()	# OCTAL OCTAL: how many differ
{
	local x=$((8#$1 ^ 8#$2)) n=0

	for (( ; x; x &= x - 1)); do
		n=$((n + 1))
	done
	echo $n
}

msecs()	# CMD...: how long it takes
{
	local start=${EPOCHREALTIME/./}

	"$@" >/dev/null 2>&1
	echo $(((${EPOCHREALTIME/./} - start) / 1000))
}

ok "loads" load ramblk size=64M queues=1 write_cache=1
wait_for 5 test -b $D
fill 0 64 a

set_to faults/read $ALL
fails "a read error" "Input/output error" look 0 1
set_to faults/read 0
num "is counted" "$(hits read)" -gt 0
is "and over" "$(letters 0 64)" a64
set_to faults/write $ALL
fails "a write error" "Input/output error" fill 0 1 b
set_to faults/write 0
is "has done nothing" "$(letters 0 2)" a2
set_to faults/flush $ALL
fails "a flush error" "Input/output error" \
	dd if=/dev/null of=$D conv=fsync,notrunc status=none
set_to faults/flush 0
set_to faults/discard $ALL
fails "a discard error" "Input/output error" blkdiscard -o 0 -l 4096 $D
set_to faults/discard 0
is "has done nothing" "$(letters 0 2)" a2

set_to faults/corrupt $ALL
look 0 1 >"$T/corrupt"
set_to faults/corrupt 0
head -c 4096 /dev/zero | tr '\0' a >"$T/sound"
is "a corrupt read differs in one byte" \
	"$(cmp -l "$T/sound" "$T/corrupt" | wc -l)" 1
is "that is, one bit" \
	"$(bits 141 "$(cmp -l "$T/sound" "$T/corrupt" | awk '{print $3}')")" 1
is "the disk is sound" "$(letters 0 2)" a2

set_to faults/misdirect $ALL
ok "a misdirected write succeeds" fill 10 1 m
set_to faults/misdirect 0
is "one unit further on" "$(letters 10 2)" "a1 m1"
is "which is the second" "$(letters 11 1)" m1
set_to faults/misdirect $ALL
ok "at the end" fill $((16384 - 1)) 1 n
set_to faults/misdirect 0
is "it is one unit back" "$(letters $((16384 - 2)) 2)" ".1 n1"
is "which is the one before" "$(letters $((16384 - 2)) 1)" n1

set_to faults/requeue $ALL
ok "requeued" fill 20 4 q
is "once each" "$(letters 20 4)" q4
set_to faults/requeue 0
num "is counted" "$(hits requeue)" -ge 2

echo 1000 >/sys/block/ramblk0/queue/io_timeout
set_to faults/timeout $ALL
took=$(msecs fails "a timeout" "timed out" look 0 1)
look 0 1 >"$T/out" 2>&1
like "fails with ETIMEDOUT" "$(cat "$T/out")" "*timed out*"
set_to faults/timeout 0
num "after a while" "$took" -ge 700
is "and is over" "$(letters 0 2)" a2
echo 30000 >/sys/block/ramblk0/queue/io_timeout

gives_up()	# HOW FLAGS, of a read whose request is lost
{
	local dd took

	set_to faults/timeout $ALL
	look 1000 8 "$2" >/dev/null 2>&1 &
	dd=$!
	wait_for 5 eval '[ "$(hits timeout)" -gt 0 ]'
	sleep 0.1
	took=$(msecs set_to power "$1")
	num "power $1 does not wait for a lost request ($2)" "$took" -lt \
		"$(slow 10000)"
	ok "which ends" wait_for 10 eval "! kill -0 $dd 2>/dev/null"
	set_to faults/timeout 0
	set_to faults/seed 1
	set_to power 1
	wait_for 5 test -b $D
}

gives_up 0 direct
gives_up cut direct
# What is read ahead comes in a plug's list.
gives_up 0 fullblock
gives_up cut fullblock
set_to power 0
set_to clear 1
set_to power 1
wait_for 5 test -b $D
fill 0 64 a

# The dice: nobody else may throw them.
udev off
set_to faults/read 300000
set_to faults/seed 42
one=$(strikes)
set_to faults/write 500000
set_to faults/corrupt 500000
set_to faults/seed 42
is "the same seed strikes the same, whatever else is on" "$(strikes)" "$one"
set_to faults/write 0
set_to faults/corrupt 0
set_to faults/seed 43
isnt "another seed another" "$(strikes)" "$one"
set_to faults/seed 42
n=$(strikes | tr -d 0 | wc -c)
is "hits are what was struck" "$(hits read)" "$n"
set_to faults/seed 42
is "a new seed starts the counts anew" "$(hits read)" 0
set_to faults/read 0
udev on

# Bad blocks.
set_to bad_blocks +80-87
set_to bad_blocks +100-100
set_to bad_blocks +88-90
is "bad blocks are listed" "$(cat $C/bad_blocks | tr '\n' ' ')" "80-90 100-100 "
fails "cannot be read" "Input/output error" look 10 1
fails "not even in part" "Input/output error" look 9 4
fails "nor written" "Input/output error" dd if=/dev/zero of=$D bs=16384 \
	seek=2 count=1 oflag=direct conv=notrunc status=none
is "which does nothing" "$(letters 8 2)" a2
ok "neighbours can" look 9 1
ok "are good again" set_to bad_blocks -82-100
is "where told" "$(cat $C/bad_blocks)" 80-81
ok "and all" set_to bad_blocks -0-1000
is "no list" "$(cat $C/bad_blocks)" ""
ok "and can be read" look 8 4

# Delays.
set_to latency_ns 200000000
num "latency" "$(msecs look 0 1)" -ge 200
set_to latency_ns 0
set_to bandwidth 1M
num "bandwidth: 256K at 1M/s" "$(msecs look 0 64)" -ge 200
set_to bandwidth 1
look 0 64 >/dev/null 2>&1 &
dd=$!
sleep 0.3
ok "a disk too slow" kill -0 $dd
set_to bandwidth 0
ok "can be hurried" wait_for 5 eval "! kill -0 $dd 2>/dev/null"
set_to latency_ns 3600000000000
look 0 1 >/dev/null 2>&1 &
dd=$!
sleep 0.3
num "or taken away" "$(msecs set_to power cut)" -lt "$(slow 10000)"
ok "with its reader" wait_for 10 eval "! kill -0 $dd 2>/dev/null"
set_to latency_ns 0

# Ways of completion, and each with all kinds of requests.
for completion in softirq timer inline; do
	set_to completion $completion
	set_to poll_queues 1
	set_to queues 2
	set_to power 1
	wait_for 5 test -b $D
	ok "verified with completion=$completion" \
		fio --name=v --filename=$D --direct=1 --rw=randwrite \
		--bsrange=512-64k --size=8M --ioengine=libaio --iodepth=32 \
		--verify=crc32c --verify_fatal=1
	ok "and polled" fio --name=v --filename=$D --direct=1 --rw=randwrite \
		--bs=4k --size=2M --ioengine=pvsync2 --hipri=1 \
		--verify=crc32c --verify_fatal=1
	set_to faults/requeue 100000
	ok "and requeued" fio --name=v --filename=$D --direct=1 \
		--rw=randwrite --bsrange=512-64k --size=8M --ioengine=libaio \
		--iodepth=32 --verify=crc32c --verify_fatal=1
	set_to faults/requeue 0
	set_to power 0
done
ok "unloads" unload ramblk
finish
