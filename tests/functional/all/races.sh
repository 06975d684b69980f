#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: x86-kcsan
# timeout: 180
#
# All four: the same, shortest ways from two processors, over and over, for the
# kernel that watches one access in many thousands for another to race with it.
. "${TESTS:?}/lib/tap.sh"

seconds=20

# loops NAME COMMAND...: each of them, at the same time, until the time is up;
# each has to succeed at least once
loops()
{
	local name=$1 end=$((SECONDS + seconds)) command n=0

	shift
	rm -f "$T"/done-*
	for command; do
		n=$((n + 1))
		while [ "$SECONDS" -lt "$end" ]; do
			timeout $seconds bash -c "$command" >/dev/null 2>&1 &&
				: >"$T/done-$n"
		done &
	done
	wait
	is "$name" "$(find "$T" -name 'done-*' | wc -l)" $n
}

some=if=/dev/zero\ bs=1\ count=50000
ok "pseudo: loads" load pseudo
loops "pseudo: null" "dd $some of=/dev/pseudo/null" "dd $some of=/dev/pseudo/null"
loops "pseudo: pattern and random" "dd ${some/zero/pseudo\/pattern} of=/dev/null" \
	"dd ${some/zero/pseudo\/random} of=/dev/null"
ok "pseudo: unloads" unload pseudo

ok "ringchar: loads" load ringchar
loops "ringchar: writer and reader" "dd $some of=/dev/ringchar0" \
	"dd if=/dev/ringchar0 of=/dev/null bs=64 count=100" \
	"cat /sys/kernel/config/ringchar/*/stats/*"
ok "ringchar: unloads" unload ringchar

ok "ramblk: loads" load ramblk size=64M write_cache=1
wait_for 5 test -b /dev/ramblk0
loops "ramblk: writes, reads and discards" \
	"dd if=/dev/zero of=/dev/ramblk0 bs=4k count=5000 oflag=direct" \
	"dd if=/dev/ramblk0 of=/dev/null bs=4k count=5000 iflag=direct" \
	"blkdiscard -l 1M /dev/ramblk0; cat /sys/kernel/config/ramblk/*/stats/*"
ok "ramblk: unloads" unload ramblk

ok "loopnet: loads" load loopnet
ok "loopnet: an address" ip addr add 192.0.2.1/24 dev loopnet0
ok "loopnet: up" ip link set loopnet0 up
loops "loopnet: pings" "ping -q -f -c 2000 192.0.2.2" "ping -q -f -c 2000 192.0.2.3" \
	"ip -s link show loopnet0; ethtool -S loopnet0"
ok "loopnet: unloads" unload loopnet
finish
