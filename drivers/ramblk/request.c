// SPDX-License-Identifier: GPL-2.0
/*
 * ramblk: requests off the plain path, from the dice to completion: decided by
 * faults, waiting for memory, delayed, stuck, polled for.
 */
#include <linux/highmem.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <softdev/compat_block.h>
#include "cursor.h"
#include "ramblk.h"
#define CREATE_TRACE_POINTS
#include "trace.h"

EXPORT_TRACEPOINT_SYMBOL_GPL(ramblk_request);

/* Zeroing in place at most this much where nobody may sleep. */
#define RAMBLK_ZERO_STEP	(1024 * 1024ULL)

struct workqueue_struct *ramblk_wq;

static void ramblk_copy_from_bio(struct ramblk_copy *c, void *mem,
				 unsigned int len)
{
	struct ramblk_cursor *cur = container_of(c, struct ramblk_cursor, c);

	while (len) {
		struct bio_vec bv = ramblk_cursor_next(cur, len);

		memcpy_from_bvec(mem, &bv);
		mem += bv.bv_len;
		len -= bv.bv_len;
	}
}

static void ramblk_copy_to_bio(struct ramblk_copy *c, void *mem,
			       unsigned int len)
{
	struct ramblk_cursor *cur = container_of(c, struct ramblk_cursor, c);

	while (len) {
		struct bio_vec bv = ramblk_cursor_next(cur, len);

		if (mem) {
			memcpy_to_bvec(&bv, mem);
			mem += bv.bv_len;
		} else {
			memzero_bvec(&bv);
		}
		len -= bv.bv_len;
	}
}

/* Let others on; whoever records holds a lock. */
static int ramblk_pause(struct ramblk *d, struct ramblk_history *h,
			struct ramblk_mag *mag)
{
	if (h)
		return ramblk_history_pause(h, &d->store, mag);
	cond_resched();
	return 0;
}

static int ramblk_zero_some(struct ramblk *d, struct request *rq, u64 *pos,
			    u64 end, unsigned int flags,
			    struct ramblk_history *h, struct ramblk_mag *mag)
{
	int err = 0;

	if (rq->cmd_flags & REQ_NOUNMAP) {
		/* There may be gigabytes to fill: where we may sleep. */
		if (!mag && end - *pos > RAMBLK_ZERO_STEP)
			return -ENOMEM;
	} else {
		flags |= RAMBLK_UNMAP;
	}
	while (!err && *pos < end) {
		u64 step = flags & RAMBLK_UNMAP ? end - *pos :
			   min(end - *pos, RAMBLK_ZERO_STEP);

		err = ramblk_zero(&d->store, pos, *pos + step, flags, mag);
		if (!err && mag && *pos < end)
			err = ramblk_pause(d, h, mag);
	}
	return err;
}

/* Do what a request asks for; @h is for who holds that history's lock. */
static int ramblk_do(struct ramblk *d, struct request *rq,
		     struct ramblk_history *h, struct ramblk_mag *mag)
{
	struct ramblk_cmd *cmd = blk_mq_rq_to_pdu(rq);
	u64 start = (u64)blk_rq_pos(rq) << SECTOR_SHIFT;
	bool lie = cmd->fate.flags & RAMBLK_FATE_FLUSH_LIE;
	u64 len = blk_rq_bytes(rq);
	struct ramblk_cursor cur;
	unsigned int flags = 0;
	u64 pos;
	int err;

	if ((rq->cmd_flags & REQ_FUA) && !lie)
		flags = RAMBLK_FUA;
	if (cmd->fate.flags & RAMBLK_FATE_MISDIRECT)
		start = ramblk_astray(d, start, len);
	pos = start + cmd->done;

