// SPDX-License-Identifier: GPL-2.0
/*
 * ringchar: who sleeps and who is woken.
 *
 * Waits are exclusive: what one call moves wakes at most one sleeper of the
 * other side, and who was woken and leaves passes it on. A wake-up is skipped
 * when nobody is queued: wq_has_sleeper() has the barrier that orders the ring's
 * position, stored before, against the look at the queue; its partner is the
 * barrier in prepare_to_wait*() between queueing and looking at the positions
 * (tests/litmus/wait-data).
 *
 * Who sleeps or polls on one side says so in the shared page, so that a process
 * that maps the other side knows when a doorbell is due:
 *
 *	sleeper			mapped side
 *	queue			store position (release)
 *	store waits = 1		full fence
 *	full barrier		load waits: ring the doorbell if not 0
 *	load position
 *
 * One of the two sees the other, also while an earlier doorbell clears the flag
 * (tests/litmus/map-waits).
 */

#include <linux/hrtimer.h>
#include <linux/poll.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/sched/stat.h>
#include <linux/sizes.h>

#include <softdev/compat.h>

#include "ringchar.h"

/* How long a writer that would fit waits for a better reason to wake up. */
#define RINGCHAR_LATE_NS	NSEC_PER_MSEC
/* That much room is one, whatever the size. */
#define RINGCHAR_PLENTY		SZ_256K
/* How long a reader waits awake, and how often at most it then does not. */
#define RINGCHAR_SPIN_NS	(20 * NSEC_PER_USEC)
#define RINGCHAR_SPIN_SKIP_MAX	63U

/**
 * struct ringchar_sleeper - a writer asleep
 * @wq: its place in the queue
 * @rf: its file
 * @need: bytes that must be free before it can go on
 * @waiter: the write
 */
struct ringchar_sleeper {
	struct wait_queue_entry wq;
	struct ringchar_file *rf;
	u32 need;
	struct ringchar_waiter *waiter;
};

/**
 * ringchar_at_eof() - will nobody write any more?
 * @unit: the device
 *
 * Only eof=1 ends a file, and only after a writer has come and gone: who opens
 * a new device for reading waits for its first writer.
 *
 * Context: any. Ask before looking whether the ring is empty: the acquire pairs
 * with the release when a writer closes, so that what it wrote is seen.
 */
bool ringchar_at_eof(const struct ringchar_unit *unit)
{
	/* Pairs with the release in ringchar_come(); tests/litmus/opens-come. */
	if (!unit->rc->eof || !smp_load_acquire(&unit->writer_opens))
		return false;
	/* Pairs with the release in ringchar_go(); tests/litmus/opens-go. */
	if (smp_load_acquire(&unit->writers))
		return false;
	/*
	 * He who came may have claimed the other side since; ringchar_uncount(),
	 * tests/litmus/opens-claim.
	 */
	if (!READ_ONCE(unit->writer_opens))
		return false;
	/* What is still on its way comes first. */
	return !ring_paced(&unit->rc->ring) ||
	       ring_total(&unit->rc->ring) == ring_used(&unit->rc->ring);
}

/**
 * ringchar_broken() - has the last reader that this writer knew closed?
 * @rf: the writer's file
 *
 * Readers that came and went before the file was opened do not count: data
 * outlives its writer, and may wait for its first reader.
 *
 * Context: any.
 */
bool ringchar_broken(const struct ringchar_file *rf)
{
	const struct ringchar_unit *unit = rf->unit;

	if (!unit->rc->eof)
		return false;
	/* Pairs with the release in ringchar_come(). */
	if (!rf->had_reader && smp_load_acquire(&unit->reader_opens) == rf->opens)
		return false;
	/* Pairs with the release in ringchar_go(). */
	return !smp_load_acquire(&unit->readers);
}

/* The longest write that can ever fit whole. */
static u32 ringchar_capacity(const struct ringchar *rc)
{
	return READ_ONCE(rc->record) ? ring_max_record(&rc->ring) :
				       READ_ONCE(rc->ring.size);
}

/**
 * ringchar_enough() - are so many bytes worth waking a reader for?
 * @rc: the device
 * @used: bytes held
 *
 * Context: any.
 */
