/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The disk's memory: pages in trees that can share them.
 *
 * A tree maps page numbers to pages through nodes of 64 slots. A slot holds a
 * pointer and perhaps a mark, RAMBLK_SHARED: what it points at may belong to
 * another tree as well and must not be written. The mark counts for all below
 * it; whoever writes there makes the way down his own first, copying what is
 * shared (or, if the other owners are gone meanwhile, taking it over). So a
 * copy of a whole disk is made by copying one slot, and costs what is written
 * afterwards. That is all there is to the write cache (a second tree, the
 * durable one) and to snapshots (one tree each).
 *
 * Locks, outermost first:
 *
 *	fork	held by who takes all of the next kind
 *	shard	a slot of a leaf changes under the lock of its region (64 pages,
 *		by hash). Writers of unshared pages that are there take it only
 *		while the store is versioned
 *	tree	slots of the nodes above, roots included, change under it
 *	retired	the lists of what waits for its grace period
 *
 * Whoever takes every shard's lock and the tree's stops all writers: that is
 * how a tree is forked. Readers take no lock: they and in-place writers run
 * under RCU, and pages and nodes are freed a grace period after they were
 * unlinked.
 *
 * Nothing here knows what a request is, so KUnit can build it alone.
 */
#ifndef _RAMBLK_STORE_H
#define _RAMBLK_STORE_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/prefetch.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#define RAMBLK_BITS		6
#define RAMBLK_SLOTS		BIT(RAMBLK_BITS)
#define RAMBLK_SHARED		1UL
#define RAMBLK_LEVELS_MAX	DIV_ROUND_UP(64 - PAGE_SHIFT, RAMBLK_BITS)

/*
 * Regions share locks by hash. More than this many nested locks would overflow
 * the preemption count.
 */
#define RAMBLK_SHARDS		64

/* The largest unit that is written whole or not at all, and its pages. */
#define RAMBLK_UNIT_MAX		65536
#define RAMBLK_UNIT_PAGES	DIV_ROUND_UP(RAMBLK_UNIT_MAX, PAGE_SIZE)

/* Flags of writes and zeroing. */
#define RAMBLK_FUA	0x1	/* durable at once, when there is a cache */
#define RAMBLK_UNMAP	0x2	/* zeroing: whole pages are given back */
#define RAMBLK_FORCE	0x4	/* not subject to the limit */

/* Bits of ramblk_store.mode. */
#define RAMBLK_VERSIONED	0x1	/* trees are forked: writers lock */
#define RAMBLK_CACHED		0x2	/* @durable is a tree of its own */
#define RAMBLK_LATCHED		0x4	/* the plug is pulled: nothing changes */

/**
 * struct ramblk_node - 64 slots
 * @refs: slots that point here
 * @level: 0 for a leaf, whose slots hold pages
 * @link: in the lists of what is to be freed
 * @slot: pointer and mark
 */
struct ramblk_node {
	atomic_t refs;
	unsigned int level;
	struct list_head link;
	unsigned long slot[RAMBLK_SLOTS] ____cacheline_aligned;
};

/**
 * struct ramblk_tree - the content of a disk at some time
 * @root: a slot
 * @levels: nodes on the way from the root to a page; at least 1
 */
struct ramblk_tree {
	unsigned long root;
	unsigned int levels;
};

/* A lock of its own cache line. */
struct ramblk_shard {
	spinlock_t lock;	/* leaf slots of its regions */
} ____cacheline_aligned_in_smp;

/**
 * struct ramblk_store - a disk's memory
 * @live: what a reader sees
 * @mode: RAMBLK_VERSIONED, RAMBLK_CACHED, RAMBLK_LATCHED; changes under
 *	everything that stops writers, or before there are any
 * @unit_shift: writes are whole in units of this size when there is a cache
 * @atomic_shift: and in units of this size always, 0 for pages; changes while
 *	there are no writers
 * @durable: what the last FLUSH covered; meaningful while RAMBLK_CACHED
 * @size: of the disk in bytes; changes while there are no writers
 * @limit: bytes of pages allowed, 0 for no limit; read with READ_ONCE()
 * @spare: pages that do not count for @limit; READ_ONCE()
 * @made: where to count bytes of pages and nodes that are taken, or NULL;
 *	READ_ONCE()
 * @nid: node to take memory from
 * @huge: take memory in chunks of RAMBLK_HUGE_PAGES where possible
 * @pages: pages held by all trees together
 * @fork_lock: serialises those who take every shard's lock
 * @tree_lock: protects slots above the leaves
 * @retired_lock: protects what follows
 * @retired_pages: unlinked pages waiting for a grace period
 * @retired_trees: unlinked nodes whose children are still to be released
 * @retired_nodes: unlinked nodes without children
 * @reaping: the work has been queued or runs
 * @batches: how often it has run
 * @gone_pages: what the current grace period is for; the work's own
 * @gone_trees: likewise
 * @gone_nodes: likewise
 * @unreaped: nodes in @retired_trees and @gone_trees
 * @reap: frees it all
 * @reaped: woken when the work has run
 * @shard: locks of the leaves' slots
 */
