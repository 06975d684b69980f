#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml-kasan uml-gcov
# timeout: 120
#
# loopnet: allocations that cannot wait fail, one in three, while packets are
# received: where failnth, which strikes a process only, does not reach.
. "${TESTS:?}/lib/tap.sh"
. "$TESTS/failnth/lib.bash"
. "$TESTS/lib/checks.sh"

leaks_begin
ok "loads" load loopnet mode=loop queues=1
sysctl -qw net.ipv6.conf.loopnet0.disable_ipv6=1
ok "goes up" ip link set loopnet0 up
checks "$TESTS/failnth/loopnet-atomic.py" loopnet0
ok "unloads" unload loopnet
leaks_end "nothing is lost"
finish
