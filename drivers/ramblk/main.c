// SPDX-License-Identifier: GPL-2.0
/*
 * ramblk: a disk in RAM whose plug can be pulled.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include "ramblk.h"

static int __init ramblk_init(void)
{
	int err;

	err = ramblk_caches_init();
	if (err)
		return err;
	ramblk_wq = alloc_workqueue("ramblk", WQ_MEM_RECLAIM | WQ_UNBOUND, 0);
	if (!ramblk_wq) {
		err = -ENOMEM;
		goto out_caches;
	}
	err = ramblk_config_init();
	if (err)
		goto out_wq;
	pr_info("%u disks\n", ramblk_config_devices());
	return 0;

out_wq:
	destroy_workqueue(ramblk_wq);
out_caches:
	ramblk_caches_destroy();
	return err;
}
module_init(ramblk_init);

static void __exit ramblk_exit(void)
{
	ramblk_config_exit();
	destroy_workqueue(ramblk_wq);
	ramblk_caches_destroy();
}
module_exit(ramblk_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Disk in RAM with a write cache, power cuts, snapshots and faults");