struct ramblk_store {
	struct ramblk_tree live;
	unsigned int mode;
	unsigned int unit_shift;
	unsigned int atomic_shift;
	struct ramblk_tree durable;
	u64 size;
	u64 limit;
	long spare;
	atomic64_t *made;
	int nid;
	bool huge;
	atomic_long_t pages ____cacheline_aligned_in_smp;
	spinlock_t fork_lock;		/* see above */
	spinlock_t tree_lock;		/* see above */
	spinlock_t retired_lock;	/* see above */
	struct list_head retired_pages;
	struct list_head retired_trees;
	struct list_head retired_nodes;
	bool reaping;
	unsigned long batches;
	struct list_head gone_pages;
	struct list_head gone_trees;
	struct list_head gone_nodes;
	atomic_long_t unreaped;
	struct rcu_work reap;
	wait_queue_head_t reaped;
	struct ramblk_shard shard[RAMBLK_SHARDS];
};

/* Pages of a huge chunk: 2 MiB, what most machines map with one entry. */
#define RAMBLK_HUGE_ORDER	(PAGE_SHIFT < 21 ? 21 - PAGE_SHIFT : 0)

/**
 * struct ramblk_mag - memory taken beforehand, for those who may not wait
 * @pages: pages, by lru
 * @nodes: nodes, by link
 * @nr_pages: length of @pages
 * @nr_nodes: length of @nodes
 */
struct ramblk_mag {
	struct list_head pages;
	struct list_head nodes;
	unsigned int nr_pages;
	unsigned int nr_nodes;
};

/**
 * struct ramblk_copy - where data comes from or goes to, in order
 * @copy: move the next @len bytes from or to @mem, which is NULL for zeros;
 *	never sleeps
 */
struct ramblk_copy {
	void (*copy)(struct ramblk_copy *c, void *mem, unsigned int len);
};

static inline void *ramblk_ptr(unsigned long entry)
{
	return (void *)(entry & ~RAMBLK_SHARED);
}

/**
 * ramblk_find() - the page with this number
 * @tree: the tree
 * @index: number of the page
 * @shared: set if the page must not be written in place
 *
 * Context: under rcu_read_lock(), which keeps the page.
 * Return: the page, NULL if there is none (and it reads as zeros).
 */
static inline struct page *ramblk_find(const struct ramblk_tree *tree,
				       u64 index, bool *shared)
{
	int shift = (tree->levels - 1) * RAMBLK_BITS;
	/* Pairs with the smp_store_release() of every slot, by dependency. */
	unsigned long e = READ_ONCE(tree->root);
	unsigned long seen = e;

	for (; shift >= 0; shift -= RAMBLK_BITS) {
		const struct ramblk_node *node = ramblk_ptr(e);

		if (!node)
			return NULL;
		e = READ_ONCE(node->slot[(index >> shift) & (RAMBLK_SLOTS - 1)]);
		seen |= e;
	}
	*shared = seen & RAMBLK_SHARED;
	return ramblk_ptr(e);
}

/**
 * ramblk_prefetch_slot() - a page will be looked up soon
 * @tree: the tree
 * @index: number of the page
 *
 * Context: under rcu_read_lock().
 */
static inline void ramblk_prefetch_slot(const struct ramblk_tree *tree,
					u64 index)
{
	int shift = (tree->levels - 1) * RAMBLK_BITS;
	const struct ramblk_node *node = ramblk_ptr(READ_ONCE(tree->root));

	for (; node && shift; shift -= RAMBLK_BITS)
		node = ramblk_ptr(READ_ONCE(node->slot[(index >> shift) &
						       (RAMBLK_SLOTS - 1)]));
	if (node)
		prefetch(&node->slot[index & (RAMBLK_SLOTS - 1)]);
}

