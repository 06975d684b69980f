// SPDX-License-Identifier: GPL-2.0
/*
 * loopnet: from the wire to the stack.
 *
 * The receiver takes packets out of the rings that lead to it and makes of them
 * what its mode, its filters and its program say.
 */
#include <linux/etherdevice.h>
#include <linux/filter.h>
#include <linux/if_vlan.h>
#include <linux/skbuff.h>
#include <net/busy_poll.h>
#include <net/sock.h>
#include "loopnet.h"
#include "reflect.h"
#include "split.h"
#include "trace.h"
#include "xsk.h"

/* The receiver made room: wake a stopped queue once a good part is free. */
static void loopnet_wake(struct loopnet_queue *q, struct netdev_queue *txq)
{
	/* Pairs with those in loopnet_stop() and loopnet_xsk_send_batch(). */
	smp_mb();
	if (unlikely(netif_tx_queue_stopped(txq)) &&
	    loopnet_ring_used(&q->ring) <= q->ring.size / 2)
		netif_tx_wake_queue(txq);
	if (unlikely(READ_ONCE(q->xsk_starved)) &&
	    loopnet_ring_used(&q->ring) <= q->ring.size / 2) {
		WRITE_ONCE(q->xsk_starved, false);
		loopnet_xsk_kick(q);
	}
}

/* Does the receiver's address filter let this through? */
static bool loopnet_wanted(const struct net_device *dev, const u8 *dst)
{
	const struct netdev_hw_addr_list *list = &dev->uc;
	const struct netdev_hw_addr *ha;

	if (likely(ether_addr_equal(dst, dev->dev_addr)) ||
	    dev->flags & IFF_PROMISC)
		return true;
	if (is_multicast_ether_addr(dst)) {
		if (is_broadcast_ether_addr(dst) || dev->flags & IFF_ALLMULTI)
			return true;
		list = &dev->mc;
	}
	list_for_each_entry_rcu(ha, &list->list, list) {
		if (ether_addr_equal(dst, ha->addr))
			return true;
	}
	return false;
}

/* ARP and neighbour discovery: a new packet comes back, the old one is gone. */
static struct sk_buff *loopnet_answer(struct loopnet_queue *rq,
				      struct sk_buff *skb,
				      enum loopnet_verdict verdict,
				      const struct loopnet_plan *plan)
{
	bool arp = verdict == LOOPNET_ARP;
	struct sk_buff *reply;
	unsigned int len;

	reply = napi_alloc_skb(&rq->napi, LOOPNET_REPLY_MAX);
	if (unlikely(!reply)) {
		loopnet_rx_count(rq, LOOPNET_RX_DROPPED);
		kfree_skb(skb);
		return NULL;
	}
	len = arp ? loopnet_arp_reply(skb->data, plan, reply->data) :
		    loopnet_nd_reply(skb->data, plan, reply->data);
	skb_put(reply, len);
	__vlan_hwaccel_copy_tag(reply, skb);
	loopnet_rx_count(rq, arp ? LOOPNET_RX_ARP : LOOPNET_RX_ND);
	consume_skb(skb);
	return reply;
}

/* Mode reflect: the packet that comes back in place of this one, or NULL. */
static struct sk_buff *loopnet_reflect(struct loopnet_queue *rq,
				       struct sk_buff *skb)
{
	enum loopnet_verdict verdict;
	struct loopnet_plan plan;

	do {
		verdict = loopnet_classify(skb->data, skb_headlen(skb),
					   skb->len, &plan);
	} while (unlikely(verdict == LOOPNET_PULL) &&
		 pskb_may_pull(skb, plan.need));
	trace_loopnet_rewrite(rq->ln->dev->name, rq->index, skb, skb->len,
			      verdict);

	switch (verdict) {
	case LOOPNET_RETURN:
		if (unlikely(skb_ensure_writable(skb, plan.need)))
			break;
		loopnet_rewrite(skb->data, &plan);
		return skb;
	case LOOPNET_ARP:
	case LOOPNET_ND:
		return loopnet_answer(rq, skb, verdict, &plan);
	case LOOPNET_GROUP:
		loopnet_rx_count(rq, LOOPNET_RX_GROUP);
		consume_skb(skb);
		return NULL;
	case LOOPNET_PULL:
	case LOOPNET_RUNT:
		break;
	}
	loopnet_rx_count(rq, LOOPNET_RX_DROPPED);
	kfree_skb(skb);
	return NULL;
}

