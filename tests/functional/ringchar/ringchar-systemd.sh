#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml* stock-*
# timeout: 120
#
# A ring under systemd's ListenSpecial=: a service is started when somebody has
# written, reads what there is, ends, and is started again by the next write.
. "${TESTS:?}/lib/tap.sh"

systemd=/lib/systemd/systemd
units=$T/units
[ -x $systemd ] || skip_all "no systemd here"

# A manager of our own. It wants to believe that it is not the only one.
start_manager()
{
	mountpoint -q /sys/fs/cgroup ||
		mount -t cgroup2 none /sys/fs/cgroup || return
	mkdir -p /run/systemd/system "$T/run"
	XDG_RUNTIME_DIR=$T/run SYSTEMD_UNIT_PATH=$units $systemd --user \
		--unit=ring.socket --log-target=console >"$T/log" 2>&1 </dev/null &
	manager=$!
}

# It holds what ListenSpecial= names.
listening()
{
	[ "$(find /proc/$manager/fd -lname /dev/ringchar0 2>/dev/null | wc -l)" = 1 ]
}

got()
{
	[ "$(cat "$T/got" 2>/dev/null)" = "$1" ]
}

mkdir "$units"
cat >"$units/ring.socket" <<-'END'
	[Unit]
	DefaultDependencies=no
	[Socket]
	ListenSpecial=/dev/ringchar0
	END
cat >"$units/ring.service" <<-END
	[Unit]
	DefaultDependencies=no
	[Service]
	StandardInput=socket
	StandardOutput=append:$T/got
	ExecStart=/usr/bin/head -n 1
	END

ok "ringchar loads" load ringchar size=64K
ok "systemd starts" start_manager
if wait_for 10 listening; then
	pass "it listens to the ring"
	for line in one two three; do
		ok "line $line is written" eval "echo $line >/dev/ringchar0"
		want+=${want+$'\n'}$line
		ok "a service has read it" wait_for 20 got "$want"
		ok "systemd still listens" wait_for 10 listening
	done
elif grep -q "below API VFS" "$T/log"; then
	# Versions from 256 on, for any device but rfkill.
	skip "ListenSpecial=" "this systemd takes no path below /dev (31294)"
else
	fail "it listens to the ring" "$(cat "$T/log")"
fi
kill -KILL "$manager"
wait "$manager" 2>/dev/null
ok "ringchar unloads" wait_for 10 unload ringchar
finish
