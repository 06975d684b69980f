// SPDX-License-Identifier: GPL-2.0
/*
 * ramblk: the volatile write cache.
 *
 * Two trees: what readers see, and what is durable. Writes, discards and
 * zeroing go to the live tree and leave the durable one's pages alone; a FUA
 * write goes to both; a FLUSH makes the durable tree a fork of the live one
 * (all three in store.c and tree.c). After a power cut the trees are compared,
 * and for each unit that differs one of the two contents stays.
 */
#include <linux/blk_types.h>
#include <linux/highmem.h>
#include <linux/sched.h>
#include <softdev/fault.h>
#include "cache.h"

/**
 * ramblk_cache_on() - from now on only a FLUSH makes things durable
 * @s: the store
 * @unit_shift: what is lost is lost in units of this size
 *
 * Context: process; nobody uses the store.
 * Return: 0 or an error.
 */
int ramblk_cache_on(struct ramblk_store *s, unsigned int unit_shift)
{
	s->unit_shift = unit_shift;
	s->mode |= RAMBLK_VERSIONED | RAMBLK_CACHED;
	return ramblk_fork(s, &s->live, &s->durable);
}

/**
 * ramblk_cache_off() - flush for the last time
 * @s: the store
 *
 * Context: process; nobody uses the store.
 */
void ramblk_cache_off(struct ramblk_store *s)
{
	s->mode &= ~RAMBLK_CACHED;
	ramblk_tree_drop(s, &s->durable);
}

/**
 * ramblk_cut_loses() - does a sector go back to its durable content?
 * @cut: the power cut
 * @sector: number of the sector
 *
 * A pure function of the cut's seed and number and of what is decided as one: the
 * unit, with @tear the sector, but not less than what is written atomically.
 */
bool ramblk_cut_loses(const struct ramblk_cut *cut, u64 sector)
{
	unsigned int shift = cut->tear ? SECTOR_SHIFT : cut->unit_shift;
	u64 n = sector >> (max(shift, cut->atomic_shift) - SECTOR_SHIFT);

	if (cut->lose != RAMBLK_LOSE_RANDOM)
		return cut->lose == RAMBLK_LOSE_ALL;
	return softdev_hash64(cut->seed, cut->nr, n) >> 63;
}

/**
 * struct ramblk_verdict - a walk over what differs
 * @s: the store
 * @tree: what will be left
 * @cut: how to decide
 * @mag: memory
 * @unit: number of the unit that is being counted
 * @lost: some of it was lost
 * @kept: some of it was kept
 */
struct ramblk_verdict {
	struct ramblk_store *s;
	struct ramblk_tree *tree;
	struct ramblk_cut *cut;
	struct ramblk_mag mag;
	u64 unit;
	bool lost;
	bool kept;
};

static void ramblk_verdict_count(struct ramblk_verdict *v, u64 unit)
{
	if (unit == v->unit)
		return;
	v->cut->lost += v->lost;
	v->cut->torn += v->lost && v->kept;
	v->unit = unit;
	v->lost = false;
	v->kept = false;
}

/* A sector of a page as a store's source. */
struct ramblk_sector {
	struct ramblk_copy c;
	struct page *page;
	unsigned int offset;
};

static void ramblk_sector_copy(struct ramblk_copy *c, void *mem,
			       unsigned int len)
{
	struct ramblk_sector *from = container_of(c, struct ramblk_sector, c);

	if (from->page)
		memcpy_from_page(mem, from->page, from->offset, len);
	else
		memset(mem, 0, len);
	from->offset += len;
}

/* Have two pages, either perhaps missing, the same content here? */
static bool ramblk_same(struct page *a, struct page *b, unsigned int offset,
			unsigned int len)
{
	void *ma = kmap_local_page(a ? a : ZERO_PAGE(0));
	void *mb = kmap_local_page(b ? b : ZERO_PAGE(0));
	bool same = !memcmp(ma + offset, mb + offset, len);

	kunmap_local(mb);
	kunmap_local(ma);
	return same;
}

/* One page that differs: decide each of its sectors, then put it right. */
static int ramblk_verdict_page(void *ctx, u64 index, struct page *live,
			       struct page *durable)
{
	u64 first = index << (PAGE_SHIFT - SECTOR_SHIFT);
	struct ramblk_verdict *v = ctx;
	unsigned int losers = 0, i;
	int err = 0;

	cond_resched();
	for (i = 0; i < PAGE_SIZE / SECTOR_SIZE; i++) {
		bool loses = ramblk_cut_loses(v->cut, first + i);

		losers += loses;
		if (ramblk_same(live, durable, i * SECTOR_SIZE, SECTOR_SIZE))
			continue;
		ramblk_verdict_count(v, (first + i) >> (v->cut->unit_shift -
							SECTOR_SHIFT));
		v->lost |= loses;
		v->kept |= !loses;
	}
	if (losers == PAGE_SIZE / SECTOR_SIZE)
		return ramblk_page_share(v->s, v->tree, index, durable,
					 &v->mag);
	for (i = 0; !err && losers && i < PAGE_SIZE / SECTOR_SIZE; i++) {
		u64 pos = (first + i) << SECTOR_SHIFT;
		struct ramblk_sector from = {
			.c.copy = ramblk_sector_copy, .page = durable,
			.offset = i * SECTOR_SIZE,
		};

		if (!ramblk_cut_loses(v->cut, first + i) ||
		    ramblk_same(live, durable, from.offset, SECTOR_SIZE))
			continue;
		err = ramblk_tree_write(v->s, v->tree, pos, pos + SECTOR_SIZE,
					&from.c, &v->mag);
	}
	return err;
}

/* As above, with memory in hand. */
static int ramblk_verdict_step(void *ctx, u64 index, struct page *live,
			       struct page *durable)
{
	struct ramblk_verdict *v = ctx;
	int err;

	/* Enough for a page and the way to it: it is copied at most once. */
	err = ramblk_mag_fill(v->s, &v->mag);
	return err ? err : ramblk_verdict_page(ctx, index, live, durable);
}

/**
 * ramblk_cache_cut() - decide what is left, and leave the cache empty
 * @s: the store, with a cache, latched
 * @cut: how; its counters are filled in
 *
 * The trees are compared where they differ only. Nothing is changed before
 * everything is decided, so that a failure can be repeated.
 *
 * Context: process; nobody uses the store. Sleeps.
 * Return: 0 or -ENOMEM, with nothing decided.
 */
int ramblk_cache_cut(struct ramblk_store *s, struct ramblk_cut *cut)
{
	struct ramblk_tree left = { .levels = s->live.levels };
	struct ramblk_verdict v = {
		.s = s, .tree = &left, .cut = cut, .unit = U64_MAX,
	};
	int err;

	cut->lost = 0;
	cut->torn = 0;
	ramblk_mag_init(&v.mag);
	s->mode &= ~RAMBLK_LATCHED;
	err = ramblk_fork(s, &s->live, &left);
	if (!err)
		err = ramblk_diff(&s->live, &s->durable, ramblk_verdict_step,
				  &v);
	if (!err) {
		ramblk_verdict_count(&v, U64_MAX);
		err = ramblk_fork(s, &left, &s->live);
	}
	if (!err)
		ramblk_cache_off(s);
	else
		s->mode |= RAMBLK_LATCHED;
	ramblk_tree_drop(s, &left);
	ramblk_mag_drain(s, &v.mag);
	return err;
}
