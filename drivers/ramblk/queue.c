// SPDX-License-Identifier: GPL-2.0
/*
 * ramblk: the plain path of requests.
 *
 * A disk without write cache, snapshots, faults and so on copies pages where
 * requests are queued, and completes a whole plug's list at once. Everything
 * else is in slow.c, behind one branch.
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

/*
 * Deal with a request. True if it is done and fine, and the caller has to
 * complete it; else it has been seen to.
 */
static bool ramblk_plain(struct ramblk *d, struct request *rq)
{
	struct ramblk_cmd *cmd;
	u64 done = 0;
	int err = 0;

	/*
	 * The block layer dispatches under RCU, and so do we for ourselves:
	 * who sets a feature waits a grace period for those who missed it.
	 */
	rcu_read_lock();
	if (unlikely(READ_ONCE(d->features) || trace_ramblk_request_enabled() ||
		     trace_ramblk_done_enabled())) {
		rcu_read_unlock();
		ramblk_special(d, rq);
		return false;
	}
	if (unlikely(ramblk_beyond(d, rq))) {
		err = -EIO;
	} else if (req_op(rq) == REQ_OP_READ) {
		ramblk_plain_read(d, rq);
	} else if (req_op(rq) == REQ_OP_WRITE) {
		err = ramblk_plain_write(d, rq, &done);
	} else {
		rcu_read_unlock();
		ramblk_special(d, rq);
		return false;
	}
	rcu_read_unlock();
	if (likely(!err && rq->mq_hctx->type != HCTX_TYPE_POLL))
		return true;
	cmd = blk_mq_rq_to_pdu(rq);
	memset(&cmd->fate, 0, sizeof(cmd->fate));
	cmd->version = 0;
	cmd->done = done;
	ramblk_settle(d, rq, err);
	return false;
}

static blk_status_t ramblk_queue_rq(struct blk_mq_hw_ctx *hctx,
				    const struct blk_mq_queue_data *bd)
{
	struct ramblk *d = hctx->queue->queuedata;
	struct request *rq = bd->rq;

	blk_mq_start_request(rq);
	if (ramblk_plain(d, rq))
		blk_mq_end_request(rq, BLK_STS_OK);
	return BLK_STS_OK;
}

static void ramblk_end_batch(struct io_comp_batch *iob)
{
	blk_mq_end_request_batch(iob);
}

/* Cache lines at a page's start to ask for; the hardware sees the rest coming. */
#define RAMBLK_PREFETCH		4

/*
 * Ask for the memory of the request after this one while this one is copied,
 * and for the slot that tells the memory of the one after that.
 */
static void ramblk_prefetch(const struct ramblk_store *s, struct request *rq)
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

/* A plug's list: all for the same disk. */
static void ramblk_queue_rqs(softdev_rq_list *list)
{
	DEFINE_IO_COMP_BATCH(iob);
	struct request *rq;

	while ((rq = rq_list_pop(list))) {
		struct ramblk *d = rq->q->queuedata;

		ramblk_prefetch(&d->store, rq_list_peek(list));
		softdev_start_request(rq);
		if (!ramblk_plain(d, rq))
			continue;
		if (!blk_mq_add_to_batch(rq, &iob, false, ramblk_end_batch))
			blk_mq_end_request(rq, BLK_STS_OK);
	}
	if (iob.complete)
		ramblk_end_batch(&iob);
}

/**
 * ramblk_poll() - complete what a poll queue's requests have come to
 * @hctx: the queue
 * @iob: to collect them in, or NULL
 *
 * Return: how many there were.
 */
int ramblk_poll(struct blk_mq_hw_ctx *hctx, struct io_comp_batch *iob)
{
	struct ramblk_queue *q = hctx->driver_data;
	struct request *rq;
	unsigned long flags;
	LIST_HEAD(done);
	int nr = 0;

	spin_lock_irqsave(&q->lock, flags);
	list_splice_init(&q->done, &done);
	spin_unlock_irqrestore(&q->lock, flags);
	while (!list_empty(&done)) {
		struct ramblk_cmd *cmd = list_first_entry(&done,
							  struct ramblk_cmd,
							  list);
		blk_status_t status;

		list_del_init(&cmd->list);
		rq = blk_mq_rq_from_pdu(cmd);
		status = ramblk_status(rq);
		if (!blk_mq_add_to_batch(rq, iob, status != BLK_STS_OK,
					 ramblk_end_batch))
			blk_mq_end_request(rq, status);
		nr++;
	}
	return nr;
}

/**
 * ramblk_poll_all() - complete what pollers have not found yet
 * @d: the disk
 */
void ramblk_poll_all(struct ramblk *d)
{
	struct blk_mq_hw_ctx *hctx;
	unsigned long i;

	queue_for_each_hw_ctx(d->gd->queue, hctx, i)
		ramblk_poll(hctx, NULL);
}

static void ramblk_softirq(struct request *rq)
{
	blk_mq_end_request(rq, ramblk_status(rq));
}

static int ramblk_init_hctx(struct blk_mq_hw_ctx *hctx, void *data,
			    unsigned int i)
{
	struct ramblk_queue *q;

	q = kzalloc_node(sizeof(*q), GFP_KERNEL, hctx->numa_node);
	if (!q)
		return -ENOMEM;
	spin_lock_init(&q->lock);
	INIT_LIST_HEAD(&q->done);
	hctx->driver_data = q;
	return 0;
}

static void ramblk_exit_hctx(struct blk_mq_hw_ctx *hctx, unsigned int i)
{
	kfree(hctx->driver_data);
	hctx->driver_data = NULL;
}

static int ramblk_init_request(struct blk_mq_tag_set *set, struct request *rq,
			       unsigned int hctx, softdev_mq_node node)
{
	ramblk_cmd_init(blk_mq_rq_to_pdu(rq));
	return 0;
}

static void ramblk_exit_request(struct blk_mq_tag_set *set, struct request *rq,
				unsigned int hctx)
{
	ramblk_cmd_exit(blk_mq_rq_to_pdu(rq));
}

/* Set-up gave every kind of queue its share; 6.1 to 7.2 ask for a map each. */
static void ramblk_map_queues(struct blk_mq_tag_set *set)
{
	struct ramblk *d = set->driver_data;
	unsigned int poll = min_t(unsigned int, softdev_value(&d->item, RAMBLK_POLL_QUEUES),
				  set->nr_hw_queues - 1);
	unsigned int i;

	for (i = 0; i < set->nr_maps; i++) {
		struct blk_mq_queue_map *map = &set->map[i];

		switch (i) {
		case HCTX_TYPE_DEFAULT:
			map->nr_queues = set->nr_hw_queues - poll;
			map->queue_offset = 0;
			break;
		case HCTX_TYPE_POLL:
			map->nr_queues = poll;
			map->queue_offset = set->nr_hw_queues - poll;
			break;
		default:
			map->nr_queues = 0;
			continue;
		}
		if (map->nr_queues)
			blk_mq_map_queues(map);
	}
}

const struct blk_mq_ops ramblk_mq_ops = {
	.queue_rq	= ramblk_queue_rq,
	.queue_rqs	= ramblk_queue_rqs,
	.complete	= ramblk_softirq,
	.timeout	= ramblk_timeout,
	.poll		= ramblk_poll,
	.init_hctx	= ramblk_init_hctx,
	.exit_hctx	= ramblk_exit_hctx,
	.init_request	= ramblk_init_request,
	.exit_request	= ramblk_exit_request,
	.map_queues	= ramblk_map_queues,
};
