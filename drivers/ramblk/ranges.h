/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ramblk: a set of numbers as sorted ranges: bad blocks, and where faults strike.
 */
#ifndef _RAMBLK_RANGES_H
#define _RAMBLK_RANGES_H

#include <linux/gfp_types.h>
#include <linux/rbtree.h>
#include <linux/spinlock.h>
#include <linux/types.h>

/* Ranges kept at most. */
#define RAMBLK_RANGES_MAX	65536

/**
 * struct ramblk_ranges - a set of numbers
 * @lock: protects what follows
 * @root: ranges in ascending order that neither touch nor overlap
 * @nr: how many
 */
struct ramblk_ranges {
	spinlock_t lock;	/* see above */
	struct rb_root root;
	unsigned int nr;
};

void ramblk_ranges_init(struct ramblk_ranges *set);
int ramblk_ranges_add(struct ramblk_ranges *set, u64 first, u64 last,
		      gfp_t gfp);
int ramblk_ranges_remove(struct ramblk_ranges *set, u64 first, u64 last,
			 gfp_t gfp);
bool ramblk_ranges_hit(struct ramblk_ranges *set, u64 first, u64 last);
bool ramblk_ranges_empty(const struct ramblk_ranges *set);
int ramblk_ranges_apply(struct ramblk_ranges *set, const char *text, size_t len);
int ramblk_ranges_parse(struct ramblk_ranges *set, const char *text);
int ramblk_ranges_show(struct ramblk_ranges *set, char *buf, int size);
void ramblk_ranges_destroy(struct ramblk_ranges *set);

#endif /* _RAMBLK_RANGES_H */
