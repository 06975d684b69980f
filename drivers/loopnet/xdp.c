// SPDX-License-Identifier: GPL-2.0
/*
 * loopnet: XDP, native, on what is received after rewriting and filters.
 *
 * As in hardware a program sees pages of the receiver's own, with all its
 * headroom, and checksums complete; so every packet is copied into pages of a
 * pool while there is a program, and nothing of the sender's is left in it.
 */
#include <linux/bpf.h>
#include <linux/bpf_trace.h>
#include <linux/etherdevice.h>
#include <linux/filter.h>
#include <linux/if_vlan.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <net/busy_poll.h>
#include <net/xdp.h>
#include <softdev/compat_queue.h>
#include <softdev/compat_xsk.h>
#include "loopnet.h"
#include "trace.h"
#include "xsk.h"

/* What of a packet is linear: a page, less room before and after. */
#define LOOPNET_XDP_ROOM						\
	(PAGE_SIZE - XDP_PACKET_HEADROOM -				\
	 SKB_DATA_ALIGN(sizeof(struct skb_shared_info)))

/**
 * struct loopnet_xdp_note - what is known of a packet besides its bytes
 * @stamp: when it was received, by the interface's clock; 0 if nobody looked
 * @hash: of the flow, 0 if there is none
 * @hash_type: what a program is told of @hash
 * @vlan_proto: type of the tag that was taken out of the frame, 0 for none
 * @vlan_tci: the tag
 * @l4: @hash covers ports
 */
struct loopnet_xdp_note {
	ktime_t stamp;
	u32 hash;
	enum xdp_rss_hash_type hash_type;
	__be16 vlan_proto;
	u16 vlan_tci;
	bool l4;
};

/**
 * struct loopnet_xdp_buff - a packet as a program sees it
 * @xdp: the packet; first, so that metadata calls find the note behind it, as
 *	behind a packet in a socket's memory
 * @note: the rest
 */
struct loopnet_xdp_buff {
	struct xdp_buff xdp;
	struct loopnet_xdp_note note;
};

static const struct loopnet_xdp_note *
loopnet_xdp_note_of(const struct xdp_md *ctx)
{
	return &((const struct loopnet_xdp_buff *)ctx)->note;
}

static int loopnet_xmo_hash(const struct xdp_md *ctx, u32 *hash,
			    enum xdp_rss_hash_type *type)
{
	const struct loopnet_xdp_note *note = loopnet_xdp_note_of(ctx);

	if (!note->hash)
		return -ENODATA;
	*hash = note->hash;
	*type = note->hash_type;
	return 0;
}

static int loopnet_xmo_vlan(const struct xdp_md *ctx, __be16 *proto, u16 *tci)
{
	const struct loopnet_xdp_note *note = loopnet_xdp_note_of(ctx);

	if (!note->vlan_proto)
		return -ENODATA;
	*proto = note->vlan_proto;
	*tci = note->vlan_tci;
	return 0;
}

static int loopnet_xmo_timestamp(const struct xdp_md *ctx, u64 *timestamp)
{
	const struct loopnet_xdp_note *note = loopnet_xdp_note_of(ctx);

	if (!note->stamp)
		return -ENODATA;
	*timestamp = ktime_to_ns(note->stamp);
	return 0;
}

static const struct xdp_metadata_ops loopnet_xmo = {
	.xmo_rx_timestamp	= loopnet_xmo_timestamp,
	.xmo_rx_hash		= loopnet_xmo_hash,
	.xmo_rx_vlan_tag	= loopnet_xmo_vlan,
};

/* Context: setup of the device. */
void loopnet_xdp_setup(struct net_device *dev)
{
	softdev_xsk_check_note(struct loopnet_xdp_buff);
	softdev_xdp_setup(dev, &loopnet_xmo);
}

/* May a device with this MTU have this program? */
static bool loopnet_xdp_fits(const struct bpf_prog *prog, unsigned int mtu)
{
	return !prog || prog->aux->xdp_has_frags ||
	       mtu + ETH_HLEN + VLAN_HLEN <= LOOPNET_XDP_ROOM;
}

/**
 * loopnet_xdp_mtu_ok() - may the MTU change to this, program or not?
 * @ln: the device
 * @mtu: the new MTU
 *
 * Context: process, RTNL held.
 */
bool loopnet_xdp_mtu_ok(struct loopnet *ln, unsigned int mtu)
{
	return loopnet_xdp_fits(rtnl_dereference(ln->xdp_prog), mtu);
}

