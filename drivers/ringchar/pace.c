// SPDX-License-Identifier: GPL-2.0
/*
 * ringchar: rate and latency_ns, a line on which what is written travels.
 *
 * What was written may be sent latency_ns later, and is sent rate bytes a second.
 * What was sent is before the ring's ready position, and may be read. That
 * position is moved by whoever looks, and by a timer that wakes who sleeps.
 *
 * Times of writing that lie close together count as the latest of them, so that a
 * fixed number of them will do.
 */

#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/math64.h>

#include <softdev/compat.h>

#include "ringchar.h"

/* A stream's readers are not woken more often. */
#define RINGCHAR_PACE_TICK_NS	NSEC_PER_MSEC
#define RINGCHAR_PACE_TICK_MIN	(20 * NSEC_PER_USEC)
/* So many records are looked at with the lock held. */
#define RINGCHAR_PACE_LOOKS	1000

/* How long a line with a rate takes for so many bytes, at most a ring's. */
static u64 ringchar_line_ns(const struct ringchar_pace *p, u32 n)
{
	return div64_u64((u64)n * NSEC_PER_SEC, p->rate);
}

/*
 * Send bytes from a position up to another, as far as there is time for. Returns
 * where the next ones begin; wait: nanoseconds until it is worth looking again.
 */
static u32 ringchar_send(struct ringchar *rc, u32 pos, u32 end, u64 now,
			 u64 *wait)
{
	struct ringchar_pace *p = &rc->pace;
	unsigned int looks = RINGCHAR_PACE_LOOKS;
	u32 n = end - pos;
	u32 step, len;
	u64 need;

	if (!p->rate)
		return end;
	while (n) {
		if (!looks--) {
			*wait = RINGCHAR_PACE_TICK_MIN;
			break;
		}
		len = rc->record ? ring_header_at(&rc->ring, pos) : n;
		step = rc->record ? len + RING_RECORD_HEADER : n;
		need = ringchar_line_ns(p, len);
		if (now - p->line >= need) {
			p->line += need;
			pos += step;
			n -= min(n, step);
			continue;
		}
		*wait = p->line + need - now;
		if (rc->record)
			break;
		/* Less than n, or there would be time for all. */
		len = div64_u64((now - p->line) * p->rate, NSEC_PER_SEC);
		p->line += ringchar_line_ns(p, len);
		pos += len;
		*wait = min(*wait, max(ringchar_line_ns(p, 1) + 1,
				       (u64)RINGCHAR_PACE_TICK_NS));
		break;
	}
	return pos;
}

/**
 * ringchar_pace_run() - let be read what has been sent by now
 * @rc: the device
 *
 * If there is more the timer will look again.
 *
 * Context: any but hard interrupts.
 */
void ringchar_pace_run(struct ringchar *rc)
{
	struct ringchar_pace *p = &rc->pace;
	u64 now, wait = 0;
	u32 pos;

	if (likely(!ring_paced(&rc->ring)))
		return;
	spin_lock_bh(&p->lock);
	if (p->paused || !ring_paced(&rc->ring))
		goto out;
	now = ktime_get_ns();
	pos = READ_ONCE(rc->ring.ready);
	while (p->nr) {
		u32 end = p->steps[p->first].end;
		u64 due = p->steps[p->first].due;

		if (due > now) {
			wait = due - now;
			break;
		}
		p->line = max(p->line, due);
		/* What was overwritten meanwhile is not sent. */
		if ((s32)(end - pos) > 0)
			pos = ringchar_send(rc, pos, end, now, &wait);
		if (wait)
			break;
		p->first = (p->first + 1) % RINGCHAR_PACE_STEPS;
		p->nr--;
	}
	ring_ready(&rc->ring, pos);
	if (wait && !hrtimer_is_queued(&p->timer))
		hrtimer_start(&p->timer,
			      ns_to_ktime(max(wait, (u64)RINGCHAR_PACE_TICK_MIN)),
			      HRTIMER_MODE_REL_SOFT);
out:
	spin_unlock_bh(&p->lock);
}

/**
 * ringchar_pace_written() - the head has moved
 * @rc: the device
 *
 * Context: process; writing side held.
 */
void ringchar_pace_written(struct ringchar *rc)
{
	struct ringchar_pace *p = &rc->pace;
	unsigned int last;
	u64 due;

	if (likely(!ring_paced(&rc->ring)))
		return;
	spin_lock_bh(&p->lock);
	due = ktime_get_ns() + p->latency;
	last = (p->first + p->nr - 1) % RINGCHAR_PACE_STEPS;
	/* Half as many steps as there are places are due within the latency. */
	if (!p->nr || (p->nr < RINGCHAR_PACE_STEPS &&
		       due - p->steps[last].since >
				p->latency / (RINGCHAR_PACE_STEPS / 2))) {
		last = (p->first + p->nr++) % RINGCHAR_PACE_STEPS;
		p->steps[last].since = due;
	}
	p->steps[last].due = due;
	p->steps[last].end = rc->ring.head;
	spin_unlock_bh(&p->lock);
	ringchar_pace_run(rc);
}

/**
 * ringchar_pace_pause() - the ring's memory is going to change
 * @rc: the device
 *
 * Context: process; both sides held.
 */
void ringchar_pace_pause(struct ringchar *rc)
{
	spin_lock_bh(&rc->pace.lock);
	rc->pace.paused = true;
	spin_unlock_bh(&rc->pace.lock);
}

/**
 * ringchar_pace_resume() - undo ringchar_pace_pause()
 * @rc: the device
 *
 * Context: process; both sides held.
 */
void ringchar_pace_resume(struct ringchar *rc)
{
	spin_lock_bh(&rc->pace.lock);
	rc->pace.paused = false;
	spin_unlock_bh(&rc->pace.lock);
	ringchar_pace_run(rc);
}

/**
 * ringchar_pace_set() - change how fast and how late
 * @rc: the device
 * @rate: bytes a second, 0: no limit
 * @latency: nanoseconds
 *
 * What is on its way travels by the new values from now on.
 *
 * Context: process; sleeps; both sides held, none of them shared. Readers are to
 * look again.
 */
void ringchar_pace_set(struct ringchar *rc, u64 rate, u64 latency)
{
	struct ringchar_pace *p = &rc->pace;
	bool paced = rate || latency;
	unsigned int i;
	u64 due;

	ringchar_pace_run(rc);
	spin_lock_bh(&p->lock);
	due = ktime_get_ns() + latency;
	p->rate = rate;
	p->latency = latency;
	for (i = 0; i < p->nr; i++) {
		unsigned int at = (p->first + i) % RINGCHAR_PACE_STEPS;

		p->steps[at].since = min(p->steps[at].since, due);
		p->steps[at].due = min(p->steps[at].due, due);
	}
	if (!paced || !ring_paced(&rc->ring)) {
		p->nr = 0;
		ring_pace(&rc->ring, paced);
	}
	spin_unlock_bh(&p->lock);
	hrtimer_cancel(&p->timer);
	ringchar_pace_run(rc);
}
