#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Every manual page, read by both formatters.  A formatter that is missing is
# a failure: a check that did not run proves nothing.
. tests/lib/static.sh

# man's own messages only; what it renders goes nowhere.
warnings()
{
	local page

	for page; do
		{ MANWIDTH=80 man --warnings -l "$page" >/dev/null; } 2>&1 ||
			return
	done
}

# What the drivers' tables name, as a user meets it: parameters, attributes,
# faults, counters.  A table's row has .name, a macro its first argument.
names()	# MODULE
{
	cat "drivers/$1"/{config,sysfs,main}.c 2>/dev/null |
		sed -nE -e 's/^[[:space:]]*\.name[[:space:]]*= "([a-z_]+)".*/\1/p' \
			-e 's/^SOFTDEV_(ITEM|FAULT|STAT)_ATTR\(([a-z_]+),.*/\2/p' \
			-e 's/^CONFIGFS_ATTR(_RO|_WO)?\([a-z_]+, ([a-z_]+)\).*/\2/p' \
			-e 's/^.*SOFTDEV_FAULT_RATE\(([a-z_]+),.*/\1/p' \
			-e 's/^.*[^_]DEVICE_ATTR(_R[OW]|_WO)\(([a-z_]+)\).*/\2/p' \
			-e 's/^DEVICE_ATTR(_R[OW]|_WO)\(([a-z_]+)\).*/\2/p' |
		grep -vxF "$1" | sort -u
}

# ioctls as the headers for programs define them.
ioctls()	# MODULE
{
	sed -nE 's/^#define[[:space:]]+([A-Z_]+)[[:space:]]+_IO[WR]*\(.*/\1/p' \
		"include/uapi/softdev/$1.h" 2>/dev/null
}

# As a word of its own; roff writes a minus sign with a backslash.
forgotten()	# MODULE
{
	local name

	for name in $(names "$1") $(ioctls "$1"); do
		grep -qw -- "$name" "packaging/man/$1.4" ||
			echo "$1.4 does not name $name"
	done
}

# The commands of a page; the guest that runs them has a copy.
examples()	# PAGE
{
	sed -n '/^\.SH EXAMPLES/,/^\.SH SEE/{/^\.EX/,/^\.EE/{/^\.E/d;s/\\-/-/g;s/\\(aq/'\''/g;s/\\e$/\\/;p}}' "$1"
}

untested()	# PAGE...
{
	local page

	for page; do
		grep -q '^\.SH EXAMPLES' "$page" || continue
		examples "$page" |
			diff - "tests/functional/examples/man/$(basename "$page")"
	done
}

mapfile -t pages < <(files 'packaging/man/*')
silent "man has no warning on ${#pages[@]} pages" warnings "${pages[@]}"
silent "mandoc has nothing to say on them" mandoc -T lint "${pages[@]}"
for m in ringchar ramblk loopnet pseudo; do
	silent "$m.4 names all that its driver has" forgotten $m
done
silent "their examples are those that man.sh runs" untested "${pages[@]}"
finish
