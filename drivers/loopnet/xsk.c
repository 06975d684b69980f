// SPDX-License-Identifier: GPL-2.0
/*
 * loopnet: AF_XDP without copies of the core's.
 *
 * A socket lends memory to a queue. A card would read what the socket sends, and
 * write what it is to receive, by DMA; here the CPU copies, from the socket's
 * memory into a packet and from a packet into the socket's memory. The core is
 * spared its own copies, and the socket sees what it sees with a card: its
 * buffers come back as soon as they have been read, and packets are dropped
 * while it has given none.
 *
 * What a socket sends is like what the stack sends: it meets the program of
 * whoever receives it, faults, delays and the rate of the wire.
 */
#include <linux/bpf.h>
#include <linux/etherdevice.h>
#include <linux/filter.h>
#include <linux/if_vlan.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <net/xdp.h>
#include <net/xdp_sock_drv.h>
#include <softdev/compat_queue.h>
#include <softdev/compat_xsk.h>
#include "loopnet.h"
#include "parent.h"
#include "xsk.h"

/* Memory is mapped for the card because the core asks for it; nobody uses that. */
#define LOOPNET_XSK_ATTRS	(DMA_ATTR_SKIP_CPU_SYNC | DMA_ATTR_WEAK_ORDERING)

/*
 * So many descriptors at a time, so that others have their turn: on a kernel with
 * KASAN 64 take longer than a tick, and the processes of the CPU starve.
 */
#define LOOPNET_XSK_BATCH	16

/* How long before its time a frame may be given to us: as long as a wire is. */
#define LOOPNET_XSK_AHEAD	(3600ULL * NSEC_PER_SEC)

/* Up to this size a packet is in one piece. */
#define LOOPNET_XSK_LINEAR	2048U

/* Buffers of one packet. */
#define LOOPNET_XSK_SEGS	(MAX_SKB_FRAGS + 1)

/**
 * struct loopnet_xsk - the memory that sockets have lent to a queue
 * @pool: the memory
 * @rxq: what programs are told of the queue and the memory
 * @dry: the socket has been asked to wake us when it gives buffers
 * @quiet: the socket has been asked to wake us when it sends
 *
 * All but the constants belong to the NAPI context of the queue.
 */
struct loopnet_xsk {
	struct xsk_buff_pool *pool;
	struct xdp_rxq_info rxq;
	bool dry;
	bool quiet;
};

/*
 * What a socket wants done with a packet. It is due by CLOCK_MONOTONIC, as fates
 * are; 0 for at once.
 */
struct loopnet_xsk_wish {
	struct loopnet_queue *q;
	u64 due;
	u16 csum_start;
	u16 csum_offset;
	bool csum;
};

#if SOFTDEV_HAVE_XSK_FRAGS

/* It is stamped when the buffers are given back, which is when it is sent. */
static void loopnet_xsk_ask_stamp(void *priv)
{
}

static u64 loopnet_xsk_stamp(void *priv)
{
	struct loopnet_xsk_wish *wish = priv;

	return ktime_to_ns(loopnet_clock_read(wish->q->ln));
}

static void loopnet_xsk_ask_csum(u16 start, u16 offset, void *priv)
{
	struct loopnet_xsk_wish *wish = priv;

	wish->csum = true;
	wish->csum_start = start;
	wish->csum_offset = offset;
}

static void loopnet_xsk_ask_launch(u64 when, void *priv)
{
	struct loopnet_xsk_wish *wish = priv;
	u64 now = ktime_to_ns(loopnet_clock_read(wish->q->ln));

	if (when > now)
		wish->due = min(when - now, 2 * LOOPNET_XSK_AHEAD) +
			    ktime_get_ns();
}

static const struct xsk_tx_metadata_ops loopnet_xsk_ops = {
	.tmo_request_timestamp		= loopnet_xsk_ask_stamp,
	.tmo_fill_timestamp		= loopnet_xsk_stamp,
	.tmo_request_checksum		= loopnet_xsk_ask_csum,
	.tmo_request_launch_time	= loopnet_xsk_ask_launch,
};

