// SPDX-License-Identifier: GPL-2.0
/*
 * loopnet: the life of an interface.
 */
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include "loopnet.h"
#include "parent.h"
#include "qmgmt.h"
#include "xsk.h"

static int loopnet_dev_init(struct net_device *dev)
{
	struct loopnet *ln = netdev_priv(dev);
	int err;

	ln->dev = dev;
	spin_lock_init(&ln->wire_lock);
	loopnet_steer_init(ln);
	ln->queues = kvcalloc(dev->num_tx_queues, sizeof(*ln->queues),
			      GFP_KERNEL_ACCOUNT);
	if (!ln->queues)
		return -ENOMEM;
	err = softdev_faults_init(&ln->faults, dev->num_tx_queues);
	if (err)
		goto err_queues;
	err = loopnet_clock_add(ln);
	if (err)
		goto err_faults;
	loopnet_queues_init(ln);
	/* Both ends of a wire may be locked at a time. */
	netdev_lockdep_set_classes(dev);
	return 0;

err_faults:
	softdev_faults_destroy(&ln->faults);
err_queues:
	kvfree(ln->queues);
	return err;
}

/* After the last reference: nobody polls or reads statistics any more. */
static void loopnet_dev_free(struct net_device *dev)
{
	struct loopnet *ln = netdev_priv(dev);

	loopnet_steer_exit(ln);
	softdev_faults_destroy(&ln->faults);
	kvfree(ln->queues);
}

/* Both ends are down by now; the one that is left has no carrier for good. */
static void loopnet_dev_uninit(struct net_device *dev)
{
	struct loopnet *ln = netdev_priv(dev);
	struct loopnet *peer = rtnl_dereference(ln->peer);

	loopnet_sysfs_del(ln);
	loopnet_clock_del(ln);
	if (peer) {
		RCU_INIT_POINTER(ln->peer, NULL);
		RCU_INIT_POINTER(peer->peer, NULL);
	}
}

static int loopnet_get_iflink(const struct net_device *dev)
{
	const struct loopnet *ln = netdev_priv(dev);
	const struct loopnet *peer;
	int iflink;

	if (READ_ONCE(ln->mode) != LOOPNET_MODE_PEER)
		return READ_ONCE(dev->ifindex);
	rcu_read_lock();
	peer = rcu_dereference(ln->peer);
	iflink = peer ? READ_ONCE(peer->dev->ifindex) : 0;
	rcu_read_unlock();
	return iflink;
}

/* Context: RCU read side. */
static struct net_device *loopnet_get_peer_dev(struct net_device *dev)
{
	struct loopnet *ln = netdev_priv(dev);
	struct loopnet *peer = rcu_dereference(ln->peer);

	return peer ? peer->dev : NULL;
}

static int loopnet_open(struct net_device *dev)
{
	struct loopnet *ln = netdev_priv(dev);
	struct loopnet *other;
	int err;

	if (!loopnet_sender(ln))
		return -ENOTCONN;
	err = loopnet_start(ln);
	if (err)
		return err;
	other = loopnet_partner(ln);
	if (other) {
		netif_carrier_on(dev);
		netif_carrier_on(other->dev);
	}
	return 0;
}

static int loopnet_close(struct net_device *dev)
{
	struct loopnet *ln = netdev_priv(dev);
	struct loopnet *other = loopnet_sender(ln);

	netif_carrier_off(dev);
	if (other)
		netif_carrier_off(other->dev);
	loopnet_end(ln);
	return 0;
}

/**
 * loopnet_pair() - make two devices the ends of one wire
 * @a: an end, down
 * @b: the other end, down
 *
 * Context: process, RTNL held.
 */
void loopnet_pair(struct loopnet *a, struct loopnet *b)
{
	rcu_assign_pointer(a->peer, b);
	rcu_assign_pointer(b->peer, a);
}

/* The receive path looks at the lists themselves; nothing to program. */
static void loopnet_set_rx_mode(struct net_device *dev)
{
}

SOFTDEV_RX_MODE(loopnet_set_rx_mode)

static int loopnet_change_mtu(struct net_device *dev, int mtu)
{
	if (!loopnet_xdp_mtu_ok(netdev_priv(dev), mtu))
		return -EINVAL;
	WRITE_ONCE(dev->mtu, mtu);
	return 0;
}

/* A program is to see what would be on a wire. */
static netdev_features_t loopnet_fix_features(struct net_device *dev,
					      netdev_features_t features)
{
	struct loopnet *ln = netdev_priv(dev);
	struct loopnet *receiver = loopnet_sender(ln);

	if (receiver && rtnl_dereference(receiver->xdp_prog))
		features &= ~(NETIF_F_GSO_SOFTWARE | NETIF_F_GSO_ENCAP_ALL |
			      SOFTDEV_SPARE_CSUM | NETIF_F_SCTP_CRC);
	return features;
}

/* Rules without the feature: there are none. */
static int loopnet_set_features(struct net_device *dev,
				netdev_features_t features)
{
	if (dev->features & ~features & NETIF_F_NTUPLE)
		loopnet_steer_forget(netdev_priv(dev));
	return 0;
}

SOFTDEV_HWTSTAMP(loopnet_hwtstamp_get, loopnet_hwtstamp_set)

