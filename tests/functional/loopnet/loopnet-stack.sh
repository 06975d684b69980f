#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml* x86-* stock-*
# timeout: 120
#
# loopnet: what the network stack builds on it: GRO, forwarding, macvlan, busy
# polling, deferred interrupts, containers.
. "${TESTS:?}/lib/tap.sh"
. "$TESTS/lib/checks.sh"

ok "loads" load loopnet devices=0
checks "$TESTS/functional/loopnet/loopnet-stack.py"
ok "unloads" unload loopnet
dmesg_clean
finish
