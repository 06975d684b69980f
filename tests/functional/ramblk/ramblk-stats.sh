#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml* x86-* stock-*
# timeout: 150
#
# ramblk: statistics and the plug while others write and flush all the time.
# Each FLUSH unlinks a tree, so there is always memory that waits for its grace
# period; nobody may wait until there is none.
. "${TESTS:?}/lib/tap.sh"

C=/sys/kernel/config/ramblk/ramblk0
D=/dev/ramblk0

busy()
{
	[ "$(awk '{print $5}' /sys/block/ramblk0/stat)" -gt 500 ]
}

ended()
{
	! kill -0 "$1" 2>/dev/null
}

# Writes and FLUSHes without a pause, until it is killed or the disk is gone.
writers()
{
	fio --name=w --filename=$D --allow_file_create=0 --direct=1 \
		--rw=randwrite --bs=4k --size=16M --ioengine=psync \
		--fsync=1 --numjobs=2 --thread --time_based --runtime=600 \
		>"$T/fio" 2>&1 &
	fio=$!
	wait_for "$(slow 20)" busy
}

ok "loads with a write cache" load ramblk size=64M write_cache=1
wait_for 5 test -b $D
ok "writers" writers
for stat in allocated_bytes unflushed_bytes snapshot_bytes cuts lost_units \
	torn_units; do
	ok "$stat is read beside them" timeout "$(slow 20)" cat $C/stats/$stat
done
ok "a snapshot beside them" timeout "$(slow 20)" \
	bash -c "echo s >$C/snapshot"
ok "is listed" timeout "$(slow 20)" cat $C/snapshots
ok "and dropped" timeout "$(slow 20)" bash -c "echo -s >$C/snapshot"
not_ok "the writers are still there" ended $fio
ok "the plug is pulled under them" timeout "$(slow 20)" \
	bash -c "echo cut >$C/power"
ok "which ends them" wait_for "$(slow 20)" ended $fio
kill $fio 2>/dev/null
ok "unloads" unload ramblk
finish
