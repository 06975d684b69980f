#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml* x86-kcsan
# timeout: 90
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

free_kb()
{
	sync
	echo 3 >/proc/sys/vm/drop_caches
	awk '/^MemFree:/ { print $2 }' /proc/meminfo
}

no_more_missing()	# BEFORE LIMIT
{
	local missing=$(($1 - $(free_kb)))

	echo "$missing kB are missing, $2 would be too much"
	[ "$missing" -lt "$2" ]
}

is_back()	# NAME COMMAND...: fills the disk, loses it all, many times
{
	local name=$1 before i

	shift
	# The first rounds warm what the kernel keeps for itself.
	for i in 1 2; do
		fill && "$@" || { fail "$name" "does not work"; return; }
	done
	before=$(free_kb)
	for ((i = 0; i < rounds; i++)); do
		fill && "$@" || { fail "$name" "does not work"; return; }
	done
	# Readers may hold the last of them for a grace period of RCU or two.
	ok "$name" wait_for "$(slow 10)" no_more_missing "$before" \
		$((rounds * MB * 1024 / 100))
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
	is_back "$1: zeroing does" blkdiscard -z $D
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