/* What the mode makes of a packet, or NULL. */
static struct sk_buff *loopnet_turn(struct loopnet_queue *rq,
				    struct sk_buff *skb)
{
	switch (READ_ONCE(rq->ln->mode)) {
	case LOOPNET_MODE_REFLECT:
		return loopnet_reflect(rq, skb);
	case LOOPNET_MODE_SINK:
		consume_skb(skb);
		return NULL;
	default:
		return skb;
	}
}

/*
 * The receiver decides if it wants a packet, and counts it. Returns what it
 * counts as: LOOPNET_RX_PACKETS, or why it is not wanted.
 */
static enum loopnet_rx_stat loopnet_admit(struct loopnet_queue *rq,
					  const struct sk_buff *skb,
					  const u8 *data, unsigned int head,
					  unsigned int len, bool gso)
{
	struct net_device *dev = rq->ln->dev;

	if (unlikely(!loopnet_wanted(dev, data))) {
		loopnet_rx_count(rq, LOOPNET_RX_FILTERED);
		return LOOPNET_RX_FILTERED;
	}
	if (unlikely(loopnet_steer_drops(rq->ln, skb, data, head))) {
		loopnet_rx_count(rq, LOOPNET_RX_RULE);
		return LOOPNET_RX_RULE;
	}
	/* Only the other end of a wire can have another MTU. */
	if (unlikely(len > READ_ONCE(dev->mtu) + ETH_HLEN + VLAN_HLEN) &&
	    READ_ONCE(rq->ln->mode) == LOOPNET_MODE_PEER && !gso) {
		loopnet_rx_count(rq, LOOPNET_RX_LENGTH);
		return LOOPNET_RX_LENGTH;
	}
	loopnet_rx_taken(rq, data, head, len);
	return LOOPNET_RX_PACKETS;
}

/*
 * What the sender has hashed is its own. Without the feature its hash is as
 * good as none of ours.
 */
static void loopnet_rx_hash(struct loopnet_queue *rq, struct sk_buff *skb)
{
	struct loopnet_hash hash;

	if (!(rq->ln->dev->features & NETIF_F_RXHASH))
		return;
	hash = loopnet_steer_hash(rq->ln, skb, skb->data, skb_headlen(skb));
	skb_clear_hash(skb);
	if (hash.value)
		skb_set_hash(skb, hash.value, hash.l4 ? PKT_HASH_TYPE_L4 :
							PKT_HASH_TYPE_L3);
}

/*
 * What was the sender's about a packet is dropped, and what the sender paid for
 * it is given back: the stack can have it.
 */
static void loopnet_pass(struct loopnet_queue *rq, struct sk_buff *skb,
			 struct list_head *list)
{
	if (unlikely(!loopnet_stamp_rx(rq->ln, skb))) {
		loopnet_rx_count(rq, LOOPNET_RX_DROPPED);
		kfree_skb(skb);
		return;
	}
	skb_orphan(skb);
	skb_scrub_packet(skb, true);
	skb_reset_redirect(skb);
	skb->priority = 0;
	loopnet_rx_hash(rq, skb);
	skb_record_rx_queue(skb, rq->index);
	skb_mark_napi_id(skb, &rq->napi);
	skb->protocol = eth_type_trans(skb, rq->ln->dev);
	skb_postpull_rcsum(skb, eth_hdr(skb), ETH_HLEN);
	list_add_tail(&skb->list, list);
}

static void loopnet_pass_split(struct loopnet_queue *rq, struct sk_buff *skb,
			       struct list_head *list)
{
	struct sk_buff *next;

	for (skb = loopnet_split(rq, skb); skb; skb = next) {
		next = skb->next;
		skb_mark_not_on_list(skb);
		loopnet_pass(rq, skb, list);
	}
}

/*
 * A packet arrives: if it is wanted, it is the program's if there is one, else
 * the stack's.
 */
