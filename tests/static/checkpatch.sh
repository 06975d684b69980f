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
mapfile -t list < <(files 'drivers/*.[ch]' 'include/*.h' 'tests/*.[ch]' \
	'tools/*.[ch]' 'examples/*.[ch]')

check()
{
	printf '%s\n' "${list[@]}" |
		xargs -P "$(nproc)" -n 8 perl "$source/scripts/checkpatch.pl" \
			--strict --no-tree --terse --no-summary --show-types -q -f
}

silent "checkpatch --strict is silent on ${#list[@]} files" check
finish
