// SPDX-License-Identifier: GPL-2.0
/*
 * loopnet: headers here, data there.
 *
 * A card that splits headers from data writes headers to buffers of the driver
 * and data, by DMA, to buffers of the queue. These may be memory that a program
 * has lent (io_uring's zero-copy receive, devmem TCP): then all that the driver
 * knows of it is the address that it is mapped at for the card. The CPU copies
 * there what a card would write; that is the only copy, and the sender is done
 * with the packet then.
 */
#include <linux/dma-direct.h>
#include <linux/highmem.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>
#include "loopnet.h"
#include "parent.h"
#include "qmgmt.h"
#include "split.h"

#if SOFTDEV_HAVE_QUEUE_MGMT

/**
 * struct loopnet_cut - where a packet is cut
 * @tcp: offset of the TCP header
 * @data: offset of the data
 * @end: offset of the end of the IP packet
 * @sum: what the addresses, length and protocol add up to
 */
struct loopnet_cut {
	unsigned int tcp;
	unsigned int data;
	unsigned int end;
	__wsum sum;
};

static bool loopnet_cut_ip4(const struct sk_buff *skb, unsigned int at,
			    struct loopnet_cut *cut)
{
	const struct iphdr *ip;
	struct iphdr buf;

	ip = skb_header_pointer(skb, at, sizeof(buf), &buf);
	if (!ip || ip->version != 4 || ip->ihl < 5 ||
	    ip->protocol != IPPROTO_TCP || ip_is_fragment(ip))
		return false;
	cut->tcp = at + ip->ihl * 4;
	/* A packet that is cut up later may not know its length. */
	cut->end = ip->tot_len ? at + ntohs(ip->tot_len) : skb->len;
	cut->sum = csum_tcpudp_nofold(ip->saddr, ip->daddr,
				      cut->end - cut->tcp, IPPROTO_TCP, 0);
	return true;
}

static bool loopnet_cut_ip6(const struct sk_buff *skb, unsigned int at,
			    struct loopnet_cut *cut)
{
	const struct ipv6hdr *ip;
	struct ipv6hdr buf;
	__be16 frag = 0;
	int tcp;
	u8 next;

	ip = skb_header_pointer(skb, at, sizeof(buf), &buf);
	if (!ip || ip->version != 6)
		return false;
	next = ip->nexthdr;
	tcp = ipv6_skip_exthdr(skb, at + sizeof(buf), &next, &frag);
	if (tcp < 0 || next != IPPROTO_TCP || frag)
		return false;
	cut->tcp = tcp;
	cut->end = ip->payload_len ? at + sizeof(buf) + ntohs(ip->payload_len) :
				     skb->len;
	cut->sum = ~csum_unfold(csum_ipv6_magic(&ip->saddr, &ip->daddr,
						cut->end - cut->tcp,
						IPPROTO_TCP, 0));
	return true;
}

/* Is this TCP, with data? */
static bool loopnet_cut(const struct sk_buff *skb, struct loopnet_cut *cut)
{
	const struct tcphdr *tcp;
	const struct ethhdr *eth;
	struct tcphdr tcp_buf;
	struct ethhdr eth_buf;
	unsigned int at = ETH_HLEN;
	const struct vlan_hdr *vlan;
	struct vlan_hdr vlan_buf;
	bool found = false;
	__be16 type;

	if (skb->encapsulation || !skb_frags_readable(skb))
		return false;
	eth = skb_header_pointer(skb, 0, sizeof(eth_buf), &eth_buf);
	if (!eth)
		return false;
	for (type = eth->h_proto; eth_type_vlan(type); at += VLAN_HLEN) {
		vlan = skb_header_pointer(skb, at, sizeof(vlan_buf), &vlan_buf);
		if (!vlan)
			return false;
		type = vlan->h_vlan_encapsulated_proto;
	}
	if (type == htons(ETH_P_IP))
		found = loopnet_cut_ip4(skb, at, cut);
	else if (type == htons(ETH_P_IPV6))
		found = loopnet_cut_ip6(skb, at, cut);
	if (!found || cut->end > skb->len)
		return false;
	tcp = skb_header_pointer(skb, cut->tcp, sizeof(tcp_buf), &tcp_buf);
	if (!tcp || tcp->doff < 5)
		return false;
	cut->data = cut->tcp + tcp->doff * 4;
	return cut->data < cut->end;
}

/*
 * Nobody can look at the data once it is lent, so nobody can sum it. What is
 * wrong stays as it is, for the stack to find.
 */
static bool loopnet_sum_ok(const struct sk_buff *skb,
			   const struct loopnet_cut *cut)
{
	if (skb->ip_summed == CHECKSUM_PARTIAL ||
	    skb->ip_summed == CHECKSUM_UNNECESSARY)
		return true;
	return !csum_fold(skb_checksum(skb, cut->tcp, cut->end - cut->tcp,
				       cut->sum));
}

