#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml* x86-* stock-*
# timeout: 90
#
# ramblk: at the limit.
. "${TESTS:?}/lib/tap.sh"

C=/sys/kernel/config/ramblk/ramblk0
D=/dev/ramblk0

set_to()
{
	echo "$2" >"$C/$1"
}

merges()
{
	awk '{ print $6 }' /sys/block/ramblk0/stat
}

# Writes all that the limit allows, gives it back and writes it again.
over_again()	# ROUNDS MIB
{
	local i

	for ((i = 0; i < $1; i++)); do
		dd if=/dev/zero of=$D bs=1M count="$2" oflag=direct \
			conv=notrunc status=none || return
		blkdiscard $D || return
	done
}

ok "loads" load ramblk size=64M queues=1 mem_limit=8M
wait_for 5 test -b $D
# What is given back waits for its grace period, and is waited for.
ok "what was given back is there at once" over_again 50 8
set_to mem_limit 4096
ok "the limit is reached" dd if=/dev/zero of=$D bs=4096 seek=100 count=1 \
	oflag=direct conv=notrunc status=none
before=$(merges)
is "nobody who may wait is told to try again" \
	"$(merged $D 200 | sort | uniq -c | awk '{ print $1, $2 }')" "4 -28"
num "(the writes were merged)" "$(merges)" -gt "$before"
set_to mem_limit 0
ok "unloads" unload ramblk

finish
