#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# pseudo: loads and unloads; null, zero and full do what their namesakes in
# /dev do, call for call.
# timeout: 150
. "${TESTS:?}/lib/tap.sh"
. "$TESTS/lib/checks.sh"

# shellcheck disable=SC2317 # "ok" calls it
calls()	# NODE OUTPUT
{
	pseudo_calls "$1" "$T" >"$2" 2>&1 && grep -qx "done" "$2"
}

for bad in seed=x seed=-1 seed= seed=1K seed=18446744073709551616; do
	not_ok "load with $bad is refused" load pseudo "$bad"
	like "the message names $bad" "$_tap_out" \
		"*pseudo: $bad: must be 0 to 18446744073709551615*"
	is "in one line" "$(grep '^pseudo: ' <<<"$_tap_out" | grep -vc taint)" 1
done

klog_mark
ok "loads" load pseudo
is "one line in the log" "$(klog | grep -c '^pseudo:')" 1
is "five nodes" "$(cd /dev/pseudo && echo *)" "full null pattern random zero"
is "which everyone may read and write" \
	"$(stat -c '%F %a' /dev/pseudo/* | sort -u)" "character special file 666"
is "the parameter reads back" "$(cat /sys/module/pseudo/parameters/seed)" 0

for node in null zero full; do
	ok "every call of /dev/$node" calls /dev/$node "$T/$node.in-tree"
	ok "every call of /dev/pseudo/$node" calls /dev/pseudo/$node "$T/$node"
	ok "/dev/pseudo/$node does what /dev/$node does" \
		diff "$T/$node.in-tree" "$T/$node"
	ok "io_uring was among them" grep -qx "io_uring: ready" "$T/$node"
done

before=$(cat /sys/class/pseudo/null/stats/reads)
is "null has nothing to read" "$(wc -c </dev/pseudo/null)" 0
ok "and counts the read" test \
	"$(cat /sys/class/pseudo/null/stats/reads)" -gt "$before"

exec 3</dev/pseudo/null
fails "unload while open is refused" "in use" unload pseudo
exec 3<&-
checks "$TESTS/functional/pseudo/pseudo-inuse.py"

ok "unloads" unload pseudo
not_ok "and the nodes are gone" test -e /dev/pseudo/null
ok "loads again" load pseudo seed=0x10
is "the parameter reads back in decimal" \
	"$(cat /sys/module/pseudo/parameters/seed)" 16
is "the pattern has it" "$(cat /sys/class/pseudo/pattern/seed)" 16
ok "unloads again" unload pseudo
dmesg_clean
finish