static void loopnet_accept(struct loopnet_queue *rq, struct sk_buff *skb,
			   struct bpf_prog *prog, struct list_head *list)
{
	if (unlikely(!pskb_may_pull(skb, ETH_HLEN)) ||
	    unlikely(skb_orphan_frags(skb, GFP_ATOMIC))) {
		loopnet_rx_count(rq, LOOPNET_RX_DROPPED);
		kfree_skb(skb);
		return;
	}
	switch (loopnet_admit(rq, skb, skb->data, skb_headlen(skb), skb->len,
			      skb_is_gso(skb))) {
	case LOOPNET_RX_PACKETS:
		break;
	case LOOPNET_RX_FILTERED:
	case LOOPNET_RX_RULE:
		consume_skb(skb);
		return;
	default:
		kfree_skb(skb);
		return;
	}

	if (unlikely(prog)) {
		loopnet_xdp_receive(rq, prog, skb, list);
		return;
	}
	if (unlikely(READ_ONCE(rq->ln->split)))
		loopnet_pass_split(rq, skb, list);
	else
		loopnet_pass(rq, skb, list);
}

/* A packet that the dice have struck. */
static void loopnet_arrive_struck(struct loopnet_queue *rq, struct sk_buff *skb,
				  u32 faults, u64 random,
				  struct bpf_prog *prog, struct list_head *list)
{
	struct sk_buff *next, *twin;

	if (faults & BIT(LOOPNET_FAULT_LOSS)) {
		consume_skb(skb);
		return;
	}
	skb = loopnet_turn(rq, skb);
	if (!skb)
		return;
	if (faults & BIT(LOOPNET_FAULT_CORRUPT))
		skb = loopnet_corrupt(rq, skb, random);
	else
		skb_mark_not_on_list(skb);
	for (; skb; skb = next) {
		next = skb->next;
		skb_mark_not_on_list(skb);
		twin = NULL;
		if (faults & BIT(LOOPNET_FAULT_DUPLICATE)) {
			/* Of any size and kind; who writes into it copies. */
			twin = skb_clone(skb, GFP_ATOMIC);
			if (!twin)
				loopnet_rx_count(rq, LOOPNET_RX_DROPPED);
		}
		loopnet_accept(rq, skb, prog, list);
		if (twin)
			loopnet_accept(rq, twin, prog, list);
	}
}

/* A program that answers would run on its answer for ever. */
static bool loopnet_program_again(const struct loopnet *ln)
{
	return READ_ONCE(ln->mode) == LOOPNET_MODE_PEER;
}

static void loopnet_arrive(struct loopnet_queue *rq, struct sk_buff *skb,
			   struct bpf_prog *prog, struct list_head *list)
{
	skb = loopnet_turn(rq, skb);
	if (skb)
		loopnet_accept(rq, skb, prog, list);
}

/* A packet about which something was decided when it was sent. */
static void loopnet_arrive_fated(struct loopnet_queue *rq, struct sk_buff *skb,
				 struct bpf_prog *prog, struct list_head *list)
{
	const struct loopnet_fate *fate = loopnet_fate(skb);

	if (fate->program && !loopnet_program_again(rq->ln))
		prog = NULL;
	if (fate->faults)
		loopnet_arrive_struck(rq, skb, fate->faults, fate->random, prog,
				      list);
	else
		loopnet_arrive(rq, skb, prog, list);
}

/* A frame that XDP has sent. */
static void loopnet_arrive_frame(struct loopnet_queue *rq,
				 struct xdp_frame *frame, struct bpf_prog *prog,
				 struct list_head *list)
{
	struct sk_buff *skb;

	if (prog && loopnet_program_again(rq->ln)) {
		if (loopnet_admit(rq, NULL, frame->data, frame->len,
				  xdp_get_frame_len(frame), false) ==
		    LOOPNET_RX_PACKETS)
			loopnet_xdp_frame(rq, prog, frame, list);
		else
			xdp_return_frame(frame);
		return;
	}
	skb = loopnet_frame_skb(rq->ln->dev, frame);
	if (likely(skb)) {
		loopnet_arrive(rq, skb, NULL, list);
		return;
	}
	loopnet_rx_count(rq, LOOPNET_RX_DROPPED);
	xdp_return_frame(frame);
}

/* A packet has passed, or time is up: let the one that is held follow. */
static void loopnet_release(struct loopnet_queue *rq, struct loopnet_queue *q,
			    struct bpf_prog *prog, struct list_head *list)
{
	struct sk_buff *skb = q->held;

