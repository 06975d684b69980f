// SPDX-License-Identifier: GPL-2.0
/*
 * ringchar: its directory in configfs and what may change when.
 */

#include <softdev/compat.h>

#include "ringchar.h"

static const char *const ringchar_modes[] = { "stream", "record", NULL };
static const char *const ringchar_fulls[] = { "block", "overwrite", NULL };
static const char *const ringchar_readers[] = { "share", "each", NULL };
static const char *const ringchar_power_words[] = { "0", "1", NULL };

const struct softdev_setting ringchar_settings[] = {
	[RINGCHAR_SIZE] = {
		.name	= "size",
		.kind	= SOFTDEV_SIZE,
		.flags	= SOFTDEV_LIVE | SOFTDEV_POW2,
		.min	= RING_SIZE_MIN,
		.max	= RING_SIZE_MAX,
		.def	= 1 << 20,
	},
	[RINGCHAR_MODE] = {
		.name	= "mode",
		.kind	= SOFTDEV_CHOICE,
		.flags	= SOFTDEV_LIVE,
		.choices = ringchar_modes,
	},
	[RINGCHAR_FULL] = {
		.name	= "full",
		.kind	= SOFTDEV_CHOICE,
		.flags	= SOFTDEV_LIVE,
		.choices = ringchar_fulls,
	},
	[RINGCHAR_READERS] = {
		.name	= "readers",
		.kind	= SOFTDEV_CHOICE,
		.flags	= SOFTDEV_LIVE,
		.choices = ringchar_readers,
	},
	[RINGCHAR_READ_MARK] = {
		.name	= "read_mark",
		.kind	= SOFTDEV_SIZE,
		.flags	= SOFTDEV_LIVE,
		.min	= 1,
		.max	= RING_SIZE_MAX,
		.def	= 1,
	},
	[RINGCHAR_WRITE_MARK] = {
		.name	= "write_mark",
		.kind	= SOFTDEV_SIZE,
		.flags	= SOFTDEV_LIVE,
		.min	= 1,
		.max	= RING_SIZE_MAX,
		.def	= 1,
	},
	[RINGCHAR_RATE] = {
		.name	= "rate",
		.kind	= SOFTDEV_SIZE,
		.flags	= SOFTDEV_LIVE,
		.max	= 1ULL << 40,
	},
	[RINGCHAR_LATENCY] = {
		.name	= "latency_ns",
		.kind	= SOFTDEV_UINT,
		.flags	= SOFTDEV_LIVE,
		.max	= 3600ULL * NSEC_PER_SEC,
	},
	[RINGCHAR_EOF] = {
		.name	= "eof",
		.kind	= SOFTDEV_BOOL,
	},
};

/**
 * ringchar_lock_both() - hold both sides
 * @rc: the device
 *
 * Context: process; sleeps while a reader or writer copies, which never waits
 * for anything. Being killed ends it.
 * Return: 0 or -ERESTARTSYS.
 */
int ringchar_lock_both(struct ringchar *rc)
{
	if (mutex_lock_killable(&rc->wr_lock))
		return -ERESTARTSYS;
	if (mutex_lock_killable(&rc->rd_lock)) {
		mutex_unlock(&rc->wr_lock);
		return -ERESTARTSYS;
	}
	return 0;
}

/**
 * ringchar_unlock_both() - undo ringchar_lock_both()
 * @rc: the device
 */
void ringchar_unlock_both(struct ringchar *rc)
{
	mutex_unlock(&rc->rd_lock);
	mutex_unlock(&rc->wr_lock);
}

/**
 * ringchar_resize() - change the size of a ring that has memory
 * @rc: the device
 * @size: the new size, a power of two in bounds
 *
 * Context: process; sleeps; item.lock held. The caller stores the value.
 * Return: 0; -EBUSY if mapped or if what is held does not fit; -ENOMEM;
 * -ERESTARTSYS.
 */
int ringchar_resize(struct ringchar *rc, u64 size)
{
	u8 *buf;
	int err;

	if (size == rc->ring.size)
		return 0;
	buf = ring_alloc(size);
	if (!buf)
		return -ENOMEM;
	err = ringchar_lock_both(rc);
	if (err)
		goto out;
	mutex_lock(&rc->map_lock);
	ringchar_pace_pause(rc);
	err = ringchar_mapped(rc) ? -EBUSY : ring_resize(&rc->ring, size, buf);
	ringchar_pace_resume(rc);
	mutex_unlock(&rc->map_lock);
	ringchar_unlock_both(rc);
out:
	if (err)
		ring_release(buf);
	else
		ringchar_wake_all(rc, 0);
	return err;
}

