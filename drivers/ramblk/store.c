// SPDX-License-Identifier: GPL-2.0
/*
 * ramblk: reading, writing and zeroing ranges of bytes, see store.h.
 *
 * Writing is done in steps of one chunk: a unit of the write cache if there is
 * one, what is atomic if that is larger, at least a page. A step first makes
 * sure of everything it needs, then moves the bytes, then shows new pages to
 * readers, all under its region's lock. So it happens whole or not at all, and
 * no reader sees a page before its data.
 */
#include <linux/highmem.h>
#include <linux/math.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include "store.h"

/**
 * struct ramblk_step - one tree's part of writing one chunk
 * @twin: leaf of the tree that is written as well, or NULL
 * @follows: whole pages are to be those of the other tree
 * @leaf: the tree's own
 * @page: where the bytes go
 * @fresh: bits of those in @page that are in no slot yet
 * @gone: bits of pages that are to be unlinked
 * @same: bits of pages that are to be those of the other tree
 */
struct ramblk_step {
	struct ramblk_node *twin;
	bool follows;
	struct ramblk_node *leaf;
	struct page *page[RAMBLK_UNIT_PAGES];
	u16 fresh;
	u16 gone;
	u16 same;
};

static_assert(RAMBLK_UNIT_PAGES <= 16);
static_assert(RAMBLK_UNIT_PAGES <= RAMBLK_SLOTS);

/* The range [pos, end) and what is to be done with it. */
struct ramblk_range {
	u64 pos;
	u64 end;
	unsigned int flags;
	bool zero;
};

static unsigned int ramblk_first_slot(u64 pos)
{
	return (pos >> PAGE_SHIFT) & (RAMBLK_SLOTS - 1);
}

/* The part of a range that is in its n-th page. */
static void ramblk_part(const struct ramblk_range *r, unsigned int n,
			unsigned int *offset, unsigned int *len)
{
	u64 page = ((r->pos >> PAGE_SHIFT) + n) << PAGE_SHIFT;
	u64 from = max(r->pos, page);

	*offset = from - page;
	*len = min(r->end, page + PAGE_SIZE) - from;
}

static unsigned int ramblk_pages(const struct ramblk_range *r)
{
	return ((r->end - 1) >> PAGE_SHIFT) - (r->pos >> PAGE_SHIFT) + 1;
}

static void ramblk_step_undo(struct ramblk_store *s, struct ramblk_step *st)
{
	unsigned int i;

	for (i = 0; i < RAMBLK_UNIT_PAGES; i++) {
		if (st->fresh & BIT(i))
			ramblk_page_undo(s, st->page[i]);
	}
}

/* A new page with the content of @old, perhaps none, where it is needed. */
static struct page *ramblk_step_page(struct ramblk_store *s, struct page *old,
				     bool full, unsigned int flags,
				     struct ramblk_mag *mag)
{
	struct page *page = ramblk_page_get(s, flags, mag);

	if (IS_ERR(page) || full)
		return page;
	if (old)
		copy_highpage(page, old);
	else
		clear_highpage(page);
	return page;
}

/* Is nothing of a page left if a range of it is zero? */
static bool ramblk_whole(const struct ramblk_store *s,
			 const struct ramblk_range *r, unsigned int offset,
			 unsigned int len)
{
	return len == PAGE_SIZE || (!offset && r->end >= s->size);
}

/* Is a page that both trees have theirs alone? Both leaves are their own. */
static bool ramblk_theirs(struct page *page, struct ramblk_node *twin,
			  unsigned int slot)
{
	return twin && ramblk_ptr(twin->slot[slot]) == page &&
	       atomic_long_read(ramblk_page_extra(page)) == 1;
}

/*
 * Everything that can fail. On success every page of the chunk is in @st->page,
 * this tree's own, or NULL where there is nothing to write.
 */
static int ramblk_step_prepare(struct ramblk_store *s, struct ramblk_tree *tree,
			       const struct ramblk_range *r,
			       struct ramblk_step *st, struct ramblk_mag *mag)
{
	unsigned int first = ramblk_first_slot(r->pos);
	unsigned int nr = ramblk_pages(r);
	unsigned int i, offset, len;

