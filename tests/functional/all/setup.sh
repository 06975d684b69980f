#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 90
#
# softdev-setup, which makes the devices of /etc/softdev at boot.
. "${TESTS:?}/lib/tap.sh"

export SOFTDEV_CONF_DIR=$T

conf()	# NAME LINE...
{
	printf '%s\n' "${@:2}" >"$T/$1.conf"
}

for m in ringchar ramblk loopnet pseudo; do
	ok "$m loads" load $m
done

conf mine '# a disk' '' 'module = ramblk' ' size=8M ' 'write_cache = 1' \
	'faults/read = 1000'
dir=/sys/kernel/config/ramblk/ramblk-mine
ok "a disk" softdev-setup up mine
ok "there it is" wait_for 5 test -b /dev/ramblk-mine
is "as large as was said" "$(cat $dir/size)" 8388608
is "with its faults" "$(cat $dir/faults/read)" 1000
fails "not twice" "ramblk-mine is there already" softdev-setup up mine
is "and that does it no harm" "$(cat $dir/power)" 1
ok "away with it" softdev-setup down mine
not_ok "it is gone" test -e $dir
ok "and once more" softdev-setup down mine

conf ring 'module = ringchar' 'device = ringchar-other' 'mode = record'
ok "a ring of another name" softdev-setup up ring
is "its mode" "$(cat /sys/kernel/config/ringchar/ringchar-other/mode)" record
ok "away with that" softdev-setup down ring

conf net 'module = loopnet' 'mode = sink' 'mtu = 2000' 'ip = 192.0.2.1/24' \
	'delay_ns = 1000' 'up = 1'
ok "an interface" softdev-setup up net
is "its mode" "$(cat /sys/class/net/net/loopnet/mode)" sink
is "its MTU" "$(cat /sys/class/net/net/mtu)" 2000
like "its address" "$(ip -4 address show net)" '*192.0.2.1/24*'
like "and it is up" "$(ip link show net)" '*LOWER_UP*'
ok "away with the interface" softdev-setup down net

conf seed 'module = pseudo' 'pattern/seed = 7'
ok "a seed" softdev-setup up seed
is "it is set" "$(cat /sys/class/pseudo/pattern/seed)" 7

# What is refused leaves nothing behind.
refused()	# NAME TEXT LINE...
{
	conf bad "${@:3}"
	fails "$1" "$2" softdev-setup up bad
	not_ok "$1: nothing is left" test -e /sys/kernel/config/ramblk/ramblk-bad \
		-o -e /sys/class/net/bad
}
refused "a bad value" "size = 3: Numerical result out of range" 'module = ramblk' 'size = 3'
refused "an unknown attribute" "ramblk has no colour" 'module = ramblk' \
	'colour = red'
refused "a bad attribute of an interface" "rate_bps = x: Invalid argument" \
	'module = loopnet' 'rate_bps = x'
refused "no form" "bad.conf:2: not of the form KEY = VALUE: size 3" \
	'module = ramblk' 'size 3'
refused "a way out" "bad.conf:2: not of the form" 'module = ramblk' '../x = 1'
refused "no module" "module must be ringchar, ramblk, loopnet or pseudo" \
	'module = e1000'
refused "a path for a name" "is no name" 'module = ramblk' 'device = a/../b'
fails "no file" "cannot read $T/none.conf" softdev-setup up none

for m in ringchar ramblk loopnet pseudo; do
	ok "$m unloads" unload $m
done
finish