bool ringchar_enough(const struct ringchar *rc, u32 used)
{
	return used && used >= min(READ_ONCE(rc->read_mark),
				   ringchar_capacity(rc));
}

/* Is there room for so many bytes? What is too long for the ring waits for all. */
static bool ringchar_fits(const struct ringchar *rc, u32 need)
{
	u32 room = ring_room(&rc->ring);

	if (READ_ONCE(rc->record))
		room -= min(room, RING_RECORD_HEADER);
	return room && room >= min(need, ringchar_capacity(rc));
}

/**
 * ringchar_writable() - is there enough room to wake a writer for?
 * @rc: the device
 * @need: bytes that it wants to write, at least
 *
 * Context: any.
 */
bool ringchar_writable(const struct ringchar *rc, u32 need)
{
	return ringchar_overwrites(rc) ||
	       ringchar_fits(rc, max(need, READ_ONCE(rc->write_mark)));
}

/* Does a writer sleep that needs more room than there is? */
static bool ringchar_sleeper_lacks(struct ringchar *rc)
{
	struct ringchar_sleeper *s;
	unsigned long flags;
	bool lacks = false;

	/* No barrier: who queues from now on wakes readers, ringchar_wake_below_mark(). */
	if (!waitqueue_active(&rc->wr_sleep))
		return false;
	spin_lock_irqsave(&rc->wr_sleep.lock, flags);
	list_for_each_entry(s, &rc->wr_sleep.head, wq.entry) {
		lacks = !ringchar_writable(rc, s->need);
		if (lacks)
			break;
	}
	spin_unlock_irqrestore(&rc->wr_sleep.lock, flags);
	return lacks;
}

/* Does anybody need more room than there is, asleep or not? */
static bool ringchar_room_lacks(struct ringchar *rc)
{
	u32 want = READ_ONCE(rc->want);

	return (want && !ringchar_fits(rc, want)) || ringchar_sleeper_lacks(rc);
}

/*
 * Are so many bytes to be read now? The mark does not hold while a writer lacks
 * room: reader and writer would wait for each other.
 */
static bool ringchar_ripe(struct ringchar *rc, u32 used)
{
	return ringchar_enough(rc, used) || (used && ringchar_room_lacks(rc));
}

/**
 * ringchar_readable() - is there enough for this file to read?
 * @rf: the file
 *
 * Context: any, but not with the lock of @rc->wr_sleep.
 */
bool ringchar_readable(struct ringchar_file *rf)
{
	ringchar_pace_run(rf->unit->rc);
	return ringchar_overtaken(rf) ||
	       ringchar_ripe(rf->unit->rc, ringchar_held(rf));
}

/* Is there enough to wake readers for? With readers=each they know themselves. */
static bool ringchar_worth_waking(struct ringchar *rc)
{
	return READ_ONCE(rc->each) || ringchar_ripe(rc, ring_used(&rc->ring));
}

/*
 * Somebody lacks room: what is below the read mark must go now. The caller has
 * said so where ringchar_room_lacks() looks; the barrier in wq_has_sleeper()
 * orders that before the look at the readers' queues, and its partner is the
 * barrier between queueing there and looking.
 */
static void ringchar_wake_below_mark(struct ringchar *rc)
{
	u32 used = ring_used(&rc->ring);

	if (used && !ringchar_enough(rc, used))
		ringchar_wake_readers(rc);
}

/**
 * ringchar_want() - somebody who does not sleep lacks room
 * @rc: the device
 * @need: so many bytes of it
 *
 * It is remembered until there was that much room, whether somebody comes back
 * for it or not.
 *
 * Context: process; does not sleep.
 */
void ringchar_want(struct ringchar *rc, u32 need)
{
	spin_lock(&rc->want_lock);
	if (need > rc->want && !ringchar_fits(rc, need))
		WRITE_ONCE(rc->want, need);
	spin_unlock(&rc->want_lock);
	ringchar_wake_below_mark(rc);
}

/*
 * Room was made. Does nobody who does not sleep want more? Who wanted it is
 * told, or will find it; who finds that it is gone again says so again.
 */
