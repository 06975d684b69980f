# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# cuts.bash: pulls the plug of a disk under a file system at work, again and
# again, and looks for what is lost.  Knows nothing of TAP; needs root in a
# guest, ramblk loaded, "recorder" in PATH and a tmpfs at $T.
#
#   crash_open FS           makes the disk and the file system on it
#   crash_cut SEED          one cut and its examination
#   crash_close
#
# crash_cut leaves its findings in
#   CRASH_FOUND     '' if all is well, else what is wrong, in words, by kind:
#                   mount: (it did not mount), fsck:, lost: (records), and
#                   broken: (the test itself could not go on)
#   CRASH_RECORDS   how many records were examined
#   CRASH_LATE      how many promises came after the cut, and do not count
#
# Settings (set before crash_open):
#   CRASH_TEAR      0 or 1
#   CRASH_LIE       rate of flush_lie while the workload runs
#   CRASH_MSECS     the cut comes after at most so long

# shellcheck disable=SC2034 # some are for others
: "${CRASH_TEAR:=0}" "${CRASH_LIE:=0}" "${CRASH_MSECS:=400}"
CRASH_DIR=/sys/kernel/config/ramblk/ramblk-crash
CRASH_DISK=/dev/ramblk-crash
CRASH_MNT=$T/mnt
CRASH_TRACE=/sys/kernel/tracing
CRASH_FOUND='' CRASH_RECORDS=0 CRASH_LATE=0
_crash_fs='' _crash_round=0 _crash_logs='' _crash_time='' _crash_opts=''

crash_attr()	# NAME VALUE
{
	echo "$2" >"$CRASH_DIR/$1"
}

crash_mkfs()	# FS DISK
{
	case $1 in
	ext4) mkfs.ext4 -q -F -E nodiscard "$2" ;;
	xfs) mkfs.xfs -q -f -K "$2" ;;
	btrfs) mkfs.btrfs -q -f -K "$2" ;;
	vfat) mkfs.vfat "$2" ;;
	*) echo "no file system $1"; return 1 ;;
	esac
}

crash_fsck()	# FS DISK: changes nothing
{
	case $1 in
	ext4) e2fsck -fn "$2" ;;
	xfs) xfs_repair -n "$2" ;;
	btrfs) btrfs check --readonly "$2" ;;
	vfat) fsck.vfat -n "$2" ;;
	esac
}

# Options that matter to what is flushed and discarded, in turn.
_crash_options()	# FS N
{
	local all

	case $1 in
	ext4) all=(defaults discard data=journal
		   "data=writeback,journal_async_commit") ;;
	xfs) all=(defaults discard logbsize=32k defaults) ;;
	btrfs) all=(defaults discard=sync flushoncommit compress=lzo) ;;
	esac
	echo "${all[$2 % ${#all[@]}]}"
}

# What "recorder verify" has to know of a file system mounted like that.
_crash_weaker()	# OPTIONS
{
	case $1 in
	*data=writeback*) echo reuse ;;
	esac
}

crash_has_fs()	# FS: has the kernel this file system?
{
	modprobe -q "$1" 2>/dev/null
	grep -qw "$1" /proc/filesystems
}

crash_open()	# FS
{
	_crash_fs=$1
	mkdir -p "$CRASH_MNT" "$T/journals"
	mkdir "$CRASH_DIR" &&
		crash_attr size 384M &&
		crash_attr write_cache 1 &&
		crash_attr lose random &&
		crash_attr tear "$CRASH_TEAR" &&
		crash_attr power 1 &&
		crash_mkfs "$1" $CRASH_DISK &&
		sync -f $CRASH_DISK &&
		blockdev --flushbufs $CRASH_DISK &&
		crash_attr snapshot fresh || return
	echo mono >$CRASH_TRACE/trace_clock
	echo 1 >$CRASH_TRACE/events/ramblk/ramblk_power/enable
	# A damaged file system is a finding here, not worth a stack trace.
	[ "$1" != xfs ] || echo 0 >/proc/sys/fs/xfs/error_level
	_crash_round=0
}

# mountpoint(1) says no to a file system that has shut down.
_crash_mounted()
{
	grep -qF " $CRASH_MNT " /proc/mounts
}

# The very instant, from ramblk's tracepoint.
_crash_when()
{
	awk '/ramblk_power:/ { sub(/:$/, "", $4); print $4; exit }' \
		$CRASH_TRACE/trace
}

crash_close()
{
	! _crash_mounted || umount "$CRASH_MNT"
	crash_attr power 0
	rmdir "$CRASH_DIR"
}

# Back to the fresh file system.
_crash_reset()
{
	rm -rf "$T/journals"
	mkdir "$T/journals"
	_crash_round=0
	crash_attr power 0 && crash_attr restore fresh && crash_attr power 1
}

_crash_broken()
{
	CRASH_FOUND="broken: $1"
	return 1
}

_crash_mount()	# [OPTIONS]
{
	mount -t "$_crash_fs" ${1:+-o "$1"} $CRASH_DISK "$CRASH_MNT" \
		>"$T/crash.out" 2>&1
}

