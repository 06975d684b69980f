// SPDX-License-Identifier: GPL-2.0
/*
 * ramblk: trees of pages that share what they have in common, see store.h.
 */
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/string.h>
#include "store.h"

/**
 * ramblk_levels() - how high a tree must be
 * @size: bytes it has to hold
 */
unsigned int ramblk_levels(u64 size)
{
	u64 last = (size - 1) >> PAGE_SHIFT;
	unsigned int levels = 1;

	while (last >>= RAMBLK_BITS)
		levels++;
	return levels;
}

static unsigned int ramblk_slot(u64 index, unsigned int level)
{
	return (index >> (level * RAMBLK_BITS)) & (RAMBLK_SLOTS - 1);
}

/*
 * Mark what a node points at: from now on it may have other owners. Nobody
 * else writes these slots: the node is new, or reached from one slot alone.
 */
static void ramblk_mark(struct ramblk_node *node)
{
	unsigned int i;

	for (i = 0; i < RAMBLK_SLOTS; i++) {
		unsigned long e = node->slot[i];

		if (e)
			WRITE_ONCE(node->slot[i], e | RAMBLK_SHARED);
	}
}

static void ramblk_copy_node(struct ramblk_node *to, struct ramblk_node *from)
{
	unsigned int i;

	to->level = from->level;
	for (i = 0; i < RAMBLK_SLOTS; i++) {
		unsigned long e = READ_ONCE(from->slot[i]);
		void *child = ramblk_ptr(e);

		if (!child)
			continue;
		if (from->level)
			atomic_inc(&((struct ramblk_node *)child)->refs);
		else
			atomic_long_inc(ramblk_page_extra(child));
		to->slot[i] = e | RAMBLK_SHARED;
	}
}

/*
 * Make what a slot points at this tree's own, under tree_lock; a leaf also
 * under its shard's.
 */
static struct ramblk_node *ramblk_slot_own(struct ramblk_store *s,
					   unsigned long *slot,
					   unsigned int level,
					   struct ramblk_mag *mag)
{
	unsigned long e = *slot;
	struct ramblk_node *old = ramblk_ptr(e);
	struct ramblk_node *node;

	if (old && !(e & RAMBLK_SHARED))
		return old;
	if (old && atomic_read(&old->refs) == 1) {
		/*
		 * The other owners are gone. What is below may still have
		 * others, which only the mark here told.
		 */
		ramblk_mark(old);
		/* Pairs with the dependency in ramblk_find(). */
		smp_store_release(slot, (unsigned long)old);
		return old;
	}
	node = ramblk_node_get(s, mag);
	if (!node)
		return NULL;
	node->level = level;
	if (old)
		ramblk_copy_node(node, old);
	/* Pairs with the dependency in ramblk_find(). */
	smp_store_release(slot, (unsigned long)node);
	if (old)
		ramblk_node_put(s, old);
	return node;
}

/**
 * ramblk_leaf_own() - the leaf that holds a page, for writing
 * @s: the store
 * @tree: which tree
 * @index: number of the page
 * @mag: memory for those who brought some, or NULL
 *
 * What is missing on the way is made, what is shared is copied.
 *
 * Context: under the shard's lock of @index.
 * Return: the leaf, or NULL without memory (part of the way may be there then,
 * which changes no content).
 */
struct ramblk_node *ramblk_leaf_own(struct ramblk_store *s,
				    struct ramblk_tree *tree, u64 index,
				    struct ramblk_mag *mag)
{
	unsigned int level = tree->levels;
	unsigned long *slot = &tree->root;
	struct ramblk_node *node = NULL;

	lockdep_assert_held(ramblk_shard(s, index));
	while (level--) {
		unsigned long e = READ_ONCE(*slot);

		node = ramblk_ptr(e);
		if (!node || (e & RAMBLK_SHARED)) {
			spin_lock(&s->tree_lock);
			node = ramblk_slot_own(s, slot, level, mag);
			spin_unlock(&s->tree_lock);
			if (!node)
				return NULL;
		}
		slot = &node->slot[ramblk_slot(index, level)];
	}
	return node;
}

/**
 * ramblk_leaf_prune() - unlink a leaf if it holds nothing
 * @s: the store
 * @tree: which tree
 * @index: number of one of its pages
 * @leaf: from ramblk_leaf_own()
 *
 * Nodes above stay, even empty: others may be on their way through them, without
 * a lock that we could take, to add a leaf.
 *
 * Context: under the shard's lock of @index, which all take who add to the leaf,
 * since before ramblk_leaf_own().
 */
