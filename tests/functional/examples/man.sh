#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml
# timeout: 240
#
# The EXAMPLES of each manual page, in one shell for each page.
. "${TESTS:?}/lib/tap.sh"

for page in "$TESTS"/functional/examples/man/*; do
	name=${page##*/}
	for m in ringchar loopnet pseudo; do
		load $m || fail "$name: $m loads"
	done
	load ramblk size=64M || fail "$name: ramblk loads"
	(cd "$T" && timeout "$(slow 60)" bash -e "$page") >"$T/said" 2>&1
	is "$name: its examples succeed" "$?" 0
	diag "$(cat "$T/said")"
	said=$(cat "$T/said")
	case $name in
	ramblk.4) like "$name: what was synced is there" "$said" '*safe*' ;;
	softdev.7) like "$name: what went in came out" "$said" '*hello*' ;;
	pattern-check.1)
		like "$name: the older pass is found" "$said" '*still there*' ;;
	loopnet.4) like "$name: nothing is lost" "$said" '* 0% packet loss*' ;;
	esac
	for m in loopnet pseudo ringchar ramblk; do
		unload $m || fail "$name: $m unloads"
	done
done
finish