/* tree.c */
int ramblk_caches_init(void);
void ramblk_caches_destroy(void);
extern struct workqueue_struct *ramblk_reap_wq;

unsigned int ramblk_levels(u64 size);
struct ramblk_node *ramblk_leaf_own(struct ramblk_store *s,
				    struct ramblk_tree *tree, u64 index,
				    struct ramblk_mag *mag);
void ramblk_leaf_prune(struct ramblk_store *s, struct ramblk_tree *tree,
		       u64 index, struct ramblk_node *leaf);
int ramblk_subtree_drop(struct ramblk_store *s, struct ramblk_tree *tree,
			u64 index, unsigned int level, struct ramblk_mag *mag);
u64 ramblk_hole_end(const struct ramblk_tree *tree, u64 index);
int ramblk_tree_grow(struct ramblk_store *s, struct ramblk_tree *tree,
		     unsigned int levels, struct ramblk_mag *mag);
int ramblk_fork(struct ramblk_store *s, struct ramblk_tree *from,
		struct ramblk_tree *to);
void ramblk_tree_drop(struct ramblk_store *s, struct ramblk_tree *tree);

/**
 * typedef ramblk_diff_fn - called for a page that differs between two trees
 * @ctx: the caller's
 * @index: number of the page
 * @a: the first tree's, perhaps NULL
 * @b: the second tree's, perhaps NULL; never the same as @a
 *
 * Return: 0 to go on.
 */
typedef int (*ramblk_diff_fn)(void *ctx, u64 index, struct page *a,
			      struct page *b);
int ramblk_diff(const struct ramblk_tree *a, const struct ramblk_tree *b,
		ramblk_diff_fn fn, void *ctx);

static inline spinlock_t *ramblk_shard(struct ramblk_store *s, u64 index)
{
	return &s->shard[(index >> RAMBLK_BITS) & (RAMBLK_SHARDS - 1)].lock;
}

/* mem.c */
int ramblk_mem_init(struct ramblk_store *s);
void ramblk_mem_destroy(struct ramblk_store *s);
struct page *ramblk_page_get(struct ramblk_store *s, unsigned int flags,
			     struct ramblk_mag *mag);
void ramblk_page_undo(struct ramblk_store *s, struct page *page);
void ramblk_page_put(struct ramblk_store *s, struct page *page);
int ramblk_charge(struct ramblk_store *s, long pages, unsigned int flags);
struct ramblk_node *ramblk_node_get(struct ramblk_store *s,
				    struct ramblk_mag *mag);
void ramblk_node_put(struct ramblk_store *s, struct ramblk_node *node);
void ramblk_mag_init(struct ramblk_mag *mag);
int ramblk_mag_fill(struct ramblk_store *s, struct ramblk_mag *mag);
void ramblk_mag_drain(struct ramblk_store *s, struct ramblk_mag *mag);
void ramblk_reap_wait(struct ramblk_store *s);
void ramblk_reap_drain(struct ramblk_store *s);

/* How many slots other than the one at hand point to a page. */
static inline atomic_long_t *ramblk_page_extra(struct page *page)
{
	return (atomic_long_t *)&page->private;
}

/* store.c */
int ramblk_store_init(struct ramblk_store *s, u64 size, int nid, bool huge);
void ramblk_store_destroy(struct ramblk_store *s);
int ramblk_store_resize(struct ramblk_store *s, u64 size);
void ramblk_store_clear(struct ramblk_store *s);
void ramblk_read(struct ramblk_store *s, u64 pos, u64 end,
		 struct ramblk_copy *c);
int ramblk_write(struct ramblk_store *s, u64 *pos, u64 end,
		 struct ramblk_copy *c, unsigned int flags,
		 struct ramblk_mag *mag);
int ramblk_zero(struct ramblk_store *s, u64 *pos, u64 end, unsigned int flags,
		struct ramblk_mag *mag);
u64 ramblk_count(const struct ramblk_tree *a, const struct ramblk_tree *b);
int ramblk_page_share(struct ramblk_store *s, struct ramblk_tree *tree,
		      u64 index, struct page *page, struct ramblk_mag *mag);
int ramblk_tree_write(struct ramblk_store *s, struct ramblk_tree *tree,
		      u64 pos, u64 end, struct ramblk_copy *c,
		      struct ramblk_mag *mag);

#endif /* _RAMBLK_STORE_H */
