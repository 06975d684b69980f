#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml*
# timeout: 120
#
# ramblk: the kernel has its memory back, by the kernel's own count, whichever
# way the disk loses its blocks.  Pages are not kmemleak's business: one in a
# hundred that stays behind is found here.
. "${TESTS:?}/lib/tap.sh"

C=/sys/kernel/config/ramblk/ramblk0
D=/dev/ramblk0
MB=64 rounds=16
[ "$SOFTDEV_SLOW" = 1 ] || rounds=8

set_to()
{
	echo "$2" >"$C/$1"
}

fill()
{
	dd if=/dev/zero of=$D bs=1M count=$MB oflag=direct status=none
}

# With what each CPU keeps for the next who asks, which may be much.
free_kb()
{
	sync
	echo 3 >/proc/sys/vm/drop_caches
	awk '/^MemFree:/ { kb += $2 }
	     $1 == "count:" { kb += 4 * $2 }
	     END { print kb }' /proc/meminfo /proc/zoneinfo
}

# The most there is until it does not grow any more: what was unlinked comes
# back after a grace period of RCU, by and by.
settled_kb()
{
	local most=0 now calm=0

	while [ $calm -lt 4 ]; do
		now=$(free_kb)
		calm=$((calm + 1))
		if [ "$now" -ge $((most + 300)) ]; then
			most=$now calm=0
		fi
		sleep 0.2
	done
	echo "$most"
}

is_back()	# NAME COMMAND...: fills the disk, loses it all, many times
{
	local name=$1 before i

	shift
	# The first rounds warm what the kernel keeps for itself.
	for i in 1 2; do
		fill && "$@" || { fail "$name" "does not work"; return; }
	done
	before=$(settled_kb)
	for ((i = 0; i < rounds; i++)); do
		fill && "$@" || { fail "$name" "does not work"; return; }
	done
	num "$name" $((before - $(settled_kb))) -lt $((rounds * MB * 1024 / 100))
}

emptied()
{
	set_to power 0 && set_to clear 1 && set_to power 1 &&
		wait_for 5 test -b $D
}

returned()	# to a snapshot of nothing
{
	set_to power 0 && set_to restore empty && set_to power 1 &&
		wait_for 5 test -b $D
}

chunks()	# page | huge
{
	ok "$1: loads" load ramblk size=${MB}M
	wait_for 5 test -b $D
	ok "$1: powers off" set_to power 0
	ok "$1: chunks" set_to chunk "$1"
	ok "$1: powers on" set_to power 1
	wait_for 5 test -b $D
	is_back "$1: discard gives the pages back" blkdiscard $D
	is_back "$1: punching a hole does" fallocate -p -o 0 -l ${MB}M $D
	is_back "$1: clear does" emptied
	ok "$1: a snapshot" set_to snapshot empty
	is_back "$1: restore does" returned
	ok "$1: no snapshot" set_to snapshot -empty
	ok "$1: unloads" unload ramblk
}

cycle()
{
	unload ramblk && load ramblk size=${MB}M && wait_for 5 test -b $D
}

chunks page
chunks huge
ok "loads" load ramblk size=${MB}M
wait_for 5 test -b $D
is_back "unloading does" cycle
ok "unloads" unload ramblk
finish
