#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml* x86-* stock-*
#
# pseudo: random bytes.
. "${TESTS:?}/lib/tap.sh"
. "$TESTS/lib/checks.sh"

ok "loads" load pseudo
checks "$TESTS/functional/pseudo/pseudo-random.py"
ok "unloads" unload pseudo
dmesg_clean
finish
