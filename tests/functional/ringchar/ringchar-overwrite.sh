#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml* x86-* stock-*
#
# ringchar: full=overwrite.
. "${TESTS:?}/lib/tap.sh"
. "$TESTS/lib/checks.sh"

ok "loads" load ringchar devices=0
checks "$TESTS/functional/ringchar/ringchar-overwrite.py"
ok "unloads" unload ringchar
dmesg_clean
finish
