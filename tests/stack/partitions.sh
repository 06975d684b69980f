#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Partition tables, and partitions as disks of their own.
# targets: uml stock-*
# timeout: 60
# shellcheck disable=SC2317,SC2016 # "ok" calls these functions and words
. "${TESTS:?}/lib/tap.sh"
# shellcheck source=tests/stack/disks.bash
. "$TESTS/stack/disks.bash"

table()	# NODE: as sfdisk takes it from standard input
{
	sfdisk -q "$1" <"$T/table"
}

node()	# PATH: is it a block device (or: has it become one)?
{
	wait_for 5 test -b "$1"
}

no_node()
{
	wait_for 5 test ! -e "$1"
}

sectors()
{
	cat "/sys/class/block/$1/size"
}

have sfdisk || { fail "sfdisk is there (package fdisk)"; finish; }
ok "module loads" load ramblk devices=1 size=64M

for label in dos gpt; do
	printf 'label: %s\nsize=16M\nsize=20M\nsize=8M\n' $label >"$T/table"
	ok "$label: table" table /dev/ramblk0
	for n in 1 2 3; do
		ok "$label: partition $n" node /dev/ramblk0p$n
	done
	is "$label: size" "$(sectors ramblk0p2)" $((20 * 2048))
	ok "$label: mkfs" mkfs.ext4 -q -F /dev/ramblk0p2
	ok "$label: mount" mount /dev/ramblk0p2 "$M"
	ok "$label: a file" eval 'head -c 5M /dev/urandom >"$M/f"'
	sum=$(sha256sum <"$M/f")
	not_ok "$label: no new table while mounted" blockdev --rereadpt /dev/ramblk0
	fails "$label: no shrinking while mounted" "resource busy" \
		eval 'echo 32M >$C/ramblk0/size'
	ok "$label: umount" umount "$M"
	ok "$label: re-read" blockdev --rereadpt /dev/ramblk0
	ok "$label: power 0" eval 'echo 0 >$C/ramblk0/power'
	ok "$label: the partitions go" no_node /dev/ramblk0p2
	ok "$label: power 1" eval 'echo 1 >$C/ramblk0/power'
	ok "$label: they come back" node /dev/ramblk0p2
	ok "$label: mount" mount /dev/ramblk0p2 "$M"
	is "$label: the file is the same" "$(sha256sum <"$M/f")" "$sum"
	ok "$label: umount" umount "$M"
	ok "$label: the neighbours are untouched" eval \
		'cmp -n 16777216 /dev/ramblk0p1 /dev/zero && cmp -n 8388608 /dev/ramblk0p3 /dev/zero'
	ok "$label: discard of one" blkdiscard -f /dev/ramblk0p2
	ok "$label: it is zeros" cmp -n $((20 << 20)) /dev/ramblk0p2 /dev/zero
	ok "$label: the table is still there" eval \
		'[ "$(blkid -p -s PTTYPE -o value /dev/ramblk0)" = $label ]'
	ok "$label: delete one" sfdisk -q --delete /dev/ramblk0 3
	ok "$label: it is gone" no_node /dev/ramblk0p3
	ok "$label: wipe" eval \
		'blkdiscard -f /dev/ramblk0 && blockdev --rereadpt /dev/ramblk0'
	ok "$label: none is left" no_node /dev/ramblk0p1
done

# More than the minors of old; a name that ends in a letter takes no "p".
{
	echo 'label: gpt'
	for n in {1..20}; do echo 'size=1M'; done
} >"$T/table"
ok "a disk made by mkdir" disk a size=32M
ok "20 partitions" table /dev/ramblk-a
ok "the last of them" node /dev/ramblk-a20
ok "the disk goes away" gone a
ok "with its partitions" no_node /dev/ramblk-a20
ok "module unloads" unload ramblk
finish
