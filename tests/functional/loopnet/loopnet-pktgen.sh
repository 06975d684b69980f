#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml* x86-* stock-*
# timeout: 90
#
# loopnet: the kernel's packet generator, which sends one packet many times.
# shellcheck disable=SC2317 # functions are called by ok
. "${TESTS:?}/lib/tap.sh"

kmodprobe pktgen 2>/dev/null || skip_all "this kernel has no pktgen"
P=/proc/net/pktgen
S=/sys/class/net/loopnet0
N=20000

all_sent()
{
	grep -q "pkts-sofar: $N " $P/loopnet0
}
generate()	# clone_skb N | burst N
{
	local set

	echo rem_device_all >$P/kpktgend_0
	echo "add_device loopnet0" >$P/kpktgend_0 || return 1
	for set in "count $N" "pkt_size 60" "delay 0" "dst 192.0.2.9" \
		"dst_mac $(cat $S/address)" "$1"; do
		echo "$set" >$P/loopnet0 || return 1
	done
	# It comes back early if the generator has not begun within 125 ms.
	echo start >$P/pgctrl
	wait_for "$(slow 10)" all_sent || return 1
	echo rem_device_all >$P/kpktgend_0
}
count()
{
	cat $S/statistics/$1
}
all_back()
{
	[ "$(count rx_packets)" -ge $((rx + N)) ]
}

ok "loads" load loopnet mode=loop queues=1
sysctl -qw net.ipv6.conf.loopnet0.disable_ipv6=1
ok "goes up" ip link set loopnet0 up
for how in "clone_skb 0" "clone_skb 1000" "burst 32"; do
	tx=$(count tx_packets) rx=$(count rx_packets)
	ok "$how" generate "$how"
	num "all are sent" $(($(count tx_packets) - tx)) -eq $N
	ok "all come back" wait_for "$(slow 10)" all_back
	num "once" $(($(count rx_packets) - rx)) -eq $N
done
echo sink >$S/loopnet/mode
rx=$(count rx_packets)
ok "into the sink" generate "clone_skb 1000"
num "nothing comes back" $(($(count rx_packets) - rx)) -eq 0
num "nothing was dropped" "$(count tx_dropped)" -eq 0
ok "unloads" unload loopnet
ok "the generator, too" rmmod pktgen
dmesg_clean
finish
