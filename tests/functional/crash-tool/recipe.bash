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
	local name=$1 want=$2 rc=0 n time=$budget

	shift 2
	if [ "$want" = 1 ]; then
		# It ends when it has found what it is to find.
		set -- --fail-fast "$@"
		time=$(slow $((4 * budget)))
	fi
	softdev-crash run -o "$T/$name" --budget "${time}s" \
		--timeout "$(slow 60)s" "$@" >"$T/said" 2>&1 </dev/null || rc=$?
	is "$name: status $want" "$rc" "$want" || diag "$(cat "$T/said")"
	diag "$name: $(tail -n 2 "$T/said" | head -n 1)"
	[ "$want" = 1 ] && [ "$rc" = 1 ] || return 0
	n=$(softdev-crash list "$T/$name" | head -n 1 | cut -f 1)
	softdev-crash again "$T/$name" "$n" --check >"$T/said" 2>&1 </dev/null
	is "$name: its state $n fails again" "$?" 1 || diag "$(cat "$T/said")"
}
