// SPDX-License-Identifier: GPL-2.0
/*
 * loopnet: ip link add NAME type loopnet ...
 */
#include <linux/etherdevice.h>
#include <net/netlink.h>
#include <net/rtnetlink.h>
#include <softdev/compat_queue.h>
#include "loopnet.h"

static const struct nla_policy loopnet_policy[IFLA_LOOPNET_MAX + 1] = {
	[IFLA_LOOPNET_MODE]	= NLA_POLICY_MAX(NLA_U8, __LOOPNET_MODE_MAX - 1),
	[IFLA_LOOPNET_QUEUES]	= NLA_POLICY_MIN(NLA_U32, 1),
	[IFLA_LOOPNET_PEER]	= NLA_POLICY_MIN_LEN(sizeof(struct ifinfomsg)),
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
	    (nla_get_u8(data[IFLA_LOOPNET_MODE]) == LOOPNET_MODE_PEER) !=
	    !!data[IFLA_LOOPNET_PEER]) {
		NL_SET_ERR_MSG_ATTR(extack, data[IFLA_LOOPNET_MODE],
				    "mode peer and the other end go together");
		return -EINVAL;
	}
	return 0;
}

/* The other end, registered. Whoever fails later unregisters it. */
static struct net_device *loopnet_new_peer(struct rtnl_newlink_params *params,
					   unsigned int queues,
					   struct netlink_ext_ack *extack)
{
	const struct nlattr *nla = params->data[IFLA_LOOPNET_PEER];
	struct nlattr *tb[IFLA_MAX + 1];
	unsigned char assign = NET_NAME_ENUM;
	struct ifinfomsg *ifm = nla_data(nla);
	char name[IFNAMSIZ] = "loopnet%d";
	struct net_device *peer;
	struct net *net;
	int err;

	err = rtnl_nla_parse_ifinfomsg(tb, nla, extack);
	if (err)
		return ERR_PTR(err);
	err = loopnet_validate(tb, NULL, extack);
	if (err)
		return ERR_PTR(err);
	if (tb[IFLA_IFNAME]) {
		nla_strscpy(name, tb[IFLA_IFNAME], IFNAMSIZ);
		assign = NET_NAME_USER;
	}

	net = softdev_peer_net(params, tb);
	if (IS_ERR(net))
		return ERR_CAST(net);
	if (!ns_capable(net->user_ns, CAP_NET_ADMIN)) {
		put_net(net);
		return ERR_PTR(-EPERM);
	}
	peer = rtnl_create_link(net, name, assign, &loopnet_link_ops, tb,
				extack);
	put_net(net);
	if (IS_ERR(peer))
		return peer;
	if (ifm->ifi_index)
		peer->ifindex = ifm->ifi_index;
	if (queues > min(peer->num_tx_queues, peer->num_rx_queues)) {
		NL_SET_ERR_MSG(extack, "more queues than the other end has");
		free_netdev(peer);
		return ERR_PTR(-ERANGE);
	}
	err = loopnet_register(peer, LOOPNET_MODE_PEER, queues);
	if (err) {
		free_netdev(peer);
		return ERR_PTR(err);
	}
	err = softdev_configure_link(peer, ifm);
	if (err < 0) {
		unregister_netdevice(peer);
		return ERR_PTR(err);
	}
	return peer;
}

static int loopnet_newlink(struct net_device *dev,
			   struct rtnl_newlink_params *params,
			   struct netlink_ext_ack *extack)
{
	unsigned int max = min(dev->num_tx_queues, dev->num_rx_queues);
	unsigned int queues = min(loopnet_param(LOOPNET_SET_QUEUES), max);
	unsigned int mode = LOOPNET_MODE_REFLECT;
	struct nlattr **data = params->data;
	struct net_device *peer;
	int err;

	if (data && data[IFLA_LOOPNET_MODE])
		mode = nla_get_u8(data[IFLA_LOOPNET_MODE]);
	if (data && data[IFLA_LOOPNET_QUEUES])
		queues = nla_get_u32(data[IFLA_LOOPNET_QUEUES]);
	if (queues > max) {
		NL_SET_ERR_MSG(extack, "more queues than numtxqueues or numrxqueues");
		return -ERANGE;
	}
	if (!data || !data[IFLA_LOOPNET_PEER])
		return loopnet_register(dev, mode, queues);

	peer = loopnet_new_peer(params, queues, extack);
	if (IS_ERR(peer))
		return PTR_ERR(peer);
	err = loopnet_register(dev, LOOPNET_MODE_PEER, queues);
	if (err) {
		unregister_netdevice(peer);
		return err;
	}
	loopnet_pair(netdev_priv(dev), netdev_priv(peer));
	return 0;
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

/*
 * Neither end outlives the other. Called for each end when a namespace or the
 * module goes; moving a device to the same list twice does no harm.
 */
static void loopnet_dellink(struct net_device *dev, struct list_head *head)
{
	struct loopnet *ln = netdev_priv(dev);
	struct loopnet *peer = rtnl_dereference(ln->peer);

	unregister_netdevice_queue(dev, head);
	if (peer)
		unregister_netdevice_queue(peer->dev, head);
}

static struct net *loopnet_get_link_net(const struct net_device *dev)
{
	const struct loopnet *ln = netdev_priv(dev);
	const struct loopnet *peer = rtnl_dereference(ln->peer);

	return dev_net(peer ? peer->dev : dev);
}

struct rtnl_link_ops loopnet_link_ops = {
	.kind			= "loopnet",
	.priv_size		= sizeof(struct loopnet),
	.setup			= loopnet_setup,
	.maxtype		= IFLA_LOOPNET_MAX,
	.policy			= loopnet_policy,
	.validate		= loopnet_validate,
	.newlink		= SOFTDEV_NEWLINK_OP(loopnet_newlink),
	.dellink		= loopnet_dellink,
	.get_link_net		= loopnet_get_link_net,
	SOFTDEV_LINK_PEER_TYPE(IFLA_LOOPNET_PEER)
	.get_size		= loopnet_get_size,
	.fill_info		= loopnet_fill_info,
	.get_num_tx_queues	= loopnet_queues_max,
	.get_num_rx_queues	= loopnet_queues_max,
};
