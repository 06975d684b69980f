#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml* x86-* stock-*
#
# ringchar: what one user does to hurt others.
. "${TESTS:?}/lib/tap.sh"
. "$TESTS/lib/checks.sh"

ok "loads" load ringchar devices=0
checks "$TESTS/functional/ringchar/ringchar-hostile.py"
ok "unloads" unload ringchar
dmesg_clean
finish