static int loopnet_xdp_set(struct loopnet *ln, struct bpf_prog *prog,
			   struct netlink_ext_ack *extack)
{
	struct bpf_prog *old = rtnl_dereference(ln->xdp_prog);
	struct loopnet *sender = loopnet_sender(ln);

	if (!loopnet_xdp_fits(prog, ln->dev->mtu)) {
		NL_SET_ERR_MSG(extack, "a program without frags, and an MTU above one page");
		return -ERANGE;
	}
	/* What is under way with the old one ends before it is freed. */
	rcu_assign_pointer(ln->xdp_prog, prog);
	if (old)
		bpf_prog_put(old);
	if (!sender || !old == !prog)
		return 0;
	/* The lock of our own is held. */
	if (sender != ln)
		softdev_lock_ops(sender->dev);
	netdev_update_features(sender->dev);
	if (sender != ln)
		softdev_unlock_ops(sender->dev);
	return 0;
}

/* Context: process, RTNL held. */
int loopnet_bpf(struct net_device *dev, struct netdev_bpf *bpf)
{
	switch (bpf->command) {
	case XDP_SETUP_PROG:
		return loopnet_xdp_set(netdev_priv(dev), bpf->prog,
				       bpf->extack);
	case XDP_SETUP_XSK_POOL:
		return loopnet_xsk_setup(netdev_priv(dev), bpf->xsk.pool,
					 bpf->xsk.queue_id);
	default:
		return -EINVAL;
	}
}

/* Pages behind the first one. */
static bool loopnet_xdp_fill_frags(struct loopnet_queue *rq,
				   struct xdp_buff *xdp,
				   const struct sk_buff *skb, unsigned int at)
{
	struct skb_shared_info *info = xdp_get_shared_info_from_buff(xdp);

	info->nr_frags = 0;
	info->xdp_frags_size = skb->len - at;
	xdp_buff_set_frags_flag(xdp);
	while (at < skb->len) {
		unsigned int n = min_t(unsigned int, skb->len - at, PAGE_SIZE);
		struct page *page;

		if (info->nr_frags == MAX_SKB_FRAGS)
			return false;
		page = page_pool_dev_alloc_pages(rq->pages.pool);
		if (!page)
			return false;
		skb_frag_fill_page_desc(&info->frags[info->nr_frags++], page, 0,
					n);
		if (skb_copy_bits(skb, at, page_address(page), n))
			return false;
		at += n;
	}
	return true;
}

/* Is it in the memory of a socket? */
static bool loopnet_xdp_lent(const struct xdp_buff *xdp)
{
	return xdp->rxq->mem.type == MEM_TYPE_XSK_BUFF_POOL;
}

/* When a packet is received, if anybody wants to know. */
static ktime_t loopnet_xdp_stamp(const struct loopnet_queue *rq)
{
	if (likely(!READ_ONCE(rq->ln->stamp_rx)))
		return 0;
	return loopnet_clock_read(rq->ln);
}

/* Of a packet that is in the memory of a socket so much is hashed. */
#define LOOPNET_XDP_HEADERS	128

/*
 * What the socket can write meanwhile is not parsed: the headers as they were
 * sent, the mode applied.
 */
static struct loopnet_hash loopnet_xdp_hash_lent(struct loopnet_queue *rq,
						 const struct sk_buff *skb)
{
	unsigned int len = min_t(unsigned int, skb->len, LOOPNET_XDP_HEADERS);
	u8 copy[LOOPNET_XDP_HEADERS];
	const u8 *head = skb_header_pointer(skb, 0, len, copy);

	return loopnet_steer_hash(rq->ln, skb, head, len);
}

/* Ours if we hash, else that of the sender's stack. */
static void loopnet_xdp_hash(struct loopnet_queue *rq,
			     const struct xdp_buff *xdp,
			     const struct sk_buff *skb,
			     struct loopnet_xdp_note *note)
{
	struct loopnet_hash hash = {};

	note->hash_type = XDP_RSS_TYPE_NONE;
	if (rq->ln->dev->features & NETIF_F_RXHASH) {
		if (loopnet_xdp_lent(xdp))
			hash = loopnet_xdp_hash_lent(rq, skb);
		else
			hash = loopnet_steer_hash(rq->ln, skb, xdp->data,
						  xdp->data_end - xdp->data);
		note->hash_type = hash.v6 ? XDP_RSS_TYPE_L3_IPV6 :
					    XDP_RSS_TYPE_L3_IPV4;
	} else if (skb) {
		hash.value = skb->hash;
		hash.l4 = skb->l4_hash;
	}
	note->hash = hash.value;
	note->l4 = hash.l4;
	if (note->l4)
		note->hash_type = XDP_RSS_TYPE_L4_ANY;
}

