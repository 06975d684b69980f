// SPDX-License-Identifier: GPL-2.0
/*
 * ringchar: its directory in configfs.
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

static int ringchar_set(struct softdev_item *item, unsigned int id, u64 value)
{
	struct ringchar *rc = ringchar_of(item);
	int err = ringchar_set_value(rc, id, value);

	/* Who waits may have no reason to any more. */
	if (!err)
		ringchar_wake_all(rc, 0);
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
	return ringchar_forget(ringchar_of(item));
}

static u64 ringchar_stat(struct softdev_item *item, unsigned int i)
{
	struct ringchar *rc = ringchar_of(item);

	switch (i) {
	case RINGCHAR_STORED:
		return ringchar_stored(rc);
	case RINGCHAR_HIGH_WATER:
		return READ_ONCE(rc->high_water);
	default:
		return softdev_stats_read(&rc->stats, i);
	}
}

static struct softdev_item *ringchar_alloc(const char *name)
{
	struct ringchar *rc = ringchar_create();
	unsigned int i;

	if (!rc)
		return ERR_PTR(-ENOMEM);
	ringchar_wait_init(rc);
	for (i = 0; i < RINGCHAR_NR_SETTINGS; i++)
		softdev_value_set(&rc->item, i, ringchar_settings[i].def);
	softdev_value_set(&rc->item, RINGCHAR_SIZE, ringchar_defaults.size);
	rc->read_mark = softdev_value(&rc->item, RINGCHAR_READ_MARK);
	rc->write_mark = softdev_value(&rc->item, RINGCHAR_WRITE_MARK);
	return &rc->item;
}

/* The last file is closed, too: each has a reference to the directory. */
static void ringchar_free(struct softdev_item *item)
{
	struct ringchar *rc = ringchar_of(item);

	ringchar_wait_exit(rc);
	ringchar_destroy(rc);
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
