// SPDX-License-Identifier: GPL-2.0
/*
 * loopnet: the rules by which a reflected frame comes back.
 *
 * Every address of the subnet is to look like a live host. The stack refuses a
 * packet from itself, so source and destination change places; it finds the
 * socket of an ICMP error by the addresses quoted in it, so those do too; and
 * it asks who has an address before it sends, so somebody must answer, but not
 * when it asks to make sure that nobody does.
 */
#include <linux/etherdevice.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/if_arp.h>
#include <linux/if_vlan.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/string.h>
#include <linux/swab.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>
#include <net/ndisc.h>
#include "reflect.h"

/* VLAN tags and IPv6 extension headers we look behind. */
#define LOOPNET_TAGS_MAX	2
#define LOOPNET_EXT_MAX		8

/* An ARP packet between Ethernet and IPv4, behind its fixed header. */
struct loopnet_arp {
	struct arphdr hdr;
	u8 sha[ETH_ALEN];
	u8 sip[4];
	u8 tha[ETH_ALEN];
	u8 tip[4];
} __packed;

/* What is being looked at, and how much of it there is. */
struct loopnet_view {
	const u8 *data;
	unsigned int linear;
	unsigned int len;
};

/* Can @n bytes from the start be read now? If the frame has them: PULL. */
enum loopnet_has { HAS, HAS_NOT, HAS_LATER };

static enum loopnet_has loopnet_has(const struct loopnet_view *v,
				    unsigned int n, struct loopnet_plan *plan)
{
	if (likely(n <= v->linear))
		return HAS;
	if (n > v->len)
		return HAS_NOT;
	plan->need = n;
	return HAS_LATER;
}

static bool loopnet_v4_unicast(const u8 *addr)
{
	static const u8 any[4];
	static const u8 all[4] = { 255, 255, 255, 255 };

	return (addr[0] & 0xf0) != 0xe0 && memcmp(addr, any, 4) &&
	       memcmp(addr, all, 4);
}

static bool loopnet_v6_unicast(const u8 *addr)
{
	static const u8 any[16];

	return addr[0] != 0xff && memcmp(addr, any, 16);
}

void loopnet_mac(u8 *mac, const u8 *addr, unsigned int alen)
{
	mac[0] = 0x02;
	mac[1] = alen == 4 ? 0x04 : 0x06;
	memcpy(mac + 2, addr + alen - 4, 4);
}

static enum loopnet_verdict loopnet_classify_arp(const struct loopnet_view *v,
						 struct loopnet_plan *plan)
{
	const struct loopnet_arp *arp = (const void *)(v->data + plan->l3);
	unsigned int end = plan->l3 + sizeof(*arp);

	switch (loopnet_has(v, end, plan)) {
	case HAS_LATER:
		return LOOPNET_PULL;
	case HAS_NOT:
		goto other;
	case HAS:
		break;
	}
	if (get_unaligned_be16(&arp->hdr.ar_hrd) != ARPHRD_ETHER ||
	    get_unaligned_be16(&arp->hdr.ar_pro) != ETH_P_IP ||
	    arp->hdr.ar_hln != ETH_ALEN || arp->hdr.ar_pln != 4 ||
	    get_unaligned_be16(&arp->hdr.ar_op) != ARPOP_REQUEST)
		goto other;

	/*
	 * A probe (from nobody) and an announcement (of oneself) look for
	 * somebody else with the same address. There is nobody. Handing one
	 * back would be such a somebody, even when it was sent to one host.
	 */
	if (!loopnet_v4_unicast(arp->sip) || !loopnet_v4_unicast(arp->tip) ||
	    !memcmp(arp->sip, arp->tip, 4))
		return LOOPNET_GROUP;
	plan->need = end;
	return LOOPNET_ARP;

other:
	return is_multicast_ether_addr(v->data) ? LOOPNET_GROUP :
						  LOOPNET_RETURN;
}

