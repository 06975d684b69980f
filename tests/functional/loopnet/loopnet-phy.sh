#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml* x86-* stock-*
#
# loopnet: what a card counts by the standards' names, pause, FEC, its module.
. "${TESTS:?}/lib/tap.sh"
. "$TESTS/lib/checks.sh"

ok "loads" load loopnet mode=loop queues=1
sysctl -qw net.ipv6.conf.loopnet0.disable_ipv6=1
ok "goes up" ip link set loopnet0 up mtu 9000 promisc on
checks "$TESTS/functional/loopnet/loopnet-phy.py" loopnet0
ok "unloads" unload loopnet
dmesg_clean
finish
