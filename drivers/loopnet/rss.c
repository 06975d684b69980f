// SPDX-License-Identifier: GPL-2.0
/*
 * loopnet: which queue receives a flow, by table and key.
 */
#include <linux/ethtool.h>
#include <linux/in.h>
#include <net/flow_dissector.h>
#include <softdev/compat_net.h>
#include "rss.h"

#define LOOPNET_RSS_ADDRS	(RXH_IP_SRC | RXH_IP_DST)
#define LOOPNET_RSS_PORTS	(RXH_L4_B_0_1 | RXH_L4_B_2_3)

void loopnet_rss_spread(u32 *table, unsigned int queues)
{
	unsigned int i;

	for (i = 0; i < LOOPNET_RSS_TABLE; i++)
		table[i] = ethtool_rxfh_indir_default(i, queues);
}

void loopnet_rss_fields(struct loopnet_rss *rss)
{
	unsigned int i;

	for (i = 0; i < LOOPNET_FLOWS; i++)
		rss->fields[i] = LOOPNET_RSS_ADDRS | LOOPNET_RSS_PORTS;
	rss->fields[LOOPNET_FLOW_IP4] = LOOPNET_RSS_ADDRS;
	rss->fields[LOOPNET_FLOW_IP6] = LOOPNET_RSS_ADDRS;
}

/* For each bit that is set, the 32 bits of the key that begin at its place. */
u32 loopnet_toeplitz(const u8 *key, const u8 *data, unsigned int len)
{
	u32 window = get_unaligned_be32(key), hash = 0;
	unsigned int i;
	int bit;

	for (i = 0; i < len; i++) {
		u8 next = key[(i + 4) % LOOPNET_RSS_KEY];

		for (bit = 7; bit >= 0; bit--) {
			if (data[i] & BIT(bit))
				hash ^= window;
			window = window << 1 | (next >> bit & 1);
		}
	}
	return hash;
}

/* The 32 bits of the key that begin at a bit. */
static u32 loopnet_rss_window(const u8 *key, unsigned int bit)
{
	u64 bits = 0;
	unsigned int i;

	for (i = 0; i < 5; i++)
		bits = bits << 8 | key[(bit / 8 + i) % LOOPNET_RSS_KEY];
	return bits >> (8 - bit % 8);
}

/* The hash is linear: that of the whole is the sum of those of its parts. */
void loopnet_rss_key(struct loopnet_rss *rss, const u8 *key)
{
	unsigned int i, half, bit;

	memcpy(rss->key, key, sizeof(rss->key));
	memset(rss->share, 0, sizeof(rss->share));
	for (i = 0; i < 8 * LOOPNET_RSS_INPUT; i++) {
		u32 window = loopnet_rss_window(rss->key, i);

		bit = BIT(3 - i % 4);
		for (half = 0; half < 16; half++) {
			if (half & bit)
				rss->share[i / 4][half] ^= window;
		}
	}
}

/* Two fields of @len bytes each, or what is asked for of them. */
static u8 *loopnet_rss_pair(const struct loopnet_rss *rss, u8 *at,
			    const u8 *src, const u8 *dst, unsigned int len,
			    bool want_src, bool want_dst)
{
	unsigned int i;

	if (rss->xfrm && want_src && want_dst) {
		bool or = rss->xfrm & RXH_XFRM_SYM_OR_XOR;

		for (i = 0; i < len; i++) {
			at[i] = or ? src[i] | dst[i] : src[i] ^ dst[i];
			at[len + i] = src[i] ^ dst[i];
		}
		return at + 2 * len;
	}
	if (want_src) {
		memcpy(at, src, len);
		at += len;
	}
	if (want_dst) {
		memcpy(at, dst, len);
		at += len;
	}
	return at;
}

static enum loopnet_flow loopnet_rss_flow(const struct flow_keys *keys, bool v6)
{
	switch (keys->basic.ip_proto) {
	case IPPROTO_TCP:
		return v6 ? LOOPNET_FLOW_TCP6 : LOOPNET_FLOW_TCP4;
	case IPPROTO_UDP:
		return v6 ? LOOPNET_FLOW_UDP6 : LOOPNET_FLOW_UDP4;
	case IPPROTO_SCTP:
		return v6 ? LOOPNET_FLOW_SCTP6 : LOOPNET_FLOW_SCTP4;
	default:
		return v6 ? LOOPNET_FLOW_IP6 : LOOPNET_FLOW_IP4;
	}
}

unsigned int loopnet_rss_input(const struct loopnet_rss *rss, u8 *data,
			       const struct flow_keys *keys, bool turned,
			       struct loopnet_hash *hash)
{
	const void *src, *dst;
	unsigned int alen;
	u8 *at = data;
	u32 fields;

	hash->l4 = false;
	switch (keys->control.addr_type) {
	case FLOW_DISSECTOR_KEY_IPV4_ADDRS:
		hash->v6 = false;
		src = &keys->addrs.v4addrs.src;
		dst = &keys->addrs.v4addrs.dst;
		alen = sizeof(keys->addrs.v4addrs.src);
		break;
	case FLOW_DISSECTOR_KEY_IPV6_ADDRS:
		hash->v6 = true;
		src = &keys->addrs.v6addrs.src;
		dst = &keys->addrs.v6addrs.dst;
		alen = sizeof(keys->addrs.v6addrs.src);
		break;
	default:
		hash->v6 = false;
		return 0;
	}
	if (turned)
		swap(src, dst);

	fields = READ_ONCE(rss->fields[loopnet_rss_flow(keys, hash->v6)]);
	at = loopnet_rss_pair(rss, at, src, dst, alen, fields & RXH_IP_SRC,
			      fields & RXH_IP_DST);
	/* Of a fragment nobody knows the ports; it has none here. */
	if (fields & LOOPNET_RSS_PORTS && keys->ports.ports) {
		hash->l4 = true;
		at = loopnet_rss_pair(rss, at, (const u8 *)&keys->ports.src,
				      (const u8 *)&keys->ports.dst,
				      sizeof(keys->ports.src),
				      fields & RXH_L4_B_0_1,
				      fields & RXH_L4_B_2_3);
	}
	if (fields & RXH_IP6_FL) {
		put_unaligned_be32(keys->tags.flow_label, at);
		at += sizeof(u32);
	}
	return at - data;
}

struct loopnet_hash loopnet_rss_hash(const struct loopnet_rss *rss,
				     const struct flow_keys *keys, bool turned)
{
	struct loopnet_hash hash = {};
	u8 data[LOOPNET_RSS_INPUT];
	unsigned int len = loopnet_rss_input(rss, data, keys, turned, &hash);
	unsigned int i;

	for (i = 0; i < len; i++)
		hash.value ^= rss->share[2 * i][data[i] >> 4] ^
			      rss->share[2 * i + 1][data[i] & 15];
	return hash;
}

unsigned int loopnet_rss_queue(const struct loopnet_rss *rss,
			       const struct flow_keys *keys, bool turned)
{
	u32 hash = loopnet_rss_hash(rss, keys, turned).value;

	return READ_ONCE(rss->table[hash % LOOPNET_RSS_TABLE]);
}
