#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What bash completes for our tools, as it would ask for it.
# shellcheck disable=SC2317 # functions are called by silent
. tests/lib/static.sh

temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT
make -s -C tools/pattern OUT="$temp/bin" >/dev/null || exit
cp tools/*/softdev-* "$temp/bin/"
PATH=$temp/bin:$PATH
export SOFTDEV_CONF_DIR=$temp/conf
mkdir "$temp/conf"
touch "$temp/conf/scratch.conf" "$temp/conf/second.conf"

# complete COMMAND WORD...: what the last WORD may become, sorted
completed()
{
	bash -c '
		. "packaging/completions/$1"
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
		spec=$(complete -p "$1")
		spec=${spec#*-F } && "${spec%% *}" "$@"
		printf "%s\n" "${COMPREPLY[@]}"' complete "$@" | sort | xargs
}

is()	# GOT WANT
{
	[ "$1" = "$2" ] || echo "got: $1, want: $2"
}

pattern_check()
{
	is "$(completed pattern-check --s)" --seed
	is "$(completed pattern-check --see /no-such-fi)" ""
	is "$(completed pattern-check "$temp/conf/sec")" "$temp/conf/second.conf"
	completed pattern-check -- | grep -q -e '--json' || echo "no --json"
}
silent "pattern-check: its options and files" pattern_check

setup()
{
	is "$(completed softdev-setup '')" "down up"
	is "$(completed softdev-setup up '')" "scratch second"
	is "$(completed softdev-setup down se)" second
	is "$(completed softdev-setup up scratch '')" ""
}
silent "softdev-setup: up, down and what is configured" setup

crash()
{
	completed softdev-crash --h | grep -q -e '--help' || echo "no --help"
}
silent "softdev-crash: its options" crash

# A tool without completions has been forgotten.
each()
{
	local f

	for f in pattern-check tools/*/softdev-*; do
		[ -f "packaging/completions/${f##*/}" ] || echo "${f##*/} has none"
	done
}
silent "every tool has completions" each
finish
