// SPDX-License-Identifier: GPL-2.0
/*
 * ramblk: the dice, and faults of data.
 */
#include <linux/bits.h>
#include <linux/highmem.h>
#include <linux/math64.h>
#include "ramblk.h"

/* The fault that fails an operation of this kind outright. */
static unsigned int ramblk_fate_kind(struct request *rq)
{
	switch (req_op(rq)) {
	case REQ_OP_READ:
		return RAMBLK_FAULT_READ;
	case REQ_OP_FLUSH:
		return RAMBLK_FAULT_FLUSH;
	case REQ_OP_DISCARD:
		return RAMBLK_FAULT_DISCARD;
	default:
		return RAMBLK_FAULT_WRITE;
	}
}

/* May faults strike where a request is? A FLUSH is at no place. */
static bool ramblk_fate_there(struct ramblk *d, struct request *rq)
{
	u64 first = blk_rq_pos(rq);

	return ramblk_ranges_empty(&d->fault_range) || !blk_rq_sectors(rq) ||
	       ramblk_ranges_hit(&d->fault_range, first,
				 first + blk_rq_sectors(rq) - 1);
}

/**
 * ramblk_fate_draw() - let the dice decide about a request
 * @d: the disk
 * @rq: the request
 * @fate: filled in; zeroed by the caller
 *
 * One draw from each stream that the request could suffer, whatever the other
 * streams say.
 *
 * Context: any; once for each request.
 */
void ramblk_fate_draw(struct ramblk *d, struct request *rq,
		      struct ramblk_fate *fate)
{
	struct softdev_faults *f = &d->item.faults;
	unsigned int q = rq->mq_hctx->queue_num;

	if (!ramblk_fate_there(d, rq))
		return;
	if (softdev_fault(f, ramblk_fate_kind(rq), q))
		fate->error = -EIO;
	if (softdev_fault(f, RAMBLK_FAULT_TIMEOUT, q))
		fate->flags |= RAMBLK_FATE_TIMEOUT;
	if (softdev_fault(f, RAMBLK_FAULT_REQUEUE, q))
		fate->flags |= RAMBLK_FATE_REQUEUE;
	if ((req_op(rq) == REQ_OP_FLUSH || (rq->cmd_flags & REQ_FUA)) &&
	    softdev_fault(f, RAMBLK_FAULT_FLUSH_LIE, q))
		fate->flags |= RAMBLK_FATE_FLUSH_LIE;
	if (req_op(rq) == REQ_OP_READ &&
	    softdev_fault_random(f, RAMBLK_FAULT_CORRUPT, q, &fate->random))
		fate->flags |= RAMBLK_FATE_CORRUPT;
	if (req_op(rq) == REQ_OP_WRITE &&
	    softdev_fault(f, RAMBLK_FAULT_MISDIRECT, q))
		fate->flags |= RAMBLK_FATE_MISDIRECT;
}

/**
 * ramblk_astray() - where a misdirected write lands
 * @d: the disk
 * @pos: where it should
 * @len: its length
 *
 * Return: one unit further on, at the disk's end one unit back, on a disk that
 * is too small for either where it should.
 */
u64 ramblk_astray(struct ramblk *d, u64 pos, u64 len)
{
	if (len + d->unit <= d->store.size &&
	    pos <= d->store.size - len - d->unit)
		return pos + d->unit;
	return pos >= d->unit ? pos - d->unit : pos;
}

/**
 * ramblk_flip() - flip one bit of what a request has read
 * @rq: the request
 * @random: says which
 *
 * Context: any.
 */
void ramblk_flip(struct request *rq, u64 random)
{
	struct req_iterator iter;
	struct bio_vec bv;
	u64 bit;

	div64_u64_rem(random, (u64)blk_rq_bytes(rq) * BITS_PER_BYTE, &bit);
	rq_for_each_segment(bv, rq, iter) {
		u64 bits = (u64)bv.bv_len * BITS_PER_BYTE;

		if (bit < bits) {
			u8 *mem = bvec_kmap_local(&bv);

			mem[bit / BITS_PER_BYTE] ^= BIT(bit % BITS_PER_BYTE);
			kunmap_local(mem);
			return;
		}
		bit -= bits;
	}
}
