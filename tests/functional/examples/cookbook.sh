#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 180
#
# The recipes of Documentation/cookbook.rst, which shows these very files.  Each
# is what a reader pastes into one shell; NAME.away puts things in order again.
. "${TESTS:?}/lib/tap.sh"

dir=$TESTS/functional/examples/cookbook

# NAME: the recipe, then NAME.away in the same shell; what it said is in $said.
recipe()
{
	timeout "$(slow 60)" bash -c '. "$1" || exit; echo ---; set -e; . "$1.away"' \
		bash "$dir/$1" >"$T/said" 2>&1
	is "$1: the last command and what puts it away succeed" "$?" 0
	diag "$(cat "$T/said")"
	said=$(cat "$T/said")
}

# The first and the second number that dd took for its seconds, in that order.
seconds()
{
	sed -n 's/.*copied, \([0-9.e-]*\) s,.*/\1/p' "$T/said" | sed -n "$1p"
}

for m in ringchar loopnet pseudo; do
	ok "$m loads" load $m
done
ok "ramblk loads" load ramblk size=64M

recipe power
like "a cut leaves a database whole, with what was committed" "$said" \
	'*ok \[(1,)\]*'

recipe loss
like "some packets of a thousand are lost" "$said" '*1000 packets transmitted*'
first=$(sed -n '/^---$/q;/^[0-9]*$/p' "$T/said" | tail -n 1)
num "about 1% of them" "$first" -gt 2
num "and not more" "$first" -lt 40
recipe loss
is "the same once more" \
	"$(sed -n '/^---$/q;/^[0-9]*$/p' "$T/said" | tail -n 1)" "$first"

if kmodprobe dm-mod 2>/dev/null && have dmsetup; then
	recipe slow
	ok "64 reads of at least 5 ms each" awk -v s="$(seconds 2)" \
		'BEGIN { exit !(s >= 0.32) }'
else
	skip "slow: a slow range" "no device mapper here"
fi

recipe check
like "a whole disk is checked" "$said" '*all of it is right*'

for m in loopnet pseudo ringchar ramblk; do
	ok "$m unloads" unload $m
done
finish
