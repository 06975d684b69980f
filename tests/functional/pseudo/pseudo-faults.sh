#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml* x86-* stock-*
#
# pseudo: faults, counters and tracepoints of its nodes.
. "${TESTS:?}/lib/tap.sh"
. "$TESTS/lib/checks.sh"

ok "loads" load pseudo
checks "$TESTS/functional/pseudo/pseudo-faults.py"
ok "unloads" unload pseudo
dmesg_clean
finish