static bool ringchar_satisfied(struct ringchar *rc)
{
	bool satisfied;

	if (!READ_ONCE(rc->want))
		return true;
	spin_lock(&rc->want_lock);
	satisfied = ringchar_fits(rc, rc->want);
	if (satisfied)
		WRITE_ONCE(rc->want, 0);
	spin_unlock(&rc->want_lock);
	return satisfied;
}

/**
 * ringchar_batch() - room for any write that is never torn
 * @rc: the device
 *
 * Context: any.
 */
u32 ringchar_batch(const struct ringchar *rc)
{
	return min(RINGCHAR_ATOMIC, ringchar_capacity(rc));
}

/* Somebody maps this side: calls on it fail. */
static bool ringchar_claimed(const struct ringchar *rc, unsigned int side)
{
	return READ_ONCE(rc->claims[RINGCHAR_SIDE(side)]);
}

/**
 * ringchar_announce() - tell a mapped other side that somebody waits
 * @rc: the device
 * @side: the side that waits
 *
 * Call it when queued, before looking whether waiting is needed.
 *
 * Context: any.
 */
void ringchar_announce(struct ringchar *rc, unsigned int side)
{
	unsigned int other = RINGCHAR_PRODUCER + RINGCHAR_CONSUMER - side;
	struct ringchar_page *page;

	/* Pairs with the release in ringchar_claim(). */
	if (likely(!smp_load_acquire(&rc->claims[RINGCHAR_SIDE(other)])))
		return;
	rcu_read_lock();
	page = rcu_dereference(rc->page);
	if (page && side == RINGCHAR_CONSUMER)
		WRITE_ONCE(page->consumer_waits, 1);
	else if (page)
		WRITE_ONCE(page->producer_waits, 1);
	rcu_read_unlock();
	/* Pairs with the fence of who moves the other side, see above. */
	smp_mb();
}

static bool ringchar_read_worth(struct ringchar_file *rf)
{
	struct ringchar *rc = rf->unit->rc;

	return ringchar_dead(rf->unit) || ringchar_at_eof(rf->unit) ||
	       ringchar_claimed(rc, RINGCHAR_CONSUMER) || ringchar_readable(rf);
}

static bool ringchar_read_ready(struct ringchar_file *rf)
{
	ringchar_announce(rf->unit->rc, RINGCHAR_CONSUMER);
	return ringchar_read_worth(rf);
}

/*
 * A reader that is quicker than its writer finds the ring empty each time, and
 * going to sleep and being woken cost both of them more than the copy. So it
 * waits awake for a moment, if nobody else wants its CPU, as a mutex does for
 * its owner (and thereby a pipe, whose two ends share one). When that was in
 * vain it is not tried for the next sleeps, twice as many each time.
 */
static bool ringchar_spin(struct ringchar_file *rf)
{
	struct ringchar *rc = rf->unit->rc;
	unsigned int skip = READ_ONCE(rc->spin_skip);
	u64 end;

	if (skip) {
		WRITE_ONCE(rc->spin_skip, skip - 1);
		return false;
	}
	end = ktime_get_ns() + RINGCHAR_SPIN_NS;
	while (single_task_running() && !need_resched() &&
	       !signal_pending(current)) {
		if (ringchar_read_worth(rf)) {
			WRITE_ONCE(rc->spin_failed, 0);
			return true;
		}
		cpu_relax();
		if (ktime_get_ns() > end)
			break;
	}
	skip = min(2 * READ_ONCE(rc->spin_failed) + 1, RINGCHAR_SPIN_SKIP_MAX);
	WRITE_ONCE(rc->spin_failed, skip);
	WRITE_ONCE(rc->spin_skip, skip);
	return false;
}

/**
 * ringchar_wait_read() - sleep until there is something to read
 * @rf: the reader's file
 *
 * Context: process; sleeps; no locks held.
 * Return: 0 when it is worth trying again, -ERESTARTSYS for a signal.
 */
int ringchar_wait_read(struct ringchar_file *rf)
{
	if (ringchar_spin(rf))
		return 0;
	return wait_event_interruptible_exclusive(rf->unit->rc->rd_sleep,
						  ringchar_read_ready(rf));
}

/**
 * ringchar_may_write() - is it not somebody else's turn to write?
 * @rc: the device
 * @w: who wants to write; NULL for who does not wait in a write
 *
 * Context: any.
 */