static int ringchar_set_mode(struct ringchar *rc, u64 value)
{
	int err = ringchar_lock_both(rc);

	if (err)
		return err;
	mutex_lock(&rc->map_lock);
	if (rc->record != value) {
		if (ringchar_mapped(rc) || ring_total(&rc->ring))
			err = -EBUSY;
		else
			WRITE_ONCE(rc->record, value);
	}
	mutex_unlock(&rc->map_lock);
	ringchar_unlock_both(rc);
	if (!err)
		ringchar_wake_all(rc, 0);
	return err;
}

static int ringchar_set_full(struct ringchar *rc, u64 value)
{
	int err = ringchar_lock_both(rc);

	if (err)
		return err;
	mutex_lock(&rc->map_lock);
	if (rc->overwrite != value) {
		if (ringchar_mapped(rc))
			err = -EBUSY;
		else
			WRITE_ONCE(rc->overwrite, value);
		ringchar_each_settle(rc);
	}
	mutex_unlock(&rc->map_lock);
	ringchar_unlock_both(rc);
	/* Who sleeps for room need not any more. */
	if (!err)
		ringchar_wake_all(rc, 0);
	return err;
}

/* Does anybody have the device open? item.lock and both sides held. */
static bool ringchar_is_open(struct ringchar *rc)
{
	bool open;

	if (!rc->unit)
		return false;
	mutex_lock(&rc->unit->open_lock);
	open = !list_empty(&rc->unit->files);
	mutex_unlock(&rc->unit->open_lock);
	return open;
}

static int ringchar_set_readers(struct ringchar *rc, u64 value)
{
	int err = ringchar_lock_both(rc);

	if (err)
		return err;
	if (rc->each == value)
		goto out;
	if (ring_total(&rc->ring) || ringchar_is_open(rc)) {
		err = -EBUSY;
		goto out;
	}
	ring_unfollow(&rc->ring);
	/* Who opens meanwhile waits for the sides, then looks. */
	WRITE_ONCE(rc->each, value);
out:
	ringchar_unlock_both(rc);
	return err;
}

static int ringchar_set_pace(struct ringchar *rc, u64 rate, u64 latency)
{
	int err = ringchar_lock_both(rc);

	if (err)
		return err;
	/* What a process writes to the page nobody can hold back. */
	if (rc->claims[0] || rc->claims[1])
		err = -EBUSY;
	else
		ringchar_pace_set(rc, rate, latency);
	ringchar_unlock_both(rc);
	if (!err)
		ringchar_wake_all(rc, 0);
	return err;
}

static int ringchar_set_mark(struct ringchar *rc, u32 *mark, u64 value)
{
	if (value > softdev_value(&rc->item, RINGCHAR_SIZE))
		return -EINVAL;
	WRITE_ONCE(*mark, value);
	ringchar_wake_all(rc, 0);
	return 0;
}

static int ringchar_set(struct softdev_item *item, unsigned int id, u64 value)
{
	struct ringchar *rc = ringchar_of(item);

	switch (id) {
	case RINGCHAR_SIZE:
		/* Without memory there is nothing to keep; open brings it. */
		return rc->ring.buf ? ringchar_resize(rc, value) : 0;
	case RINGCHAR_MODE:
		return ringchar_set_mode(rc, value);
	case RINGCHAR_FULL:
		return ringchar_set_full(rc, value);
	case RINGCHAR_READERS:
		return ringchar_set_readers(rc, value);
	case RINGCHAR_READ_MARK:
		return ringchar_set_mark(rc, &rc->read_mark, value);
	case RINGCHAR_WRITE_MARK:
		return ringchar_set_mark(rc, &rc->write_mark, value);
	case RINGCHAR_RATE:
		return ringchar_set_pace(rc, value, rc->pace.latency);
	case RINGCHAR_LATENCY:
		return ringchar_set_pace(rc, rc->pace.rate, value);
	case RINGCHAR_EOF:
		WRITE_ONCE(rc->eof, value);
		return 0;
	default:
		return -EINVAL;
	}
}

