// SPDX-License-Identifier: GPL-2.0
/*
 * loopnet: what goes wrong on the wire, and how long it takes.
 *
 * The dice are rolled and the time of arrival is set when a packet is handed to
 * TX, where its queue is in order; both take effect at the receiver. Faults act
 * on what comes out of the mode, so exactly one bit of what would have been
 * received is wrong.
 */
#include <linux/bits.h>
#include <linux/etherdevice.h>
#include <linux/hrtimer.h>
#include <linux/if_ether.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include "loopnet.h"
#include "trace.h"

/* How long a frame lets the next one pass, if there is none. */
#define LOOPNET_HOLD_NS		NSEC_PER_MSEC

/* On the wire: preamble, check sequence, the gap to the next; shortest frame. */
#define LOOPNET_WIRE_EXTRA	(8 + ETH_FCS_LEN + 12)

/* What a program on the tracepoint may delay by: longer than all settings. */
#define LOOPNET_LATEST_NS	(3 * 3600ULL * NSEC_PER_SEC)

/* Stream of the dice that shapes jitter: none of the faults' kinds. */
#define LOOPNET_JITTER_STREAM	((u64)SOFTDEV_FAULT_KINDS_MAX << 32)

/* Context: process, RTNL held: something that impairs may have changed. */
void loopnet_impair_update(struct loopnet *ln)
{
	bool impaired = ln->delay_ns || ln->jitter_ns || ln->rate_bps;
	unsigned int kind;

	for (kind = 0; kind < LOOPNET_FAULTS; kind++)
		impaired |= READ_ONCE(ln->faults.rate[kind]);
	WRITE_ONCE(ln->impaired, impaired);
}

/* All queues share the wire; the last bit must have left. */
static u64 loopnet_rate_limit(struct loopnet *ln, u64 now, u64 bytes, u64 rate)
{
	u64 ns = div64_u64(bytes * BITS_PER_BYTE * NSEC_PER_SEC, rate);
	u64 end;

	spin_lock(&ln->wire_lock);
	end = max(now, ln->wire_free) + ns;
	ln->wire_free = end;
	spin_unlock(&ln->wire_lock);
	return end;
}

static u64 loopnet_due(struct loopnet_queue *q, u64 bytes)
{
	struct loopnet *ln = q->ln;
	u64 jitter = READ_ONCE(ln->jitter_ns);
	u64 delay = READ_ONCE(ln->delay_ns);
	u64 rate = READ_ONCE(ln->rate_bps);
	u64 due;

	if (!jitter && !delay && !rate)
		return 0;

	due = ktime_get_ns();
	if (rate)
		due = loopnet_rate_limit(ln, due, bytes, rate);
	due += delay;
	if (jitter) {
		u64 random = softdev_hash64(softdev_faults_seed(&ln->faults),
					    LOOPNET_JITTER_STREAM | q->index,
					    q->jitters++);
		u64 spread = jitter + 1;

		due += random - div64_u64(random, spread) * spread;
	}
	/* Jitter does not reorder. */
	q->last_due = max(due, q->last_due);
	return q->last_due;
}

/* Show what was decided, and take what a program has made of it. */
static void loopnet_trace_fault(struct loopnet_queue *q, struct loopnet_desc *d,
				u64 bytes)
{
	struct loopnet_strike strike = {
		.due = d->due, .random = d->random, .faults = d->faults,
		.bytes = min_t(u64, bytes, U32_MAX),
	};

	trace_loopnet_fault(&strike, q->ln->dev->name, q->index);
	d->random = strike.random;
	d->faults = strike.faults & GENMASK(LOOPNET_FAULTS - 1, 0);
	d->due = strike.due;
	/* Not so late that the clock's arithmetic would overflow. */
	if (strike.due)
		d->due = min(strike.due, ktime_get_ns() + LOOPNET_LATEST_NS);
}

