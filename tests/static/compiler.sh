#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A build of everything with all that kbuild's W=1 turns on, and with sparse.
. tests/lib/static.sh

log=$(mktemp)
trap 'rm -f "$log"' EXIT

# Complaints about the kernel's own headers are not ours to mend.
complaints()
{
	grep -E '(warning|error|note):|WARNING: modpost' "$log" |
		grep -vE '^(/[^:]*/(linux-[^/]*_|linux-headers|include/(linux|asm|net)))' |
		grep -vE '^\./|^include/' || :
}

build()	# VARIANT ARGUMENTS...
{
	local v=$1

	shift
	FRESH=1 BUILD_LOG=$log scripts/build-modules -v "$v" uml "$@" \
		2>"$log.err" >/dev/null || cat "$log.err"
	complaints
	rm -f "$log.err"
}

silent "W=1 builds without a warning" build w1 W=1
silent "sparse finds nothing" build sparse C=2 "CF=-D__CHECK_ENDIAN__"
finish