	switch (req_op(rq)) {
	case REQ_OP_READ:
		ramblk_cursor_init(&cur, rq, 0, ramblk_copy_to_bio);
		ramblk_read(&d->store, start, start + len, &cur.c);
		if (cmd->fate.flags & RAMBLK_FATE_CORRUPT)
			ramblk_flip(rq, cmd->fate.random);
		return 0;
	case REQ_OP_WRITE:
		ramblk_cursor_init(&cur, rq, cmd->done, ramblk_copy_from_bio);
		err = ramblk_write(&d->store, &pos, start + len, &cur.c, flags,
				   mag);
		break;
	case REQ_OP_DISCARD:
		err = ramblk_zero(&d->store, &pos, start + len, flags |
				  RAMBLK_UNMAP | RAMBLK_FORCE, mag);
		break;
	case REQ_OP_WRITE_ZEROES:
		err = ramblk_zero_some(d, rq, &pos, start + len,
				       flags | RAMBLK_FORCE, h, mag);
		break;
	case REQ_OP_FLUSH:
		if (lie || !(d->store.mode & RAMBLK_CACHED))
			return 0;
		return ramblk_fork(&d->store, &d->store.live,
				   &d->store.durable);
	default:
		return -EOPNOTSUPP;
	}
	cmd->done = pos - start;
	return err;
}

/* A request as the log has it. */
static void ramblk_log_record(struct ramblk *d, struct request *rq,
			      struct ramblk_log_record *rec)
{
	struct ramblk_cmd *cmd = blk_mq_rq_to_pdu(rq);
	bool fua = rq->cmd_flags & REQ_FUA;
	bool lie = cmd->fate.flags & RAMBLK_FATE_FLUSH_LIE;
	u64 start = (u64)blk_rq_pos(rq) << SECTOR_SHIFT;

	*rec = (struct ramblk_log_record) {
		.submitted = cmd->submitted, .after = cmd->after,
	};
	if (req_op(rq) == REQ_OP_FLUSH) {
		rec->op = RAMBLK_LOG_FLUSH;
		rec->flags = lie ? 0 : RAMBLK_LOG_DURABLE;
		return;
	}
	if (cmd->fate.flags & RAMBLK_FATE_MISDIRECT)
		start = ramblk_astray(d, start, blk_rq_bytes(rq));
	rec->sector = start >> SECTOR_SHIFT;
	rec->sectors = blk_rq_sectors(rq);
	if (fua)
		rec->flags |= RAMBLK_LOG_FUA;
	if ((fua && !lie) || !(d->store.mode & RAMBLK_CACHED))
		rec->flags |= RAMBLK_LOG_DURABLE;
	if (req_op(rq) == REQ_OP_WRITE) {
		rec->op = RAMBLK_LOG_WRITE;
	} else if (req_op(rq) == REQ_OP_DISCARD) {
		rec->op = RAMBLK_LOG_DISCARD;
	} else {
		rec->op = RAMBLK_LOG_WRITE_ZEROES;
		if (!(rq->cmd_flags & REQ_NOUNMAP))
			rec->flags |= RAMBLK_LOG_UNMAP;
	}
}

/*
 * Do what a request asks for, from where it stopped, and remember it. With memory
 * the caller may wait for more (and sleep). -ENOMEM may mean: from where memory can
 * be had.
 *
 * A request that has to stop for memory is part of the history when it is done;
 * what it did before is in the versions of others then, as that of a request in
 * flight.
 */
static int ramblk_execute(struct ramblk *d, struct request *rq,
			  struct ramblk_mag *mag)
{
	struct ramblk_history *h = &d->history;
	struct ramblk_cmd *cmd = blk_mq_rq_to_pdu(rq);
	struct ramblk_log_record rec;
	int err;

	if (likely(!ramblk_history_recording(h)) || req_op(rq) == REQ_OP_READ)
		return ramblk_do(d, rq, NULL, mag);
	err = ramblk_history_begin(h, &d->store, mag);
	if (err < 0)
		return err;
	if (!err)
		return ramblk_do(d, rq, NULL, mag);
	err = ramblk_do(d, rq, h, mag);
	if (!err)
		ramblk_log_record(d, rq, &rec);
	cmd->version = ramblk_history_end(h, &d->store, err ? NULL : &rec);
	return err;
}

