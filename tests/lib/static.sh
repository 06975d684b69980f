# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# static.sh: for the checks in tests/static/, which run on the host and say
# what they found in TAP.  They start in the tree's top directory.

set -u
export LC_ALL=C
_n=0

# Passes if CMD succeeds and says nothing.
silent()	# NAME CMD...
{
	local name=$1 out rc=0

	shift
	out=$("$@" 2>&1 </dev/null) || rc=$?
	_n=$((_n + 1))
	if [ "$rc" = 0 ] && [ -z "$out" ]; then
		echo "ok $_n - $name"
	else
		echo "not ok $_n - $name"
		printf '%s\n' "status $rc" "$out" | head -n 60 | sed 's/^/# /'
	fi
}

skipped()	# NAME REASON
{
	_n=$((_n + 1))
	echo "ok $_n - $1 # SKIP $2"
}

# The tree's files, as git sees them or, without git, as they lie there.
files()	# PATTERN...
{
	if git rev-parse -q --git-dir >/dev/null 2>&1; then
		git ls-files -co --exclude-standard -- "$@"
	else
		find "${@%%\**}" -type f
	fi | while read -r f; do
		[ ! -f "$f" ] || printf '%s\n' "$f"
	done | sort -u
}

finish()
{
	echo "1..$_n"
}
