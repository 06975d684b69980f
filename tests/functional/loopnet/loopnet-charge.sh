#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: stock* x86-*
#
# loopnet: what an interface takes is charged to who makes it: a container's root
# cannot take memory from others.
# shellcheck disable=SC2317 # functions are called by ok
. "${TESTS:?}/lib/tap.sh"

ok "loads" load loopnet devices=0
cg=$T/cgroup
mkdir "$cg"
ok "a tree of cgroups" mount -t cgroup2 none "$cg"
at_exit umount "$cg"
ok "which count memory" eval "echo +memory >$cg/cgroup.subtree_control"
mkdir "$cg/guest"
at_exit rmdir "$cg/guest"

# A shell of that group, which is told what to do.
mkfifo "$T/todo" "$T/done"
bash -c 'echo $$ >$1/guest/cgroup.procs
	while read -r line; do $line; echo $?; done' - "$cg" \
	<"$T/todo" >"$T/done" 2>/dev/null &
shell=$!
exec 8>"$T/todo" 9<"$T/done"

within()	# COMMAND...: in the group; sets more: by how much its memory grew
{
	local before status

	before=$(cat "$cg/guest/memory.current")
	echo "$*" >&8
	read -r status <&9
	more=$(($(cat "$cg/guest/memory.current") - before))
	return "$status"
}

least()	# BYTES
{
	[ "$more" -ge "$1" ] && return
	echo "only $more bytes"
	return 1
}

ok "an interface with 16 channels" \
	within ip link add l0 numtxqueues 16 numrxqueues 16 type loopnet
ok "is charged" least 16384
ok "rings of 65536" within ethtool -G l0 tx 65536
ok "goes up" within ip link set l0 up
# A pointer for each, less what the shell gave back meanwhile.
ok "which charges the rings" least $((65536 * 8 - 131072))
ok "it is deleted" within ip link del l0
exec 8>&-
wait "$shell"
ok "unloads" unload loopnet
finish
