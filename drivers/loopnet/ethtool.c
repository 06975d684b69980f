// SPDX-License-Identifier: GPL-2.0
/*
 * loopnet: ethtool.
 */
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/jiffies.h>
#include <linux/math64.h>
#include <linux/netdevice.h>
#include "loopnet.h"
#include "qmgmt.h"
#include "reflect.h"

/* ethtool -C: no longer than a tick of the slowest clock. */
#define LOOPNET_USECS_MAX	10000

static const char loopnet_tests[][ETH_GSTRING_LEN] = {
	"Link      (on/offline)",
	"Queues    (on/offline)",
	"Reflection(on/offline)",
};

static void loopnet_get_drvinfo(struct net_device *dev,
				struct ethtool_drvinfo *info)
{
	strscpy(info->driver, "loopnet", sizeof(info->driver));
	strscpy(info->bus_info, "virtual", sizeof(info->bus_info));
}

static int loopnet_get_sset_count(struct net_device *dev, int sset)
{
	struct loopnet *ln = netdev_priv(dev);

	switch (sset) {
	case ETH_SS_STATS:
		return loopnet_stat_count(ln);
	case ETH_SS_TEST:
		return ARRAY_SIZE(loopnet_tests);
	default:
		return -EOPNOTSUPP;
	}
}

static void loopnet_get_strings(struct net_device *dev, u32 sset, u8 *p)
{
	if (sset == ETH_SS_TEST)
		memcpy(p, loopnet_tests, sizeof(loopnet_tests));
	else if (sset == ETH_SS_STATS)
		loopnet_stat_strings(netdev_priv(dev), p);
}

/* Without a limit of its own it says what veth says. */
static int loopnet_get_link_ksettings(struct net_device *dev,
				      struct ethtool_link_ksettings *cmd)
{
	struct loopnet *ln = netdev_priv(dev);
	u64 rate = READ_ONCE(ln->rate_bps);

	cmd->base.speed = rate ? max_t(u32, div_u64(rate, 1000000), 1) :
				 SPEED_10000;
	cmd->base.duplex = DUPLEX_FULL;
	cmd->base.port = PORT_OTHER;
	cmd->base.autoneg = AUTONEG_DISABLE;
	return 0;
}

static void loopnet_get_channels(struct net_device *dev,
				 struct ethtool_channels *ch)
{
	struct loopnet *ln = netdev_priv(dev);

	ch->max_combined = min(dev->num_tx_queues, dev->num_rx_queues);
	ch->combined_count = ln->nr;
}

static int loopnet_set_channels(struct net_device *dev,
				struct ethtool_channels *ch)
{
	/* The core has seen to the upper bound. */
	if (!ch->combined_count)
		return -EINVAL;
	return loopnet_set_queues(netdev_priv(dev), ch->combined_count);
}

static void loopnet_get_ringparam(struct net_device *dev,
				  struct ethtool_ringparam *ring,
				  struct kernel_ethtool_ringparam *kernel_ring,
				  struct netlink_ext_ack *extack)
{
	struct loopnet *ln = netdev_priv(dev);

	ring->tx_max_pending = LOOPNET_RING_MAX;
	ring->tx_pending = ln->tx_ring;
	ring->rx_max_pending = LOOPNET_RING_MAX;
	ring->rx_pending = ln->rx_ring;
	loopnet_get_split(ln, kernel_ring);
}

static int loopnet_set_ringparam(struct net_device *dev,
				 struct ethtool_ringparam *ring,
				 struct kernel_ethtool_ringparam *kernel_ring,
				 struct netlink_ext_ack *extack)
{
	struct loopnet *ln = netdev_priv(dev);
	u32 before;
	int err;

	if (ring->tx_pending < LOOPNET_RING_MIN ||
	    ring->rx_pending < LOOPNET_RING_MIN) {
		NL_SET_ERR_MSG(extack, "a ring has at least 16 descriptors");
		return -EINVAL;
	}
	before = ln->rx_buf;
	err = loopnet_set_split(ln, kernel_ring, extack);
	if (err < 0)
		return err;
	if (!err && ring->tx_pending == ln->tx_ring &&
	    ring->rx_pending == ln->rx_ring)
		return 0;
	err = loopnet_set_rings(ln, ring->tx_pending, ring->rx_pending);
	if (err)
		ln->rx_buf = before;
	return err;
}

static int loopnet_get_coalesce(struct net_device *dev,
				struct ethtool_coalesce *coal,
				struct kernel_ethtool_coalesce *kernel_coal,
				struct netlink_ext_ack *extack)
{
	struct loopnet *ln = netdev_priv(dev);

	coal->rx_coalesce_usecs = ln->rx_usecs;
	coal->rx_max_coalesced_frames = ln->rx_frames;
	return 0;
}

static int loopnet_set_coalesce(struct net_device *dev,
				struct ethtool_coalesce *coal,
				struct kernel_ethtool_coalesce *kernel_coal,
				struct netlink_ext_ack *extack)
{
	struct loopnet *ln = netdev_priv(dev);

	if (coal->rx_coalesce_usecs > LOOPNET_USECS_MAX) {
		NL_SET_ERR_MSG(extack, "at most 10000 microseconds");
		return -ERANGE;
	}
	if (!coal->rx_max_coalesced_frames) {
		NL_SET_ERR_MSG(extack, "at least one frame");
		return -ERANGE;
	}
	WRITE_ONCE(ln->rx_usecs, coal->rx_coalesce_usecs);
	WRITE_ONCE(ln->rx_frames, coal->rx_max_coalesced_frames);
	return 0;
}

