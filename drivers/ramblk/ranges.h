/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ramblk: a set of numbers as sorted ranges, for bad blocks.
 */
#ifndef _RAMBLK_RANGES_H
#define _RAMBLK_RANGES_H

#include <linux/types.h>

/* Ranges kept at most, 16 bytes each. */
#define RAMBLK_RANGES_MAX	65536

/**
 * struct ramblk_range_list - ranges in ascending order that neither touch nor
 *	overlap
 * @nr: how many
 * @r: first and last number of each
 */
struct ramblk_range_list {
	unsigned int nr;
	struct {
		u64 first;
		u64 last;
	} r[];
};

/**
 * struct ramblk_ranges - a set of numbers
 * @list: replaced as a whole by whoever changes the set; NULL if it is empty
 *
 * Readers need rcu_read_lock(), writers keep others away.
 */
struct ramblk_ranges {
	struct ramblk_range_list __rcu *list;
};

int ramblk_ranges_change(struct ramblk_ranges *set, u64 first, u64 last,
			 bool add);
bool ramblk_ranges_hit(const struct ramblk_ranges *set, u64 first, u64 last);
bool ramblk_ranges_empty(const struct ramblk_ranges *set);
int ramblk_ranges_show(const struct ramblk_ranges *set, char *buf, int size);
void ramblk_ranges_destroy(struct ramblk_ranges *set);

#endif /* _RAMBLK_RANGES_H */
