#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml* stock-*
# timeout: 600
#
# The recipes of Documentation/crash.rst: each has no bad state, and its control
# has one that comes back from the report alone.
. "${TESTS:?}/lib/tap.sh"

cd "$TESTS/../examples/crash" || exit

# NAME STATUS ARGUMENT...
recipe()
{
	local name=$1 want=$2 rc=0 n

	shift 2
	softdev-crash run -o "$T/$name" --budget "$(slow 7)s" --timeout "$(slow 60)s" "$@" \
		>"$T/said" 2>&1 </dev/null || rc=$?
	is "$name: status $want" "$rc" "$want" || diag "$(cat "$T/said")"
	diag "$name: $(tail -n 2 "$T/said" | head -n 1)"
	[ "$want" = 1 ] && [ "$rc" = 1 ] || return 0
	n=$(softdev-crash list "$T/$name" | head -n 1 | cut -f 1)
	softdev-crash again "$T/$name" "$n" --check >"$T/said" 2>&1 </dev/null
	is "$name: its state $n fails again" "$?" 1 || diag "$(cat "$T/said")"
}

py='python3 -IS'
ok "ramblk loads" load ramblk devices=0

log=(--fs none --size 1M --check "$py logstore.py check")
recipe log 0 "${log[@]}" --workload "$py logstore.py"
recipe log-hasty 1 "${log[@]}" --workload "$py logstore.py hasty"

save=(--size 16M --check "$py save.py check")
recipe save 0 "${save[@]}" --workload "$py save.py"
recipe save-careless 1 "${save[@]}" --workload "$py save.py careless"

rename=(--size 16M --setup 'sh rename.sh setup' --check 'sh rename.sh check'
	--mount-options noauto_da_alloc)
recipe rename-careful 0 "${rename[@]}" --workload 'sh rename.sh careful'
recipe rename-ext4 1 "${rename[@]}" --workload 'sh rename.sh'

sqlite()	# NAME STATUS JOURNAL SYNCHRONOUS
{
	recipe "sqlite-$1" "$2" --size 16M --no-fsck \
		--setup "$py sqlite.py setup $3" \
		--workload "$py sqlite.py write $4" \
		--check "$py sqlite.py check"
}

sqlite wal 0 wal full
sqlite wal-off 1 wal off
sqlite delete-off 1 delete off

ok "ramblk unloads" unload ramblk
finish
