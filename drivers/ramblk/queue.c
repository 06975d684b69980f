// SPDX-License-Identifier: GPL-2.0
/*
 * ramblk: what the block layer calls: from here requests go to the plain path or
 * to the other.
 */
#include <linux/slab.h>
#include <softdev/compat_block.h>
#include "ramblk.h"

/*
 * Deal with a request. True if it is done and fine, and the caller has to
 * complete it; else it has been completed, or will be by others.
 */
static bool ramblk_route(struct ramblk *d, struct request *rq)
{
	u64 done = 0;
	int ret = ramblk_plain(d, rq, &done);

	if (likely(!ret && rq->mq_hctx->type != HCTX_TYPE_POLL))
		return true;
	if (ret == RAMBLK_NOT_PLAIN)
		ramblk_special(d, rq);
	else
		ramblk_adopt(d, rq, done, ret);
	return false;
}

static blk_status_t ramblk_queue_rq(struct blk_mq_hw_ctx *hctx,
				    const struct blk_mq_queue_data *bd)
{
	struct ramblk *d = hctx->queue->queuedata;
	struct request *rq = bd->rq;

	blk_mq_start_request(rq);
	if (ramblk_route(d, rq))
		blk_mq_end_request(rq, BLK_STS_OK);
	return BLK_STS_OK;
}

/* A plug's list: all for the same disk. */
static void ramblk_queue_rqs(softdev_rq_list *list)
{
	DEFINE_IO_COMP_BATCH(iob);
	struct request *rq;

	while ((rq = rq_list_pop(list))) {
		struct ramblk *d = rq->q->queuedata;

		ramblk_plain_prefetch(&d->store, rq_list_peek(list));
		softdev_start_request(rq);
		if (!ramblk_route(d, rq))
			continue;
		if (!blk_mq_add_to_batch(rq, &iob, false, ramblk_end_batch))
			blk_mq_end_request(rq, BLK_STS_OK);
	}
	if (iob.complete)
		ramblk_end_batch(&iob);
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