static void loopnet_xsk_announce_more(struct net_device *dev)
{
	dev->xsk_tx_metadata_ops = &loopnet_xsk_ops;
	dev->xdp_zc_max_segs = LOOPNET_XSK_SEGS;
}

/* Read what the first descriptor of a packet says about it. */
static struct xsk_tx_metadata *
loopnet_xsk_wishes(struct xsk_buff_pool *pool, const struct xdp_desc *desc,
		   struct loopnet_xsk_wish *wish)
{
	struct xsk_tx_metadata *meta = xsk_buff_get_metadata(pool, desc->addr,
							     desc->options);

	xsk_tx_metadata_request(pool, &meta, &loopnet_xsk_ops, wish);
	return meta;
}

static void loopnet_xsk_sent(struct xsk_tx_metadata *meta,
			     struct loopnet_xsk_wish *wish)
{
	struct xsk_tx_metadata_compl compl;

	xsk_tx_metadata_to_compl(meta, &compl);
	xsk_tx_metadata_complete(&compl, &loopnet_xsk_ops, wish);
}

#else /* !SOFTDEV_HAVE_XSK_FRAGS */

static void loopnet_xsk_announce_more(struct net_device *dev)
{
}

static void *loopnet_xsk_wishes(struct xsk_buff_pool *pool,
				const struct xdp_desc *desc,
				struct loopnet_xsk_wish *wish)
{
	return NULL;
}

static void loopnet_xsk_sent(void *meta, struct loopnet_xsk_wish *wish)
{
}

#endif

void loopnet_xsk_announce(struct net_device *dev)
{
	/* The core wants the memory mapped for DMA. */
	if (!loopnet_parent()->dma_mask)
		return;
	softdev_xsk_announce(dev);
	loopnet_xsk_announce_more(dev);
}

static void loopnet_xsk_free(struct loopnet_xsk *x)
{
	xdp_rxq_info_unreg(&x->rxq);
	xsk_pool_dma_unmap(x->pool, LOOPNET_XSK_ATTRS);
	kfree(x);
}

static struct loopnet_xsk *loopnet_xsk_make(struct loopnet *ln,
					    struct xsk_buff_pool *pool,
					    u16 index)
{
	struct loopnet_xsk *x;
	int err;

	if (!loopnet_parent()->dma_mask)
		return ERR_PTR(-EOPNOTSUPP);
	x = kzalloc_obj(*x, GFP_KERNEL_ACCOUNT);
	if (!x)
		return ERR_PTR(-ENOMEM);
	x->pool = pool;
	/* As the core has it for a new pool. */
	x->quiet = true;
	err = xsk_pool_dma_map(pool, loopnet_parent(), LOOPNET_XSK_ATTRS);
	if (err)
		goto err_free;
	err = __xdp_rxq_info_reg(&x->rxq, ln->dev, index, 0, 0);
	if (err)
		goto err_map;
	err = xdp_rxq_info_reg_mem_model(&x->rxq, MEM_TYPE_XSK_BUFF_POOL, NULL);
	if (err)
		goto err_rxq;
	xsk_pool_set_rxq_info(pool, &x->rxq);
	return x;

err_rxq:
	xdp_rxq_info_unreg(&x->rxq);
err_map:
	xsk_pool_dma_unmap(pool, LOOPNET_XSK_ATTRS);
err_free:
	kfree(x);
	return ERR_PTR(err);
}

void loopnet_xsk_started(struct loopnet_queue *q)
{
	/* For those who poll it busily. */
	softdev_rxq_napi(&q->pages.rxq, &q->napi);
	if (q->xsk)
		softdev_rxq_napi(&q->xsk->rxq, &q->napi);
}

