#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml* x86-* stock-*
#
# ringchar: io_uring, which must poll and never start a thread.
. "${TESTS:?}/lib/tap.sh"

dir=/sys/kernel/config/ringchar/ringchar0
n=3000
[ "$SOFTDEV_SLOW" = 1 ] || n=500

# shellcheck disable=SC2317 # called by ok
uring()	# SIZE...
{
	timeout "$(slow 20)" uringchar /dev/ringchar0 "$n" "$@"
}

# shellcheck disable=SC2317 # called by ok
shots()	# SIZE: a kernel before 6.7 has none
{
	local rc=0

	timeout "$(slow 20)" uringchar /dev/ringchar0 multishot "$1" || rc=$?
	case $rc:$(uname -r) in
	4:6.[1-6].*) return 0 ;;
	esac
	return "$rc"
}

ok "loads" load ringchar size=64K
ok "stream, 64 bytes, no worker" uring 64
ok "stream, 4096 bytes, no worker" uring 4096
ok "stream, mixed sizes, no worker" uring 1 4096 100 3000
ok "into new pages, interrupted by events of another file" \
	timeout "$(slow 20)" uringchar /dev/ringchar0 noise 65536
is "which leaves nothing behind" "$(cat $dir/stats/stored)" 0
ok "stream, one request for many reads" shots 100
echo record >$dir/mode
ok "records, one request for many reads" shots 5000
ok "records, 64 bytes, no worker" uring 64
ok "records, 30000 bytes, two fit, no worker" uring 30000
ok "records, mixed sizes, no worker" uring 1 30000 4096 60000 100
ok "a record that has to wait, though others would fit, has no worker" \
	timeout "$(slow 20)" uringchar /dev/ringchar0 stall 40000
is "nothing is left behind" "$(cat $dir/stats/stored)" 0
for set in readers:each mode:stream mode:record rate:100M; do
	echo "${set#*:}" >"$dir/${set%:*}"
	ok "$set, mixed sizes, no worker" uring 1 100 4096 3000
done
is "and nothing then" "$(cat $dir/stats/stored)" 0
ok "unloads" unload ringchar
dmesg_clean
finish
