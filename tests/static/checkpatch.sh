#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The kernel's own style check, at its strictest, on everything in C.
. tests/lib/static.sh

if ! source=$(scripts/kernel-source 7.2); then
	silent "the kernel's source is there" false
	finish
	exit
fi

check()	# IGNORED-TYPES FILE...
{
	local ignore=$1

	shift
	printf '%s\n' "$@" |
		xargs -P "$(nproc)" -n 8 perl "$source/scripts/checkpatch.pl" \
			${strict:+--strict} --no-tree --terse --no-summary --show-types \
			${ignore:+--ignore="$ignore"} -q -f 2>&1 |
		# Perl's word on checkpatch itself; findings are on their own lines.
		{ grep -v 'Use of uninitialized value' || :; }
}

strict=1
in_kernel=() traces=() programs=() compat=() counters=() rows=()
while read -r f; do
	case $f in
	*/trace.h | */*_trace.h) traces+=("$f") ;;
	include/softdev/compat.h) compat+=("$f") ;;
	drivers/loopnet/stats.c) counters+=("$f") ;;
	drivers/ramblk/config.c | drivers/ramblk/ramblk.h) rows+=("$f") ;;
	drivers/* | include/* | tests/kunit/* | tests/*/kmod/*) in_kernel+=("$f") ;;
	*) programs+=("$f") ;;
	esac
done < <(files '*.[ch]')

silent "checkpatch --strict is silent on ${#in_kernel[@]} kernel files" \
	check "" "${in_kernel[@]}"
# The one place that may ask for the kernel's version.
silent "checkpatch --strict is silent on compat.h" \
	check LINUX_VERSION_CODE "${compat[@]}"
# The kernel names the counters of Ethernet as IEEE 802.3 does.
silent "checkpatch --strict is silent on stats.c of loopnet" \
	check CAMELCASE "${counters[@]}"
# What a row of settings.h becomes is no expression, and needs a part of the row.
silent "checkpatch --strict is silent on ramblk's rows" \
	check MACRO_ARG_UNUSED,TRAILING_SEMICOLON,COMPLEX_MACRO "${rows[@]}"
# Trace headers have a layout of their own, all over the kernel.
silent "checkpatch --strict is silent on ${#traces[@]} trace headers" \
	check PARENTHESIS_ALIGNMENT,OPEN_ENDED_LINE,MACRO_ARG_UNUSED "${traces[@]}"
# Programs have C's types, macros and shared memory, not the kernel's.
strict=
silent "checkpatch is silent on ${#programs[@]} files of programs" \
	check "$(printf %s, PREFER_KERNEL_TYPES PREFER_DEFINED_ATTRIBUTE_MACRO \
		CAMELCASE VOLATILE ARRAY_SIZE EMBEDDED_FUNCTION_NAME SPACING \
		TRAILING_STATEMENTS ASSIGN_IN_IF STRCPY STRNCPY REPEATED_WORD)" \
	"${programs[@]}"
finish
