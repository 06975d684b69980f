/* SPDX-License-Identifier: GPL-2.0 */
/*
 * loopnet: queues: the ring that is the wire from a transmit queue to whoever
 * receives it, and counters.
 *
 * One producer at a time (the TX lock of the queue sees to that) and one
 * consumer (the NAPI context of the receiving queue), so neither side locks.
 */
#ifndef _LOOPNET_QUEUE_H
#define _LOOPNET_QUEUE_H

#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/completion.h>
#include <linux/etherdevice.h>
#include <linux/hrtimer.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/types.h>
#include <linux/u64_stats_sync.h>
#include <net/xdp.h>
#include <asm/barrier.h>

/*
 * One frame on the wire is a word: a pointer, of which the lowest bits tell what
 * it points to.
 */
#define LOOPNET_SLOT_SKB	0UL
#define LOOPNET_SLOT_FRAME	1UL	/* struct xdp_frame */
#define LOOPNET_SLOT_FATE	2UL	/* an skb that has a struct loopnet_fate */
#define LOOPNET_SLOT_MASK	3UL

/**
 * struct loopnet_ring - frames between one producer and one consumer
 * @slot: the frames, @mask + 1 of them
 * @mask: turns a position into an index
 * @size: how many may be on the wire
 * @head: next to be written; written by the producer
 * @seen: what the producer last saw of @tail; the producer's own
 * @tail: next to be read; written by the consumer
 */
struct loopnet_ring {
	unsigned long *slot;
	u32 mask;
	u32 size;
	u32 head ____cacheline_aligned_in_smp;
	u32 seen;
	u32 tail ____cacheline_aligned_in_smp;
};

static inline int loopnet_ring_init(struct loopnet_ring *r, u32 size)
{
	u32 slots = roundup_pow_of_two(size);

	r->slot = kvcalloc(slots, sizeof(*r->slot), GFP_KERNEL_ACCOUNT);
	if (!r->slot)
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
	kvfree(r->slot);
	r->slot = NULL;
}

/* Producer: is there room? */
static inline bool loopnet_ring_room(struct loopnet_ring *r)
{
	if (likely(r->head - r->seen < r->size))
		return true;
	/* Pairs with the release in loopnet_ring_taken(); tests/litmus/ring-tail. */
	r->seen = smp_load_acquire(&r->tail);
	return r->head - r->seen < r->size;
}

/* Producer: a frame; there is room. */
static inline void loopnet_ring_put(struct loopnet_ring *r, unsigned long slot)
{
	r->slot[r->head & r->mask] = slot;
	/* Pairs with the acquire in loopnet_ring_ready(); tests/litmus/ring-head. */
	smp_store_release(&r->head, r->head + 1);
}

/* Producer: for how many frames is there room? */
static inline u32 loopnet_ring_space(struct loopnet_ring *r)
{
	/* Pairs with the release in loopnet_ring_taken(); tests/litmus/ring-tail. */
	r->seen = smp_load_acquire(&r->tail);
	return r->size - (r->head - r->seen);
}

/* Consumer: how many frames are there to be taken. */
static inline u32 loopnet_ring_ready(const struct loopnet_ring *r)
{
	/* Pairs with the release in loopnet_ring_put(). */
	return smp_load_acquire(&r->head) - r->tail;
}

/* Consumer: the frame @i places on. */
static inline unsigned long loopnet_ring_peek(const struct loopnet_ring *r,
					      u32 i)
{
	return r->slot[(r->tail + i) & r->mask];
}

/* Consumer: @n frames have been taken and their slots may be used again. */
static inline void loopnet_ring_taken(struct loopnet_ring *r, u32 n)
{
	/* Pairs with the acquire in loopnet_ring_room(). */
	smp_store_release(&r->tail, r->tail + n);
}

/* Anybody: how full is it? A snapshot. */
static inline u32 loopnet_ring_used(const struct loopnet_ring *r)
{
	return READ_ONCE(r->head) - READ_ONCE(r->tail);
}

/**
 * struct loopnet_fate - what was decided about a packet when it was sent
 * @due: when it arrives, CLOCK_MONOTONIC nanoseconds; 0 for at once
 * @launch: when it may arrive at the earliest, whatever the wire; 0 if nobody said
 * @sent: when its last bit is on the wire, and its sender stops paying for it;
 *	0 if that is when it arrives, or was when it was handed over
 * @random: shapes a fault
 * @faults: bit for each fault that struck it
 * @bytes: what is charged to the byte queue limits
 * @wire: bytes on the wire, with what each frame has around it
 * @program: it was sent by a program
 *
 * Lies in skb->cb of a packet in a ring.
 */
struct loopnet_fate {
	u64 due;
	u64 launch;
	u64 sent;
	u64 random;
	u32 faults;
	u32 bytes;
	u32 wire;
	bool program;
};

static inline struct loopnet_fate *loopnet_fate(struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct loopnet_fate) > sizeof(skb->cb));
	return (struct loopnet_fate *)skb->cb;
}

static inline void *loopnet_slot_ptr(unsigned long slot)
{
	return (void *)(slot & ~LOOPNET_SLOT_MASK);
}