/* Complete a request, which has its status. */
static void ramblk_complete(struct ramblk *d, struct request *rq)
{
	struct ramblk_cmd *cmd = blk_mq_rq_to_pdu(rq);
	unsigned int features = READ_ONCE(d->features);
	struct blk_mq_hw_ctx *hctx = rq->mq_hctx;
	struct ramblk_queue *q = hctx->driver_data;
	bool over = features & RAMBLK_F_OVER;
	unsigned long flags;

	if (unlikely(cmd->version))
		ramblk_history_complete(&d->history, cmd->version,
					blk_status_to_errno(ramblk_status(rq)));
	if (hctx->type == HCTX_TYPE_POLL && !over) {
		spin_lock_irqsave(&q->lock, flags);
		/* Either ramblk_sweep() finds us here or we see that it is over. */
		over = READ_ONCE(d->features) & RAMBLK_F_OVER;
		if (!over)
			list_add_tail(&cmd->list, &q->done);
		spin_unlock_irqrestore(&q->lock, flags);
		if (over)
			blk_mq_end_request(rq, ramblk_status(rq));
	} else if ((features & RAMBLK_F_SOFTIRQ) && !over) {
		blk_mq_complete_request(rq);
	} else {
		blk_mq_end_request(rq, ramblk_status(rq));
	}
}

/* Has a request of that kind something to do with what the disk holds there? */
static bool ramblk_touches(struct request *rq)
{
	return blk_rq_sectors(rq) && req_op(rq) != REQ_OP_DISCARD;
}

static bool ramblk_rewrites(struct ramblk *d, struct request *rq)
{
	return op_is_write(req_op(rq)) &&
	       softdev_value(&d->item, RAMBLK_BAD_MODE) == RAMBLK_BAD_REWRITE;
}

/* Make the sectors of a request good. As ramblk_ranges_remove(). */
static int ramblk_mend(struct ramblk *d, struct request *rq)
{
	u64 first = blk_rq_pos(rq);

	return ramblk_ranges_remove(&d->bad, first,
				    first + blk_rq_sectors(rq) - 1,
				    GFP_NOWAIT | __GFP_NOWARN);
}

/* How long until a request's completion is due; false for at once. */
static bool ramblk_delay(struct ramblk *d, struct request *rq,
			 unsigned int features, u64 *delay)
{
	struct ramblk_cmd *cmd = blk_mq_rq_to_pdu(rq);
	u64 bandwidth = READ_ONCE(d->bandwidth);
	u64 now = ktime_get_ns();

	*delay = cmd->fate.delay_ns;
	if (features & RAMBLK_F_SHAPE)
		*delay += READ_ONCE(d->latency_ns);
	if (bandwidth && (req_op(rq) == REQ_OP_READ ||
			  req_op(rq) == REQ_OP_WRITE)) {
		u64 cost = div64_u64((u64)blk_rq_bytes(rq) * NSEC_PER_SEC,
				     bandwidth);
		s64 old = atomic64_read(&d->free_at);
		u64 free;

		do {
			free = max_t(u64, old, now) + cost;
		} while (!atomic64_try_cmpxchg(&d->free_at, &old, free));
		*delay += free - now;
	}
	return *delay ||
	       softdev_value(&d->item, RAMBLK_COMPLETION) == RAMBLK_TIMER;
}

/* A request's work is done, or has failed: complete it when it is due. */
static void ramblk_finish(struct ramblk *d, struct request *rq, int err)
{
	struct ramblk_cmd *cmd = blk_mq_rq_to_pdu(rq);
	/* Before what says how long to wait: see below. */
	unsigned int sweeps = smp_load_acquire(&d->sweeps);
	unsigned int features = READ_ONCE(d->features);
	u64 delay;

	/* What has been written is good; if that cannot be noted, it is not. */
	if ((features & RAMBLK_F_BAD) && !err && ramblk_touches(rq) &&
	    ramblk_rewrites(d, rq) && ramblk_mend(d, rq) < 0)
		err = -EIO;
	/* After the cut nothing is well, whatever was done before it. */
	if (features & RAMBLK_F_CUT)
		err = -EIO;
	cmd->status = errno_to_blk_status(err);
	trace_ramblk_done(rq, err);
	if (!(features & RAMBLK_F_OVER) &&
	    ((features & RAMBLK_F_SHAPE) || cmd->fate.delay_ns) &&
	    ramblk_delay(d, rq, features, &delay)) {
		WRITE_ONCE(cmd->state, RAMBLK_DELAYED);
		hrtimer_start(&cmd->timer, ns_to_ktime(min_t(u64, delay,
							     KTIME_MAX)),
			      HRTIMER_MODE_REL);
		/*
		 * The request may be gone. Pairs with the barrier in
		 * ramblk_sweep(). We: sweeps, latency, state, timer, sweeps;
		 * the other CPU: latency, sweeps, state, timer. If that one
		 * does not see the state, we see that it has swept since we
		 * asked how long to wait. A timer that fires for nothing does
		 * no harm. tests/litmus/ramblk-delay.
		 */
		smp_mb();
		if (READ_ONCE(d->sweeps) != sweeps)
			hrtimer_start(&cmd->timer, 0, HRTIMER_MODE_REL);
		return;
	}
	ramblk_complete(d, rq);
}

