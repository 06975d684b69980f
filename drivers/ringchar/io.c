// SPDX-License-Identifier: GPL-2.0
/*
 * ringchar: read and write.
 */

#include <linux/delay.h>
#include <linux/sched/signal.h>
#include <linux/uio.h>

#include <softdev/compat.h>

#include "ringchar.h"
#include "trace.h"

/* A delayed call takes up to this long, in steps of a millisecond. */
#define RINGCHAR_DELAY_MS	10
/* The same when a BPF program says how long. */
#define RINGCHAR_DELAY_MAX_MS	10000

/* May this call sleep for room or data? */
static bool ringchar_nowait(const struct kiocb *iocb)
{
	return (iocb->ki_filp->f_flags & O_NONBLOCK) ||
	       (iocb->ki_flags & IOCB_NOWAIT);
}

/* Does this task sleep in splice.c instead? */
static bool ringchar_splicing(const struct ringchar_file *rf)
{
	return READ_ONCE(rf->splicer) == current;
}

static int ringchar_lock(struct mutex *lock)
{
	return mutex_lock_killable(lock) ? -ERESTARTSYS : 0;
}

/*
 * Before trying again: does a signal end the call? Whoever makes it look worth
 * trying again and again, without sleeping, is stopped by one all the same. A
 * call that must not sleep is ended by a fatal one only: work that io_uring has
 * for the task looks like a signal, and restarting is not known there.
 */
static int ringchar_interrupted(bool nowait)
{
	return (nowait ? fatal_signal_pending(current) :
			 signal_pending(current)) ? -ERESTARTSYS : 0;
}

/**
 * struct ringchar_call - a read or write on its way
 * @plan: what it suffers
 * @want: so many bytes of the caller's memory were asked for
 * @reach: so many of them are there, as far as is known
 * @touched: they were brought in on purpose
 * @begun: a part was written
 * @waiter: its sleep for room
 */
struct ringchar_call {
	struct ringchar_plan plan;
	size_t want;
	size_t reach;
	bool touched;
	bool begun;
	struct ringchar_waiter waiter;
};

/**
 * ringchar_bring_in() - bring the caller's pages into memory
 * @iter: where they are
 * @n: so many bytes of them
 * @reach: how many are there now
 *
 * No side is held: this may take as long as a disk or a server likes. Others may
 * take the pages away again: look for signals before trying again.
 *
 * Context: process; sleeps; no locks held.
 * Return: 0 when it is worth trying again; -EFAULT if not one byte is there.
 */
int ringchar_bring_in(const struct iov_iter *iter, size_t n, size_t *reach)
{
	size_t left;

	n = min(n, iov_iter_count(iter));
	left = iov_iter_rw(iter) == READ ? fault_in_iov_iter_writeable(iter, n) :
					   fault_in_iov_iter_readable(iter, n);
	if (left >= n)
		return -EFAULT;
	*reach = n - left;
	cond_resched();
	return 0;
}

/* The same for a call that found some of them missing; whole: none may be. */
static int ringchar_touch(struct ringchar_call *call,
			  const struct iov_iter *iter, bool whole)
{
	int err = ringchar_bring_in(iter, call->want, &call->reach);

	call->touched = true;
	if (!err && whole && call->reach < min(call->want, iov_iter_count(iter)))
		err = -EFAULT;
	return err;
}

/*
 * What this call suffers, drawn once, when it could go on: a call that finds
 * nothing to do draws nothing, however often it tries. All kinds are drawn
 * before any is obeyed, so that none shifts another's stream.
 *
 * n: bytes that it would move.
 */
static void ringchar_draw(struct ringchar *rc, struct ringchar_plan *plan,
			  unsigned int queue, size_t n)
{
	struct softdev_faults *f = &rc->item.faults;
	u64 shape;

	plan->drawn = true;
	if (softdev_fault(f, RINGCHAR_FAULT_ERROR, queue))
		plan->error = -EIO;
	if (softdev_fault_random(f, RINGCHAR_FAULT_DELAY, queue, &shape))
		plan->delay_ms = 1 + reciprocal_scale(shape, RINGCHAR_DELAY_MS);
	if (!rc->record && n > 1 &&
	    softdev_fault_random(f, RINGCHAR_FAULT_SHORT, queue, &shape))
		plan->limit = 1 + reciprocal_scale(shape, n - 1);
	trace_ringchar_fault(plan, rc->item.name, queue, n);
}

