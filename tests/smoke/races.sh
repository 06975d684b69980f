#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: x86-kcsan
# timeout: 120
#
# All four: the same, shortest ways from two processors, over and over, for the
# kernel that watches one access in many thousands for another to race with it.
. "${TESTS:?}/lib/tap.sh"

seconds=20

# loops COMMAND...: each of them, at the same time, until the time is up
loops()
{
	local end=$((SECONDS + seconds)) command

	for command; do
		while [ "$SECONDS" -lt "$end" ]; do
			timeout $seconds bash -c "$command" >/dev/null 2>&1
		done &
	done
	wait
}

some=if=/dev/zero\ bs=1\ count=50000
ok "pseudo: loads" load pseudo
loops "dd $some of=/dev/pseudo/null" "dd $some of=/dev/pseudo/null"
loops "dd ${some/zero/pseudo\/pattern} of=/dev/null" \
	"dd ${some/zero/pseudo\/random} of=/dev/null"
ok "pseudo: unloads" unload pseudo

ok "ringchar: loads" load ringchar
loops "dd $some of=/dev/ringchar0" "dd if=/dev/ringchar0 of=/dev/null bs=64" \
	"cat /sys/kernel/config/ringchar/*/stats/*"
ok "ringchar: unloads" unload ringchar

ok "ramblk: loads" load ramblk size=64M write_cache=1
wait_for 5 test -b /dev/ramblk0
loops "dd if=/dev/zero of=/dev/ramblk0 bs=4k count=5000 oflag=direct" \
	"dd if=/dev/ramblk0 of=/dev/null bs=4k count=5000 iflag=direct" \
	"blkdiscard -l 1M /dev/ramblk0; cat /sys/kernel/config/ramblk/*/stats/*"
ok "ramblk: unloads" unload ramblk

ok "loopnet: loads" load loopnet
ok "loopnet: an address" ip addr add 192.0.2.1/24 dev loopnet0
ok "loopnet: up" ip link set loopnet0 up
loops "ping -q -f -c 2000 192.0.2.2" "ping -q -f -c 2000 192.0.2.3" \
	"ip -s link show loopnet0; ethtool -S loopnet0"
ok "loopnet: unloads" unload loopnet
finish
