#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# ext4 on a disk whose power is cut at random moments.
# targets: uml* x86-* stock-*
# timeout: 60
. "${TESTS:?}/lib/tap.sh"
# shellcheck source=tests/crash/short.bash
. "$TESTS/crash/short.bash"

crash_short ext4 6
finish
