#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml*
# timeout: 240
#
# The programs of examples/ do what they say.
. "${TESTS:?}/lib/tap.sh"

top=$TESTS/..
R=/sys/kernel/config/ringchar/ringchar0

# hello, whose text Documentation/learn.rst explains.
ok "hello loads" load hello
wait_for 5 test -c /dev/hello
is "it greets the world" "$(cat /dev/hello)" "Hello, world"
ok "it is told a name" bash -c 'echo softdev >/dev/hello'
is "it greets by name" "$(cat /dev/hello)" "Hello, softdev"
fails "a name that is too long is refused" "Message too long" \
	bash -c 'printf %33s x >/dev/hello'
is "and changes nothing" "$(cat /dev/hello)" "Hello, softdev"
exec 5</dev/hello
fails "it does not unload while it is open" "in use" unload hello
exec 5<&-
ok "it unloads" unload hello
not_ok "and its node has gone" test -e /dev/hello

# Both ends of a mapped ring.
ok "ringchar loads" load ringchar size=64K
wait_for 5 test -c /dev/ringchar0
head -c 3M /dev/urandom >"$T/in"
consume /dev/ringchar0 $((3 << 20)) >"$T/out" 2>"$T/err" &
ok "produce puts 3M into the ring" bash -c \
	"timeout $(slow 30) produce /dev/ringchar0 <'$T/in'"
ok "consume ends" wait $!
diag "$(cat "$T/err")"
ok "consume got what produce put" cmp "$T/in" "$T/out"
fails "produce says what is wrong with its ring" "No such file" \
	produce /dev/nothing

# Poll and ioctls.
fails "watch tells when nothing came" "nothing came" watch /dev/ringchar0 0
watch /dev/ringchar0 "$(slow 20)" >"$T/said" 2>&1 &
echo "good morning, ring" >/dev/ringchar0
# The ring keeps it, should watch not have begun to look.
ok "watch ends when something came" wait $!
is "it says how much, and what" "$(cat "$T/said")" \
	"stream mode, 19 of 65536 bytes
first 16: good morning, ri"
is "it took nothing away" "$(cat $R/stats/stored)" 19
ok "ringchar unloads" unload ringchar

# Power cuts in CI, and a save() that forgets to flush: lose=random keeps a
# part, so that ten rounds lose something.
ok "ramblk loads" load ramblk devices=0
is "nothing is lost that was saved" \
	"$(timeout "$(slow 60)" "$top/examples/power-cut/check.sh" 2>&1)" \
	"5 power cuts, nothing lost"
sed '/^save()/,/^}/s/^\tsync.*//' "$top/examples/power-cut/check.sh" >"$T/careless"
timeout "$(slow 60)" sh "$T/careless" 10 >"$T/said" 2>&1
isnt "and what was not saved is lost" "$?" 0
diag "$(cat "$T/said")"
ok "ramblk unloads" unload ramblk

# An XDP program.
if grep -qs '^CONFIG_BPF_SYSCALL=y' <(zcat /proc/config.gz 2>/dev/null \
	|| cat "/boot/config-$(uname -r)" 2>/dev/null); then
	ok "loopnet loads" load loopnet
	ip addr add 192.0.2.1/24 dev loopnet0
	ip link set loopnet0 up
	ok "the XDP program is attached" ip link set dev loopnet0 \
		xdp object "$PROGS/drop.bpf.o" section xdp
	before=$(ethtool -S loopnet0 | awk '/xdp_drop/ { n += $2 } END { print n + 0 }')
	bash -c 'for i in 1 2 3; do echo x >/dev/udp/192.0.2.7/9; done' 2>/dev/null
	ok "ping passes it" ping -qc 2 -W "$(slow 2)" 192.0.2.7
	after=$(ethtool -S loopnet0 | awk '/xdp_drop/ { n += $2 } END { print n + 0 }')
	is "what went to port 9 was dropped" $((after - before)) 3
	ok "and detached" ip link set dev loopnet0 xdp off
	ok "loopnet unloads" unload loopnet
else
	skip "the XDP program" "this kernel has no BPF"
fi
finish
