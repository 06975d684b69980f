#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# ringchar: the ways in and out besides read and write.
. "${TESTS:?}/lib/tap.sh"
. "$TESTS/lib/checks.sh"

ok "loads" load ringchar devices=0
checks "$TESTS/smoke/ringchar-io.py"
ok "unloads" unload ringchar
dmesg_clean
finish