/*
 * Draw, and obey: 0, or what the call returns; -EINPROGRESS asks to sleep and
 * retry.
 *
 * n: bytes that it would move, and then may move.
 */
static int ringchar_suffer(struct ringchar *rc, struct ringchar_plan *plan,
			   unsigned int queue, size_t *n)
{
	if (!plan->drawn)
		ringchar_draw(rc, plan, queue, *n);
	if (plan->delay_ms)
		return -EINPROGRESS;
	if (plan->error)
		return softdev_fault_errno(plan->error);
	if (plan->limit && !rc->record)
		*n = min_t(size_t, *n, plan->limit);
	return 0;
}

/*
 * Without the lock: take the time that the plan asks for. Who must not sleep is
 * told when it would be over.
 */
static int ringchar_delay(struct ringchar *rc, struct ringchar_plan *plan,
			  bool nowait)
{
	unsigned int ms = min(plan->delay_ms, RINGCHAR_DELAY_MAX_MS);

	plan->delay_ms = 0;
	if (nowait) {
		ringchar_wake_later(rc, ms_to_ktime(ms));
		return -EAGAIN;
	}
	return msleep_interruptible(ms) ? -ERESTARTSYS : 0;
}

static void ringchar_count_in(struct ringchar *rc, size_t n)
{
	u32 held = ring_payload(&rc->ring, rc->record);

	softdev_stats_add(&rc->stats, RINGCHAR_BYTES_IN, n);
	if (rc->record)
		softdev_stats_add(&rc->stats, RINGCHAR_RECORDS_IN, 1);
	if (held > rc->high_water)
		WRITE_ONCE(rc->high_water, held);
	if (unlikely(ring_paced(&rc->ring)))
		ringchar_pace_written(rc);
}

static void ringchar_count_out(struct ringchar *rc, size_t n)
{
	softdev_stats_add(&rc->stats, RINGCHAR_BYTES_OUT, n);
	if (rc->record)
		softdev_stats_add(&rc->stats, RINGCHAR_RECORDS_OUT, 1);
}

/*
 * Take bytes, giving back room as it goes: a gigabyte takes a while. What comes
 * out is in one piece as far as other readers are concerned.
 */
static ssize_t ringchar_take_bytes(struct ringchar_file *rf,
				   struct iov_iter *to, size_t n)
{
	size_t done = 0;
	ssize_t ret;

	for (;;) {
		ret = ringchar_take(rf, to,
				    min_t(size_t, n - done, RINGCHAR_PIECE));
		if (ret < 0)
			break;
		done += ret;
		if (done >= n || fatal_signal_pending(current))
			break;
		cond_resched();
	}
	return done ? done : ret;
}

/* Take what is there; the reading side is held. left: bytes that stay. */
static ssize_t ringchar_get(struct ringchar_file *rf,
			    struct ringchar_call *call, struct iov_iter *to,
			    u32 *left)
{
	struct ringchar_unit *unit = rf->unit;
	struct ringchar *rc = unit->rc;
	bool eof = ringchar_at_eof(unit);
	u32 tail = rc->ring.tail, used;
	size_t n = iov_iter_count(to);
	ssize_t ret;

	if (ringchar_dead(unit))
		return -ENODEV;
	if (rc->claims[RINGCHAR_SIDE(RINGCHAR_CONSUMER)])
		return -EBUSY;
	if (rc->each && ringchar_each_catch_up(rf))
		return -EPIPE;
	if (unlikely(ring_paced(&rc->ring)))
		ringchar_pace_run(rc);
	used = ringchar_held(rf);
	n = min_t(size_t, n, used);
	if (!n)
		return eof ? 0 : -EAGAIN;
	ret = ringchar_suffer(rc, &call->plan, RINGCHAR_FAULT_READS, &n);
	if (ret)
		return ret;
	call->want = rc->record ? ringchar_next_record(rf) : n;
	/* A large buffer is often a new one: not there, and worth one look. */
	if (call->want > RINGCHAR_PIECE && !call->touched)
		return -EFAULT;
	ret = rc->record ? ringchar_take(rf, to, n) :
			   ringchar_take_bytes(rf, to, min(n, call->reach));
	if (ret > 0)
		ringchar_count_out(rc, ret);
	tail = rc->ring.tail - tail;
	*left = used - min(used, tail);
	return ret;
}

