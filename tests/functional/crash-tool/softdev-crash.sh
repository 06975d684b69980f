#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml* x86-* stock-*
# timeout: 240
#
# softdev-crash with a real disk: finds what is to be found, brings it back, and
# leaves nothing behind.
. "${TESTS:?}/lib/tap.sh"

C=/sys/kernel/config/ramblk
cd "$T" || exit

# The run is gone: its disk, its directory, its mounts.
clean()
{
	! ls -d $C/ramblk-crash* /run/softdev-crash.* 2>/dev/null &&
		! grep softdev-crash /proc/mounts
}

# STATUS ARGUMENT...: what it said is in $T/said.
crash()
{
	local want=$1 rc=0

	shift
	softdev-crash "$@" >"$T/said" 2>&1 </dev/null || rc=$?
	cat "$T/said"
	[ "$rc" = "$want" ] || echo "status $rc, not $want"
	[ "$rc" = "$want" ]
}

refused()	# NAME TEXT ARGUMENT...
{
	ok "$1" crash 2 "${@:3}"
	like "it says why" "$(cat "$T/said")" "softdev-crash: *$2*"
	is "in a line" "$(wc -l <"$T/said")" 1
}

if ! loaded ramblk && ! modinfo ramblk >/dev/null 2>&1; then
	refused "without the module it does not run" "not loaded" \
		run --workload true -o r
fi
ok "ramblk loads" load ramblk devices=0

# Block 1 is a record, block 0 says that it is there.
head -c 4096 /dev/zero | tr '\0' A >A
cat >w <<-'EOT'
	put() { dd if=A of="$CRASH_DISK" bs=4096 seek="$1" oflag=direct status=none; }
	put 1 && $1 && put 0 && sync "$CRASH_DISK" && softdev-crash mark saved
	EOT
cat >c <<-'EOT'
	ls mark.* 2>/dev/null
	if cmp -s -n 4096 "$CRASH_DISK" A; then
		cmp -s -n 4096 -i 4096:0 "$CRASH_DISK" A || { echo no record; exit 1; }
	elif grep -q saved "$CRASH_MARKS"; then
		echo lost
		exit 1
	fi
	EOT
none=(run --fs none --size 1M --check 'sh c' --random 0 --timeout "$(slow 60)s")

ok "a program that flushes in between is right" \
	crash 0 "${none[@]}" --workload 'sh w "sync $CRASH_DISK"' -o good
ok "one that does not is caught" \
	crash 1 "${none[@]}" --workload 'sh w true' -o bad
is "in the one state that is wrong" "$(softdev-crash list bad | wc -l)" 1
like "which is told" "$(softdev-crash list bad)" \
	"*, what was flushed and operation 2*no record"
ok "nothing is left of the runs" clean

n=$(softdev-crash list bad | cut -f1)
like "the report has the command that brings it back" \
	"$(cat bad/report.html)" "*softdev-crash again bad $n*"
ok "it comes back, and fails again" crash 1 again bad "$n" --check
like "in the same way" "$(cat said)" "*no record*"
ok "it can be looked at" crash 0 again bad "$n" -- \
	sh -c 'cmp -n 4096 "$CRASH_DISK" A && od -j 4096 -N 8 "$CRASH_DISK"'
ok "it can be written to a file" softdev-crash image bad "$n" image
ok "which has the count" cmp -n 4096 image A
ok "and not the record" cmp -n 4096 -i 4096:0 image /dev/zero
is "and the disk's size" "$(stat -c %s image)" $((1 << 20))
ok "nothing is left of that" clean

refused "a state that is not there is refused" "no state 999" again bad 999
refused "a workload that fails is told before any state is walked" \
	"no state was walked" "${none[@]}" --workload 'exit 3' -o r
refused "one that writes nothing, too" "nothing to cut" \
	"${none[@]}" --workload true -o r
refused "an attribute that the disk refuses" "physical_block_size" \
	"${none[@]}" --workload true --set physical_block_size=7 -o r
ok "a mark is put once" crash 0 "${none[@]}" -o r --workload \
	'sh w "sync $CRASH_DISK" && ! softdev-crash mark saved 2>/dev/null'

ok "a checker that hangs is bad" crash 1 run --fs none --size 1M -o hangs \
	--workload 'sh w true' --check 'sleep 1000' --timeout 0.2s --random 0 \
	--budget "$(slow 2)s"
like "it says so" "$(softdev-crash list hangs)" "*did not end within 0.2 s*"

ok "quiet says nothing" crash 1 "${none[@]}" -q --workload 'sh w true' -o r
is "at all" "$(cat said)" ""
softdev-crash "${none[@]}" --workload 'sh w true' -o r --json >json 2>err
ok "JSON is JSON" python3 -c 'import json; assert json.load(open("json"))["counts"]["failing"] == 1'

# However it ends.
walking()
{
	ls mark.* >/dev/null 2>&1
}

for signal in INT TERM KILL; do
	rm -f mark.*
	# In the background a shell has SIGINT ignored.
	python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
os.execvp(sys.argv[1], sys.argv[1:])' \
		softdev-crash run --fs ext4 --size 16M -o "r.$signal" \
		--workload 'echo x >$CRASH_DIR/x && sync' \
		--check 'touch mark.x && sleep 1000' --timeout 1000s \
		>said 2>&1 </dev/null &
	ok "SIG$signal: it walks" wait_for 60 walking
	kill -$signal $!
	wait $!
	rc=$?
	ok "SIG$signal: nothing is left" wait_for 60 clean
	[ $signal = KILL ] || is "SIG$signal: it could not finish" "$rc" 2
	[ $signal = KILL ] ||
		ok "SIG$signal: there is a report" test -s "r.$signal/report.html"
done

ok "nothing is wrong with ext4" crash 0 run --fs ext4 --size 16M -o r \
	--workload 'sleep 1000 & echo $! >pid
		cp c $CRASH_DIR/c && sync $CRASH_DIR/c && softdev-crash mark c' \
	--check 'cmp c $CRASH_DIR/c || ! grep c $CRASH_MARKS' --random 0 \
	--budget "$(slow 5)s"
not_ok "what a workload leaves behind is killed" test -e "/proc/$(cat pid)"
ok "in the end nothing is left" clean
ok "ramblk unloads" unload ramblk
finish
