// SPDX-License-Identifier: GPL-2.0
/*
 * ramblk: a set of numbers as sorted ranges.
 *
 * The kernel's badblocks library keeps 512 ranges of at most 512 sectors; a
 * disk with every second track bad needs more. I/O may take numbers out (a bad
 * block is mended by writing it), so that it must be quick and must not sleep.
 */
#include <linux/blkdev.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <softdev/compat.h>
#include <softdev/param.h>
#include "ranges.h"

struct ramblk_span {
	struct rb_node node;
	u64 first;
	u64 last;
};

/**
 * ramblk_ranges_init() - an empty set
 * @set: what to set up
 */
void ramblk_ranges_init(struct ramblk_ranges *set)
{
	spin_lock_init(&set->lock);
	set->root = RB_ROOT;
	set->nr = 0;
}

static struct ramblk_span *ramblk_span(struct rb_node *node)
{
	return node ? rb_entry(node, struct ramblk_span, node) : NULL;
}

static struct ramblk_span *ramblk_span_next(struct ramblk_span *span)
{
	return ramblk_span(rb_next(&span->node));
}

/* The first range that does not end before a number. */
static struct ramblk_span *ramblk_span_find(const struct ramblk_ranges *set,
					    u64 number)
{
	struct rb_node *node = set->root.rb_node;
	struct ramblk_span *found = NULL;

	while (node) {
		struct ramblk_span *span = ramblk_span(node);

		if (span->last < number) {
			node = node->rb_right;
		} else {
			found = span;
			node = node->rb_left;
		}
	}
	return found;
}

/* Put a range in that touches none. */
static void ramblk_span_insert(struct ramblk_ranges *set,
			       struct ramblk_span *span, u64 first, u64 last)
{
	struct rb_node **link = &set->root.rb_node;
	struct rb_node *parent = NULL;

	span->first = first;
	span->last = last;
	while (*link) {
		parent = *link;
		link = first < ramblk_span(parent)->first ? &parent->rb_left :
							    &parent->rb_right;
	}
	rb_link_node(&span->node, parent, link);
	rb_insert_color(&span->node, &set->root);
	WRITE_ONCE(set->nr, set->nr + 1);
}

static void ramblk_span_erase(struct ramblk_ranges *set,
			      struct ramblk_span *span)
{
	rb_erase(&span->node, &set->root);
	kfree(span);
	WRITE_ONCE(set->nr, set->nr - 1);
}

/* Make a range longer, and one with those that it then touches. */
static void ramblk_span_widen(struct ramblk_ranges *set,
			      struct ramblk_span *span, u64 first, u64 last)
{
	struct ramblk_span *next = ramblk_span_next(span);

	span->first = min(span->first, first);
	span->last = max(span->last, last);
	while (next && (next->first <= span->last ||
			next->first - 1 == span->last)) {
		span->last = max(span->last, next->last);
		ramblk_span_erase(set, next);
		next = ramblk_span_next(span);
	}
}

/**
 * ramblk_ranges_add() - add numbers to a set
 * @set: the set
 * @first: first number
 * @last: last number, at least @first
 * @gfp: how to ask for memory
 *
 * Context: any that @gfp allows.
 * Return: 0; -ENOMEM, -ENOSPC if that would be too many ranges; nothing has
 * changed then.
 */
int ramblk_ranges_add(struct ramblk_ranges *set, u64 first, u64 last, gfp_t gfp)
{
	struct ramblk_span *spare = kmalloc_obj(*spare, gfp);
	struct ramblk_span *span;
	int err = 0;

	spin_lock(&set->lock);
	/* One that ends right before us is touched, too. */
	span = ramblk_span_find(set, first ? first - 1 : 0);
	if (span && (span->first <= last || span->first - 1 == last)) {
		ramblk_span_widen(set, span, first, last);
	} else if (set->nr >= RAMBLK_RANGES_MAX) {
		err = -ENOSPC;
	} else if (!spare) {
		err = -ENOMEM;
	} else {
		ramblk_span_insert(set, spare, first, last);
		spare = NULL;
	}
	spin_unlock(&set->lock);
	kfree(spare);
	return err;
}

/**
 * ramblk_ranges_remove() - take numbers from a set
 * @set: the set
 * @first: first number
 * @last: last number, at least @first
 * @gfp: how to ask for memory, which is needed where one range becomes two
 *
 * Context: any that @gfp allows.
 * Return: 1 if some of them were in the set, 0 if not; -ENOMEM, -ENOSPC if that
 * would be too many ranges; nothing has changed then.
 */
