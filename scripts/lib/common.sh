# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# common.sh: what every script of ours needs: where things are, how to say
# something, how to wait visibly, how to fail in one line, how to leave
# nothing half-done.

export LC_ALL=C
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
# shellcheck disable=SC2034 # for the scripts that source this
SCRIPTS=$TOP/scripts
CACHE=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/softdev
# A tree's own corner of the cache: two checkouts never share a build.
TREE_CACHE=$CACHE/tree/$(printf %s "$TOP" | cksum | cut -d' ' -f1)
JOBS=${JOBS:-$(nproc)}

# shellcheck disable=SC2034 # for the scripts that source this
MODULES='ringchar ramblk loopnet pseudo'

# Those that the last "make" has built here: all that the kernel's configuration
# permits.
built_modules()
{
	local m

	for m in $MODULES; do
		[ -f "$TOP/drivers/$m/$m.ko" ] || continue
		[ ! -f "$TOP/modules.order" ] ||
			grep -qE "drivers/$m/$m\.k?o\$" "$TOP/modules.order" ||
			continue
		printf '%s\n' "$m"
	done
}

# The release that modules built there are for; Debian's headers have another in
# kernel.release.
kdir_release()	# KDIR
{
	sed -n 's/^#define UTS_RELEASE "\(.*\)"$/\1/p' \
		"$1/include/generated/utsrelease.h" 2>/dev/null
}

# In a line, what to do about what insmod says.
explain_insmod()	# TEXT
{
	case $1 in
	*'Key was rejected'* | *'Required key not available'*)
		echo "this kernel takes signed modules only (Secure Boot or" \
			"module.sig_enforce): sign them, see Secure Boot in" \
			"Documentation/install.rst, or use 'make shell'" ;;
	*'Operation not permitted'*)
		echo "this kernel forbids it (lockdown, kernel.modules_disabled or a" \
			"container): use 'make shell'" ;;
	*'Invalid module format'*)
		echo "it was built for another kernel: run 'make clean' and 'make'" ;;
	*) echo "${1##*: }; dmesg says why" ;;
	esac
}

say()
{
	printf '%s\n' "softdev: $*" >&2
}

die()
{
	printf '%s\n' "softdev: error: $*" >&2
	exit 1
}

_clean_up=()

on_exit()	# CMD...: runs when the script ends, however it ends
{
	_clean_up+=("$(printf '%q ' "$@")")
}

