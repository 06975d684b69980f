#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: stock*
#
# A BPF program on a writable tracepoint decides what becomes of a request, a
# call or a packet. (User-mode Linux has no such programs.)
# shellcheck disable=SC2317 # functions are called by ok
. "${TESTS:?}/lib/tap.sh"

steer()
{
	python3 "$TESTS/lib/steer.py" "$@"
}

# FILE: what one read of at most 64 bytes gives
one_read()
{
	dd if="$1" bs=64 count=1 status=none
}

disk_read()
{
	dd if=/dev/ramblk0 of=/dev/null bs=4k count=1 iflag=direct
}

# Prints for how many microseconds a read of the disk lasted.
read_time()
{
	local t0=${EPOCHREALTIME/./}

	disk_read 2>/dev/null && echo $((${EPOCHREALTIME/./} - t0))
}

slow_read()
{
	[ "$(read_time)" -ge 700000 ]
}

# On a busy machine one read may last as long as a delayed one. All of them do
# only if they are delayed.
quick_read()
{
	[ "$(read_time)" -lt 700000 ]
}
export -f disk_read read_time slow_read

for m in ramblk ringchar pseudo loopnet; do
	ok "$m loads" load $m
done

# struct ramblk_fate: error, flags, delay_ns, random
fails "ramblk: an error of its choice" "No data available" \
	steer ramblk_request 0:4=-61 -- bash -c disk_read
ok "a delay of its choice" \
	steer ramblk_request 8:8=700000000 -- bash -c slow_read
ok "that ends with the program" wait_for 20 quick_read
ok "the pattern is written" dd if=/dev/pseudo/pattern of=/dev/ramblk0 bs=4k \
	count=1 oflag=direct status=none
not_ok "a flipped bit where it says so" steer ramblk_request 4:4=8 -- \
	dd if=/dev/ramblk0 of=/dev/pseudo/pattern bs=4k count=1 iflag=direct
ok "and the disk is sound" \
	dd if=/dev/ramblk0 of=/dev/pseudo/pattern bs=4k count=1 iflag=direct
fails "a positive errno is an error like any other" "Input/output error" \
	steer ramblk_request 0:4=5 -- bash -c disk_read
ok "unknown flags do nothing" steer ramblk_request 4:4=0xffffffe0 -- \
	bash -c disk_read

# struct ringchar_plan: limit, error, delay_ms, drawn
fails "ringchar: an error of its choice" "No space left" \
	steer ringchar_fault 4:4=-28 -- \
	dd if=/etc/hostname of=/dev/ringchar0 bs=64 count=1
ok "nothing was stored" bash -c 'echo abcdef >/dev/ringchar0'
is "a short read" "$(steer ringchar_fault 0:4=3 -- \
	dd if=/dev/ringchar0 bs=64 count=1 status=none)" abc
is "and the rest" "$(one_read /dev/ringchar0)" def

# struct pseudo_op: node, dir, pos, count, flip, mask, error
fails "pseudo: an error for zero" "Input/output error" \
	steer pseudo_op 0:4?1 36:4=-5 -- \
	dd if=/dev/pseudo/zero of=/dev/null bs=64 count=1
ok "and for no other" steer pseudo_op 0:4?1 36:4=-5 -- \
	dd if=/dev/pseudo/random of=/dev/pseudo/null bs=64 count=1
is "a short read" "$(steer pseudo_op 0:4?1 16:8=7 -- \
	dd if=/dev/pseudo/zero bs=64 count=1 status=none | wc -c)" 7
not_ok "it cannot make a read longer" \
	test "$(steer pseudo_op 0:4?1 16:8=4096 -- \
	dd if=/dev/pseudo/zero bs=64 count=1 status=none | wc -c)" -gt 64

# struct loopnet_strike: due, random, faults, bytes
ip addr add 192.0.2.1/24 dev loopnet0
ip link set loopnet0 up
ok "loopnet: a ping" ping -q -c 1 -W "$(slow 2)" 192.0.2.7
not_ok "loses what it says" steer loopnet_fault 16:4=1 -- \
	ping -q -c 2 -i 0.2 -W 1 192.0.2.7
ok "and no more" ping -q -c 1 -W "$(slow 2)" 192.0.2.7

for m in loopnet pseudo ringchar ramblk; do
	ok "$m unloads" unload $m
done
finish