static const struct net_device_ops loopnet_netdev_ops = {
	.ndo_init		= loopnet_dev_init,
	.ndo_uninit		= loopnet_dev_uninit,
	.ndo_open		= loopnet_open,
	.ndo_stop		= loopnet_close,
	.ndo_start_xmit		= loopnet_xmit,
	.ndo_select_queue	= loopnet_select_queue,
	.ndo_get_stats64	= loopnet_get_stats64,
	SOFTDEV_RX_MODE_OP(loopnet_set_rx_mode)
	.ndo_set_mac_address	= eth_mac_addr,
	.ndo_validate_addr	= eth_validate_addr,
	.ndo_features_check	= passthru_features_check,
	.ndo_change_mtu		= loopnet_change_mtu,
	.ndo_fix_features	= loopnet_fix_features,
	.ndo_set_features	= loopnet_set_features,
	.ndo_bpf		= loopnet_bpf,
	.ndo_xdp_xmit		= loopnet_xdp_xmit,
	.ndo_xsk_wakeup		= loopnet_xsk_wakeup,
	.ndo_get_iflink		= loopnet_get_iflink,
	.ndo_get_peer_dev	= loopnet_get_peer_dev,
	SOFTDEV_HWTSTAMP_OPS(loopnet_hwtstamp_get, loopnet_hwtstamp_set)
};

/* What never leaves the machine need not be cut up or summed. */
#define LOOPNET_VLAN	(NETIF_F_HW_VLAN_CTAG_TX | NETIF_F_HW_VLAN_CTAG_RX | \
			 NETIF_F_HW_VLAN_STAG_TX | NETIF_F_HW_VLAN_STAG_RX)
#define LOOPNET_FEATURES (NETIF_F_SG | NETIF_F_FRAGLIST | NETIF_F_HIGHDMA | \
			  NETIF_F_HW_CSUM | NETIF_F_RXCSUM | \
			  NETIF_F_SCTP_CRC | NETIF_F_GSO_SOFTWARE | \
			  NETIF_F_GSO_ENCAP_ALL)

/* Hashing costs each packet a look at its headers, so it is asked for. */
#define LOOPNET_STEERING	NETIF_F_NTUPLE
#define LOOPNET_ASKED_FOR	NETIF_F_RXHASH

/* Context: called for memory that is all zeros; sleeps not. */
void loopnet_setup(struct net_device *dev)
{
	struct loopnet *ln = netdev_priv(dev);

	ether_setup(dev);
	dev->netdev_ops = &loopnet_netdev_ops;
	dev->ethtool_ops = &loopnet_ethtool_ops;
	softdev_set_stat_ops(dev, &loopnet_stat_ops);
	dev->needs_free_netdev = true;
	dev->priv_destructor = loopnet_dev_free;
	dev->priv_flags |= IFF_LIVE_ADDR_CHANGE | IFF_UNICAST_FLT |
			   IFF_DISABLE_NETPOLL;

	dev->features |= LOOPNET_FEATURES | LOOPNET_VLAN | LOOPNET_STEERING;
	dev->hw_features |= LOOPNET_FEATURES | LOOPNET_VLAN |
			    LOOPNET_STEERING | LOOPNET_ASKED_FOR;
	dev->hw_enc_features |= LOOPNET_FEATURES;
	dev->vlan_features |= LOOPNET_FEATURES;
	dev->mpls_features |= NETIF_F_HW_CSUM | NETIF_F_GSO_SOFTWARE;
	netif_set_tso_max_size(dev, GSO_MAX_SIZE);
	loopnet_xdp_setup(dev);
	loopnet_xsk_announce(dev);
	loopnet_qmgmt_setup(dev);
	/* What redirect_peer brings is counted there, by the core. */
	dev->pcpu_stat_type = NETDEV_PCPU_STAT_TSTATS;
	dev->min_mtu = ETH_MIN_MTU;
	dev->max_mtu = ETH_MAX_MTU;

	ln->mode = LOOPNET_MODE_REFLECT;
	ln->fec = ETHTOOL_FEC_OFF;
	ln->tx_ring = LOOPNET_RING_DEF;
	ln->rx_ring = LOOPNET_RX_RING_DEF;
	ln->rx_frames = LOOPNET_FRAMES_DEF;
}

/**
 * loopnet_register() - make an interface appear
 * @dev: allocated, with loopnet_setup() done
 * @mode: what it does
 * @queues: channels it starts with
 *
 * Context: process, RTNL held.
 * Return: 0 or an error, with @dev still to be freed.
 */
int loopnet_register(struct net_device *dev, unsigned int mode,
		     unsigned int queues)
{
	struct loopnet *ln = netdev_priv(dev);
	int err;

	ln->mode = mode;
	ln->nr = queues;
	SET_NETDEV_DEV(dev, loopnet_parent());
	if (dev->addr_assign_type == NET_ADDR_PERM &&
	    !is_valid_ether_addr(dev->dev_addr))
		eth_hw_addr_random(dev);
	err = netif_set_real_num_queues(dev, queues, queues);
	if (err)
		return err;
	/* Off until opened; or the operational state stays unknown. */
	netif_carrier_off(dev);
	err = register_netdevice(dev);
	if (err)
		return err;
	err = loopnet_sysfs_add(ln);
	if (err) {
		unregister_netdevice(dev);
		return err;
	}
	return 0;
}

/*
 * In another namespace the directory belongs to somebody else. The core gives
 * him what it knows of, and this it does not: make it anew.
 */
static int loopnet_netdev_event(struct notifier_block *nb, unsigned long event,
				void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct loopnet *ln = netdev_priv(dev);

	/* Registered, and it has been before: it has moved. */
	if (event != NETDEV_REGISTER || dev->netdev_ops != &loopnet_netdev_ops ||
	    !ln->kobj)
		return NOTIFY_DONE;
	loopnet_sysfs_del(ln);
	if (loopnet_sysfs_add(ln))
		netdev_warn(dev, "no memory for its directory in sysfs\n");
	return NOTIFY_OK;
}

struct notifier_block loopnet_notifier = {
	.notifier_call	= loopnet_netdev_event,
};
