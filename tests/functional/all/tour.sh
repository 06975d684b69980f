#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 120
#
# What make demo shows, command for command.
. "${TESTS:?}/lib/tap.sh"

ok "the tour of all four devices" bash "$TESTS/../guest/tour"
dmesg_clean
finish