unsigned int loopnet_arp_reply(const u8 *req, const struct loopnet_plan *plan,
			       u8 *reply)
{
	const struct loopnet_arp *q = (const void *)(req + plan->l3);
	struct loopnet_arp *a = (void *)(reply + plan->l3);
	u8 mac[ETH_ALEN];

	loopnet_mac(mac, q->tip, 4);

	/* Type and VLAN tags as they were asked with. */
	memcpy(reply, req, plan->l3);
	ether_addr_copy(reply, req + ETH_ALEN);
	memcpy(reply + ETH_ALEN, mac, ETH_ALEN);

	a->hdr = q->hdr;
	put_unaligned_be16(ARPOP_REPLY, &a->hdr.ar_op);
	memcpy(a->sha, mac, ETH_ALEN);
	memcpy(a->sip, q->tip, 4);
	memcpy(a->tha, q->sha, ETH_ALEN);
	memcpy(a->tip, q->sip, 4);
	return plan->l3 + sizeof(*a);
}

/* The ICMP messages that quote the packet they are about. */
static bool loopnet_v4_quotes(u8 type)
{
	switch (type) {
	case ICMP_DEST_UNREACH:
	case ICMP_SOURCE_QUENCH:
	case ICMP_REDIRECT:
	case ICMP_TIME_EXCEEDED:
	case ICMP_PARAMETERPROB:
		return true;
	default:
		return false;
	}
}

static enum loopnet_verdict loopnet_classify_v4(const struct loopnet_view *v,
						struct loopnet_plan *plan)
{
	const struct iphdr *ip = (const void *)(v->data + plan->l3);
	const struct iphdr *quoted;
	unsigned int icmp, end;

	switch (loopnet_has(v, plan->l3 + sizeof(*ip), plan)) {
	case HAS_LATER:
		return LOOPNET_PULL;
	case HAS_NOT:
		return LOOPNET_RETURN;
	case HAS:
		break;
	}
	if (ip->version != 4 || ip->ihl < 5)
		return LOOPNET_RETURN;
	if (!loopnet_v4_unicast((const u8 *)&ip->saddr) ||
	    !loopnet_v4_unicast((const u8 *)&ip->daddr))
		return LOOPNET_GROUP;

	plan->alen = 4;
	plan->swap = plan->l3 + offsetof(struct iphdr, saddr);
	plan->need = plan->swap + 8;

	if (likely(ip->protocol != IPPROTO_ICMP) ||
	    (get_unaligned_be16(&ip->frag_off) & 0x1fff))
		return LOOPNET_RETURN;

	icmp = plan->l3 + ip->ihl * 4;
	end = icmp + sizeof(struct icmphdr) + sizeof(*quoted);
	switch (loopnet_has(v, end, plan)) {
	case HAS_LATER:
		return LOOPNET_PULL;
	case HAS_NOT:
		return LOOPNET_RETURN;
	case HAS:
		break;
	}
	quoted = (const void *)(v->data + icmp + sizeof(struct icmphdr));
	if (loopnet_v4_quotes(v->data[icmp]) && quoted->version == 4) {
		plan->quoted = end - 8;
		plan->need = end;
	}
	return LOOPNET_RETURN;
}

/*
 * Where does the ICMPv6 header start? Walks over extension headers; @at is set
 * on HAS.
 */
static enum loopnet_has loopnet_find_icmp6(const struct loopnet_view *v,
					   struct loopnet_plan *plan,
					   unsigned int *at)
{
	unsigned int off = plan->l3 + sizeof(struct ipv6hdr);
	u8 next = v->data[plan->l3 + offsetof(struct ipv6hdr, nexthdr)];
	enum loopnet_has has;
	unsigned int i;

	for (i = 0; i < LOOPNET_EXT_MAX; i++) {
		const u8 *p = v->data + off;

		if (next == NEXTHDR_ICMP) {
			*at = off;
			return loopnet_has(v, off + sizeof(struct icmp6hdr),
					   plan);
		}
		if (next != NEXTHDR_HOP && next != NEXTHDR_ROUTING &&
		    next != NEXTHDR_DEST && next != NEXTHDR_FRAGMENT)
			return HAS_NOT;
		has = loopnet_has(v, off + 8, plan);
		if (has != HAS)
			return has;
		if (next == NEXTHDR_FRAGMENT) {
			/* Not the first fragment: no header in here. */
			if (get_unaligned_be16(p + 2) & ~7)
				return HAS_NOT;
			off += 8;
		} else {
			off += (p[1] + 1) * 8;
		}
		next = p[0];
	}
	return HAS_NOT;
}

