#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# ramblk exported by nvmet and used from the same machine: loop transport
# where the kernel has it, TCP over lo everywhere.
# targets: uml stock-*
# timeout: 60
# shellcheck disable=SC2317,SC2016 # "ok" calls these functions and words
. "${TESTS:?}/lib/tap.sh"
# shellcheck source=tests/stack/disks.bash
. "$TESTS/stack/disks.bash"

N=/sys/kernel/config/nvmet
nqn=nqn.2026-11.org.example:softdev
sub=$N/subsystems/$nqn

export_disk()	# TRANSPORT
{
	mkdir -p "$sub" "$N/ports/1" && mkdir -p "$sub/namespaces/1" &&
		echo 1 >"$sub/attr_allow_any_host" &&
		echo -n /dev/ramblk-a >"$sub/namespaces/1/device_path" &&
		echo 1 >"$sub/namespaces/1/enable" &&
		echo "$1" >"$N/ports/1/addr_trtype" || return
	if [ "$1" = tcp ]; then
		echo ipv4 >"$N/ports/1/addr_adrfam" &&
			echo 127.0.0.1 >"$N/ports/1/addr_traddr" &&
			echo 4420 >"$N/ports/1/addr_trsvcid" || return
	fi
	ln -s "$sub" "$N/ports/1/subsystems/"
}

unexport()
{
	rm -f "$N/ports/1/subsystems/$nqn"
	rmdir "$sub/namespaces/1" "$sub" "$N/ports/1"
}

# Without nvme-cli: this is all that "nvme connect" does.
connect()	# TRANSPORT
{
	local opts="transport=$1,nqn=$nqn"

	[ "$1" = loop ] || opts+=",traddr=127.0.0.1,trsvcid=4420"
	echo -n "$opts" >/dev/nvme-fabrics &&
		wait_for 5 find_node
}

find_node()
{
	local b

	# A controller's or, with multipath, a subsystem's.
	for b in /sys/block/nvme*; do
		[ "$(cat "$b/device/subsysnqn" 2>/dev/null)" = "$nqn" ] ||
			continue
		node=/dev/${b##*/}
		[ ! -b "$node" ] || return 0
	done
	return 1
}

cleanup()
{
	disconnect
	unexport
	gone a
}

disconnect()
{
	local c

	for c in /sys/class/nvme/nvme*; do
		[ "$(cat "$c/subsysnqn" 2>/dev/null)" != "$nqn" ] ||
			echo 1 >"$c/delete_controller" || return
	done
}

over()	# TRANSPORT
{
	local t=$1

	ok "$t: a disk" disk a size=64M write_cache=1 lose=random
	ok "$t: export" export_disk "$t"
	ok "$t: connect" connect "$t" || return
	is "$t: size" "$(blockdev --getsize64 "$node")" $((64 << 20))
	is "$t: its cache is announced" \
		"$(cat "/sys/block/${node##*/}/queue/write_cache")" "write back"
	ok "$t: mkfs" make_fs ext4 "$node"
	ok "$t: mount" mount "$node" "$M"
	ok "$t: files" fill "$M"
	ok "$t: power cut" attr a power cut
	not_ok "$t: nothing can be written" \
		eval 'echo x >"$M/new" && sync "$M/new"'
	ok "$t: umount" wait_for 10 umount "$M"
	ok "$t: disconnect" disconnect
	ok "$t: unexport" unexport
	ok "$t: power on" attr a power 1
	ok "$t: export again" export_disk "$t"
	ok "$t: connect again" connect "$t"
	ok "$t: mount" mount "$node" "$M"
	ok "$t: the files are the same" same "$M"
	ok "$t: remove them" rm -rf "$M/noise" "$M/tree"
	held=$(show a stats/allocated_bytes)
	sync -f "$M"
	ok "$t: fstrim" fstrim "$M"
	ok "$t: umount" umount "$M"
	num "$t: discards come through" "$(show a stats/allocated_bytes)" -lt \
		$((held - 8000000))
	ok "$t: fsck" check_fs ext4 "$node"
	ok "$t: disconnect" disconnect
	ok "$t: unexport" unexport
	ok "$t: the disk goes away" gone a
}

need nvmet nvme-fabrics
at_exit cleanup
ok "module loads" load ramblk devices=0
if modprobe -q nvme-loop; then
	over loop
else
	case $SOFTDEV_TARGET in
	uml | stock-6.12 | stock-7.2) fail "the kernel has nvme-loop" ;;
	*) skip "the loop transport" "not in this kernel" ;;
	esac
fi
need nvmet-tcp nvme-tcp
over tcp
ok "module unloads" unload ramblk
finish