void ramblk_leaf_prune(struct ramblk_store *s, struct ramblk_tree *tree,
		       u64 index, struct ramblk_node *leaf)
{
	unsigned int level = tree->levels;
	unsigned long *slot = &tree->root;

	lockdep_assert_held(ramblk_shard(s, index));
	if (memchr_inv(leaf->slot, 0, sizeof(leaf->slot)))
		return;
	spin_lock(&s->tree_lock);
	/* Somebody may have dropped all of it meanwhile. */
	while (--level && ramblk_ptr(*slot)) {
		struct ramblk_node *node = ramblk_ptr(*slot);

		slot = &node->slot[ramblk_slot(index, level)];
	}
	if (ramblk_ptr(*slot) == leaf) {
		WRITE_ONCE(*slot, 0);
		ramblk_node_put(s, leaf);
	}
	spin_unlock(&s->tree_lock);
}

/**
 * ramblk_subtree_drop() - unlink everything below a slot
 * @s: the store
 * @tree: which tree
 * @index: number of the first page
 * @level: what the slot points at: 0 for a leaf; less than @tree->levels
 * @mag: memory for those who brought some, or NULL
 *
 * Writers that are on their way below finish before anything is freed: they
 * run under RCU. Their data goes with the rest, as if they had come before.
 *
 * Context: any; takes tree_lock.
 * Return: 0 or -ENOMEM, with nothing changed.
 */
int ramblk_subtree_drop(struct ramblk_store *s, struct ramblk_tree *tree,
			u64 index, unsigned int level, struct ramblk_mag *mag)
{
	unsigned int at = tree->levels;
	unsigned long *slot = &tree->root;
	struct ramblk_node *node, *old;
	int err = 0;

	spin_lock(&s->tree_lock);
	while (--at > level) {
		if (!ramblk_ptr(*slot))
			goto out;
		node = ramblk_slot_own(s, slot, at, mag);
		if (!node) {
			err = -ENOMEM;
			goto out;
		}
		slot = &node->slot[ramblk_slot(index, at)];
	}
	old = ramblk_ptr(*slot);
	if (old) {
		WRITE_ONCE(*slot, 0);
		ramblk_node_put(s, old);
	}
out:
	spin_unlock(&s->tree_lock);
	return err;
}

/**
 * ramblk_hole_end() - where the hole that begins here may end
 * @tree: the tree
 * @index: number of a page
 *
 * Context: under rcu_read_lock().
 * Return: @index itself if there is a leaf for it, else the number of the next
 * page for which there might be one.
 */
u64 ramblk_hole_end(const struct ramblk_tree *tree, u64 index)
{
	unsigned int level = tree->levels;
	unsigned long e = READ_ONCE(tree->root);

	while (level--) {
		const struct ramblk_node *node = ramblk_ptr(e);
		unsigned int shift = (level + 1) * RAMBLK_BITS;

		if (!node)
			return shift < 64 ? ((index >> shift) + 1) << shift :
					    U64_MAX;
		e = READ_ONCE(node->slot[ramblk_slot(index, level)]);
	}
	return index;
}

/**
 * ramblk_tree_grow() - put nodes on top
 * @s: the store
 * @tree: which tree
 * @levels: how high it is to be
 * @mag: memory for those who brought some, or NULL
 *
 * Context: nobody else uses the tree.
 * Return: 0, or -ENOMEM with a tree that is right but not high enough.
 */
int ramblk_tree_grow(struct ramblk_store *s, struct ramblk_tree *tree,
		     unsigned int levels, struct ramblk_mag *mag)
{
	while (tree->levels < levels) {
		if (ramblk_ptr(tree->root)) {
			struct ramblk_node *node = ramblk_node_get(s, mag);

			if (!node)
				return -ENOMEM;
			node->level = tree->levels;
			node->slot[0] = tree->root;
			/* Pairs with the dependency in ramblk_diff(). */
			smp_store_release(&tree->root, (unsigned long)node);
		}
		tree->levels++;
	}
	return 0;
}

static void ramblk_lock_all(struct ramblk_store *s)
	__acquires(&s->fork_lock)
	__acquires(&s->tree_lock)
{
	unsigned int i;

	/* Nobody else takes a second shard, so one lock makes the order safe. */
	spin_lock(&s->fork_lock);
	for (i = 0; i < RAMBLK_SHARDS; i++) {
		spin_lock_nest_lock(&s->shard[i].lock, &s->fork_lock);
		/* sparse counts locks, but not those of an array. */
		__release(&s->shard[i].lock);
	}
	spin_lock(&s->tree_lock);
}

static void ramblk_unlock_all(struct ramblk_store *s)
	__releases(&s->tree_lock)
	__releases(&s->fork_lock)
{
	unsigned int i;

	spin_unlock(&s->tree_lock);
	for (i = 0; i < RAMBLK_SHARDS; i++) {
		__acquire(&s->shard[i].lock);
		spin_unlock(&s->shard[i].lock);
	}
	spin_unlock(&s->fork_lock);
}