/* Nobody but its NAPI context uses it, and that is off for the moment. */
static struct loopnet_xsk *loopnet_xsk_swap(struct loopnet_queue *q,
					    struct loopnet_xsk *x)
{
	bool running = q->ln->running;

	if (running)
		softdev_napi_disable(&q->napi);
	x = xchg(&q->xsk, x);
	WRITE_ONCE(q->xsk_starved, false);
	if (!running)
		return x;
	loopnet_xsk_started(q);
	/* A timer of the core's that was to poll has been stopped. */
	q->masked = false;
	softdev_napi_enable(&q->napi);
	local_bh_disable();
	loopnet_interrupt(q);
	local_bh_enable();
	return x;
}

int loopnet_xsk_setup(struct loopnet *ln, struct xsk_buff_pool *pool,
		      u16 index)
{
	struct loopnet_xsk *x = NULL;

	if (index >= ln->nr)
		return -EINVAL;
	if (pool)
		x = loopnet_xsk_make(ln, pool, index);
	if (IS_ERR(x))
		return PTR_ERR(x);
	x = loopnet_xsk_swap(&ln->queues[index], x);
	if (x)
		loopnet_xsk_free(x);
	return 0;
}

int loopnet_xsk_wakeup(struct net_device *dev, u32 index, u32 flags)
{
	struct loopnet *ln = netdev_priv(dev);
	struct loopnet_queue *q;

	/* Pairs with the release in loopnet_go(). */
	if (!smp_load_acquire(&ln->running) || !netif_carrier_ok(dev))
		return -ENETDOWN;
	if (index >= READ_ONCE(ln->nr))
		return -EINVAL;
	q = &ln->queues[index];
	if (!READ_ONCE(q->xsk))
		return -EINVAL;
	local_bh_disable();
	loopnet_xsk_kick(q);
	local_bh_enable();
	return 0;
}

/* A packet of @head bytes in one piece, and @more in pages; to be filled in. */
static struct sk_buff *loopnet_xsk_alloc(struct loopnet_queue *q,
					 unsigned int head, unsigned int more)
{
	struct sk_buff *skb;
	int err;

	if (likely(!more))
		skb = napi_alloc_skb(&q->napi, head);
	else
		skb = alloc_skb_with_frags(head, more, 0, &err, GFP_ATOMIC);
	if (unlikely(!skb))
		return NULL;
	__skb_put(skb, head);
	skb->len += more;
	skb->data_len = more;
	return skb;
}

/* A packet that begins with its Ethernet header. */
static void loopnet_xsk_dress(struct loopnet_queue *q, struct sk_buff *skb)
{
	skb->dev = q->ln->dev;
	skb_reset_mac_header(skb);
	skb_set_network_header(skb, ETH_HLEN);
	skb->protocol = eth_hdr(skb)->h_proto;
	skb_set_queue_mapping(skb, q->index);
}

/* Receiving */

static struct xdp_buff *loopnet_xsk_buff(struct loopnet_queue *rq,
					 const struct sk_buff *skb,
					 unsigned int at, unsigned int len)
{
	struct loopnet_xsk *x = rq->xsk;
	struct xdp_buff *xdp = xsk_buff_alloc(x->pool);

	if (unlikely(!xdp)) {
		loopnet_rx_count(rq, LOOPNET_RX_NO_BUFFER);
		if (!x->dry && xsk_uses_need_wakeup(x->pool))
			xsk_set_rx_need_wakeup(x->pool);
		x->dry = true;
		return NULL;
	}
	if (unlikely(x->dry)) {
		x->dry = false;
		if (xsk_uses_need_wakeup(x->pool))
			xsk_clear_rx_need_wakeup(x->pool);
	}
	xsk_buff_set_size(xdp, len);
	if (unlikely(skb_copy_bits(skb, at, xdp->data, len))) {
		xsk_buff_free(xdp);
		return NULL;
	}
	return xdp;
}

