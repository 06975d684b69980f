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

	if (!(READ_ONCE(d->store.mode) & RAMBLK_CACHED))
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
	u64 held, others;

	if (list_empty(&d->snapshots))
		return 0;
	ramblk_reap_wait(&d->store);
	held = atomic_long_read(&d->store.pages);
	others = ramblk_count(&d->store.live, &none);
	if (READ_ONCE(d->store.mode) & RAMBLK_CACHED)
		others += ramblk_count(&d->store.durable, &d->store.live);
	return held > others ? held - others : 0;
}

/**
 * ramblk_stat() - the value of a statistic
 * @item: the disk
 * @i: which, of enum ramblk_stat
 *
 * Without item->lock, which is held while the disk comes, goes or changes its
 * size, and so while I/O is waited for. Trees are read under RCU.
 *
 * Context: process; sleeps for up to two grace periods where pages are counted.
 */
u64 ramblk_stat(struct softdev_item *item, unsigned int i)
{
	struct ramblk *d = to_ramblk(item);

	switch (i) {
	case RAMBLK_STAT_ALLOCATED:
		ramblk_reap_wait(&d->store);
		return (u64)atomic_long_read(&d->store.pages) << PAGE_SHIFT;
	case RAMBLK_STAT_UNFLUSHED:
		return ramblk_unflushed(d) << PAGE_SHIFT;
	case RAMBLK_STAT_SNAPSHOT:
		return ramblk_snapshot_pages(d) << PAGE_SHIFT;
	case RAMBLK_STAT_CUTS:
		return atomic64_read(&d->cuts);
	case RAMBLK_STAT_LOST:
		return atomic64_read(&d->lost_units);
	case RAMBLK_STAT_TORN:
		return atomic64_read(&d->torn_units);
	default:
		return 0;
	}
}
