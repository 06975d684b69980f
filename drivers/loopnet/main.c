// SPDX-License-Identifier: GPL-2.0
/*
 * loopnet: network interface whose TX comes back as RX.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <net/rtnetlink.h>
#include <softdev/version.h>
#include "loopnet.h"
#include "parent.h"

static int __init loopnet_make_one(void)
{
	unsigned int max = loopnet_queues_max();
	struct net_device *dev;
	int err;

	dev = alloc_netdev_mqs(sizeof(struct loopnet), "loopnet%d",
			       NET_NAME_ENUM, loopnet_setup, max, max);
	if (!dev)
		return -ENOMEM;
	dev->rtnl_link_ops = &loopnet_link_ops;

	rtnl_lock();
	err = loopnet_register(dev, loopnet_param(LOOPNET_SET_MODE),
			       loopnet_param(LOOPNET_SET_QUEUES));
	/* If it was registered for a while, unlocking frees it, too: say so. */
	if (err)
		free_netdev(dev);
	rtnl_unlock();
	return err;
}

static int __init loopnet_init(void)
{
	unsigned int i;
	int err;

	err = loopnet_config_init();
	if (err)
		return err;

	loopnet_steer_setup();
	err = loopnet_parent_add();
	if (err) {
		pr_err("cannot make the parent of interfaces: %d\n", err);
		return err;
	}
	err = register_netdevice_notifier(&loopnet_notifier);
	if (err) {
		pr_err("cannot watch interfaces: %d\n", err);
		goto err_parent;
	}
	err = rtnl_link_register(&loopnet_link_ops);
	if (err) {
		pr_err("cannot register with rtnetlink: %d\n", err);
		goto err_notifier;
	}
	for (i = 0; i < loopnet_param(LOOPNET_SET_DEVICES); i++) {
		err = loopnet_make_one();
		if (err)
			goto err_unregister;
		cond_resched();
	}

	pr_info("%u interface(s), mode %s, %u queue(s)\n", i,
		loopnet_modes[loopnet_param(LOOPNET_SET_MODE)],
		loopnet_param(LOOPNET_SET_QUEUES));
	return 0;

err_unregister:
	pr_err("cannot make interface %u: %d\n", i, err);
	rtnl_link_unregister(&loopnet_link_ops);
err_notifier:
	unregister_netdevice_notifier(&loopnet_notifier);
err_parent:
	loopnet_parent_del();
	return err;
}

static void __exit loopnet_exit(void)
{
	rtnl_link_unregister(&loopnet_link_ops);
	unregister_netdevice_notifier(&loopnet_notifier);
	loopnet_parent_del();
}

module_init(loopnet_init);
module_exit(loopnet_exit);
MODULE_LICENSE("GPL");
MODULE_AUTHOR("The softdev authors");
MODULE_VERSION(SOFTDEV_VERSION);
MODULE_DESCRIPTION("Network interface whose TX comes back as RX");
MODULE_ALIAS_RTNL_LINK("loopnet");
