#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# udev's own check of our rules, which it has since systemd 254: the host's, or
# that of a root of trixie where there is one.
. tests/lib/static.sh

name="udevadm has nothing to say about our rules"

# It prints a summary whatever it finds.
verify()	# COMMAND...
{
	local out rc=0

	out=$("$@" 2>&1) || rc=$?
	[ "$rc" = 0 ] && ! grep -qE '\.rules:[0-9]+' <<<"$out" || {
		printf '%s\n' "status $rc" "$out"
		return 1
	}
}

in_root()	# ROOT
{
	mkdir -p "$1/run/softdev-rules" &&
		cp packaging/udev/*.rules "$1/run/softdev-rules/" &&
		verify scripts/in-root "$1" env SYSTEMD_LOG_TARGET=console \
			udevadm verify /run/softdev-rules
}

roots=$(. scripts/lib/common.sh && echo "$CACHE/roots")
root=$(find "$roots" -maxdepth 1 -name 'trixie-*' 2>/dev/null | sort | tail -n 1)
if udevadm verify --help >/dev/null 2>&1; then
	silent "$name" verify env SYSTEMD_LOG_TARGET=console \
		udevadm verify packaging/udev
elif [ -n "$root" ]; then
	silent "$name" in_root "$root"
else
	skipped "$name" "systemd is older than 254, and there is no root of trixie"
fi
finish
