// SPDX-License-Identifier: GPL-2.0
/*
 * ramblk: settings, as module parameters and in configfs.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpumask.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/numa.h>
#include <linux/sizes.h>
#include <softdev/compat.h>
#include <softdev/config.h>
#include "history_attrs.h"
#include "identity.h"
#include "ramblk.h"
#include "snapshot.h"

static const char *const ramblk_chunks[] = { "page", "huge", NULL };
static const char *const ramblk_completions[] = {
	"inline", "softirq", "timer", NULL
};

static const char *const ramblk_bad_modes[] = {
	"sticky", "once", "rewrite", NULL
};

static const char *const ramblk_loses[] = { "all", "none", "random", NULL };
static const char *const ramblk_power_words[] = { "0", "1", "cut", NULL };

/* What the kernel allows for a size: page-cache offsets are signed. */
#define RAMBLK_SIZE_MAX	((u64)MAX_LFS_FILESIZE & ~511ULL)

/* Not const: what this machine has is filled in at load. */
static struct softdev_setting ramblk_settings[RAMBLK_NR_VALUES] = {
#define RAMBLK_SETTING(_name, _id, _text, ...) \
	[RAMBLK_##_id] = { .name = #_name, __VA_ARGS__ },
#include "settings.h"
};

static const struct softdev_setting ramblk_devices_setting = {
	.name = "devices", .kind = SOFTDEV_UINT, .max = 1024, .def = 1,
};

static struct softdev_param ramblk_devices = {
	.setting = &ramblk_devices_setting,
};

SOFTDEV_PARAM(devices, &ramblk_devices);
MODULE_PARM_DESC(devices, "disks made at load (1)");

/* Whole before init runs: sysfs shows parameters from then on. */
static struct softdev_param ramblk_params[RAMBLK_NR_VALUES] = {
#define RAMBLK_SETTING(_name, _id, ...) \
	[RAMBLK_##_id].setting = &ramblk_settings[RAMBLK_##_id],
#include "settings.h"
};

#define RAMBLK_SETTING(_name, _id, ...) \
	SOFTDEV_PARAM(_name, &ramblk_params[RAMBLK_##_id]);
#include "settings.h"

#define RAMBLK_SETTING(_name, _id, _text, ...)	MODULE_PARM_DESC(_name, _text);
#include "settings.h"

/* The bad blocks given at load. */
static int ramblk_bad_blocks_init(struct ramblk_ranges *set)
{
	const char *text = ramblk_text_params[RAMBLK_BAD_BLOCKS];

	return text && *text ? ramblk_ranges_parse(set, text) : 0;
}

static struct softdev_item *ramblk_alloc(const char *name)
{
	struct ramblk *d;
	unsigned int i;
	int err;

	d = kvzalloc_obj(*d, GFP_KERNEL);
	if (!d)
		return ERR_PTR(-ENOMEM);
	d->item.values = d->values;
	for (i = 0; i < RAMBLK_NR_VALUES; i++)
		softdev_value_set(&d->item, i, ramblk_params[i].value);
	ramblk_texts_init(d);
	INIT_LIST_HEAD(&d->snapshots);
	ramblk_history_init(&d->history);
	ramblk_ranges_init(&d->fault_range);
	ramblk_ranges_init(&d->bad);
	err = ramblk_bad_blocks_init(&d->bad);
	if (err)
		goto out;
	err = softdev_faults_init(&d->item.faults, 1);
	if (err)
		goto out;
	err = ramblk_store_init(&d->store, softdev_value(&d->item, RAMBLK_SIZE),
				NUMA_NO_NODE, false);
	if (err)
		goto out_faults;
	d->store.limit = softdev_value(&d->item, RAMBLK_MEM_LIMIT);
	return &d->item;

out_faults:
	softdev_faults_destroy(&d->item.faults);
out:
	ramblk_ranges_destroy(&d->bad);
	kvfree(d);
	return ERR_PTR(err);
}

static void ramblk_free(struct softdev_item *item)
{
	struct ramblk *d = to_ramblk(item);

	ramblk_snapshot_drop_all(&d->store, &d->snapshots);
	ramblk_history_drop(&d->history, &d->store);
	ramblk_store_destroy(&d->store);
	ramblk_ranges_destroy(&d->fault_range);
	ramblk_ranges_destroy(&d->bad);
	softdev_faults_destroy(&item->faults);
	kvfree(d);
}

static int ramblk_power_on(struct softdev_item *item)
{
	return ramblk_disk_on(to_ramblk(item));
}

static int ramblk_power_off(struct softdev_item *item, unsigned int how)
{
	return ramblk_disk_off(to_ramblk(item), how);
}

static int ramblk_clear(struct softdev_item *item)
{
	struct ramblk *d = to_ramblk(item);

	d->store.mode &= ~(RAMBLK_LATCHED | RAMBLK_CACHED);
	ramblk_history_drop(&d->history, &d->store);
	ramblk_disk_version(d, false);
	ramblk_store_clear(&d->store);
	return 0;
}

/* The new value counts at once. */
static int ramblk_apply(struct ramblk *d, unsigned int id, u64 value)
{
	softdev_value_set(&d->item, id, value);
	ramblk_disk_features(d);
	return 0;
}

static int ramblk_set(struct softdev_item *item, unsigned int id, u64 value)
{
	struct ramblk *d = to_ramblk(item);

	switch (id) {
	case RAMBLK_SIZE:
		return ramblk_disk_resize(d, value);
	case RAMBLK_MEM_LIMIT:
		WRITE_ONCE(d->store.limit, value);
		return 0;
	case RAMBLK_READONLY:
		if (d->gd)
			set_disk_ro(d->gd, value);
		return ramblk_apply(d, id, value);
	case RAMBLK_BANDWIDTH:
	case RAMBLK_LATENCY_NS:
		ramblk_apply(d, id, value);
		/* Those who wait have waited by the old rule. */
		atomic64_set(&d->free_at, 0);
		if (d->gd)
			ramblk_sweep(d);
		return 0;
	default:
		return 0;
	}
}

static void ramblk_faults_changed(struct softdev_item *item)
{
	ramblk_disk_features(to_ramblk(item));
}

/* Cuts have a stream of their own, too. */
static void ramblk_reseeded(struct softdev_item *item)
{
	to_ramblk(item)->cut_nr = 0;
}

static const struct softdev_item_ops ramblk_node_ops = {
	.alloc		= ramblk_alloc,
	.groups		= ramblk_history_group,
	.free		= ramblk_free,
	.power_on	= ramblk_power_on,
	.power_off	= ramblk_power_off,
	.clear		= ramblk_clear,
	.set		= ramblk_set,
	.faults_changed	= ramblk_faults_changed,
	.reseeded	= ramblk_reseeded,
	.stat		= ramblk_stat,
	.power_words	= ramblk_power_words,
};

RAMBLK_TEXT_ATTR(serial, RAMBLK_SERIAL);
RAMBLK_TEXT_PARAM(serial, RAMBLK_SERIAL);
MODULE_PARM_DESC(serial, "serial number, at most 64 characters (none)");
RAMBLK_TEXT_ATTR(wwid, RAMBLK_WWID);
RAMBLK_TEXT_PARAM(wwid, RAMBLK_WWID);
MODULE_PARM_DESC(wwid, "world-wide identifier, at most 128 characters (none)");
RAMBLK_TEXT_ATTR(model, RAMBLK_MODEL);
RAMBLK_TEXT_PARAM(model, RAMBLK_MODEL);
MODULE_PARM_DESC(model, "model, at most 64 characters (ramblk)");

static struct ramblk *item_ramblk(struct config_item *item)
{
	return to_ramblk(softdev_item(item));
}

static ssize_t ramblk_bad_blocks_show(struct config_item *item, char *page)
{
	return ramblk_ranges_show(&item_ramblk(item)->bad, page, PAGE_SIZE);
}

static ssize_t ramblk_bad_blocks_store(struct config_item *item,
				       const char *page, size_t count)
{
	struct ramblk *d = item_ramblk(item);
	int err;

	err = mutex_lock_killable(&d->item.lock);
	if (err)
		return err;
	err = ramblk_ranges_apply(&d->bad, page, strlen(page));
	ramblk_disk_features(d);
	mutex_unlock(&d->item.lock);
	return err ? err : count;
}

static ssize_t ramblk_fault_range_show(struct config_item *item, char *page)
{
	struct ramblk *d = to_ramblk(softdev_faults_item(item));

	return ramblk_ranges_show(&d->fault_range, page, PAGE_SIZE);
}

static ssize_t ramblk_fault_range_store(struct config_item *item,
					const char *page, size_t count)
{
	struct ramblk *d = to_ramblk(softdev_faults_item(item));
	int err = ramblk_ranges_apply(&d->fault_range, page, strlen(page));

	return err ? err : count;
}

static ssize_t ramblk_snapshot_store(struct config_item *item, const char *page,
				     size_t count)
{
	char name[RAMBLK_SNAPSHOT_NAME_MAX + 1];
	struct ramblk *d = item_ramblk(item);
	bool drop;
	int err;

	err = ramblk_snapshot_parse(page, &drop, name);
	if (err)
		return err;
	err = mutex_lock_killable(&d->item.lock);
	if (err)
		return err;
	if (drop) {
		err = ramblk_snapshot_drop(&d->store, &d->snapshots, name);
	} else {
		/* Writers lock before there is something to keep. */
		ramblk_disk_version(d, true);
		err = ramblk_snapshot_take(&d->store, &d->snapshots, name);
	}
	ramblk_disk_version(d, false);
	mutex_unlock(&d->item.lock);
	return err ? err : count;
}

static int ramblk_restore(struct ramblk *d, const char *name)
{
	int err;

	err = ramblk_snapshot_restore(&d->store, &d->snapshots, name);
	if (!err)
		ramblk_history_stop(&d->history, &d->store);
	if (!err)
		softdev_value_set(&d->item, RAMBLK_SIZE, d->store.size);
	return err;
}

static ssize_t ramblk_restore_store(struct config_item *item, const char *page,
				    size_t count)
{
	char name[RAMBLK_SNAPSHOT_NAME_MAX + 1];
	struct ramblk *d = item_ramblk(item);
	int err;

	err = ramblk_snapshot_parse(page, NULL, name);
	if (err)
		return err;
	err = mutex_lock_killable(&d->item.lock);
	if (err)
		return err;
	err = d->item.powered ? -EBUSY : ramblk_restore(d, name);
	mutex_unlock(&d->item.lock);
	return err ? err : count;
}

static ssize_t ramblk_snapshots_show(struct config_item *item, char *page)
{
	struct ramblk *d = item_ramblk(item);
	struct ramblk_snapshot *snap;
	unsigned int left = 0;
	int n = 0;
	int err;

	err = mutex_lock_killable(&d->item.lock);
	if (err)
		return err;
	list_for_each_entry(snap, &d->snapshots, list) {
		/* Whole lines only, and the last. */
		if (left || n + RAMBLK_SNAPSHOT_NAME_MAX + 48 > PAGE_SIZE) {
			left++;
			continue;
		}
		n += scnprintf(page + n, PAGE_SIZE - n, "%s %llu\n", snap->name,
			       ramblk_count(&snap->tree, &d->store.live) <<
			       PAGE_SHIFT);
	}
	mutex_unlock(&d->item.lock);
	if (left)
		n += scnprintf(page + n, PAGE_SIZE - n, "... %u more\n", left);
	return n;
}

CONFIGFS_ATTR(ramblk_, bad_blocks);
RAMBLK_TEXT_PARAM(bad_blocks, RAMBLK_BAD_BLOCKS);
MODULE_PARM_DESC(bad_blocks, "bad sectors, +first-last,... (none)");

static struct configfs_attribute ramblk_fault_attr_range = {
	.ca_name	= "range",
	.ca_mode	= 0644,
	.ca_owner	= THIS_MODULE,
	.show		= ramblk_fault_range_show,
	.store		= ramblk_fault_range_store,
};

CONFIGFS_ATTR_WO(ramblk_, snapshot);
CONFIGFS_ATTR_RO(ramblk_, snapshots);
CONFIGFS_ATTR_WO(ramblk_, restore);

#define RAMBLK_SETTING(_name, _id, ...)	SOFTDEV_ITEM_ATTR(_name, RAMBLK_##_id);
#include "settings.h"
SOFTDEV_ITEM_ATTRS_COMMON;

SOFTDEV_FAULT_ATTR(read, RAMBLK_FAULT_READ);
SOFTDEV_FAULT_ATTR(write, RAMBLK_FAULT_WRITE);
SOFTDEV_FAULT_ATTR(flush, RAMBLK_FAULT_FLUSH);
SOFTDEV_FAULT_ATTR(discard, RAMBLK_FAULT_DISCARD);
SOFTDEV_FAULT_ATTR(flush_lie, RAMBLK_FAULT_FLUSH_LIE);
SOFTDEV_FAULT_ATTR(timeout, RAMBLK_FAULT_TIMEOUT);
SOFTDEV_FAULT_ATTR(requeue, RAMBLK_FAULT_REQUEUE);
SOFTDEV_FAULT_ATTR(corrupt, RAMBLK_FAULT_CORRUPT);
SOFTDEV_FAULT_ATTR(misdirect, RAMBLK_FAULT_MISDIRECT);

SOFTDEV_STAT_ATTR(allocated_bytes, RAMBLK_STAT_ALLOCATED);
SOFTDEV_STAT_ATTR(unflushed_bytes, RAMBLK_STAT_UNFLUSHED);
SOFTDEV_STAT_ATTR(snapshot_bytes, RAMBLK_STAT_SNAPSHOT);
SOFTDEV_STAT_ATTR(cuts, RAMBLK_STAT_CUTS);
SOFTDEV_STAT_ATTR(lost_units, RAMBLK_STAT_LOST);
SOFTDEV_STAT_ATTR(torn_units, RAMBLK_STAT_TORN);

static struct configfs_attribute *ramblk_item_attrs[] = {
#define RAMBLK_SETTING(_name, ...)	&softdev_attr_##_name,
#include "settings.h"
	&ramblk_attr_serial,
	&ramblk_attr_wwid,
	&ramblk_attr_model,
	&softdev_attr_power,
	&softdev_attr_clear,
	&ramblk_attr_bad_blocks,
	&ramblk_attr_snapshot,
	&ramblk_attr_snapshots,
	&ramblk_attr_restore,
	NULL
};

static struct configfs_attribute *ramblk_fault_attrs[] = {
	&softdev_fault_attr_seed,
	&ramblk_fault_attr_range,
	&softdev_fault_attr_read,
	&softdev_fault_attr_read_hits,
	&softdev_fault_attr_write,
	&softdev_fault_attr_write_hits,
	&softdev_fault_attr_flush,
	&softdev_fault_attr_flush_hits,
	&softdev_fault_attr_discard,
	&softdev_fault_attr_discard_hits,
	&softdev_fault_attr_flush_lie,
	&softdev_fault_attr_flush_lie_hits,
	&softdev_fault_attr_timeout,
	&softdev_fault_attr_timeout_hits,
	&softdev_fault_attr_requeue,
	&softdev_fault_attr_requeue_hits,
	&softdev_fault_attr_corrupt,
	&softdev_fault_attr_corrupt_hits,
	&softdev_fault_attr_misdirect,
	&softdev_fault_attr_misdirect_hits,
	NULL
};

static struct configfs_attribute *ramblk_stat_attrs[] = {
	&softdev_stat_attr_allocated_bytes,
	&softdev_stat_attr_unflushed_bytes,
	&softdev_stat_attr_snapshot_bytes,
	&softdev_stat_attr_cuts,
	&softdev_stat_attr_lost_units,
	&softdev_stat_attr_torn_units,
	NULL
};

SOFTDEV_ITEM_TYPES(ramblk);

static struct softdev_tree ramblk_tree = {
	.name		= "ramblk",
	.ops		= &ramblk_node_ops,
	.settings	= ramblk_settings,
	.item_type	= &ramblk_item_type,
	.faults_type	= &ramblk_faults_type,
	.stats_type	= &ramblk_stats_type,
};

/* Are the bad blocks given at load ranges? */
static int ramblk_bad_blocks_check(void)
{
	struct ramblk_ranges set;
	int err;

	ramblk_ranges_init(&set);
	err = ramblk_bad_blocks_init(&set);
	ramblk_ranges_destroy(&set);
	if (!err)
		return 0;
	pr_err("bad_blocks=%s: must be +first-last, in sectors of 512 bytes, with commas between them\n",
	       ramblk_text_params[RAMBLK_BAD_BLOCKS]);
	return err == -ENOMEM ? err : -EINVAL;
}

/* Settings that only together make sense. */
static int ramblk_params_agree(void)
{
	u64 values[RAMBLK_NR_VALUES];
	unsigned int i;

	for (i = 0; i < RAMBLK_NR_VALUES; i++)
		values[i] = ramblk_params[i].value;
	return ramblk_disk_agree("", values);
}

/**
 * ramblk_config_init() - the module's directory and the disks made at load
 *
 * Context: module init.
 * Return: 0 or an error, with nothing left behind.
 */
int ramblk_config_init(void)
{
	char name[SOFTDEV_NAME_MAX + 1];
	struct softdev_item *item;
	unsigned int i;
	int err;

	ramblk_settings[RAMBLK_QUEUES].max = nr_cpu_ids;
	ramblk_settings[RAMBLK_QUEUES].def = num_online_cpus();
	ramblk_settings[RAMBLK_POLL_QUEUES].max = nr_cpu_ids;
	ramblk_settings[RAMBLK_NODE].max = nr_node_ids - 1;
	err = softdev_params_check(&ramblk_devices, 1);
	if (!err)
		err = softdev_params_check(ramblk_params, RAMBLK_NR_VALUES);
	if (!err)
		err = ramblk_params_agree();
	if (!err)
		err = ramblk_texts_check();
	if (!err)
		err = ramblk_bad_blocks_check();
	if (err)
		return err;

	softdev_tree_init(&ramblk_tree, &ramblk_tree_type);
	for (i = 0; i < ramblk_devices.value; i++) {
		scnprintf(name, sizeof(name), "ramblk%u", i);
		item = softdev_tree_add(&ramblk_tree, name);
		if (IS_ERR(item)) {
			err = PTR_ERR(item);
			goto out;
		}
	}
	err = softdev_tree_power(&ramblk_tree, RAMBLK_ON);
	if (!err)
		err = configfs_register_subsystem(&ramblk_tree.subsys);
	if (!err)
		return 0;
	softdev_tree_power(&ramblk_tree, RAMBLK_OFF);
out:
	softdev_tree_destroy(&ramblk_tree);
	return err;
}

/**
 * ramblk_config_exit() - undo ramblk_config_init()
 *
 * Context: module exit; no disk is open.
 */
void ramblk_config_exit(void)
{
	configfs_unregister_subsystem(&ramblk_tree.subsys);
	softdev_tree_power(&ramblk_tree, RAMBLK_OFF);
	softdev_tree_destroy(&ramblk_tree);
}

/**
 * ramblk_config_devices() - how many disks were asked for at load
 */
unsigned int ramblk_config_devices(void)
{
	return ramblk_devices.value;
}