/* Memory or the limit: the worker may have more luck. */
static bool ramblk_may_help(int err)
{
	return err == -ENOMEM || err == -ENOSPC;
}

/*
 * Is it worth another try? Once for what this one got done; once when what
 * others gave back, and waits for its grace period, can be had.
 */
static bool ramblk_again(struct ramblk *d, int err, bool got_on, bool *waited)
{
	if (!ramblk_may_help(err) ||
	    (READ_ONCE(d->features) & RAMBLK_F_CUT))
		return false;
	if (got_on) {
		*waited = false;
		return true;
	}
	if (*waited) {
		/* A history that is too long is not the disk's problem. */
		if (!ramblk_history_recording(&d->history))
			return false;
		ramblk_history_full(&d->history, &d->store);
		*waited = false;
		return true;
	}
	*waited = true;
	if (err == -ENOMEM)
		ramblk_reap_drain(&d->store);
	else
		ramblk_reap_wait(&d->store);
	return true;
}

static void ramblk_work(struct work_struct *work)
{
	struct ramblk_cmd *cmd = container_of(work, struct ramblk_cmd, work);
	struct request *rq = blk_mq_rq_from_pdu(cmd);
	struct ramblk *d = rq->q->queuedata;
	struct ramblk_mag mag;
	bool waited = false;
	u64 done;
	int err;

	ramblk_mag_init(&mag);
	do {
		done = cmd->done;
		err = ramblk_mag_fill(&d->store, &mag);
		if (!err)
			err = ramblk_execute(d, rq, &mag);
	} while (ramblk_again(d, err, cmd->done > done, &waited));
	ramblk_mag_drain(&d->store, &mag);
	ramblk_finish(d, rq, err);
}

/*
 * Nobody asked for this request who is ready to wait. Requests of both kinds
 * are merged, and then the flags are those of the first bio.
 */
static bool ramblk_nowait(struct request *rq)
{
	struct bio *bio;

	__rq_for_each_bio(bio, rq) {
		if (!(bio->bi_opf & REQ_NOWAIT))
			return false;
	}
	return rq->cmd_flags & REQ_NOWAIT;
}

/* A request has been executed, well or not. */
static void ramblk_settle(struct ramblk *d, struct request *rq, int err)
{
	struct ramblk_cmd *cmd = blk_mq_rq_to_pdu(rq);

	if (!ramblk_may_help(err))
		ramblk_finish(d, rq, err);
	else if (ramblk_nowait(rq))
		ramblk_finish(d, rq, -EAGAIN);
	else
		queue_work(ramblk_wq, &cmd->work);
}

/**
 * ramblk_adopt() - go on with a request that the plain path has begun
 * @d: the disk
 * @rq: the request
 * @done: bytes that were written
 * @err: what stopped it, 0 if all of it is done
 *
 * Context: any that may take spinlocks.
 */
void ramblk_adopt(struct ramblk *d, struct request *rq, u64 done, int err)
{
	struct ramblk_cmd *cmd = blk_mq_rq_to_pdu(rq);

	memset(&cmd->fate, 0, sizeof(cmd->fate));
	cmd->version = 0;
	cmd->done = done;
	ramblk_settle(d, rq, err);
}

/* Do bad blocks fail a request? Without memory they stay bad. */
static bool ramblk_is_bad(struct ramblk *d, struct request *rq)
{
	u64 first = blk_rq_pos(rq);

	if (!ramblk_touches(rq) || ramblk_rewrites(d, rq))
		return false;
	if (softdev_value(&d->item, RAMBLK_BAD_MODE) == RAMBLK_BAD_ONCE)
		return ramblk_mend(d, rq);
	return ramblk_ranges_hit(&d->bad, first,
				 first + blk_rq_sectors(rq) - 1);
}

