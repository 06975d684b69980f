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
#include <linux/if_vlan.h>
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

/*
 * Longer than all settings: how long a packet is on its way at most. A rate
 * that would take longer yet does not: whatever is asked for, the clock's
 * arithmetic does not overflow.
 */
#define LOOPNET_LATEST_NS	(3 * 3600ULL * NSEC_PER_SEC)

/* Jitter is drawn from a stream of its own; its place is kept with the others. */
#define LOOPNET_JITTER		LOOPNET_FAULTS
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

/* All queues share the wire: when the last bit has left. */
static u64 loopnet_rate_limit(struct loopnet *ln, u64 now, u64 bytes, u64 rate)
{
	u64 ns = div64_u64(bytes * BITS_PER_BYTE * NSEC_PER_SEC, rate);
	u64 end;

	spin_lock(&ln->wire_lock);
	end = min(max(now, ln->wire_free) + ns, now + LOOPNET_LATEST_NS);
	ln->wire_free = end;
	spin_unlock(&ln->wire_lock);
	return end;
}

static u64 loopnet_jitter(struct loopnet_queue *q, u64 jitter)
{
	struct softdev_faults *f = &q->ln->faults;
	atomic64_t *drawn = &f->queues[q->index].drawn[LOOPNET_JITTER];
	u64 n = atomic64_inc_return_relaxed(drawn) - 1;
	u64 random = softdev_hash64(softdev_faults_seed(f),
				    LOOPNET_JITTER_STREAM | q->index, n);
	u64 spread = jitter + 1;

	return random - div64_u64(random, spread) * spread;
}

/* When does it leave, and when does it arrive? */
static void loopnet_due(struct loopnet_queue *q, struct loopnet_fate *fate)
{
	struct loopnet *ln = q->ln;
	u64 jitter = READ_ONCE(ln->jitter_ns);
	u64 delay = READ_ONCE(ln->delay_ns);
	u64 rate = READ_ONCE(ln->rate_bps);
	u64 due;

	fate->due = 0;
	fate->sent = 0;
	if (!jitter && !delay && !rate)
		return;

	due = ktime_get_ns();
	if (rate) {
		due = loopnet_rate_limit(ln, due, fate->wire, rate);
		fate->sent = due;
	}
	due += delay;
	if (jitter)
		due += loopnet_jitter(q, jitter);
	/* Jitter does not reorder. */
	q->last_due = max(due, q->last_due);
	fate->due = q->last_due;
}

/**
 * loopnet_impair_again() - loopnet_due() for what is on a wire that has changed
 * @q: its queue
 * @fate: of the packet
 * @last: when the packet before it arrives
 *
 * Context: TX lock held.
 * Return: when it arrives.
 */
u64 loopnet_impair_again(struct loopnet_queue *q, struct loopnet_fate *fate,
			 u64 last)
{
	struct loopnet *ln = q->ln;
	u64 due = ktime_get_ns();

	if (!fate->due)
		return last;
	if (ln->rate_bps && fate->bytes) {
		due = loopnet_rate_limit(ln, due, fate->wire, ln->rate_bps);
		if (fate->sent)
			fate->sent = min(due, fate->sent);
	} else if (fate->sent) {
		fate->sent = due;
	}
	due = max3(due + ln->delay_ns, last, fate->launch);
	fate->due = min(due, fate->due);
	return fate->due;
}

/* Show what was decided, and take what a program has made of it. */
static void loopnet_trace_fault(struct loopnet_queue *q,
				struct loopnet_fate *fate, u64 bytes)
{
	struct loopnet_strike strike = {
		.due = fate->due, .random = fate->random,
		.faults = fate->faults,
		.bytes = min_t(u64, bytes, U32_MAX),
	};

	trace_loopnet_fault(&strike, q->ln->dev->name, q->index);
	fate->random = strike.random;
	fate->faults = strike.faults & GENMASK(LOOPNET_FAULTS - 1, 0);
	fate->due = strike.due;
	/* Not so late that the clock's arithmetic would overflow. */
	if (strike.due)
		fate->due = min(strike.due, ktime_get_ns() + LOOPNET_LATEST_NS);
}

/*
 * What a packet is on a wire, but for what each frame has around it; and how
 * many frames. Each segment has its headers there, and its tag.
 */
