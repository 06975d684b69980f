#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml* x86-* stock*
#
# loopnet: the parent device that interfaces have, and what goes with it.
# shellcheck disable=SC2317 # functions are called by ok
. "${TESTS:?}/lib/tap.sh"
. "$TESTS/lib/checks.sh"

net=/sys/class/net

# Where the kernel keeps it: devices without hardware since 6.14, else the
# platform's.
parents()
{
	find /sys/devices/faux/loopnet /sys/devices/platform/loopnet \
		-maxdepth 0 2>/dev/null
}

parent_of()	# INTERFACE
{
	readlink -f "$net/$1/device"
}

is "there is no parent before" "$(parents)" ""
ok "loads" load loopnet devices=2
is "there is one parent" "$(parents | wc -l)" 1
parent=$(parents)
is "an interface has it" "$(parent_of loopnet0)" "$parent"
is "so has the next one" "$(parent_of loopnet1)" "$parent"
is "ip knows its name" \
	"$(ip -d link show loopnet0 | grep -o 'parentdev [a-z]*')" \
	"parentdev loopnet"
ok "ip link add needs no parameter" ip link add l0 type loopnet
is "what it makes has the parent, too" "$(parent_of l0)" "$parent"
ok "a pair, one end elsewhere" ip netns add there
pair()
{
	PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$TESTS/lib python3 -c '
from loopnetdev import Links
with open("/run/netns/there") as there:
    Links.add("near", mode=3, peer="far", peer_ns=there.fileno())'
}
ok "is made" pair
ok "and seen" ip link show near
is "with the same parent for both ends" \
	"$(ip -n there -d link show far | grep -o 'parentdev [a-z]*')" \
	"parentdev loopnet"

# A name that udev has from where a device is would replace loopnet0.
if command -v udevadm >/dev/null; then
	is "udev derives no name from it" \
		"$(udevadm test-builtin net_id "$net/loopnet0" 2>/dev/null |
		   grep -E '^ID_NET_NAME_(ONBOARD|SLOT|PATH)=')" ""
else
	skip "udev derives no name from it" "there is no udevadm"
fi
is "the kernel has numbered it" "$(cat $net/loopnet0/name_assign_type)" 1

there_and_back()
{
	ip link set l0 netns there && ip -n there link set l0 up &&
		[ "$(ip netns exec there readlink -f "$net/l0/device")" = \
		  "$parent" ] &&
		ip -n there link set l0 netns 1
}
ok "an interface moves to a namespace and back" there_and_back
is "it still has its parent" "$(parent_of l0)" "$parent"
ok "the namespace goes" ip netns del there
gone()
{
	! ip link show near
}
ok "and the pair with it" wait_for "$(slow 10)" gone
ok "an interface goes" ip link del l0
is "the parent stays" "$(parents)" "$parent"
checks "$TESTS/functional/loopnet/loopnet-nic.py"
ok "unloads" unload loopnet
is "no parent is left" "$(parents)" ""
dmesg_clean
finish
