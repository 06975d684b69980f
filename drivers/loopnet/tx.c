// SPDX-License-Identifier: GPL-2.0
/*
 * loopnet: from the stack, and from programs, to the wire.
 *
 * Transmit puts a packet into its queue's ring as it is. Everything else, the
 * rewriting included, happens when the receiver takes it out (rx.c).
 */
#include <linux/etherdevice.h>
#include <linux/hrtimer.h>
#include <linux/skbuff.h>
#include <net/sock.h>
#include "loopnet.h"
#include "trace.h"

/*
 * The ring is full: stop, and start again if the receiver made room in between.
 */
static void loopnet_stop(struct loopnet_queue *q, struct netdev_queue *txq)
{
	netif_tx_stop_queue(txq);
	loopnet_tx_count(q, LOOPNET_TX_STOPPED, 1);
	/*
	 * Either we see the room made, or the receiver sees the queue stopped.
	 * Pairs with the barrier in loopnet_wake(); tests/litmus/loopnet-stop.
	 */
	smp_mb__after_atomic();
	if (loopnet_ring_room(&q->ring))
		netif_tx_start_queue(txq);
}

static netdev_tx_t loopnet_tx_drop(struct loopnet_queue *q,
				   struct sk_buff *skb)
{
	loopnet_tx_count(q, LOOPNET_TX_DROPPED, 1);
	dev_kfree_skb_any(skb);
	return NETDEV_TX_OK;
}

/*
 * Tell the receiver. It may have been told to wait for company (ethtool -C);
 * there is enough of it when the ring holds so many, or can hold no more.
 */
static void loopnet_kick(struct loopnet_queue *q, bool full)
{
	struct loopnet_queue *rxq = q->rxq;
	u32 usecs = READ_ONCE(rxq->ln->rx_usecs);

	if (likely(!usecs) || full ||
	    loopnet_ring_used(&q->ring) >= READ_ONCE(rxq->ln->rx_frames)) {
		loopnet_interrupt(rxq);
		return;
	}
	/*
	 * Whoever finds the bit set knows that the timer has yet to clear it,
	 * and so to look at the ring. Pairs with clear_bit() and the barrier in
	 * loopnet_coalesce_timer(); tests/litmus/loopnet-coalesce.
	 */
	if (!test_and_set_bit(0, &rxq->coalescing))
		hrtimer_start(&rxq->coalesce,
			      ns_to_ktime((u64)usecs * NSEC_PER_USEC),
			      HRTIMER_MODE_REL);
}

static void loopnet_tx_stamp(const struct loopnet *ln, struct sk_buff *skb)
{
	if (unlikely(skb_shinfo(skb)->tx_flags & SKBTX_HW_TSTAMP) &&
	    READ_ONCE(ln->stamp_tx))
		loopnet_stamp_tx(ln, skb);
	skb_tx_timestamp(skb);
}

/*
 * The wire knows who is at its other end: if the receiver has been told which
 * of its queues a flow belongs to, the packet is sent by the one that leads
 * there. So nothing has to be handed over later, and full queues stop their
 * senders as ever. Where the sender has fewer queues, several lead to one.
 */
u16 loopnet_select_queue(struct net_device *dev, struct sk_buff *skb,
			 struct net_device *sb_dev)
{
	struct loopnet *ln = netdev_priv(dev);
	struct loopnet *receiver;
	int queue = -1;

	rcu_read_lock();
	receiver = loopnet_sender(ln);
	if (unlikely(receiver && loopnet_steers(receiver)))
		queue = loopnet_steer_skb(receiver, skb,
					  READ_ONCE(ln->mode) ==
					  LOOPNET_MODE_REFLECT);
	rcu_read_unlock();
	if (likely(queue < 0))
		return netdev_pick_tx(dev, skb, sb_dev);
	return queue % READ_ONCE(ln->nr);
}

/*
 * Who pays for a packet with a fate, and how long? Its sender until its last
 * bit is on the wire: the socket for the memory, the queue for @len bytes. What
 * then comes is the way, and on a long way there are many packets; as long as
 * that is not known to be over, nobody could send more. As netem does, keep no
 * more of the socket than TCP needs.
 */
static unsigned int loopnet_charge(struct sk_buff *skb, unsigned int len)
{
	struct loopnet_fate *fate = loopnet_fate(skb);

	if (fate->due && !fate->sent) {
		skb_orphan_partial(skb);
		len = 0;
	}
	if (fate->sent == fate->due)
		fate->sent = 0;
	fate->bytes = len;
	return len;
}

