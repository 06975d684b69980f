// SPDX-License-Identifier: GPL-2.0
/*
 * loopnet: /sys/class/net/DEV/loopnet/
 *
 * A kobject of our own below the interface's, because a group of attributes
 * cannot hold another (faults/). Its attributes are those of a device all the
 * same: the interface's.
 */
#include <linux/kobject.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <net/net_namespace.h>
#include <softdev/sysfs.h>
#include "loopnet.h"

static struct loopnet *loopnet_of(struct device *dev)
{
	return netdev_priv(to_net_dev(dev));
}

/*
 * A file tells who may open it; this tells who may write: whoever may configure
 * the interface by any other way.
 */
static int loopnet_sysfs_lock(struct loopnet *ln)
{
	if (!rtnl_trylock())
		return restart_syscall();
	if (!ns_capable(dev_net(ln->dev)->user_ns, CAP_NET_ADMIN)) {
		rtnl_unlock();
		return -EPERM;
	}
	return 0;
}

static ssize_t mode_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	return sysfs_emit(buf, "%s\n",
			  loopnet_modes[READ_ONCE(loopnet_of(dev)->mode)]);
}

static ssize_t mode_store(struct device *dev, struct device_attribute *attr,
			  const char *buf, size_t count)
{
	static const struct softdev_setting any = {
		.kind = SOFTDEV_CHOICE, .choices = loopnet_modes,
	};
	struct loopnet *ln = loopnet_of(dev);
	u64 mode;
	int err;

	err = softdev_parse(&any, buf, &mode);
	if (err)
		return err;
	err = loopnet_sysfs_lock(ln);
	if (err)
		return err;
	if (mode == ln->mode)
		err = 0;
	else if (mode == LOOPNET_MODE_PEER || ln->mode == LOOPNET_MODE_PEER)
		err = -EOPNOTSUPP;
	else
		WRITE_ONCE(ln->mode, mode);
	rtnl_unlock();
	return err ? err : count;
}
static DEVICE_ATTR_RW(mode);

static struct attribute *loopnet_attrs[] = {
	&dev_attr_mode.attr,
	NULL,
};

static const struct attribute_group loopnet_group = {
	.attrs = loopnet_attrs,
};

static const struct attribute_group *loopnet_groups[] = {
	&loopnet_group,
	NULL,
};

static ssize_t loopnet_attr_show(struct kobject *kobj, struct attribute *attr,
				 char *buf)
{
	struct device_attribute *a = container_of(attr, struct device_attribute,
						  attr);

	return a->show ? a->show(kobj_to_dev(kobj->parent), a, buf) : -EIO;
}

static ssize_t loopnet_attr_store(struct kobject *kobj, struct attribute *attr,
				  const char *buf, size_t count)
{
	struct device_attribute *a = container_of(attr, struct device_attribute,
						  attr);

	return a->store ? a->store(kobj_to_dev(kobj->parent), a, buf, count) :
			  -EIO;
}

static const struct sysfs_ops loopnet_sysfs_ops = {
	.show	= loopnet_attr_show,
	.store	= loopnet_attr_store,
};

static void loopnet_kobj_release(struct kobject *kobj)
{
	kfree(kobj);
}

static void loopnet_kobj_ownership(softdev_const_kobject *kobj, kuid_t *uid,
				   kgid_t *gid)
{
	struct net_device *dev = to_net_dev(kobj_to_dev(kobj->parent));

	net_ns_get_ownership(dev_net(dev), uid, gid);
}

static const struct kobj_type loopnet_ktype = {
	.release	= loopnet_kobj_release,
	.sysfs_ops	= &loopnet_sysfs_ops,
	.default_groups	= loopnet_groups,
	.get_ownership	= loopnet_kobj_ownership,
};

/* Context: process, RTNL held; the interface is registered. */
int loopnet_sysfs_add(struct loopnet *ln)
{
	struct kobject *kobj = kzalloc(sizeof(*kobj), GFP_KERNEL);
	int err;

	if (!kobj)
		return -ENOMEM;
	err = kobject_init_and_add(kobj, &loopnet_ktype, &ln->dev->dev.kobj,
				   "loopnet");
	if (err) {
		kobject_put(kobj);
		return err;
	}
	ln->kobj = kobj;
	return 0;
}

/* Context: process, RTNL held. Waits for shows and stores under way. */
void loopnet_sysfs_del(struct loopnet *ln)
{
	if (!ln->kobj)
		return;
	kobject_del(ln->kobj);
	kobject_put(ln->kobj);
	ln->kobj = NULL;
}
