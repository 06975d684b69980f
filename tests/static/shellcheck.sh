#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Every shell script of the tree, found by its first line or its suffix.
. tests/lib/static.sh

scripts()
{
	files scripts tests .ci tools packaging | while read -r f; do
		case $f in
		*.sh) echo "$f" ;;
		*.c | *.h | *.py | *.config | *.txt | *.tab) ;;
		*)
			if head -n 1 "$f" | grep -qE '^#!/bin/(ba)?sh|^#!.*env bash' ||
			   sed 3q "$f" | grep -q '^# shellcheck shell='; then
				echo "$f"
			fi ;;
		esac
	done
}

mapfile -t list < <(scripts)
silent "shellcheck is silent on ${#list[@]} scripts" \
	shellcheck "${list[@]}"
finish