/**
 * ramblk_fork() - make one tree's content another's
 * @s: the store
 * @from: the original; stays as it is
 * @to: the copy; what it held before is dropped
 *
 * All at one instant, between the units that others write. Takes the same time
 * whatever the trees hold.
 *
 * Context: any that may take spinlocks; writers of @from take their shard's
 * lock for everything, that is, RAMBLK_VERSIONED has been set for a grace
 * period, or there are none.
 * Return: 0, or -EIO with nothing changed if the store is latched.
 */
int ramblk_fork(struct ramblk_store *s, struct ramblk_tree *from,
		struct ramblk_tree *to)
{
	struct ramblk_node *old = NULL;
	struct ramblk_node *root;
	int err = -EIO;

	ramblk_lock_all(s);
	if (s->mode & RAMBLK_LATCHED)
		goto out;
	root = ramblk_ptr(from->root);
	old = ramblk_ptr(to->root);
	if (root) {
		atomic_inc(&root->refs);
		WRITE_ONCE(from->root, from->root | RAMBLK_SHARED);
	}
	WRITE_ONCE(to->root, from->root);
	to->levels = from->levels;
	err = 0;
out:
	ramblk_unlock_all(s);
	if (old)
		ramblk_node_put(s, old);
	return err;
}

/**
 * ramblk_tree_drop() - a tree that holds nothing any more
 * @s: the store
 * @tree: which tree
 *
 * Context: any; nobody writes to the tree.
 */
void ramblk_tree_drop(struct ramblk_store *s, struct ramblk_tree *tree)
{
	struct ramblk_node *old = ramblk_ptr(tree->root);

	WRITE_ONCE(tree->root, 0);
	if (old)
		ramblk_node_put(s, old);
}

/**
 * struct ramblk_diff - a walk over two trees at once
 * @fn: called for each difference
 * @ctx: its first argument
 */
struct ramblk_diff {
	ramblk_diff_fn fn;
	void *ctx;
};

/*
 * The slots at one place of two trees. A tree that is lower than @level is
 * thought of as having nodes above its root that hold it in their first slot.
 */
static int ramblk_diff_slots(const struct ramblk_diff *d, unsigned long a,
			     unsigned int la, unsigned long b, unsigned int lb,
			     unsigned int level, u64 index)
{
	unsigned int i;
	int err = 0;

	if (ramblk_ptr(a) == ramblk_ptr(b) && (la == lb || !ramblk_ptr(a)))
		return 0;
	if (!level)
		return d->fn(d->ctx, index, ramblk_ptr(a), ramblk_ptr(b));
	for (i = 0; !err && i < RAMBLK_SLOTS; i++) {
		const struct ramblk_node *na = ramblk_ptr(a);
		const struct ramblk_node *nb = ramblk_ptr(b);
		unsigned long ea, eb;

		if (la < level)
			ea = i ? 0 : a;
		else
			ea = na ? READ_ONCE(na->slot[i]) : 0;
		if (lb < level)
			eb = i ? 0 : b;
		else
			eb = nb ? READ_ONCE(nb->slot[i]) : 0;
		err = ramblk_diff_slots(d, ea, min(la, level - 1), eb,
					min(lb, level - 1), level - 1,
					index << RAMBLK_BITS | i);
	}
	return err;
}

/* How high a tree is, from the root alone: 0 if it is empty. */
static unsigned int ramblk_height(unsigned long root)
{
	const struct ramblk_node *node = ramblk_ptr(root);

	return node ? node->level + 1 : 0;
}

/**
 * ramblk_diff() - find the pages that two trees do not share
 * @a: one tree
 * @b: the other
 * @fn: what to call for each, in ascending order
 * @ctx: its first argument
 *
 * Takes time in what differs, not in what the trees hold. A tree may be
 * replaced or grow meanwhile: each root is read once, and says how high it is.
 *
 * Context: under rcu_read_lock(), or nobody changes the trees.
 * Return: 0, or the first non-zero that @fn returned.
 */
int ramblk_diff(const struct ramblk_tree *a, const struct ramblk_tree *b,
		ramblk_diff_fn fn, void *ctx)
{
	const struct ramblk_diff d = { .fn = fn, .ctx = ctx };
	/* Pairs with the smp_store_release() of roots, by dependency. */
	unsigned long ra = READ_ONCE(a->root);
	unsigned long rb = READ_ONCE(b->root);
	unsigned int la = ramblk_height(ra);
	unsigned int lb = ramblk_height(rb);

	return ramblk_diff_slots(&d, ra, la, rb, lb, max(la, lb), 0);
}
