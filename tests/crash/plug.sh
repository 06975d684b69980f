#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml* x86-* stock-*
#
# The plug, without a file system: numbered sectors, several requests in
# flight, a cut at any moment, and then every sector by the contract's rules.
# timeout: 150
# shellcheck disable=SC2317 # "ok" calls these functions
. "${TESTS:?}/lib/tap.sh"

C=/sys/kernel/config/ramblk
seed=${CRASH_SEED:-$RANDOM}

disk()	# NAME [ATTRIBUTE=VALUE...]: a powered disk with a write cache
{
	local name=ramblk-$1 a

	shift
	mkdir "$C/$name" || return
	for a in size=64M write_cache=1 "$@"; do
		echo "${a#*=}" >"$C/$name/${a%%=*}" || return
	done
	echo 1 >"$C/$name/power"
}

gone()	# NAME
{
	echo 0 >"$C/ramblk-$1/power" && rmdir "$C/ramblk-$1"
}

run()	# NAME [KEY=VALUE...]
{
	local name=ramblk-$1

	shift
	plug "/dev/$name" "$C/$name" "$@"
}

units()	# WORD OUTPUT: the number before that word
{
	sed -n "s/^units.* \([0-9]*\) $1.*/\1/p" <<<"$2"
}

# Passes if no rule was broken; shows what there was to see.
keeps()	# TEST NAME [KEY=VALUE...]
{
	local name=$1

	shift
	_out=$(run "$@" 2>&1)
	is "$name" "$? ${_out##*$'\n'}" "0 0 rules broken" ||
		diag "$_out"
	diag "$(grep -v 'broken$' <<<"$_out")"
}

# The last run had units of that kind. A few cuts may all have come when there was
# nothing to lose: then with other seeds, until one has.
some()	# TEST WORD NAME [KEY=VALUE...]
{
	local test=$1 word=$2 i

	shift 2
	for ((i = 1; i <= 20; i++)); do
		[ "$(units "$word" "$_out")" = 0 ] || break
		_out=$(run "$@" seed=$((seed + i)) cuts=$cuts 2>&1) ||
			{ fail "$test" "$_out"; return; }
	done
	num "$test" "$(units "$word" "$_out")" -gt 0
}

ok "module loads" load ramblk devices=0
diag "CRASH_SEED=$seed"
cuts=10
[ "$SOFTDEV_SLOW" = 1 ] || cuts=3

ok "a disk with a write cache" disk a
keeps "any moment, all of lose and tear" a seed="$seed" cuts=$((4 * cuts))
keeps "one request after the other" a seed="$seed" cuts=$cuts depth=1
keeps "64 in flight" a seed="$seed" cuts=$cuts depth=64
keeps "lose=random takes whole units" a seed="$seed" cuts=$cuts lose=random tear=0
some "some are the latest" latest a lose=random tear=0
some "some are the durable" durable a lose=random tear=0
keeps "tear=1 takes sectors" a seed="$seed" cuts=$cuts lose=random tear=1
some "some units are of both" mixed a lose=random tear=1
keeps "lose=none keeps all" a seed="$seed" cuts=$cuts steps=200 lose=none tear=0
is "nothing is lost" "$(units durable "$_out")" 0
some "there was something to lose" latest a steps=200 lose=none tear=0
keeps "lose=all keeps what is durable" a seed="$seed" cuts=$cuts steps=200 \
	lose=all tear=0
is "nothing else is there" "$(units latest "$_out")" 0
keeps "power 0 loses nothing" a seed="$seed" cuts=3 steps=300 orderly=1 lose=all
keeps "power 0 under load fails, but does not tear" a seed="$seed" cuts=3 \
	orderly=1 lose=all
num "stats count the cuts" "$(cat $C/ramblk-a/stats/cuts)" -ge $((9 * cuts))
num "stats count the lost units" "$(cat $C/ramblk-a/stats/lost_units)" -gt 0
num "stats count the torn units" "$(cat $C/ramblk-a/stats/torn_units)" -gt 0
ok "it goes away" gone a

ok "a disk of 4K blocks" disk b block_size=4096
keeps "4K blocks" b seed="$seed" cuts=$cuts
ok "it goes away" gone b

ok "a disk of 512-byte units" disk c physical_block_size=512
keeps "512-byte units" c seed="$seed" cuts=$cuts
ok "it goes away" gone c

ok "a disk of huge chunks" disk d chunk=huge
keeps "huge chunks" d seed="$seed" cuts=$cuts
ok "it goes away" gone d

ok "a disk that is slow" disk e completion=timer latency_ns=300000
keeps "completion by timer" e seed="$seed" cuts=$cuts
ok "it goes away" gone e

ok "a disk without a write cache" disk f write_cache=0
keeps "what completed is durable" f seed="$seed" cuts=$cuts
is "there is nothing to lose" "$(units durable "$_out")" 0
ok "it goes away" gone f

# The same work, the same cut: the same image, to the byte.
again()	# DISK SEED
{
	disk "$1" || return
	echo "$2" >"$C/ramblk-$1/faults/seed"
	run "$1" seed=5 depth=1 steps=400 cuts=2 lose=random tear="$3" \
		>"$T/$1.out" 2>&1 || cat "$T/$1.out"
	dd if="/dev/ramblk-$1" of="$T/$1.img" bs=1M iflag=direct status=none
	gone "$1"
}

for tear in 0 1; do
	ok "a run with tear=$tear" again g 77 $tear
	ok "the same again, under another name" again h 77 $tear
	ok "gives the same image" cmp "$T/g.img" "$T/h.img"
	ok "and with another seed" again h 78 $tear
	not_ok "another one" cmp "$T/g.img" "$T/h.img"
done
rm -f "$T"/*.img

# Would the test see it?  A disk that only says that it flushes:
ok "a disk that lies" disk i lose=all
echo 1000000 >$C/ramblk-i/faults/flush_lie
_out=$(run i seed="$seed" cuts=5 lose=random tear=0 2>&1)
like "a lying disk breaks the rules" "$? ${_out##*$'\n'}" "1 * rules broken"
ok "it goes away" gone i
ok "module unloads" unload ramblk
finish