bool ringchar_may_write(const struct ringchar *rc,
			const struct ringchar_waiter *w)
{
	const struct ringchar_waiter *turn = READ_ONCE(rc->turn);

	return !turn || turn == w || ringchar_overwrites(rc);
}

static bool ringchar_sleeper_ready(const struct ringchar_sleeper *s)
{
	struct ringchar *rc = s->rf->unit->rc;

	ringchar_announce(rc, RINGCHAR_PRODUCER);
	return ringchar_dead(s->rf->unit) || ringchar_broken(s->rf) ||
	       ringchar_claimed(rc, RINGCHAR_PRODUCER) ||
	       s->need > ringchar_capacity(rc) ||
	       (ringchar_writable(rc, s->need) &&
		ringchar_may_write(rc, s->waiter));
}

/*
 * Has the ring been filled once with what others wrote while a large record waited?
 * As they need less room they would take what there is for ever.
 */
static bool ringchar_starves(const struct ringchar_sleeper *s)
{
	const struct ring *r = &s->rf->unit->rc->ring;

	return s->need > RINGCHAR_ATOMIC && !s->waiter->no_turn &&
	       READ_ONCE(r->head) - s->waiter->since >= READ_ONCE(r->size);
}

/*
 * Writers want different amounts of room. Who does not fit is passed over: it
 * would only go back to sleep, and the wake-up would be lost to who does. But
 * who was passed over too often has the next turn.
 */
static int ringchar_sleeper_wake(struct wait_queue_entry *wq, unsigned int mode,
				 int sync, void *key)
{
	struct ringchar_sleeper *s =
		container_of(wq, struct ringchar_sleeper, wq);

	if (!ringchar_sleeper_ready(s)) {
		if (ringchar_starves(s))
			cmpxchg(&s->rf->unit->rc->turn, NULL, s->waiter);
		return 0;
	}
	return autoremove_wake_function(wq, mode, sync, key);
}

/**
 * ringchar_end_turn() - a write gives its turn back, if it has it
 * @rc: the device
 * @w: the write
 *
 * Context: process; does not sleep.
 */
void ringchar_end_turn(struct ringchar *rc, struct ringchar_waiter *w)
{
	if (READ_ONCE(rc->turn) != w)
		return;
	/* The turn before the queues: wq_has_sleeper(); tests/litmus/wait-turn. */
	WRITE_ONCE(rc->turn, NULL);
	ringchar_wake_writers(rc);
}

/**
 * ringchar_wait_write() - sleep until there is room
 * @rf: the writer's file
 * @need: bytes that must be free
 * @w: the write
 *
 * Context: process; sleeps; no locks held.
 * Return: 0 when it is worth trying again, -ERESTARTSYS for a signal.
 */
int ringchar_wait_write(struct ringchar_file *rf, size_t need,
			struct ringchar_waiter *w)
{
	struct ringchar *rc = rf->unit->rc;
	struct ringchar_sleeper s = { .rf = rf, .need = need, .waiter = w };
	int err = 0;

	if (!w->slept) {
		w->slept = true;
		w->since = READ_ONCE(rc->ring.head);
	}
	init_wait(&s.wq);
	s.wq.func = ringchar_sleeper_wake;
	for (;;) {
		prepare_to_wait_exclusive(&rc->wr_sleep, &s.wq,
					  TASK_INTERRUPTIBLE);
		if (ringchar_sleeper_ready(&s))
			break;
		ringchar_wake_below_mark(rc);
		/* Woken in vain: what is there may be enough for another. */
		if (w->again)
			ringchar_pass_on_writing(rc);
		if (signal_pending(current)) {
			err = -ERESTARTSYS;
			break;
		}
		schedule();
		w->again = true;
	}
	finish_wait(&rc->wr_sleep, &s.wq);
	return err;
}

/* One reader asleep; all of them where each is to read everything. */
static void ringchar_wake_reader(struct ringchar *rc)
{
	/* The caller has had the barrier, see ringchar_written(). */
	if (waitqueue_active(&rc->rd_sleep) && ringchar_worth_waking(rc))
		__wake_up(&rc->rd_sleep, TASK_INTERRUPTIBLE,
			  READ_ONCE(rc->each) ? 0 : 1,
			  poll_to_key(EPOLLIN | EPOLLRDNORM));
}

