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
mountpoint -q /sys/fs/bpf || mount -t bpf bpf /sys/fs/bpf
ok "the program is loaded and attached" \
	bpftool prog load "$PROGS/slow-sectors.bpf.o" /sys/fs/bpf/slow autoattach
fails "a read of the first sectors fails" "Input/output error" read_at 0
num "a read of the middle is slow" "$(read_at 8192)" -ge 500
ok "a read elsewhere succeeds" read_at 20000
ok "the program goes" rm /sys/fs/bpf/slow
ok "and with it the fault" wait_for 10 read_at 0
ok "ramblk unloads" unload ramblk
finish