_run_clean_up()
{
	local rc=$? i

	# A second signal must not leave a guest behind.
	trap '' INT TERM HUP
	for ((i = ${#_clean_up[@]} - 1; i >= 0; i--)); do
		eval "${_clean_up[i]}"
	done
	exit "$rc"
}
trap _run_clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

cache_dir()	# makes sure of the cache
{
	mkdir -p "$CACHE" 2>/dev/null || :
	[ -w "$CACHE" ] ||
		die "cannot write to $CACHE: set XDG_CACHE_HOME to a directory of yours"
	mkdir -p "$CACHE/lock" "$TREE_CACHE"
	printf '%s\n' "$TOP" >"$TREE_CACHE/path"
}

# The rest of this script uses what is built of this tree: "make clean" waits.
use_tree()
{
	cache_dir
	exec 8>"$CACHE/lock/tree-${TREE_CACHE##*/}"
	flock -s 8
}

# This tree needs DIR of the cache as NAME: cache-clean leaves it there.
needs()	# NAME DIR
{
	cache_dir
	mkdir -p "$TREE_CACHE/needs"
	ln -sfn "$2" "$TREE_CACHE/needs/$1"
	touch "$2/used"
}

# Was it looked for something newer than DIR in the last DAYS days?
is_fresh()	# DIR [DAYS]
{
	[ -n "$(find "$1" "$1/checked" -maxdepth 0 \
		-mtime "-${2:-${CACHE_DAYS:-7}}" 2>/dev/null)" ]
}

# Runs CMD, which may replace DIR by something newer. Offline DIR will do.
refresh()	# DIR CMD...
{
	local dir=$1

	shift
	(
		_clean_up=()
		trap _run_clean_up EXIT
		"$@"
	) || say "going on with ${dir#"$CACHE"/}, which may no longer be the newest"
	touch "$dir/checked"
}

# What is built of checkouts that are gone, for a day or DAYS.
drop_dead_trees()	# [DAYS]
{
	local path tree

	find "$CACHE/tree" -mindepth 2 -maxdepth 2 -name path \
		-mmin "+$((${1:-1} * 1440))" 2>/dev/null |
	while read -r path; do
		tree=${path%/path}
		[ ! -d "$(cat "$path")/scripts" ] || continue
		say "removing what was built of $(cat "$path"), which is gone"
		rm -rf "$tree" "$CACHE/lock"/*-"${tree##*/}"{,-*}
	done
}

# A directory in the cache for something that is being made.  "put_in_place"
# gives it its name in one step; if that does not happen it goes away.
temp_dir()	# VAR
{
	cache_dir
	# What a killed run could not take away itself.
	find "$CACHE" -maxdepth 1 -name 'tmp.*' -mtime +1 -exec rm -rf {} + || :
	drop_dead_trees
	printf -v "$1" %s "$(mktemp -d "$CACHE/tmp.XXXXXX")"
	on_exit rm -rf "${!1}"
}

put_in_place()	# TEMP FINAL
{
	mkdir -p "${2%/*}"
	chmod 755 "$1"
	rm -rf "$2"
	mv -T "$1" "$2"
}

need_space()	# DIR MIB WHAT
{
	local dir=$1 free

	while [ ! -d "$dir" ]; do
		dir=${dir%/*}
		dir=${dir:-/}
	done
	free=$(df -Pm "$dir" | awk 'NR == 2 { print $4 }')
	[ "${free:-0}" -ge "$2" ] ||
		die "$3 needs $2 MiB in $dir and $free MiB are free: make room" \
			"or set XDG_CACHE_HOME to a directory on a larger disk"
}

# One user of NAME at a time, over all runs on this machine.
locked()	# NAME CMD...
{
	local file=$CACHE/lock/$1

	cache_dir
	shift
	(
		# A subshell starts without its parent's traps.
		_clean_up=()
		trap _run_clean_up EXIT
		if ! flock -n 9; then
			say "waiting for another run that is busy with ${file##*/}"
			flock 9
		fi
		"$@"
	) 9>"$file"
}

# Runs CMD with its output in a log; shows that time passes; if CMD fails, so
# does this, after showing the end of the log.  (A CMD that is a function has to
# check each step: "set -e" means nothing to bash here.)  PROGRESS_COUNT may be a
# pattern: the lines of the log that match it are counted aloud.
progress()	# LABEL CMD...
{
	local label=$1 log rc=0 start=$SECONDS pid next=5 dt tty='' text count

	shift
	log=$(mktemp "${TMPDIR:-/tmp}/softdev-log.XXXXXX")
	[ -t 2 ] && [ -z "${CI-}" ] && tty=1
	set -m
	( set +m; trap - EXIT INT TERM HUP; "$@" ) >"$log" 2>&1 </dev/null &
	pid=$!
	set +m
	trap 'kill -- -'"$pid"' 2>/dev/null; exit 130' INT
	trap 'kill -- -'"$pid"' 2>/dev/null; exit 143' TERM HUP
	while kill -0 "$pid" 2>/dev/null; do
		sleep 0.2
		dt=$((SECONDS - start))
		[ "$dt" -ge "$next" ] || continue
		count=
		if [ -n "${PROGRESS_COUNT-}" ]; then
			count=", $(grep -cE -e "$PROGRESS_COUNT" "$log" || :) done"
		fi
		text="softdev: $label ... $dt s$count"
		if [ -n "$tty" ]; then
			printf '\r%s\033[K' "$text" >&2
			next=$((dt + 1))
		else
			printf '%s\n' "$text" >&2
			next=$((dt < 30 ? dt + 10 : dt + 30))
		fi
	done
	wait "$pid" || rc=$?
	trap 'exit 130' INT
	trap 'exit 143' TERM
	trap 'exit 129' HUP
	[ -z "$tty" ] || [ "$next" = 5 ] || printf '\r\033[K' >&2
	if [ "$rc" != 0 ]; then
		say "$label failed, its last words were:"
		tail -n "${PROGRESS_TAIL:-15}" "$log" | sed 's/^/    /' >&2
	fi
	# shellcheck disable=SC2034 # for the caller
	PROGRESS_OUT=$(tail -c 65536 "$log" | tr -d '\0')
	rm -f "$log"
	return "$rc"
}
