// SPDX-License-Identifier: GPL-2.0
/*
 * ramblk: where pages and nodes come from and how they go, see store.h.
 *
 * Nothing is freed under a reader. What is unlinked waits for a grace period
 * in a list; one work frees it in batches. The children of an unlinked node are
 * released only then, when no writer can still be on his way to add to them,
 * and wait for a grace period of their own: they may have been unlinked from
 * another tree a moment ago, with readers still looking.
 */
#include <linux/highmem.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include "store.h"

struct workqueue_struct *ramblk_reap_wq;
static struct kmem_cache *ramblk_node_cache;

/*
 * The fast path takes what is there, without the reserves kept for those who
 * free memory: a write that could wait must not use them up.
 */
#define RAMBLK_GFP_FAST	(GFP_NOWAIT | __GFP_NOWARN | __GFP_NOMEMALLOC)

/*
 * The slow path waits, but does no I/O (it may be what reclaim waits for) and
 * fails rather than have somebody killed.
 */
#define RAMBLK_GFP_SLOW	\
	(GFP_NOIO | __GFP_NOWARN | __GFP_RETRY_MAYFAIL | __GFP_NOMEMALLOC)

/**
 * ramblk_caches_init() - what all stores share
 *
 * Context: module init.
 * Return: 0 or -ENOMEM.
 */
int ramblk_caches_init(void)
{
	ramblk_node_cache = kmem_cache_create("ramblk_node",
					      sizeof(struct ramblk_node), 0,
					      SLAB_HWCACHE_ALIGN, NULL);
	if (!ramblk_node_cache)
		return -ENOMEM;
	ramblk_reap_wq = alloc_workqueue("ramblk_reap",
					 WQ_MEM_RECLAIM | WQ_UNBOUND, 0);
	if (!ramblk_reap_wq) {
		kmem_cache_destroy(ramblk_node_cache);
		return -ENOMEM;
	}
	return 0;
}

/**
 * ramblk_caches_destroy() - undo ramblk_caches_init()
 *
 * Context: module exit; every store is destroyed.
 */
void ramblk_caches_destroy(void)
{
	destroy_workqueue(ramblk_reap_wq);
	kmem_cache_destroy(ramblk_node_cache);
}

/* Queue the work if there is something to do; under retired_lock. */
static void ramblk_reap_kick(struct ramblk_store *s)
{
	if (s->reaping)
		return;
	list_splice_init(&s->retired_pages, &s->gone_pages);
	list_splice_init(&s->retired_trees, &s->gone_trees);
	list_splice_init(&s->retired_nodes, &s->gone_nodes);
	s->reaping = true;
	queue_rcu_work(ramblk_reap_wq, &s->reap);
}

static void ramblk_retire(struct ramblk_store *s, struct list_head *what,
			  struct list_head *where)
{
	spin_lock(&s->retired_lock);
	list_add(what, where);
	ramblk_reap_kick(s);
	spin_unlock(&s->retired_lock);
}

/* A page without owners: no longer counted, soon free. */
static void ramblk_page_free(struct page *page)
{
	set_page_private(page, 0);
	__free_page(page);
}

/* A page or node has lost an owner; true if that was the last. */
static bool ramblk_page_unref(struct page *page)
{
	return atomic_long_dec_return(ramblk_page_extra(page)) < 0;
}

/**
 * ramblk_page_put() - a slot no longer points to a page
 * @s: the store
 * @page: the page
 *
 * Context: any that may take spinlocks; the slot has been changed.
 */
void ramblk_page_put(struct ramblk_store *s, struct page *page)
{
	if (!ramblk_page_unref(page))
		return;
	atomic_long_dec(&s->pages);
	ramblk_retire(s, &page->lru, &s->retired_pages);
}

/**
 * ramblk_node_put() - a slot no longer points to a node
 * @s: the store
 * @node: the node
 *
 * Context: any that may take spinlocks; the slot has been changed.
 */
void ramblk_node_put(struct ramblk_store *s, struct ramblk_node *node)
{
	if (!atomic_dec_and_test(&node->refs))
		return;
	atomic_long_inc(&s->unreaped);
	ramblk_retire(s, &node->link, &s->retired_trees);
}

/*
 * Release a node's children and theirs. Nobody can reach the node; what loses
 * its last owner goes to the lists.
 */
static void ramblk_reap_node(struct ramblk_store *s, struct ramblk_node *node,
			     struct list_head *pages, struct list_head *nodes)
{
	unsigned int i;

	for (i = 0; i < RAMBLK_SLOTS; i++) {
		struct ramblk_node *child;
		struct page *page;

		if (!node->level) {
			page = ramblk_ptr(node->slot[i]);
			if (page && ramblk_page_unref(page)) {
				atomic_long_dec(&s->pages);
				list_add(&page->lru, pages);
			}
			continue;
		}
		child = ramblk_ptr(node->slot[i]);
		if (child && atomic_dec_and_test(&child->refs)) {
			ramblk_reap_node(s, child, pages, nodes);
			list_add(&child->link, nodes);
		}
	}
	cond_resched();
}

