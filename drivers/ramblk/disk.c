// SPDX-License-Identifier: GPL-2.0
/*
 * ramblk: a disk's coming and going, and what changes while it is there.
 *
 * Everything here runs under item.lock.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/log2.h>
#include <linux/rcupdate.h>
#include <softdev/compat_block.h>
#include "cache.h"
#include "identity.h"
#include "ramblk.h"
#include "trace.h"

static const struct block_device_operations ramblk_fops = {
	.owner	= THIS_MODULE,
};

/**
 * ramblk_disk_features() - what takes requests off the plain path now
 * @d: the disk
 */
void ramblk_disk_features(struct ramblk *d)
{
	unsigned int f = d->features & RAMBLK_F_OVER;
	unsigned int kind;

	if (d->store.mode & RAMBLK_VERSIONED)
		f |= RAMBLK_F_VERSIONED;
	if (softdev_value(&d->item, RAMBLK_READONLY))
		f |= RAMBLK_F_READONLY;
	if (!ramblk_ranges_empty(&d->bad))
		f |= RAMBLK_F_BAD;
	for (kind = 0; kind < RAMBLK_NR_FAULTS; kind++) {
		if (READ_ONCE(d->item.faults.rate[kind]))
			f |= RAMBLK_F_FAULTS;
	}
	WRITE_ONCE(d->latency_ns, softdev_value(&d->item, RAMBLK_LATENCY_NS));
	WRITE_ONCE(d->bandwidth, softdev_value(&d->item, RAMBLK_BANDWIDTH));
	if (d->latency_ns || d->bandwidth ||
	    softdev_value(&d->item, RAMBLK_COMPLETION) == RAMBLK_TIMER)
		f |= RAMBLK_F_SHAPE;
	if (softdev_value(&d->item, RAMBLK_COMPLETION) == RAMBLK_SOFTIRQ)
		f |= RAMBLK_F_SOFTIRQ;
	if (softdev_value(&d->item, RAMBLK_ATOMIC_WRITE) > PAGE_SIZE)
		f |= RAMBLK_F_ATOMIC;
	WRITE_ONCE(d->features, f);
}

/**
 * ramblk_disk_version() - make writers lock while there are versions to keep
 * @d: the disk
 * @want: there will be some in a moment
 *
 * Context: process; sleeps for a grace period if that is new, after which
 * nobody writes without a lock.
 */
void ramblk_disk_version(struct ramblk *d, bool want)
{
	bool was = d->store.mode & RAMBLK_VERSIONED;
	bool is = want || (d->store.mode & RAMBLK_CACHED) ||
		  !list_empty(&d->snapshots) || d->history.kept;

	if (is)
		d->store.mode |= RAMBLK_VERSIONED;
	else
		d->store.mode &= ~RAMBLK_VERSIONED;
	ramblk_disk_features(d);
	if (is && !was && d->gd)
		synchronize_rcu();
}

static int ramblk_set_init(struct ramblk *d)
{
	struct blk_mq_tag_set *set = &d->set;

	memset(set, 0, sizeof(*set));
	set->ops = &ramblk_mq_ops;
	set->nr_hw_queues = softdev_value(&d->item, RAMBLK_QUEUES) +
			    softdev_value(&d->item, RAMBLK_POLL_QUEUES);
	set->nr_maps = softdev_value(&d->item, RAMBLK_POLL_QUEUES) ? HCTX_MAX_TYPES : 1;
	set->queue_depth = softdev_value(&d->item, RAMBLK_QUEUE_DEPTH);
	set->numa_node = (s64)softdev_value(&d->item, RAMBLK_NODE);
	set->cmd_size = sizeof(struct ramblk_cmd);
	set->flags = SOFTDEV_MQ_F_MERGE | BLK_MQ_F_NO_SCHED_BY_DEFAULT;
	set->driver_data = d;
	return blk_mq_alloc_tag_set(set);
}

static void ramblk_limits(struct ramblk *d, struct softdev_limits *l)
{
	/* What one bio can carry, rounded to what pages can give back. */
	const unsigned int huge = round_down(UINT_MAX >> SECTOR_SHIFT,
					     PAGE_SECTORS);

	*l = (struct softdev_limits) {
		.block_size		= softdev_value(&d->item, RAMBLK_BLOCK_SIZE),
		.physical_block_size	= d->unit,
		.max_sectors		= softdev_value(&d->item, RAMBLK_MAX_SECTORS),
		.discard_granularity	= PAGE_SIZE,
		.max_write_zeroes_sectors = huge,
		.io_opt			= softdev_value(&d->item, RAMBLK_IO_OPT),
		.alignment_offset	=
			softdev_value(&d->item, RAMBLK_ALIGNMENT_OFFSET),
		.virt_boundary		=
			softdev_value(&d->item, RAMBLK_VIRT_BOUNDARY),
		.atomic_write		=
			softdev_value(&d->item, RAMBLK_ATOMIC_WRITE),
		.rotational		= softdev_value(&d->item, RAMBLK_ROTATIONAL),
		.write_cache		= softdev_value(&d->item, RAMBLK_WRITE_CACHE),
		.synchronous		=
			softdev_value(&d->item, RAMBLK_COMPLETION) == RAMBLK_INLINE,
	};
	if (softdev_value(&d->item, RAMBLK_DISCARD))
		l->max_discard_sectors = huge;
}