static enum loopnet_verdict loopnet_classify_ns(const struct loopnet_view *v,
						struct loopnet_plan *plan,
						unsigned int icmp)
{
	const struct ipv6hdr *ip = (const void *)(v->data + plan->l3);
	const struct nd_msg *ns = (const void *)(v->data + icmp);
	unsigned int end = icmp + sizeof(*ns);

	switch (loopnet_has(v, end, plan)) {
	case HAS_LATER:
		return LOOPNET_PULL;
	case HAS_NOT:
		return LOOPNET_GROUP;
	case HAS:
		break;
	}

	/*
	 * Duplicate address detection asks from the unspecified address; as in
	 * ARP, asking for oneself is no question either.
	 */
	if (ip->hop_limit != 255 || ns->icmph.icmp6_code ||
	    !loopnet_v6_unicast((const u8 *)&ip->saddr) ||
	    !loopnet_v6_unicast((const u8 *)&ns->target) ||
	    !memcmp(&ip->saddr, &ns->target, 16))
		return LOOPNET_GROUP;
	plan->swap = icmp;
	plan->need = end;
	return LOOPNET_ND;
}

static enum loopnet_verdict loopnet_classify_v6(const struct loopnet_view *v,
						struct loopnet_plan *plan)
{
	const struct ipv6hdr *ip = (const void *)(v->data + plan->l3);
	unsigned int icmp, end;
	bool unicast;
	u8 type;

	switch (loopnet_has(v, plan->l3 + sizeof(*ip), plan)) {
	case HAS_LATER:
		return LOOPNET_PULL;
	case HAS_NOT:
		return LOOPNET_RETURN;
	case HAS:
		break;
	}
	if (ip->version != 6)
		return LOOPNET_RETURN;

	unicast = loopnet_v6_unicast((const u8 *)&ip->saddr) &&
		  loopnet_v6_unicast((const u8 *)&ip->daddr);
	plan->alen = 16;
	plan->swap = plan->l3 + offsetof(struct ipv6hdr, saddr);
	plan->need = plan->swap + 32;

	switch (ip->nexthdr) {
	case NEXTHDR_TCP:
	case NEXTHDR_UDP:
		return unicast ? LOOPNET_RETURN : LOOPNET_GROUP;
	}

	switch (loopnet_find_icmp6(v, plan, &icmp)) {
	case HAS_LATER:
		return LOOPNET_PULL;
	case HAS_NOT:
		goto plain;
	case HAS:
		break;
	}
	type = v->data[icmp];
	if (type == NDISC_NEIGHBOUR_SOLICITATION)
		return loopnet_classify_ns(v, plan, icmp);
	/* It would come back as somebody else who claims our address. */
	if (type == NDISC_NEIGHBOUR_ADVERTISEMENT)
		return LOOPNET_GROUP;
	if (type & ICMPV6_INFOMSG_MASK)
		goto plain;

	end = icmp + sizeof(struct icmp6hdr) + sizeof(struct ipv6hdr);
	switch (loopnet_has(v, end, plan)) {
	case HAS_LATER:
		return LOOPNET_PULL;
	case HAS_NOT:
		goto plain;
	case HAS:
		break;
	}
	if (v->data[icmp + sizeof(struct icmp6hdr)] >> 4 == 6) {
		plan->quoted = end - 32;
		plan->need = end;
	}
plain:
	return unicast ? LOOPNET_RETURN : LOOPNET_GROUP;
}