	q->held = NULL;
	loopnet_arrive_fated(rq, skb, prog, list);
}

/*
 * Is there anything to be joined? A sender with TSO has not cut it up; then GRO
 * is only for what joins packets that were never one.
 */
static bool loopnet_gro(const struct net_device *dev,
			const struct net_device *from)
{
	return dev->features & NETIF_F_GRO &&
	       (!(from->features & NETIF_F_ALL_TSO) ||
		dev->features & (NETIF_F_GRO_FRAGLIST | NETIF_F_GRO_UDP_FWD));
}

static void loopnet_deliver(struct loopnet_queue *rq, struct list_head *list,
			    bool gro)
{
	struct sk_buff *skb, *next;

	if (likely(!gro)) {
		netif_receive_skb_list(list);
		return;
	}
	list_for_each_entry_safe(skb, next, list, list) {
		skb_list_del_init(skb);
		/* GRO moves pages from one packet to another. */
		if (unlikely(skb_unclone(skb, GFP_ATOMIC))) {
			loopnet_rx_count(rq, LOOPNET_RX_DROPPED);
			kfree_skb(skb);
			continue;
		}
		napi_gro_receive(&rq->napi, skb);
	}
}

/*
 * What happens on the wire behind the first @taken packets: senders stop paying
 * for packets whose last bit is on the wire, a packet that is held is let go.
 * The timer is set for what happens next. Returns for how many bytes the queue
 * stops paying.
 */
static unsigned int loopnet_wire(struct loopnet_queue *rq,
				 struct loopnet_queue *q, u32 taken,
				 struct bpf_prog *prog, struct list_head *list)
{
	u32 ready = loopnet_ring_ready(&q->ring), i = taken;
	u64 now = ktime_get_ns(), next = U64_MAX;
	unsigned int bytes = 0;

	if (q->held && q->held_until <= now)
		loopnet_release(rq, q, prog, list);
	else if (q->held)
		next = q->held_until;

	if ((s32)(q->paid - q->ring.tail) > (s32)taken)
		i = q->paid - q->ring.tail;
	if (taken < ready) {
		unsigned long slot = loopnet_ring_peek(&q->ring, taken);

		/* If it has no fate, it waits for the next poll alone. */
		if (slot & LOOPNET_SLOT_FATE)
			next = min(next, loopnet_fate(loopnet_slot_ptr(slot))->due);
	}
	for (; i < ready; i++) {
		unsigned long slot = loopnet_ring_peek(&q->ring, i);
		struct loopnet_fate *fate;

		if (!(slot & LOOPNET_SLOT_FATE))
			continue;
		fate = loopnet_fate(loopnet_slot_ptr(slot));
		if (!fate->sent)
			continue;
		if (fate->sent > now) {
			next = min(next, fate->sent);
			break;
		}
		fate->sent = 0;
		bytes += fate->bytes;
		fate->bytes = 0;
		skb_orphan_partial(loopnet_slot_ptr(slot));
	}
	q->paid = q->ring.tail + i;
	if (next != U64_MAX)
		loopnet_wire_wait(q, next);
	return bytes;
}

/* Take up to @budget packets out of the ring of @q. */
static unsigned int loopnet_drain(struct loopnet_queue *rq,
				  struct loopnet_queue *q, unsigned int budget)
{
	struct bpf_prog *prog = rcu_dereference(rq->ln->xdp_prog);
	u32 ready = loopnet_ring_ready(&q->ring);
	unsigned int n = min(ready, budget);
	bool gro = loopnet_gro(rq->ln->dev, q->ln->dev);
	struct netdev_queue *txq;
	unsigned int bytes = 0;
	bool waits = q->held;
	LIST_HEAD(list);
	unsigned int i;