/* A cut whose verdict had to wait for memory, or the verdict at once. */
static int ramblk_disk_verdict(struct ramblk *d)
{
	struct ramblk_cut cut = {
		.lose		= softdev_value(&d->item, RAMBLK_LOSE),
		.tear		= softdev_value(&d->item, RAMBLK_TEAR),
		.unit_shift	= d->store.unit_shift,
		.atomic_shift	= d->store.atomic_shift,
		.seed		= softdev_faults_seed(&d->item.faults),
		.nr		= d->cut_nr,
	};
	int err = 0;

	if (d->store.mode & RAMBLK_CACHED)
		err = ramblk_cache_cut(&d->store, &cut);
	if (err)
		return err;
	d->store.mode &= ~RAMBLK_LATCHED;
	atomic64_add(cut.lost, &d->lost_units);
	atomic64_add(cut.torn, &d->torn_units);
	return 0;
}

/**
 * struct ramblk_rule - two settings that must agree
 * @id: the one that is wrong if they do not
 * @other: the other
 * @name: of the first
 * @must: what the first must be, and the name of the other
 * @agree: do they?
 */
struct ramblk_rule {
	enum ramblk_value id;
	enum ramblk_value other;
	const char *name;
	const char *must;
	bool (*agree)(u64 value, u64 other);
};

/* Both are whole bytes, the second is a power of two. */
static bool ramblk_is_multiple(u64 value, u64 other)
{
	return !(value & (other - 1));
}

static bool ramblk_is_less(u64 value, u64 other)
{
	return !value || value < other;
}

/* Bytes and sectors. */
static bool ramblk_is_one_request(u64 value, u64 other)
{
	return value >> SECTOR_SHIFT <= other;
}

static const struct ramblk_rule ramblk_rules[] = {
	{ RAMBLK_SIZE, RAMBLK_BLOCK_SIZE, "size",
	  "a multiple of block_size", ramblk_is_multiple },
	{ RAMBLK_IO_OPT, RAMBLK_BLOCK_SIZE, "io_opt",
	  "a multiple of block_size", ramblk_is_multiple },
	{ RAMBLK_ALIGNMENT_OFFSET, RAMBLK_BLOCK_SIZE, "alignment_offset",
	  "a multiple of block_size", ramblk_is_multiple },
	{ RAMBLK_ALIGNMENT_OFFSET, RAMBLK_PHYSICAL_BLOCK_SIZE,
	  "alignment_offset", "less than physical_block_size",
	  ramblk_is_less },
	{ RAMBLK_VIRT_BOUNDARY, RAMBLK_BLOCK_SIZE, "virt_boundary",
	  "0 or a multiple of block_size", ramblk_is_multiple },
	{ RAMBLK_ATOMIC_WRITE, RAMBLK_BLOCK_SIZE, "atomic_write",
	  "0 or a multiple of block_size", ramblk_is_multiple },
	{ RAMBLK_ATOMIC_WRITE, RAMBLK_MAX_SECTORS, "atomic_write",
	  "no longer than max_sectors", ramblk_is_one_request },
};

/**
 * ramblk_disk_agree() - do settings that only together make sense do so?
 * @name: of the disk, empty for parameters
 * @values: the settings
 *
 * Return: 0, or -EINVAL with a line in the log.
 */
int ramblk_disk_agree(const char *name, const u64 *values)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ramblk_rules); i++) {
		const struct ramblk_rule *r = &ramblk_rules[i];

		if (r->agree(values[r->id], values[r->other]))
			continue;
		pr_err_ratelimited("%s%s%s=%llu: must be %s=%llu\n", name,
				   *name ? ": " : "", r->name, values[r->id],
				   r->must, values[r->other]);
		return -EINVAL;
	}
	return 0;
}

