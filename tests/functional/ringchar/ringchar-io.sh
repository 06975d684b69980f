#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml* x86-* stock-*
#
# ringchar: the ways in and out besides read and write.
. "${TESTS:?}/lib/tap.sh"
. "$TESTS/lib/checks.sh"

ok "loads" load ringchar devices=0
checks "$TESTS/functional/ringchar/ringchar-io.py"

# Tracepoints, under the driver's name.
mountpoint -q /sys/kernel/tracing || mount -t tracefs tracefs /sys/kernel/tracing
tracing=/sys/kernel/tracing dir=/sys/kernel/config/ringchar/ringchar-t
mkdir $dir && echo 1000000 >$dir/faults/short && echo 1 >$dir/power
at_exit rmdir $dir
ok "tracepoints can be switched on" \
	eval "echo 1 >$tracing/events/ringchar/enable"
echo hello >/dev/ringchar-t
head -c 1 /dev/ringchar-t >"$T/read"
echo 0 >$tracing/events/ringchar/enable
trace=$(grep -v '^#' $tracing/trace)
like "a write is traced" "$trace" \
	"*ringchar_write: ringchar-t asked=6 ret=[1-5]*"
like "a read is traced" "$trace" "*ringchar_read: ringchar-t asked=*ret=[1-5]*"
like "what a call suffers is traced" "$trace" \
	"*ringchar_fault: ringchar-t write n=6 limit=[1-5] error=0 delay_ms=0*"
echo >$tracing/trace
rmdir $dir
ok "unloads" unload ringchar
dmesg_clean
finish