/**
 * loopnet_impair() - roll the dice for a packet handed to TX
 * @q: its queue
 * @d: its descriptor, of which faults, random and due are set
 * @bytes: what it is on a wire, but for what each frame has around it
 * @segs: how many frames it is there
 *
 * Context: TX lock held.
 */
void loopnet_impair(struct loopnet_queue *q, struct loopnet_desc *d,
		    u64 bytes, unsigned int segs)
{
	struct softdev_faults *f = &q->ln->faults;
	u32 faults = 0;

	d->random = 0;
	if (softdev_fault(f, LOOPNET_FAULT_LOSS, q->index))
		faults |= BIT(LOOPNET_FAULT_LOSS);
	if (softdev_fault(f, LOOPNET_FAULT_DUPLICATE, q->index))
		faults |= BIT(LOOPNET_FAULT_DUPLICATE);
	if (softdev_fault_random(f, LOOPNET_FAULT_CORRUPT, q->index,
				 &d->random))
		faults |= BIT(LOOPNET_FAULT_CORRUPT);
	if (softdev_fault(f, LOOPNET_FAULT_REORDER, q->index))
		faults |= BIT(LOOPNET_FAULT_REORDER);
	d->faults = faults;
	d->due = loopnet_due(q, bytes + (u64)segs * LOOPNET_WIRE_EXTRA);
	if (trace_loopnet_fault_enabled())
		loopnet_trace_fault(q, d, bytes);
}

/**
 * loopnet_impair_skb() - loopnet_impair() for a packet of the stack's
 * @q: its queue
 * @d: its descriptor
 * @skb: the packet; not yet on its way
 *
 * Context: TX lock held.
 */
void loopnet_impair_skb(struct loopnet_queue *q, struct loopnet_desc *d,
			const struct sk_buff *skb)
{
	const struct skb_shared_info *info = skb_shinfo(skb);
	u64 bytes = max_t(unsigned int, skb->len, ETH_ZLEN);
	unsigned int segs = 1, headers;

	/* On a wire each segment has its headers. */
	if (info->gso_size && skb_transport_header_was_set(skb)) {
		segs = max_t(unsigned int, info->gso_segs, 1);
		headers = skb_transport_offset(skb);
		if (info->gso_type & (SKB_GSO_TCPV4 | SKB_GSO_TCPV6))
			headers += tcp_hdrlen(skb);
		else
			headers += sizeof(struct udphdr);
		bytes += (u64)(segs - 1) * headers;
	}
	loopnet_impair(q, d, bytes, segs);
}

/* Context: hard or soft interrupt. */
static enum hrtimer_restart loopnet_wire_timer(struct hrtimer *timer)
{
	struct loopnet_queue *q = container_of(timer, struct loopnet_queue,
					       wire);
	struct loopnet_queue *rxq = READ_ONCE(q->rxq);

	if (rxq)
		loopnet_interrupt(rxq);
	return HRTIMER_NORESTART;
}

void loopnet_impair_init(struct loopnet_queue *q)
{
	hrtimer_setup(&q->wire, loopnet_wire_timer, CLOCK_MONOTONIC,
		      HRTIMER_MODE_ABS);
	init_completion(&q->tested);
}

/**
 * loopnet_wait() - must what is due at this time wait?
 * @q: the sending queue
 * @due: CLOCK_MONOTONIC nanoseconds
 *
 * Context: NAPI of the receiving queue.
 * Return: true if it must; @q->wire will schedule the NAPI context then.
 */
bool loopnet_wait(struct loopnet_queue *q, u64 due)
{
	if (due <= ktime_get_ns())
		return false;
	if (q->wake_at != due || !hrtimer_is_queued(&q->wire)) {
		q->wake_at = due;
		hrtimer_start(&q->wire, ns_to_ktime(due), HRTIMER_MODE_ABS);
	}
	return true;
}