/* Context: TX lock of the queue held, softirqs off. */
netdev_tx_t loopnet_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct loopnet *ln = netdev_priv(dev);
	unsigned int index = skb_get_queue_mapping(skb);
	struct loopnet_queue *q = &ln->queues[index];
	unsigned int len = skb->len;
	struct netdev_queue *txq;
	unsigned long slot;
	bool impaired = READ_ONCE(ln->impaired) ||
			trace_loopnet_fault_enabled();
	bool kick, full;

	if (READ_ONCE(ln->mode) == LOOPNET_MODE_SINK && likely(!impaired)) {
		loopnet_tx_stamp(ln, skb);
		loopnet_tx_sent(q, skb->data, skb_headlen(skb), len);
		/* Softirqs are off here: back to where the next comes from. */
		napi_consume_skb(skb, 1);
		return NETDEV_TX_OK;
	}

	txq = netdev_get_tx_queue(dev, index);
	if (unlikely(!loopnet_ring_room(&q->ring))) {
		/* Sent past a stopped queue, as pktgen can. */
		loopnet_stop(q, txq);
		return NETDEV_TX_BUSY;
	}
	if (unlikely(!q->rxq))
		return loopnet_tx_drop(q, skb);
	/*
	 * pktgen sends one skb many times. Only its data may be shared with a
	 * packet on the wire.
	 */
	if (unlikely(skb_shared(skb))) {
		skb = skb_share_check(skb, GFP_ATOMIC);
		if (!skb) {
			loopnet_tx_count(q, LOOPNET_TX_DROPPED, 1);
			return NETDEV_TX_OK;
		}
	}

	loopnet_tx_stamp(ln, skb);
	loopnet_tx_sent(q, skb->data, skb_headlen(skb), len);
	slot = (unsigned long)skb | LOOPNET_SLOT_SKB;
	if (unlikely(impaired)) {
		loopnet_impair_skb(q, skb, false);
		len = loopnet_charge(skb, len);
		slot |= LOOPNET_SLOT_FATE;
	}
	/* Before the receiver can see the packet and complete it. */
	if (likely(len))
		kick = __netdev_tx_sent_queue(txq, len, netdev_xmit_more());
	else
		kick = !netdev_xmit_more();
	loopnet_ring_put(&q->ring, slot);

	full = !loopnet_ring_room(&q->ring);
	if (unlikely(full))
		loopnet_stop(q, txq);
	if (kick || full)
		loopnet_kick(q, full || netif_xmit_stopped(txq));
	return NETDEV_TX_OK;
}

/**
 * loopnet_probe() - ask the receiver of a queue to answer the self-test
 * @q: the queue; @q->tested completes when its receiver has looked at it
 *
 * The question is not a packet: what lies on a slow wire is not waited for.
 *
 * Context: process.
 * Return: false if nobody receives.
 */
bool loopnet_probe(struct loopnet_queue *q)
{
	struct netdev_queue *txq = netdev_get_tx_queue(q->ln->dev, q->index);
	bool asked;

	__netif_tx_lock_bh(txq);
	asked = q->rxq;
	if (asked) {
		/*
		 * Scheduling orders this before the poll that it asks for, or
		 * makes a poll that is under way be followed by another.
		 */
		WRITE_ONCE(q->testing, true);
		napi_schedule(&q->rxq->napi);
	}
	__netif_tx_unlock_bh(txq);
	return asked;
}

/* A packet that the queue's limits do not count, and no socket pays for. */
static void loopnet_tx_unpaid(struct loopnet_queue *q, struct sk_buff *skb,
			      bool impaired, bool program)
{
	struct loopnet_fate *fate = loopnet_fate(skb);

	if (unlikely(impaired))
		loopnet_impair_skb(q, skb, program);
	else
		*fate = (struct loopnet_fate){ .program = program };
	fate->sent = 0;
	fate->bytes = 0;
}

/**
 * loopnet_tx_packet() - send what is, or was, in the memory of AF_XDP sockets
 * @q: the queue, which has room
 * @skb: the packet, from its Ethernet header on; it is gone afterwards
 * @due: when it may arrive at the earliest, CLOCK_MONOTONIC nanoseconds
 * @program: a program sends it
 *
 * Context: TX lock held, softirqs off.
 */
