#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A test for CI: does a program keep what it said it had saved, if the power
# goes?  Replace save() and saved() by yours.
#
#	./check.sh [ROUNDS]

set -eu
rounds=${1:-5}
disk=/sys/kernel/config/ramblk/ramblk-ci
dir=$(mktemp -d)

# Saves $1, and returns when it is safe.
save()
{
	echo "$1" >"$dir/new"
	sync "$dir/new"
	mv "$dir/new" "$dir/saved"
	sync "$dir"
}

# Prints what was saved last.
saved()
{
	cat "$dir/saved"
}

away()
{
	umount "$dir" 2>/dev/null || :
	echo 0 2>/dev/null >"$disk/power" || :
	rmdir "$disk" "$dir"
}

mkdir "$disk"
trap away EXIT
echo 64M >"$disk/size"
echo 1 >"$disk/write_cache"	# what is not flushed may be lost,
echo random >"$disk/lose"	# each 4096 bytes of it by a coin,
echo 1 >"$disk/tear"		# each 512 even
echo 1 >"$disk/power"
mkfs.ext4 -q /dev/ramblk-ci
mount /dev/ramblk-ci "$dir"
for round in $(seq "$rounds"); do
	save "$round"
	echo nobody waits for this >"$dir/unsaved"
	echo cut >"$disk/power"
	umount "$dir"
	echo 1 >"$disk/power"
	mount /dev/ramblk-ci "$dir"
	if [ "$(saved)" != "$round" ]; then
		echo "round $round: lost" >&2
		exit 1
	fi
done
echo "$rounds power cuts, nothing lost"
