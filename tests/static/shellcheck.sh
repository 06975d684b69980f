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

check()	# SEVERITY FILE...
{
	local severity=$1

	shift
	printf '%s\n' "$@" | xargs -P "$(nproc)" -n 8 shellcheck -S "$severity"
}

# What users run is held to everything, tests to what may be an error: they
# hand words to "ok" and "wait_for" in ways that only look wrong.
mapfile -t ours < <(scripts | grep -v '^tests/')
mapfile -t tests < <(scripts | grep '^tests/')
silent "shellcheck is silent on ${#ours[@]} scripts" check style "${ours[@]}"
silent "shellcheck has no warning on ${#tests[@]} tests" \
	check warning "${tests[@]}"
finish
