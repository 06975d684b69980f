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
#include "lists.h"
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
	[RAMBLK_SIZE] = {
		.name = "size", .kind = SOFTDEV_SIZE, .flags = SOFTDEV_LIVE,
		.min = 512, .max = RAMBLK_SIZE_MAX, .def = 1ULL << 30,
	},
	[RAMBLK_BLOCK_SIZE] = {
		.name = "block_size", .kind = SOFTDEV_SIZE,
		.flags = SOFTDEV_POW2, .min = 512, .max = 4096, .def = 512,
	},
	[RAMBLK_PHYSICAL_BLOCK_SIZE] = {
		.name = "physical_block_size", .kind = SOFTDEV_SIZE,
		.flags = SOFTDEV_POW2, .min = 512, .max = RAMBLK_UNIT_MAX,
		.def = 4096,
	},
	[RAMBLK_QUEUES] = {
		.name = "queues", .kind = SOFTDEV_UINT, .min = 1,
	},
	[RAMBLK_POLL_QUEUES] = {
		.name = "poll_queues", .kind = SOFTDEV_UINT,
	},
	[RAMBLK_QUEUE_DEPTH] = {
		.name = "queue_depth", .kind = SOFTDEV_UINT, .min = 1,
		.max = BLK_MQ_MAX_DEPTH, .def = 256,
	},
	[RAMBLK_NODE] = {
		.name = "node", .kind = SOFTDEV_INT, .min = NUMA_NO_NODE,
		.def = NUMA_NO_NODE,
	},
	[RAMBLK_CHUNK] = {
		.name = "chunk", .kind = SOFTDEV_CHOICE,
		.choices = ramblk_chunks,
	},
	[RAMBLK_MEM_LIMIT] = {
		.name = "mem_limit", .kind = SOFTDEV_SIZE,
		.flags = SOFTDEV_LIVE, .max = U64_MAX,
	},
	[RAMBLK_WRITE_CACHE] = {
		.name = "write_cache", .kind = SOFTDEV_BOOL,
	},
	[RAMBLK_DISCARD] = {
		.name = "discard", .kind = SOFTDEV_BOOL, .def = 1,
	},
	[RAMBLK_READONLY] = {
		.name = "readonly", .kind = SOFTDEV_BOOL,
		.flags = SOFTDEV_LIVE,
	},
	[RAMBLK_ROTATIONAL] = {
		.name = "rotational", .kind = SOFTDEV_BOOL,
	},
	[RAMBLK_COMPLETION] = {
		.name = "completion", .kind = SOFTDEV_CHOICE,
		.choices = ramblk_completions,
	},
	[RAMBLK_LATENCY_NS] = {
		.name = "latency_ns", .kind = SOFTDEV_UINT,
		.flags = SOFTDEV_LIVE, .max = 3600 * (u64)NSEC_PER_SEC,
	},
	[RAMBLK_BANDWIDTH] = {
		.name = "bandwidth", .kind = SOFTDEV_SIZE,
		.flags = SOFTDEV_LIVE, .max = U64_MAX,
	},
	[RAMBLK_MAX_SECTORS] = {
		.name = "max_sectors", .kind = SOFTDEV_UINT,
		.min = PAGE_SIZE / 512, .max = UINT_MAX >> 10, .def = 8192,
	},
	[RAMBLK_LOSE] = {
		.name = "lose", .kind = SOFTDEV_CHOICE, .flags = SOFTDEV_LIVE,
		.choices = ramblk_loses,
	},
	[RAMBLK_TEAR] = {
		.name = "tear", .kind = SOFTDEV_BOOL, .flags = SOFTDEV_LIVE,
	},
	[RAMBLK_BAD_MODE] = {
		.name = "bad_mode", .kind = SOFTDEV_CHOICE,
		.flags = SOFTDEV_LIVE, .choices = ramblk_bad_modes,
	},
	[RAMBLK_IO_OPT] = {
		.name = "io_opt", .kind = SOFTDEV_SIZE, .max = SZ_1G,
	},
	[RAMBLK_ALIGNMENT_OFFSET] = {
		.name = "alignment_offset", .kind = SOFTDEV_SIZE,
		.max = RAMBLK_UNIT_MAX - SECTOR_SIZE,
	},
	[RAMBLK_VIRT_BOUNDARY] = {
		.name = "virt_boundary", .kind = SOFTDEV_SIZE,
		.flags = SOFTDEV_POW2, .max = SZ_1G,
	},
	[RAMBLK_ATOMIC_WRITE] = {
		.name = "atomic_write", .kind = SOFTDEV_SIZE,
		.flags = SOFTDEV_POW2, .max = RAMBLK_UNIT_MAX,
	},
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
	[RAMBLK_SIZE].setting = &ramblk_settings[RAMBLK_SIZE],
	[RAMBLK_BLOCK_SIZE].setting = &ramblk_settings[RAMBLK_BLOCK_SIZE],
	[RAMBLK_PHYSICAL_BLOCK_SIZE].setting =
		&ramblk_settings[RAMBLK_PHYSICAL_BLOCK_SIZE],
	[RAMBLK_QUEUES].setting = &ramblk_settings[RAMBLK_QUEUES],
	[RAMBLK_POLL_QUEUES].setting = &ramblk_settings[RAMBLK_POLL_QUEUES],
	[RAMBLK_QUEUE_DEPTH].setting = &ramblk_settings[RAMBLK_QUEUE_DEPTH],
	[RAMBLK_NODE].setting = &ramblk_settings[RAMBLK_NODE],
	[RAMBLK_CHUNK].setting = &ramblk_settings[RAMBLK_CHUNK],
	[RAMBLK_MEM_LIMIT].setting = &ramblk_settings[RAMBLK_MEM_LIMIT],
	[RAMBLK_WRITE_CACHE].setting = &ramblk_settings[RAMBLK_WRITE_CACHE],
	[RAMBLK_DISCARD].setting = &ramblk_settings[RAMBLK_DISCARD],
	[RAMBLK_READONLY].setting = &ramblk_settings[RAMBLK_READONLY],
	[RAMBLK_ROTATIONAL].setting = &ramblk_settings[RAMBLK_ROTATIONAL],
	[RAMBLK_COMPLETION].setting = &ramblk_settings[RAMBLK_COMPLETION],
	[RAMBLK_LATENCY_NS].setting = &ramblk_settings[RAMBLK_LATENCY_NS],
	[RAMBLK_BANDWIDTH].setting = &ramblk_settings[RAMBLK_BANDWIDTH],
	[RAMBLK_MAX_SECTORS].setting = &ramblk_settings[RAMBLK_MAX_SECTORS],
	[RAMBLK_LOSE].setting = &ramblk_settings[RAMBLK_LOSE],
	[RAMBLK_TEAR].setting = &ramblk_settings[RAMBLK_TEAR],
	[RAMBLK_BAD_MODE].setting = &ramblk_settings[RAMBLK_BAD_MODE],
	[RAMBLK_IO_OPT].setting = &ramblk_settings[RAMBLK_IO_OPT],
	[RAMBLK_ALIGNMENT_OFFSET].setting =
		&ramblk_settings[RAMBLK_ALIGNMENT_OFFSET],
	[RAMBLK_VIRT_BOUNDARY].setting = &ramblk_settings[RAMBLK_VIRT_BOUNDARY],
	[RAMBLK_ATOMIC_WRITE].setting = &ramblk_settings[RAMBLK_ATOMIC_WRITE],
};