/**
 * ringchar_populate() - give a device that is being opened its memory
 * @rc: the device
 *
 * A device that nobody opens costs next to nothing.
 *
 * Context: process; sleeps; takes item.lock.
 * Return: 0, -ENOMEM, -ERESTARTSYS.
 */
int ringchar_populate(struct ringchar *rc)
{
	int err = 0;

	if (READ_ONCE(rc->ring.size))
		return 0;
	if (mutex_lock_killable(&rc->item.lock))
		return -ERESTARTSYS;
	if (rc->unit && !rc->ring.size)
		err = ringchar_resize(rc, softdev_value(&rc->item, RINGCHAR_SIZE));
	mutex_unlock(&rc->item.lock);
	return err;
}

static int ringchar_power_on(struct softdev_item *item)
{
	return ringchar_unit_add(ringchar_of(item));
}

static int ringchar_power_off(struct softdev_item *item, unsigned int how)
{
	ringchar_unit_remove(ringchar_of(item));
	return 0;
}

static int ringchar_clear(struct softdev_item *item)
{
	struct ringchar *rc = ringchar_of(item);
	int err = ringchar_lock_both(rc);

	if (err)
		return err;
	ringchar_pace_pause(rc);
	ring_free(&rc->ring);
	ringchar_pace_resume(rc);
	ringchar_unlock_both(rc);
	return 0;
}

static u64 ringchar_stat(struct softdev_item *item, unsigned int i)
{
	struct ringchar *rc = ringchar_of(item);

	switch (i) {
	case RINGCHAR_STORED:
		return ring_payload(&rc->ring, READ_ONCE(rc->record));
	case RINGCHAR_HIGH_WATER:
		return READ_ONCE(rc->high_water);
	default:
		return softdev_stats_read(&rc->stats, i);
	}
}

static struct softdev_item *ringchar_alloc(const char *name)
{
	struct ringchar *rc = kzalloc_obj(*rc, GFP_KERNEL);
	unsigned int i;

	if (!rc)
		return ERR_PTR(-ENOMEM);
	if (softdev_stats_init(&rc->stats))
		goto err_rc;
	if (softdev_faults_init(&rc->item.faults, RINGCHAR_FAULT_QUEUES))
		goto err_stats;
	rc->item.values = rc->values;
	for (i = 0; i < RINGCHAR_NR_SETTINGS; i++)
		softdev_value_set(&rc->item, i, ringchar_settings[i].def);
	softdev_value_set(&rc->item, RINGCHAR_SIZE, ringchar_default_size());
	rc->read_mark = softdev_value(&rc->item, RINGCHAR_READ_MARK);
	rc->write_mark = softdev_value(&rc->item, RINGCHAR_WRITE_MARK);
	ring_init(&rc->ring);
	mutex_init(&rc->wr_lock);
	mutex_init(&rc->rd_lock);
	mutex_init(&rc->map_lock);
	INIT_LIST_HEAD(&rc->readers);
	spin_lock_init(&rc->want_lock);
	init_waitqueue_head(&rc->rd_wait);
	init_waitqueue_head(&rc->rd_sleep);
	init_waitqueue_head(&rc->wr_wait);
	init_waitqueue_head(&rc->wr_large);
	init_waitqueue_head(&rc->wr_sleep);
	hrtimer_setup(&rc->late_wake, ringchar_late_wake, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_SOFT);
	ringchar_pace_init(rc);
	hrtimer_setup(&rc->again, ringchar_again, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_SOFT);
	return &rc->item;

err_stats:
	softdev_stats_destroy(&rc->stats);
err_rc:
	kfree(rc);
	return ERR_PTR(-ENOMEM);
}

/* The last file is closed, too: each has a reference to the directory. */
static void ringchar_free(struct softdev_item *item)
{
	struct ringchar *rc = ringchar_of(item);

	hrtimer_cancel(&rc->late_wake);
	hrtimer_cancel(&rc->again);
	hrtimer_cancel(&rc->pace.timer);
	ring_free(&rc->ring);
	softdev_faults_destroy(&rc->item.faults);
	softdev_stats_destroy(&rc->stats);
	mutex_destroy(&rc->wr_lock);
	mutex_destroy(&rc->rd_lock);
	mutex_destroy(&rc->map_lock);
	free_page((unsigned long)rcu_access_pointer(rc->page));
	kfree(rc);
}

