#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml* x86-* stock-*
#
# loopnet: faults, delay, rate, back-pressure.
. "${TESTS:?}/lib/tap.sh"
. "$TESTS/lib/checks.sh"

# One queue, so that there is one order and one stream of the dice.
ok "loads" load loopnet mode=loop queues=1
sysctl -qw net.ipv6.conf.loopnet0.disable_ipv6=1
# Others shorten their queue when the wire is slow (Debian's fq_codel does).
ok "a plain queue" tc qdisc replace dev loopnet0 root pfifo limit 1000
ok "goes up" ip link set loopnet0 up
checks "$TESTS/functional/loopnet/loopnet-wire.py" loopnet0
ok "unloads" unload loopnet
dmesg_clean
finish