/**
 * ringchar_read_iter() - read, readv, io_uring, splice
 * @iocb: the call
 * @to: where the bytes go
 *
 * Context: process; sleeps unless asked not to.
 * Return: bytes read; 0 at the end (eof=1); -EPIPE if the file was overtaken;
 * another error, nothing consumed.
 */
ssize_t ringchar_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct ringchar_file *rf = ringchar_file(iocb->ki_filp);
	struct ringchar *rc = rf->unit->rc;
	struct ringchar_call call = { .reach = MAX_RW_COUNT };
	bool nowait = ringchar_nowait(iocb);
	size_t asked = iov_iter_count(to);
	bool slept = false, moved;
	u32 left = 0, tail;
	ssize_t ret;

	if (!asked)
		return ringchar_dead(rf->unit) ? -ENODEV : 0;
	for (;;) {
		ret = ringchar_lock(&rc->rd_lock);
		if (ret)
			break;
		tail = rc->ring.tail;
		ret = ringchar_get(rf, &call, to, &left);
		moved = rc->ring.tail != tail;
		mutex_unlock(&rc->rd_lock);
		/* Also if it only dropped what was no record. */
		if (moved)
			ringchar_wake_writers(rc);
		if (ret == -EINPROGRESS) {
			/* What this call was woken for need not wait for it. */
			ringchar_pass_on_reading(rc);
			ret = ringchar_delay(rc, &call.plan, nowait);
		} else if (ret == -EAGAIN && !nowait && !ringchar_splicing(rf)) {
			ret = ringchar_wait_read(rf);
		} else if (ret == -EFAULT) {
			/* Nor for a page that may never come. */
			if (slept)
				ringchar_pass_on_reading(rc);
			ret = ringchar_touch(&call, to, READ_ONCE(rc->record));
		} else {
			break;
		}
		if (!ret)
			ret = ringchar_interrupted(nowait);
		if (ret)
			break;
		slept = true;
	}
	/*
	 * Woken for it and not taken it, or not all of it: the next one's. And
	 * who has emptied the ring looks if it really is.
	 */
	if (slept || !ringchar_enough(rc, left))
		ringchar_pass_on_reading(rc);
	trace_ringchar_read(rc->item.name, asked, ret);
	return ret;
}

/*
 * In overwrite mode a write that does not fit makes room. The reading side is
 * held only while the tail moves: what is then overwritten belongs to nobody.
 * The caller's pages were brought in before, so that a bad address costs no
 * data.
 */
static int ringchar_make_room(struct ringchar *rc, struct ringchar_call *call,
			      size_t n)
{
	u32 need = n + (rc->record ? RING_RECORD_HEADER : 0);
	u32 bytes, records = 0;
	int err;

	if (!call->touched)
		return -EFAULT;
	err = ringchar_lock(&rc->rd_lock);
	if (err)
		return err;
	bytes = rc->record ? ring_drop_records(&rc->ring, need, &records) :
			     ring_drop(&rc->ring, need);
	mutex_unlock(&rc->rd_lock);
	softdev_stats_add(&rc->stats, RINGCHAR_DROPPED_BYTES, bytes);
	if (records)
		softdev_stats_add(&rc->stats, RINGCHAR_DROPPED_RECORDS, records);
	return 0;
}

/*
 * A stream write larger than the ring: what could only be overwritten by its
 * own end is passed over.
 */
