/* SPDX-License-Identifier: GPL-2.0 */
/*
 * loopnet: the rules by which a reflected frame comes back.
 *
 * Pure functions over bytes: no device, no skb, no allocation, so that KUnit
 * and the self-test can run them alone. The caller sees to it that what they
 * look at is linear and what they change is its own.
 */
#ifndef _LOOPNET_REFLECT_H
#define _LOOPNET_REFLECT_H

#include <linux/types.h>

/**
 * enum loopnet_verdict - what becomes of a frame
 * @LOOPNET_RETURN: it comes back, rewritten by loopnet_rewrite()
 * @LOOPNET_ARP: an ARP request; loopnet_arp_reply() comes back in its place
 * @LOOPNET_ND: a neighbour solicitation; loopnet_nd_reply() comes back
 * @LOOPNET_GROUP: consumed and counted: it is for a group, or asks what nobody
 *	answers
 * @LOOPNET_PULL: too little of it is linear; plan.need says how much must be
 * @LOOPNET_RUNT: shorter than an Ethernet header
 */
enum loopnet_verdict {
	LOOPNET_RETURN,
	LOOPNET_ARP,
	LOOPNET_ND,
	LOOPNET_GROUP,
	LOOPNET_PULL,
	LOOPNET_RUNT,
};

/**
 * struct loopnet_plan - what loopnet_rewrite() and the replies are to do
 * @need: bytes from the start of the frame that must be linear; after a verdict
 *	of LOOPNET_RETURN the bytes that will be written to
 * @l3: offset of the network header
 * @swap: offset of the two addresses to swap there, 0 for none
 * @quoted: offset of the two addresses in the packet quoted by an ICMP error,
 *	0 for none
 * @alen: length of one address, 4 or 16
 */
struct loopnet_plan {
	unsigned int need;
	u16 l3;
	u16 swap;
	u16 quoted;
	u16 alen;
};

/* Room for any frame that loopnet_arp_reply() or loopnet_nd_reply() makes. */
#define LOOPNET_REPLY_MAX	100

/**
 * loopnet_classify() - decide what happens to a frame
 * @data: the frame, from its Ethernet header on
 * @linear: bytes that can be read at @data
 * @len: length of the frame, at least @linear
 * @plan: what to do, for the functions below
 *
 * Context: any; reads at most @linear bytes.
 * Return: the verdict.
 */
enum loopnet_verdict loopnet_classify(const u8 *data, unsigned int linear,
				      unsigned int len,
				      struct loopnet_plan *plan);

/**
 * loopnet_rewrite() - turn a frame round
 * @data: the frame; plan->need bytes of it are the caller's to write
 * @plan: from loopnet_classify(), which returned LOOPNET_RETURN
 *
 * No checksum needs touching: addresses are swapped as wholes at even offsets,
 * and a one's complement sum does not care about the order of its words.
 */
void loopnet_rewrite(u8 *data, const struct loopnet_plan *plan);

/**
 * loopnet_arp_reply() - answer an ARP request
 * @req: the request, of which plan->need bytes are linear
 * @plan: from loopnet_classify(), which returned LOOPNET_ARP
 * @reply: LOOPNET_REPLY_MAX bytes, placed so that what follows an Ethernet
 *	header is aligned
 *
 * Return: length of the reply.
 */
unsigned int loopnet_arp_reply(const u8 *req, const struct loopnet_plan *plan,
			       u8 *reply);

/**
 * loopnet_nd_reply() - answer a neighbour solicitation
 * @req: the solicitation, of which plan->need bytes are linear
 * @plan: from loopnet_classify(), which returned LOOPNET_ND
 * @reply: as for loopnet_arp_reply()
 *
 * Return: length of the advertisement, whose checksum is in place.
 */
unsigned int loopnet_nd_reply(const u8 *req, const struct loopnet_plan *plan,
			      u8 *reply);

/**
 * loopnet_mac() - the MAC address at which a network address lives
 * @mac: 6 bytes, the result: 02:04 and the IPv4 address, or 02:06 and the last
 *	four bytes of the IPv6 address
 * @addr: the address
 * @alen: its length, 4 or 16
 */
void loopnet_mac(u8 *mac, const u8 *addr, unsigned int alen);

#endif /* _LOOPNET_REFLECT_H */