	st->fresh = 0;
	st->gone = 0;
	st->same = 0;
	st->leaf = ramblk_leaf_own(s, tree, r->pos >> PAGE_SHIFT, mag);
	if (!st->leaf)
		return -ENOMEM;
	for (i = 0; i < nr; i++) {
		unsigned long *slot = &st->leaf->slot[first + i];
		struct page *page = ramblk_ptr(*slot);
		bool shared = *slot & RAMBLK_SHARED;

		if (page && shared && !atomic_long_read(ramblk_page_extra(page))) {
			WRITE_ONCE(*slot, (unsigned long)page);
			shared = false;
		}
		ramblk_part(r, i, &offset, &len);
		st->page[i] = page;
		if (st->follows && !r->zero && len == PAGE_SIZE) {
			st->page[i] = NULL;
			st->same |= BIT(i);
			continue;
		}
		if (r->zero && !page)
			continue;
		if (r->zero && ramblk_whole(s, r, offset, len) &&
		    (shared || (r->flags & RAMBLK_UNMAP))) {
			st->page[i] = NULL;
			st->gone |= BIT(i);
			continue;
		}
		if (page && !shared)
			continue;
		if (page && !r->zero && len == PAGE_SIZE &&
		    ramblk_theirs(page, st->twin, first + i))
			continue;
		page = ramblk_step_page(s, page, len == PAGE_SIZE, r->flags,
					mag);
		if (IS_ERR(page)) {
			ramblk_step_undo(s, st);
			return PTR_ERR(page);
		}
		st->page[i] = page;
		st->fresh |= BIT(i);
	}
	return 0;
}

/* Show readers what was prepared and filled. */
static void ramblk_step_commit(struct ramblk_store *s,
			       const struct ramblk_range *r,
			       struct ramblk_step *st)
{
	unsigned int first = ramblk_first_slot(r->pos);
	unsigned int i;

	for (i = 0; (st->fresh | st->gone) >> i; i++) {
		unsigned long *slot = &st->leaf->slot[first + i];
		struct page *old = ramblk_ptr(*slot);

		if (!((st->fresh | st->gone) & BIT(i)))
			continue;
		/* Pairs with the dependency in ramblk_find(). */
		smp_store_release(slot, (unsigned long)st->page[i]);
		if (old)
			ramblk_page_put(s, old);
	}
}

static void ramblk_step_fill(const struct ramblk_range *r,
			     struct ramblk_step *st, struct ramblk_copy *c)
{
	unsigned int nr = ramblk_pages(r);
	unsigned int i, offset, len;

	for (i = 0; i < nr; i++) {
		void *mem;

		if (!st->page[i])
			continue;
		ramblk_part(r, i, &offset, &len);
		mem = kmap_local_page(st->page[i]);
		if (r->zero)
			memset(mem + offset, 0, len);
		else
			c->copy(c, mem + offset, len);
		kunmap_local(mem);
		flush_dcache_page(st->page[i]);
	}
}

/* The same bytes to another tree's pages. */
static void ramblk_step_repeat(const struct ramblk_range *r,
			       struct ramblk_step *from, struct ramblk_step *to)
{
	unsigned int nr = ramblk_pages(r);
	unsigned int i, offset, len;

	for (i = 0; i < nr; i++) {
		ramblk_part(r, i, &offset, &len);
		if (!to->page[i])
			continue;
		if (from->page[i])
			memcpy_page(to->page[i], offset, from->page[i], offset,
				    len);
		else
			memzero_page(to->page[i], offset, len);
	}
}

/* Whole pages that were written to the live tree become the durable one's. */
static void ramblk_step_same(struct ramblk_store *s,
			     const struct ramblk_range *r,
			     struct ramblk_step *live,
			     struct ramblk_step *durable)
{
	unsigned int first = ramblk_first_slot(r->pos);
	unsigned int i;

	for (i = 0; durable->same >> i; i++) {
		unsigned long *slot = &durable->leaf->slot[first + i];
		struct page *old = ramblk_ptr(*slot);
		struct page *page = live->page[i];
		unsigned long e = (unsigned long)page | RAMBLK_SHARED;

		if (!(durable->same & BIT(i)) || old == page)
			continue;
		atomic_long_inc(ramblk_page_extra(page));
		WRITE_ONCE(live->leaf->slot[first + i], e);
		/* Pairs with the dependency in ramblk_find(). */
		smp_store_release(slot, e);
		if (old)
			ramblk_page_put(s, old);
	}
}