/* Faults that keep a request from being executed at all; 0 if there is none. */
static int ramblk_refuse(struct ramblk *d, struct request *rq,
			 unsigned int features)
{
	struct ramblk_cmd *cmd = blk_mq_rq_to_pdu(rq);

	if (cmd->fate.error)
		return cmd->fate.error;
	if (ramblk_beyond(d, rq))
		return -EIO;
	if ((features & RAMBLK_F_READONLY) && op_is_write(req_op(rq)))
		return -EIO;
	if ((features & RAMBLK_F_BAD) && ramblk_is_bad(d, rq))
		return -EIO;
	return 0;
}

/* What a stuck request comes to if the block layer does not lose patience. */
static blk_status_t ramblk_stuck_status(struct ramblk *d)
{
	return READ_ONCE(d->features) & (RAMBLK_F_DRAIN | RAMBLK_F_CUT) ?
	       BLK_STS_IOERR : BLK_STS_TIMEOUT;
}

/*
 * Complete a request that was given away, unless others do. True if it was ours;
 * then it was stuck.
 */
static bool ramblk_take(struct request *rq, blk_status_t status)
{
	struct ramblk_cmd *cmd = blk_mq_rq_to_pdu(rq);

	if (cmpxchg(&cmd->state, RAMBLK_STUCK, RAMBLK_BUSY) == RAMBLK_STUCK) {
		cmd->status = status;
		blk_mq_end_request(rq, status);
		return true;
	}
	return false;
}

/* A request that will be completed by others has been given away. */
static void ramblk_give(struct ramblk *d, struct request *rq,
			enum ramblk_state state)
{
	struct ramblk_cmd *cmd = blk_mq_rq_to_pdu(rq);

	/*
	 * Full barrier, pairs with the one in ramblk_sweep(). We: state, then
	 * features; the other CPU: features, then state. So that one sees the
	 * state, or we see that it is over. tests/litmus/ramblk-give.
	 */
	smp_store_mb(cmd->state, state);
	if (READ_ONCE(d->features) & RAMBLK_F_OVER)
		ramblk_take(rq, ramblk_stuck_status(d));
}

/**
 * ramblk_special() - deal with a request off the plain path
 * @d: the disk
 * @rq: the request, started
 *
 * Context: any that may take spinlocks.
 */
void ramblk_special(struct ramblk *d, struct request *rq)
{
	struct ramblk_cmd *cmd = blk_mq_rq_to_pdu(rq);
	unsigned int features = READ_ONCE(d->features);
	int err;

	/* The flag lasts while the request is requeued, no longer. */
	if (!(rq->rq_flags & RQF_DONTPREP)) {
		rq->rq_flags |= RQF_DONTPREP;
		cmd->done = 0;
		cmd->version = 0;
		memset(&cmd->fate, 0, sizeof(cmd->fate));
		if (ramblk_history_recording(&d->history) &&
		    req_op(rq) != REQ_OP_READ)
			ramblk_history_submit(&d->history, &cmd->submitted,
					      &cmd->after);
		if (features & RAMBLK_F_FAULTS)
			ramblk_fate_draw(d, rq, &cmd->fate);
		trace_ramblk_request(&cmd->fate, rq);
		cmd->fate.flags &= RAMBLK_FATE_ALL;
		cmd->fate.error = softdev_fault_errno(cmd->fate.error);
	}
	if (features & RAMBLK_F_CUT) {
		ramblk_finish(d, rq, -EIO);
		return;
	}
	if (features & RAMBLK_F_OVER)
		cmd->fate.flags &= ~(RAMBLK_FATE_REQUEUE | RAMBLK_FATE_TIMEOUT);
	if (cmd->fate.flags & RAMBLK_FATE_REQUEUE) {
		cmd->fate.flags &= ~RAMBLK_FATE_REQUEUE;
		blk_mq_requeue_request(rq, true);
		return;
	}
	if (cmd->fate.flags & RAMBLK_FATE_TIMEOUT) {
		ramblk_give(d, rq, RAMBLK_STUCK);
		return;
	}
	err = ramblk_refuse(d, rq, features);
	if (err)
		ramblk_finish(d, rq, err);
	else
		ramblk_settle(d, rq, ramblk_execute(d, rq, NULL));
}

static enum hrtimer_restart ramblk_timer(struct hrtimer *timer)
{
	struct ramblk_cmd *cmd = container_of(timer, struct ramblk_cmd, timer);
	struct request *rq = blk_mq_rq_from_pdu(cmd);

