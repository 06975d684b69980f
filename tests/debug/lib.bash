# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# lib.bash: what the sweeps of tests/debug share; to be sourced after tap.sh.
#
#   sweep NAME [-s MIN] PREPARE... -- OPERATION... -- UNDO...
#       one test: see failnth.c. How often it struck and what came of it is
#       said in a comment.
#   leaks_begin; leaks_end NAME
#       one test: no memory was lost in between that has to do with us. Call
#       leaks_end when the module is gone.

F=/sys/kernel/debug
LEAKS=$F/kmemleak

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

leaks_begin()
{
	[ ! -f $LEAKS ] || echo clear >$LEAKS
}

# Of a module that is gone only the numbers are left of its functions' names.
_leaks_ours()
{
	awk -v RS='unreferenced object' '
		/ring(char)|ramblk|loopnet|pseudo|softdev|\n +0x[0-9a-f]+/ {
			print "unreferenced object" $0
		}' $LEAKS
}

# Each way to what others lost, and how often.
_leaks_others()
{
	awk -v RS='unreferenced object' 'NR > 1 {
		gsub(/\n|\+0x[0-9a-f]+\/0x[0-9a-f]+/, " ")
		sub(/.*backtrace[^:]*:/, "")
		gsub(/\[<[^>]*>\]| +/, " ")
		print
	}' $LEAKS | sort | uniq -c | head -n 20 | cut -c 1-600
}

leaks_end()
{
	local found=''

	if [ ! -f $LEAKS ]; then
		skip "$1" "this kernel looks for no leaks"
		return
	fi
	# What was freed by RCU or is on a stack takes a while to settle.
	sleep 1
	for _ in 1 2 3; do
		echo scan >$LEAKS
		sleep 2
	done
	found=$(_leaks_ours)
	if [ -z "$found" ]; then
		pass "$1"
		diag "lost by others: $(_leaks_others)"
	else
		fail "$1" "$(head -c 4000 <<<"$found")"
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