/* One chunk, whole or not at all. */
static int ramblk_step(struct ramblk_store *s, const struct ramblk_range *r,
		       struct ramblk_copy *c, struct ramblk_mag *mag)
{
	bool fua = (r->flags & RAMBLK_FUA) && (s->mode & RAMBLK_CACHED);
	spinlock_t *lock = ramblk_shard(s, r->pos >> PAGE_SHIFT);
	struct ramblk_step live = {}, durable = { .follows = true };
	int err = -EIO;

	spin_lock(lock);
	if (READ_ONCE(s->mode) & RAMBLK_LATCHED)
		goto out;
	if (fua) {
		err = -ENOMEM;
		live.twin = ramblk_leaf_own(s, &s->durable,
					    r->pos >> PAGE_SHIFT, mag);
		if (!live.twin)
			goto out;
	}
	err = ramblk_step_prepare(s, &s->live, r, &live, mag);
	if (err)
		goto out;
	if (fua) {
		err = ramblk_step_prepare(s, &s->durable, r, &durable, mag);
		if (err) {
			ramblk_step_undo(s, &live);
			goto out;
		}
	}
	ramblk_step_fill(r, &live, c);
	if (fua) {
		ramblk_step_repeat(r, &live, &durable);
		ramblk_step_commit(s, r, &durable);
	}
	ramblk_step_commit(s, r, &live);
	if (fua)
		ramblk_step_same(s, r, &live, &durable);
	if (r->zero)
		ramblk_leaf_prune(s, &s->live, r->pos >> PAGE_SHIFT, live.leaf);
	if (r->zero && fua)
		ramblk_leaf_prune(s, &s->durable, r->pos >> PAGE_SHIFT,
				  durable.leaf);
out:
	spin_unlock(lock);
	return err;
}

/* Where the chunk that holds a position ends. */
static u64 ramblk_chunk_end(const struct ramblk_store *s, u64 pos, u64 end)
{
	unsigned int shift = max_t(unsigned int, PAGE_SHIFT, s->atomic_shift);

	if (s->mode & RAMBLK_CACHED)
		shift = max(shift, s->unit_shift);
	return min(end, ((pos >> shift) + 1) << shift);
}

/* Put pages of zeros where a leaf has none; the others are given back. */
static void ramblk_populate_leaf(struct ramblk_store *s, u64 first,
				 struct page *pages, unsigned int nr)
{
	u64 last = (s->size - 1) >> PAGE_SHIFT;
	spinlock_t *lock = ramblk_shard(s, first);
	struct ramblk_node *leaf = NULL;
	unsigned int i;

	spin_lock(lock);
	if (!(READ_ONCE(s->mode) & RAMBLK_LATCHED) && first <= last)
		leaf = ramblk_leaf_own(s, &s->live, first, NULL);
	for (i = 0; i < nr; i++) {
		unsigned int at = (first + i) & (RAMBLK_SLOTS - 1);

		set_page_private(&pages[i], 0);
		if (leaf && first + i <= last && !leaf->slot[at])
			/* Pairs with the dependency in ramblk_find(). */
			smp_store_release(&leaf->slot[at],
					  (unsigned long)&pages[i]);
		else
			ramblk_page_undo(s, &pages[i]);
	}
	spin_unlock(lock);
}

/* Is there nothing at all yet where a huge chunk would be? */
static bool ramblk_untouched(struct ramblk_store *s, u64 first, u64 end)
{
	while (first < end) {
		u64 next = ramblk_hole_end(&s->live, first);

		if (next == first)
			return false;
		first = next;
	}
	return true;
}

/*
 * Put a huge chunk of zeros around a page that is about to be written, the first
 * there. Where there are some, others may have been given back on purpose.
 */
static void ramblk_populate(struct ramblk_store *s, u64 index)
{
	const unsigned int nr = 1 << RAMBLK_HUGE_ORDER;
	const unsigned int step = min_t(unsigned int, nr, RAMBLK_SLOTS);
	u64 first = round_down(index, nr);
	struct page *pages;
	unsigned int i;

	if (!RAMBLK_HUGE_ORDER || !ramblk_untouched(s, first, first + nr) ||
	    ramblk_charge(s, nr, 0))
		return;
	pages = alloc_pages_node(s->nid, GFP_NOWAIT | __GFP_NOWARN |
				 __GFP_NOMEMALLOC | __GFP_HIGHMEM | __GFP_ZERO,
				 RAMBLK_HUGE_ORDER);
	if (!pages) {
		atomic_long_sub(nr, &s->pages);
		return;
	}
	split_page(pages, RAMBLK_HUGE_ORDER);
	for (i = 0; i < nr; i += step)
		ramblk_populate_leaf(s, first + i, pages + i, step);
}

