#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml* x86-* stock-*
#
# loopnet: the PTP clock of an interface, and the time stamps it gives.
. "${TESTS:?}/lib/tap.sh"
. "$TESTS/lib/checks.sh"

ok "loads" load loopnet queues=1
checks "$TESTS/functional/loopnet/loopnet-clock.py" loopnet0
ok "unloads" unload loopnet
dmesg_clean
finish
