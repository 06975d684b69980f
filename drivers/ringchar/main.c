// SPDX-License-Identifier: GPL-2.0
/*
 * ringchar: a character device over a ring buffer.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/init.h>
#include <linux/module.h>

#include <softdev/compat.h>
#include <softdev/version.h>

#include "ringchar.h"

static const struct softdev_setting ringchar_devices_setting = {
	.name	= "devices",
	.kind	= SOFTDEV_UINT,
	.max	= 256,
	.def	= 1,
};

static const struct softdev_setting ringchar_max_size_setting = {
	.name	= "max_size",
	.kind	= SOFTDEV_SIZE,
	.min	= RING_SIZE_MIN,
	.max	= RING_SIZE_MAX,
	.def	= 1 << 20,
};

enum { PARAM_DEVICES, PARAM_SIZE, PARAM_MAX_SIZE };

static struct softdev_param ringchar_params[] = {
	[PARAM_DEVICES]	 = { .setting = &ringchar_devices_setting },
	[PARAM_SIZE]	 = { .setting = &ringchar_settings[RINGCHAR_SIZE] },
	[PARAM_MAX_SIZE] = { .setting = &ringchar_max_size_setting },
};

SOFTDEV_PARAM(devices, &ringchar_params[PARAM_DEVICES]);
MODULE_PARM_DESC(devices, "devices made at load, 0 to 256 (1)");
SOFTDEV_PARAM(size, &ringchar_params[PARAM_SIZE]);
MODULE_PARM_DESC(size, "bytes that a ring holds, a power of two, 4K to 1G (1M)");
SOFTDEV_PARAM(max_size, &ringchar_params[PARAM_MAX_SIZE]);
MODULE_PARM_DESC(max_size, "size to which the resize ioctl goes without CAP_SYS_RESOURCE (1M)");

static int __init ringchar_add_devices(unsigned int n)
{
	char name[SOFTDEV_NAME_MAX + 1];
	unsigned int i;

	for (i = 0; i < n; i++) {
		struct softdev_item *item;

		snprintf(name, sizeof(name), "ringchar%u", i);
		item = softdev_tree_add(&ringchar_tree, name);
		if (IS_ERR(item))
			return PTR_ERR(item);
	}
	return 0;
}

static int __init ringchar_init(void)
{
	unsigned int n;
	int err;

	err = softdev_params_check(ringchar_params,
				   ARRAY_SIZE(ringchar_params));
	if (err)
		return err;
	n = ringchar_params[PARAM_DEVICES].value;
	ringchar_defaults.size = ringchar_params[PARAM_SIZE].value;
	ringchar_defaults.max_size = ringchar_params[PARAM_MAX_SIZE].value;
	err = ringchar_chrdev_init();
	if (err)
		return err;
	ringchar_tree_setup();
	err = ringchar_add_devices(n);
	if (!err)
		err = configfs_register_subsystem(&ringchar_tree.subsys);
	if (err)
		goto err_tree;
	/*
	 * From here on users hold what is theirs, and keep no module that
	 * fails: a device that is missing can be powered later.
	 */
	err = softdev_tree_power(&ringchar_tree, 1);
	if (err)
		pr_warn("a device could not be made: error %d\n", err);
	pr_info("%u device%s of %llu bytes\n", n, n == 1 ? "" : "s",
		ringchar_defaults.size);
	return 0;

err_tree:
	softdev_tree_destroy(&ringchar_tree);
	ringchar_chrdev_exit();
	return err;
}
module_init(ringchar_init);

static void __exit ringchar_exit(void)
{
	configfs_unregister_subsystem(&ringchar_tree.subsys);
	softdev_tree_power(&ringchar_tree, 0);
	softdev_tree_destroy(&ringchar_tree);
	ringchar_chrdev_exit();
}
module_exit(ringchar_exit);

MODULE_DESCRIPTION("Character device over a ring buffer");
MODULE_LICENSE("GPL");
MODULE_AUTHOR("The softdev authors");
MODULE_VERSION(SOFTDEV_VERSION);
