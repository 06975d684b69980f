#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml* x86-* stock-*
#
# ringchar: the device goes away while it is in use.
. "${TESTS:?}/lib/tap.sh"
. "$TESTS/lib/checks.sh"

TREE=/sys/kernel/config/ringchar

comes_and_goes()	# NAME
{
	local i

	for i in $(seq 100); do
		echo 1 >"$TREE/$1/power" && echo 0 >"$TREE/$1/power" || return
	done
}

# Two that come and go at once never meet in a number or a name.
both_come_and_go()
{
	local rc=0 other

	mkdir "$TREE/ringchar-one" "$TREE/ringchar-two" || return
	comes_and_goes ringchar-two &
	other=$!
	comes_and_goes ringchar-one || rc=1
	wait "$other" || rc=1
	rmdir "$TREE/ringchar-one" "$TREE/ringchar-two"
	return "$rc"
}

ok "loads" load ringchar
checks "$TESTS/functional/ringchar/ringchar-removal.py"
ok "two devices come and go at once" both_come_and_go
ok "unloads" unload ringchar
dmesg_clean
finish
