#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml* x86-* stock-*
#
# ringchar: readers who all sleep whenever the ring is empty, and writers who
# fill it a little just then. No reader may be left asleep with data there.
# The numbers are of readers and writers.
. "${TESTS:?}/lib/tap.sh"

RINGS=/sys/kernel/config/ringchar

ok "loads" load ringchar size=4K
for mode in stream record; do
	echo $mode >$RINGS/ringchar0/mode
	for crowd in "1 1" "2 1" "4 2" "8 3"; do
		for bytes in 1 4; do
			# A record is read whole.
			[ "$mode $bytes" != "record 1" ] || continue
			# shellcheck disable=SC2086 # readers and writers
			ok "$mode: $crowd at $bytes bytes: nobody sleeps on" \
				wakeups /dev/ringchar0 2 $crowd $bytes \
				"$(slow 10)"
		done
	done
done
ok "unloads" unload ringchar
dmesg_clean
finish
