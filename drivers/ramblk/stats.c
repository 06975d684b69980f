// SPDX-License-Identifier: GPL-2.0
/*
 * ramblk: statistics.
 */
#include <linux/rcupdate.h>
#include "ramblk.h"

static int ramblk_count_diff(void *ctx, u64 index, struct page *a,
			     struct page *b)
{
	++*(u64 *)ctx;
	return 0;
}

/* Pages in which the live tree is ahead of the durable one. */
static u64 ramblk_unflushed(struct ramblk *d)
{
	u64 nr = 0;

	if (!(d->store.mode & RAMBLK_CACHED))
		return 0;
	rcu_read_lock();
	ramblk_diff(&d->store.live, &d->store.durable, ramblk_count_diff, &nr);
	rcu_read_unlock();
	return nr;
}

/* Pages that nobody but snapshots holds. */
static u64 ramblk_snapshot_pages(struct ramblk *d)
{
	static const struct ramblk_tree none = { .levels = 1 };
	u64 held = atomic_long_read(&d->store.pages);
	u64 others;

	if (list_empty(&d->snapshots))
		return 0;
	others = ramblk_count(&d->store.live, &none);
	if (d->store.mode & RAMBLK_CACHED)
		others += ramblk_count(&d->store.durable, &d->store.live);
	return held > others ? held - others : 0;
}

/**
 * ramblk_stat() - the value of a statistic
 * @item: the disk
 * @i: which, of enum ramblk_stat
 *
 * Context: process; sleeps.
 */
u64 ramblk_stat(struct softdev_item *item, unsigned int i)
{
	struct ramblk *d = to_ramblk(item);
	u64 value = 0;

	mutex_lock(&item->lock);
	ramblk_reap_wait(&d->store);
	switch (i) {
	case RAMBLK_STAT_ALLOCATED:
		value = (u64)atomic_long_read(&d->store.pages) << PAGE_SHIFT;
		break;
	case RAMBLK_STAT_UNFLUSHED:
		value = ramblk_unflushed(d) << PAGE_SHIFT;
		break;
	case RAMBLK_STAT_SNAPSHOT:
		value = ramblk_snapshot_pages(d) << PAGE_SHIFT;
		break;
	case RAMBLK_STAT_CUTS:
		value = d->cuts;
		break;
	case RAMBLK_STAT_LOST:
		value = d->lost_units;
		break;
	case RAMBLK_STAT_TORN:
		value = d->torn_units;
		break;
	}
	mutex_unlock(&item->lock);
	return value;
}
