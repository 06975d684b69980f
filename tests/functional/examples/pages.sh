#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml
# timeout: 240
#
# The commands of each device's page, in one shell for each page.  The guest has
# no Documentation/; tests/static/docs.sh sees to it that pages/NAME is what
# NAME.rst shows as "code-block:: sh".  NAME.away puts things in order again.
. "${TESTS:?}/lib/tap.sh"

dir=$TESTS/functional/examples/pages

# shellcheck disable=SC2016 # the other shell expands
page()	# NAME
{
	# What goes on until the disk is full ends with an error.
	sed 's/# until the disk is full$/|| true/' "$dir/$1" >"$T/$1"
	(cd "$T" && timeout "$(slow 60)" bash -ec '
		modprobe() { test -d "/sys/module/$1"; }
		. "$1"; echo ---; . "$2"' bash "$T/$1" "$dir/$1.away") \
		>"$T/said" 2>&1
	is "$1: its commands succeed" "$?" 0
	diag "$(cat "$T/said")"
	said=$(sed '/^---$/,$d' "$T/said")
}

for m in ringchar loopnet pseudo; do
	ok "$m loads" load $m
done
ok "ramblk loads" load ramblk size=64M

page ringchar
like "a line comes out again" "$said" '*hello*'
page ramblk
page loopnet
like "anyone answers" "$said" '*3 received, 0% packet loss*'
like "a server is reached at another's address" "$said" '*hello*'
page pseudo
like "the nodes are those" "$said" $'*full\nnull\npattern\nrandom\nzero*'
like "the pattern is right" "$said" \
	'*67108864 bytes*67108864 bytes*'$'\n0\n*'
like "a filled disk is right" "$said" '*67108864 bytes in*: the pattern of seed 0*'

for m in loopnet pseudo ramblk ringchar; do
	ok "$m unloads" unload $m
done
finish
