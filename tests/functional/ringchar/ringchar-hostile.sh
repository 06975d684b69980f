#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml* x86-* stock-*
#
# ringchar: what one user does to hurt others.
. "${TESTS:?}/lib/tap.sh"
. "$TESTS/lib/checks.sh"

# A disk whose pages do not come while it is suspended: a page of it in memory
# is like one of a file whose server has stopped.
stalling=
if type -P dmsetup >/dev/null && modprobe -q brd rd_nr=1 rd_size=64 &&
	modprobe -q dm-mod; then
	at_exit rmmod brd
	if dmsetup create stalling --table "0 128 linear /dev/ram0 0"; then
		at_exit dmsetup remove stalling
		stalling=/dev/mapper/stalling
		dmsetup mknodes
	fi
fi

export stalling
ok "loads" load ringchar devices=0
checks "$TESTS/functional/ringchar/ringchar-hostile.py"
ok "unloads" unload ringchar
dmesg_clean
finish