/* Write to memory that is known by its address for the card alone. */
static bool loopnet_dma_write(const struct sk_buff *skb, unsigned int from,
			      dma_addr_t addr, unsigned int len)
{
	phys_addr_t phys = dma_to_phys(loopnet_parent(), addr);

	while (len) {
		unsigned int off = offset_in_page(phys);
		unsigned int n = min_t(unsigned int, len, PAGE_SIZE - off);
		void *page;
		int err;

		if (unlikely(!pfn_valid(PHYS_PFN(phys))))
			return false;
		page = kmap_local_page(pfn_to_page(PHYS_PFN(phys)));
		err = skb_copy_bits(skb, from, page + off, n);
		kunmap_local(page);
		if (err)
			return false;
		phys += n;
		from += n;
		len -= n;
	}
	return true;
}

static bool loopnet_fill(struct page_pool *pool, netmem_ref netmem,
			 const struct sk_buff *skb, unsigned int from,
			 unsigned int len)
{
	if (!netmem_is_net_iov(netmem))
		return !skb_copy_bits(skb, from, netmem_address(netmem), len);
	if (!loopnet_dma_write(skb, from,
			       page_pool_get_dma_addr_netmem(netmem), len))
		return false;
	/* If it was mapped by a bounce buffer, that is where we wrote. */
	page_pool_dma_sync_netmem_for_cpu(pool, netmem, 0, len);
	return true;
}

/* Into buffers of the queue. Returns false if there are no more of them. */
static bool loopnet_fill_all(struct loopnet_queue *rq, struct sk_buff *split,
			     const struct sk_buff *skb,
			     const struct loopnet_cut *cut)
{
	struct page_pool *pool = rq->pages.pool;
	unsigned int at = cut->data;

	while (at < cut->end) {
		unsigned int n = min(cut->end - at, rq->pages.buf);
		netmem_ref netmem = page_pool_dev_alloc_netmems(pool);

		if (unlikely(!netmem))
			return false;
		if (unlikely(!loopnet_fill(pool, netmem, skb, at, n))) {
			page_pool_put_full_netmem(pool, netmem, true);
			return false;
		}
		skb_add_rx_frag_netmem(split, skb_shinfo(split)->nr_frags,
				       netmem, 0, n, rq->pages.buf);
		at += n;
	}
	return true;
}

/* One packet, whose data fits. */
static struct sk_buff *loopnet_split_one(struct loopnet_queue *rq,
					 struct sk_buff *skb,
					 const struct loopnet_cut *cut)
{
	struct sk_buff *split = napi_alloc_skb(&rq->napi, cut->data);

	if (unlikely(!split))
		goto drop;
	skb_mark_for_recycle(split);
	if (unlikely(skb_copy_bits(skb, 0, skb_put(split, cut->data),
				   cut->data)) ||
	    unlikely(!loopnet_fill_all(rq, split, skb, cut)))
		goto drop;

	skb_shinfo(split)->gso_size = skb_shinfo(skb)->gso_size;
	skb_shinfo(split)->gso_segs = skb_shinfo(skb)->gso_segs;
	skb_shinfo(split)->gso_type = skb_shinfo(skb)->gso_type;
	split->ip_summed = CHECKSUM_UNNECESSARY;
	skb_copy_hash(split, skb);
	__vlan_hwaccel_copy_tag(split, skb);
	/* From here on the sender does not pay for it any more. */
	consume_skb(skb);
	loopnet_rx_count(rq, LOOPNET_RX_SPLIT);
	return split;

drop:
	loopnet_rx_count(rq, LOOPNET_RX_NO_BUFFER);
	loopnet_rx_count(rq, LOOPNET_RX_DROPPED);
	kfree_skb(split);
	kfree_skb(skb);
	return NULL;
}

struct sk_buff *loopnet_split(struct loopnet_queue *rq, struct sk_buff *skb)
{
	struct sk_buff *next, *first = NULL, **last = &first;
	struct loopnet_cut cut;

	skb_mark_not_on_list(skb);
	if (skb->len <= READ_ONCE(rq->ln->hds_thresh) ||
	    !loopnet_cut(skb, &cut) || !loopnet_sum_ok(skb, &cut))
		return skb;
	if (cut.end - cut.data <= MAX_SKB_FRAGS * rq->pages.buf)
		return loopnet_split_one(rq, skb, &cut);

	/* One of BIG TCP's. */
	for (skb = loopnet_complete(rq, skb); skb; skb = next) {
		next = skb->next;
		skb_mark_not_on_list(skb);
		if (loopnet_cut(skb, &cut))
			skb = loopnet_split_one(rq, skb, &cut);
		if (!skb)
			continue;
		*last = skb;
		last = &skb->next;
	}
	return first;
}

#else /* !SOFTDEV_HAVE_QUEUE_MGMT */

struct sk_buff *loopnet_split(struct loopnet_queue *rq, struct sk_buff *skb)
{
	skb_mark_not_on_list(skb);
	return skb;
}

#endif
