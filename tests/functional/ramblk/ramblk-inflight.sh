#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml* x86-* stock-*
# timeout: 150
#
# ramblk: requests in flight, also those that their owner never asks after,
# when the plug is pulled, the disk resized or its scheduler changed.
. "${TESTS:?}/lib/tap.sh"

C=/sys/kernel/config/ramblk/ramblk0
D=/dev/ramblk0
Q=/sys/block/ramblk0/queue

set_to()
{
	echo "$2" >"$C/$1"
}

on()
{
	set_to power 1
	wait_for 5 test -b $D
}

# Requests under way; "owner" is told to look after them by "reap".
submit()	# read|write|fua COUNT [poll]
{
	rm -f "$T/go" "$T/got"
	mkfifo "$T/go"
	inflight $D "$@" <"$T/go" >"$T/got" 2>&1 &
	owner=$!
	exec 7>"$T/go"
	wait_for "$(slow 10)" grep -q submitted "$T/got"
}

reap()
{
	exec 7>&-
	wait_for "$(slow 10)" eval "! kill -0 $owner 2>/dev/null" ||
		kill -9 $owner
	results=$(grep -v submitted "$T/got" | sort | uniq -c |
		awk '{printf "%s%s %s", sep, $1, $2; sep = ", "}')
}

ok "loads" load ramblk size=64M queues=1 poll_queues=1
wait_for 5 test -b $D

# Done, but completed later or not found yet: the cut comes first.
for completion in inline softirq timer; do
	for poll in '' poll; do
		set_to power 0
		set_to completion $completion
		set_to latency_ns 3600000000000
		on
		name="completion=$completion${poll:+, polled}"
		# shellcheck disable=SC2086 # perhaps nothing
		ok "$name: writes in flight" submit write 8 $poll
		ok "$name: the plug is pulled" timeout "$(slow 20)" \
			bash -c "echo cut >$C/power"
		reap
		is "$name: none succeeds" "$results" "8 -5"
		set_to latency_ns 0
		on
	done
done
ok "polled writes that nobody has found" submit write 8 poll
ok "the plug is pulled" timeout "$(slow 20)" bash -c "echo cut >$C/power"
reap
is "none succeeds" "$results" "8 -5"
on

# Somebody waits until there are no requests.
changes()	# NAME COMMAND...: with a delayed, a lost and an unpolled request
{
	local name=$1

	shift
	set_to latency_ns 3600000000000
	ok "$name: delayed reads" submit read 4
	ok "$name does not wait for them" "$@"
	set_to latency_ns 0
	reap
	is "$name: they succeed" "$results" "4 4096"
	ok "$name: reads that nobody asks after" submit read 4 poll
	ok "$name does not wait for them" "$@"
	reap
	is "$name: they succeed" "$results" "4 4096"
}

resize()
{
	if [ "$(cat $C/size)" = 67108864 ]; then
		timeout "$(slow 20)" bash -c "echo $1 >$C/size"
	else
		timeout "$(slow 20)" bash -c "echo 64M >$C/size"
	fi
}

scheduler()
{
	local now=mq-deadline

	grep -q '\[mq-deadline\]' $Q/scheduler && now=none
	timeout "$(slow 20)" bash -c "echo $now >$Q/scheduler"
}

changes "growing" resize 96M
kmodprobe mq-deadline
echo 1000 >$Q/io_timeout
changes "another scheduler" scheduler
echo 30000 >$Q/io_timeout

set_to faults/timeout 1000000
ok "lost reads" submit read 4
ok "resizing does not wait for them" resize 96M
reap
is "they time out" "$results" "4 -110"
set_to faults/timeout 0
set_to size 64M
ok "reads that nobody asks after" submit read 4 poll
ok "power off does not wait for them" timeout "$(slow 20)" \
	bash -c "echo 0 >$C/power"
reap
is "they succeed" "$results" "4 4096"

# A disk that holds something is looked at for partitions when it appears.
set_to latency_ns 3600000000000
ok "a disk with an hour's latency appears" timeout "$(slow 20)" \
	bash -c "echo 1 >$C/power"
set_to latency_ns 0
ok "unloads" unload ramblk
finish
