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

# So is this the text of the pages' commands, for each that has some.
commands()
{
	local page

	for page in tests/functional/examples/pages/*[!y]; do
		awk '/^\.\. code-block:: sh$/ { on = 1; next }
		     on && /^[^ \t]/ { on = 0 }
		     on && NF' "Documentation/${page##*/}.rst" |
			sed -E 's/^(\t|    )//' | diff - "$page"
	done
}

# Into a directory of its own: make html may be at work in build/.
book()
{
	local out rc=0

	out=$(mktemp -d) || return
	PYTHONDONTWRITEBYTECODE=1 sphinx-build -q -W --keep-going -b html \
		Documentation "$out" || rc=$?
	rm -rf "$out"
	return "$rc"
}

silent "README.md's tour is the one that readme.sh runs" tour
silent "the pages' commands are those that pages.sh runs" commands
silent "README.md has at most 120 lines" short
if command -v sphinx-build >/dev/null; then
	silent "the book has no warning" book
else
	_n=$((_n + 1))
	echo "ok $_n - the book has no warning # SKIP no sphinx-build here"
fi
finish