/* @skb: the packet as it was sent, or NULL if a program has sent it */
static void loopnet_xdp_take_note(struct loopnet_queue *rq,
				  const struct xdp_buff *xdp,
				  const struct sk_buff *skb,
				  struct loopnet_xdp_note *note)
{
	note->stamp = loopnet_xdp_stamp(rq);
	note->vlan_proto = 0;
	if (skb && skb_vlan_tag_present(skb)) {
		note->vlan_proto = skb->vlan_proto;
		note->vlan_tci = skb_vlan_tag_get(skb);
	}
	loopnet_xdp_hash(rq, xdp, skb, note);
}

/* A packet of the sender's, into pages of ours. */
static bool loopnet_xdp_fill(struct loopnet_queue *rq,
			     const struct bpf_prog *prog,
			     struct xdp_buff *xdp, const struct sk_buff *skb)
{
	unsigned int head = min_t(unsigned int, skb->len, LOOPNET_XDP_ROOM);
	struct page *page;

	if (unlikely(head < skb->len) && !prog->aux->xdp_has_frags)
		return false;
	page = page_pool_dev_alloc_pages(rq->pages.pool);
	if (unlikely(!page))
		return false;

	xdp_init_buff(xdp, PAGE_SIZE, &rq->pages.rxq);
	xdp_prepare_buff(xdp, page_address(page), XDP_PACKET_HEADROOM, head,
			 true);
	xdp_buff_clear_frags_flag(xdp);

	if (skb_copy_bits(skb, 0, xdp->data, head) ||
	    (unlikely(head < skb->len) &&
	     !loopnet_xdp_fill_frags(rq, xdp, skb, head))) {
		xdp_return_buff(xdp);
		return false;
	}
	return true;
}

/* Pages of ours become a packet. Frees them on failure. */
static struct sk_buff *loopnet_xdp_skb(struct loopnet_queue *rq,
				       struct xdp_buff *xdp)
{
	int meta = xdp->data - xdp->data_meta;
	struct xdp_frame *frame;
	struct sk_buff *skb;

	frame = xdp_convert_buff_to_frame(xdp);
	if (unlikely(!frame)) {
		xdp_return_buff(xdp);
		return NULL;
	}
	skb = xdp_build_skb_from_frame(frame, rq->ln->dev);
	if (unlikely(!skb)) {
		xdp_return_frame(frame);
		return NULL;
	}
	if (meta > 0)
		skb_metadata_set(skb, meta);
	return skb;
}

/* The program lets it pass: a packet for the stack. Frees it on failure. */
static struct sk_buff *loopnet_xdp_pass(struct loopnet_queue *rq,
					struct xdp_buff *xdp,
					const struct loopnet_xdp_note *at)
{
	/* Behind the packet in a socket's memory, which is about to go. */
	struct loopnet_xdp_note note = *at;
	struct sk_buff *skb;

	if (unlikely(loopnet_xdp_lent(xdp))) {
		skb = loopnet_xsk_skb(rq, xdp);
		if (likely(skb))
			skb->protocol = eth_type_trans(skb, rq->ln->dev);
	} else {
		skb = loopnet_xdp_skb(rq, xdp);
	}
	if (unlikely(!skb))
		return NULL;
	if (note.stamp)
		skb_hwtstamps(skb)->hwtstamp = note.stamp;
	if (note.hash)
		skb_set_hash(skb, note.hash, note.l4 ? PKT_HASH_TYPE_L4 :
						       PKT_HASH_TYPE_L3);
	if (note.vlan_proto)
		__vlan_hwaccel_put_tag(skb, note.vlan_proto, note.vlan_tci);
	skb_record_rx_queue(skb, rq->index);
	skb_mark_napi_id(skb, &rq->napi);
	return skb;
}

/**
 * loopnet_xdp_xmit() - frames redirected to a device
 * @dev: the device
 * @n: how many
 * @frames: the frames; those not taken stay the caller's
 * @flags: XDP_XMIT_FLUSH; we always do
 *
 * Context: softirqs off.
 * Return: how many were taken, or an error.
 */