static u64 loopnet_wire_bytes(const struct sk_buff *skb, unsigned int *frames)
{
	const struct skb_shared_info *info = skb_shinfo(skb);
	unsigned int tag = skb_vlan_tag_present(skb) ? VLAN_HLEN : 0;
	unsigned int headers;
	u64 bytes;

	*frames = 1;
	bytes = max_t(unsigned int, skb->len + tag, ETH_ZLEN);
	if (!info->gso_size || !skb_transport_header_was_set(skb))
		return bytes;

	*frames = max_t(unsigned int, info->gso_segs, 1);
	if (skb->encapsulation) {
		headers = skb_inner_transport_offset(skb);
		if (info->gso_type & (SKB_GSO_TCPV4 | SKB_GSO_TCPV6))
			headers += inner_tcp_hdrlen(skb);
		else
			headers += sizeof(struct udphdr);
	} else {
		headers = skb_transport_offset(skb);
		if (info->gso_type & (SKB_GSO_TCPV4 | SKB_GSO_TCPV6))
			headers += tcp_hdrlen(skb);
		else
			headers += sizeof(struct udphdr);
	}
	return bytes + (u64)(*frames - 1) * (headers + tag);
}

/**
 * loopnet_impair_skb() - roll the dice for a packet that is sent
 * @q: its queue
 * @skb: the packet, not yet on its way; gets its fate
 * @program: it was sent by a program
 *
 * Context: TX lock held.
 */
void loopnet_impair_skb(struct loopnet_queue *q, struct sk_buff *skb,
			bool program)
{
	struct softdev_faults *f = &q->ln->faults;
	struct loopnet_fate *fate = loopnet_fate(skb);
	unsigned int frames;
	u64 bytes = loopnet_wire_bytes(skb, &frames);
	u32 faults = 0;

	fate->program = program;
	fate->launch = 0;
	fate->random = 0;
	if (softdev_fault(f, LOOPNET_FAULT_LOSS, q->index))
		faults |= BIT(LOOPNET_FAULT_LOSS);
	if (softdev_fault(f, LOOPNET_FAULT_DUPLICATE, q->index))
		faults |= BIT(LOOPNET_FAULT_DUPLICATE);
	if (softdev_fault_random(f, LOOPNET_FAULT_CORRUPT, q->index,
				 &fate->random))
		faults |= BIT(LOOPNET_FAULT_CORRUPT);
	if (softdev_fault(f, LOOPNET_FAULT_REORDER, q->index))
		faults |= BIT(LOOPNET_FAULT_REORDER);
	fate->faults = faults;
	fate->wire = bytes + (u64)frames * LOOPNET_WIRE_EXTRA;
	loopnet_due(q, fate);
	if (trace_loopnet_fault_enabled())
		loopnet_trace_fault(q, fate, bytes);
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
 * loopnet_wire_wait() - have the receiver woken when something happens
 * @q: the sending queue
 * @when: CLOCK_MONOTONIC nanoseconds
 *
 * Context: NAPI of the receiving queue.
 */
void loopnet_wire_wait(struct loopnet_queue *q, u64 when)
{
	if (q->wake_at == when && hrtimer_is_queued(&q->wire))
		return;
	q->wake_at = when;
	hrtimer_start(&q->wire, ns_to_ktime(when), HRTIMER_MODE_ABS);
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
bool loopnet_pending(struct loopnet_queue *q)
{
	u32 ready = loopnet_ring_ready(&q->ring);

	if (q->ring.tail + ready != q->looked || READ_ONCE(q->testing))
		return true;
	return (ready || q->held) && !hrtimer_is_queued(&q->wire);
}

/**
 * loopnet_hold() - let the next packet of the queue pass
 * @q: the sending queue
 * @skb: the packet
 *
 * Context: NAPI of the receiving queue.
 * Return: false if one is held already; that one is let go behind this one.
 */
bool loopnet_hold(struct loopnet_queue *q, struct sk_buff *skb)
{
	if (q->held)
		return false;
	q->held = skb;
	loopnet_fate(skb)->faults &= ~BIT(LOOPNET_FAULT_REORDER);
	q->held_until = ktime_get_ns() + LOOPNET_HOLD_NS;
	return true;
}

/**
 * loopnet_frame_skb() - a packet of what XDP has sent
 * @dev: the device
 * @frame: the frame; it is gone afterwards, if that went well
 *
 * Context: softirqs off.
 * Return: the packet, from its Ethernet header on, or NULL.
 */
struct sk_buff *loopnet_frame_skb(struct net_device *dev,
				  struct xdp_frame *frame)
{
	struct sk_buff *skb;

	/* What its sender noted for itself is not on the wire. */
	frame->metasize = 0;
	skb = xdp_build_skb_from_frame(frame, dev);
	if (likely(skb))
		__skb_push(skb, ETH_HLEN);
	return skb;
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
