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

/* Two IPv6 addresses and two ports. */
#define LOOPNET_RSS_INPUT	36

/**
 * struct loopnet_rss - what ethtool -X sets
 * @table: the queue for each remainder of the hash
 * @key: of the hash
 * @rcu: frees it after its last reader
 */
struct loopnet_rss {
	u32 table[LOOPNET_RSS_TABLE];
	u8 key[LOOPNET_RSS_KEY];
	struct rcu_head rcu;
};

/**
 * loopnet_rss_spread() - the table of one who has set none
 * @table: takes LOOPNET_RSS_TABLE entries
 * @queues: how many to spread the flows over
 */
void loopnet_rss_spread(u32 *table, unsigned int queues);

/**
 * loopnet_toeplitz() - the hash of Microsoft's receive side scaling
 * @key: LOOPNET_RSS_KEY bytes
 * @data: what to hash
 * @len: how much, at most LOOPNET_RSS_INPUT
 *
 * The algorithm and vectors to check it by are in "RSS Hashing Types" and
 * "Verifying the RSS Hash Calculation" of the Windows driver documentation.
 */
u32 loopnet_toeplitz(const u8 *key, const u8 *data, unsigned int len);

/**
 * loopnet_rss_input() - what of a flow is hashed, in the order it is hashed in
 * @data: takes up to LOOPNET_RSS_INPUT bytes
 * @keys: the flow as it was sent
 * @turned: it comes back with its addresses swapped
 *
 * Return: how many bytes; 0 for what has no IP addresses.
 */
unsigned int loopnet_rss_input(u8 *data, const struct flow_keys *keys,
			       bool turned);

/**
 * loopnet_rss_queue() - the queue that is to receive a flow
 * @rss: table and key
 * @keys: the flow as it was sent
 * @turned: it comes back with its addresses swapped
 */
unsigned int loopnet_rss_queue(const struct loopnet_rss *rss,
			       const struct flow_keys *keys, bool turned);

#endif /* _LOOPNET_RSS_H */