_crash_umount()
{
	local tries=100

	until umount "$CRASH_MNT" 2>"$T/crash.out"; do
		[ $((tries -= 1)) -gt 0 ] || return 1
		sleep 0.05
	done
}

_crash_work()	# SEED MSECS OPTIONS
{
	local pid

	_crash_opts=$3
	_crash_mount "$3" || { _crash_broken "mount $3: $(cat "$T/crash.out")"; return; }
	crash_attr faults/flush_lie "$CRASH_LIE"
	_crash_logs=$T/journals/$_crash_round
	mkdir "$_crash_logs" "$CRASH_MNT/round$_crash_round"
	_crash_weaker "$3" >"$_crash_logs/weaker"
	recorder run "$CRASH_MNT/round$_crash_round" "$_crash_logs" "$1" 3 \
		>"$T/recorder.out" 2>&1 &
	pid=$!
	sleep "$(printf '%d.%03d' $(($2 / 1000)) $(($2 % 1000)))"
	echo >$CRASH_TRACE/trace
	crash_attr power cut
	_crash_time=$(_crash_when)
	echo "$_crash_time" >"$_crash_logs/cut"
	[ -n "$_crash_time" ] || { _crash_broken "no trace of the cut"; return; }
	wait $pid ||
		{ _crash_broken "recorder: status $?, $(cat "$T/recorder.out")"; return; }
	_crash_umount || { _crash_broken "umount: $(cat "$T/crash.out")"; return; }
	crash_attr faults/flush_lie 0
	crash_attr power 1
}

# Recovery that is cut off itself; its own end does not matter.
_crash_recover_halfway()	# MSECS
{
	local pid

	mount -t "$_crash_fs" $CRASH_DISK "$CRASH_MNT" >/dev/null 2>&1 &
	pid=$!
	sleep "$(printf '0.%03d' "$1")"
	# While it mounts nobody can tell xfs that the disk is gone, as the mount
	# holds the lock for that; and it writes metadata again and again for ever.
	[ "$_crash_fs" != xfs ] ||
		echo 0 2>/dev/null >"/sys/fs/xfs/${CRASH_DISK##*/}/error/metadata/EIO/max_retries"
	crash_attr power cut
	wait $pid
	! _crash_mounted || _crash_umount ||
		{ _crash_broken "umount: $(cat "$T/crash.out")"; return; }
	crash_attr power 1
}

_crash_examine()
{
	local round log rc text

	_crash_mount ||
		{ CRASH_FOUND="mount: $(cat "$T/crash.out")"; return; }
	_crash_umount || { _crash_broken "umount: $(cat "$T/crash.out")"; return; }
	crash_fsck "$_crash_fs" $CRASH_DISK >"$T/crash.out" 2>&1 ||
		CRASH_FOUND="fsck: status $?, $(tail -n 12 "$T/crash.out")"
	_crash_mount ||
		{ CRASH_FOUND="mount: $(cat "$T/crash.out")"; return; }
	for log in "$T"/journals/*; do
		round=${log##*/}
		# shellcheck disable=SC2046 # a word or none
		recorder verify "$CRASH_MNT/round$round" "$log" \
			"$(cat "$log/cut")" $(cat "$log/weaker") \
			>"$T/recorder.out" 2>&1
		rc=$?
		text=$(cat "$T/recorder.out")
		case $rc in
		0) ;;
		1) CRASH_FOUND="lost: round $round of $_crash_round, cut $_crash_time, options $_crash_opts: $text" ;;
		*) _crash_broken "verify: status $rc, $text" ;;
		esac
		text=${text##*$'\n'}
		if [[ $text =~ ^([0-9]+)" records ".*" "([0-9]+)" after the cut" ]]; then
			CRASH_RECORDS=$((CRASH_RECORDS + BASH_REMATCH[1]))
			CRASH_LATE=${BASH_REMATCH[2]}	# the last round's
		fi
	done
	_crash_umount || _crash_broken "umount: $(cat "$T/crash.out")"
}

# Some cuts build on the one before: what was promised then still holds.
crash_cut()	# SEED
{
	local msecs again

	CRASH_FOUND='' CRASH_RECORDS=0 CRASH_LATE=0
	RANDOM=$1
	msecs=$((10 + RANDOM % CRASH_MSECS))
	again=$((RANDOM % 4 ? 0 : 1 + RANDOM % 40))
	if [ $(($1 % 4)) = 0 ] || [ "$_crash_round" = 0 ]; then
		_crash_reset || { _crash_broken "no way back to the snapshot"; return; }
	fi
	crash_attr faults/seed "$1"
	_crash_round=$((_crash_round + 1))
	_crash_work "$1" $msecs "$(_crash_options "$_crash_fs" $(($1 / 4)))" &&
		{ [ $again = 0 ] || _crash_recover_halfway $again; } &&
		_crash_examine
	if [ -n "$CRASH_FOUND" ]; then
		# The next cut starts with a fresh one.
		_crash_round=0
		! _crash_mounted || umount "$CRASH_MNT"
		crash_attr faults/flush_lie 0
	fi
	[ -z "$CRASH_FOUND" ]
}
