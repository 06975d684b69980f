#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The tools that put labels on disks, map their partitions, grow them, wipe and
# check them: sgdisk, parted, kpartx, growpart, losetup, f3probe, nwipe,
# badblocks.
# targets: uml stock-*
# timeout: 120
# shellcheck disable=SC2317,SC2016 # "ok" calls these functions and words
. "${TESTS:?}/lib/tap.sh"
# shellcheck source=tests/stack/disks.bash
. "$TESTS/stack/disks.bash"

D=/dev/ramblk-a

size_of()	# NODE
{
	blockdev --getsize64 "$1"
}

# Skips one tool's part, not the others'.
with()	# COMMAND PACKAGE
{
	have "$1" && return
	skip "$1" "not installed (package $2)"
	return 1
}

ok "module loads" load ramblk devices=0
ok "a disk" disk a size=64M write_cache=1

if with sgdisk gdisk; then
	ok "sgdisk: two partitions" sgdisk -o -n 1:0:+16M -t 1:8300 -c 1:first \
		-n 2:0:0 -c 2:rest $D
	ok "sgdisk: they are there" wait_for 5 test -b ${D}2
	ok "sgdisk: verify" eval "sgdisk -v $D | grep -q 'No problems found'"
	ok "sgdisk: a backup of the label" sgdisk -b "$T/label" $D
	ok "sgdisk: zap" sgdisk -Z $D
	settle
	partx -u $D 2>/dev/null
	ok "sgdisk: they are gone" wait_for 5 test ! -e ${D}2
	ok "sgdisk: restore" sgdisk -l "$T/label" $D
	settle
	ok "sgdisk: they are back" wait_for 5 test -b ${D}2
	is "sgdisk: and have their size" "$(size_of ${D}1)" $((16 << 20))
	if with growpart cloud-guest-utils; then
		ok "growpart: a file system" mkfs.ext4 -q -F ${D}2
		ok "growpart: mounted" mount ${D}2 "$M"
		ok "growpart: a file" eval 'head -c 1000001 /dev/urandom >"$M/f"'
		sum=$(sha256sum <"$M/f")
		ok "growpart: the disk grows" attr a size 128M
		ok "growpart: the partition grows" growpart $D 2
		num "growpart: to the end" "$(size_of ${D}2)" -gt $((110 << 20))
		ok "growpart: the file system grows" resize2fs ${D}2
		is "growpart: the file is the same" "$(sha256sum <"$M/f")" "$sum"
		ok "growpart: umount" umount "$M"
		ok "growpart: fsck" e2fsck -fn ${D}2
	fi
	ok "sgdisk: zap" eval "sgdisk -Z $D; partx -d $D 2>/dev/null; settle"
fi

if with parted parted; then
	ok "parted: a label" parted -s $D mklabel gpt mkpart p ext4 1MiB 50%
	ok "parted: the partition is there" wait_for 5 test -b ${D}1
	is "parted: it starts at a MiB" \
		"$(cat "/sys/class/block/ramblk-a1/start")" 2048
	ok "parted: it is aligned" parted -s $D align-check optimal 1
	ok "parted: resize" parted -s $D resizepart 1 100%
	like "parted: the disk's sectors" "$(parted -s -m $D print | sed -n 2p)" \
		"*:512:4096:gpt:*"
	ok "parted: rm" parted -s $D rm 1
	ok "parted: it is gone" wait_for 5 test ! -e ${D}1
fi

if with kpartx kpartx; then
	need dm-mod
	printf 'label: dos\nsize=8M\nsize=8M\n' | sfdisk -q $D
	settle
	export DM_DISABLE_UDEV=1
	ok "kpartx: maps what the kernel maps, too" kpartx -a -n -p - $D
	ok "kpartx: they are there" wait_for 5 dmsetup info ramblk-a-2
	is "kpartx: and have their size" "$(dmsetup table ramblk-a-1 | cut -d' ' -f2)" \
		16384
	ok "kpartx: takes them away" wait_for 5 kpartx -d -p - $D
	unset DM_DISABLE_UDEV
	ok "kpartx: label away" eval "sfdisk -q --delete $D; wipefs -qa $D; settle"
fi

# Sectors of another size than the disk's, and back.
need loop
ok "a disk of 4096-byte sectors" disk k size=32M block_size=4096
ok "losetup: 4096 of 4096" eval 'L=$(losetup -f --show --direct-io=on -b 4096 /dev/ramblk-k)'
is "losetup: it has them" "$(blockdev --getss "$L")" 4096
ok "losetup: mkfs" mkfs.ext4 -q -F "$L"
losetup -d "$L"
ok "losetup: 512 over 4096, buffered" eval 'L=$(losetup -f --show -b 512 /dev/ramblk-k)'
is "losetup: it has them" "$(blockdev --getss "$L")" 512
ok "losetup: one sector is written" \
	dd if=/dev/urandom of="$L" bs=512 seek=65535 count=1 oflag=direct status=none
losetup -d "$L"
ok "the file system is whole" e2fsck -fn /dev/ramblk-k
ok "losetup: 4096 over 512" eval 'L=$(losetup -f --show --direct-io=on -b 4096 $D)'
ok "losetup: written" dd if=/dev/urandom of="$L" bs=4096 count=4 oflag=direct status=none
losetup -d "$L"
ok "it goes away" wait_for 5 gone k

if with f3probe f3; then
	ok "f3probe: a disk that is what it says" eval \
		"f3probe --destructive --time-ops $D | grep -q 'is the real thing'"
fi

if with nwipe nwipe; then
	head -c 1M /dev/urandom | dd of=$D bs=1M oflag=direct status=none
	ok "nwipe: zeros, verified" nwipe --autonuke --nogui --nowait --nousb \
		--method=zero --verify=last --rounds=1 --noblank $D
	ok "nwipe: nothing is left" cmp -n "$(size_of $D)" $D /dev/zero
fi

if with badblocks e2fsprogs; then
	ok "a disk of 4 TiB" disk t size=4T
	ok "badblocks: -n of its last MiB" \
		badblocks -n -b 4096 /dev/ramblk-t $(((4 << 28) - 1)) $(((4 << 28) - 256))
	echo +8589934590-8589934590 >$C/ramblk-t/bad_blocks
	is "badblocks: the bad sector at its end" "$(badblocks -b 4096 /dev/ramblk-t \
		$(((4 << 28) - 1)) $(((4 << 28) - 256)) 2>/dev/null)" $(((4 << 28) - 1))
	ok "it goes away" wait_for 5 gone t
	attr a faults/write 20000
	isnt "badblocks: -w finds faults" \
		"$(badblocks -w -t 0x5a -b 4096 $D 2>/dev/null | wc -l)" 0
	attr a faults/write 0
	is "badblocks: and none without" \
		"$(badblocks -w -t 0x5a -b 4096 $D 2>/dev/null | wc -l)" 0
fi
settle
ok "the disk goes away" wait_for 5 gone a
ok "module unloads" unload ramblk
finish
