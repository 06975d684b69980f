#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# xfs on a disk whose power is cut at random moments.
# targets: uml*
# timeout: 60
. "${TESTS:?}/lib/tap.sh"
# shellcheck source=tests/crash/short.bash
. "$TESTS/crash/short.bash"

crash_short xfs 6
finish
