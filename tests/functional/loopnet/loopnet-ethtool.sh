#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml* x86-* stock-*
#
# timeout: 120
#
# loopnet: everything that ethtool asks and sets.
# shellcheck disable=SC2317 # functions are called by ok
. "${TESTS:?}/lib/tap.sh"

dev=loopnet0
reaches()
{
	ping -q -c 2 -i 0.05 -W "$(slow 2)" 192.0.2.77
}
field()	# FILE PATTERN: what stands behind the colon
{
	sed -n "s/^[[:space:]]*$2:[[:space:]]*//p" "$1" | head -n 1
}

ok "loads" load loopnet
ok "address" ip addr add 192.0.2.1/24 dev $dev
fails "no self-test while down" "FAIL" bash -c "ethtool -t $dev; exit 1"
ok "goes up" ip link set $dev up
ok "reaches" reaches

ethtool $dev >"$T/plain"
is "link" "$(field "$T/plain" "Link detected")" yes
is "duplex" "$(field "$T/plain" Duplex)" Full
ethtool -i $dev >"$T/i"
is "driver" "$(field "$T/i" driver)" loopnet
is "supports statistics" "$(field "$T/i" supports-statistics)" yes
is "supports a test" "$(field "$T/i" supports-test)" yes
ok "the self-test passes" ethtool -t $dev online
like "and says so" "$_tap_out" "*PASS*"

ethtool -k $dev >"$T/k"
for feature in rx-checksumming tx-checksumming scatter-gather \
	tcp-segmentation-offload generic-segmentation-offload \
	generic-receive-offload rx-vlan-offload tx-vlan-offload \
	tx-tcp6-segmentation tx-udp-segmentation tx-vlan-stag-hw-insert \
	rx-vlan-stag-hw-parse; do
	is "$feature is on" "$(field "$T/k" $feature)" on
done
ok "offloads can be turned off" ethtool -K $dev tx off rx off tso off gro off
ok "reaches" reaches
ok "and on" ethtool -K $dev tx on rx on tso on gro on

cpus=$(nproc)
ethtool -l $dev >"$T/l"
is "as many channels as CPUs" "$(sed -n 's/^Combined:[[:space:]]*//p' "$T/l" |
	tail -n 1)" "$cpus"
for n in 1 "$cpus" 1; do
	ok "$n channel(s)" ethtool -L $dev combined "$n"
	is "are there" "$(find /sys/class/net/$dev/queues -name 'tx-*' | wc -l)" \
		"$n"
	ok "reaches" reaches
done
not_ok "no channel at all is refused" ethtool -L $dev combined 0
not_ok "nor a thousand" ethtool -L $dev combined 1000

for n in 16 65536 512; do
	ok "rings of $n" ethtool -G $dev tx $n
	ok "reaches" reaches
done
for n in 16 65536 512; do
	ok "receive rings of $n" ethtool -G $dev rx $n
	ok "reaches" reaches
done
for way in rx tx; do
	not_ok "not 15 for $way" ethtool -G $dev $way 15
	not_ok "nor 65537" ethtool -G $dev $way 65537
done
ok "both at once" ethtool -G $dev rx 64 tx 512
ethtool -g $dev >"$T/g"
is "512 it is" "$(sed -n 's/^TX:[[:space:]]*//p' "$T/g" | tail -n 1)" 512
is "and 64" "$(sed -n 's/^RX:[[:space:]]*//p' "$T/g" | tail -n 1)" 64

is "no coalescing" "$(ethtool -c $dev | sed -n 's/^rx-usecs:[[:space:]]*//p')" 0
ok "reaches" ping -q -c 20 -i 0.002 192.0.2.77
fast=$(sed -n 's|^rtt.*= \([0-9]*\).*|\1|p' "$T/.out")
ok "a packet may wait 10 ms for company" ethtool -C $dev rx-usecs 10000
ok "reaches" ping -q -c 5 -i 0.05 192.0.2.77
# The slowest: another packet may have started the wait of this one.
slow=$(sed -n 's|^rtt.*= [^/]*/[^/]*/\([0-9]*\).*|\1|p' "$T/.out")
num "and does" "$slow" -ge $((fast + 9))
ok "but not longer than for a frame" ethtool -C $dev rx-frames 1
ok "reaches" ping -q -c 20 -i 0.002 192.0.2.77
num "at once" "$(sed -n 's|^rtt.*= \([0-9]*\).*|\1|p' "$T/.out")" -lt "$slow"
not_ok "not 10001" ethtool -C $dev rx-usecs 10001
ok "none again" ethtool -C $dev rx-usecs 0

before=$(ethtool -S $dev | awk '/tx_queue_0_packets/ { print $2 }')
ok "one channel" ethtool -L $dev combined 1
ok "reaches" reaches
after=$(ethtool -S $dev | awk '/tx_queue_0_packets/ { print $2 }')
num "counters of the channel count" "$after" -ge $((before + 4))

# What a socket has sent comes in pieces when the interface cuts it up, and GRO
# joins them again.
received()
{
	cat /sys/class/net/$dev/statistics/rx_packets
}
transfer()
{
	socat -u "TCP4-LISTEN:5001,reuseaddr" "CREATE:$T/got" &
	wait_for "$(slow 5)" grep -qE ':1389 0+:0000 0A' /proc/net/tcp || return 1
	socat -u "OPEN:$T/sent" TCP4:192.0.2.99:5001 || return 1
	wait $! || return 1
	cmp "$T/sent" "$T/got"
}
head -c 2000000 /dev/urandom >"$T/sent"
n=$(received)
ok "TCP with TSO" transfer
whole=$(($(received) - n))
ok "no TSO" ethtool -K $dev tso off gso off
n=$(received)
ok "TCP without" transfer
num "comes in pieces" $(($(received) - n)) -gt $((whole + 500))
ok "TSO" ethtool -K $dev tso on gso on
if ip link set $dev gso_max_size 200000 gro_max_size 200000 2>/dev/null; then
	ip addr add 2001:db8::1/64 dev $dev nodad
	ok "BIG TCP: still reaches" ping -q -c 1 -W "$(slow 2)" 2001:db8::7
fi
ok "threaded NAPI" bash -c "echo 1 >/sys/class/net/$dev/threaded"
ok "reaches" reaches
ok "rings change then, too" ethtool -G $dev tx 128
ok "reaches" reaches
ok "unloads" unload loopnet
dmesg_clean
finish
