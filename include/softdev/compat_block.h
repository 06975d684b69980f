/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What moved in the block layer between 6.1 and 7.2, see compat.h.
 */
#ifndef _SOFTDEV_COMPAT_BLOCK_H
#define _SOFTDEV_COMPAT_BLOCK_H

#include <linux/blk-mq.h>
#include <linux/blkdev.h>
#include <softdev/compat.h>

/* 6.13, and stable releases of 6.12: a list of requests is a struct. */
#ifdef rq_list_add
#define softdev_rq_list struct request *
#else
#define softdev_rq_list struct rq_list
#endif

/* 7.0: a request's memory is told its node with a sign. */
#if SOFTDEV_HAVE_SIGNED_MQ_NODE
#define softdev_mq_node int
#else
#define softdev_mq_node unsigned int
#endif

/* 6.14: merging is what a queue does unless told otherwise. */
#if !SOFTDEV_HAVE_MERGE_DEFAULT
#define SOFTDEV_MQ_F_MERGE	BLK_MQ_F_SHOULD_MERGE
#else
#define SOFTDEV_MQ_F_MERGE	0
#endif

/**
 * softdev_start_request() - a request of a plug's list begins
 * @rq: the request
 *
 * Since 6.7 blk_mq_start_request() notes in the tag set who is under way. Before,
 * a driver that takes whole lists had to, or the request was found neither by
 * blk_mq_tagset_busy_iter() nor when its time was up.
 *
 * Context: the queue_rqs() operation, whose requests have a driver's tag: with a
 * scheduler no list comes.
 */
static inline void softdev_start_request(struct request *rq)
{
#if !SOFTDEV_HAVE_START_NOTES_TAG
	rq->mq_hctx->tags->rqs[rq->tag] = rq;
#endif
	blk_mq_start_request(rq);
}

/**
 * softdev_freeze_queue() - wait until a queue has no requests, keep it so
 * @q: the queue
 *
 * Context: process; sleeps.
 * Return: what softdev_unfreeze_queue() wants back.
 */
static inline unsigned int softdev_freeze_queue(struct request_queue *q)
{
#if SOFTDEV_HAVE_FREEZE_MEMFLAGS
	return blk_mq_freeze_queue(q);
#else
	unsigned int flags = memalloc_noio_save();

	blk_mq_freeze_queue(q);
	return flags;
#endif
}

/**
 * softdev_unfreeze_queue() - undo softdev_freeze_queue()
 * @q: the queue
 * @flags: what that returned
 */
static inline void softdev_unfreeze_queue(struct request_queue *q,
					  unsigned int flags)
{
#if SOFTDEV_HAVE_FREEZE_MEMFLAGS
	blk_mq_unfreeze_queue(q, flags);
#else
	blk_mq_unfreeze_queue(q);
	memalloc_noio_restore(flags);
#endif
}

/* 6.5: a holder may have operations; we are never told, we hold briefly. */
#if !SOFTDEV_HAVE_HOLDER_OPS
#define softdev_claim(bdev, holder)	bd_prepare_to_claim(bdev, holder)
#else
#define softdev_claim(bdev, holder)	bd_prepare_to_claim(bdev, holder, NULL)
#endif

/**
 * struct softdev_limits - what a disk can do
 * @block_size: logical block, bytes
 * @physical_block_size: bytes
 * @max_sectors: largest transfer, 512-byte sectors
 * @discard_granularity: bytes
 * @max_discard_sectors: 0 for a disk that has no discard
 * @max_write_zeroes_sectors: 0 likewise
 * @io_opt: best size of I/O in bytes, 0 for none
 * @alignment_offset: where the first physical block begins, bytes
 * @virt_boundary: bytes; a request's memory may have gaps at multiples of it
 *	only, 0 for anywhere
 * @atomic_write: bytes, aligned to that size, that are written whole or not at
 *	all; 0 for no promise
 * @rotational: has it seek times?
 * @write_cache: volatile, honours FLUSH and FUA
 * @synchronous: I/O is done before the submitter returns
 */
struct softdev_limits {
	unsigned int block_size;
	unsigned int physical_block_size;
	unsigned int max_sectors;
	unsigned int discard_granularity;
	unsigned int max_discard_sectors;
	unsigned int max_write_zeroes_sectors;
	unsigned int io_opt;
	unsigned int alignment_offset;
	unsigned int virt_boundary;
	unsigned int atomic_write;
	bool rotational;
	bool write_cache;
	bool synchronous;
};

/* 6.9: limits are given when the disk is made, 6.11: all of them. */
#if SOFTDEV_HAVE_BLK_FEATURES
/* 6.13: a disk says that it means its limits of atomic writes. */
#ifndef BLK_FEAT_ATOMIC_WRITES
#define BLK_FEAT_ATOMIC_WRITES	((__force blk_features_t)0)
#endif

