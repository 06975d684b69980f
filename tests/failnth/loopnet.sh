#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml-kasan uml-gcov
# timeout: 400
. "${TESTS:?}/lib/tap.sh"
. "$TESTS/failnth/lib.bash"

L=sweep0
S=/sys/class/net/$L/loopnet

leaks_begin
sweep_load loopnet
load loopnet devices=0

sweep "ip link add" -- "newlink $L loopnet" -- "-dellink $L"
sweep "ip link add, peers" -- "newlink $L loopnet 3=peer:sweep1" -- \
	"-dellink $L"
sweep "ip link del" -s 0 "newlink $L loopnet" -- "dellink $L" -- "-dellink $L"

ip link add $L type loopnet
sweep "up" -- "setlink $L up" -- "-setlink $L down"
sweep "down" -s 0 "setlink $L up" -- "setlink $L down" --
ip link set $L up
sweep "ip link show" -- "setlink $L getlink" --
sweep "ethtool -L" "channels $L 1" -- "channels $L 2" --
sweep "ethtool -L to less" "channels $L 2" -- "channels $L 1" --
sweep "ethtool -G" "rings $L 256" -- "rings $L 512" --
sweep "ethtool -i" -- "ethtool $L 3" --
sweep "ethtool -c" -- "ethtool $L 14" --
# ETHTOOL_GRSSH, ETHTOOL_SRSSH: the context, 128 entries, 40 bytes of key.
sweep "ethtool -x" -- "ethtool $L 70 0 128 40" --
sweep "ethtool -X" -- "ethtool $L 71 0 128" -- "ethtool $L 71 0 0"
sweep "ethtool -X default" "ethtool $L 71 0 128" -- "ethtool $L 71 0 0" --
sweep "ethtool -S" -- "ethtool $L 29 0 512" --
sweep "mtu" "setlink $L mtu 1500" -- "setlink $L mtu 9000" --
sweep "mac" -- "setlink $L mac 7" --
sweep "promiscuous" -- "setlink $L promisc" --
sweep "multicast" -- "multicast $L add 7" -- "-multicast $L del 7"
for set in delay_ns=1000 jitter_ns=1000 rate_bps=1000000000 faults/loss=0 \
	faults/seed=1 delay_ns=0 jitter_ns=0 rate_bps=0; do
	sweep "$set" -s 0 -- "put $S/${set%=*} ${set#*=}" --
done
for mode in loop sink reflect; do
	sweep "mode $mode" -s 0 -- "put $S/mode $mode" --
	for proto in 0x800 0x86dd 0x806 0x88b5; do
		sweep "$mode: a frame of $proto" "packet 1 $L" -- \
			"frame 1 200 $proto" -- "usleep 500"
	done
	sweep "$mode: a large frame" "packet 1 $L" -- "frame 1 9000 0x800" -- \
		"usleep 500"
done
ip addr add 10.78.0.1/24 dev $L
sweep "a datagram to the subnet" "socket 1 2 2" -- "udp 1 0a4e0002 1000" -- \
	"usleep 2000"
for fault in duplicate corrupt reorder; do
	echo 1000000 >$S/faults/$fault
	sweep "a frame with fault $fault" "packet 1 $L" -- \
		"frame 1 200 0x800" -- "usleep 2000"
	echo 0 >$S/faults/$fault
done
ip link del $L
ok "it unloads" unload loopnet
leaks_end "nothing is lost"
finish