/**
 * ramblk_write() - write bytes
 * @s: the store
 * @pos: where; advanced by what has been written, on failure too
 * @end: up to where
 * @c: the bytes
 * @flags: RAMBLK_FUA
 * @mag: memory for those who brought some, or NULL
 *
 * Context: any; does not sleep.
 * Return: 0; -ENOMEM (come again with a filled @mag), -ENOSPC over the limit,
 * -EIO if the store is latched.
 */
int ramblk_write(struct ramblk_store *s, u64 *pos, u64 end,
		 struct ramblk_copy *c, unsigned int flags,
		 struct ramblk_mag *mag)
{
	struct ramblk_range r = { .flags = flags };
	bool shared;
	int err = 0;

	rcu_read_lock();
	while (!err && *pos < end) {
		r.pos = *pos;
		r.end = ramblk_chunk_end(s, *pos, end);
		if (s->huge && !ramblk_find(&s->live, r.pos >> PAGE_SHIFT,
					    &shared))
			ramblk_populate(s, r.pos >> PAGE_SHIFT);
		err = ramblk_step(s, &r, c, mag);
		if (!err)
			*pos = r.end;
	}
	rcu_read_unlock();
	return err;
}

/*
 * The level of the largest subtree that begins at a page and ends before
 * another, or -1 if not even a leaf does.
 */
static int ramblk_covered(const struct ramblk_tree *tree, u64 first, u64 end)
{
	int level = -1;

	while (level + 1 < (int)tree->levels) {
		unsigned int shift = (level + 2) * RAMBLK_BITS;
		u64 span;

		if (shift >= 64)
			break;
		span = 1ULL << shift;
		if ((first & (span - 1)) || end - first < span)
			break;
		level++;
	}
	return level;
}

/* Give back whole subtrees, from the durable tree as well if need be. */
static int ramblk_zero_subtree(struct ramblk_store *s, u64 index, int level,
			       unsigned int flags, struct ramblk_mag *mag)
{
	int err;

	if (READ_ONCE(s->mode) & RAMBLK_LATCHED)
		return -EIO;
	err = ramblk_subtree_drop(s, &s->live, index, level, mag);
	if (!err && (flags & RAMBLK_FUA) && (s->mode & RAMBLK_CACHED))
		err = ramblk_subtree_drop(s, &s->durable, index, level, mag);
	return err;
}

/**
 * ramblk_zero() - make bytes read as zeros
 * @s: the store
 * @pos: where; advanced by what has been done, on failure too
 * @end: up to where
 * @flags: RAMBLK_UNMAP to give whole pages back, RAMBLK_FUA, RAMBLK_FORCE
 * @mag: memory for those who brought some, or NULL
 *
 * Allocates nothing where there is nothing. Needs memory only where pages or
 * their index are shared with another tree.
 *
 * Context: any; does not sleep. Without RAMBLK_UNMAP it takes time in what is
 * there; with it, little.
 * Return: as ramblk_write().
 */
int ramblk_zero(struct ramblk_store *s, u64 *pos, u64 end, unsigned int flags,
		struct ramblk_mag *mag)
{
	struct ramblk_range r = { .flags = flags, .zero = true };
	bool fua = (flags & RAMBLK_FUA) && (s->mode & RAMBLK_CACHED);
	/* The disk may end within a page. */
	u64 last = (end >= s->size ? end + PAGE_SIZE - 1 : end) >> PAGE_SHIFT;
	int err = 0;

