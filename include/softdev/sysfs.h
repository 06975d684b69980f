/* SPDX-License-Identifier: GPL-2.0 */
/*
 * faults/ in sysfs, for devices that are not made by configfs.
 *
 * sysfs tells a show or store its attribute, so one pair of functions serves
 * every row: a driver lists its kinds with the macros below and puts the
 * attributes in a group called "faults".
 */
#ifndef _SOFTDEV_SYSFS_H
#define _SOFTDEV_SYSFS_H

#include <linux/device.h>
#include <linux/sysfs.h>
#include <softdev/fault.h>

/**
 * struct softdev_fault_attr - one attribute of a faults/ group
 * @attr: the attribute
 * @faults: finds the dice of a device
 * @kind: which fault
 */
struct softdev_fault_attr {
	struct device_attribute attr;
	struct softdev_faults *(*faults)(struct device *dev);
	unsigned int kind;
};

static inline struct softdev_fault_attr *
softdev_fault_attr(struct device_attribute *attr)
{
	return container_of(attr, struct softdev_fault_attr, attr);
}

static inline ssize_t softdev_sysfs_rate_show(struct device *dev,
					      struct device_attribute *attr,
					      char *buf)
{
	struct softdev_fault_attr *a = softdev_fault_attr(attr);

	return sysfs_emit(buf, "%u\n", READ_ONCE(a->faults(dev)->rate[a->kind]));
}

static inline ssize_t softdev_sysfs_rate_store(struct device *dev,
					       struct device_attribute *attr,
					       const char *buf, size_t count)
{
	struct softdev_fault_attr *a = softdev_fault_attr(attr);
	u64 rate;
	int err;

	err = softdev_parse(&softdev_fault_rate_setting, buf, &rate);
	if (err)
		return err;
	WRITE_ONCE(a->faults(dev)->rate[a->kind], rate);
	return count;
}

static inline ssize_t softdev_sysfs_hits_show(struct device *dev,
					      struct device_attribute *attr,
					      char *buf)
{
	struct softdev_fault_attr *a = softdev_fault_attr(attr);

	return sysfs_emit(buf, "%lld\n",
			  (s64)atomic64_read(&a->faults(dev)->hits[a->kind]));
}

static inline ssize_t softdev_sysfs_seed_show(struct device *dev,
					      struct device_attribute *attr,
					      char *buf)
{
	struct softdev_fault_attr *a = softdev_fault_attr(attr);

	return sysfs_emit(buf, "%llu\n", softdev_faults_seed(a->faults(dev)));
}

static inline ssize_t softdev_sysfs_seed_store(struct device *dev,
					       struct device_attribute *attr,
					       const char *buf, size_t count)
{
	struct softdev_fault_attr *a = softdev_fault_attr(attr);
	u64 seed;
	int err;

	err = softdev_parse(&softdev_fault_seed_setting, buf, &seed);
	if (err)
		return err;
	softdev_faults_reseed(a->faults(dev), seed);
	return count;
}

/**
 * SOFTDEV_FAULT_RATE() - the row of faults/KIND
 * @_name: the kind's name, a bare word
 * @_kind: its number
 * @_faults: function that finds the dice of a struct device
 *
 * Rows are elements of an array of struct softdev_fault_attr; the group lists
 * &array[i].attr.attr.
 */
#define SOFTDEV_FAULT_RATE(_name, _kind, _faults) {			\
	.attr	= __ATTR(_name, 0644, softdev_sysfs_rate_show,		\
			 softdev_sysfs_rate_store),			\
	.faults	= _faults,						\
	.kind	= _kind,						\
}

/**
 * SOFTDEV_FAULT_HITS() - the row of faults/KIND_hits
 * @_name: the kind's name, a bare word
 * @_kind: its number
 * @_faults: function that finds the dice of a struct device
 */
#define SOFTDEV_FAULT_HITS(_name, _kind, _faults) {			\
	.attr	= __ATTR(_name##_hits, 0444, softdev_sysfs_hits_show, NULL), \
	.faults	= _faults,						\
	.kind	= _kind,						\
}

/**
 * SOFTDEV_FAULT_SEED() - the row of faults/seed
 * @_faults: function that finds the dice of a struct device
 */
#define SOFTDEV_FAULT_SEED(_faults) {					\
	.attr	= __ATTR(seed, 0644, softdev_sysfs_seed_show,		\
			 softdev_sysfs_seed_store),			\
	.faults	= _faults,						\
}

#endif /* _SOFTDEV_SYSFS_H */