static inline void softdev_limits_atomic(struct queue_limits *lim,
					 const struct softdev_limits *l)
{
	if (!l->atomic_write)
		return;
	lim->features |= BLK_FEAT_ATOMIC_WRITES;
	lim->atomic_write_hw_max = l->atomic_write;
	lim->atomic_write_hw_boundary = l->atomic_write;
	lim->atomic_write_hw_unit_min = l->block_size;
	lim->atomic_write_hw_unit_max = l->atomic_write;
}

/* 6.17: a disk may say that it frees what write-zeroes may unmap. */
static inline void softdev_limits_unmap(struct queue_limits *lim)
{
#if SOFTDEV_HAVE_WZEROES_UNMAP
	lim->max_hw_wzeroes_unmap_sectors = lim->max_write_zeroes_sectors;
#endif
}

#define softdev_mq_alloc_disk(_set, _l, _data)				\
({									\
	const struct softdev_limits *__l = (_l);			\
	struct queue_limits __lim = {					\
		.logical_block_size	= __l->block_size,		\
		.physical_block_size	= __l->physical_block_size,	\
		.io_min			= __l->physical_block_size,	\
		.io_opt			= __l->io_opt,			\
		.alignment_offset	= __l->alignment_offset,	\
		.max_hw_sectors		= __l->max_sectors,		\
		.max_user_sectors	= __l->max_sectors,		\
		.max_segments		= USHRT_MAX,			\
		.max_segment_size	= UINT_MAX,			\
		.discard_granularity	= __l->discard_granularity,	\
		.max_hw_discard_sectors	= __l->max_discard_sectors,	\
		.max_write_zeroes_sectors = __l->max_write_zeroes_sectors, \
	};								\
									\
	if (__l->virt_boundary)						\
		__lim.virt_boundary_mask = __l->virt_boundary - 1;	\
	softdev_limits_atomic(&__lim, __l);				\
	softdev_limits_unmap(&__lim);					\
	if (__l->rotational)						\
		__lim.features |= BLK_FEAT_ROTATIONAL;			\
	if (__l->write_cache)						\
		__lim.features |= BLK_FEAT_WRITE_CACHE | BLK_FEAT_FUA;	\
	if (__l->synchronous)						\
		__lim.features |= BLK_FEAT_SYNCHRONOUS;			\
	blk_mq_alloc_disk(_set, &__lim, _data);				\
})
#else
static inline void softdev_limits_set(struct request_queue *q,
				      const struct softdev_limits *l)
{
	blk_queue_logical_block_size(q, l->block_size);
	blk_queue_physical_block_size(q, l->physical_block_size);
	blk_queue_io_min(q, l->physical_block_size);
	blk_queue_io_opt(q, l->io_opt);
	if (l->alignment_offset)
		blk_queue_alignment_offset(q, l->alignment_offset);
	blk_queue_max_hw_sectors(q, l->max_sectors);
	/* The kernel's default for what a user may lower would be less. */
	q->limits.max_sectors = round_down(l->max_sectors,
					   l->block_size >> SECTOR_SHIFT);
	blk_queue_max_segments(q, USHRT_MAX);
	blk_queue_max_segment_size(q, UINT_MAX);
	if (l->virt_boundary)
		blk_queue_virt_boundary(q, l->virt_boundary - 1);
	q->limits.discard_granularity = l->discard_granularity;
	blk_queue_max_discard_sectors(q, l->max_discard_sectors);
	blk_queue_max_write_zeroes_sectors(q, l->max_write_zeroes_sectors);
	if (!l->rotational)
		blk_queue_flag_set(QUEUE_FLAG_NONROT, q);
	blk_queue_flag_clear(QUEUE_FLAG_ADD_RANDOM, q);
	blk_queue_flag_set(QUEUE_FLAG_NOWAIT, q);
	blk_queue_write_cache(q, l->write_cache, l->write_cache);
}

/* 6.9 and 6.10 take limits there, but not yet all of them. */
#if SOFTDEV_HAVE_QUEUE_LIMITS
#define softdev_mq_alloc_plain(_set, _data)	blk_mq_alloc_disk(_set, NULL, _data)
#else
#define softdev_mq_alloc_plain(_set, _data)	blk_mq_alloc_disk(_set, _data)
#endif

#define softdev_mq_alloc_disk(_set, _l, _data)				\
({									\
	struct gendisk *__disk = softdev_mq_alloc_plain(_set, _data);	\
									\
	if (!IS_ERR(__disk))						\
		softdev_limits_set(__disk->queue, _l);			\
	__disk;								\
})
#endif

#endif /* _SOFTDEV_COMPAT_BLOCK_H */
