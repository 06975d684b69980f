#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 90
#
# ramblk: the disk that is there after loading: data, memory, file system.
. "${TESTS:?}/lib/tap.sh"

C=/sys/kernel/config/ramblk/ramblk0
D=/dev/ramblk0

held()
{
	cat $C/stats/allocated_bytes
}

# random SEED BYTES: the same bytes each time
random()
{
	python3 -c 'import random, sys
sys.stdout.buffer.write(random.Random(sys.argv[1]).randbytes(int(sys.argv[2])))' \
		"$1" "$2"
}

put()	# FILE OFFSET-IN-512 [DISK]
{
	dd if="$1" of="${3:-$D}" bs=512 seek="$2" conv=notrunc oflag=direct \
		status=none
}

get()	# BYTES OFFSET-IN-512 [DISK]
{
	dd if="${3:-$D}" bs=512 count=$(($1 / 512)) skip="$2" iflag=direct \
		status=none
}

ok "loads" load ramblk
wait_for 5 test -b $D
ok "its node is there" test -b $D
is "it has 1G" "$(blockdev --getsize64 $D)" $((1 << 30))
is "blocks of 512" "$(blockdev --getss $D)" 512
is "physical blocks of 4096" "$(blockdev --getpbsz $D)" 4096
is "no scheduler" "$(cat /sys/block/ramblk0/queue/scheduler |
	sed 's/.*\[\(.*\)\].*/\1/')" none
is "it holds no memory" "$(held)" 0
is "it reads as zeros" "$(dd if=$D bs=1M count=8 iflag=direct status=none |
	tr -d '\0' | wc -c)" 0
is "reading took no memory" "$(held)" 0

random one 1048576 >"$T/one"
ok "1M goes in" put "$T/one" 0
is "and takes 1M" "$(held)" 1048576
get 1048576 0 >"$T/back"
ok "and comes back" cmp "$T/one" "$T/back"
random two 2560 >"$T/two"
ok "five sectors across pages go in" put "$T/two" 4093
get 2560 4093 >"$T/back"
ok "and come back" cmp "$T/two" "$T/back"
is "and took two pages" "$(held)" $((1048576 + 8192))
is "what is around them is zeros" \
	"$( (get 512 4092; get 512 4098) | tr -d '\0' | wc -c)" 0
ok "the very last sector" put <(head -c 512 "$T/two") $((2 * 1024 * 1024 - 1))
not_ok "not the one after it" put <(head -c 512 "$T/two") $((2 * 1024 * 1024))

ok "discard of 64K" blkdiscard -o 65536 -l 65536 $D
is "gives it back" "$(held)" $((1048576 + 8192 + 4096 - 65536))
is "and it reads as zeros" \
	"$(get 65536 128 | tr -d '\0' | wc -c)" 0
get 65536 0 >"$T/back"
ok "what is before it stays" cmp -n 65536 "$T/one" "$T/back"
get 512 256 >"$T/back"
ok "what is after it stays" cmp -n 512 -i 131072:0 "$T/one" "$T/back"
before=$(held)
ok "zeroing without unmap" fallocate -z -n -o 65536 -l 1048576 $D
is "takes and gives nothing" "$(held)" "$before"
is "and reads as zeros" "$(get 1048576 128 | tr -d '\0' | wc -c)" 0
ok "punching a hole" fallocate -p -o 65536 -l 4096 $D
ok "zeroing with unmap" blkdiscard -z -o 131072 -l 524288 $D
ok "discard of some sectors of a page" blkdiscard -o 512 -l 1024 $D
get 4096 0 >"$T/back"
is "zeroes them" "$(dd if="$T/back" bs=512 skip=1 count=2 status=none |
	tr -d '\0' | wc -c)" 0
ok "and no other" cmp -n 512 "$T/one" "$T/back"
ok "discard of everything" blkdiscard $D
is "gives all back" "$(held)" 0

ok "a file system" mkfs.ext4 -q -F $D
mkdir -p "$T/mnt"
ok "is mounted" mount $D "$T/mnt"
random three 5000000 >"$T/three"
ok "takes a file" cp "$T/three" "$T/mnt/file"
fails "the module is in use" "in use" unload ramblk
ok "is unmounted" umount "$T/mnt"
ok "is clean" e2fsck -f -n $D
ok "is mounted again" mount $D "$T/mnt"
ok "has the file" cmp "$T/three" "$T/mnt/file"
ok "trims" fstrim "$T/mnt"
ok "is unmounted again" umount "$T/mnt"

ok "partitions" eval "printf 'label: gpt\nsize=100M\nsize=100M\n' |
	sfdisk -q $D"
ok "appear" wait_for 5 test -b ${D}p2
random four 4096 >"$T/four"
ok "the second takes data" put "$T/four" 8 ${D}p2
get 4096 8 ${D}p2 >"$T/back"
ok "and gives it back" cmp "$T/four" "$T/back"

exec 5<$D
fails "in use while it is open" "in use" unload ramblk
exec 5<&-
ok "unloads" unload ramblk
ok "loads again, with parameters" load ramblk devices=2 size=64M \
	block_size=4096 queues=1 poll_queues=1 queue_depth=32
wait_for 5 test -b /dev/ramblk1
is "the second disk has 64M" "$(blockdev --getsize64 /dev/ramblk1)" \
	$((64 << 20))
is "and blocks of 4096" "$(blockdev --getss /dev/ramblk1)" 4096
not_ok "which sectors of 512 are not" put <(head -c 512 "$T/one") 0 /dev/ramblk1
ok "unloads again" unload ramblk
ok "no disks at all" load ramblk devices=0
not_ok "then there is none" test -b $D
ok "unloads once more" unload ramblk
for bad in size=511 size=1000 size=99E size=x size= devices=1025 \
	block_size=1000 physical_block_size=3 queues=0 queue_depth=0 \
	node=99999 chunk=big write_cache=2 completion=never bandwidth=fast; do
	klog_mark
	fails "$bad is refused" "Invalid" load ramblk $bad
	is "in one line that names it" "$(klog | grep -c 'ramblk: ')" 1
	ok "so" klog_has "ramblk: ${bad%%=*}=${bad#*=}: must be"
done
finish
