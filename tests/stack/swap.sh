#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Swap on ramblk, with memory really short.
# targets: uml stock-*
# timeout: 120
# shellcheck disable=SC2317,SC2016 # "ok" calls these functions and words
. "${TESTS:?}/lib/tap.sh"
# shellcheck source=tests/stack/disks.bash
. "$TESTS/stack/disks.bash"

meminfo()	# FIELD: MiB
{
	awk -v f="$1:" '$1 == f { print int($2 / 1024) }' /proc/meminfo
}

vmstat_of()
{
	awk -v f="$1" '$1 == f { print $2 }' /proc/vmstat
}

swap_on()	# NAME
{
	mkswap "/dev/ramblk-$1" && swapon "/dev/ramblk-$1"
}

ok "module loads" load ramblk devices=0
echo 0 >/proc/sys/vm/page-cluster

# On request: each page out and in again.
ok "a disk" disk a size=256M
ok "swapon" swap_on a
out=$(vmstat_of pswpout)
ok "64 MiB go out and come back" hog 64 pageout 1
num "they really did" $(($(vmstat_of pswpout) - out)) -gt $((32 << 8))
num "the disk took memory for them" "$(show a stats/allocated_bytes)" \
	-gt $((32 << 20))
fails "no shrinking while it is swap" "resource busy" attr a size 64M
ok "swapoff" swapoff /dev/ramblk-a
ok "the disk goes away" gone a

# The disk runs full: the pages stay where they are, and right.
ok "a disk that may hold little" disk b size=256M mem_limit=16M
ok "swapon" swap_on b
ok "32 MiB want out" hog 32 pageout 1
num "no more than the limit was taken" "$(show b stats/allocated_bytes)" \
	-le $((16 << 20))
ok "swapoff" swapoff /dev/ramblk-b
ok "the disk goes away" gone b

# All but so many MiB of what is free goes into another disk meanwhile.
take_all_but()	# MIB
{
	local mib

	echo 3 >/proc/sys/vm/drop_caches
	mib=$(($(meminfo MemFree) - $1))
	disk ballast size="${mib}M" &&
		dd if=/dev/zero of=/dev/ramblk-ballast bs=1M count="$mib" \
			oflag=direct status=none
}

# Pressure: more than there is.  The disk holds its memory before, else it
# would compete for the very memory that is to be freed.
ok "a disk" disk c size=128M
ok "filled" dd if=/dev/zero of=/dev/ramblk-c bs=1M oflag=direct count=128 \
	status=none
ok "swapon" swap_on c
ok "little memory" take_all_but 96
out=$(vmstat_of pswpout)
# What can be had without swapping, caches included, and more.
ok "more than is free" hog $(($(meminfo MemAvailable) + 80)) touch 1
num "the kernel swapped" $(($(vmstat_of pswpout) - out)) -gt 1000
ok "memory again" gone ballast
ok "swapoff" swapoff /dev/ramblk-c
ok "the disk goes away" gone c

# And one that has to find memory for what it gets, when there is little.
# The kernel gains nothing by that; but nothing may hang, and ramblk must not
# have anybody killed.
ok "an empty disk" disk d size=128M
ok "swapon" swap_on d
ok "little memory" take_all_but 96
ok "most of it, out and in" hog 32 pageout 1
num "the disk took memory for it" "$(show d stats/allocated_bytes)" -gt 1000000
ok "memory again" gone ballast
ok "swapoff" swapoff /dev/ramblk-d
ok "the disk goes away" gone d
not_ok "nobody was killed" eval 'klog | grep -i "out of memory"'
ok "module unloads" unload ramblk
finish
