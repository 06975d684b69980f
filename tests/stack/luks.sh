#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# LUKS2 whose key is changed while the power fails, and dm-integrity.
# targets: uml stock-*
# timeout: 240
# shellcheck disable=SC2317,SC2016 # "ok" calls these functions and words
. "${TESTS:?}/lib/tap.sh"
# shellcheck source=tests/stack/disks.bash
. "$TESTS/stack/disks.bash"

D=/dev/ramblk-a
map=/dev/mapper/softdev-luks
export DM_DISABLE_UDEV=1

luks()
{
	cryptsetup -q --key-file "$T/key" "$@"
}

opened()
{
	luks open $D softdev-luks
}

closed()
{
	wait_for 5 cryptsetup close softdev-luks
}

# The data as it was, by way of the mapping.
good()
{
	local rc=0

	opened && cmp -n 8388608 "$T/data" $map || rc=1
	closed || rc=1
	return $rc
}

reencrypting()
{
	cryptsetup luksDump $D | grep -q "Requirements:.*reencrypt"
}

# Reencrypts a disk that is slow enough to lose power in the middle.
reencrypt_and_cut()
{
	local pid

	luks reencrypt --resilience "$1" --hotzone-size 1M $D >"$T/said" 2>&1 &
	pid=$!
	wait_for 20 reencrypting && wait_for 20 moved 4
	attr a power cut
	wait $pid
}

sectors_written()
{
	awk '{ print $7 }' /sys/block/ramblk-a/stat
}

moved()	# MIB: written since the disk was watched
{
	[ $(($(sectors_written) - written)) -gt $(($1 << 11)) ]
}

tools cryptsetup=cryptsetup-bin integritysetup=cryptsetup-bin
need dm-mod dm-crypt dm-integrity xts
modprobe -q aes
modprobe -q sha256
head -c 64 /dev/urandom >"$T/key"
head -c 8388608 /dev/urandom >"$T/data"
ok "module loads" load ramblk devices=0
ok "a disk" disk a size=48M write_cache=1 lose=random
ok "LUKS2" luks luksFormat --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 \
	--cipher aes-xts-plain64 --key-size 256 $D
ok "opened" opened
ok "data" dd if="$T/data" of=$map bs=1M oflag=direct status=none
ok "closed" closed
for how in checksum journal; do
	attr a latency_ns 2000000
	written=$(sectors_written)
	not_ok "$how: reencrypting meets a power cut" reencrypt_and_cut $how
	attr a power 1
	attr a latency_ns 0
	wait_for 5 test -b $D
	ok "$how: it is half done" reencrypting
	ok "$how: it is repaired" luks repair $D
	ok "$how: and resumed" luks reencrypt --resume-only $D
	not_ok "$how: it is done" reencrypting
	ok "$how: the data is the same" good
done
ok "the disk goes away" gone a

ok "a disk for dm-integrity" disk a size=32M write_cache=1 lose=random
ok "formatted" integritysetup -q format --integrity sha256 --tag-size 32 $D
ok "opened" integritysetup open --integrity sha256 $D softdev-luks
ok "mkfs" make_fs ext4 $map
ok "mount" mount $map "$M"
ok "a file" eval 'head -c 3000001 /dev/urandom >"$M/f" && sync -f "$M"'
sum=$(sha256sum <"$M/f")
ok "power cut" attr a power cut
umount "$M"
ok "closed" wait_for 5 integritysetup close softdev-luks
ok "power on" attr a power 1
ok "opened: its journal is replayed" integritysetup open --integrity sha256 $D softdev-luks
ok "mount" mount $map "$M"
is "the file is the same" "$(sha256sum <"$M/f")" "$sum"
ok "umount" umount "$M"
ok "closed" wait_for 5 integritysetup close softdev-luks

# A bit that flips in what is read is noticed.
attr a faults/corrupt 1000000
klog_mark
not_ok "a disk that flips bits is found out" eval \
	'integritysetup open --integrity sha256 $D softdev-luks && dd if=$map of=/dev/null bs=1M iflag=direct'
attr a faults/corrupt 0
integritysetup close softdev-luks 2>/dev/null
settle
ok "the disk goes away" wait_for 5 gone a
ok "module unloads" unload ramblk
finish
