#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml* x86-* stock-*
#
# ringchar: mapped rings.
. "${TESTS:?}/lib/tap.sh"
. "$TESTS/lib/checks.sh"

ok "loads" load ringchar size=64K
checks "$TESTS/functional/ringchar/ringchar-mmap.py"

dir=/sys/kernel/config/ringchar/ringchar0
# shellcheck disable=SC2317 # called by ok
both()	# PRODUCER CONSUMER MODE BYTES CHUNK
{
	local pid rc=0

	echo "$3" >"$dir/mode" || return
	timeout "$(slow 20)" \
		ringmap consume "$2" "$3" /dev/ringchar0 "$4" "$5" &
	pid=$!
	timeout "$(slow 20)" \
		ringmap produce "$1" "$3" /dev/ringchar0 "$4" "$5" || rc=1
	wait "$pid" || rc=1
	return "$rc"
}

bytes=1000000
[ "$SOFTDEV_SLOW" = 1 ] || bytes=100000
for mode in stream record; do
	ok "$mode: mapped producer, mapped consumer" \
		both map map $mode $bytes 1000
	ok "$mode: mapped producer, plain reader" \
		both map plain $mode $bytes 3000
	ok "$mode: plain writer, mapped consumer" \
		both plain map $mode $bytes 3000
done
is "nothing is left behind" "$(cat $dir/stats/stored)" 0

# shellcheck disable=SC2317 # called by ok
followed()	# MODE: what is written fits, so nobody is overtaken
{
	local i pids=() rc=0

	for i in power:0 clear:1 size:1M "mode:$1" readers:each power:1; do
		echo "${i#*:}" >"$dir/${i%:*}" || return
	done
	for i in 1 2 3; do
		timeout "$(slow 20)" \
			ringmap follow map "$1" /dev/ringchar0 $bytes 1000 &
		pids+=($!)
	done
	timeout "$(slow 20)" \
		ringmap produce plain "$1" /dev/ringchar0 $bytes 1000 || rc=1
	for i in "${pids[@]}"; do
		wait "$i" || rc=1
	done
	return "$rc"
}

for mode in stream record; do
	ok "$mode: plain writer, three mapped followers" followed $mode
done
ok "unloads" unload ringchar
dmesg_clean
finish
