#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml* x86-* stock*
# timeout: 90
#
# ramblk: who a disk says it is, and what limits it announces.
# shellcheck disable=SC2317 # "ok" calls these functions
. "${TESTS:?}/lib/tap.sh"
. "$TESTS/lib/checks.sh"

C=/sys/kernel/config/ramblk/ramblk-a

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
checks "$TESTS/functional/ramblk/ramblk-identity.py"

linked()
{
	local id

	udevadm settle
	for id in softdev-ramblk-a softdev-M1_SN_007 wwn-eui.0123456789abcdef; do
		[ -e "/dev/disk/by-id/$id" ] && [ -e "/dev/disk/by-id/$id-part1" ] ||
			return 1
	done
	lsblk -dno SERIAL /dev/ramblk-a | grep -q SN
}

# By whom the disk is found.
if pgrep udevd >/dev/null; then
	have sfdisk || fail "sfdisk is there (package fdisk)"
	printf 'label: gpt\nsize=16M\n' >"$T/parts"
	ok "a partition" bash -c "sfdisk -q /dev/ramblk-a <'$T/parts'"
	# udev looks again when sfdisk has closed the disk, and takes its time.
	wait_for "$(slow 10)" linked || :
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
rmdir $C
ok "unloads" unload ramblk
finish