struct xdp_buff *loopnet_xsk_fill(struct loopnet_queue *rq,
				  const struct bpf_prog *prog,
				  const struct sk_buff *skb)
{
	struct xsk_buff_pool *pool = rq->xsk->pool;
	unsigned int room = xsk_pool_get_rx_frame_size(pool);
	unsigned int at = min(skb->len, room), len;
	struct xdp_buff *xdp, *next;

	if (unlikely(at < skb->len) &&
	    !(prog->aux->xdp_has_frags && softdev_xsk_frags(pool)))
		return NULL;
	xdp = loopnet_xsk_buff(rq, skb, 0, at);
	if (unlikely(!xdp))
		return NULL;
	xdp_buff_clear_frags_flag(xdp);
	for (; unlikely(at < skb->len); at += len) {
		len = min(skb->len - at, room);
		next = loopnet_xsk_buff(rq, skb, at, len);
		if (unlikely(!next))
			goto err;
		if (unlikely(!softdev_xsk_add_frag(xdp, next))) {
			xsk_buff_free(next);
			goto err;
		}
	}
	return xdp;

err:
	xsk_buff_free(xdp);
	return NULL;
}

/*
 * What the core notes of a packet's buffers lies in the last bytes of the first
 * one, where the socket can write. So go by the list of the buffers, not by that.
 */
struct sk_buff *loopnet_xsk_skb(struct loopnet_queue *rq, struct xdp_buff *xdp)
{
	unsigned int meta = xdp->data - xdp->data_meta;
	unsigned int len = xdp->data_end - xdp->data;
	struct xdp_buff *frag[LOOPNET_XSK_SEGS];
	unsigned int more = 0, n = 0, i;
	struct sk_buff *skb;

	while (unlikely(xdp_buff_has_frags(xdp)) && n < LOOPNET_XSK_SEGS) {
		frag[n] = softdev_xsk_get_frag(xdp);
		if (!frag[n])
			break;
		more += frag[n]->data_end - frag[n]->data;
		n++;
	}
	skb = loopnet_xsk_alloc(rq, len + meta, more);
	if (likely(skb)) {
		memcpy(skb->data, xdp->data_meta, len + meta);
		if (meta) {
			__skb_pull(skb, meta);
			skb_metadata_set(skb, meta);
		}
		loopnet_xsk_dress(rq, skb);
	}
	for (i = 0; i < n; i++) {
		more = frag[i]->data_end - frag[i]->data;
		if (likely(skb))
			skb_store_bits(skb, len, frag[i]->data, more);
		len += more;
		xsk_buff_free(frag[i]);
	}
	xsk_buff_free(xdp);
	return skb;
}

/* Sending */

/*
 * Copy the packet that the first of @n descriptors begins. Returns NULL if it is
 * none, or if there is no memory.
 */
static struct sk_buff *loopnet_xsk_gather(struct loopnet_queue *q,
					  struct xsk_buff_pool *pool,
					  const struct xdp_desc *desc, u32 n,
					  const struct loopnet_xsk_wish *wish)
{
	struct net_device *dev = q->ln->dev;
	unsigned int len = 0, at = 0, head;
	struct sk_buff *skb;
	u32 i;

	for (i = 0; i < n; i++)
		len += desc[i].len;
	if (len < ETH_HLEN || len > READ_ONCE(dev->mtu) + ETH_HLEN + VLAN_HLEN)
		return NULL;
	head = min(len, LOOPNET_XSK_LINEAR);
	/* Whoever sums it up wants the place in the first piece. */
	if (wish->csum && (wish->csum_start < ETH_HLEN ||
			   wish->csum_start + wish->csum_offset +
			   sizeof(__sum16) > head))
		return NULL;
	if (wish->due > ktime_get_ns() + LOOPNET_XSK_AHEAD)
		return NULL;
	skb = loopnet_xsk_alloc(q, head, len - head);
	if (unlikely(!skb))
		return NULL;
	for (i = 0; i < n; i++) {
		skb_store_bits(skb, at, xsk_buff_raw_get_data(pool, desc[i].addr),
			       desc[i].len);
		at += desc[i].len;
	}
	loopnet_xsk_dress(q, skb);
	if (wish->csum) {
		skb->ip_summed = CHECKSUM_PARTIAL;
		skb->csum_start = skb_headroom(skb) + wish->csum_start;
		skb->csum_offset = wish->csum_offset;
	}
	return skb;
}

