// SPDX-License-Identifier: GPL-2.0
/*
 * ramblk: a disk in RAM whose plug can be pulled.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bio.h>
#include <linux/module.h>
#include <softdev/version.h>
#include "ramblk.h"

/*
 * Nobody allocates from it. It shares the slab cache from which the block layer
 * takes the bios that it splits for a disk. Where all disks are ours, in a guest
 * for instance, the last power off would destroy that cache: three grace periods,
 * more than half of the time that a power off takes.
 */
static struct bio_set ramblk_bios;

static int __init ramblk_init(void)
{
	unsigned int devices;
	int err;

	err = ramblk_caches_init();
	if (err)
		return err;
	err = bioset_init(&ramblk_bios, 1, 0, 0);
	if (err)
		goto out_caches;
	ramblk_wq = alloc_workqueue("ramblk", WQ_MEM_RECLAIM | WQ_UNBOUND, 0);
	if (!ramblk_wq) {
		err = -ENOMEM;
		goto out_bios;
	}
	err = ramblk_config_init();
	if (err)
		goto out_wq;
	devices = ramblk_config_devices();
	pr_info("%u disk%s\n", devices, devices == 1 ? "" : "s");
	return 0;

out_wq:
	destroy_workqueue(ramblk_wq);
out_bios:
	bioset_exit(&ramblk_bios);
out_caches:
	ramblk_caches_destroy();
	return err;
}
module_init(ramblk_init);

static void __exit ramblk_exit(void)
{
	ramblk_config_exit();
	destroy_workqueue(ramblk_wq);
	bioset_exit(&ramblk_bios);
	ramblk_caches_destroy();
}
module_exit(ramblk_exit);

MODULE_LICENSE("GPL");
MODULE_AUTHOR("The softdev authors");
MODULE_VERSION(SOFTDEV_VERSION);
MODULE_DESCRIPTION("Disk in RAM with a write cache, power cuts, snapshots and faults");
