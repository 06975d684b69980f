#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: stock-*
#
# loopnet: what a program may ask about a packet. Such calls are found by the
# kernel's BTF, which our own kernels are built without.
. "${TESTS:?}/lib/tap.sh"
. "$TESTS/lib/checks.sh"

[ -r /sys/kernel/btf/vmlinux ] || skip_all "this kernel has no BTF"
grep -q ' bpf_xdp_metadata_rx_vlan_tag$' /proc/kallsyms ||
	skip_all "this kernel's programs cannot ask (6.8)"

ok "loads" load loopnet queues=1
checks "$TESTS/functional/loopnet/loopnet-metadata.py" loopnet0
ok "unloads" unload loopnet
dmesg_clean
finish
