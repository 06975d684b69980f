// SPDX-License-Identifier: GPL-2.0
/*
 * loopnet: which queue receives a flow, by table and key.
 */
#include <linux/ethtool.h>
#include <linux/in.h>
#include <net/flow_dissector.h>
#include <softdev/compat.h>
#include "rss.h"

void loopnet_rss_spread(u32 *table, unsigned int queues)
{
	unsigned int i;

	for (i = 0; i < LOOPNET_RSS_TABLE; i++)
		table[i] = ethtool_rxfh_indir_default(i, queues);
}

/* For each bit that is set, the 32 bits of the key that begin at its place. */
u32 loopnet_toeplitz(const u8 *key, const u8 *data, unsigned int len)
{
	u32 window = get_unaligned_be32(key), hash = 0;
	unsigned int i;
	int bit;

	for (i = 0; i < len; i++) {
		u8 next = key[i + 4];

		for (bit = 7; bit >= 0; bit--) {
			if (data[i] & BIT(bit))
				hash ^= window;
			window = window << 1 | (next >> bit & 1);
		}
	}
	return hash;
}

static u8 *loopnet_rss_put(u8 *at, const void *what, unsigned int len)
{
	memcpy(at, what, len);
	return at + len;
}

unsigned int loopnet_rss_input(u8 *data, const struct flow_keys *keys,
			       bool turned)
{
	const void *src, *dst;
	unsigned int alen;
	u8 *at = data;

	switch (keys->control.addr_type) {
	case FLOW_DISSECTOR_KEY_IPV4_ADDRS:
		src = &keys->addrs.v4addrs.src;
		dst = &keys->addrs.v4addrs.dst;
		alen = sizeof(keys->addrs.v4addrs.src);
		break;
	case FLOW_DISSECTOR_KEY_IPV6_ADDRS:
		src = &keys->addrs.v6addrs.src;
		dst = &keys->addrs.v6addrs.dst;
		alen = sizeof(keys->addrs.v6addrs.src);
		break;
	default:
		return 0;
	}
	at = loopnet_rss_put(at, turned ? dst : src, alen);
	at = loopnet_rss_put(at, turned ? src : dst, alen);

	switch (keys->basic.ip_proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_SCTP:
		/* Of a fragment nobody knows the ports; it has none here. */
		if (keys->ports.ports)
			at = loopnet_rss_put(at, &keys->ports.ports,
					     sizeof(keys->ports.ports));
		break;
	}
	return at - data;
}

unsigned int loopnet_rss_queue(const struct loopnet_rss *rss,
			       const struct flow_keys *keys, bool turned)
{
	u8 data[LOOPNET_RSS_INPUT];
	unsigned int len = loopnet_rss_input(data, keys, turned);
	u32 hash = loopnet_toeplitz(rss->key, data, len);

	return READ_ONCE(rss->table[hash % LOOPNET_RSS_TABLE]);
}
