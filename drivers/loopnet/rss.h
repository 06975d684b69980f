/* SPDX-License-Identifier: GPL-2.0 */
/*
 * loopnet: which queue receives a flow, by table and key.
 *
 * No device in here: flows are bytes, queues are numbers.
 */
#ifndef _LOOPNET_RSS_H
#define _LOOPNET_RSS_H

#include <linux/rcupdate.h>
#include <linux/types.h>

struct flow_keys;

#define LOOPNET_RSS_TABLE	128
#define LOOPNET_RSS_KEY		40

/* Two IPv6 addresses, two ports, a flow label. */
#define LOOPNET_RSS_INPUT	40

/* What flows are told apart for "rx-flow-hash"; LOOPNET_FLOWS is none of them. */
enum loopnet_flow {
	LOOPNET_FLOW_TCP4,
	LOOPNET_FLOW_UDP4,
	LOOPNET_FLOW_SCTP4,
	LOOPNET_FLOW_IP4,
	LOOPNET_FLOW_TCP6,
	LOOPNET_FLOW_UDP6,
	LOOPNET_FLOW_SCTP6,
	LOOPNET_FLOW_IP6,
	LOOPNET_FLOWS,
};

/**
 * struct loopnet_rss - how flows are spread over queues: a context of ethtool's
 * @rcu: frees it after its last reader
 * @table: the queue for each remainder of the hash
 * @key: of the hash
 * @xfrm: RXH_XFRM_*, what is done to the input first
 * @fields: RXH_*, what is hashed of each kind of flow
 * @share: what each value of each half byte of the input adds to the hash;
 *	follows from @key
 */
struct loopnet_rss {
	struct rcu_head rcu;
	u32 table[LOOPNET_RSS_TABLE];
	u8 key[LOOPNET_RSS_KEY];
	u8 xfrm;
	u32 fields[LOOPNET_FLOWS];
	u32 share[2 * LOOPNET_RSS_INPUT][16];
};

/**
 * struct loopnet_hash - the hash of a flow
 * @value: the hash; 0 for what has no IP addresses
 * @v6: of IPv6
 * @l4: covers ports
 */
struct loopnet_hash {
	u32 value;
	bool v6;
	bool l4;
};

/**
 * loopnet_rss_spread() - the table of one who has set none
 * @table: takes LOOPNET_RSS_TABLE entries
 * @queues: how many to spread the flows over
 */
void loopnet_rss_spread(u32 *table, unsigned int queues);

/**
 * loopnet_rss_fields() - what is hashed if nobody has said what
 * @rss: takes it
 */
void loopnet_rss_fields(struct loopnet_rss *rss);

/**
 * loopnet_rss_key() - set the key
 * @rss: takes it
 * @key: LOOPNET_RSS_KEY bytes
 */
void loopnet_rss_key(struct loopnet_rss *rss, const u8 *key);

/**
 * loopnet_toeplitz() - the hash of Microsoft's receive side scaling
 * @key: LOOPNET_RSS_KEY bytes; behind its end it starts again
 * @data: what to hash
 * @len: how much, at most LOOPNET_RSS_INPUT
 *
 * The algorithm and vectors to check it by are in "RSS Hashing Types" and
 * "Verifying the RSS Hash Calculation" of the Windows driver documentation.
 */
u32 loopnet_toeplitz(const u8 *key, const u8 *data, unsigned int len);

/**
 * loopnet_rss_input() - what of a flow is hashed, in the order it is hashed in
 * @rss: says what
 * @data: takes up to LOOPNET_RSS_INPUT bytes
 * @keys: the flow as it was sent
 * @turned: it comes back with its addresses swapped
 * @hash: takes what kind of hash it will be
 *
 * Addresses, ports, flow label. A field that is not asked for is left out.
 *
 * Return: how many bytes; 0 for what has no IP addresses.
 */
unsigned int loopnet_rss_input(const struct loopnet_rss *rss, u8 *data,
			       const struct flow_keys *keys, bool turned,
			       struct loopnet_hash *hash);

/**
 * loopnet_rss_hash() - the hash of a flow
 * @rss: says how
 * @keys: the flow as it was sent
 * @turned: it comes back with its addresses swapped
 */
struct loopnet_hash loopnet_rss_hash(const struct loopnet_rss *rss,
				     const struct flow_keys *keys, bool turned);

/**
 * loopnet_rss_queue() - the queue that is to receive a flow
 * @rss: the table, and all that makes the hash
 * @keys: the flow as it was sent
 * @turned: it comes back with its addresses swapped
 */
unsigned int loopnet_rss_queue(const struct loopnet_rss *rss,
			       const struct flow_keys *keys, bool turned);

#endif /* _LOOPNET_RSS_H */
