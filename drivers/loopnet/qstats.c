// SPDX-License-Identifier: GPL-2.0
/*
 * loopnet: statistics by queue, for netlink's qstats-get.
 */
#include <linux/netdevice.h>
#include <softdev/compat_net.h>
#include "loopnet.h"

static void loopnet_queue_stats_rx(struct net_device *dev, int index,
				   struct netdev_queue_stats_rx *stats)
{
	struct loopnet *ln = netdev_priv(dev);
	struct loopnet_queue *q = &ln->queues[index];

	stats->packets = loopnet_read_rx(q, LOOPNET_RX_PACKETS);
	stats->bytes = loopnet_read_rx(q, LOOPNET_RX_BYTES);
}

static void loopnet_queue_stats_tx(struct net_device *dev, int index,
				   struct netdev_queue_stats_tx *stats)
{
	struct loopnet *ln = netdev_priv(dev);
	struct loopnet_queue *q = &ln->queues[index];

	stats->packets = loopnet_read_tx(q, LOOPNET_TX_PACKETS);
	stats->bytes = loopnet_read_tx(q, LOOPNET_TX_BYTES);
}

/* What the queues have counted that are not at work any more. */
static void loopnet_base_stats(struct net_device *dev,
			       struct netdev_queue_stats_rx *rx,
			       struct netdev_queue_stats_tx *tx)
{
	struct loopnet *ln = netdev_priv(dev);
	struct netdev_queue_stats_rx one_rx;
	struct netdev_queue_stats_tx one_tx;
	unsigned int i;

	rx->packets = 0;
	rx->bytes = 0;
	tx->packets = 0;
	tx->bytes = 0;
	for (i = ln->nr; i < dev->num_tx_queues; i++) {
		loopnet_queue_stats_rx(dev, i, &one_rx);
		loopnet_queue_stats_tx(dev, i, &one_tx);
		rx->packets += one_rx.packets;
		rx->bytes += one_rx.bytes;
		tx->packets += one_tx.packets;
		tx->bytes += one_tx.bytes;
	}
}

const struct netdev_stat_ops loopnet_stat_ops = {
	.get_queue_stats_rx	= loopnet_queue_stats_rx,
	.get_queue_stats_tx	= loopnet_queue_stats_tx,
	.get_base_stats		= loopnet_base_stats,
};
