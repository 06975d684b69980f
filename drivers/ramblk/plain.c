// SPDX-License-Identifier: GPL-2.0
/*
 * ramblk: the plain path of requests.
 *
 * A disk without write cache, snapshots, faults and so on copies pages where
 * requests are queued, and completes a whole plug's list at once. Everything
 * else is in request.c, behind one branch.
 */
#include <linux/highmem.h>
#include <linux/prefetch.h>
#include <linux/rcupdate.h>
#include <softdev/compat_block.h>
#include "ramblk.h"
#include "trace.h"

/* A piece of memory as a store's source. */
struct ramblk_linear {
	struct ramblk_copy c;
	const void *mem;
};

static void ramblk_linear_copy(struct ramblk_copy *c, void *mem,
			       unsigned int len)
{
	struct ramblk_linear *l = container_of(c, struct ramblk_linear, c);

	memcpy(mem, l->mem, len);
	l->mem += len;
}

/* A piece in one page of the disk that has none yet, or a shared one. */
static noinline int ramblk_plain_miss(struct ramblk *d, const void *mem,
				      u64 pos, unsigned int len)
{
	struct ramblk_linear l = {
		.c.copy = ramblk_linear_copy, .mem = mem,
	};

	return ramblk_write(&d->store, &pos, pos + len, &l.c, 0, NULL);
}

static int ramblk_plain_write(struct ramblk *d, struct request *rq, u64 *done)
{
	const struct ramblk_store *s = &d->store;
	u64 start = (u64)blk_rq_pos(rq) << SECTOR_SHIFT;
	struct req_iterator iter;
	struct bio_vec bv;
	u64 pos = start;
	bool begun;
	int err = 0;

	rq_for_each_segment(bv, rq, iter) {
		const void *mem = bvec_kmap_local(&bv);
		unsigned int off = 0;

		while (off < bv.bv_len) {
			unsigned int at = offset_in_page(pos);
			unsigned int n = min_t(unsigned int, bv.bv_len - off,
					       PAGE_SIZE - at);
			struct page *page;
			bool shared;

			page = ramblk_find(&s->live, pos >> PAGE_SHIFT,
					   &shared);
			/* A page that was begun is finished: it is whole. */
			begun = at && pos != start;
			if (unlikely(!begun &&
				     READ_ONCE(s->mode) & RAMBLK_LATCHED))
				err = -EIO;
			else if (unlikely(!page || shared))
				err = ramblk_plain_miss(d, mem + off, pos, n);
			else
				memcpy_to_page(page, at, mem + off, n);
			if (unlikely(err))
				break;
			off += n;
			pos += n;
		}
		kunmap_local(mem);
		if (unlikely(err))
			break;
	}
	*done = pos - start;
	return err;
}

static void ramblk_plain_read(struct ramblk *d, struct request *rq)
{
	const struct ramblk_store *s = &d->store;
	u64 pos = (u64)blk_rq_pos(rq) << SECTOR_SHIFT;
	struct req_iterator iter;
	struct bio_vec bv;

	rq_for_each_segment(bv, rq, iter) {
		void *mem = bvec_kmap_local(&bv);
		unsigned int off = 0;

		while (off < bv.bv_len) {
			unsigned int at = offset_in_page(pos);
			unsigned int n = min_t(unsigned int, bv.bv_len - off,
					       PAGE_SIZE - at);
			struct page *page;
			bool shared;

			page = ramblk_find(&s->live, pos >> PAGE_SHIFT,
					   &shared);
			if (page)
				memcpy_from_page(mem + off, page, at, n);
			else
				memset(mem + off, 0, n);
			off += n;
			pos += n;
		}
		kunmap_local(mem);
		flush_dcache_page(bv.bv_page);
	}
}

/**
 * ramblk_plain() - deal with a request if it is plain
 * @d: the disk
 * @rq: the request, started
 * @done: takes how many bytes of a write were done
 *
 * Context: any that may take spinlocks.
 * Return: 0 or an error; RAMBLK_NOT_PLAIN if nothing was done, and all of it is
 * ramblk_special()'s.
 */
int ramblk_plain(struct ramblk *d, struct request *rq, u64 *done)
{
	int ret = 0;

	/*
	 * The block layer dispatches under RCU, and so do we for ourselves:
	 * who sets a feature waits a grace period for those who missed it.
	 */
	rcu_read_lock();
	if (unlikely(READ_ONCE(d->features) || trace_ramblk_request_enabled() ||
		     trace_ramblk_done_enabled()))
		ret = RAMBLK_NOT_PLAIN;
	else if (unlikely(ramblk_beyond(d, rq)))
		ret = -EIO;
	else if (req_op(rq) == REQ_OP_READ)
		ramblk_plain_read(d, rq);
	else if (req_op(rq) == REQ_OP_WRITE)
		ret = ramblk_plain_write(d, rq, done);
	else
		ret = RAMBLK_NOT_PLAIN;
	rcu_read_unlock();
	return ret;
}

/* Cache lines at a page's start to ask for; the hardware sees the rest coming. */
#define RAMBLK_PREFETCH		4

/**
 * ramblk_plain_prefetch() - ask for the memory of the next request
 * @s: the store
 * @rq: the request after the one that is to be copied now, or NULL
 *
 * And for the slot that tells the memory of the one after that.
 */
void ramblk_plain_prefetch(const struct ramblk_store *s, struct request *rq)
{
	unsigned int i;
	struct page *page;
	bool shared;
	u8 *mem;

	if (!rq)
		return;
	rcu_read_lock();
	page = ramblk_find(&s->live, blk_rq_pos(rq) >> PAGE_SECTORS_SHIFT,
			   &shared);
	if (page && !PageHighMem(page)) {
		mem = page_address(page);
		mem += (blk_rq_pos(rq) & (PAGE_SECTORS - 1)) << SECTOR_SHIFT;
		for (i = 0; i < RAMBLK_PREFETCH; i++) {
			if (req_op(rq) == REQ_OP_WRITE)
				prefetchw(mem + i * L1_CACHE_BYTES);
			else
				prefetch(mem + i * L1_CACHE_BYTES);
		}
	}
	if (rq->rq_next)
		ramblk_prefetch_slot(&s->live, blk_rq_pos(rq->rq_next) >>
					       PAGE_SECTORS_SHIFT);
	rcu_read_unlock();
}
