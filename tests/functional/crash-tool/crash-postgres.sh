#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml stock-*
# timeout: 300
# fetch: postgres
#
# PostgreSQL keeps what it has committed, also where a cut tears blocks; without
# fsync, or without full page writes, it is caught.
. "${TESTS:?}/lib/tap.sh"
# shellcheck source=tests/functional/crash-tool/recipe.bash
. "$TESTS/functional/crash-tool/recipe.bash"

: "${FETCHED_POSTGRES:=}"
have postgres || [ -n "$FETCHED_POSTGRES" ] ||
	skip_all "no PostgreSQL here and scripts/fetch could not get it"
export PG_ROOT=$FETCHED_POSTGRES

postgres()	# NAME STATUS SETTING...
{
	recipe "postgres-$1" "$2" --size 96M --tear --no-fsck \
		--setup "$py postgres.py setup" \
		--workload "$py postgres.py write ${*:3}" \
		--check "$py postgres.py check"
}

ok "ramblk loads" load ramblk devices=0
budget=10
postgres default 0
postgres nosync 1 fsync=off
postgres torn 1 full_page_writes=off
ok "ramblk unloads" unload ramblk
finish