SOFTDEV_PARAM(size, &ramblk_params[RAMBLK_SIZE]);
MODULE_PARM_DESC(size, "size in bytes, K M G T P E allowed (1G)");
SOFTDEV_PARAM(block_size, &ramblk_params[RAMBLK_BLOCK_SIZE]);
MODULE_PARM_DESC(block_size, "logical block size, 512 to 4096 (512)");
SOFTDEV_PARAM(physical_block_size, &ramblk_params[RAMBLK_PHYSICAL_BLOCK_SIZE]);
MODULE_PARM_DESC(physical_block_size, "physical block size, the unit a power cut loses, 512 to 64K (4096)");
SOFTDEV_PARAM(queues, &ramblk_params[RAMBLK_QUEUES]);
MODULE_PARM_DESC(queues, "hardware queues (online CPUs)");
SOFTDEV_PARAM(poll_queues, &ramblk_params[RAMBLK_POLL_QUEUES]);
MODULE_PARM_DESC(poll_queues, "further queues for polled I/O (0)");
SOFTDEV_PARAM(queue_depth, &ramblk_params[RAMBLK_QUEUE_DEPTH]);
MODULE_PARM_DESC(queue_depth, "requests per queue (256)");
SOFTDEV_PARAM(node, &ramblk_params[RAMBLK_NODE]);
MODULE_PARM_DESC(node, "NUMA node of the memory, -1 for any (-1)");
SOFTDEV_PARAM(chunk, &ramblk_params[RAMBLK_CHUNK]);
MODULE_PARM_DESC(chunk, "memory is taken by the page or huge (page)");
SOFTDEV_PARAM(mem_limit, &ramblk_params[RAMBLK_MEM_LIMIT]);
MODULE_PARM_DESC(mem_limit, "most memory a disk may hold, 0 for no limit (0)");
SOFTDEV_PARAM(write_cache, &ramblk_params[RAMBLK_WRITE_CACHE]);
MODULE_PARM_DESC(write_cache, "volatile write cache (0)");
SOFTDEV_PARAM(discard, &ramblk_params[RAMBLK_DISCARD]);
MODULE_PARM_DESC(discard, "announce discard (1)");
SOFTDEV_PARAM(readonly, &ramblk_params[RAMBLK_READONLY]);
MODULE_PARM_DESC(readonly, "writes fail (0)");
SOFTDEV_PARAM(rotational, &ramblk_params[RAMBLK_ROTATIONAL]);
MODULE_PARM_DESC(rotational, "pretend to rotate (0)");
SOFTDEV_PARAM(completion, &ramblk_params[RAMBLK_COMPLETION]);
MODULE_PARM_DESC(completion, "where requests complete: inline, softirq or timer (inline)");
SOFTDEV_PARAM(latency_ns, &ramblk_params[RAMBLK_LATENCY_NS]);
MODULE_PARM_DESC(latency_ns, "a request takes at least this many nanoseconds (0)");
SOFTDEV_PARAM(bandwidth, &ramblk_params[RAMBLK_BANDWIDTH]);
MODULE_PARM_DESC(bandwidth, "most bytes per second, 0 for no limit (0)");
SOFTDEV_PARAM(max_sectors, &ramblk_params[RAMBLK_MAX_SECTORS]);
MODULE_PARM_DESC(max_sectors, "largest request in sectors of 512 bytes (8192)");
SOFTDEV_PARAM(lose, &ramblk_params[RAMBLK_LOSE]);
MODULE_PARM_DESC(lose, "what a power cut loses of the write cache: all, none or random (all)");
SOFTDEV_PARAM(tear, &ramblk_params[RAMBLK_TEAR]);
MODULE_PARM_DESC(tear, "a power cut decides for each sector of 512 bytes (0)");
SOFTDEV_PARAM(bad_mode, &ramblk_params[RAMBLK_BAD_MODE]);
MODULE_PARM_DESC(bad_mode, "bad blocks are sticky, fail once, or are mended by rewrite (sticky)");
SOFTDEV_PARAM(io_opt, &ramblk_params[RAMBLK_IO_OPT]);
MODULE_PARM_DESC(io_opt, "best size of I/O in bytes, 0 for none (0)");
SOFTDEV_PARAM(alignment_offset, &ramblk_params[RAMBLK_ALIGNMENT_OFFSET]);
MODULE_PARM_DESC(alignment_offset, "where the first physical block begins, in bytes (0)");
SOFTDEV_PARAM(virt_boundary, &ramblk_params[RAMBLK_VIRT_BOUNDARY]);
MODULE_PARM_DESC(virt_boundary, "memory of a request has gaps at multiples of this only, 0 for anywhere (0)");
SOFTDEV_PARAM(atomic_write, &ramblk_params[RAMBLK_ATOMIC_WRITE]);
MODULE_PARM_DESC(atomic_write, "bytes that are written whole or not at all, to 64K, 0 for no promise (0)");

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