/* Who polls for reading, and a barrier for who sleeps. */
static void ringchar_wake_read_pollers(struct ringchar *rc)
{
	if (wq_has_sleeper(&rc->rd_wait) && ringchar_worth_waking(rc))
		wake_up_interruptible_poll(&rc->rd_wait,
					   EPOLLIN | EPOLLRDNORM);
	kill_fasync(&rc->rd_fasync, SIGIO, POLL_IN);
}

/**
 * ringchar_wake_readers() - there may be something to read
 * @rc: the device
 *
 * Context: process; does not sleep.
 */
void ringchar_wake_readers(struct ringchar *rc)
{
	ringchar_wake_read_pollers(rc);
	ringchar_wake_reader(rc);
}

/**
 * ringchar_written() - something was written
 * @rc: the device
 * @start: where the ring's head was before
 *
 * Pollers learn of each write. A reader asleep is woken only if there was not
 * enough to read before: if there was, somebody was woken for it, who will look
 * when he leaves and wake the next (ringchar_pass_on_reading()); to wake one more
 * for each write costs more than the copy.
 *
 * Why nobody sleeps on: writer W publishes the head, reader R the tail, sleeper
 * S queues; each then has a full barrier and looks at what is the others'. If S
 * did not find enough and W found that there had been enough already, S saw the
 * tail of some R that W did not see. By the head that R knew, R left less than
 * enough, or S, who saw R's tail and so that head or a later one, would not
 * sleep. So R looks again after his barrier, and as W did not see his tail, he
 * sees W's head. Either he finds S in the queue and wakes him, or S queued after
 * that, and sees W's head, too. (Where all CPUs see a store at the same time, S
 * sees it in any case.) tests/litmus/wait-older.
 *
 * Older bytes are told by their position: by the number of bytes, two writers
 * could each take the other's for older ones.
 *
 * Context: process; does not sleep.
 */
void ringchar_written(struct ringchar *rc, u32 start)
{
	ringchar_wake_read_pollers(rc);
	if (READ_ONCE(rc->each) || ring_paced(&rc->ring) ||
	    !ringchar_enough(rc, ring_older(&rc->ring, start)))
		ringchar_wake_reader(rc);
}

/**
 * ringchar_pass_on_reading() - a reader leaves: what is there is another's
 * @rc: the device
 *
 * For who was woken, and for who left less than enough or stepped over something
 * in passing.
 *
 * Context: process; does not sleep.
 */
void ringchar_pass_on_reading(struct ringchar *rc)
{
	/* Nobody was woken for another. */
	if (READ_ONCE(rc->each))
		return;
	/* The tail before the head and the queue; see ringchar_written(). */
	smp_mb();
	ringchar_wake_reader(rc);
}

/*
 * One writer asleep is woken if there is so much room; else it is to look in a
 * while, unless it is woken before.
 */
static void ringchar_wake_sleeper(struct ringchar *rc, u32 room)
{
	if (ringchar_writable(rc, room))
		wake_up_interruptible_poll(&rc->wr_sleep,
					   EPOLLOUT | EPOLLWRNORM);
	else if (!hrtimer_is_queued(&rc->late_wake))
		hrtimer_start(&rc->late_wake, ns_to_ktime(RINGCHAR_LATE_NS),
			      HRTIMER_MODE_REL_SOFT);
}

/**
 * ringchar_wake_writers() - something was read
 * @rc: the device
 *
 * Pollers learn at once that there is room for a batch. Who sleeps in a write
 * better does so until there is room for many: a quick writer that is woken at
 * each read of a full ring writes as little and sleeps again, and going to
 * sleep and waking up cost more than the copy. It is woken when a quarter of
 * the ring is free, and otherwise a millisecond later, if there still is reason
 * to.
 *
 * Context: process; does not sleep.
 */
