// SPDX-License-Identifier: GPL-2.0
/*
 * pseudo: sources and sinks of bytes, /dev/pseudo/{null,zero,full,random,
 * pattern}.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <softdev/compat.h>
#include <softdev/param.h>
#include <softdev/version.h>
#include "pseudo.h"

static const struct softdev_setting pseudo_seed_setting = {
	.name	= "seed",
	.kind	= SOFTDEV_UINT,
	.max	= U64_MAX,
};

static struct softdev_param pseudo_seed = { .setting = &pseudo_seed_setting };
SOFTDEV_PARAM(seed, &pseudo_seed);
MODULE_PARM_DESC(seed, "Seed of pattern's bytes, 0 to 2^64-1 (default 0)");

/**
 * struct pseudo_dev - one of /dev/pseudo/
 * @name: below /dev/pseudo/ and /sys/class/pseudo/
 * @fops: what it does
 * @groups: its attributes in sysfs
 * @cdev: its minor, NULL while there is none
 */
struct pseudo_dev {
	const char *name;
	const struct file_operations *fops;
	const struct attribute_group **groups;
	struct cdev *cdev;
};

static struct pseudo_dev pseudo_devs[PSEUDO_NODES] = {
	[PSEUDO_NULL] = { "null", &pseudo_null_fops, pseudo_groups },
	[PSEUDO_ZERO] = { "zero", &pseudo_zero_fops, pseudo_groups },
	[PSEUDO_FULL] = { "full", &pseudo_full_fops, pseudo_groups },
	[PSEUDO_RANDOM] = { "random", &pseudo_random_fops, pseudo_groups },
	[PSEUDO_PATTERN] = { "pattern", &pseudo_pattern_fops,
			     pseudo_pattern_groups },
};

static dev_t pseudo_devt;
static struct class *pseudo_class;

static char *pseudo_devnode(softdev_devnode_device *dev, umode_t *mode)
{
	if (mode)
		*mode = 0666;
	return kasprintf(GFP_KERNEL, "pseudo/%s", dev_name(dev));
}

static void pseudo_del(struct pseudo_dev *pd)
{
	if (!pd->cdev)
		return;
	device_destroy(pseudo_class, pd->cdev->dev);
	cdev_del(pd->cdev);
	pd->cdev = NULL;
}

static int pseudo_add(enum pseudo_id id)
{
	struct pseudo_dev *pd = &pseudo_devs[id];
	dev_t devt = pseudo_devt + id;
	struct cdev *cdev = cdev_alloc();
	struct device *dev;
	int err;

	if (!cdev)
		return -ENOMEM;
	cdev->owner = THIS_MODULE;
	cdev->ops = pd->fops;
	err = cdev_add(cdev, devt, 1);
	if (err) {
		kobject_put(&cdev->kobj);
		return err;
	}
	dev = device_create_with_groups(pseudo_class, NULL, devt,
					&pseudo_nodes[id], pd->groups, "%s",
					pd->name);
	if (IS_ERR(dev)) {
		cdev_del(cdev);
		return PTR_ERR(dev);
	}
	pd->cdev = cdev;
	return 0;
}

static void pseudo_del_all(void)
{
	int i;

	for (i = PSEUDO_NODES - 1; i >= 0; i--)
		pseudo_del(&pseudo_devs[i]);
}

static int __init pseudo_add_all(void)
{
	int i, err;

	for (i = 0; i < PSEUDO_NODES; i++) {
		err = pseudo_add(i);
		if (err) {
			pseudo_del_all();
			return err;
		}
	}
	return 0;
}

static int __init pseudo_make_class(void)
{
	struct class *class = softdev_class_create("pseudo");

	if (IS_ERR(class))
		return PTR_ERR(class);
	class->devnode = pseudo_devnode;
	pseudo_class = class;
	return 0;
}

static int __init pseudo_init(void)
{
	int err;

	err = softdev_params_check(&pseudo_seed, 1);
	if (err)
		return err;
	atomic64_set(&pseudo_pattern_seed, pseudo_seed.value);
	err = pseudo_mmap_init();
	if (err)
		return err;
	err = pseudo_nodes_init();
	if (err)
		return err;
	err = alloc_chrdev_region(&pseudo_devt, 0, PSEUDO_NODES, "pseudo");
	if (err)
		goto free;
	err = pseudo_make_class();
	if (err)
		goto unregister;
	err = pseudo_add_all();
	if (err)
		goto destroy;
	pseudo_random_init();
	pr_info("/dev/pseudo/{null,zero,full,random,pattern} are there\n");
	return 0;

destroy:
	class_destroy(pseudo_class);
unregister:
	unregister_chrdev_region(pseudo_devt, PSEUDO_NODES);
free:
	pseudo_nodes_exit();
	return err;
}

static void __exit pseudo_exit(void)
{
	pseudo_del_all();
	pseudo_random_exit();
	class_destroy(pseudo_class);
	unregister_chrdev_region(pseudo_devt, PSEUDO_NODES);
	pseudo_nodes_exit();
}

module_init(pseudo_init);
module_exit(pseudo_exit);

MODULE_DESCRIPTION("Sources and sinks: null, zero, full, random, pattern");
MODULE_LICENSE("GPL");
MODULE_AUTHOR("The softdev authors");
MODULE_VERSION(SOFTDEV_VERSION);
