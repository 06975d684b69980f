#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml* x86-* stock-*
#
# loopnet: programs on what is received.
. "${TESTS:?}/lib/tap.sh"
. "$TESTS/lib/checks.sh"

ok "loads" load loopnet devices=2
for dev in loopnet0 loopnet1; do
	sysctl -qw net.ipv6.conf.$dev.disable_ipv6=1
	ok "$dev goes up" ip link set $dev up
done
checks "$TESTS/functional/loopnet/loopnet-xdp.py" loopnet0 loopnet1
ok "unloads, a program attached" unload loopnet
dmesg_clean
finish
