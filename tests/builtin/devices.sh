#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: builtin
#
# A kernel with the drivers inside has their devices without any insmod.
. "${TESTS:?}/lib/tap.sh"

not_ok "nothing was loaded as a module" grep -qs . /proc/modules
is "ringchar0 is there" "$(stat -c %F /dev/ringchar0)" "character special file"
is "ramblk0 is there" "$(stat -c %F /dev/ramblk0)" "block special file"
for n in null zero full random pattern; do
	is "pseudo/$n is there" "$(stat -c %F /dev/pseudo/$n)" \
		"character special file"
done
echo "hello" >/dev/ringchar0
is "ringchar gives back what it got" "$(timeout 5 head -n 1 /dev/ringchar0)" hello
ok "the pattern goes to the disk" \
	dd if=/dev/pseudo/pattern of=/dev/ramblk0 bs=1M count=4 oflag=direct
ok "and comes back the same" \
	dd if=/dev/ramblk0 of=/dev/pseudo/pattern bs=1M count=4 iflag=direct
ip address add 10.9.0.1/24 dev loopnet0
ip link set loopnet0 up
ok "loopnet answers for its subnet" ping -q -c 2 -i 0.2 -W 5 10.9.0.2
dmesg_clean
finish
