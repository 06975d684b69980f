#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml* x86-* stock*
# timeout: 90
#
# ramblk: who a disk says it is, and what limits it announces.
# shellcheck disable=SC2317 # "ok" calls these functions
. "${TESTS:?}/lib/tap.sh"

R=/sys/kernel/config/ramblk
C=$R/ramblk-a
S=/sys/block/ramblk-a

# In one call: bash writes line by line.
set_to()	# ATTRIBUTE VALUE
{
	printf '%s\n' "$2" | dd of="$C/$1" bs=4096 iflag=fullblock status=none
}

power()
{
	set_to power 0 && set_to power 1 && wait_for 5 test -b /dev/ramblk-a
}

letters()	# COUNT
{
	printf "%0$1d" 0 | tr 0 a
}

# Parameters, which are the defaults of all disks.
ok "loads" load ramblk devices=1 size=16M serial=S1 wwid=naa.5000c0ffee \
	"model=\"Soft Disk\"" io_opt=64K virt_boundary=4K
is "the parameter reads back" "$(cat /sys/module/ramblk/parameters/serial)" S1
is "so does one with a space" "$(cat /sys/module/ramblk/parameters/model)" \
	"Soft Disk"
is "a disk has its serial" "$(cat /sys/block/ramblk0/serial)" S1
is "its wwid" "$(cat /sys/block/ramblk0/wwid)" naa.5000c0ffee
is "its model" "$(cat /sys/block/ramblk0/model)" "Soft Disk"
is "its best size" "$(cat /sys/block/ramblk0/queue/optimal_io_size)" 65536
is "its boundary" \
	"$(cat /sys/block/ramblk0/queue/virt_boundary_mask)" 4095
ok "unloads" unload ramblk
for bad in $'serial="a\tb"' "wwid=$(letters 129)" $'model=\x80' io_opt=x \
	io_opt=2G virt_boundary=513 virt_boundary=256 alignment_offset=64K; do
	klog_mark
	fails "loading with a bad ${bad%%=*} fails" "Invalid" \
		load ramblk "$bad"
	ok "and is explained" klog_has "ramblk: ${bad%%=*}=.*: must be "
	is "once" "$(klog | grep -c '^ramblk: ')" 1
done
klog_mark
fails "settings that do not agree" "Invalid" load ramblk \
	physical_block_size=4096 alignment_offset=8192
ok "are explained" klog_has \
	'ramblk: alignment_offset=8192: must be less than physical_block_size=4096'

ok "loads" load ramblk devices=0
mkdir $C
is "a serial is none" "$(cat $C/serial)" ''
is "a model is ramblk" "$(cat $C/model)" ramblk
for t in serial:64 wwid:128 model:64; do
	a=${t%:*} n=${t#*:}
	ok "$a takes $n characters" set_to "$a" "$(letters "$n")"
	is "which are there" "$(cat "$C/$a")" "$(letters "$n")"
	fails "$a refuses one more" "out of range" \
		set_to "$a" "$(letters $((n + 1)))"
	for bad in $'a\tb' $'a\x01' $'a\nb' $'\x7f' $'a\xc3\xa4' a/b; do
		fails "$a refuses $(printf %q "$bad")" "Invalid" \
			set_to "$a" "$bad"
	done
	fails "$a refuses a NUL" "Invalid" bash -c "printf 'a\\0b' >$C/$a"
	is "nothing has changed" "$(cat "$C/$a")" "$(letters "$n")"
	ok "$a takes nothing" set_to "$a" ''
	is "which it is" "$(cat "$C/$a")" ''
done
for pair in io_opt:-1 io_opt:2G virt_boundary:513 \
	virt_boundary:2G alignment_offset:64K alignment_offset:x; do
	not_ok "${pair%%:*} refuses ${pair#*:}" \
		set_to "${pair%%:*}" "${pair#*:}"
	is "and is as it was" "$(cat "$C/${pair%%:*}")" 0
done

ok "power" power
for a in serial wwid model; do
	not_ok "no $a, no file" test -e $S/$a
	fails "$a is EBUSY now" "busy" set_to $a x
done
for a in io_opt alignment_offset virt_boundary; do
	fails "$a is EBUSY now" "busy" set_to $a 4096
done
set_to power 0
for pair in io_opt:1000 alignment_offset:100 alignment_offset:4096 \
	virt_boundary:256; do
	set_to "${pair%%:*}" "${pair#*:}"
	klog_mark
	fails "no power with ${pair%%:*} ${pair#*:}" "Invalid" set_to power 1
	ok "which is explained" \
		klog_has "ramblk-a: ${pair%%:*}=${pair#*:}: must be "
	set_to "${pair%%:*}" 0
done

set_to serial ' SN 007  '
set_to wwid eui.0123456789abcdef
set_to model M1
set_to io_opt 1M
set_to alignment_offset 3584
set_to virt_boundary 4K
set_to size 64M
ok "power" power
is "the serial" "$(cat $S/serial)" "SN 007"
is "the wwid" "$(cat $S/wwid)" eui.0123456789abcdef
is "the model" "$(cat $S/model)" M1
is "the best size" "$(cat $S/queue/optimal_io_size)" $((1 << 20))
is "the offset" "$(cat $S/alignment_offset)" 3584
is "the boundary" "$(cat $S/queue/virt_boundary_mask)" 4095
ok "what is written" dd if=/dev/urandom of="$T/r" bs=1M count=4 status=none
ok "in odd pieces" dd if="$T/r" of=/dev/ramblk-a bs=1536 oflag=direct status=none
ok "is read" cmp -n $((4 << 20)) "$T/r" /dev/ramblk-a

set_to power 0
set_to max_sectors 65536
ok "power" power
is "requests as large as the disk takes" "$(cat $S/queue/max_sectors_kb)" 32768
[ ! -e $S/queue/write_zeroes_unmap_max_bytes ] ||
	is "zeroing that unmaps, where the kernel knows it" \
		"$(cat $S/queue/write_zeroes_unmap_max_bytes)" \
		"$(cat $S/queue/write_zeroes_max_bytes)"

# By whom the disk is found.
if pgrep udevd >/dev/null; then
	have sfdisk || fail "sfdisk is there (package fdisk)"
	printf 'label: gpt\nsize=16M\n' >"$T/parts"
	ok "a partition" bash -c "sfdisk -q /dev/ramblk-a <'$T/parts'"
	udevadm settle
	for id in softdev-ramblk-a softdev-M1_SN_007 wwn-eui.0123456789abcdef; do
		is "by-id/$id" "$(readlink -f /dev/disk/by-id/$id)" /dev/ramblk-a
		is "by-id/$id-part1" "$(readlink -f /dev/disk/by-id/$id-part1)" \
			/dev/ramblk-a1
	done
	not_ok "no link of another form" test -e /dev/disk/by-id/softdev-ramblk-a1
	is "lsblk sees them" \
		"$(lsblk -dno SERIAL,WWN,MODEL /dev/ramblk-a | tr -s ' ')" \
		"SN 007 eui.0123456789abcdef M1"
	udevadm info -q property /dev/ramblk-a >"$T/info"
	for p in ID_SERIAL_SHORT='SN 007' ID_SERIAL=M1_SN_007 \
		ID_WWN=eui.0123456789abcdef ID_MODEL=M1; do
		ok "udev knows $p" grep -qxF "$p" "$T/info"
	done
else
	pass "no udev here: links are looked at where there is one"
fi
set_to power 0
rmdir $C
ok "unloads" unload ramblk
finish
