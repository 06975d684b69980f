#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: stock*
#
# examples/ramblk/slow-sectors.bpf.c, loaded as its first lines say. (User-mode
# Linux has no such programs.)
# shellcheck disable=SC2317 # functions are called by ok
. "${TESTS:?}/lib/tap.sh"

# SECTOR: reads 4K there; prints for how many milliseconds.
read_at()
{
	local t0=${EPOCHREALTIME/./}

	dd if=/dev/ramblk0 of=/dev/null bs=512 skip="$1" count=8 iflag=direct \
		status=none && echo $(((${EPOCHREALTIME/./} - t0) / 1000))
}

ok "ramblk loads" load ramblk size=64M
wait_for 5 test -b /dev/ramblk0
export -f read_at
steer()
{
	command steer "$PROGS/slow-sectors.bpf.o" "$@"
}
fails "a read of the first sectors fails" "Input/output error" \
	steer bash -c 'read_at 0'
num "a read of the middle is slow" "$(steer bash -c 'read_at 8192')" -ge 500
ok "a read elsewhere succeeds" steer bash -c 'read_at 20000'
ok "when the command has ended the first sectors can be read" read_at 0
fails "a file that is no program is refused" "" command steer /dev/null true
ok "ramblk unloads" unload ramblk
finish