void ringchar_wake_writers(struct ringchar *rc)
{
	bool polled = wq_has_sleeper(&rc->wr_wait);
	/* The barrier in wq_has_sleeper() was for these, too. */
	bool large = waitqueue_active(&rc->wr_large);
	/* The same. */
	bool sleeps = waitqueue_active(&rc->wr_sleep);
	u32 batch, plenty;

	if (!polled && !large && !sleeps && !READ_ONCE(rc->want) &&
	    !READ_ONCE(rc->wr_fasync))
		return;
	batch = ringchar_batch(rc);
	plenty = min(READ_ONCE(rc->ring.size) / 4, RINGCHAR_PLENTY);
	if (polled && ringchar_writable(rc, batch))
		wake_up_interruptible_poll(&rc->wr_wait,
					   EPOLLOUT | EPOLLWRNORM);
	if (ringchar_satisfied(rc) && large && ringchar_writable(rc, batch))
		wake_up_interruptible_poll(&rc->wr_large,
					   EPOLLOUT | EPOLLWRNORM);
	if (sleeps)
		ringchar_wake_sleeper(rc, max(plenty, batch));
	kill_fasync(&rc->wr_fasync, SIGIO, POLL_OUT);
}

/**
 * ringchar_pass_on_writing() - a writer was woken and does not need all the room
 * @rc: the device
 *
 * Context: process; does not sleep.
 */
void ringchar_pass_on_writing(struct ringchar *rc)
{
	if (wq_has_sleeper(&rc->wr_sleep))
		ringchar_wake_sleeper(rc, ringchar_batch(rc));
}

/* Wake a writer that fits. In softirq. */
static enum hrtimer_restart ringchar_late_wake(struct hrtimer *timer)
{
	struct ringchar *rc = container_of(timer, struct ringchar, late_wake);

	wake_up_interruptible_poll(&rc->wr_sleep, EPOLLOUT | EPOLLWRNORM);
	return HRTIMER_NORESTART;
}

/* More of what was written may be read. In softirq. */
static enum hrtimer_restart ringchar_paced(struct hrtimer *timer)
{
	struct ringchar *rc = container_of(timer, struct ringchar, pace.timer);

	ringchar_pace_run(rc);
	/* With eof=1 there may be nothing more to come. */
	if (READ_ONCE(rc->eof))
		ringchar_wake_all(rc, 0);
	else
		ringchar_wake_readers(rc);
	return HRTIMER_NORESTART;
}

/* Who polls is to try again. In softirq. */
static enum hrtimer_restart ringchar_again(struct hrtimer *timer)
{
	struct ringchar *rc = container_of(timer, struct ringchar, again);

	wake_up_interruptible_poll(&rc->rd_wait, EPOLLIN | EPOLLRDNORM);
	wake_up_interruptible_poll(&rc->wr_wait, EPOLLOUT | EPOLLWRNORM);
	wake_up_interruptible_poll(&rc->wr_large, EPOLLOUT | EPOLLWRNORM);
	kill_fasync(&rc->rd_fasync, SIGIO, POLL_IN);
	kill_fasync(&rc->wr_fasync, SIGIO, POLL_OUT);
	return HRTIMER_NORESTART;
}

/**
 * ringchar_wake_later() - a call failed with EAGAIN that may succeed later
 * @rc: the device
 * @after: when
 *
 * If others are to be told sooner, this caller is told with them.
 *
 * Context: process; does not sleep.
 */
void ringchar_wake_later(struct ringchar *rc, ktime_t after)
{
	if (!hrtimer_is_queued(&rc->again))
		hrtimer_start(&rc->again, after, HRTIMER_MODE_REL_SOFT);
}

/**
 * ringchar_wake_all() - everybody is to look again
 * @rc: the device
 * @events: what to tell pollers besides "readable" and "writable"
 *
 * Context: process; does not sleep.
 */
