#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml* x86-* stock-*
#
# ringchar: the directory of a device, its knobs, when they may change.
. "${TESTS:?}/lib/tap.sh"
. "$TESTS/lib/checks.sh"

config=/sys/kernel/config/ringchar

ok "loads" load ringchar
is "a device made at load is powered" "$(cat $config/ringchar0/power)" 1
not_ok "and stays: rmdir is refused" rmdir $config/ringchar0

for bad in x ringchar ringchar- ringchar-1 ringchar-a1 ringchar-a- \
	ringchar-a.b ringchar-a! ringcharXa; do
	fails "mkdir $bad is EINVAL" "Invalid argument" mkdir "$config/$bad"
done
fails "a name of 28 characters is too long" "File name too long" \
	mkdir $config/ringchar-901234567890123456x
ok "one of 27 is not" mkdir $config/ringchar-90123456789012345x
ok "and can be removed" rmdir $config/ringchar-90123456789012345x

ok "mkdir makes a directory" mkdir $config/ringchar-a
fails "not twice" "File exists" mkdir $config/ringchar-a
is "no device yet" "$(ls /dev/ringchar-a 2>/dev/null)" ""
is "and no power" "$(cat $config/ringchar-a/power)" 0
fails "a directory keeps the module" "in use" unload ringchar

checks "$TESTS/functional/ringchar/ringchar-config.py"

ok "rmdir removes it" rmdir $config/ringchar-a
ok "unloads" unload ringchar
is "nothing is left" "$(ls -d $config /dev/ringchar* 2>/dev/null)" ""
dmesg_clean
finish
