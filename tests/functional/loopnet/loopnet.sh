#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# timeout: 120
#
# loopnet: loads, every address of its subnet is a live host, unloads.
# shellcheck disable=SC2317 # functions are called by ok
. "${TESTS:?}/lib/tap.sh"

net=/sys/class/net

for bad in mode=echo mode=peer mode= devices=-1 devices=1025 devices=many \
	queues=0 queues=100000 queues=x; do
	not_ok "load with $bad is refused" load loopnet "$bad"
	like "the message names $bad" "$_tap_out" "*loopnet: $bad: must be *"
done
not_ok "nothing is left of that" ip link show loopnet0

ok "no device at all is allowed" load loopnet devices=0
not_ok "none is there" ip link show loopnet0
ok "one is made by ip link add" ip link add l0 type loopnet
is "it reflects" "$(cat $net/l0/loopnet/mode)" reflect
ok "it is deleted" ip link del l0
ok "unloads" unload loopnet

klog_mark
ok "loads" load loopnet devices=2 mode=loop queues=1
is "one line in the log" "$(klog | grep -c 'loopnet: 2 interface')" 1
is "the second device, mode as asked" "$(cat $net/loopnet1/loopnet/mode)" loop
is "queues as asked" "$(find $net/loopnet1/queues/ -name 'rx-*' | wc -l)" 1
is "parameters read back" \
	"$(cd /sys/module/loopnet/parameters && cat devices mode queues | xargs)" \
	"2 loop 1"
ok "unloads" unload loopnet

ok "loads again" load loopnet
ok "address" ip addr add 192.0.2.1/24 dev loopnet0
ok "IPv6 address" ip addr add 2001:db8::1/64 dev loopnet0
ok "goes up" ip link set loopnet0 up
is "is up" "$(cat $net/loopnet0/operstate)" up
is "has a real qdisc's queue length" "$(cat $net/loopnet0/tx_queue_len)" 1000
like "and a real qdisc" "$(tc qdisc show dev loopnet0 root)" "qdisc mq 0: *"

ok "every address answers a ping" ping -q -c 2 -i 0.05 -W "$(slow 2)" 192.0.2.77
# udev may give the interface another MAC late: then its neighbours are forgotten.
neighbour()
{
	ping -q -c 1 -W "$(slow 2)" 192.0.2.77 >/dev/null &&
		ip neigh show 192.0.2.77 dev loopnet0 |
			grep -q "^192.0.2.77 lladdr 02:04:c0:00:02:4d "
}
ok "from a MAC made of it" wait_for "$(slow 5)" neighbour
ok "with much to say, too" ping -q -c 2 -i 0.05 -s 40000 -W "$(slow 2)" 192.0.2.78

no_tentative()
{
	! ip -6 addr show dev loopnet0 | grep -q tentative
}
ok "duplicate address detection ends" wait_for "$(slow 5)" no_tentative
is "with no duplicate" "$(ip -6 addr show dev loopnet0 dadfailed)" ""
num "and two addresses" "$(ip -6 addr show dev loopnet0 | grep -c inet6)" -eq 2
ok "IPv6 answers a ping" ping -q -c 2 -i 0.05 -W "$(slow 2)" 2001:db8::77
is "from a MAC made of it, too" \
	"$(ip neigh show 2001:db8::77 dev loopnet0 | cut -d' ' -f1-3)" \
	"2001:db8::77 lladdr 02:06:00:00:00:77"
ok "so does a link-local one" ping -q -c 1 -W "$(slow 2)" fe80::1234%loopnet0

# A server of ours is the server of every host out there.
transfer()	# FAMILY ADDRESS
{
	socat -u "TCP$1-LISTEN:5001,reuseaddr" "CREATE:$T/got" &
	wait_for "$(slow 5)" grep -qE ':1389 0+:0000 0A' /proc/net/tcp /proc/net/tcp6 ||
		return 1
	socat -u "OPEN:$T/sent" "TCP$1:$2:5001" || return 1
	wait $! || return 1
	cmp "$T/sent" "$T/got"
}
head -c 3000000 /dev/urandom >"$T/sent"
ok "TCP carries a file to a remote address" transfer 4 192.0.2.99
ok "over IPv6" transfer 6 '[2001:db8::99]'
# 3 MB are 2055 segments of 1460 bytes.
for gro in off on; do
	ok "segmentation $gro" ethtool -K loopnet0 tso $gro gso $gro tx $gro
	rx=$(cat $net/loopnet0/statistics/rx_packets)
	ok "still does" transfer 4 192.0.2.99
	rx=$(($(cat $net/loopnet0/statistics/rx_packets) - rx))
	num "in one packet a segment, or in few" $rx \
		"$([ $gro = off ] && echo -ge || echo -lt)" 2055
