#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: stock*
#
# ramblk: whatever error a BPF program asks for, the request fails. (User-mode
# Linux has no such programs.)
. "${TESTS:?}/lib/tap.sh"

read_one()
{
	dd if=/dev/ramblk0 of=/dev/null bs=4k count=1 iflag=direct
}
export -f read_one

ok "loads" load ramblk size=16M
wait_for 5 test -b /dev/ramblk0
# Those by which the driver asks itself for memory, or the kernel for another
# try; those that it keeps to itself; positive ones; none at all.
for error in -11 -12 -28 -115 -512 -516 -529 -4095 -100000 12 2147483647; do
	not_ok "error $error fails a read" python3 "$TESTS/lib/steer.py" \
		ramblk_request 0:4=$error -- bash -c read_one
done
ok "and only there" read_one
ok "unloads" unload ramblk
finish
