# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# recipe.bash: what the tests of Documentation/crash.rst share: a recipe is run,
# and a state that its control finds comes back from the report alone.

cd "$TESTS/../examples/crash" || exit
# shellcheck disable=SC2034 # for the script that sources this
py='python3 -IS'
budget=5

# NAME STATUS ARGUMENT...
recipe()
{
	local name=$1 want=$2 rc=0 n

	shift 2
	[ "$want" = 0 ] || set -- --fail-fast "$@"
	softdev-crash run -o "$T/$name" --budget "$(slow $budget)s" \
		--timeout "$(slow 60)s" "$@" >"$T/said" 2>&1 </dev/null || rc=$?
	is "$name: status $want" "$rc" "$want" || diag "$(cat "$T/said")"
	diag "$name: $(tail -n 2 "$T/said" | head -n 1)"
	[ "$want" = 1 ] && [ "$rc" = 1 ] || return 0
	n=$(softdev-crash list "$T/$name" | head -n 1 | cut -f 1)
	softdev-crash again "$T/$name" "$n" --check >"$T/said" 2>&1 </dev/null
	is "$name: its state $n fails again" "$?" 1 || diag "$(cat "$T/said")"
}
