# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# short.bash: the crash test of one file system for "make test".
#
#   . tap.sh; . short.bash; crash_short FS CUTS

# shellcheck source=tests/crash/cuts.bash
. "$TESTS/crash/cuts.bash"

crash_short()	# FS CUTS
{
	local fs=$1 cuts=$2 seed=${CRASH_SEED:-$RANDOM} i found='' n=0

	case $SOFTDEV_TARGET in
	uml | stock*) ok "the kernel has $fs" crash_has_fs "$fs" ;;
	*) crash_has_fs "$fs" || skip_all "no $fs in this kernel" ;;
	esac
	ok "module loads" load ramblk devices=0
	ok "$fs on a disk with a write cache" crash_open "$fs" || finish
	at_exit crash_close
	diag "CRASH_SEED=$seed"

	for ((i = 0; i < cuts && ${#found} == 0; i++)); do
		crash_cut $((seed + i)) || found="seed $((seed + i)): $CRASH_FOUND"
		n=$((n + CRASH_RECORDS))
	done
	is "$cuts cuts lose nothing that was promised" "$found" ""
	num "there was something to lose" $n -gt "$cuts"

	# The same with a disk that only says that it flushes.
	# shellcheck disable=SC2034 # for crash_cut
	CRASH_LIE=1000000
	for ((i = 0; i < 4 * cuts; i++)); do
		crash_cut $((seed + i)) || break
	done
	like "with flush_lie the same test finds loss" "$CRASH_FOUND" \
		"@(lost|mount|fsck): *"
	diag "cut $((i + 1)): ${CRASH_FOUND%%$'\n'*}"
	ok "the disk goes away" crash_close
	ok "module unloads" unload ramblk
}
