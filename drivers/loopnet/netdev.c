// SPDX-License-Identifier: GPL-2.0
/*
 * loopnet: the life of an interface.
 */
#include <linux/cpumask.h>
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include "loopnet.h"

/* The limit that rtnetlink puts on queues. */
#define LOOPNET_QUEUES_MAX	4096

unsigned int loopnet_queues_max(void)
{
	return min_t(unsigned int, num_possible_cpus(), LOOPNET_QUEUES_MAX);
}

/**
 * loopnet_sender() - whose rings does a device receive from?
 * @ln: the device
 *
 * Context: RCU read side, or RTNL held.
 * Return: the other end in mode peer, else the device itself; NULL when the
 * other end is gone.
 */
struct loopnet *loopnet_sender(struct loopnet *ln)
{
	if (READ_ONCE(ln->mode) != LOOPNET_MODE_PEER)
		return ln;
	return rcu_dereference_rtnl(ln->peer);
}

/* Context: hard or soft interrupt. */
static enum hrtimer_restart loopnet_coalesce_timer(struct hrtimer *timer)
{
	struct loopnet_queue *q = container_of(timer, struct loopnet_queue,
					       coalesce);

	clear_bit(0, &q->coalescing);
	/* Pairs with test_and_set_bit() in loopnet_kick(). */
	smp_mb__after_atomic();
	loopnet_interrupt(q);
	return HRTIMER_NORESTART;
}

