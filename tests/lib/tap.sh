# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# tap.sh: what a test script needs inside the guest.  It depends on bash,
# coreutils, kmod and dmesg and on nothing else of ours.
#
# A test script is an executable file tests/functional/MODULE/NAME.sh (tests/crash,
# tests/stress, ... alike):
#
#	#!/bin/bash
#	# SPDX-License-Identifier: GPL-2.0-only
#	# targets: uml stock		(optional: only on these targets)
#	# timeout: 90			(optional: seconds in uml; default 60)
#	. "${TESTS:?}/lib/tap.sh"
#
#	ok "module loads" load ringchar size=64K
#	is "node is a character device" "$(stat -c %F /dev/ringchar0)" \
#		"character special file"
#	not_ok "a bad size is refused" load ringchar size=3
#	ok "module unloads" unload ringchar
#	finish
#
# It runs as root in a kernel that the target chose, never on the host.
# Each script gets a fresh process, not a fresh kernel: leave no module
# loaded and no process behind (what "load" loaded is unloaded at exit
# anyway, and the script fails if that is not possible).  A script that does
# not reach "finish" has failed, so has one that does not end in time, one
# that runs no test at all and one during which the kernel complained.
#
# The environment (set by the runner):
#   TESTS           tests/ of the tree
#   MODDIR          directory of the *.ko files
#   PROGS           directory of the programs built from tests/progs/*.c
#                   (statically linked; in PATH; further libraries by a line
#                   "libs: -luring" in a comment of the file)
#   SOFTDEV_TARGET  uml, stock, stock-7.2, uml-kasan, ...
#   SOFTDEV_SLOW    how many times slower than a plain machine the guest is:
#                   1 in uml, 10 or more under TCG; "slow N" multiplies by it
#   T               a directory of the script's own, empty, in tmpfs, removed
#                   at the end (/tmp, /run, /mnt, /var/tmp are tmpfs too)
#   LC_ALL=C        so that error messages can be compared
#
# One test, one line (each returns the test's status, so no "set -e"):
#   ok NAME CMD...          passes if CMD succeeds; what it printed is shown
#                           when it does not
#   not_ok NAME CMD...      passes if CMD fails by itself; not found, not
#                           executable and killed by a signal are failures
#   fails NAME TEXT CMD...  as not_ok, and CMD's output contains TEXT, e.g.
#                           "Invalid argument"
#   is NAME GOT WANT        the same string
#   isnt NAME GOT OTHER     not the same string
#   like NAME GOT PATTERN   GOT matches the shell pattern, e.g. '*in use*'
#   num NAME A OP B         integers; OP as in test(1): -eq -ne -lt -le -gt -ge
#   pass NAME, fail NAME [DIAGNOSTIC]
#   skip NAME REASON        counts as skipped, and the reason is shown
#   skip_all REASON         skips the whole script and ends it
#   dmesg_clean [NAME]      the kernel complained of nothing since the script
#                           began (the harness looks as well, at the end)
#
# Helpers (no test lines of their own; they return a status):
#   load MODULE [PARAM=VALUE...]  loads what the kernel must supply, then
#                           insmod $MODDIR/MODULE.ko; insmod's message and the
#                           module's own error line go to standard error
#   unload MODULE           rmmod
#   loaded MODULE           is it?
#   kmodprobe MODULE...     a module of the kernel (null_blk, brd, xfs, ...)
#   have CMD...             are all these commands there?
#   wait_for SECS CMD...    repeats CMD until it succeeds, at most SECS seconds,
#                           times SOFTDEV_SLOW
#   slow N                  prints N times SOFTDEV_SLOW
#   udev off, udev on       between them a VM's udev looks at no disk; on again
#                           before the script ends
#   klog_mark; klog         klog prints the kernel log's lines (no times)
#                           since the last klog_mark (at first: since start)
#   klog_has PATTERN        a line of klog matches the extended regexp
#   diag TEXT...            a comment in the output
#   at_exit CMD...          runs at the script's end, last registered first
#   plan N                  optional, first: exactly N tests will run
#   finish                  last line of every script

