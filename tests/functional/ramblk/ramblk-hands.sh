#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml stock-*
# timeout: 240
#
# ramblk: what people do to a disk, over and over: labels, partitions that grow
# under a mounted file system, frozen snapshots, bad blocks.
# shellcheck disable=SC2317 # "ok" calls these functions
. "${TESTS:?}/lib/tap.sh"

R=/sys/kernel/config/ramblk
D=/dev/ramblk0
M=$T/mnt
mkdir "$M"

# systemd 40499: a label, one sector written, then a file system on p1.
label()
{
	sfdisk -q --wipe always $D <<<'label: gpt
size=32M' &&
		dd if=/dev/zero of=$D bs=512 seek=40 count=1 conv=notrunc \
			status=none && settle && wait_for 5 test -b ${D}p1 &&
		mkfs.ext4 -q -F ${D}p1 && blkid -p -o value -s TYPE ${D}p1
}

labels()	# TIMES
{
	local i

	for ((i = 0; i < $1; i++)); do
		[ "$(label)" = ext4 ] || { echo "time $i"; return 1; }
	done
}

cycles()	# TIMES
{
	local i

	for ((i = 0; i < $1; i++)); do
		load ramblk size=16M && echo 0 >$R/ramblk0/power &&
			echo $((i % 2 + 8))M >$R/ramblk0/size &&
			echo 1 >$R/ramblk0/power && unload ramblk && continue
		echo "time $i"
		return 1
	done
}

aligned()	# OFFSET LENGTH: one direct read
{
	dd if=$D of=/dev/null bs="$2" skip="$1" count=1 \
		iflag=direct,skip_bytes status=none
}

# Fewer where each takes ten times as long.
times=$((SOFTDEV_SLOW > 1 ? 5 : 12))
ok "loaded, off, resized, on, unloaded, $times times" cycles $times

ok "loads" load ramblk size=64M
wait_for 5 test -b $D
ok "labelled, touched, formatted, $times times" labels $times

ok "p1 is mounted" mount ${D}p1 "$M"
echo kept >"$M/f"
ok "the disk grows under it" eval "echo 128M >$R/ramblk0/size"
ok "the partition grows" bash -c "sfdisk -q --force --no-reread -N 1 $D <<<', 96M'"
ok "the kernel hears of it" partx -u $D
is "and has its size" "$(blockdev --getsize64 ${D}p1)" $((96 << 20))
ok "the file system grows" resize2fs ${D}p1
is "with what was in it" "$(cat "$M/f")" kept
num "and room" "$(df --output=size -k "$M" | tail -n 1)" -gt 80000

ok "it is frozen" fsfreeze -f "$M"
ok "kept" eval "echo frozen >$R/ramblk0/snapshot"
ok "and thawed" fsfreeze -u "$M"
echo later >"$M/f"
sync -f "$M"
ok "the plug is pulled" eval "echo cut >$R/ramblk0/power"
umount "$M"
ok "back to the snapshot" eval "echo frozen >$R/ramblk0/restore"
ok "power" eval "echo 1 >$R/ramblk0/power"
wait_for 5 test -b ${D}p1
ok "which needs no repair" e2fsck -fn ${D}p1
ok "is mounted" mount -o ro ${D}p1 "$M"
is "as it was" "$(cat "$M/f")" kept
ok "unmounted" umount "$M"
echo 0 >$R/ramblk0/power
echo -frozen >$R/ramblk0/snapshot
echo 1 >$R/ramblk0/clear

# A sector is the least that is read, and where a read begins.
echo 4096 >$R/ramblk0/block_size
echo 1 >$R/ramblk0/power
wait_for 5 test -b $D
settle
fails "no direct read of less than a sector" "Invalid" aligned 0 512
fails "nor between sectors" "Invalid" aligned 512 4096
ok "a direct read of a sector" aligned 4096 4096
echo 0 >$R/ramblk0/power
echo 512 >$R/ramblk0/block_size

# badblocks finds what is bad, and no more.
echo 16M >$R/ramblk0/size
echo 1 >$R/ramblk0/power
wait_for 5 test -b $D
settle
echo +2048-2055 >$R/ramblk0/bad_blocks
echo +4096-4096 >$R/ramblk0/bad_blocks
is "badblocks finds them" "$(badblocks -b 4096 $D 2>/dev/null | tr '\n' ' ')" \
	"256 512 "
is "writing, too" "$(badblocks -w -t 0x55 -b 4096 $D 2>/dev/null | tr '\n' ' ')" \
	"256 512 "
echo rewrite >$R/ramblk0/bad_mode
is "and mends them, where writing does" \
	"$(badblocks -w -t 0xaa -b 4096 $D 2>/dev/null)" ""
is "all" "$(cat $R/ramblk0/bad_blocks)" ""
settle
ok "unloads" unload ramblk
finish
