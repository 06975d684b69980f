#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml* x86-* stock-*
#
# loopnet: interfaces and pairs made by rtnetlink.
. "${TESTS:?}/lib/tap.sh"
. "$TESTS/lib/checks.sh"

ok "loads" load loopnet devices=0
ok "a namespace" ip netns add loopnet-peer
checks "$TESTS/functional/loopnet/loopnet-peer.py" loopnet-peer
ip netns del loopnet-peer 2>/dev/null
ok "unloads" unload loopnet
dmesg_clean
finish