	q->looked = q->ring.tail + ready;
	if (unlikely(READ_ONCE(q->testing))) {
		WRITE_ONCE(q->testing, false);
		complete(&q->tested);
	}
	for (i = 0; i < n; i++) {
		unsigned long slot = loopnet_ring_peek(&q->ring, i);
		void *ptr = loopnet_slot_ptr(slot);

		if (unlikely(slot & LOOPNET_SLOT_FATE)) {
			const struct loopnet_fate *fate = loopnet_fate(ptr);

			if (fate->due && fate->due > ktime_get_ns()) {
				waits = true;
				break;
			}
			bytes += fate->bytes;
			/* What programs send is small, as on their wire. */
			if (fate->program)
				gro = rq->ln->dev->features & NETIF_F_GRO;
			if (fate->faults & BIT(LOOPNET_FAULT_REORDER) &&
			    loopnet_hold(q, ptr)) {
				waits = true;
				continue;
			}
			loopnet_arrive_fated(rq, ptr, prog, &list);
		} else if (unlikely(slot & LOOPNET_SLOT_FRAME)) {
			gro = rq->ln->dev->features & NETIF_F_GRO;
			loopnet_arrive_frame(rq, ptr, prog, &list);
		} else {
			bytes += ((struct sk_buff *)ptr)->len;
			loopnet_arrive(rq, ptr, prog, &list);
		}
		if (unlikely(q->held))
			loopnet_release(rq, q, prog, &list);
	}
	if (unlikely(waits))
		bytes += loopnet_wire(rq, q, i, prog, &list);
	if (!i && !bytes && list_empty(&list))
		return 0;
	loopnet_ring_taken(&q->ring, i);

	txq = netdev_get_tx_queue(q->ln->dev, q->index);
	netdev_tx_completed_queue(txq, i, bytes);
	loopnet_wake(q, txq);

	/* What this sends in turn finds the room already made. */
	loopnet_deliver(rq, &list, gro);
	return i;
}

/*
 * Polling is over: let senders schedule again, and look once more for what
 * came while they did not.
 */
static void loopnet_unmask(struct loopnet_queue *rq, struct loopnet *src)
{
	unsigned int i;

	/* Pairs with the barrier in loopnet_interrupt(). */
	smp_store_mb(rq->masked, false);
	/* Pairs with the release in loopnet_go(). */
	if (unlikely(!src || !smp_load_acquire(&src->running)))
		return;
	if (unlikely(READ_ONCE(rq->xsk_kicked) && rq->xsk)) {
		loopnet_interrupt(rq);
		return;
	}
	for (i = rq->index; i < src->nr; i += rq->ln->nr) {
		if (loopnet_pending(&src->queues[i])) {
			loopnet_interrupt(rq);
			return;
		}
	}
}

/*
 * Go round the sending queues that lead here, starting where the last poll
 * ended, so that a full one does not keep the others from their turn.
 */
static unsigned int loopnet_round(struct loopnet_queue *rq,
				  struct loopnet *src, int budget)
{
	unsigned int first, i, done = 0;

	if (rq->turn >= src->nr)
		rq->turn = rq->index;
	if (rq->turn >= src->nr)
		return 0;
	first = rq->turn;
	i = first;
	do {
		done += loopnet_drain(rq, &src->queues[i], budget - done);
		i += rq->ln->nr;
		if (i >= src->nr)
			i = rq->index;
	} while (i != first && done < budget);
	rq->turn = i;
	return done;
}

/* Context: NAPI, softirq or the NAPI thread with softirqs off. */
int loopnet_poll(struct napi_struct *napi, int budget)
{
	struct loopnet_queue *rq = container_of(napi, struct loopnet_queue,
						napi);
	unsigned int done = 0, last;
	struct loopnet *src;
	bool more = false;

	/* netpoll wants room made only; nothing is received then. */
	if (unlikely(!budget))
		return 0;

	rcu_read_lock();
	src = loopnet_sender(rq->ln);
	do {
		last = done;
		/*
		 * Once this is false its rings are about to go. Pairs with the
		 * release in loopnet_go().
		 */
		if (unlikely(!src || !smp_load_acquire(&src->running)))
			break;
		if (unlikely(rq->xsk))
			more = loopnet_xsk_send(rq);
		done += loopnet_round(rq, src, budget - done);
	} while (done != last && done < budget);
	if (unlikely(rq->redirected || rq->foreign))
		loopnet_xdp_flush(rq);

	if (unlikely(more))
		done = budget;
	if (done < budget && napi_complete_done(napi, done))
		loopnet_unmask(rq, src);
	rcu_read_unlock();
	return done;
}
