#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What each module says of itself, to modinfo, in sysfs and in its line of the
# log: one device is not "devices".
. "${TESTS:?}/lib/tap.sh"

version=$(modinfo -F version "$MODDIR/ringchar.ko")
like "there is a version" "$version" '[0-9]*.[0-9]*.[0-9]*'
for m in ringchar ramblk loopnet pseudo; do
	is "$m: all have the same version" \
		"$(modinfo -F version "$MODDIR/$m.ko")" "$version"
	isnt "$m: and a sum of its sources" \
		"$(modinfo -F srcversion "$MODDIR/$m.ko")" ""
	is "$m: an author" "$(modinfo -F author "$MODDIR/$m.ko")" \
		"The softdev authors"
	isnt "$m: a description" "$(modinfo -F description "$MODDIR/$m.ko")" ""
	klog_mark
	ok "$m loads" load $m
	is "$m: the version in sysfs" "$(cat /sys/module/$m/version)" "$version"
	is "$m: one line in the log" "$(klog | grep -v taint | grep -c "$m: ")" 1
	not_ok "$m: in which one device is no plural" \
		klog_has "$m: 1 [a-z]*s( |,|$)"
	ok "$m unloads" unload $m
done
finish
