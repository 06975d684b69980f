#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml* stock-*
# timeout: 600
#
# The recipes of Documentation/crash.rst: each has no bad state, and its control
# has one that comes back from the report alone.
. "${TESTS:?}/lib/tap.sh"

# shellcheck source=tests/functional/crash-tool/recipe.bash
. "$TESTS/functional/crash-tool/recipe.bash"

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

lmdb()	# NAME STATUS ARGUMENT...
{
	recipe "lmdb-$1" "$2" --size 16M --no-fsck \
		--setup "python3 -I lmdb-keys.py setup" \
		--workload "python3 -I lmdb-keys.py write ${*:3}" \
		--check "python3 -I lmdb-keys.py check"
}

if python3 -I -c 'import lmdb' 2>/dev/null; then
	lmdb sync 0
	lmdb nosync 1 nosync
else
	skip "lmdb" "no package python3-lmdb"
fi

ok "ramblk unloads" unload ramblk
finish
