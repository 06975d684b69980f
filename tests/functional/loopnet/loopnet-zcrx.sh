#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 240
# targets: uml* x86-* stock*
#
# loopnet: io_uring's zero-copy receive, by the example that users copy.
# shellcheck disable=SC2317 # functions are called by ok
. "${TESTS:?}/lib/tap.sh"

split()	# DEVICE on|off: tcp-data-split, of which old ethtools do not know
{
	ringset "$1" 11 "$([ "$2" = on ] && echo 2 || echo 1)"
}

counter()	# DEVICE NAME
{
	ethtool -S "$1" | awk -v name="$2:" '$1 == name { print $2 }'
}

ok "loads" load loopnet devices=0
ip link add l0 type loopnet
ethtool -L l0 combined "$(nproc)" 2>/dev/null
ip addr add 192.0.2.1/24 dev l0
ip addr add 2001:db8::1/64 dev l0 nodad
ip link set l0 up

# A kernel, or a machine, that has nothing for it says so and goes on.
why=$(zcrxbind l0 0 1)
case $why in
*supported | Invalid*)
	if ! split l0 on >/dev/null; then
		pass "lending memory is refused: $why"
		ok "the interface works as before" \
			ping -q -c 1 -W "$(slow 2)" 192.0.2.7
		ok "unloads" unload loopnet
		skip "zero-copy receive" "no queue management before Linux 7.2"
		dmesg_clean
		finish
		exit
	fi
	why=$(zcrxbind l0 0 1)
	if [[ $why == *supported ]]; then
		ok "the interface works as before" \
			ping -q -c 1 -W "$(slow 2)" 192.0.2.7
		ok "unloads" unload loopnet
		skip "zero-copy receive" "this machine has no DMA or no zcrx: $why"
		dmesg_clean
		finish
		exit
	fi
	;;
esac
last=$(($(nproc) - 1))

ok "headers are not split any more" split l0 off
is "memory is not lent to a queue that does not split" "$(zcrxbind l0 0 1)" \
	"Invalid argument"
is "nor to one that is not there" "$(zcrxbind l0 99 1)" \
	"Numerical result out of range"
ok "they are split again" split l0 on
steer()
{
	[ "$last" = 0 ] || ethtool -X l0 start "$last" equal 1
}
ok "all flows go to the last queue" steer

head -c 3000000 /dev/urandom >"$T/sent"

# What the example receives is what was sent, and none of it was copied twice.
transfer()	# COMMAND-OF-SENDER ADDRESS [BUFFER]
{
	zcrx "$dev" "$last" 5001 "${3-}" >"$T/got" 2>"$T/said" &
	wait_for 10 grep -q ':1389 0*:0000 0A' /proc/net/tcp6 ||
		return 1
	$1 socat -u "OPEN:$T/sent" "TCP:$2:5001" || return 1
	wait $! || return 1
	cmp "$T/sent" "$T/got" || return 1
	cat "$T/said"
	grep -qx '3000000 bytes, 0 of them copied' "$T/said"
}
dev=l0
split=$(counter l0 rx_split)
ok "zero-copy receive from a remote address" transfer "" 192.0.2.99
num "data was split from headers" "$(counter l0 rx_split)" -gt "$split"
ok "over IPv6" transfer "" "[2001:db8::99]"
ok "with buffers of a page, by name" transfer "" 192.0.2.99 \
	"$(getconf PAGE_SIZE)"
for tso in off on; do
	ok "segmentation $tso" ethtool -K l0 tso $tso gso $tso
	ok "zero-copy receive with it" transfer "" 192.0.2.99
done
ok "checksums by the sender" ethtool -K l0 tx off
ok "zero-copy receive with that" transfer "" 192.0.2.99
ok "and by nobody" ethtool -K l0 tx on
for fault in loss corrupt duplicate reorder; do
	echo 5000 >/sys/class/net/l0/loopnet/faults/$fault
	ok "zero-copy receive with $fault" transfer "" 192.0.2.99
	echo 0 >/sys/class/net/l0/loopnet/faults/$fault
done

ok "unloads" unload loopnet
dmesg_clean
finish