struct loopnet;
struct loopnet_xsk;

/* What frames there are besides those to one station. */
enum loopnet_kind {
	LOOPNET_MULTICAST,
	LOOPNET_BROADCAST,
	LOOPNET_CONTROL,	/* of the MAC, one of the above as well */
	LOOPNET_PAUSE,		/* a control frame */
	LOOPNET_KINDS,
};

/* Ranges of sizes that are counted; see loopnet_size(). */
#define LOOPNET_SIZES		7

/* What is counted per queue; names in stats.c. */
enum loopnet_tx_stat {
	LOOPNET_TX_PACKETS,
	LOOPNET_TX_BYTES,
	LOOPNET_TX_DROPPED,
	LOOPNET_TX_STOPPED,
	LOOPNET_TX_KIND,
	LOOPNET_TX_SIZE = LOOPNET_TX_KIND + LOOPNET_KINDS,
	LOOPNET_TX_STATS = LOOPNET_TX_SIZE + LOOPNET_SIZES,
};

enum loopnet_rx_stat {
	LOOPNET_RX_PACKETS,
	LOOPNET_RX_BYTES,
	LOOPNET_RX_DROPPED,
	LOOPNET_RX_FILTERED,
	LOOPNET_RX_RULE,	/* a rule drops it */
	LOOPNET_RX_GROUP,	/* tx_group: counted where it is found out */
	LOOPNET_RX_ARP,
	LOOPNET_RX_ND,
	LOOPNET_RX_LENGTH,
	LOOPNET_RX_XDP_DROP,
	LOOPNET_RX_XDP_TX,
	LOOPNET_RX_XDP_REDIRECT,
	LOOPNET_RX_SPLIT,
	LOOPNET_RX_NO_BUFFER,
	LOOPNET_RX_KIND,
	LOOPNET_RX_SIZE = LOOPNET_RX_KIND + LOOPNET_KINDS,
	LOOPNET_RX_STATS = LOOPNET_RX_SIZE + LOOPNET_SIZES,
};

/**
 * struct loopnet_pages - the receive ring: pages for programs to work in, and
 *	for data that is split from its headers
 * @pool: where they come from, NULL if there is none
 * @buf: size of one, in bytes
 * @lent: they are memory of somebody else's, which nobody here may read
 * @rxq: what a program is told of the queue and the pages
 */
struct loopnet_pages {
	struct page_pool *pool;
	u32 buf;
	bool lent;
	struct xdp_rxq_info rxq;
};

/**
 * struct loopnet_queue - one channel
 * @ring: what this queue has sent and nobody has received yet
 * @rxq: the queue that receives it, NULL when nobody does; written with the TX
 *	lock held, so stable in transmit
 * @tx_syncp: guards @tx against torn reads
 * @tx: counters of the transmit side; written with the TX lock held
 * @last_due: when the last packet with a delay arrives; TX lock
 * @wire: wakes the receiver when something happens on the wire
 * @wake_at: when @wire goes off; the receiver's NAPI
 * @looked: the ring's head when it was last looked at; the receiver's NAPI
 * @paid: position in the ring: before it no packet waits for its last bit to be
 *	on the wire; the receiver's NAPI
 * @held: a packet that lets the next one pass; the receiver's NAPI
 * @held_until: how long at most; the receiver's NAPI
 * @testing: the self-test asks the receiver to answer
 * @tested: it has
 * @napi: the receive side
 * @ln: the device
 * @index: number of the queue
 * @coalesce: wakes @napi a while after a packet, if that was asked for
 * @coalescing: @coalesce is on its way
 * @redirected: a program has redirected, so a flush is due; @napi
 * @foreign: a program has run on pages of others, so that until the flush none
 *	goes back without a lock; @napi
 * @masked: whoever sends need not schedule @napi: it runs, or the core has put
 *	off its interrupts and polls by itself; see loopnet_interrupt()
 * @turn: the sending queue that is looked at first; @napi
 * @pages: for programs to work in; there while there are rings
 * @xsk: memory that AF_XDP sockets have lent, or NULL; written with @napi off,
 *	others than @napi only look if it is there
 * @xsk_kicked: they have something to be sent; set by anybody, cleared by @napi
 * @xsk_starved: they have more to be sent than @ring has room for; set by @napi,
 *	cleared by whoever receives
 * @rx_syncp: guards @rx against torn reads
 * @rx: counters of the receive side; written by @napi only
 */
struct loopnet_queue {
	struct loopnet_ring ring;

	struct loopnet_queue *rxq ____cacheline_aligned_in_smp;
	struct u64_stats_sync tx_syncp;
	u64_stats_t tx[LOOPNET_TX_STATS];
	u64 last_due;

	struct hrtimer wire ____cacheline_aligned_in_smp;
	u64 wake_at;
	u32 looked;
	u32 paid;
	struct sk_buff *held;
	u64 held_until;
	bool testing;
	struct completion tested;