static void ramblk_reap_work(struct work_struct *work)
{
	struct ramblk_store *s = container_of(to_rcu_work(work),
					      struct ramblk_store, reap);
	struct ramblk_node *node, *next;
	struct page *page, *pnext;
	LIST_HEAD(pages);
	LIST_HEAD(nodes);

	list_for_each_entry_safe(page, pnext, &s->gone_pages, lru) {
		ramblk_page_free(page);
		cond_resched();
	}
	INIT_LIST_HEAD(&s->gone_pages);
	list_for_each_entry_safe(node, next, &s->gone_nodes, link)
		kmem_cache_free(ramblk_node_cache, node);
	INIT_LIST_HEAD(&s->gone_nodes);
	list_for_each_entry_safe(node, next, &s->gone_trees, link) {
		ramblk_reap_node(s, node, &pages, &nodes);
		kmem_cache_free(ramblk_node_cache, node);
		atomic_long_dec(&s->unreaped);
	}
	INIT_LIST_HEAD(&s->gone_trees);

	spin_lock(&s->retired_lock);
	list_splice(&pages, &s->retired_pages);
	list_splice(&nodes, &s->retired_nodes);
	s->reaping = false;
	s->batches++;
	if (!list_empty(&s->retired_pages) || !list_empty(&s->retired_trees) ||
	    !list_empty(&s->retired_nodes))
		ramblk_reap_kick(s);
	/* Under the lock: who waits for the end may free the store after it. */
	wake_up_all(&s->reaped);
	spin_unlock(&s->retired_lock);
}

static bool ramblk_reap_idle(struct ramblk_store *s)
{
	bool idle;

	spin_lock(&s->retired_lock);
	idle = !s->reaping;
	spin_unlock(&s->retired_lock);
	return idle;
}

/* Has nothing been waiting since, or has this batch been freed? */
static bool ramblk_reap_reached(struct ramblk_store *s, unsigned long batch)
{
	bool reached;

	spin_lock(&s->retired_lock);
	reached = !s->reaping || (long)(s->batches - batch) >= 0;
	spin_unlock(&s->retired_lock);
	return reached;
}

/* Wait until so many more batches have been freed, or nothing waits. */
static void ramblk_reap_batches(struct ramblk_store *s, unsigned int nr)
{
	unsigned long batch;

	spin_lock(&s->retired_lock);
	batch = s->batches + nr;
	spin_unlock(&s->retired_lock);
	wait_event(s->reaped, ramblk_reap_reached(s, batch));
}

/**
 * ramblk_reap_wait() - until pages of dropped trees are no longer counted
 * @s: the store
 *
 * Waits for trees that were dropped before the call, whatever is dropped
 * meanwhile: they are in the batch that waits for its grace period, or in the
 * next one.
 *
 * Context: process; sleeps for up to two grace periods if there is something
 * to do.
 */
void ramblk_reap_wait(struct ramblk_store *s)
{
	if (atomic_long_read(&s->unreaped))
		ramblk_reap_batches(s, 2);
}

/**
 * ramblk_reap_drain() - until the memory of what was given back can be had
 * @s: the store
 *
 * As ramblk_reap_wait(), but pages of dropped trees are free as well, which
 * takes a grace period more than that they are not counted.
 *
 * Context: process; sleeps for up to three grace periods if there is something
 * to do.
 */
void ramblk_reap_drain(struct ramblk_store *s)
{
	ramblk_reap_batches(s, 3);
}

/**
 * ramblk_mem_init() - the part of a store that this file knows
 * @s: the store, zeroed
 */
int ramblk_mem_init(struct ramblk_store *s)
{
	spin_lock_init(&s->retired_lock);
	INIT_LIST_HEAD(&s->retired_pages);
	INIT_LIST_HEAD(&s->retired_trees);
	INIT_LIST_HEAD(&s->retired_nodes);
	INIT_LIST_HEAD(&s->gone_pages);
	INIT_LIST_HEAD(&s->gone_trees);
	INIT_LIST_HEAD(&s->gone_nodes);
	INIT_RCU_WORK(&s->reap, ramblk_reap_work);
	init_waitqueue_head(&s->reaped);
	return 0;
}

/**
 * ramblk_mem_destroy() - wait until everything that was unlinked is free
 * @s: the store; its trees have been dropped
 *
 * Context: process; sleeps for a few grace periods.
 */
void ramblk_mem_destroy(struct ramblk_store *s)
{
	wait_event(s->reaped, ramblk_reap_idle(s));
	flush_rcu_work(&s->reap);
}

/**
 * ramblk_charge() - account for pages about to be held
 * @s: the store
 * @pages: how many
 * @flags: RAMBLK_FORCE for those who are not subject to the limit
 *
 * Return: 0, or -ENOSPC with nothing accounted.
 */