	rcu_read_lock();
	while (!err && *pos < end) {
		u64 index = *pos >> PAGE_SHIFT;
		u64 next = ramblk_hole_end(&s->live, index);
		int level = -1;

		if (fua)
			next = min(next, ramblk_hole_end(&s->durable, index));
		if (next > index) {
			*pos = next > (end >> PAGE_SHIFT) ? end :
			       next << PAGE_SHIFT;
			continue;
		}
		if ((flags & RAMBLK_UNMAP) && !offset_in_page(*pos))
			level = ramblk_covered(&s->live, index, last);
		if (level >= 0) {
			err = ramblk_zero_subtree(s, index, level, flags, mag);
			if (!err)
				*pos = min(end, *pos + ((u64)PAGE_SIZE <<
							((level + 1) *
							 RAMBLK_BITS)));
			continue;
		}
		r.pos = *pos;
		r.end = ramblk_chunk_end(s, *pos, end);
		err = ramblk_step(s, &r, NULL, mag);
		if (!err)
			*pos = r.end;
	}
	rcu_read_unlock();
	return err;
}

/**
 * ramblk_read() - read bytes
 * @s: the store
 * @pos: from where
 * @end: up to where
 * @c: where they go
 *
 * Context: any; takes no locks.
 */
void ramblk_read(struct ramblk_store *s, u64 pos, u64 end,
		 struct ramblk_copy *c)
{
	const struct ramblk_range r = { .pos = pos, .end = end };
	unsigned int offset, len, n = 0;
	bool shared;

	rcu_read_lock();
	while (pos < end) {
		struct page *page = ramblk_find(&s->live, pos >> PAGE_SHIFT,
						&shared);

		ramblk_part(&r, n++, &offset, &len);
		if (page) {
			void *mem = kmap_local_page(page);

			c->copy(c, mem + offset, len);
			kunmap_local(mem);
		} else {
			c->copy(c, NULL, len);
		}
		pos += len;
	}
	rcu_read_unlock();
}

/**
 * ramblk_tree_write() - write bytes to any tree
 * @s: the store
 * @tree: which
 * @pos: where
 * @end: up to where, in the same page
 * @c: the bytes
 * @mag: memory for those who brought some, or NULL
 *
 * Context: any; does not sleep.
 * Return: 0, -ENOMEM. Not subject to the limit.
 */
int ramblk_tree_write(struct ramblk_store *s, struct ramblk_tree *tree,
		      u64 pos, u64 end, struct ramblk_copy *c,
		      struct ramblk_mag *mag)
{
	const struct ramblk_range r = {
		.pos = pos, .end = end, .flags = RAMBLK_FORCE,
	};
	spinlock_t *lock = ramblk_shard(s, pos >> PAGE_SHIFT);
	struct ramblk_step st = {};
	int err;

	spin_lock(lock);
	err = ramblk_step_prepare(s, tree, &r, &st, mag);
	if (!err) {
		ramblk_step_fill(&r, &st, c);
		ramblk_step_commit(s, &r, &st);
	}
	spin_unlock(lock);
	return err;
}

/**
 * ramblk_page_share() - put another tree's page in a slot
 * @s: the store
 * @tree: whose slot
 * @index: number of the page
 * @page: the page, perhaps NULL
 * @mag: memory for those who brought some, or NULL
 *
 * Context: any; does not sleep. Nobody drops the tree that @page is from.
 * Return: 0 or -ENOMEM.
 */
int ramblk_page_share(struct ramblk_store *s, struct ramblk_tree *tree,
		      u64 index, struct page *page, struct ramblk_mag *mag)
{
	spinlock_t *lock = ramblk_shard(s, index);
	struct ramblk_node *leaf;
	struct page *old = NULL;
	unsigned long *slot;

	spin_lock(lock);
	leaf = ramblk_leaf_own(s, tree, index, mag);
	if (leaf) {
		slot = &leaf->slot[index & (RAMBLK_SLOTS - 1)];
		old = ramblk_ptr(*slot);
		if (page)
			atomic_long_inc(ramblk_page_extra(page));
		/* Pairs with the dependency in ramblk_find(). */
		smp_store_release(slot, page ? (unsigned long)page |
					       RAMBLK_SHARED : 0);
	}
	spin_unlock(lock);
	if (old)
		ramblk_page_put(s, old);
	return leaf ? 0 : -ENOMEM;
}

static int ramblk_count_one(void *ctx, u64 index, struct page *a,
			    struct page *b)
{
	*(u64 *)ctx += !!a;
	return 0;
}

/**
 * ramblk_count() - pages of one tree that are not another's
 * @a: the tree
 * @b: the other; an empty one to count all
 *
 * Context: any; takes time in what differs.
 */