static const struct softdev_item_ops ringchar_node_ops = {
	.alloc		= ringchar_alloc,
	.free		= ringchar_free,
	.power_on	= ringchar_power_on,
	.power_off	= ringchar_power_off,
	.clear		= ringchar_clear,
	.set		= ringchar_set,
	.stat		= ringchar_stat,
	.power_words	= ringchar_power_words,
};

SOFTDEV_ITEM_ATTR(size, RINGCHAR_SIZE);
SOFTDEV_ITEM_ATTR(mode, RINGCHAR_MODE);
SOFTDEV_ITEM_ATTR(full, RINGCHAR_FULL);
SOFTDEV_ITEM_ATTR(readers, RINGCHAR_READERS);
SOFTDEV_ITEM_ATTR(read_mark, RINGCHAR_READ_MARK);
SOFTDEV_ITEM_ATTR(write_mark, RINGCHAR_WRITE_MARK);
SOFTDEV_ITEM_ATTR(rate, RINGCHAR_RATE);
SOFTDEV_ITEM_ATTR(latency_ns, RINGCHAR_LATENCY);
SOFTDEV_ITEM_ATTR(eof, RINGCHAR_EOF);
SOFTDEV_ITEM_ATTRS_COMMON;

SOFTDEV_FAULT_ATTR(short, RINGCHAR_FAULT_SHORT);
SOFTDEV_FAULT_ATTR(error, RINGCHAR_FAULT_ERROR);
SOFTDEV_FAULT_ATTR(delay, RINGCHAR_FAULT_DELAY);

SOFTDEV_STAT_ATTR(bytes_in, RINGCHAR_BYTES_IN);
SOFTDEV_STAT_ATTR(bytes_out, RINGCHAR_BYTES_OUT);
SOFTDEV_STAT_ATTR(records_in, RINGCHAR_RECORDS_IN);
SOFTDEV_STAT_ATTR(records_out, RINGCHAR_RECORDS_OUT);
SOFTDEV_STAT_ATTR(dropped_bytes, RINGCHAR_DROPPED_BYTES);
SOFTDEV_STAT_ATTR(dropped_records, RINGCHAR_DROPPED_RECORDS);
SOFTDEV_STAT_ATTR(stored, RINGCHAR_STORED);
SOFTDEV_STAT_ATTR(high_water, RINGCHAR_HIGH_WATER);

static struct configfs_attribute *ringchar_item_attrs[] = {
	&softdev_attr_size,
	&softdev_attr_mode,
	&softdev_attr_full,
	&softdev_attr_readers,
	&softdev_attr_read_mark,
	&softdev_attr_write_mark,
	&softdev_attr_rate,
	&softdev_attr_latency_ns,
	&softdev_attr_eof,
	&softdev_attr_power,
	&softdev_attr_clear,
	NULL,
};

static struct configfs_attribute *ringchar_fault_attrs[] = {
	&softdev_fault_attr_short,
	&softdev_fault_attr_short_hits,
	&softdev_fault_attr_error,
	&softdev_fault_attr_error_hits,
	&softdev_fault_attr_delay,
	&softdev_fault_attr_delay_hits,
	&softdev_fault_attr_seed,
	NULL,
};

static struct configfs_attribute *ringchar_stat_attrs[] = {
	&softdev_stat_attr_bytes_in,
	&softdev_stat_attr_bytes_out,
	&softdev_stat_attr_records_in,
	&softdev_stat_attr_records_out,
	&softdev_stat_attr_dropped_bytes,
	&softdev_stat_attr_dropped_records,
	&softdev_stat_attr_stored,
	&softdev_stat_attr_high_water,
	NULL,
};

SOFTDEV_ITEM_TYPES(ringchar);

struct softdev_tree ringchar_tree = {
	.name		= "ringchar",
	.ops		= &ringchar_node_ops,
	.settings	= ringchar_settings,
	.item_type	= &ringchar_item_type,
	.faults_type	= &ringchar_faults_type,
	.stats_type	= &ringchar_stats_type,
};

/**
 * ringchar_tree_setup() - make the tree ready for softdev_tree_add()
 */
void ringchar_tree_setup(void)
{
	softdev_tree_init(&ringchar_tree, &ringchar_tree_type);
}
