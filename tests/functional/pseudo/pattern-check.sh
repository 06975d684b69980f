#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml* x86-* stock-*
# timeout: 150
#
# pattern-check: names what is wrong with files, and with disks that misbehave.
. "${TESTS:?}/lib/tap.sh"
. "$TESTS/lib/checks.sh"

C=/sys/kernel/config/ramblk/ramblk0
D=/dev/ramblk0

fill()	# DISK SEED
{
	echo "$2" >/sys/class/pseudo/pattern/seed
	dd if=/dev/pseudo/pattern of="$1" bs=64K oflag=direct count=16M \
		iflag=count_bytes status=none
}

# Checks D; what it says goes to $said, a line "OFFSET LENGTH KIND" a run.
look()	# OPTION... DISK
{
	local rc=0

	pattern-check --json "$@" >"$T/json" 2>"$T/err" || rc=$?
	said=$(python3 - "$T/json" <<-'EOF'
		import json, sys
		said = json.load(open(sys.argv[1]))
		for r in said["runs"]:
		    print(r["offset"], r["length"], r["kind"],
		          r.get("seed", r.get("belongs_at", r.get("error", ""))))
		for c in said["conclusions"]:
		    print(c["what"], c["number"])
		EOF
	)
	said=${said// $'\n'/$'\n'}
	said=${said% }
	return $rc
}

ok "loads pseudo" load pseudo
checks "$TESTS/functional/pseudo/pattern-check.py"

ok "loads ramblk" load ramblk size=16M queues=1
ok "the disk is there" wait_for 5 test -b $D
udev off
at_exit udev on

fill $D 1
ok "a disk that pattern filled is right" look -s 1 $D
is "and nothing is said" "$said" ""

# What is read is another bit each time, so the disk is right.
echo 1000000 >$C/faults/corrupt
look -s 1 -n 100000 $D
echo 0 >$C/faults/corrupt
like "corrupt: reads with a bit flipped" "$said" "* 1 flips*"
is "and nothing else" "$(grep -vc ' 1 flips' <<<"$said")" 0
ok "the disk itself is right" look -s 1 $D

# A second pass of which some writes went one unit too far.
echo 200000 >$C/faults/misdirect
fill $D 2
echo 0 >$C/faults/misdirect
num "misdirect: it struck" "$(cat $C/faults/misdirect_hits)" -gt 0
look -s 2 $D
like "the older pass is still there" "$said" "* seed 1*"
is "and what the write before it left" \
	"$(grep -vcE ' seed 1$| moved |^shifted 4096$' <<<"$said")" 0

# The same with the writes in the other order, so that they overwrite.
fill $D 2
echo 1000000 >$C/faults/misdirect
dd if=/dev/pseudo/pattern of=$D bs=4096 skip=300 seek=300 count=1 \
	oflag=direct conv=notrunc status=none
echo 0 >$C/faults/misdirect
look -s 2 $D
is "misdirect: bytes of another place" "$said" "$((301 * 4096)) 4096 moved $((300 * 4096))"

fill $D 3
echo +100-101 >$C/bad_blocks
echo +30000-30000 >$C/bad_blocks
dd if=/dev/zero of=$D bs=512 seek=102 count=2 oflag=direct conv=notrunc \
	status=none
look -s 3 $D
is "unreadable sectors are listed, and it goes on" "$said" \
	"51200 1024 unreadable EIO
52224 1024 zeros
15360000 512 unreadable EIO"
look -s 3 --buffered $D
like "through the page cache, too" "$said" "* unreadable EIO*"
echo -100-101 >$C/bad_blocks
echo -30000-30000 >$C/bad_blocks

echo 0 >$C/power
echo 1 >$C/write_cache
echo 1 >$C/power
fill $D 4
sync $D
blockdev --flushbufs $D
dd if=/dev/null of=$D oflag=sync conv=notrunc,fsync status=none
fill $D 5
echo cut >$C/power
echo 1 >$C/power
wait_for 5 test -b $D
look -s 5 $D
is "a pass that a power cut lost" "$said" "0 16777216 seed 4
seed 4"

# Disks that lie about their size.
if modprobe -q dm-mod && have dmsetup; then
	pgrep udevd >/dev/null || export DM_DISABLE_UDEV=1
	at_exit dmsetup remove softdev-liar
	table="0 8192 linear $D 0
8192 8192 linear $D 0
16384 8192 linear $D 0
24576 8192 linear $D 0"
	ok "a disk of 4M that says 16M" \
		dmsetup create softdev-liar --table "$table"
	fill /dev/mapper/softdev-liar 1
	look -s 1 /dev/mapper/softdev-liar
	like "addresses wrap, and it says where" "$said" \
		"0 4194304 moved 12582912*wrapped 4194304"
	wait_for 5 dmsetup remove softdev-liar
	# Beyond it there is another disk, which is left alone.
	mkdir "${C%0}-rest"
	echo 1 >"${C%0}-rest/power"
	wait_for 5 test -b /dev/ramblk-rest
	table="0 8192 linear $D 0
8192 24576 linear /dev/ramblk-rest 0"
	ok "one that forgets what is beyond its end" \
		dmsetup create softdev-liar --table "$table"
	fill $D 1
	look -s 1 /dev/mapper/softdev-liar
	is "it says where it ends" "$said" "4194304 12582912 zeros
limited 4194304"
	wait_for 5 dmsetup remove softdev-liar
	echo 0 >"${C%0}-rest/power"
	rmdir "${C%0}-rest"
else
	skip "disks that lie about their size" "no device mapper"
fi

# On its way through a slow disk it is told to stop, then the disk goes.
fill $D 1
echo 4194304 >$C/bandwidth
# shellcheck disable=SC2016 # that shell expands it
ok "it can be stopped" bash -c '
	pattern-check -s 1 '$D' >"$T/out" 2>"$T/err" &
	sleep 0.3
	kill -INT $!
	wait $!
	[ $? = 2 ] && grep -q "stopped at offset" "$T/err"'
pattern-check -s 1 $D >"$T/out" 2>"$T/err" &
sleep 0.3
echo cut >$C/power
wait $!
num "a disk that goes away ends it" $? -ne 0
echo 0 >$C/bandwidth

udev on
ok "unloads ramblk" wait_for 5 unload ramblk
ok "unloads pseudo" unload pseudo
dmesg_clean
finish
