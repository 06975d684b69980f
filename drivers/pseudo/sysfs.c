// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/class/pseudo/NODE/{faults,stats}/, and pattern's seed.
 */
#include <linux/device.h>
#include <linux/sysfs.h>
#include <softdev/param.h>
#include <softdev/sysfs.h>
#include "pseudo.h"

static struct pseudo_node *dev_node(struct device *dev)
{
	return dev_get_drvdata(dev);
}

static struct softdev_faults *dev_faults(struct device *dev)
{
	return &dev_node(dev)->faults;
}

static struct softdev_fault_attr fault_rows[] = {
	SOFTDEV_FAULT_RATE(short, PSEUDO_SHORT, dev_faults),
	SOFTDEV_FAULT_HITS(short, PSEUDO_SHORT, dev_faults),
	SOFTDEV_FAULT_RATE(error, PSEUDO_ERROR, dev_faults),
	SOFTDEV_FAULT_HITS(error, PSEUDO_ERROR, dev_faults),
	SOFTDEV_FAULT_RATE(corrupt, PSEUDO_CORRUPT, dev_faults),
	SOFTDEV_FAULT_HITS(corrupt, PSEUDO_CORRUPT, dev_faults),
	SOFTDEV_FAULT_SEED(dev_faults),
};

static struct attribute *fault_attrs[] = {
	&fault_rows[0].attr.attr,
	&fault_rows[1].attr.attr,
	&fault_rows[2].attr.attr,
	&fault_rows[3].attr.attr,
	&fault_rows[4].attr.attr,
	&fault_rows[5].attr.attr,
	&fault_rows[6].attr.attr,
	NULL
};

static const struct attribute_group faults_group = {
	.name	= "faults",
	.attrs	= fault_attrs,
};

/* One counter: a device_attribute that knows its number. */
struct stat_attr {
	struct device_attribute attr;
	enum pseudo_stat stat;
};

static ssize_t stat_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	struct stat_attr *a = container_of(attr, struct stat_attr, attr);

	return sysfs_emit(buf, "%llu\n",
			  softdev_stats_read(&dev_node(dev)->stats, a->stat));
}

#define STAT_ROW(_name, _stat) {				\
	.attr	= __ATTR(_name, 0444, stat_show, NULL),		\
	.stat	= _stat,					\
}

static struct stat_attr stat_rows[] = {
	STAT_ROW(reads, PSEUDO_READS),
	STAT_ROW(writes, PSEUDO_WRITES),
	STAT_ROW(bytes_read, PSEUDO_BYTES_READ),
	STAT_ROW(bytes_written, PSEUDO_BYTES_WRITTEN),
	STAT_ROW(mismatches, PSEUDO_MISMATCHES),
};

static ssize_t last_difference_show(struct device *dev,
				    struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%lld\n",
			  (s64)atomic64_read(&pseudo_pattern_last));
}

static DEVICE_ATTR_RO(last_difference);

static struct attribute *stat_attrs[] = {
	&stat_rows[0].attr.attr,
	&stat_rows[1].attr.attr,
	&stat_rows[2].attr.attr,
	&stat_rows[3].attr.attr,
	NULL
};

static const struct attribute_group stats_group = {
	.name	= "stats",
	.attrs	= stat_attrs,
};

static struct attribute *pattern_stat_attrs[] = {
	&stat_rows[0].attr.attr,
	&stat_rows[1].attr.attr,
	&stat_rows[2].attr.attr,
	&stat_rows[3].attr.attr,
	&stat_rows[4].attr.attr,
	&dev_attr_last_difference.attr,
	NULL
};

static const struct attribute_group pattern_stats_group = {
	.name	= "stats",
	.attrs	= pattern_stat_attrs,
};

static ssize_t seed_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	return sysfs_emit(buf, "%llu\n",
			  (u64)atomic64_read(&pseudo_pattern_seed));
}

static ssize_t seed_store(struct device *dev, struct device_attribute *attr,
			  const char *buf, size_t count)
{
	u64 seed;
	int err = softdev_parse(&softdev_fault_seed_setting, buf, &seed);

	if (err)
		return err;
	atomic64_set(&pseudo_pattern_seed, seed);
	return count;
}

static DEVICE_ATTR_RW(seed);

static struct attribute *pattern_attrs[] = {
	&dev_attr_seed.attr,
	NULL
};

static const struct attribute_group pattern_group = {
	.attrs	= pattern_attrs,
};

const struct attribute_group *pseudo_groups[] = {
	&faults_group,
	&stats_group,
	NULL
};

const struct attribute_group *pseudo_pattern_groups[] = {
	&pattern_group,
	&faults_group,
	&pattern_stats_group,
	NULL
};
