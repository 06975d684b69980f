#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml stock
# timeout: 120
#
# The tour in README.md, line by line, as a reader would paste it.  The guest
# has no README.md; tests/static/docs.sh sees to it that readme.tour is its
# text.
. "${TESTS:?}/lib/tap.sh"

for m in ringchar ramblk loopnet pseudo; do
	ok "$m loads" load $m
done

# Each line in turn, in one shell: the first that fails ends the tour.
while IFS= read -r line; do
	printf '%s\n' "$line"
	printf '[ "$?" = 0 ] || { echo "failed: "%q; exit 1; }\n' "$line"
done <"$TESTS/functional/examples/readme.tour" >"$T/script"
num "the tour has lines" "$(wc -l <"$T/script")" -gt 20
timeout "$(slow 90)" bash "$T/script" >"$T/said" 2>&1
is "every line of the tour succeeds" "$?" 0
diag "$(cat "$T/said")"
said=$(cat "$T/said")
like "what was synced is there" "$said" '*on the safe side*'
like "packets come back" "$said" '* 0% packet loss*'
like "the ring gives back its line" "$said" '*hello, ring*'

for m in loopnet pseudo ringchar ramblk; do
	ok "$m unloads" unload $m
done
finish
