#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# dm-crypt on ramblk, with a power cut.
# targets: uml stock-*
# timeout: 60
# shellcheck disable=SC2317,SC2016 # "ok" calls these functions and words
. "${TESTS:?}/lib/tap.sh"
# shellcheck source=tests/stack/disks.bash
. "$TESTS/stack/disks.bash"

map=/dev/mapper/softdev-crypt
key=00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff
export DM_DISABLE_UDEV=1

open_map()
{
	local size

	size=$(blockdev --getsz /dev/ramblk-a) &&
		dmsetup create softdev-crypt --table \
"0 $size crypt aes-xts-plain64 $key 0 /dev/ramblk-a 0 1 allow_discards"
}

close_map()
{
	wait_for 5 dmsetup remove softdev-crypt
}

ok_word()	# is the word in clear on the disk?
{
	grep -qaF "a word in clear" /dev/ramblk-a
}

have dmsetup || { fail "dmsetup is there"; finish; }
need dm-mod dm-crypt xts
# Built in or not, by a name or another; without it there is no mapping.
modprobe -q aes
ok "module loads" load ramblk devices=0
ok "a disk" disk a size=64M write_cache=1 lose=random
ok "the mapping" open_map
ok "mkfs" make_fs ext4 $map
ok "mount" mount $map "$M"
ok "files" fill "$M"
ok "a word" eval 'yes "a word in clear" | head -n 10000 >"$M/word"; sync -f "$M"'
not_ok "the word is not on the disk" ok_word
ok "power cut" attr a power cut
not_ok "nothing can be written" eval 'echo x >"$M/new" && sync "$M/new"'
ok "umount" wait_for 5 umount "$M"
ok "remove the mapping" close_map
ok "power on" attr a power 1
ok "the mapping again" open_map
ok "mount" mount $map "$M"
ok "the files are the same" same "$M"
ok "remove files" rm -rf "$M/noise" "$M/tree"
held=$(show a stats/allocated_bytes)
sync -f "$M"
ok "fstrim" fstrim "$M"
ok "umount" umount "$M"
num "discards come through" "$(show a stats/allocated_bytes)" -lt \
	$((held - 8000000))
ok "fsck" check_fs ext4 $map
ok "remove the mapping" close_map
isnt "with another key there is nothing" "$(key=${key//0/9}; open_map &&
	blkid -p -s TYPE -o value $map; close_map)" ext4
ok "a word straight to the disk" eval \
	'yes "a word in clear" | dd of=/dev/ramblk-a bs=4k count=1 status=none oflag=sync iflag=fullblock'
ok "would be found" ok_word
ok "the disk goes away" gone a
ok "module unloads" unload ramblk
finish
