#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# fio writes, trims and verifies, 4 jobs at once, sizes mixed, with each
# scheduler; next to them ranges are zeroed and checked.
# targets: uml uml-gcov stock-*
# timeout: 90
# VERIFY_LOOPS (1): how many times over; VERIFY_MB (8): MiB for each job.
# shellcheck disable=SC2317,SC2016 # "ok" calls these functions and words
. "${TESTS:?}/lib/tap.sh"
# shellcheck source=tests/stack/disks.bash
. "$TESTS/stack/disks.bash"

loops=${VERIFY_LOOPS:-1}
mb=${VERIFY_MB:-$((SOFTDEV_SLOW > 2 ? 2 : 8))}
limit=$((20 * loops * mb / 8 + 20))

# The jobs share one disk, each with a part of its own.
fio_run()	# NAME [OPTION...]
{
	local dev=/dev/ramblk-$1

	shift
	timeout "$(slow "$limit")" fio --name=v --filename="$dev" --direct=1 \
		--numjobs=4 --size="${mb}M" --offset_increment="${mb}M" \
		--loops="$loops" --group_reporting --randrepeat=0 \
		--bsrange="${bs:-512}"-64k --blockalign="${bs:-512}" \
		--verify=crc32c --verify_fatal=1 --verify_state_save=0 \
		--output="$T/fio.out" --aux-path="$T" "$@" ||
		{ tail -n 15 "$T/fio.out"; return 1; }
	# It has to have read what it wrote.
	grep -q 'READ:' "$T/fio.out" || { cat "$T/fio.out"; return 1; }
}

mixed()	# NAME
{
	fio_run "$1" --ioengine=io_uring --iodepth=32 --iodepth_batch=8 \
		--rw=randwrite --verify_backlog=512 &&
		fio_run "$1" --ioengine=libaio --iodepth=16 --rw=write
}

# Trims each block, then writes it; what comes back is verified. The write has to
# wait for the trim: one that begins between two of the disk's pages is more than
# one bio, which io_uring (blkdev_cmd_discard()) leaves to a worker, for later.
trims()	# NAME
{
	fio_run "$1" --ioengine=io_uring --iodepth=16 --rw=randtrimwrite \
		--serialize_overlap=1 &&
		fio_run "$1" --ioengine=libaio --iodepth=8 --rw=trimwrite &&
		grep -q 'TRIM:' "$T/fio.out"
}

# Zeroes with and without unmap, holes and discards, at odd places, and a
# copy of what should be there.
zeroes()	# NAME OFFSET
{
	local dev=/dev/ramblk-$1 base=$2 size=$((4 << 20)) i from len b=${bs:-512}

	head -c "$size" /dev/urandom >"$T/copy"
	dd if="$T/copy" of="$dev" bs=1M seek=$((base >> 20)) oflag=direct \
		status=none || return
	for i in {1..24}; do
		from=$((RANDOM * 37 % (size / b) * b))
		len=$(((1 + RANDOM % 300) * b))
		[ $((from + len)) -le "$size" ] || len=$((size - from))
		case $((i % 4)) in
		0) blkdiscard -z -o $((base + from)) -l "$len" "$dev" ;;
		1) blkdiscard -o $((base + from)) -l "$len" "$dev" ;;
		2) fallocate -z -n -o $((base + from)) -l "$len" "$dev" ;;
		3) fallocate -p -n -o $((base + from)) -l "$len" "$dev" ;;
		esac || return
		dd if=/dev/zero of="$T/copy" bs="$b" seek=$((from / b)) \
			count=$((len / b)) conv=notrunc status=none || return
	done
	dd if="$dev" bs=1M skip=$((base >> 20)) count=4 iflag=direct \
		status=none | cmp - "$T/copy"
}

# Both at once.
together()	# NAME
{
	local rc=0 pid

	mixed "$1" &
	pid=$!
	for ((n = 0; n < 2; n++)); do
		zeroes "$1" $((64 << 20)) || rc=1
	done
	wait "$pid" || rc=1
	return "$rc"
}

scheduler()	# NAME SCHEDULER
{
	local file=/sys/block/ramblk-$1/queue/scheduler

	case $2 in
	mq-deadline) modprobe -q mq-deadline ;;
	kyber) modprobe -q kyber-iosched ;;
	bfq) modprobe -q bfq ;;
	esac
	echo "$2" >"$file" && grep -qF "[$2]" "$file"
}

have fio || { fail "fio is there"; finish; }
if [ $((4 * mb)) -gt 64 ]; then size=$((4 * mb + 80)); else size=128; fi
ok "module loads" load ramblk devices=0
ok "a disk" disk a size=${size}M write_cache=1
like "no scheduler by default" "$(cat /sys/block/ramblk-a/queue/scheduler)" \
	"*\[none\]*"
for s in none mq-deadline kyber bfq; do
	if ! scheduler a $s 2>/dev/null; then
		case $SOFTDEV_TARGET in
		uml | stock*) fail "scheduler $s" ;;
		*) skip "scheduler $s" "not in this kernel" ;;
		esac
		continue
	fi
	ok "$s: mixed sizes and zeroes" together a
	ok "$s: trims" trims a
done
ok "the disk goes away" gone a

for a in block_size=4096 chunk=huge poll_queues=1 completion=softirq \
	"completion=timer latency_ns=20000" write_cache=0 queues=1; do
	# shellcheck disable=SC2086 # two attributes
	ok "a disk with $a" disk b size=${size}M $a
	bs=512
	[ "$a" != block_size=4096 ] || bs=4096
	ok "$a: mixed sizes and zeroes" together b
	ok "$a: trims" trims b
	if [[ $a = poll_queues* ]]; then
		ok "$a: polled" fio_run b --ioengine=io_uring --hipri \
			--iodepth=16 --rw=randwrite
	fi
	ok "the disk goes away" gone b
done

# Would it see an error?
ok "a bad disk" disk c size=${size}M
attr c faults/corrupt 20000
not_ok "flipped bits are seen" mixed c
attr c faults/corrupt 0
attr c faults/misdirect 20000
not_ok "misdirected writes are seen" mixed c
attr c faults/misdirect 0
ok "without faults it is good again" mixed c
ok "the disk goes away" gone c
ok "module unloads" unload ramblk
finish