	struct napi_struct napi ____cacheline_aligned_in_smp;
	struct loopnet *ln;
	unsigned int index;
	struct hrtimer coalesce;
	unsigned long coalescing;
	bool redirected;
	bool foreign;
	bool masked;
	unsigned int turn;
	struct loopnet_pages pages;
	struct loopnet_xsk *xsk;
	u32 xsk_kicked;
	bool xsk_starved;
	struct u64_stats_sync rx_syncp;
	u64_stats_t rx[LOOPNET_RX_STATS];
};

/* Context: TX lock held. */
static inline void loopnet_tx_count(struct loopnet_queue *q,
				    enum loopnet_tx_stat i, u64 n)
{
	u64_stats_update_begin(&q->tx_syncp);
	u64_stats_add(&q->tx[i], n);
	u64_stats_update_end(&q->tx_syncp);
}

/* Which range of sizes a frame is in, check sequence included. */
static inline unsigned int loopnet_size(unsigned int len)
{
	len += ETH_FCS_LEN;
	if (len <= 64)
		return 0;
	if (len > 1518)
		return LOOPNET_SIZES - 1;
	/* 127, 255, 511, 1023, and the rest */
	return fls(len) - 6;
}

/* Context: that of whoever writes @kinds, of which there are LOOPNET_KINDS. */
static inline void loopnet_count_kind(u64_stats_t *kinds, const u8 *data,
				      unsigned int head)
{
	const struct ethhdr *eth = (const void *)data;

	if (likely(!is_multicast_ether_addr(eth->h_dest)))
		return;
	u64_stats_inc(&kinds[is_broadcast_ether_addr(eth->h_dest) ?
			     LOOPNET_BROADCAST : LOOPNET_MULTICAST]);
	if (likely(eth->h_proto != htons(ETH_P_PAUSE)))
		return;
	u64_stats_inc(&kinds[LOOPNET_CONTROL]);
	/* The first operation code is that of a pause. */
	if (head >= ETH_HLEN + 2 && !data[ETH_HLEN] && data[ETH_HLEN + 1] == 1)
		u64_stats_inc(&kinds[LOOPNET_PAUSE]);
}

/* A frame of @len bytes, of which @head lie at @data. Context: TX lock held. */
static inline void loopnet_tx_sent(struct loopnet_queue *q, const u8 *data,
				   unsigned int head, unsigned int len)
{
	u64_stats_update_begin(&q->tx_syncp);
	u64_stats_inc(&q->tx[LOOPNET_TX_PACKETS]);
	u64_stats_add(&q->tx[LOOPNET_TX_BYTES], len);
	u64_stats_inc(&q->tx[LOOPNET_TX_SIZE + loopnet_size(len)]);
	loopnet_count_kind(&q->tx[LOOPNET_TX_KIND], data, head);
	u64_stats_update_end(&q->tx_syncp);
}

/* The same for what is received. Context: NAPI of the queue. */
static inline void loopnet_rx_taken(struct loopnet_queue *q, const u8 *data,
				    unsigned int head, unsigned int len)
{
	u64_stats_update_begin(&q->rx_syncp);
	u64_stats_inc(&q->rx[LOOPNET_RX_PACKETS]);
	u64_stats_add(&q->rx[LOOPNET_RX_BYTES], len);
	u64_stats_inc(&q->rx[LOOPNET_RX_SIZE + loopnet_size(len)]);
	loopnet_count_kind(&q->rx[LOOPNET_RX_KIND], data, head);
	u64_stats_update_end(&q->rx_syncp);
}

/* Context: NAPI of the queue. */
static inline void loopnet_rx_count(struct loopnet_queue *q,
				    enum loopnet_rx_stat i)
{
	u64_stats_update_begin(&q->rx_syncp);
	u64_stats_inc(&q->rx[i]);
	u64_stats_update_end(&q->rx_syncp);
}

/**
 * loopnet_interrupt() - tell a receiver that there is something for it
 * @rxq: the receiving queue
 *
 * As a card's interrupt does, this schedules its NAPI context and masks itself
 * until the core has done with that (napi_complete_done() says so; with
 * deferred interrupts that takes a while).
 *
 * The sender writes a descriptor and then reads @masked; the receiver clears
 * @masked and then reads the rings (loopnet_unmask()). With a full barrier on
 * each side, either the sender sees it clear or the receiver sees the
 * descriptor.
 *
 * Context: any.
 */
static inline void loopnet_interrupt(struct loopnet_queue *rxq)
{
	/* Pairs with smp_store_mb() in loopnet_unmask(); tests/litmus/loopnet-unmask. */
	smp_mb();
	if (!READ_ONCE(rxq->masked) && napi_schedule_prep(&rxq->napi)) {
		WRITE_ONCE(rxq->masked, true);
		__napi_schedule(&rxq->napi);
	}
}

/**
 * loopnet_xsk_kick() - have a queue send what sockets have given to it
 * @q: the queue, which has a socket's memory
 *
 * Context: softirqs off.
 */
static inline void loopnet_xsk_kick(struct loopnet_queue *q)
{
	/* Pairs with xchg() in loopnet_xsk_send(). */
	smp_store_release(&q->xsk_kicked, 1);
	loopnet_interrupt(q);
}

#endif /* _LOOPNET_QUEUE_H */