done
fails "a closed port is refused" "Connection refused" \
	socat -u OPEN:/dev/null TCP4:192.0.2.5:9
fails "IPv6 likewise" "Connection refused" \
	socat -u OPEN:/dev/null 'TCP6:[2001:db8::5]:9'

udp_refused()	# PYTHON-FAMILY ADDRESS
{
	python3 - "$1" "$2" <<-'END'
	import socket, sys
	s = socket.socket(getattr(socket, sys.argv[1]), socket.SOCK_DGRAM)
	s.settimeout(30)
	s.connect((sys.argv[2], 9))
	s.send(b"x")
	try:
	    s.recv(1)
	except ConnectionRefusedError:
	    sys.exit(0)
	sys.exit("not refused")
	END
}
ok "an ICMP error finds its socket" udp_refused AF_INET 192.0.2.5
ok "an ICMPv6 error, too" udp_refused AF_INET6 2001:db8::5

# Switching modes.
fails "mode nonsense is EINVAL" "Invalid argument" \
	bash -c "echo nonsense >$net/loopnet0/loopnet/mode"
fails "mode peer needs a peer" "Operation not supported" \
	bash -c "echo peer >$net/loopnet0/loopnet/mode"
is "nothing changed" "$(cat $net/loopnet0/loopnet/mode)" reflect
ok "mode sink" bash -c "echo sink >$net/loopnet0/loopnet/mode"
not_ok "nobody answers" ping -q -c 1 -W 1 192.0.2.77
ok "mode loop" bash -c "echo loop >$net/loopnet0/loopnet/mode"
not_ok "the stack drops its own source" ping -q -c 1 -W 1 192.0.2.77
ok "mode reflect" bash -c "echo reflect >$net/loopnet0/loopnet/mode"
ok "answers again" ping -q -c 1 -W "$(slow 2)" 192.0.2.77

ping -q -i 0.002 -c 100000 192.0.2.44 >/dev/null &
pinger=$!
for mode in sink loop reflect sink reflect loop; do
	ok "under traffic, mode $mode" \
		bash -c "echo $mode >$net/loopnet0/loopnet/mode"
	is "is the mode now" "$(cat $net/loopnet0/loopnet/mode)" $mode
	sleep 0.05
done
ok "the traffic went on" kill $pinger
wait $pinger 2>/dev/null
echo reflect >$net/loopnet0/loopnet/mode
ok "and it lives" ping -q -c 1 -W "$(slow 2)" 192.0.2.77

# MTU, MAC.
for mtu in 68 1500 9000 65535; do
	ok "MTU $mtu" ip link set loopnet0 mtu $mtu
done
for mtu in 67 65536; do
	not_ok "not $mtu" ip link set loopnet0 mtu $mtu
done
ok "a large packet in one piece" ping -q -c 1 -M "do" -s 60000 -W "$(slow 2)" 192.0.2.77
ok "the MAC changes while up" ip link set loopnet0 address 02:00:00:00:00:01
ok "and the network goes on" ping -q -c 1 -W "$(slow 2)" 192.0.2.88

# Down, up, and out with traffic.
ok "goes down" ip link set loopnet0 down
ok "and up" ip link set loopnet0 up
ok "and answers" ping -q -c 1 -W "$(slow 2)" 192.0.2.77
ok "another, in a namespace" ip netns add loopnet-test
ok "of two queues" ip -n loopnet-test link add l1 numtxqueues 2 numrxqueues 2 \
	type loopnet
in_netns()	# COMMAND
{
	ip netns exec loopnet-test bash -c "$1"
}
is "it has them" "$(in_netns "ls -d $net/l1/queues/rx-* | wc -l")" 2
ok "a mode" in_netns "echo loop >$net/l1/loopnet/mode"
is "it is in it" "$(in_netns "cat $net/l1/loopnet/mode")" loop
ok "goes up there" ip -n loopnet-test link set l1 up
socat -u OPEN:/dev/zero UDP4:192.0.2.33:9 2>/dev/null &
ping -q -f -c 1000000 192.0.2.44 >/dev/null 2>&1 &
sleep 0.3
ok "unloads under traffic" unload loopnet
not_ok "no interface is left" ip link show loopnet0
not_ok "nor in the namespace" ip -n loopnet-test link show l1
ip netns del loopnet-test
kill %1 %2 2>/dev/null
wait
dmesg_clean
finish
