/* SPDX-License-Identifier: GPL-2.0 */
/*
 * loopnet: the wire from a transmit queue to whoever receives it.
 *
 * One producer at a time (the TX lock of the queue sees to that) and one
 * consumer (the NAPI context of the receiving queue), so neither side locks.
 */
#ifndef _LOOPNET_RING_H
#define _LOOPNET_RING_H

#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/types.h>
#include <asm/barrier.h>

/* What a descriptor's pointer points to is told by its lowest bit. */
#define LOOPNET_DESC_SKB	0UL
#define LOOPNET_DESC_FRAME	1UL	/* struct xdp_frame */
#define LOOPNET_DESC_MASK	1UL

/**
 * struct loopnet_desc - one frame on the wire
 * @ptr: the frame, tagged
 * @due: when it arrives, CLOCK_MONOTONIC nanoseconds; 0 for at once
 * @random: shapes a fault
 * @bytes: length charged to the byte queue limits
 * @faults: bit for each fault that struck it
 */
struct loopnet_desc {
	unsigned long ptr;
	u64 due;
	u64 random;
	u32 bytes;
	u32 faults;
};

/**
 * struct loopnet_ring - descriptors between one producer and one consumer
 * @desc: the descriptors, @mask + 1 of them
 * @mask: turns a position into an index
 * @size: how many may be on the wire
 * @head: next to be written; written by the producer
 * @seen: what the producer last saw of @tail; the producer's own
 * @tail: next to be read; written by the consumer
 */
struct loopnet_ring {
	struct loopnet_desc *desc;
	u32 mask;
	u32 size;
	u32 head ____cacheline_aligned_in_smp;
	u32 seen;
	u32 tail ____cacheline_aligned_in_smp;
};

static inline int loopnet_ring_init(struct loopnet_ring *r, u32 size)
{
	u32 slots = roundup_pow_of_two(size);

	r->desc = kvcalloc(slots, sizeof(*r->desc), GFP_KERNEL);
	if (!r->desc)
		return -ENOMEM;
	r->mask = slots - 1;
	r->size = size;
	r->head = 0;
	r->seen = 0;
	r->tail = 0;
	return 0;
}

static inline void loopnet_ring_free(struct loopnet_ring *r)
{
	kvfree(r->desc);
	r->desc = NULL;
}

/* Producer: a free descriptor, or NULL when the ring is full. */
static inline struct loopnet_desc *loopnet_ring_next(struct loopnet_ring *r)
{
	if (unlikely(r->head - r->seen >= r->size)) {
		/* Pairs with the release in loopnet_ring_taken(). */
		r->seen = smp_load_acquire(&r->tail);
		if (r->head - r->seen >= r->size)
			return NULL;
	}
	return &r->desc[r->head & r->mask];
}

/* Producer: the descriptor of loopnet_ring_next() is filled in. */
static inline void loopnet_ring_put(struct loopnet_ring *r)
{
	/* Pairs with the acquire in loopnet_ring_ready(). */
	smp_store_release(&r->head, r->head + 1);
}

/* Consumer: how many descriptors are there to be taken. */
static inline u32 loopnet_ring_ready(const struct loopnet_ring *r)
{
	/* Pairs with the release in loopnet_ring_put(). */
	return smp_load_acquire(&r->head) - r->tail;
}

/* Consumer: the descriptor @i places on. */
static inline struct loopnet_desc *
loopnet_ring_peek(const struct loopnet_ring *r, u32 i)
{
	return &r->desc[(r->tail + i) & r->mask];
}

/* Consumer: @n descriptors have been read and may be used again. */
static inline void loopnet_ring_taken(struct loopnet_ring *r, u32 n)
{
	/* Pairs with the acquire in loopnet_ring_next(). */
	smp_store_release(&r->tail, r->tail + n);
}

/* Anybody: how full is it? A snapshot. */
static inline u32 loopnet_ring_used(const struct loopnet_ring *r)
{
	return READ_ONCE(r->head) - READ_ONCE(r->tail);
}

#endif /* _LOOPNET_RING_H */
