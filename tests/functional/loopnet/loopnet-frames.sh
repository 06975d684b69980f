#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# loopnet: what comes back for what is sent, frame by frame.
. "${TESTS:?}/lib/tap.sh"
. "$TESTS/lib/checks.sh"

ok "loads" load loopnet
sysctl -qw net.ipv6.conf.loopnet0.disable_ipv6=1
ok "goes up" ip link set loopnet0 up
checks "$TESTS/functional/loopnet/loopnet-reflect.py" loopnet0
ok "unloads while up" unload loopnet
dmesg_clean
finish