int loopnet_xdp_xmit(struct net_device *dev, int n, struct xdp_frame **frames,
		     u32 flags)
{
	struct loopnet *ln = netdev_priv(dev);
	unsigned int cpu = smp_processor_id();
	struct loopnet_queue *q = &ln->queues[cpu % READ_ONCE(ln->nr)];
	unsigned int len = dev->mtu + ETH_HLEN + VLAN_HLEN;
	struct netdev_queue *txq;
	int sent, fit;

	if (unlikely(flags & ~XDP_XMIT_FLAGS_MASK))
		return -EINVAL;
	if (unlikely(!netif_running(dev) || !netif_carrier_ok(dev)))
		return -ENETDOWN;
	for (fit = 0; fit < n; fit++) {
		if (xdp_get_frame_len(frames[fit]) > len)
			break;
	}

	txq = netdev_get_tx_queue(dev, q->index);
	__netif_tx_lock(txq, cpu);
	if (READ_ONCE(ln->mode) == LOOPNET_MODE_SINK &&
	    !READ_ONCE(ln->impaired)) {
		for (sent = 0; sent < fit; sent++) {
			loopnet_tx_sent(q, frames[sent]->data,
					frames[sent]->len,
					xdp_get_frame_len(frames[sent]));
			xdp_return_frame(frames[sent]);
		}
	} else {
		sent = loopnet_tx_frames(q, frames, fit);
	}
	__netif_tx_unlock(txq);
	return sent;
}

/*
 * What is in the memory of a socket is copied, as the socket wants that back. The
 * core would do it, but not for more than one buffer.
 */
static bool loopnet_xdp_tx_lent(struct loopnet_queue *rq, struct xdp_buff *xdp)
{
	struct netdev_queue *txq = netdev_get_tx_queue(rq->ln->dev, rq->index);
	struct sk_buff *skb = loopnet_xsk_skb(rq, xdp);
	bool room;

	if (unlikely(!skb))
		return false;
	skb_metadata_clear(skb);
	__netif_tx_lock(txq, smp_processor_id());
	room = rq->rxq && loopnet_ring_room(&rq->ring);
	if (likely(room)) {
		loopnet_tx_packet(rq, skb, 0, true);
		loopnet_interrupt(rq->rxq);
	}
	__netif_tx_unlock(txq);
	if (unlikely(!room))
		kfree_skb(skb);
	return room;
}

/* XDP_TX: back into the device it came out of. */
static bool loopnet_xdp_tx(struct loopnet_queue *rq, struct xdp_buff *xdp)
{
	struct net_device *dev = rq->ln->dev;
	struct netdev_queue *txq = netdev_get_tx_queue(dev, rq->index);
	struct xdp_frame *frame;
	int sent;

	if (unlikely(loopnet_xdp_lent(xdp)))
		return loopnet_xdp_tx_lent(rq, xdp);
	frame = xdp_convert_buff_to_frame(xdp);
	if (unlikely(!frame)) {
		xdp_return_buff(xdp);
		return false;
	}
	__netif_tx_lock(txq, smp_processor_id());
	sent = loopnet_tx_frames(rq, &frame, 1);
	__netif_tx_unlock(txq);
	if (unlikely(!sent))
		xdp_return_frame(frame);
	return sent;
}

/* Run the program on a packet and do as it says; the packet is gone then. */
static void loopnet_xdp_run(struct loopnet_queue *rq, struct bpf_prog *prog,
			    struct xdp_buff *xdp,
			    const struct loopnet_xdp_note *note,
			    struct list_head *list)
{
	struct net_device *dev = rq->ln->dev;
	struct sk_buff *skb;
	u32 act;

	act = bpf_prog_run_xdp(prog, xdp);
	switch (act) {
	case XDP_PASS:
		skb = loopnet_xdp_pass(rq, xdp, note);
		if (likely(skb))
			list_add_tail(&skb->list, list);
		else
			loopnet_rx_count(rq, LOOPNET_RX_DROPPED);
		return;
	case XDP_TX:
		if (likely(loopnet_xdp_tx(rq, xdp))) {
			loopnet_rx_count(rq, LOOPNET_RX_XDP_TX);
			return;
		}
		trace_xdp_exception(dev, prog, act);
		loopnet_rx_count(rq, LOOPNET_RX_DROPPED);
		return;
	case XDP_REDIRECT:
		if (likely(!xdp_do_redirect(dev, xdp, prog))) {
			rq->redirected = true;
			loopnet_rx_count(rq, LOOPNET_RX_XDP_REDIRECT);
			return;
		}
		trace_xdp_exception(dev, prog, act);
		loopnet_rx_count(rq, LOOPNET_RX_DROPPED);
		break;
	default:
		bpf_warn_invalid_xdp_action(dev, prog, act);
		fallthrough;
	case XDP_ABORTED:
		trace_xdp_exception(dev, prog, act);
		fallthrough;
	case XDP_DROP:
		loopnet_rx_count(rq, LOOPNET_RX_XDP_DROP);
		break;
	}
	/* How many buffers there are is not for the socket to say. */
	if (unlikely(loopnet_xdp_lent(xdp)))
		xsk_buff_free(xdp);
	else
		xdp_return_buff(xdp);
}

