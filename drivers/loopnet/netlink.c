// SPDX-License-Identifier: GPL-2.0
/*
 * loopnet: ip link add NAME type loopnet ...
 */
#include <linux/etherdevice.h>
#include <net/netlink.h>
#include <net/rtnetlink.h>
#include "loopnet.h"

static const struct nla_policy loopnet_policy[IFLA_LOOPNET_MAX + 1] = {
	[IFLA_LOOPNET_MODE]	= NLA_POLICY_MAX(NLA_U8, __LOOPNET_MODE_MAX - 1),
	[IFLA_LOOPNET_QUEUES]	= NLA_POLICY_MIN(NLA_U32, 1),
};

static int loopnet_validate(struct nlattr *tb[], struct nlattr *data[],
			    struct netlink_ext_ack *extack)
{
	if (tb[IFLA_ADDRESS]) {
		if (nla_len(tb[IFLA_ADDRESS]) != ETH_ALEN) {
			NL_SET_ERR_MSG_ATTR(extack, tb[IFLA_ADDRESS],
					    "an Ethernet address has 6 bytes");
			return -EINVAL;
		}
		if (!is_valid_ether_addr(nla_data(tb[IFLA_ADDRESS]))) {
			NL_SET_ERR_MSG_ATTR(extack, tb[IFLA_ADDRESS],
					    "not the address of one station");
			return -EADDRNOTAVAIL;
		}
	}
	if (!data)
		return 0;
	if (data[IFLA_LOOPNET_QUEUES] &&
	    nla_get_u32(data[IFLA_LOOPNET_QUEUES]) > loopnet_queues_max()) {
		NL_SET_ERR_MSG_ATTR(extack, data[IFLA_LOOPNET_QUEUES],
				    "more queues than possible CPUs");
		return -ERANGE;
	}
	if (data[IFLA_LOOPNET_MODE] &&
	    nla_get_u8(data[IFLA_LOOPNET_MODE]) == LOOPNET_MODE_PEER) {
		NL_SET_ERR_MSG_ATTR(extack, data[IFLA_LOOPNET_MODE],
				    "mode peer comes with the other end");
		return -EINVAL;
	}
	return 0;
}

static int loopnet_newlink(struct net_device *dev,
			   struct rtnl_newlink_params *params,
			   struct netlink_ext_ack *extack)
{
	unsigned int queues = min(loopnet_param(LOOPNET_SET_QUEUES),
				  dev->num_tx_queues);
	unsigned int mode = LOOPNET_MODE_REFLECT;
	struct nlattr **data = params->data;

	if (data && data[IFLA_LOOPNET_MODE])
		mode = nla_get_u8(data[IFLA_LOOPNET_MODE]);
	if (data && data[IFLA_LOOPNET_QUEUES])
		queues = nla_get_u32(data[IFLA_LOOPNET_QUEUES]);
	if (queues > min(dev->num_tx_queues, dev->num_rx_queues)) {
		NL_SET_ERR_MSG(extack, "more queues than numtxqueues or numrxqueues");
		return -ERANGE;
	}
	return loopnet_register(dev, mode, queues);
}

SOFTDEV_NEWLINK(loopnet_newlink)

static size_t loopnet_get_size(const struct net_device *dev)
{
	return nla_total_size(sizeof(u8)) +	/* IFLA_LOOPNET_MODE */
	       nla_total_size(sizeof(u32));	/* IFLA_LOOPNET_QUEUES */
}

static int loopnet_fill_info(struct sk_buff *skb, const struct net_device *dev)
{
	const struct loopnet *ln = netdev_priv(dev);

	if (nla_put_u8(skb, IFLA_LOOPNET_MODE, READ_ONCE(ln->mode)) ||
	    nla_put_u32(skb, IFLA_LOOPNET_QUEUES, READ_ONCE(ln->nr)))
		return -EMSGSIZE;
	return 0;
}

struct rtnl_link_ops loopnet_link_ops = {
	.kind			= "loopnet",
	.priv_size		= sizeof(struct loopnet),
	.setup			= loopnet_setup,
	.maxtype		= IFLA_LOOPNET_MAX,
	.policy			= loopnet_policy,
	.validate		= loopnet_validate,
	.newlink		= SOFTDEV_NEWLINK_OP(loopnet_newlink),
	.get_size		= loopnet_get_size,
	.fill_info		= loopnet_fill_info,
	.get_num_tx_queues	= loopnet_queues_max,
	.get_num_rx_queues	= loopnet_queues_max,
};
