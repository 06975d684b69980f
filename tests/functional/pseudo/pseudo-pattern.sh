#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml* x86-* stock-*
#
# pseudo: the pattern and its check.
# timeout: 150
. "${TESTS:?}/lib/tap.sh"
. "$TESTS/lib/checks.sh"

ok "loads" load pseudo seed=7
checks "$TESTS/functional/pseudo/pseudo-pattern.py"

# What it is for: a disk, or a file, checked with nothing but dd.
ok "dd fills a file" dd if=/dev/pseudo/pattern of="$T/disk" bs=64K count=32
ok "dd checks it" dd if="$T/disk" of=/dev/pseudo/pattern bs=1M
ok "dd checks it in odd pieces" dd if="$T/disk" of=/dev/pseudo/pattern bs=999
ok "dd checks its end" dd if="$T/disk" of=/dev/pseudo/pattern bs=4K skip=500 \
	seek=500 conv=notrunc
ok "cmp finds it the same" cmp -n 2097152 "$T/disk" /dev/pseudo/pattern
printf X | dd of="$T/disk" bs=1 seek=1500000 conv=notrunc 2>/dev/null
fails "dd finds a wrong byte" "Input/output error" \
	dd if="$T/disk" of=/dev/pseudo/pattern bs=64K
is "where it is" "$(cat /sys/class/pseudo/pattern/stats/last_difference)" \
	1500000
fails "dd finds a block in the wrong place" "Input/output error" \
	dd if="$T/disk" of=/dev/pseudo/pattern bs=4K skip=1
ok "unloads" unload pseudo
dmesg_clean
finish