int ramblk_ranges_remove(struct ramblk_ranges *set, u64 first, u64 last,
			 gfp_t gfp)
{
	struct ramblk_span *spare = kmalloc_obj(*spare, gfp);
	struct ramblk_span *span, *next;
	int ret = 0;

	spin_lock(&set->lock);
	span = ramblk_span_find(set, first);
	if (span && span->first < first && span->last > last) {
		u64 end = span->last;

		if (set->nr >= RAMBLK_RANGES_MAX) {
			ret = -ENOSPC;
		} else if (!spare) {
			ret = -ENOMEM;
		} else {
			span->last = first - 1;
			ramblk_span_insert(set, spare, last + 1, end);
			spare = NULL;
			ret = 1;
		}
		span = NULL;
	}
	for (; span && span->first <= last; span = next) {
		next = ramblk_span_next(span);
		if (span->first < first)
			span->last = first - 1;
		else if (span->last > last)
			span->first = last + 1;
		else
			ramblk_span_erase(set, span);
		ret = 1;
	}
	spin_unlock(&set->lock);
	kfree(spare);
	return ret;
}

/**
 * ramblk_ranges_hit() - is any of these numbers in the set?
 * @set: the set
 * @first: first number
 * @last: last number
 *
 * Context: any that may take spinlocks.
 */
bool ramblk_ranges_hit(struct ramblk_ranges *set, u64 first, u64 last)
{
	struct ramblk_span *span;
	bool hit;

	spin_lock(&set->lock);
	span = ramblk_span_find(set, first);
	hit = span && span->first <= last;
	spin_unlock(&set->lock);
	return hit;
}

/**
 * ramblk_ranges_empty() - has the set no numbers?
 * @set: the set
 */
bool ramblk_ranges_empty(const struct ramblk_ranges *set)
{
	return !READ_ONCE(set->nr);
}

/**
 * ramblk_ranges_show() - the set as text, a line for each range
 * @set: the set
 * @buf: where the text goes
 * @size: its size
 *
 * Where not all fit the last line is "... N more".
 *
 * Return: the text's length.
 */
int ramblk_ranges_show(struct ramblk_ranges *set, char *buf, int size)
{
	struct ramblk_span *span;
	unsigned int left;
	int n = 0;

	spin_lock(&set->lock);
	left = set->nr;
	span = ramblk_span(rb_first(&set->root));
	/* Whole lines only: 42 is the longest, and the last takes less. */
	for (; span && n + 84 < size; span = ramblk_span_next(span), left--)
		n += scnprintf(buf + n, size - n, "%llu-%llu\n", span->first,
			       span->last);
	spin_unlock(&set->lock);
	if (left)
		n += scnprintf(buf + n, size - n, "... %u more\n", left);
	return n;
}

/**
 * ramblk_ranges_destroy() - make the set empty
 * @set: the set
 *
 * Context: nobody else uses it.
 */
void ramblk_ranges_destroy(struct ramblk_ranges *set)
{
	struct ramblk_span *span, *next;

	rbtree_postorder_for_each_entry_safe(span, next, &set->root, node)
		kfree(span);
	ramblk_ranges_init(set);
}

/* +first-last or -first-last. */
static int ramblk_range_parse(char *text, bool *add, u64 *first, u64 *last)
{
	static const struct softdev_setting sector = {
		.kind = SOFTDEV_UINT, .max = (u64)MAX_LFS_FILESIZE >> SECTOR_SHIFT,
	};
	char *p = strim(text);
	char *dash = strchr(p + !!*p, '-');
	int err;

	if ((*p != '+' && *p != '-') || !dash)
		return -EINVAL;
	*add = *p == '+';
	*dash = '\0';
	err = softdev_parse(&sector, p + 1, first);
	if (!err)
		err = softdev_parse(&sector, dash + 1, last);
	if (!err && *last < *first)
		err = -EINVAL;
	return err;
}

/**
 * ramblk_ranges_apply() - change a set by one range
 * @set: the set
 * @text: +first-last or -first-last
 * @len: its length
 *
 * Context: process.
 * Return: 0; -EINVAL for what is none; -ENOSPC; -ENOMEM.
 */
int ramblk_ranges_apply(struct ramblk_ranges *set, const char *text, size_t len)
{
	char copy[64];
	u64 first, last;
	bool add;
	int err;

	if (len >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, text, len);
	copy[len] = '\0';
	err = ramblk_range_parse(copy, &add, &first, &last);
	if (err)
		return err;
	if (add)
		return ramblk_ranges_add(set, first, last, GFP_KERNEL);
	err = ramblk_ranges_remove(set, first, last, GFP_KERNEL);
	return min(err, 0);
}

/**
 * ramblk_ranges_parse() - change a set as a list of ranges says
 * @set: the set
 * @text: ranges, each with its sign, and commas between them
 *
 * Context: process.
 * Return: 0, or an error at the first that is none (those before it are done).
 */
int ramblk_ranges_parse(struct ramblk_ranges *set, const char *text)
{
	int err = 0;

	while (!err && text) {
		size_t len = strcspn(text, ",");

		err = ramblk_ranges_apply(set, text, len);
		text = text[len] ? text + len + 1 : NULL;
	}
	return err;
}