void ringchar_wake_all(struct ringchar *rc, __poll_t events)
{
	bool gone = events & EPOLLHUP;

	/* 0: every exclusive sleeper, too. */
	__wake_up(&rc->rd_wait, TASK_NORMAL, 0,
		  poll_to_key(events | EPOLLIN | EPOLLRDNORM));
	__wake_up(&rc->rd_sleep, TASK_NORMAL, 0,
		  poll_to_key(events | EPOLLIN | EPOLLRDNORM));
	__wake_up(&rc->wr_wait, TASK_NORMAL, 0,
		  poll_to_key(events | EPOLLOUT | EPOLLWRNORM));
	__wake_up(&rc->wr_large, TASK_NORMAL, 0,
		  poll_to_key(events | EPOLLOUT | EPOLLWRNORM));
	__wake_up(&rc->wr_sleep, TASK_NORMAL, 0,
		  poll_to_key(events | EPOLLOUT | EPOLLWRNORM));
	kill_fasync(&rc->rd_fasync, SIGIO, gone ? POLL_HUP : POLL_IN);
	kill_fasync(&rc->wr_fasync, SIGIO, gone ? POLL_HUP : POLL_OUT);
}

/*
 * The flag was cleared, now wake: who sets it meanwhile is awake anyway, looks
 * again and sets it again. Who stays queued (epoll, the next exclusive
 * sleeper) cannot, so it is set for him.
 */
static void ringchar_ring(wait_queue_head_t *wq, u32 *waits, __poll_t events)
{
	/* The flag before the queue; wq_has_sleeper() orders. */
	if (!wq_has_sleeper(wq))
		return;
	wake_up_interruptible_poll(wq, events);
	/* No barrier: who queues from now on sets the flag himself. */
	if (waitqueue_active(wq))
		WRITE_ONCE(*waits, 1);
}

/* The same for who waits for signals: O_ASYNC has no queue, and lasts. */
static void ringchar_signal(struct fasync_struct **list, u32 *waits, int band)
{
	if (!READ_ONCE(*list))
		return;
	WRITE_ONCE(*waits, 1);
	/*
	 * Pairs with the fence of who moves the other side, see above: if he did
	 * not see the flag, whoever gets the signal sees what he moved.
	 * tests/litmus/map-signal.
	 */
	smp_mb();
	kill_fasync(list, SIGIO, band);
}

/**
 * ringchar_doorbell() - user space moved a side
 * @rc: the device
 *
 * Context: process; does not sleep.
 */
void ringchar_doorbell(struct ringchar *rc)
{
	struct ringchar_page *page;

	rcu_read_lock();
	page = rcu_dereference(rc->page);
	if (!page)
		goto out;
	WRITE_ONCE(page->consumer_waits, 0);
	WRITE_ONCE(page->producer_waits, 0);
	ringchar_ring(&rc->rd_wait, &page->consumer_waits,
		      EPOLLIN | EPOLLRDNORM);
	ringchar_ring(&rc->rd_sleep, &page->consumer_waits,
		      EPOLLIN | EPOLLRDNORM);
	ringchar_ring(&rc->wr_wait, &page->producer_waits,
		      EPOLLOUT | EPOLLWRNORM);
	ringchar_ring(&rc->wr_large, &page->producer_waits,
		      EPOLLOUT | EPOLLWRNORM);
	ringchar_ring(&rc->wr_sleep, &page->producer_waits,
		      EPOLLOUT | EPOLLWRNORM);
	ringchar_signal(&rc->rd_fasync, &page->consumer_waits, POLL_IN);
	ringchar_signal(&rc->wr_fasync, &page->producer_waits, POLL_OUT);
out:
	rcu_read_unlock();
}

/**
 * ringchar_wait_init() - queues and timers
 * @rc: the device, new
 */
void ringchar_wait_init(struct ringchar *rc)
{
	init_waitqueue_head(&rc->rd_wait);
	init_waitqueue_head(&rc->rd_sleep);
	init_waitqueue_head(&rc->wr_wait);
	init_waitqueue_head(&rc->wr_large);
	init_waitqueue_head(&rc->wr_sleep);
	hrtimer_setup(&rc->late_wake, ringchar_late_wake, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_SOFT);
	hrtimer_setup(&rc->again, ringchar_again, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_SOFT);
	hrtimer_setup(&rc->pace.timer, ringchar_paced, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_SOFT);
}

/**
 * ringchar_wait_exit() - stop the timers
 * @rc: the device; nobody uses it
 *
 * Context: process; sleeps.
 */
void ringchar_wait_exit(struct ringchar *rc)
{
	hrtimer_cancel(&rc->late_wake);
	hrtimer_cancel(&rc->again);
	hrtimer_cancel(&rc->pace.timer);
}