static size_t ringchar_pass_over(struct ringchar *rc, struct iov_iter *from,
				 size_t n)
{
	size_t over = n > rc->ring.size ? n - rc->ring.size : 0;

	if (over) {
		iov_iter_advance(from, over);
		softdev_stats_add(&rc->stats, RINGCHAR_BYTES_IN, over);
		softdev_stats_add(&rc->stats, RINGCHAR_DROPPED_BYTES, over);
	}
	return over;
}

static ssize_t ringchar_overwrite(struct ringchar *rc,
				  struct ringchar_call *call,
				  struct iov_iter *from, size_t n, bool whole)
{
	size_t over = 0;
	bool dropped;
	ssize_t ret;

	if (rc->record && n > ring_max_record(&rc->ring))
		return -EMSGSIZE;
	if (!rc->record && n > rc->ring.size) {
		if (!call->touched)
			return -EFAULT;
		over = ringchar_pass_over(rc, from, n);
		n -= over;
	}
	if (!rc->record)
		n = min_t(size_t, n, RINGCHAR_PIECE);
	dropped = ring_room(&rc->ring) < n + (rc->record ? RING_RECORD_HEADER : 0);
	ret = dropped ? ringchar_make_room(rc, call, n) : 0;
	if (!ret)
		ret = rc->record ? ring_write_record(&rc->ring, from, n) :
				   ring_write(&rc->ring, from, n, whole);
	if (ret > 0)
		ringchar_count_in(rc, ret);
	/* There will be no more than that: the next one loses some, too. */
	if (ret > 0 && dropped && READ_ONCE(rc->read_mark) > 1)
		ringchar_want(rc, n);
	return ret < 0 ? (over ? over : ret) : over + ret;
}

/* Put what fits; the writing side is held. total: the whole call's bytes. */
static ssize_t ringchar_put(struct ringchar_file *rf,
			    struct ringchar_call *call, struct iov_iter *from,
			    size_t total)
{
	struct ringchar_unit *unit = rf->unit;
	struct ringchar *rc = unit->rc;
	size_t n = iov_iter_count(from);
	bool whole = total <= RINGCHAR_ATOMIC;
	size_t room;
	ssize_t ret;

	if (ringchar_dead(unit))
		return -ENODEV;
	/* Before EPIPE: who claims the side is no reader any more. */
	if (rc->claims[RINGCHAR_SIDE(RINGCHAR_PRODUCER)])
		return -EBUSY;
	if (ringchar_broken(rf))
		return -EPIPE;
	/* It began as a stream's: its end is no record. */
	if (call->begun && rc->record)
		return 0;
	if (rc->record && n > ring_max_record(&rc->ring))
		return -EMSGSIZE;
	if (!ringchar_may_write(rc, &call->waiter))
		return -EAGAIN;
	room = ring_room(&rc->ring);
	if (!ringchar_overwrites(rc) &&
	    (rc->record ? room < n + RING_RECORD_HEADER :
			  !room || (whole && room < n)))
		return -EAGAIN;
	ret = ringchar_suffer(rc, &call->plan, RINGCHAR_FAULT_WRITES, &n);
	if (ret)
		return ret;
	if (!rc->record && !whole)
		n = min(n, call->reach);
	if (ringchar_overwrites(rc))
		return ringchar_overwrite(rc, call, from, n, whole);
	if (!rc->record && !call->plan.limit)
		n = min_t(size_t, n, RINGCHAR_PIECE);
	ret = rc->record ? ring_write_record(&rc->ring, from, n) :
			   ring_write(&rc->ring, from, n, whole);
	if (ret > 0)
		ringchar_count_in(rc, ret);
	return ret;
}

/*
 * Bring in what the next piece comes from: what is never torn as a whole, and
 * also all of what is larger than the ring, see ringchar_pass_over().
 */
static int ringchar_touch_source(struct ringchar *rc,
				 struct ringchar_call *call,
				 const struct iov_iter *from, bool whole)
{
	/*
	 * This may take as long as a server of the caller's likes: it is another's
	 * turn, and what this call was woken for is another's.
	 */
	ringchar_end_turn(rc, &call->waiter);
	if (call->waiter.again)
		ringchar_pass_on_writing(rc);
	whole |= READ_ONCE(rc->record);
	call->want = iov_iter_count(from);
	if (!whole && call->want <= READ_ONCE(rc->ring.size))
		call->want = min_t(size_t, call->want, RINGCHAR_PIECE);
	return ringchar_touch(call, from, whole);
}

