#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# LVM on two ramblk disks: a volume over both, a snapshot, a power cut, a disk
# that grows, one that is moved off.
# targets: uml stock-*
# timeout: 120
# shellcheck disable=SC2317,SC2016 # "ok" calls these functions and words
. "${TESTS:?}/lib/tap.sh"
# shellcheck source=tests/stack/disks.bash
. "$TESTS/stack/disks.bash"

lv=/dev/softdev-vg/data

# A configuration of its own: nothing of the machine's is looked at or written.
export LVM_SYSTEM_DIR=$T/lvm LVM_SUPPRESS_FD_WARNINGS=1
mkdir -p "$LVM_SYSTEM_DIR"
cat >"$LVM_SYSTEM_DIR/lvm.conf" <<-END
	devices {
		filter = [ "a|^/dev/ramblk-|", "r|.*|" ]
		use_devicesfile = 0
	}
	activation {
		udev_sync = 0
		udev_rules = 0
		monitoring = 0
	}
	global {
		use_lvmpolld = 0
		event_activation = 0
		locking_dir = "$T/lock"
	}
	backup {
		backup = 0
		archive = 0
	}
	END

# Without its disks LVM knows no group; the mappings are still there.
mappings_gone()
{
	local m

	for m in $(dmsetup ls | sed -n 's/^\(softdev--vg[^\t ]*\).*/\1/p'); do
		dmsetup remove "$m" 2>/dev/null
	done
	! dmsetup ls | grep softdev--vg
}

segments()
{
	lvs --noheadings -o devices softdev-vg | tr -d ' \n'
}

tools vgcreate=lvm2
need dm-mod dm-snapshot
ok "module loads" load ramblk devices=0
ok "a disk" disk a size=64M write_cache=1 lose=random
ok "and another" disk b size=64M write_cache=1 lose=random
ok "both are physical volumes" pvcreate -q /dev/ramblk-a /dev/ramblk-b
ok "of a group" vgcreate -q softdev-vg /dev/ramblk-a /dev/ramblk-b
ok "a volume over both" lvcreate -q -y -W n -i 2 -I 64k -L 48M -n data softdev-vg
like "it is striped" "$(segments)" "*ramblk-a*ramblk-b*"
ok "mkfs" make_fs ext4 $lv
ok "mount" mount $lv "$M"
ok "files" fill "$M"
ok "a snapshot" lvcreate -q -y -s -L 24M -n before softdev-vg/data
rm -rf "$M/noise" "$M/tree"
echo later >"$M/later"
sync -f "$M"
ok "power cut of both" eval 'attr a power cut; attr b power cut'
not_ok "nothing can be written" eval 'echo x >"$M/new" && sync "$M/new"'
ok "umount" wait_for 5 umount "$M"
ok "the mappings are put away" wait_for 5 mappings_gone
ok "power on" eval 'attr a power 1; attr b power 1'
ok "the group comes back" vgchange -q -ay softdev-vg
ok "mount" mount $lv "$M"
is "with what was flushed" "$(cat "$M/later")" later
ok "umount" umount "$M"
ok "fsck" check_fs ext4 $lv
ok "the snapshot mounts" mount /dev/softdev-vg/before "$M"
ok "its files are the same" same "$M"
ok "umount" umount "$M"
ok "the volume goes back to it" lvconvert -q -y --merge softdev-vg/before
ok "and is mounted" eval 'vgchange -q -an softdev-vg && vgchange -q -ay softdev-vg &&
	mount $lv "$M"'
ok "with its files" same "$M"
not_ok "not with what came later" test -e "$M/later"
ok "umount" umount "$M"
ok "the volume goes away" wait_for 20 lvremove -q -y softdev-vg/data
ok "one on the first disk" lvcreate -q -y -W n -L 32M -n data softdev-vg /dev/ramblk-a
ok "mkfs" make_fs ext4 $lv
ok "mount" mount $lv "$M"
ok "files" eval 'head -c 9000001 /dev/urandom >"$M/f"'
sum=$(sha256sum <"$M/f")
ok "the other disk grows" attr b size 96M
ok "and its physical volume" pvresize -q /dev/ramblk-b
num "which has the room" "$(pvs --noheadings --nosuffix --units m -o pv_size \
	/dev/ramblk-b | cut -d. -f1)" -ge 90
if modprobe -q dm-mirror; then
	ok "what is on the first is moved off while mounted" \
		pvmove -q -i 1 /dev/ramblk-a /dev/ramblk-b
	is "nothing of it is left there" "$(segments | grep -c ramblk-a)" 0
else
	skip "pvmove" "no dm-mirror in this kernel"
fi
ok "the volume grows, and its file system" lvextend -q -r -L 64M softdev-vg/data
is "its file is the same" "$(sha256sum <"$M/f")" "$sum"
ok "umount" umount "$M"
ok "fsck" check_fs ext4 $lv
ok "the group goes away" eval 'vgchange -q -an softdev-vg && vgremove -q -ff -y softdev-vg'
settle
ok "the disks go away" eval 'gone a && gone b'
ok "module unloads" unload ramblk
finish