export LC_ALL=C
: "${TESTS:?run me with tests/run or scripts/run}" "${MODDIR:?}"
: "${SOFTDEV_TARGET:=unknown}" "${SOFTDEV_SLOW:=1}"

_tap_n=0 _tap_failed=0 _tap_plan='' _tap_finished='' _tap_out=''
_tap_exit=() _tap_loaded=()

T=$(mktemp -d "${TMPDIR:-/tmp}/softdev.XXXXXX") || exit 1
export T
_tap_mark="softdev-test: $$ start"

diag()
{
	printf '%s\n' "$*" | sed 's/^/# /'
}

_tap_line()	# pass|fail NAME [DIAGNOSTIC]
{
	_tap_n=$((_tap_n + 1))
	if [ "$1" = pass ]; then
		printf 'ok %d - %s\n' "$_tap_n" "${2//\#/}"
		return 0
	fi
	_tap_failed=$((_tap_failed + 1))
	printf 'not ok %d - %s\n' "$_tap_n" "${2//\#/}"
	diag "at ${BASH_SOURCE[2]##*/}:${BASH_LINENO[1]}"
	[ -z "${3-}" ] || diag "$3"
	return 1
}

# In this shell, not in a subshell: a CMD may be a function that sets things.
_tap_run()
{
	local rc=0

	"$@" >"$T/.out" 2>&1 </dev/null || rc=$?
	_tap_out=$(head -c 8192 "$T/.out" | tr -d '\0')
	return "$rc"
}

ok()
{
	local name=$1 rc=0

	shift
	_tap_run "$@" || rc=$?
	if [ "$rc" = 0 ]; then
		_tap_line pass "$name"
	else
		_tap_line fail "$name" "status $rc of: $*"$'\n'"$_tap_out"
	fi
}

_tap_own_failure()	# STATUS: did the command fail by itself?
{
	[ "$1" != 0 ] && [ "$1" -lt 124 ]
}

not_ok()
{
	local name=$1 rc=0

	shift
	_tap_run "$@" || rc=$?
	if _tap_own_failure "$rc"; then
		_tap_line pass "$name"
	else
		_tap_line fail "$name" "status $rc of: $*"$'\n'"$_tap_out"
	fi
}

fails()
{
	local name=$1 text=$2 rc=0

	shift 2
	_tap_run "$@" || rc=$?
	if _tap_own_failure "$rc" && [[ $_tap_out == *"$text"* ]]; then
		_tap_line pass "$name"
	else
		_tap_line fail "$name" \
"status $rc of: $*"$'\n'"wanted a failure with: $text"$'\n'"$_tap_out"
	fi
}

is()
{
	if [ "$2" = "$3" ]; then
		_tap_line pass "$1"
	else
		_tap_line fail "$1" "got:  $2"$'\n'"want: $3"
	fi
}

isnt()
{
	if [ "$2" != "$3" ]; then
		_tap_line pass "$1"
	else
		_tap_line fail "$1" "got, and should not have: $2"
	fi
}

like()
{
	# shellcheck disable=SC2053 # the right side is a pattern on purpose
	if [[ $2 == $3 ]]; then
		_tap_line pass "$1"
	else
		_tap_line fail "$1" "got:          $2"$'\n'"want pattern: $3"
	fi
}

num()
{
	if test "$2" "$3" "$4" 2>"$T/.out"; then
		_tap_line pass "$1"
	else
		_tap_line fail "$1" "not true: $2 $3 $4 $(cat "$T/.out")"
	fi
}

pass()
{
	_tap_line pass "$1"
}

fail()
{
	_tap_line fail "$@"
}

skip()
{
	_tap_n=$((_tap_n + 1))
	printf 'ok %d - %s # SKIP %s\n' "$_tap_n" "${1//\#/}" "$2"
}

skip_all()
{
	printf '1..0 # SKIP %s\n' "$1"
	_tap_finished=1
	exit 0
}

plan()
{
	_tap_plan=$1
	printf '1..%d\n' "$1"
}

finish()
{
	_tap_finished=1
	exit 0
}