/**
 * loopnet_pending() - is there something to be received that nothing will tell
 * @q: the sending queue
 *
 * What is not due yet is told by @q->wire. That is taken out of the queue of
 * timers before it looks if interrupts are masked, and here it is looked at
 * after they were unmasked: if it did not schedule, it is not queued.
 *
 * Context: NAPI of the receiving queue.
 */
bool loopnet_pending(const struct loopnet_queue *q)
{
	const struct loopnet_desc *d;

	if (!loopnet_ring_ready(&q->ring))
		return READ_ONCE(q->testing);
	d = loopnet_ring_peek(&q->ring, 0);
	return !d->due || q->wake_at != d->due || !hrtimer_is_queued(&q->wire);
}

/**
 * loopnet_hold() - let the next frame of the queue pass
 * @q: the sending queue
 * @d: the frame
 *
 * Context: NAPI of the receiving queue.
 * Return: false if one is held already; that one is let go behind this one.
 */
bool loopnet_hold(struct loopnet_queue *q, struct loopnet_desc *d)
{
	if (q->held.ptr)
		return false;
	q->held = *d;
	q->held.faults &= ~BIT(LOOPNET_FAULT_REORDER);
	q->held_until = ktime_get_ns() + LOOPNET_HOLD_NS;
	return true;
}

/**
 * loopnet_complete() - do to a packet what was left to the hardware
 * @rq: the receiving queue
 * @skb: a packet, from its Ethernet header on
 *
 * Context: NAPI.
 * Return: the packets it is cut into, chained by ->next, checksums in place;
 * NULL if there was no memory, which is counted.
 */
struct sk_buff *loopnet_complete(struct loopnet_queue *rq, struct sk_buff *skb)
{
	struct sk_buff *segs;

	if (skb_is_gso(skb)) {
		segs = skb_gso_segment(skb, NETIF_F_SG);
		if (IS_ERR(segs))
			goto drop;
		if (segs) {
			consume_skb(skb);
			return segs;
		}
		skb_gso_reset(skb);
	}
	if (skb->ip_summed == CHECKSUM_PARTIAL &&
	    skb_csum_hwoffload_help(skb, 0))
		goto drop;
	skb_mark_not_on_list(skb);
	return skb;
drop:
	loopnet_rx_count(rq, LOOPNET_RX_DROPPED);
	kfree_skb(skb);
	return NULL;
}

/**
 * loopnet_corrupt() - flip a bit after the Ethernet header
 * @rq: the receiving queue
 * @skb: a packet, from its Ethernet header on
 * @random: which bit
 *
 * Context: NAPI.
 * Return: as loopnet_complete(); one of the packets is wrong by one bit.
 */
struct sk_buff *loopnet_corrupt(struct loopnet_queue *rq, struct sk_buff *skb,
				u64 random)
{
	struct sk_buff *segs = loopnet_complete(rq, skb);
	struct sk_buff **at = &segs, *copy;
	unsigned int n = 0, bits;

	for (skb = segs; skb; skb = skb->next)
		n++;
	if (!n)
		return NULL;
	for (n = (u32)random % n; n; n--)
		at = &(*at)->next;

	skb = *at;
	if (skb->len <= ETH_HLEN)
		return segs;
	/* Its pages may be a file's, or the sender's for a retransmission. */
	copy = skb_copy(skb, GFP_ATOMIC);
	if (!copy) {
		*at = skb->next;
		loopnet_rx_count(rq, LOOPNET_RX_DROPPED);
		kfree_skb(skb);
		return segs;
	}
	copy->next = skb->next;
	*at = copy;
	consume_skb(skb);

	bits = (copy->len - ETH_HLEN) * BITS_PER_BYTE;
	n = (u32)(random >> 32) % bits;
	copy->data[ETH_HLEN + n / BITS_PER_BYTE] ^= BIT(n % BITS_PER_BYTE);
	copy->ip_summed = CHECKSUM_NONE;
	return segs;
}
