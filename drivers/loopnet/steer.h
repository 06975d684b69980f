/* SPDX-License-Identifier: GPL-2.0 */
/*
 * loopnet: which queue receives a packet, or none: rules and contexts.
 */
#ifndef _LOOPNET_STEER_H
#define _LOOPNET_STEER_H

#include <linux/ethtool.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/types.h>
#include "rss.h"

struct loopnet;
struct net_device;
struct netlink_ext_ack;
struct sk_buff;

/* Contexts of ethtool's, the first included, which is for all and everything. */
#define LOOPNET_CONTEXTS	64

/* Places for rules; the lower the place, the sooner it is looked at. */
#define LOOPNET_RULES		1024

/**
 * struct loopnet_tuple - all of a packet that a rule may look at
 * @dst_mac: Ethernet destination, as it is received
 * @src_mac: Ethernet source
 * @proto: EtherType, behind the tag if there is one
 * @tci: the tag, 0 if there is none
 * @vlan_proto: its type
 * @l4: protocol of what is in the IP packet
 * @ip: 4, 6 or 0
 * @sport: port it comes from; 0 for what has none, and for fragments
 * @dport: port it goes to
 * @src: address it comes from; IPv4 has the first word
 * @dst: address it goes to
 *
 * Of a rule there are two, what must be there and which bits of it count. All
 * of it is compared, word by word, so there are no holes.
 */
struct loopnet_tuple {
	u8 dst_mac[ETH_ALEN];
	u8 src_mac[ETH_ALEN];
	__be16 proto;
	__be16 tci;
	__be16 vlan_proto;
	u8 l4;
	u8 ip;
	__be16 sport;
	__be16 dport;
	__be32 src[4];
	__be32 dst[4];
} __aligned(sizeof(u64));

/**
 * struct loopnet_rule - what ethtool -N adds
 * @spec: as it was given; says where it is and what it does
 * @context: of RSS, if @spec asks for that
 * @want: what a packet must have
 * @mask: which bits of that count
 */
struct loopnet_rule {
	struct ethtool_rx_flow_spec spec;
	u32 context;
	struct loopnet_tuple want;
	struct loopnet_tuple mask;
};

/**
 * struct loopnet_rules - all rules of a device; replaced as a whole
 * @rcu: frees it after its last reader
 * @nr: how many there are
 * @drops: some of them drop
 * @rule: the rules, by location
 */
struct loopnet_rules {
	struct rcu_head rcu;
	unsigned int nr;
	bool drops;
	struct loopnet_rule rule[];
};

/**
 * struct loopnet_steer - what a device has been told
 * @lock: protects the writing of all below
 * @rss: context 0; NULL as long as nobody has said anything
 * @context: the others, by number less 1
 * @rules: NULL if there are none
 */
struct loopnet_steer {
	struct mutex lock;	/* see above */
	struct loopnet_rss __rcu *rss;
	struct loopnet_rss __rcu *context[LOOPNET_CONTEXTS - 1];
	struct loopnet_rules __rcu *rules;
};

void loopnet_steer_setup(void);
void loopnet_steer_init(struct loopnet *ln);
void loopnet_steer_exit(struct loopnet *ln);
int loopnet_steer_queues(struct loopnet *ln, unsigned int nr);
void loopnet_steer_queued(struct loopnet *ln, unsigned int nr);
void loopnet_steer_forget(struct loopnet *ln);
int loopnet_steer_skb(struct loopnet *receiver, const struct sk_buff *skb,
		      bool turned);
bool loopnet_steer_drops(struct loopnet *ln, const struct sk_buff *skb,
			 const void *data, unsigned int len);
struct loopnet_hash loopnet_steer_hash(struct loopnet *ln,
				       const struct sk_buff *skb,
				       const void *data, unsigned int len);

int loopnet_get_rxfh(struct net_device *dev, struct ethtool_rxfh_param *rxfh);
int loopnet_set_rxfh(struct net_device *dev, struct ethtool_rxfh_param *rxfh,
		     struct netlink_ext_ack *extack);
int loopnet_get_rxfh_fields(struct net_device *dev,
			    struct ethtool_rxfh_fields *fields);
int loopnet_set_rxfh_fields(struct net_device *dev,
			    const struct ethtool_rxfh_fields *fields,
			    struct netlink_ext_ack *extack);
int loopnet_create_context(struct net_device *dev,
			   struct ethtool_rxfh_context *ctx,
			   const struct ethtool_rxfh_param *rxfh,
			   struct netlink_ext_ack *extack);
int loopnet_modify_context(struct net_device *dev,
			   struct ethtool_rxfh_context *ctx,
			   const struct ethtool_rxfh_param *rxfh,
			   struct netlink_ext_ack *extack);
int loopnet_remove_context(struct net_device *dev,
			   struct ethtool_rxfh_context *ctx, u32 id,
			   struct netlink_ext_ack *extack);
int loopnet_get_rxnfc(struct net_device *dev, struct ethtool_rxnfc *info,
		      u32 *rules);
int loopnet_set_rxnfc(struct net_device *dev, struct ethtool_rxnfc *info);

#endif /* _LOOPNET_STEER_H */
