#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml* x86-* stock-*
# timeout: 180
#
# loopnet: contexts of RSS, fields that are hashed, rules (ethtool -X, -N).
. "${TESTS:?}/lib/tap.sh"
. "$TESTS/lib/checks.sh"

[ "$(nproc --all)" -ge 2 ] || skip_all "this machine has one CPU"
ok "loads" load loopnet devices=0
checks "$TESTS/functional/loopnet/loopnet-steer.py"
ok "unloads" unload loopnet
dmesg_clean
finish
