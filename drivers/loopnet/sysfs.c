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
	if (mode == ln->mode)
		return count;
	if (mode == LOOPNET_MODE_PEER || ln->mode == LOOPNET_MODE_PEER)
		return -EOPNOTSUPP;
	WRITE_ONCE(ln->mode, mode);
	return count;
}
static DEVICE_ATTR_RW(mode);

/* A number that the wire is made of. */
struct loopnet_wire_attr {
	struct device_attribute attr;
	enum loopnet_setting setting;
	size_t offset;
};

static u64 *loopnet_wire_value(struct device *dev,
			       const struct loopnet_wire_attr *a)
{
	return (void *)loopnet_of(dev) + a->offset;
}

static ssize_t loopnet_wire_show(struct device *dev,
				 struct device_attribute *attr, char *buf)
{
	struct loopnet_wire_attr *a = container_of(attr,
						   struct loopnet_wire_attr,
						   attr);

	return sysfs_emit(buf, "%llu\n", READ_ONCE(*loopnet_wire_value(dev, a)));
}

static ssize_t loopnet_wire_store(struct device *dev,
				  struct device_attribute *attr,
				  const char *buf, size_t count)
{
	struct loopnet_wire_attr *a = container_of(attr,
						   struct loopnet_wire_attr,
						   attr);
	u64 value;
	int err;

	err = softdev_parse(&loopnet_settings[a->setting], buf, &value);
	if (err)
		return err;
	/* Slower than this, and the wire is as good as cut. */
	if (a->setting == LOOPNET_SET_RATE && value && value < LOOPNET_RATE_MIN)
		return -ERANGE;
	WRITE_ONCE(*loopnet_wire_value(dev, a), value);
	loopnet_rewire(loopnet_of(dev));
	return count;
}

#define LOOPNET_WIRE(_name, _setting, _member) {			\
	.attr	 = __ATTR(_name, 0644, loopnet_wire_show,		\
			  loopnet_wire_store),				\
	.setting = _setting,						\
	.offset	 = offsetof(struct loopnet, _member),			\
}

static struct loopnet_wire_attr loopnet_wire[] = {
	LOOPNET_WIRE(delay_ns, LOOPNET_SET_DELAY, delay_ns),
	LOOPNET_WIRE(jitter_ns, LOOPNET_SET_JITTER, jitter_ns),
	LOOPNET_WIRE(rate_bps, LOOPNET_SET_RATE, rate_bps),
};

static struct attribute *loopnet_attrs[] = {
	&dev_attr_mode.attr,
	&loopnet_wire[0].attr.attr,
	&loopnet_wire[1].attr.attr,
	&loopnet_wire[2].attr.attr,
	NULL,
};

static const struct attribute_group loopnet_group = {
	.attrs = loopnet_attrs,
};

static struct softdev_faults *loopnet_dice(struct device *dev)
{
	return &loopnet_of(dev)->faults;
}

static struct softdev_fault_attr loopnet_faults[] = {
	SOFTDEV_FAULT_RATE(loss, LOOPNET_FAULT_LOSS, loopnet_dice),
	SOFTDEV_FAULT_HITS(loss, LOOPNET_FAULT_LOSS, loopnet_dice),
	SOFTDEV_FAULT_RATE(duplicate, LOOPNET_FAULT_DUPLICATE, loopnet_dice),
	SOFTDEV_FAULT_HITS(duplicate, LOOPNET_FAULT_DUPLICATE, loopnet_dice),
	SOFTDEV_FAULT_RATE(corrupt, LOOPNET_FAULT_CORRUPT, loopnet_dice),
	SOFTDEV_FAULT_HITS(corrupt, LOOPNET_FAULT_CORRUPT, loopnet_dice),
	SOFTDEV_FAULT_RATE(reorder, LOOPNET_FAULT_REORDER, loopnet_dice),
	SOFTDEV_FAULT_HITS(reorder, LOOPNET_FAULT_REORDER, loopnet_dice),
	SOFTDEV_FAULT_SEED(loopnet_dice),
};

static struct attribute *loopnet_fault_attrs[] = {
	&loopnet_faults[0].attr.attr,
	&loopnet_faults[1].attr.attr,
	&loopnet_faults[2].attr.attr,
	&loopnet_faults[3].attr.attr,
	&loopnet_faults[4].attr.attr,
	&loopnet_faults[5].attr.attr,
	&loopnet_faults[6].attr.attr,
	&loopnet_faults[7].attr.attr,
	&loopnet_faults[8].attr.attr,
	NULL,
};

static const struct attribute_group loopnet_fault_group = {
	.name	= "faults",
	.attrs	= loopnet_fault_attrs,
};

static const struct attribute_group *loopnet_groups[] = {
	&loopnet_group,
	&loopnet_fault_group,
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

	struct device *dev = kobj_to_dev(kobj->parent);
	struct loopnet *ln = loopnet_of(dev);
	ssize_t ret = -EPERM;

	if (!a->store)
		return -EIO;
	if (!rtnl_trylock())
		return restart_syscall();
	/*
	 * The file's mode tells who may open it; this tells who may write:
	 * whoever may configure the interface by any other way.
	 */
	if (ns_capable(dev_net(ln->dev)->user_ns, CAP_NET_ADMIN)) {
		ret = a->store(dev, a, buf, count);
		loopnet_impair_update(ln);
	}
	rtnl_unlock();
	return ret;
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
