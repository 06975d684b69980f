#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# ringchar: the device goes away while it is in use.
. "${TESTS:?}/lib/tap.sh"
. "$TESTS/lib/checks.sh"

ok "loads" load ringchar
checks "$TESTS/smoke/ringchar-removal.py"
ok "unloads" unload ringchar
dmesg_clean
finish
