#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A build of everything with all that kbuild's W=1 turns on, and with sparse.
. tests/lib/static.sh

# The same sources and the same kernel have the same faults: the log of a
# build is kept, and so is what it was a build of.
dir=$(. scripts/lib/common.sh && cache_dir && echo "$TREE_CACHE")
log=$dir/check.log

state()
{
	scripts/target uml &&
		files drivers include tests/kunit Kbuild tests/static |
		xargs sha256sum
}

# Complaints about the kernel's own headers are not ours to mend.
complaints()
{
	grep -E '(warning|error|note):|WARNING: modpost' "$log" |
		grep -vE '^/[^:]*/(linux-[^/]*_|linux-headers|include/(linux|asm|net))' |
		grep -vE '^(\./)?include/(linux|net|asm|uapi/linux)' || :
}

build()
{
	local now

	now=$(state) || return
	if [ "$now" != "$(cat "$dir/check.state" 2>/dev/null)" ]; then
		rm -f "$dir/check.state"
		if ! FRESH=1 BUILD_LOG=$log scripts/build-modules -v check uml \
			W=1 C=2 CF=-D__CHECK_ENDIAN__ 2>"$log.err" >/dev/null; then
			cat "$log.err"
			return 1
		fi
		printf '%s\n' "$now" >"$dir/check.state"
	fi
	complaints
}

# If the kernel has to be built first its progress is to be seen.
scripts/target uml >/dev/null
silent "kbuild's W=1 and sparse with endian checks find nothing" build
finish