unsigned int loopnet_nd_reply(const u8 *req, const struct loopnet_plan *plan,
			      u8 *reply)
{
	const struct ipv6hdr *qip = (const void *)(req + plan->l3);
	const struct nd_msg *ns = (const void *)(req + plan->swap);
	struct ipv6hdr *ip = (void *)(reply + plan->l3);
	struct nd_msg *na = (void *)(ip + 1);
	const unsigned int len = sizeof(*na) + 8;
	u8 mac[ETH_ALEN];

	loopnet_mac(mac, (const u8 *)&ns->target, 16);

	memcpy(reply, req, plan->l3);
	ether_addr_copy(reply, req + ETH_ALEN);
	memcpy(reply + ETH_ALEN, mac, ETH_ALEN);

	memset(ip, 0, sizeof(*ip) + len);
	ip->version = 6;
	put_unaligned_be16(len, &ip->payload_len);
	ip->nexthdr = NEXTHDR_ICMP;
	ip->hop_limit = 255;
	memcpy(&ip->saddr, &ns->target, 16);
	memcpy(&ip->daddr, &qip->saddr, 16);

	na->icmph.icmp6_type = NDISC_NEIGHBOUR_ADVERTISEMENT;
	na->icmph.icmp6_solicited = 1;
	na->icmph.icmp6_override = 1;
	memcpy(&na->target, &ns->target, 16);
	na->opt[0] = ND_OPT_TARGET_LL_ADDR;
	na->opt[1] = 1;
	memcpy(na->opt + 2, mac, ETH_ALEN);
	na->icmph.icmp6_cksum = csum_ipv6_magic(&ip->saddr, &ip->daddr, len,
						IPPROTO_ICMPV6,
						csum_partial(na, len, 0));
	return plan->l3 + sizeof(*ip) + len;
}

enum loopnet_verdict loopnet_classify(const u8 *data, unsigned int linear,
				      unsigned int len,
				      struct loopnet_plan *plan)
{
	const struct loopnet_view v = {
		.data = data, .linear = linear, .len = len,
	};
	unsigned int tags;
	u16 type;

	memset(plan, 0, sizeof(*plan));
	switch (loopnet_has(&v, ETH_HLEN, plan)) {
	case HAS_LATER:
		return LOOPNET_PULL;
	case HAS_NOT:
		return LOOPNET_RUNT;
	case HAS:
		break;
	}
	plan->need = ETH_HLEN;
	plan->l3 = ETH_HLEN;
	type = get_unaligned_be16(data + 2 * ETH_ALEN);

	for (tags = 0; unlikely(type == ETH_P_8021Q || type == ETH_P_8021AD) &&
	     tags < LOOPNET_TAGS_MAX; tags++) {
		switch (loopnet_has(&v, plan->l3 + VLAN_HLEN, plan)) {
		case HAS_LATER:
			return LOOPNET_PULL;
		case HAS_NOT:
			goto other;
		case HAS:
			break;
		}
		type = get_unaligned_be16(data + plan->l3 + 2);
		plan->l3 += VLAN_HLEN;
	}

	switch (type) {
	case ETH_P_ARP:
		return loopnet_classify_arp(&v, plan);
	case ETH_P_IP:
	case ETH_P_IPV6: {
		enum loopnet_verdict verdict;

		verdict = type == ETH_P_IP ? loopnet_classify_v4(&v, plan) :
					     loopnet_classify_v6(&v, plan);
		/* Solicitations go to groups and are answered all the same. */
		if (verdict == LOOPNET_RETURN && is_multicast_ether_addr(data))
			return LOOPNET_GROUP;
		return verdict;
	}
	}
other:
	return is_multicast_ether_addr(data) ? LOOPNET_GROUP : LOOPNET_RETURN;
}

/* Two neighbours of @len bytes change places. */
static void loopnet_swap(u8 *p, unsigned int len)
{
	u8 tmp[16];

	memcpy(tmp, p, len);
	memcpy(p, p + len, len);
	memcpy(p + len, tmp, len);
}

void loopnet_rewrite(u8 *data, const struct loopnet_plan *plan)
{
	loopnet_swap(data, ETH_ALEN);
	if (likely(plan->swap)) {
		if (likely(plan->alen == 4))
			loopnet_swap(data + plan->swap, 4);
		else
			loopnet_swap(data + plan->swap, 16);
	}
	if (unlikely(plan->quoted))
		loopnet_swap(data + plan->quoted, plan->alen);
}