void loopnet_tx_packet(struct loopnet_queue *q, struct sk_buff *skb, u64 due,
		       bool program)
{
	bool impaired = READ_ONCE(q->ln->impaired) ||
			trace_loopnet_fault_enabled();

	loopnet_tx_sent(q, skb->data, skb_headlen(skb), skb->len);
	if (READ_ONCE(q->ln->mode) == LOOPNET_MODE_SINK && !impaired) {
		napi_consume_skb(skb, 1);
		return;
	}
	loopnet_tx_unpaid(q, skb, impaired, program);
	if (unlikely(due)) {
		q->last_due = max3(due, loopnet_fate(skb)->due, q->last_due);
		loopnet_fate(skb)->due = q->last_due;
		loopnet_fate(skb)->launch = due;
	}
	loopnet_ring_put(&q->ring, (unsigned long)skb | LOOPNET_SLOT_FATE);
}

/*
 * A frame of XDP's that is to suffer something becomes a packet, which has room
 * to note what.
 */
static unsigned long loopnet_tx_impaired(struct loopnet_queue *q,
					 struct xdp_frame *frame)
{
	struct sk_buff *skb = loopnet_frame_skb(q->ln->dev, frame);

	if (unlikely(!skb))
		return 0;
	loopnet_tx_unpaid(q, skb, true, true);
	return (unsigned long)skb | LOOPNET_SLOT_FATE;
}

/**
 * loopnet_tx_frames() - send what XDP sends
 * @q: the queue
 * @frames: the frames; those not taken stay the caller's
 * @n: how many
 *
 * Context: TX lock held.
 * Return: how many were taken.
 */
int loopnet_tx_frames(struct loopnet_queue *q, struct xdp_frame **frames, int n)
{
	bool impaired = READ_ONCE(q->ln->impaired) ||
			trace_loopnet_fault_enabled();
	int i;

	if (!q->rxq)
		return 0;
	for (i = 0; i < n && loopnet_ring_room(&q->ring); i++) {
		unsigned long slot = (unsigned long)frames[i] |
				     LOOPNET_SLOT_FRAME;
		const u8 *data = frames[i]->data;
		unsigned int head = frames[i]->len;
		unsigned int len = xdp_get_frame_len(frames[i]);

		if (unlikely(impaired)) {
			slot = loopnet_tx_impaired(q, frames[i]);
			if (!slot)
				break;
		}
		/* The stack's queue limits are not theirs: no bytes. */
		loopnet_tx_sent(q, data, head, len);
		loopnet_ring_put(&q->ring, slot);
	}
	if (i)
		loopnet_interrupt(q->rxq);
	return i;
}

static void loopnet_slot_free(unsigned long slot)
{
	if (slot & LOOPNET_SLOT_FRAME)
		xdp_return_frame(loopnet_slot_ptr(slot));
	else
		dev_kfree_skb_any(loopnet_slot_ptr(slot));
}

/*
 * Free what is on the wire. The receiver is gone and the sender, whose TX lock
 * is held, has been told so.
 */
void loopnet_purge(struct loopnet_queue *q)
{
	struct netdev_queue *txq = netdev_get_tx_queue(q->ln->dev, q->index);
	u32 n = loopnet_ring_ready(&q->ring);
	u32 i;

	for (i = 0; i < n; i++)
		loopnet_slot_free(loopnet_ring_peek(&q->ring, i));
	loopnet_ring_taken(&q->ring, n);
	if (q->held) {
		dev_kfree_skb_any(q->held);
		q->held = NULL;
		n++;
	}
	q->last_due = 0;
	q->paid = 0;
	q->looked = 0;
	loopnet_tx_count(q, LOOPNET_TX_DROPPED, n);
	netdev_tx_reset_queue(txq);
}

/**
 * loopnet_retime() - the wire has become another one
 * @q: a queue
 *
 * What is on the wire goes on by the new one's delay and rate, if that is
 * sooner: nothing waits for a wire that is no more.
 *
 * Context: process, TX lock held, the receiver's NAPI off.
 */
void loopnet_retime(struct loopnet_queue *q)
{
	u32 n = loopnet_ring_ready(&q->ring);
	u64 last = 0;
	u32 i;

	for (i = 0; i < n; i++) {
		unsigned long slot = loopnet_ring_peek(&q->ring, i);
		struct sk_buff *skb = loopnet_slot_ptr(slot);

		if (slot & LOOPNET_SLOT_FATE)
			last = loopnet_impair_again(q, loopnet_fate(skb), last);
	}
	q->last_due = last;
}
