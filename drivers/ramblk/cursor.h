/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ramblk: a place in a request's data.
 */
#ifndef _RAMBLK_CURSOR_H
#define _RAMBLK_CURSOR_H

#include <linux/blk-mq.h>
#include <linux/highmem.h>
#include "store.h"

/**
 * struct ramblk_cursor - a place in a request's data, to copy from or to
 * @c: what the store calls
 * @bio: the bio it is in
 * @iter: where in that
 */
struct ramblk_cursor {
	struct ramblk_copy c;
	struct bio *bio;
	struct bvec_iter iter;
};

static inline void ramblk_cursor_skip(struct ramblk_cursor *cur, u64 bytes)
{
	while (bytes) {
		unsigned int n = min_t(u64, bytes, cur->iter.bi_size);

		bio_advance_iter(cur->bio, &cur->iter, n);
		bytes -= n;
		if (!cur->iter.bi_size && cur->bio->bi_next) {
			cur->bio = cur->bio->bi_next;
			cur->iter = cur->bio->bi_iter;
		}
	}
}

/* The piece at the cursor, in one page, and at most @len bytes; go past it. */
static inline struct bio_vec ramblk_cursor_next(struct ramblk_cursor *cur,
						unsigned int len)
{
	struct bio_vec bv = bio_iter_iovec(cur->bio, cur->iter);

	bv.bv_len = min(bv.bv_len, len);
	ramblk_cursor_skip(cur, bv.bv_len);
	return bv;
}

static inline void ramblk_cursor_init(struct ramblk_cursor *cur,
				      struct request *rq, u64 skip,
				      void (*copy)(struct ramblk_copy *c,
						   void *mem,
						   unsigned int len))
{
	cur->c.copy = copy;
	cur->bio = rq->bio;
	cur->iter = rq->bio->bi_iter;
	ramblk_cursor_skip(cur, skip);
}

#endif /* _RAMBLK_CURSOR_H */