/* Send one packet. Returns how many descriptors it has. */
static u32 loopnet_xsk_send_one(struct loopnet_queue *q,
				struct xsk_buff_pool *pool,
				const struct xdp_desc *desc, u32 max)
{
	struct loopnet_xsk_wish wish = { .q = q };
	struct sk_buff *skb;
	void *meta;
	u32 n = 1;

	while (n < max && !softdev_xsk_is_last(&desc[n - 1]))
		n++;
	meta = loopnet_xsk_wishes(pool, desc, &wish);
	skb = loopnet_xsk_gather(q, pool, desc, n, &wish);
	if (likely(skb))
		loopnet_tx_packet(q, skb, wish.due, false);
	else
		loopnet_tx_count(q, LOOPNET_TX_DROPPED, 1);
	loopnet_xsk_sent(meta, &wish);
	return n;
}

/* Returns how many descriptors there were, or -ENOBUFS if the wire is full. */
static int loopnet_xsk_send_batch(struct loopnet_queue *q,
				  struct xsk_buff_pool *pool)
{
	struct netdev_queue *txq = netdev_get_tx_queue(q->ln->dev, q->index);
	int n = 0, i;

	__netif_tx_lock(txq, smp_processor_id());
	/* Nobody receives it: it stays where it is. */
	if (unlikely(!q->rxq))
		goto out;
	n = min_t(u32, loopnet_ring_space(&q->ring), LOOPNET_XSK_BATCH);
	if (unlikely(!n)) {
		WRITE_ONCE(q->xsk_starved, true);
		/*
		 * Either we see the room made, or the receiver sees that we wait
		 * for it. Pairs with the barrier in loopnet_wake();
		 * tests/litmus/loopnet-stop.
		 */
		smp_mb();
		n = min_t(u32, loopnet_ring_space(&q->ring), LOOPNET_XSK_BATCH);
		if (!n) {
			n = -ENOBUFS;
			goto out;
		}
		WRITE_ONCE(q->xsk_starved, false);
	}
	n = xsk_tx_peek_release_desc_batch(pool, n);
	for (i = 0; i < n;)
		i += loopnet_xsk_send_one(q, pool, &pool->tx_descs[i], n - i);
	if (n) {
		xsk_tx_completed(pool, n);
		loopnet_interrupt(q->rxq);
	}
out:
	__netif_tx_unlock(txq);
	return n;
}

bool loopnet_xsk_send(struct loopnet_queue *q)
{
	struct loopnet_xsk *x = q->xsk;
	struct xsk_buff_pool *pool = x->pool;
	int n;

	/*
	 * With this we see what was written before the kick; kicked later, we
	 * are polled again. Pairs with the release in loopnet_xsk_kick().
	 */
	xchg(&q->xsk_kicked, 0);
	n = loopnet_xsk_send_batch(q, pool);
	if (!n && !x->quiet) {
		x->quiet = true;
		if (!xsk_uses_need_wakeup(pool))
			return false;
		xsk_set_tx_need_wakeup(pool);
		/*
		 * Either the socket sees that it has to wake us, or we see what
		 * it has written before it looked.
		 */
		smp_mb();
		n = loopnet_xsk_send_batch(q, pool);
	}
	if (n && x->quiet) {
		x->quiet = false;
		if (xsk_uses_need_wakeup(pool))
			xsk_clear_tx_need_wakeup(pool);
	}
	return n > 0;
}