u64 ramblk_count(const struct ramblk_tree *a, const struct ramblk_tree *b)
{
	u64 nr = 0;

	rcu_read_lock();
	ramblk_diff(a, b, ramblk_count_one, &nr);
	rcu_read_unlock();
	return nr;
}

/**
 * ramblk_store_init() - an empty disk
 * @s: what to set up
 * @size: of the disk in bytes
 * @nid: node to take memory from, or NUMA_NO_NODE
 * @huge: take memory in huge chunks
 *
 * Context: process.
 * Return: 0 or an error.
 */
int ramblk_store_init(struct ramblk_store *s, u64 size, int nid, bool huge)
{
	unsigned int i;

	memset(s, 0, sizeof(*s));
	s->size = size;
	s->nid = nid;
	s->huge = huge;
	s->live.levels = ramblk_levels(size);
	s->durable.levels = s->live.levels;
	spin_lock_init(&s->fork_lock);
	spin_lock_init(&s->tree_lock);
	for (i = 0; i < RAMBLK_SHARDS; i++)
		spin_lock_init(&s->shard[i].lock);
	return ramblk_mem_init(s);
}

/**
 * ramblk_store_clear() - give back everything but snapshots
 * @s: the store
 *
 * Context: process; nobody uses the store. Sleeps for a grace period.
 */
void ramblk_store_clear(struct ramblk_store *s)
{
	ramblk_tree_drop(s, &s->live);
	ramblk_tree_drop(s, &s->durable);
	ramblk_reap_wait(s);
}

/**
 * ramblk_store_destroy() - free everything
 * @s: the store; snapshots have been dropped
 *
 * Context: process; nobody uses the store. Sleeps for a few grace periods.
 */
void ramblk_store_destroy(struct ramblk_store *s)
{
	ramblk_tree_drop(s, &s->live);
	ramblk_tree_drop(s, &s->durable);
	ramblk_mem_destroy(s);
}

/* Cut both trees off at the end of the disk. */
static int ramblk_cut_off(struct ramblk_store *s, u64 size,
			  struct ramblk_mag *mag)
{
	u64 pos = size;
	int err;

	do {
		err = ramblk_mag_fill(s, mag);
		if (err)
			break;
		err = ramblk_zero(s, &pos, s->size, RAMBLK_UNMAP | RAMBLK_FUA |
						    RAMBLK_FORCE, mag);
	} while (err == -ENOMEM);
	return err;
}

/*
 * Make the disk smaller, or leave it as it is: the trees of before are kept until
 * it is done.
 */
static int ramblk_shrink(struct ramblk_store *s, u64 size,
			 struct ramblk_mag *mag)
{
	struct ramblk_tree live = {}, durable = {};
	unsigned int mode = s->mode;
	int err;

	/* Whatever the plug's state. */
	s->mode &= ~RAMBLK_LATCHED;
	ramblk_fork(s, &s->live, &live);
	ramblk_fork(s, &s->durable, &durable);
	err = ramblk_cut_off(s, size, mag);
	if (err) {
		ramblk_fork(s, &live, &s->live);
		ramblk_fork(s, &durable, &s->durable);
	}
	ramblk_tree_drop(s, &live);
	ramblk_tree_drop(s, &durable);
	s->mode = mode;
	return err;
}

static int ramblk_grow(struct ramblk_store *s, u64 size, struct ramblk_mag *mag)
{
	unsigned int levels = ramblk_levels(size);
	int err;

	do {
		err = ramblk_mag_fill(s, mag);
		if (err)
			break;
		err = ramblk_tree_grow(s, &s->live, levels, mag);
		if (!err)
			err = ramblk_tree_grow(s, &s->durable, levels, mag);
	} while (err == -ENOMEM);
	return err;
}

/**
 * ramblk_store_resize() - make the disk larger or smaller
 * @s: the store
 * @size: bytes, not 0
 *
 * What is beyond the end is given back, and reads as zeros if the disk grows
 * again.
 *
 * Context: process; nobody uses the store.
 * Return: 0, or -ENOMEM with the old size and contents.
 */
int ramblk_store_resize(struct ramblk_store *s, u64 size)
{
	struct ramblk_mag mag;
	int err;

	ramblk_mag_init(&mag);
	err = size < s->size ? ramblk_shrink(s, size, &mag) :
			       ramblk_grow(s, size, &mag);
	ramblk_mag_drain(s, &mag);
	if (!err)
		s->size = size;
	return err;
}