static int ramblk_disk_check(struct ramblk *d)
{
	u64 values[RAMBLK_NR_VALUES];
	unsigned int i;

	for (i = 0; i < RAMBLK_NR_VALUES; i++)
		values[i] = softdev_value(&d->item, i);
	return ramblk_disk_agree(d->item.name, values);
}

static unsigned int ramblk_shift(u64 bytes)
{
	return bytes ? ilog2(bytes) : 0;
}

/**
 * ramblk_disk_on() - make the disk appear
 * @d: the disk
 *
 * Return: 0 or an error, with nothing left behind.
 */
int ramblk_disk_on(struct ramblk *d)
{
	struct softdev_limits limits;
	struct gendisk *gd;
	int err;

	err = ramblk_disk_check(d);
	if (!err && (d->store.mode & RAMBLK_LATCHED))
		err = ramblk_disk_verdict(d);
	if (!err)
		err = softdev_faults_queues(&d->item.faults,
					    softdev_value(&d->item, RAMBLK_QUEUES) +
					    softdev_value(&d->item, RAMBLK_POLL_QUEUES));
	if (err)
		return err;
	d->unit = max(softdev_value(&d->item, RAMBLK_BLOCK_SIZE),
		      softdev_value(&d->item, RAMBLK_PHYSICAL_BLOCK_SIZE));
	d->store.nid = (s64)softdev_value(&d->item, RAMBLK_NODE);
	d->store.huge = softdev_value(&d->item, RAMBLK_CHUNK);
	d->store.atomic_shift = ramblk_shift(softdev_value(&d->item,
							   RAMBLK_ATOMIC_WRITE));
	/* What is kept together in the larger unit is so in the smaller one. */
	if (ramblk_history_recording(&d->history)) {
		d->history.unit = max(d->history.unit, d->unit);
		d->history.atomic_shift = max(d->history.atomic_shift,
					      d->store.atomic_shift);
	}
	atomic64_set(&d->free_at, 0);
	err = ramblk_set_init(d);
	if (err)
		return err;
	ramblk_limits(d, &limits);
	gd = softdev_mq_alloc_disk(&d->set, &limits, d);
	if (IS_ERR(gd)) {
		err = PTR_ERR(gd);
		goto out_set;
	}
	strscpy(gd->disk_name, d->item.name, DISK_NAME_LEN);
	gd->fops = &ramblk_fops;
	gd->private_data = d;
	set_capacity(gd, d->store.size >> SECTOR_SHIFT);
	set_disk_ro(gd, softdev_value(&d->item, RAMBLK_READONLY));
	if (softdev_value(&d->item, RAMBLK_WRITE_CACHE)) {
		err = ramblk_cache_on(&d->store, ilog2(d->unit));
		if (err)
			goto out_disk;
	}
	/* Partitions are looked for under item.lock: not for an hour. */
	d->features = RAMBLK_F_HURRY;
	d->gd = gd;
	ramblk_disk_version(d, false);
	/*
	 * A disk that holds nothing has no partitions to look for. At load it
	 * must not be tried: the file opened for it is closed when insmod
	 * returns, by code that is gone if a further disk could not be made.
	 */
	if (!atomic_long_read(&d->store.pages))
		set_bit(GD_SUPPRESS_PART_SCAN, &gd->state);
	err = device_add_disk(NULL, gd, ramblk_identity_groups);
	if (err)
		goto out_cache;
	clear_bit(GD_SUPPRESS_PART_SCAN, &gd->state);
	WRITE_ONCE(d->features, d->features & ~RAMBLK_F_HURRY);
	trace_ramblk_power(d->item.name, RAMBLK_ON);
	return 0;

out_cache:
	d->gd = NULL;
	ramblk_cache_off(&d->store);
	ramblk_disk_version(d, false);
out_disk:
	put_disk(gd);
out_set:
	blk_mq_free_tag_set(&d->set);
	return err;
}

/**
 * ramblk_disk_off() - take the disk away, or pull its plug
 * @d: the disk
 * @how: RAMBLK_OFF or RAMBLK_CUT
 *
 * Return: 0.
 */
int ramblk_disk_off(struct ramblk *d, unsigned int how)
{
	bool cut = how == RAMBLK_CUT;

	trace_ramblk_power(d->item.name, how);
	if (cut) {
		WRITE_ONCE(d->features, d->features | RAMBLK_F_CUT);
		/* From here on nothing changes any more. */
		WRITE_ONCE(d->store.mode, d->store.mode | RAMBLK_LATCHED);
		atomic64_inc(&d->cuts);
		d->cut_nr++;
	} else {
		WRITE_ONCE(d->features, d->features | RAMBLK_F_DRAIN);
	}
	ramblk_sweep(d);
	if (cut)
		blk_mark_disk_dead(d->gd);
	del_gendisk(d->gd);
	put_disk(d->gd);
	blk_mq_free_tag_set(&d->set);
	d->gd = NULL;
	/* What a cut leaves is not what the last operation left. */
	if (cut)
		ramblk_history_stop(&d->history, &d->store);
	else
		ramblk_history_power_off(&d->history, &d->store);
	if (!cut)
		ramblk_cache_off(&d->store);
	else if (ramblk_disk_verdict(d))
		pr_warn_ratelimited("%s: no memory to decide what is lost, will be done at power on\n",
				    d->item.name);
	ramblk_disk_version(d, false);
	return 0;
}

