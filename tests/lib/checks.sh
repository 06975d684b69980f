# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# checks FILE.py: runs the checks of tests/lib/checks.py that the file holds,
# one line of TAP each.  Source it after tap.sh.

checks()
{
	local verdict name diagnostic n=0 status

	while IFS=$'\t' read -r verdict name diagnostic; do
		case $verdict in
		pass) pass "$name" ;;
		fail) fail "$name" "$diagnostic" ;;
		skip) skip "$name" "$diagnostic" ;;
		end) status=$name; break ;;
		*) diag "$verdict $name $diagnostic"; continue ;;
		esac
		n=$((n + 1))
	done < <(PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$TESTS/lib" \
		python3 "$@" 2>&1; printf 'end\t%s\n' "$?")
	if [ "$n" = 0 ] || [ "${status-}" != 0 ]; then
		fail "$* runs to its end" "status ${status-none} after $n checks"
	fi
}