int ramblk_charge(struct ramblk_store *s, long pages, unsigned int flags)
{
	u64 limit = READ_ONCE(s->limit);
	long spare = READ_ONCE(s->spare);
	long held;

	if (likely(!limit) || (flags & RAMBLK_FORCE)) {
		atomic_long_add(pages, &s->pages);
		return 0;
	}
	/* Who does not get it must not keep others from what there is. */
	held = atomic_long_read(&s->pages);
	do {
		if (held + pages > spare &&
		    (u64)(held + pages - spare) << PAGE_SHIFT > limit)
			return -ENOSPC;
	} while (!atomic_long_try_cmpxchg(&s->pages, &held, held + pages));
	return 0;
}

/* Somebody wants to know what is taken. */
static void ramblk_count_made(struct ramblk_store *s, size_t bytes)
{
	atomic64_t *made = READ_ONCE(s->made);

	if (unlikely(made))
		atomic64_add(bytes, made);
}

/**
 * ramblk_page_get() - a page to be put in a slot
 * @s: the store
 * @flags: RAMBLK_FORCE for those who are not subject to the limit
 * @mag: memory for those who brought some, or NULL
 *
 * Its content is anything. Its owner is one slot.
 *
 * Context: any; does not sleep.
 * Return: the page; an ERR_PTR() of -ENOSPC over the limit or -ENOMEM.
 */
struct page *ramblk_page_get(struct ramblk_store *s, unsigned int flags,
			     struct ramblk_mag *mag)
{
	struct page *page;
	int err;

	err = ramblk_charge(s, 1, flags);
	if (err)
		return ERR_PTR(err);
	if (mag && mag->nr_pages) {
		page = list_first_entry(&mag->pages, struct page, lru);
		list_del(&page->lru);
		mag->nr_pages--;
	} else {
		page = alloc_pages_node(s->nid,
					RAMBLK_GFP_FAST | __GFP_HIGHMEM, 0);
	}
	if (!page) {
		atomic_long_dec(&s->pages);
		return ERR_PTR(-ENOMEM);
	}
	set_page_private(page, 0);
	ramblk_count_made(s, PAGE_SIZE);
	return page;
}

/**
 * ramblk_page_undo() - a page that never was in a slot
 * @s: the store
 * @page: from ramblk_page_get()
 */
void ramblk_page_undo(struct ramblk_store *s, struct page *page)
{
	atomic_long_dec(&s->pages);
	ramblk_page_free(page);
}

/**
 * ramblk_node_get() - an empty node with one owner
 * @s: the store
 * @mag: memory for those who brought some, or NULL
 *
 * Context: any; does not sleep.
 * Return: the node or NULL.
 */
struct ramblk_node *ramblk_node_get(struct ramblk_store *s,
				    struct ramblk_mag *mag)
{
	struct ramblk_node *node;

	if (mag && mag->nr_nodes) {
		node = list_first_entry(&mag->nodes, struct ramblk_node, link);
		list_del(&node->link);
		mag->nr_nodes--;
	} else {
		node = kmem_cache_alloc_node(ramblk_node_cache,
					     RAMBLK_GFP_FAST | __GFP_ZERO,
					     s->nid);
	}
	if (node) {
		atomic_set(&node->refs, 1);
		ramblk_count_made(s, sizeof(*node));
	}
	return node;
}

/**
 * ramblk_mag_init() - nothing in hand yet
 * @mag: what to set up
 */
void ramblk_mag_init(struct ramblk_mag *mag)
{
	INIT_LIST_HEAD(&mag->pages);
	INIT_LIST_HEAD(&mag->nodes);
	mag->nr_pages = 0;
	mag->nr_nodes = 0;
}

/**
 * ramblk_mag_fill() - take what the largest single step can need
 * @s: the store
 * @mag: where to keep it
 *
 * A step writes one unit in two trees.
 *
 * Context: process; sleeps, without starting I/O and without OOM killer.
 * Return: 0 or -ENOMEM.
 */
int ramblk_mag_fill(struct ramblk_store *s, struct ramblk_mag *mag)
{
	while (mag->nr_nodes < 2 * RAMBLK_LEVELS_MAX) {
		struct ramblk_node *node;

		node = kmem_cache_alloc_node(ramblk_node_cache,
					     RAMBLK_GFP_SLOW | __GFP_ZERO,
					     s->nid);
		if (!node)
			return -ENOMEM;
		list_add(&node->link, &mag->nodes);
		mag->nr_nodes++;
	}
	while (mag->nr_pages < 2 * RAMBLK_UNIT_PAGES) {
		struct page *page;

		page = alloc_pages_node(s->nid, RAMBLK_GFP_SLOW | __GFP_HIGHMEM,
					0);
		if (!page)
			return -ENOMEM;
		list_add(&page->lru, &mag->pages);
		mag->nr_pages++;
	}
	return 0;
}

/**
 * ramblk_mag_drain() - give back what was not needed
 * @s: the store
 * @mag: what is left
 */
void ramblk_mag_drain(struct ramblk_store *s, struct ramblk_mag *mag)
{
	struct ramblk_node *node, *nnext;
	struct page *page, *pnext;

	list_for_each_entry_safe(page, pnext, &mag->pages, lru)
		ramblk_page_free(page);
	list_for_each_entry_safe(node, nnext, &mag->nodes, link)
		kmem_cache_free(ramblk_node_cache, node);
	ramblk_mag_init(mag);
}
