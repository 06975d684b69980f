# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# lib.bash: what the sweeps of tests/failnth share; to be sourced after tap.sh.
#
#   sweep NAME [-s MIN] PREPARE... -- OPERATION... -- UNDO...
#       one test: see failnth.c. How often it struck and what came of it is
#       said in a comment.
#   leaks_begin; leaks_end: see leaks.bash

# shellcheck source=tests/lib/leaks.bash
. "$TESTS/lib/leaks.bash"
F=/sys/kernel/debug

[ -d $F/failslab ] || skip_all "this kernel injects no failures"

# Out of the box they spare GFP_KERNEL and single pages, and tell of each strike.
for _dir in failslab fail_page_alloc fail_usercopy; do
	for _set in ignore-gfp-wait=N min-order=0 verbose=0; do
		[ ! -f "$F/$_dir/${_set%=*}" ] ||
			echo "${_set#*=}" >"$F/$_dir/${_set%=*}"
	done
done
# Thousands of links and modules come and go.
[ ! -f /sys/kernel/rcu_expedited ] || echo 1 >/sys/kernel/rcu_expedited

sweep()
{
	local name=$1 rc=0

	shift
	failnth "$@" >"$T/sweep" 2>&1 </dev/null || rc=$?
	if [ "$rc" = 0 ]; then
		pass "$name"
		diag "$(tail -n 1 "$T/sweep")"
	else
		fail "$name" "status $rc: $(tail -c 2000 "$T/sweep")"
	fi
}

# MODULE [PARAM=VALUE...]: every failure of loading it, then what a bad
# parameter leaves behind.
sweep_load()
{
	local module=$1 dep

	for dep in $(modinfo -F depends "$MODDIR/$module.ko" | tr , ' '); do
		kmodprobe "$dep"
	done
	sweep "insmod $*" -- "insmod $MODDIR/$module.ko ${*:2}" -- \
		"-rmmod $module"
	sweep "rmmod $module" "insmod $MODDIR/$module.ko ${*:2}" -- \
		"rmmod $module" -- "-rmmod $module"
	not_ok "$module is not left loaded" loaded "$module"
}