/* The receiver of each queue answers; within a second in all, RTNL is held. */
static bool loopnet_test_queues(struct loopnet *ln)
{
	unsigned long end = jiffies + HZ;
	bool good = true;
	unsigned int i;

	if (!ln->running)
		return false;
	for (i = 0; i < ln->nr; i++) {
		reinit_completion(&ln->queues[i].tested);
		good &= loopnet_probe(&ln->queues[i]);
	}
	for (i = 0; i < ln->nr && good; i++) {
		long left = max_t(long, end - jiffies, 1);

		good = wait_for_completion_timeout(&ln->queues[i].tested, left);
	}
	return good;
}

/* A frame turned round twice is the frame. */
static bool loopnet_test_reflection(void)
{
	u8 frame[64] __aligned(4) = { 0x02, 1, 2, 3, 4, 5, 0x02, 6, 7, 8, 9, 10,
		0x08, 0x00, 0x45, 0 };
	struct loopnet_plan plan;
	u8 copy[sizeof(frame)];

	memcpy(frame + 26, "\xc0\x00\x02\x01\xc0\x00\x02\x02", 8);
	memcpy(copy, frame, sizeof(frame));
	if (loopnet_classify(frame, sizeof(frame), sizeof(frame), &plan) !=
	    LOOPNET_RETURN)
		return false;
	loopnet_rewrite(frame, &plan);
	if (memcmp(frame, copy + ETH_ALEN, ETH_ALEN) ||
	    memcmp(frame + 26, copy + 30, 4) ||
	    memcmp(frame + 30, copy + 26, 4))
		return false;
	loopnet_rewrite(frame, &plan);
	return !memcmp(frame, copy, sizeof(frame));
}

static void loopnet_self_test(struct net_device *dev,
			      struct ethtool_test *test, u64 *data)
{
	data[0] = !netif_carrier_ok(dev);
	data[1] = !loopnet_test_queues(netdev_priv(dev));
	data[2] = !loopnet_test_reflection();
	if (data[0] || data[1] || data[2])
		test->flags |= ETH_TEST_FL_FAILED;
}

static u32 loopnet_get_rx_rings(struct net_device *dev)
{
	struct loopnet *ln = netdev_priv(dev);

	return ln->nr;
}

static u32 loopnet_get_rxfh_indir_size(struct net_device *dev)
{
	return LOOPNET_RSS_TABLE;
}

static u32 loopnet_get_rxfh_key_size(struct net_device *dev)
{
	return LOOPNET_RSS_KEY;
}

SOFTDEV_RXFH(loopnet_get_rxfh, loopnet_set_rxfh)
SOFTDEV_RXNFC(loopnet_get_rxnfc, loopnet_set_rxnfc, loopnet_get_rxfh_fields,
	      loopnet_set_rxfh_fields, loopnet_get_rx_rings)

const struct ethtool_ops loopnet_ethtool_ops = {
	.supported_coalesce_params = ETHTOOL_COALESCE_RX_USECS |
				     ETHTOOL_COALESCE_RX_MAX_FRAMES,
	.supported_ring_params	= SOFTDEV_RING_PARAMS,
	SOFTDEV_NEEDS_RTNL
	.get_drvinfo		= loopnet_get_drvinfo,
	.get_link		= ethtool_op_get_link,
	.get_link_ksettings	= loopnet_get_link_ksettings,
	.get_sset_count		= loopnet_get_sset_count,
	.get_strings		= loopnet_get_strings,
	.get_ethtool_stats	= loopnet_get_stats,
	.get_eth_mac_stats	= loopnet_get_eth_mac_stats,
	.get_eth_phy_stats	= loopnet_get_eth_phy_stats,
	.get_eth_ctrl_stats	= loopnet_get_eth_ctrl_stats,
	.get_rmon_stats		= loopnet_get_rmon_stats,
	.get_pause_stats	= loopnet_get_pause_stats,
	.get_pauseparam		= loopnet_get_pauseparam,
	.set_pauseparam		= loopnet_set_pauseparam,
	.get_fecparam		= loopnet_get_fecparam,
	.set_fecparam		= loopnet_set_fecparam,
	.get_module_eeprom_by_page = loopnet_get_module_page,
	.get_channels		= loopnet_get_channels,
	.set_channels		= loopnet_set_channels,
	.get_ringparam		= loopnet_get_ringparam,
	.set_ringparam		= loopnet_set_ringparam,
	.get_coalesce		= loopnet_get_coalesce,
	.set_coalesce		= loopnet_set_coalesce,
	.self_test		= loopnet_self_test,
	.get_ts_info		= loopnet_get_ts_info,
	.get_rxfh_indir_size	= loopnet_get_rxfh_indir_size,
	.get_rxfh_key_size	= loopnet_get_rxfh_key_size,
	.get_rxfh		= SOFTDEV_RXFH_OP(loopnet_get_rxfh),
	.set_rxfh		= SOFTDEV_RXFH_OP(loopnet_set_rxfh),
	SOFTDEV_RXNFC_OPS(loopnet_get_rxnfc, loopnet_set_rxnfc,
			  loopnet_get_rxfh_fields, loopnet_set_rxfh_fields,
			  loopnet_get_rx_rings)
	SOFTDEV_RXFH_CONTEXT_OPS(loopnet_create_context, loopnet_modify_context,
				 loopnet_remove_context, LOOPNET_CONTEXTS)
};
