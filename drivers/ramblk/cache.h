/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ramblk: what a power cut leaves of the write cache.
 */
#ifndef _RAMBLK_CACHE_H
#define _RAMBLK_CACHE_H

#include "store.h"

/* Indices of the words of lose. */
enum ramblk_lose {
	RAMBLK_LOSE_ALL,
	RAMBLK_LOSE_NONE,
	RAMBLK_LOSE_RANDOM,
};

/**
 * struct ramblk_cut - a power cut: how it decides and what it did
 * @lose: which units go back to their durable content
 * @tear: decide for each sector of 512 bytes
 * @unit_shift: size of a unit
 * @atomic_shift: what no decision parts, 0 for nothing
 * @seed: of the dice
 * @nr: number of the cut
 * @lost: units that lost something
 * @torn: those of them that kept something, too
 */
struct ramblk_cut {
	enum ramblk_lose lose;
	bool tear;
	unsigned int unit_shift;
	unsigned int atomic_shift;
	u64 seed;
	u64 nr;
	u64 lost;
	u64 torn;
};

int ramblk_cache_on(struct ramblk_store *s, unsigned int unit_shift);
void ramblk_cache_off(struct ramblk_store *s);
int ramblk_cache_cut(struct ramblk_store *s, struct ramblk_cut *cut);
bool ramblk_cut_loses(const struct ramblk_cut *cut, u64 sector);

#endif /* _RAMBLK_CACHE_H */