static int loopnet_dev_init(struct net_device *dev)
{
	struct loopnet *ln = netdev_priv(dev);
	unsigned int i;
	int err;

	ln->dev = dev;
	spin_lock_init(&ln->wire_lock);
	ln->queues = kvcalloc(dev->num_tx_queues, sizeof(*ln->queues),
			      GFP_KERNEL);
	if (!ln->queues)
		return -ENOMEM;
	err = softdev_faults_init(&ln->faults, dev->num_tx_queues);
	if (err)
		goto err_queues;
	err = loopnet_clock_add(ln);
	if (err)
		goto err_faults;
	for (i = 0; i < dev->num_tx_queues; i++) {
		struct loopnet_queue *q = &ln->queues[i];

		q->ln = ln;
		q->index = i;
		u64_stats_init(&q->tx_syncp);
		u64_stats_init(&q->rx_syncp);
		hrtimer_setup(&q->coalesce, loopnet_coalesce_timer,
			      CLOCK_MONOTONIC, HRTIMER_MODE_REL);
		loopnet_impair_init(q);
	}
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

	kfree(rcu_dereference_protected(ln->rss, true));
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

static void loopnet_rings_free(struct loopnet *ln, unsigned int from,
			       unsigned int to)
{
	for (; from < to; from++) {
		loopnet_xdp_queue_exit(&ln->queues[from]);
		loopnet_ring_free(&ln->queues[from].ring);
	}
}

static int loopnet_rings_alloc(struct loopnet *ln, unsigned int from,
			       unsigned int to)
{
	unsigned int i;
	int err;

	for (i = from; i < to; i++) {
		struct loopnet_queue *q = &ln->queues[i];

		err = loopnet_ring_init(&q->ring, ln->ring_size);
		if (!err)
			err = loopnet_xdp_queue_init(q);
		if (err) {
			loopnet_rings_free(ln, from, i + 1);
			return err;
		}
	}
	return 0;
}

/* Tell every queue of @from who receives what it sends: @to, or nobody. */
static void loopnet_connect(struct loopnet *from, struct loopnet *to)
{
	unsigned int i;

	for (i = 0; i < from->nr; i++) {
		struct loopnet_queue *q = &from->queues[i];
		struct netdev_queue *txq = netdev_get_tx_queue(from->dev, i);

		__netif_tx_lock_bh(txq);
		WRITE_ONCE(q->rxq, to ? &to->queues[i % to->nr] : NULL);
		__netif_tx_unlock_bh(txq);
	}
}

/* The receiver is gone: so is what was on its way to it. */
static void loopnet_purge_all(struct loopnet *from)
{
	unsigned int i;

	for (i = 0; i < from->nr; i++) {
		struct netdev_queue *txq = netdev_get_tx_queue(from->dev, i);

		__netif_tx_lock_bh(txq);
		loopnet_purge(&from->queues[i]);
		__netif_tx_unlock_bh(txq);
	}
}

static void loopnet_napi_on(struct loopnet *ln)
{
	unsigned int i;

	for (i = 0; i < ln->nr; i++) {
		struct napi_struct *napi = &ln->queues[i].napi;

		ln->queues[i].masked = false;
		ln->queues[i].turn = i;
		softdev_napi_add(ln->dev, napi, loopnet_poll, i);
		napi_enable(napi);
		netif_queue_set_napi(ln->dev, i, NETDEV_QUEUE_TYPE_RX, napi);
		netif_queue_set_napi(ln->dev, i, NETDEV_QUEUE_TYPE_TX, napi);
	}
}

static void loopnet_napi_off(struct loopnet *ln)
{
	unsigned int i;

	for (i = 0; i < ln->nr; i++) {
		struct napi_struct *napi = &ln->queues[i].napi;

		netif_queue_set_napi(ln->dev, i, NETDEV_QUEUE_TYPE_RX, NULL);
		netif_queue_set_napi(ln->dev, i, NETDEV_QUEUE_TYPE_TX, NULL);
		napi_disable(napi);
	}
}

/* A timer that goes off now finds its NAPI context taken. */
static void loopnet_timers_off(struct loopnet *ln)
{
	unsigned int i;

	for (i = 0; i < ln->nr; i++) {
		hrtimer_cancel(&ln->queues[i].wire);
		hrtimer_cancel(&ln->queues[i].coalesce);
		clear_bit(0, &ln->queues[i].coalescing);
	}
}

/* The other end if there is one at work, which a device by itself is to itself. */
static struct loopnet *loopnet_partner(struct loopnet *ln)
{
	struct loopnet *other = loopnet_sender(ln);

	return other && other->running ? other : NULL;
}

/*
 * Put a device with rings to work: what is sent to it arrives. In mode peer
 * nothing flows until the other end is at work as well.
 */
static void loopnet_go(struct loopnet *ln)
{
	struct loopnet *other;

	loopnet_napi_on(ln);
	/* With all that is above; pairs with the acquire in loopnet_poll(). */
	smp_store_release(&ln->running, true);
	other = loopnet_partner(ln);
	if (!other)
		return;
	loopnet_connect(ln, other);
	netif_tx_wake_all_queues(ln->dev);
	if (other == ln)
		return;
	loopnet_connect(other, ln);
	netif_tx_wake_all_queues(other->dev);
}

/*
 * Take it out of work. Both ends stop sending; what is on the wire is lost.
 * Afterwards nobody touches its rings.
 */
static void loopnet_halt(struct loopnet *ln)
{
	struct loopnet *other = loopnet_partner(ln);
	unsigned int i;

	if (other && other != ln) {
		netif_tx_disable(other->dev);
		loopnet_connect(other, NULL);
	}
	netif_tx_disable(ln->dev);
	loopnet_connect(ln, NULL);

	/* Our receive side ends here, the other's looks at this first. */
	WRITE_ONCE(ln->running, false);
	loopnet_napi_off(ln);
	synchronize_net();

	loopnet_timers_off(ln);
	if (other && other != ln)
		loopnet_timers_off(other);
	for (i = 0; i < ln->nr; i++)
		__netif_napi_del(&ln->queues[i].napi);
	/* Once for all of them: netif_napi_del() would wait for each. */
	synchronize_net();

	loopnet_purge_all(ln);
	if (other && other != ln)
		loopnet_purge_all(other);
}

static int loopnet_open(struct net_device *dev)
{
	struct loopnet *ln = netdev_priv(dev);
	struct loopnet *other;
	int err;

	if (!loopnet_sender(ln))
		return -ENOTCONN;
	err = loopnet_rings_alloc(ln, 0, ln->nr);
	if (err)
		return err;
	loopnet_go(ln);
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
	loopnet_halt(ln);
	loopnet_rings_free(ln, 0, ln->nr);
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

/**
 * loopnet_get_rss() - which queue receives which flow
 * @ln: the device
 * @table: takes LOOPNET_RSS_TABLE entries, or NULL
 * @key: takes LOOPNET_RSS_KEY bytes, or NULL
 *
 * Context: process, RTNL held.
 */
void loopnet_get_rss(struct loopnet *ln, u32 *table, u8 *key)
{
	const struct loopnet_rss *rss = rtnl_dereference(ln->rss);

	if (table && rss)
		memcpy(table, rss->table, sizeof(rss->table));
	else if (table)
		loopnet_rss_spread(table, ln->nr);
	if (key && rss)
		memcpy(key, rss->key, sizeof(rss->key));
	else if (key)
		netdev_rss_key_fill(key, LOOPNET_RSS_KEY);
}

/**
 * loopnet_set_rss() - say which queue receives which flow
 * @ln: the device
 * @table: LOOPNET_RSS_TABLE entries, or NULL to leave them
 * @key: LOOPNET_RSS_KEY bytes, or NULL to leave it
 *
 * With the table and the key of one who was told nothing it is again one who
 * was told nothing: then a queue receives what the same queue has sent, which
 * costs no hash and stays on its CPU.
 *
 * Context: process, RTNL held.
 * Return: 0 or -ENOMEM with nothing changed.
 */
int loopnet_set_rss(struct loopnet *ln, const u32 *table, const u8 *key)
{
	struct loopnet_rss *old = rtnl_dereference(ln->rss), *rss, *plain;

	rss = kzalloc_obj(*rss, GFP_KERNEL);
	plain = kzalloc_obj(*plain, GFP_KERNEL);
	if (!rss || !plain) {
		kfree(rss);
		kfree(plain);
		return -ENOMEM;
	}
	loopnet_get_rss(ln, rss->table, rss->key);
	if (table)
		memcpy(rss->table, table, sizeof(rss->table));
	if (key)
		memcpy(rss->key, key, sizeof(rss->key));

	loopnet_rss_spread(plain->table, ln->nr);
	netdev_rss_key_fill(plain->key, sizeof(plain->key));
	if (!memcmp(rss->table, plain->table, sizeof(rss->table)) &&
	    !memcmp(rss->key, plain->key, sizeof(rss->key))) {
		kfree(rss);
		rss = NULL;
	}
	kfree(plain);
	rcu_assign_pointer(ln->rss, rss);
	if (old)
		kfree_rcu(old, rcu);
	return 0;
}

/*
 * Somebody has set the very table that is there by itself: it is to stay when
 * the number of queues changes.
 */
static int loopnet_pin_rss(struct loopnet *ln)
{
	struct loopnet_rss *rss;

	if (!netif_is_rxfh_configured(ln->dev) || rtnl_dereference(ln->rss))
		return 0;
	rss = kzalloc_obj(*rss, GFP_KERNEL);
	if (!rss)
		return -ENOMEM;
	loopnet_get_rss(ln, rss->table, rss->key);
	rcu_assign_pointer(ln->rss, rss);
	return 0;
}

/* The number of queues has changed, and nobody has set the table. */
static void loopnet_spread_again(struct loopnet *ln, unsigned int nr)
{
	struct loopnet_rss *rss = rtnl_dereference(ln->rss);
	u32 table[LOOPNET_RSS_TABLE];
	unsigned int i;

	if (!rss || netif_is_rxfh_configured(ln->dev))
		return;
	loopnet_rss_spread(table, nr);
	for (i = 0; i < LOOPNET_RSS_TABLE; i++)
		WRITE_ONCE(rss->table[i], table[i]);
}

/**
 * loopnet_set_queues() - change the number of channels
 * @ln: the device, up or down
 * @nr: the number, at most what it was given
 *
 * Context: process, RTNL held.
 * Return: 0 or an error with nothing changed.
 */
int loopnet_set_queues(struct loopnet *ln, unsigned int nr)
{
	unsigned int old = ln->nr;
	int err;

	if (nr == old)
		return 0;
	err = loopnet_pin_rss(ln);
	if (err)
		return err;
	if (!ln->running) {
		err = netif_set_real_num_queues(ln->dev, nr, nr);
		if (!err) {
			WRITE_ONCE(ln->nr, nr);
			loopnet_spread_again(ln, nr);
		}
		return err;
	}

	err = loopnet_rings_alloc(ln, old, nr);
	if (err)
		return err;
	loopnet_halt(ln);
	err = netif_set_real_num_queues(ln->dev, nr, nr);
	if (!err) {
		WRITE_ONCE(ln->nr, nr);
		loopnet_spread_again(ln, nr);
	}
	loopnet_go(ln);
	/* Those of the larger number that are not at work. */
	loopnet_rings_free(ln, ln->nr, max(old, nr));
	return err;
}

/**
 * loopnet_set_rings() - change the size of the rings
 * @ln: the device, up or down
 * @size: descriptors per ring
 *
 * Context: process, RTNL held.
 * Return: 0 or -ENOMEM with nothing changed.
 */
int loopnet_set_rings(struct loopnet *ln, u32 size)
{
	struct loopnet_ring *rings;
	unsigned int i;
	int err = 0;

	if (!ln->running) {
		ln->ring_size = size;
		return 0;
	}
	rings = kvcalloc(ln->nr, sizeof(*rings), GFP_KERNEL);
	if (!rings)
		return -ENOMEM;
	for (i = 0; i < ln->nr && !err; i++)
		err = loopnet_ring_init(&rings[i], size);
	if (!err) {
		loopnet_halt(ln);
		for (i = 0; i < ln->nr; i++)
			swap(rings[i], ln->queues[i].ring);
		ln->ring_size = size;
		loopnet_go(ln);
	}
	for (i = 0; i < ln->nr; i++)
		loopnet_ring_free(&rings[i]);
	kvfree(rings);
	return err;
}

u64 loopnet_read_tx(struct loopnet_queue *q, enum loopnet_tx_stat i)
{
	unsigned int start;
	u64 v;

	do {
		start = u64_stats_fetch_begin(&q->tx_syncp);
		v = u64_stats_read(&q->tx[i]);
	} while (u64_stats_fetch_retry(&q->tx_syncp, start));
	return v;
}

u64 loopnet_read_rx(struct loopnet_queue *q, enum loopnet_rx_stat i)
{
	unsigned int start;
	u64 v;

	do {
		start = u64_stats_fetch_begin(&q->rx_syncp);
		v = u64_stats_read(&q->rx[i]);
	} while (u64_stats_fetch_retry(&q->rx_syncp, start));
	return v;
}

/* Channels that are not at work any more have counted, too. */
u64 loopnet_sum_tx(struct loopnet *ln, enum loopnet_tx_stat i)
{
	unsigned int queue;
	u64 sum = 0;

	for (queue = 0; queue < ln->dev->num_tx_queues; queue++)
		sum += loopnet_read_tx(&ln->queues[queue], i);
	return sum;
}

u64 loopnet_sum_rx(struct loopnet *ln, enum loopnet_rx_stat i)
{
	unsigned int queue;
	u64 sum = 0;

	for (queue = 0; queue < ln->dev->num_tx_queues; queue++)
		sum += loopnet_read_rx(&ln->queues[queue], i);
	return sum;
}

static void loopnet_get_stats64(struct net_device *dev,
				struct rtnl_link_stats64 *s)
{
	struct loopnet *ln = netdev_priv(dev);

	dev_fetch_sw_netstats(s, dev->tstats);
	s->tx_packets += loopnet_sum_tx(ln, LOOPNET_TX_PACKETS);
	s->tx_bytes += loopnet_sum_tx(ln, LOOPNET_TX_BYTES);
	s->tx_dropped = loopnet_sum_tx(ln, LOOPNET_TX_DROPPED);
	s->rx_packets += loopnet_sum_rx(ln, LOOPNET_RX_PACKETS);
	s->rx_bytes += loopnet_sum_rx(ln, LOOPNET_RX_BYTES);
	s->rx_dropped = loopnet_sum_rx(ln, LOOPNET_RX_DROPPED);
	s->rx_length_errors = loopnet_sum_rx(ln, LOOPNET_RX_LENGTH);
	s->rx_errors = s->rx_length_errors;
}

/* The receive path looks at the lists themselves; nothing to program. */
static void loopnet_set_rx_mode(struct net_device *dev)
{
}

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

SOFTDEV_HWTSTAMP(loopnet_hwtstamp_get, loopnet_hwtstamp_set)

static const struct net_device_ops loopnet_netdev_ops = {
	.ndo_init		= loopnet_dev_init,
	.ndo_uninit		= loopnet_dev_uninit,
	.ndo_open		= loopnet_open,
	.ndo_stop		= loopnet_close,
	.ndo_start_xmit		= loopnet_xmit,
	.ndo_select_queue	= loopnet_select_queue,
	.ndo_get_stats64	= loopnet_get_stats64,
	.ndo_set_rx_mode	= loopnet_set_rx_mode,
	.ndo_set_mac_address	= eth_mac_addr,
	.ndo_validate_addr	= eth_validate_addr,
	.ndo_features_check	= passthru_features_check,
	.ndo_change_mtu		= loopnet_change_mtu,
	.ndo_fix_features	= loopnet_fix_features,
	.ndo_bpf		= loopnet_bpf,
	.ndo_xdp_xmit		= loopnet_xdp_xmit,
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

	dev->features |= LOOPNET_FEATURES | LOOPNET_VLAN;
	dev->hw_features |= LOOPNET_FEATURES | LOOPNET_VLAN;
	dev->hw_enc_features |= LOOPNET_FEATURES;
	dev->vlan_features |= LOOPNET_FEATURES;
	dev->mpls_features |= NETIF_F_HW_CSUM | NETIF_F_GSO_SOFTWARE;
	netif_set_tso_max_size(dev, GSO_MAX_SIZE);
	loopnet_xdp_setup(dev);
	/* What redirect_peer brings is counted there, by the core. */
	dev->pcpu_stat_type = NETDEV_PCPU_STAT_TSTATS;
	dev->min_mtu = ETH_MIN_MTU;
	dev->max_mtu = ETH_MAX_MTU;

	ln->mode = LOOPNET_MODE_REFLECT;
	ln->ring_size = LOOPNET_RING_DEF;
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
