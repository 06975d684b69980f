#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml* x86-* stock-*
#
# loopnet: which queue receives a flow (ethtool -x, -X), and what each counted.
. "${TESTS:?}/lib/tap.sh"
. "$TESTS/lib/checks.sh"

[ "$(nproc --all)" -ge 2 ] || skip_all "this machine has one CPU"
ok "loads" load loopnet devices=0
checks "$TESTS/functional/loopnet/loopnet-queues.py"
ok "unloads" unload loopnet
dmesg_clean
finish