static void loopnet_xdp_one(struct loopnet_queue *rq, struct bpf_prog *prog,
			    struct sk_buff *skb, struct list_head *list)
{
	struct loopnet_xdp_buff b;
	struct loopnet_xdp_note *note = &b.note;
	struct xdp_buff *xdp = &b.xdp;

	if (unlikely(rq->xsk)) {
		xdp = loopnet_xsk_fill(rq, prog, skb);
		if (xdp)
			note = softdev_xsk_note(xdp, note);
	} else if (unlikely(!loopnet_xdp_fill(rq, prog, xdp, skb))) {
		xdp = NULL;
	}
	if (unlikely(!xdp)) {
		loopnet_rx_count(rq, LOOPNET_RX_DROPPED);
		kfree_skb(skb);
		return;
	}
	loopnet_xdp_take_note(rq, xdp, skb, note);
	/* From here on the sender does not pay for it any more. */
	consume_skb(skb);
	loopnet_xdp_run(rq, prog, xdp, note, list);
}

/**
 * loopnet_xdp_receive() - run the program on a packet
 * @rq: the receiving queue
 * @prog: its program
 * @skb: the packet, from its Ethernet header on; it is gone afterwards
 * @list: takes what passes, ready for the stack
 *
 * Context: NAPI, RCU read side.
 */
void loopnet_xdp_receive(struct loopnet_queue *rq, struct bpf_prog *prog,
			 struct sk_buff *skb, struct list_head *list)
{
	struct sk_buff *next;

	/* What was sent before the sender's offloads were turned off. */
	for (skb = loopnet_complete(rq, skb); skb; skb = next) {
		next = skb->next;
		skb_mark_not_on_list(skb);
		loopnet_xdp_one(rq, prog, skb, list);
	}
}

/**
 * loopnet_xdp_frame() - run the program on what another program has sent
 * @rq: the receiving queue
 * @prog: its program
 * @frame: the frame, in pages that are nobody else's; it is gone afterwards
 * @list: takes what passes, ready for the stack
 *
 * Context: NAPI, RCU read side.
 */
void loopnet_xdp_frame(struct loopnet_queue *rq, struct bpf_prog *prog,
		       struct xdp_frame *frame, struct list_head *list)
{
	struct xdp_rxq_info rxq = rq->pages.rxq;
	struct loopnet_xdp_buff b = {};

	if (unlikely(xdp_frame_has_frags(frame)) && !prog->aux->xdp_has_frags) {
		loopnet_rx_count(rq, LOOPNET_RX_DROPPED);
		xdp_return_frame(frame);
		return;
	}
	rxq.mem = softdev_frame_mem(frame);
	/*
	 * Behind its last piece may be somebody else's bytes: a driver may put
	 * several packets into one page. So nothing may grow there.
	 */
	rxq.frag_size = 0;
	xdp_convert_frame_to_buff(frame, &b.xdp);
	b.xdp.rxq = &rxq;
	/* What its sender noted for itself is not on the wire. */
	b.xdp.data_meta = b.xdp.data;
	loopnet_xdp_take_note(rq, &b.xdp, NULL, &b.note);

	/*
	 * The pages are of a pool whose own NAPI may be at work elsewhere. What
	 * is redirected is sent, or returned, with the flush at the latest.
	 */
	if (!rq->foreign) {
		rq->foreign = true;
		xdp_set_return_frame_no_direct();
	}
	loopnet_xdp_run(rq, prog, &b.xdp, &b.note, list);
}

/**
 * loopnet_xdp_flush() - send what programs have redirected
 * @rq: the receiving queue, at the end of a poll
 *
 * Context: NAPI, RCU read side.
 */
void loopnet_xdp_flush(struct loopnet_queue *rq)
{
	if (rq->redirected) {
		rq->redirected = false;
		xdp_do_flush();
	}
	if (rq->foreign) {
		rq->foreign = false;
		xdp_clear_return_frame_no_direct();
	}
}
