// SPDX-License-Identifier: GPL-2.0
/*
 * ramblk: a set of numbers as sorted ranges.
 *
 * The kernel's badblocks library keeps 512 ranges of at most 512 sectors; a
 * disk with every second track bad needs more.
 */
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include "ranges.h"

static struct ramblk_range_list *ramblk_ranges_list(const struct ramblk_ranges *set)
{
	/* Writers keep others away: the pointer is theirs. */
	return rcu_dereference_protected(set->list, true);
}

static void ramblk_ranges_add(struct ramblk_range_list *l, u64 first, u64 last)
{
	l->r[l->nr].first = first;
	l->r[l->nr].last = last;
	l->nr++;
}

/* Do two ranges overlap or follow one another without a gap? */
static bool ramblk_ranges_touch(u64 first, u64 last, u64 first2, u64 last2)
{
	return (!first2 || first2 - 1 <= last) && (!first || first - 1 <= last2);
}

/**
 * ramblk_ranges_change() - add numbers to a set or take them from it
 * @set: the set
 * @first: first number
 * @last: last number, at least @first
 * @add: or take away
 *
 * Context: process; sleeps. The caller keeps other writers away.
 * Return: 0; -ENOMEM, -ENOSPC if that would be too many ranges; nothing has
 * changed then.
 */
int ramblk_ranges_change(struct ramblk_ranges *set, u64 first, u64 last,
			 bool add)
{
	struct ramblk_range_list *old = ramblk_ranges_list(set);
	unsigned int nr = old ? old->nr : 0;
	struct ramblk_range_list *new;
	bool added = !add;
	unsigned int i;

	new = kvmalloc(struct_size(new, r, nr + 2), GFP_KERNEL);
	if (!new)
		return -ENOMEM;
	new->nr = 0;
	for (i = 0; i < nr; i++) {
		u64 f = old->r[i].first;
		u64 l = old->r[i].last;

		if (add && ramblk_ranges_touch(first, last, f, l)) {
			first = min(first, f);
			last = max(last, l);
			continue;
		}
		if (!added && f > last) {
			ramblk_ranges_add(new, first, last);
			added = true;
		}
		if (add || f > last || l < first) {
			ramblk_ranges_add(new, f, l);
			continue;
		}
		if (f < first)
			ramblk_ranges_add(new, f, first - 1);
		if (l > last)
			ramblk_ranges_add(new, last + 1, l);
	}
	if (!added)
		ramblk_ranges_add(new, first, last);
	if (new->nr > RAMBLK_RANGES_MAX) {
		kvfree(new);
		return -ENOSPC;
	}
	if (!new->nr) {
		kvfree(new);
		new = NULL;
	}
	rcu_assign_pointer(set->list, new);
	if (old) {
		synchronize_rcu();
		kvfree(old);
	}
	return 0;
}

/**
 * ramblk_ranges_hit() - is any of these numbers in the set?
 * @set: the set
 * @first: first number
 * @last: last number
 *
 * Context: any.
 */
bool ramblk_ranges_hit(const struct ramblk_ranges *set, u64 first, u64 last)
{
	const struct ramblk_range_list *l;
	unsigned int lo = 0, hi;
	bool hit = false;

	rcu_read_lock();
	l = rcu_dereference(set->list);
	hi = l ? l->nr : 0;
	/* The first range that does not end before us. */
	while (lo < hi) {
		unsigned int mid = lo + (hi - lo) / 2;

		if (l->r[mid].last < first)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (l && lo < l->nr)
		hit = l->r[lo].first <= last;
	rcu_read_unlock();
	return hit;
}

/**
 * ramblk_ranges_empty() - has the set no numbers?
 * @set: the set
 */
bool ramblk_ranges_empty(const struct ramblk_ranges *set)
{
	return !rcu_access_pointer(set->list);
}

/**
 * ramblk_ranges_show() - the set as text, a line for each range
 * @set: the set
 * @buf: where the text goes
 * @size: its size; what does not fit is left out
 *
 * Return: the text's length.
 */
int ramblk_ranges_show(const struct ramblk_ranges *set, char *buf, int size)
{
	const struct ramblk_range_list *l;
	unsigned int i;
	int n = 0;

	rcu_read_lock();
	l = rcu_dereference(set->list);
	/* Whole lines only: 42 is the longest. */
	for (i = 0; l && i < l->nr && n + 42 < size; i++)
		n += scnprintf(buf + n, size - n, "%llu-%llu\n", l->r[i].first,
			       l->r[i].last);
	rcu_read_unlock();
	return n;
}

/**
 * ramblk_ranges_destroy() - make the set empty
 * @set: the set
 *
 * Context: process; nobody reads it any more.
 */
void ramblk_ranges_destroy(struct ramblk_ranges *set)
{
	kvfree(ramblk_ranges_list(set));
	RCU_INIT_POINTER(set->list, NULL);
}
