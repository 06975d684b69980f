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

mapfile -t pages < <(files 'packaging/man/*')
silent "man has no warning on ${#pages[@]} pages" warnings "${pages[@]}"
silent "mandoc has nothing to say on them" mandoc -T lint "${pages[@]}"
finish
