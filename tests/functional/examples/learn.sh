#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: stock*
#
# What Documentation/learn.rst says of ftrace. (User-mode Linux has no tracer of
# functions; examples.sh has the rest.)
. "${TESTS:?}/lib/tap.sh"

ok "ringchar loads" load ringchar
wait_for 5 test -c /dev/ringchar0
timeout "$(slow 20)" bash "$TESTS/functional/examples/learn.ftrace" \
	>"$T/trace" 2>&1
diag "$(head -n 40 "$T/trace")"
like "ftrace shows the driver's door" "$(cat "$T/trace")" '*ringchar_read_iter*'
like "and the lock below it" "$(cat "$T/trace")" '*ringchar_read_iter*mutex_lock*'
ok "the tracer is put away" bash -c \
	'cd /sys/kernel/tracing && echo >set_graph_function && echo 0 >max_graph_depth && echo 1 >tracing_on'
ok "ringchar unloads" unload ringchar
finish