SOFTDEV_ITEM_ATTR(size, RAMBLK_SIZE);
SOFTDEV_ITEM_ATTR(block_size, RAMBLK_BLOCK_SIZE);
SOFTDEV_ITEM_ATTR(physical_block_size, RAMBLK_PHYSICAL_BLOCK_SIZE);
SOFTDEV_ITEM_ATTR(queues, RAMBLK_QUEUES);
SOFTDEV_ITEM_ATTR(poll_queues, RAMBLK_POLL_QUEUES);
SOFTDEV_ITEM_ATTR(queue_depth, RAMBLK_QUEUE_DEPTH);
SOFTDEV_ITEM_ATTR(node, RAMBLK_NODE);
SOFTDEV_ITEM_ATTR(chunk, RAMBLK_CHUNK);
SOFTDEV_ITEM_ATTR(mem_limit, RAMBLK_MEM_LIMIT);
SOFTDEV_ITEM_ATTR(write_cache, RAMBLK_WRITE_CACHE);
SOFTDEV_ITEM_ATTR(discard, RAMBLK_DISCARD);
SOFTDEV_ITEM_ATTR(readonly, RAMBLK_READONLY);
SOFTDEV_ITEM_ATTR(rotational, RAMBLK_ROTATIONAL);
SOFTDEV_ITEM_ATTR(completion, RAMBLK_COMPLETION);
SOFTDEV_ITEM_ATTR(latency_ns, RAMBLK_LATENCY_NS);
SOFTDEV_ITEM_ATTR(bandwidth, RAMBLK_BANDWIDTH);
SOFTDEV_ITEM_ATTR(max_sectors, RAMBLK_MAX_SECTORS);
SOFTDEV_ITEM_ATTR(lose, RAMBLK_LOSE);
SOFTDEV_ITEM_ATTR(tear, RAMBLK_TEAR);
SOFTDEV_ITEM_ATTR(bad_mode, RAMBLK_BAD_MODE);
SOFTDEV_ITEM_ATTR(io_opt, RAMBLK_IO_OPT);
SOFTDEV_ITEM_ATTR(alignment_offset, RAMBLK_ALIGNMENT_OFFSET);
SOFTDEV_ITEM_ATTR(virt_boundary, RAMBLK_VIRT_BOUNDARY);
SOFTDEV_ITEM_ATTR(atomic_write, RAMBLK_ATOMIC_WRITE);
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
	&softdev_attr_size,
	&softdev_attr_block_size,
	&softdev_attr_physical_block_size,
	&softdev_attr_queues,
	&softdev_attr_poll_queues,
	&softdev_attr_queue_depth,
	&softdev_attr_node,
	&softdev_attr_chunk,
	&softdev_attr_mem_limit,
	&softdev_attr_write_cache,
	&softdev_attr_discard,
	&softdev_attr_readonly,
	&softdev_attr_rotational,
	&softdev_attr_completion,
	&softdev_attr_latency_ns,
	&softdev_attr_bandwidth,
	&softdev_attr_max_sectors,
	&softdev_attr_lose,
	&softdev_attr_tear,
	&softdev_attr_bad_mode,
	&softdev_attr_io_opt,
	&softdev_attr_alignment_offset,
	&softdev_attr_virt_boundary,
	&softdev_attr_atomic_write,
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
