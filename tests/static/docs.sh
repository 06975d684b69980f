#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the documentation shows is what the tests run.
. tests/lib/static.sh

# The guest that runs the tour does not have README.md, so it has a copy.
tour()
{
	sed -n '/^```tour$/,/^```$/{/^```/d;p}' README.md |
		diff - tests/functional/examples/readme.tour
}

short()
{
	local n

	n=$(wc -l <README.md)
	[ "$n" -le 120 ] || echo "README.md has $n lines"
}

silent "README.md's tour is the one that readme.sh runs" tour
silent "README.md has at most 120 lines" short
finish