/* How much room a sleeping writer needs before it can go on. */
static size_t ringchar_need(const struct ringchar *rc, size_t left,
			    size_t total)
{
	if (READ_ONCE(rc->record) || total <= RINGCHAR_ATOMIC)
		return left;
	return 1;
}

/*
 * What is left of a write does not fit: sleep, or say so. Who must not sleep
 * will poll and try again: "writable" must then mean that this much fits, or it
 * spins, and io_uring gives up on polling and starts a thread.
 */
static int ringchar_no_room(struct ringchar_file *rf, bool nowait, size_t need,
			    struct ringchar_waiter *w)
{
	if (!nowait && !ringchar_splicing(rf))
		return ringchar_wait_write(rf, need, w);
	if (!nowait) {
		rf->splice_need = need;
		return -EAGAIN;
	}
	if (need > READ_ONCE(rf->want))
		WRITE_ONCE(rf->want, need);
	ringchar_want(rf->unit->rc, need);
	return -EAGAIN;
}

/**
 * ringchar_write_iter() - write, writev, io_uring, splice
 * @iocb: the call
 * @from: where the bytes come from
 *
 * Context: process; sleeps unless asked not to.
 * Return: bytes written, fewer than asked for only above RINGCHAR_ATOMIC or by
 * a fault on purpose; an error, nothing written.
 */
ssize_t ringchar_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct ringchar_file *rf = ringchar_file(iocb->ki_filp);
	struct ringchar *rc = rf->unit->rc;
	struct ringchar_call call = { .reach = MAX_RW_COUNT };
	bool nowait = ringchar_nowait(iocb);
	size_t total = iov_iter_count(from);
	bool whole = total <= RINGCHAR_ATOMIC;
	size_t done = 0;
	ssize_t ret;
	u32 start;

	if (!total)
		return ringchar_dead(rf->unit) ? -ENODEV : 0;
	for (;;) {
		/* It will overwrite: see ringchar_make_room(). */
		if (ringchar_overwrites(rc) && !call.touched) {
			ret = ringchar_touch_source(rc, &call, from, whole);
			if (ret)
				break;
		}
		ret = ringchar_lock(&rc->wr_lock);
		if (ret)
			break;
		start = rc->ring.head;
		ret = ringchar_put(rf, &call, from, total);
		mutex_unlock(&rc->wr_lock);
		if (ret > 0) {
			done += ret;
			call.begun = true;
			call.touched = false;
			call.reach = MAX_RW_COUNT;
			WRITE_ONCE(rf->want, 0);
			ringchar_written(rc, start);
		}
		if (ret > 0 && done < total && !call.plan.limit &&
		    !fatal_signal_pending(current)) {
			cond_resched();
			continue;
		}
		if (ret == -EINPROGRESS) {
			/* What this call was woken for need not wait for it. */
			ringchar_end_turn(rc, &call.waiter);
			ringchar_pass_on_writing(rc);
			ret = ringchar_delay(rc, &call.plan, nowait);
		} else if (ret == -EFAULT) {
			ret = ringchar_touch_source(rc, &call, from, whole);
		} else if (ret == -EAGAIN) {
			ret = ringchar_no_room(rf, nowait,
					       ringchar_need(rc, total - done,
							     total),
					       &call.waiter);
		} else {
			break;
		}
		if (!ret)
			ret = ringchar_interrupted(nowait);
		if (ret)
			break;
		call.waiter.again = true;
	}
	ringchar_end_turn(rc, &call.waiter);
	if (call.waiter.again)
		ringchar_pass_on_writing(rc);
	if (ret == -EPIPE && !(iocb->ki_flags & IOCB_NOSIGNAL))
		send_sig(SIGPIPE, current, 0);
	ret = done ? done : ret;
	trace_ringchar_write(rc->item.name, total, ret);
	return ret;
}