at_exit()
{
	_tap_exit=("$(printf '%q ' "$@")" "${_tap_exit[@]}")
}

have()
{
	local cmd

	for cmd; do
		command -v "$cmd" >/dev/null || return 1
	done
}

slow()
{
	echo $(($1 * SOFTDEV_SLOW))
}

wait_for()
{
	local end=$((SECONDS + $1 * SOFTDEV_SLOW + 1))

	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.05
	done
}

udev()
{
	pgrep udevd >/dev/null || return 0
	if [ "$1" = on ]; then
		udevadm control --start-exec-queue
		return
	fi
	# What was closed just now it may not know of yet.
	sleep 0.5
	udevadm settle && udevadm control --stop-exec-queue
}

# Wait for what udev does with a new device: it may give a network interface another
# MAC, which takes what the kernel knows of its neighbours away.
settle()
{
	! pgrep udevd >/dev/null || udevadm settle
}

loaded()
{
	[ -d "/sys/module/${1//-/_}" ]
}

kmodprobe()
{
	local m

	for m; do
		modprobe "$m" || return 1
	done
}

load()
{
	local mod=$1 dep rc=0
	local mark="softdev-test: $$ load $RANDOM$RANDOM"

	shift
	if [ ! -f "$MODDIR/$mod.ko" ]; then
		echo "load: $MODDIR/$mod.ko is not there" >&2
		return 127
	fi
	for dep in $(modinfo -F depends "$MODDIR/$mod.ko" | tr , ' '); do
		modprobe "$dep" || { echo "load: no $dep" >&2; return 127; }
	done
	echo "$mark" >/dev/kmsg
	if insmod "$MODDIR/$mod.ko" "$@"; then
		_tap_loaded+=("$mod")
		return 0
	else
		rc=$?
	fi
	_tap_since "$mark" >&2
	return "$rc"
}

unload()
{
	# udev opens the nodes of disks for a moment, to look at them.
	settle
	rmmod "$1"
}

_tap_since()	# MARK: the kernel log after the last line with MARK, no times
{
	dmesg | sed 's/^\[[^]]*\] //' | awk -v mark="$1" '
		index($0, mark) { n = 0; next }
		/softdev-test: / { next }
		{ line[n++] = $0 }
		END { for (i = 0; i < n; i++) print line[i] }'
}

klog_mark()
{
	_tap_mark="softdev-test: $$ mark $RANDOM$RANDOM"
	echo "$_tap_mark" >/dev/kmsg
}

klog()
{
	_tap_since "$_tap_mark"
}

klog_has()
{
	klog | grep -Eq -e "$1"
}

dmesg_clean()
{
	local name=${1:-"the kernel log has no complaint"} bad

	# Whose a data race is, the host finds out.
	bad=$(_tap_since "softdev-test: $$ start" |
		grep -v 'BUG: KCSAN' | grep -E -f "$TESTS/lib/splats" |
		head -n 20)
	if [ -z "$bad" ]; then
		_tap_line pass "$name"
	else
		_tap_line fail "$name" "$bad"
	fi
}

_tap_end()
{
	local rc=$? i cmd

	for cmd in "${_tap_exit[@]}"; do
		eval "$cmd" </dev/null >/dev/null 2>&1
	done
	for ((i = ${#_tap_loaded[@]} - 1; i >= 0; i--)); do
		loaded "${_tap_loaded[i]}" || continue
		rmmod "${_tap_loaded[i]}" >"$T/.out" 2>&1 ||
			_tap_line fail "${_tap_loaded[i]} can be unloaded at the end" \
				"$(cat "$T/.out")"
	done
	rm -rf "$T"
	if [ -z "$_tap_finished" ]; then
		echo "Bail out! ended before \"finish\", status $rc"
		exit 1
	fi
	[ -n "$_tap_plan" ] || [ "$_tap_n" = 0 ] || printf '1..%d\n' "$_tap_n"
	[ "$_tap_failed" = 0 ] || exit 1
}

echo "$_tap_mark" >/dev/kmsg
trap _tap_end EXIT
trap 'exit 130' INT TERM