/*
 * Wait until there are no requests, keep it so. Those that are stuck, delayed or
 * left alone by their poller are completed first, and new ones are not delayed:
 * nobody who may open the disk makes its owner wait.
 */
static unsigned int ramblk_disk_freeze(struct ramblk *d)
{
	WRITE_ONCE(d->features, d->features | RAMBLK_F_HURRY);
	ramblk_sweep(d);
	return softdev_freeze_queue(d->gd->queue);
}

static void ramblk_disk_unfreeze(struct ramblk *d, unsigned int flags)
{
	WRITE_ONCE(d->features, d->features & ~RAMBLK_F_HURRY);
	softdev_unfreeze_queue(d->gd->queue, flags);
}

/* Begin to record; nobody writes. */
static int ramblk_disk_remember(struct ramblk *d)
{
	u32 unit = max(softdev_value(&d->item, RAMBLK_BLOCK_SIZE),
		       softdev_value(&d->item, RAMBLK_PHYSICAL_BLOCK_SIZE));

	ramblk_history_drop(&d->history, &d->store);
	return ramblk_history_start(&d->history, &d->store, unit);
}

/**
 * ramblk_disk_record() - remember what happens from now on, or no longer
 * @d: the disk, powered or not
 * @on: forget the past and begin anew, unless the disk records already
 *
 * No request is in flight when a recording begins or is ended.
 *
 * Return: 0 or an error.
 */
int ramblk_disk_record(struct ramblk *d, bool on)
{
	unsigned int flags = 0;
	int err = 0;

	if (on == ramblk_history_recording(&d->history))
		return 0;
	/* A cut waits for its verdict: what the disk holds is not known yet. */
	if (on && (d->store.mode & RAMBLK_LATCHED))
		return -EBUSY;
	if (on)
		ramblk_disk_version(d, true);
	if (d->gd)
		flags = ramblk_disk_freeze(d);
	if (on)
		err = ramblk_disk_remember(d);
	else
		ramblk_history_stop(&d->history, &d->store);
	if (d->gd)
		ramblk_disk_unfreeze(d, flags);
	ramblk_disk_version(d, false);
	return err;
}

static int ramblk_disk_grow(struct ramblk *d, u64 size)
{
	unsigned int flags;
	int err;

	flags = ramblk_disk_freeze(d);
	err = ramblk_store_resize(&d->store, size);
	ramblk_disk_unfreeze(d, flags);
	if (!err)
		set_capacity_and_notify(d->gd, size >> SECTOR_SHIFT);
	return err;
}

/* The end moves before what is behind it goes; stragglers get EIO. */
static int ramblk_disk_shrink(struct ramblk *d, u64 size)
{
	u64 old = d->store.size;
	unsigned int flags;
	int err;

	/* Whoever holds the disk or a partition keeps us from holding it. */
	err = softdev_claim(d->gd->part0, d);
	if (err)
		return err;
	set_capacity_and_notify(d->gd, size >> SECTOR_SHIFT);
	flags = ramblk_disk_freeze(d);
	err = ramblk_store_resize(&d->store, size);
	ramblk_disk_unfreeze(d, flags);
	if (err)
		set_capacity_and_notify(d->gd, old >> SECTOR_SHIFT);
	bd_abort_claiming(d->gd->part0, d);
	return err;
}

/**
 * ramblk_disk_resize() - make the disk larger or smaller
 * @d: the disk, powered or not
 * @size: bytes
 *
 * Return: 0; -EINVAL for no multiple of the block size, -EBUSY if it would
 * shrink under a holder, -ENOMEM.
 */
int ramblk_disk_resize(struct ramblk *d, u64 size)
{
	if (size & (softdev_value(&d->item, RAMBLK_BLOCK_SIZE) - 1))
		return -EINVAL;
	if (size == d->store.size)
		return 0;
	if (!d->gd)
		return ramblk_store_resize(&d->store, size);
	return size > d->store.size ? ramblk_disk_grow(d, size) :
				      ramblk_disk_shrink(d, size);
}