	if (cmpxchg(&cmd->state, RAMBLK_DELAYED, RAMBLK_BUSY) ==
	    RAMBLK_DELAYED)
		ramblk_complete(rq->q->queuedata, rq);
	return HRTIMER_NORESTART;
}

/**
 * ramblk_end_batch() - complete a batch of requests
 * @iob: the batch
 */
void ramblk_end_batch(struct io_comp_batch *iob)
{
	blk_mq_end_request_batch(iob);
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

/* Complete what pollers have not found yet. */
static void ramblk_poll_all(struct ramblk *d)
{
	struct blk_mq_hw_ctx *hctx;
	unsigned long i;

	queue_for_each_hw_ctx(d->gd->queue, hctx, i)
		ramblk_poll(hctx, NULL);
}

/**
 * ramblk_timeout() - the block layer has lost its patience
 * @rq: the request
 *
 * A request that waits for memory is on its way. So is one that is delayed,
 * unless somebody waits until the queue is empty (to change its scheduler, for
 * example): then it is completed at once. One that is done and waits for its
 * owner to poll is completed: the owner may never do so.
 *
 * Context: process; the block layer holds a reference to the request.
 */
enum blk_eh_timer_return ramblk_timeout(struct request *rq)
{
	struct ramblk_cmd *cmd = blk_mq_rq_to_pdu(rq);

	if (ramblk_take(rq, BLK_STS_TIMEOUT))
		return BLK_EH_DONE;
	if (READ_ONCE(cmd->state) == RAMBLK_DELAYED &&
	    percpu_ref_is_dying(&rq->q->q_usage_counter))
		hrtimer_start(&cmd->timer, 0, HRTIMER_MODE_REL);
	if (rq->mq_hctx->type == HCTX_TYPE_POLL)
		ramblk_poll(rq->mq_hctx, NULL);
	return blk_mq_request_started(rq) ? BLK_EH_RESET_TIMER : BLK_EH_DONE;
}

static bool ramblk_sweep_one(struct request *rq, void *data)
{
	struct ramblk_cmd *cmd = blk_mq_rq_to_pdu(rq);
	struct ramblk *d = data;

	if (READ_ONCE(d->features) & RAMBLK_F_OVER)
		ramblk_take(rq, ramblk_stuck_status(d));
	if (READ_ONCE(cmd->state) == RAMBLK_DELAYED)
		hrtimer_start(&cmd->timer, 0, HRTIMER_MODE_REL);
	return true;
}

/**
 * ramblk_sweep() - hurry up who is delayed, give up who is stuck
 * @d: the disk; its latency, bandwidth and features are what they shall be
 *
 * A timer that is started over may fire for the request's successor and
 * complete that one early, as on a disk whose latency was just changed.
 *
 * Context: process; under item.lock, which protects writes to @d->sweeps.
 */
void ramblk_sweep(struct ramblk *d)
{
	/* Pairs with the acquire in ramblk_finish(): what is new is seen first. */
	smp_store_release(&d->sweeps, d->sweeps + 1);
	/*
	 * Pairs with those in ramblk_give() and ramblk_finish(), which say who
	 * does what in which order. A request that waits for a poller is
	 * ramblk_complete()'s, which looks under that list's lock.
	 */
	smp_mb();
	blk_mq_tagset_busy_iter(&d->set, ramblk_sweep_one, d);
	ramblk_poll_all(d);
}

/**
 * ramblk_cmd_init() - once in the life of a request's memory
 * @cmd: what to set up
 */
void ramblk_cmd_init(struct ramblk_cmd *cmd)
{
	cmd->state = RAMBLK_BUSY;
	INIT_LIST_HEAD(&cmd->list);
	INIT_WORK(&cmd->work, ramblk_work);
	hrtimer_setup(&cmd->timer, ramblk_timer, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL);
}

/**
 * ramblk_cmd_exit() - undo ramblk_cmd_init()
 * @cmd: of a request that is not in use
 *
 * Context: process; waits for those who are just done with it.
 */
void ramblk_cmd_exit(struct ramblk_cmd *cmd)
{
	cancel_work_sync(&cmd->work);
	hrtimer_cancel(&cmd->timer);
}
