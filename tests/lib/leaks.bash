# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# leaks.bash: what kmemleak says of us; to be sourced after tap.sh.
#
#   leaks_begin
#   leaks_end NAME [KNOWN]
#       one test: no memory was lost in between that has to do with us. Call
#       leaks_end when the module is gone. What KNOWN, a regular expression,
#       finds in the account of an object is not our fault, but counted. What
#       others lost is listed, and without KNOWN the log's complaint stands.

LEAKS=/sys/kernel/debug/kmemleak

# A disk with poll queues loses a hardware context for each other queue when it
# goes, whose disk it ever may be (null_blk, too): blk_mq_register_hctx() adds
# a CPU's object to sysfs once under each of them, and the second time forgets
# the parent that it holds from the first.
# shellcheck disable=SC2034	# for those who source this
LEAKS_POLL='blk_mq_alloc_and_init_hctx|blk_mq_register_hctx'

leaks_begin()
{
	[ ! -f $LEAKS ] || echo clear >$LEAKS
}

# Of a module that is gone only the numbers are left of its functions' names.
_leaks_ours()	# KNOWN
{
	awk -v RS='unreferenced object' -v known="$1" '
		!/ring(char)|ramblk|loopnet|pseudo|softdev|\n +0x[0-9a-f]+/ {
			next
		}
		known != "" && $0 ~ known { next }
		{ print "unreferenced object" $0 }' $LEAKS
}

_leaks_known()	# KNOWN
{
	awk -v RS='unreferenced object' -v known="$1" '
		known != "" && $0 ~ known { n++ }
		END { print n + 0 }' $LEAKS
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
	# It has told the log, where any number is a complaint, see splats.py.
	[ -z "${2-}" ] || echo "softdev-test: asks kmemleak" >/dev/kmsg
	found=$(_leaks_ours "${2-}")
	if [ -n "$found" ]; then
		fail "$1" "$(head -c 4000 <<<"$found")"
		return
	fi
	pass "$1"
	[ -z "${2-}" ] || diag "known to be lost: $(_leaks_known "$2") objects"
	diag "lost by others: $(_leaks_others)"
}
