#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# ringchar: loads, carries a stream of bytes, unloads.
. "${TESTS:?}/lib/tap.sh"
. "$TESTS/lib/checks.sh"

config=/sys/kernel/config/ringchar

for bad in size=3 size=2K size=6000 size=2G size=-1 size=x size= size=4KK \
	devices=-1 devices=257 devices=many max_size=1; do
	not_ok "load with $bad is refused" load ringchar "$bad"
	like "the message names $bad" "$_tap_out" "*ringchar: $bad: must be *"
done

ok "loads without devices" load ringchar devices=0
is "and then there is none" "$(ls $config /dev/ringchar* 2>/dev/null)" \
	"$config:"
ok "unloads" unload ringchar

klog_mark
ok "loads" load ringchar
is "one line in the log" "$(klog | grep -c '^ringchar:')" 1
is "the node is a character device" "$(stat -c %F /dev/ringchar0)" \
	"character special file"
mode=600
if pgrep udevd >/dev/null; then
	udevadm settle
	# For the group only where the system has it.
	! getent group softdev >/dev/null || mode=660
fi
is "the node is root's (and its group's by our rule)" \
	"$(stat -c %U:%a /dev/ringchar0)" root:$mode
is "size is 1M" "$(cat $config/ringchar0/size)" 1048576
is "the parameter reads back in bytes" \
	"$(cat /sys/module/ringchar/parameters/size)" 1048576

echo hello >/dev/ringchar0
is "data outlives its writer" "$(cat $config/ringchar0/stats/stored)" 6
exec 3<>/dev/ringchar0
read -r line <&3
is "what was written can be read" "$line" hello
fails "unload while open is refused" "in use" unload ringchar
exec 3>&-

head -c 300000 /dev/urandom >"$T/in"
timeout "$(slow 10)" head -c 300000 /dev/ringchar0 >"$T/out" &
ok "dd writes" dd if="$T/in" of=/dev/ringchar0 bs=7777 status=none
wait $!
ok "and head reads the same" cmp "$T/in" "$T/out"
timeout "$(slow 1)" cat /dev/ringchar0
is "cat waits for more, like on a pipe with a writer" $? 124

checks "$TESTS/functional/ringchar/ringchar.py"

ok "unloads again" unload ringchar
ok "loads with two small rings" load ringchar devices=2 size=4k
is "both are there" "$(echo /dev/ringchar?)" "/dev/ringchar0 /dev/ringchar1"
is "of that size" "$(cat $config/ringchar1/size)" 4096
ok "unloads a third time" unload ringchar
is "no node is left" "$(ls /dev/ringchar* 2>/dev/null)" ""
dmesg_clean
finish
