// SPDX-License-Identifier: GPL-2.0
/*
 * loopnet: what was counted, however it is asked for: ip -s, ethtool -S, and
 * netlink's statistics by queue.
 */
#include <linux/ethtool.h>
#include <linux/netdevice.h>
#include <softdev/compat_net.h>
#include "loopnet.h"

/* What ethtool -S shows for the whole device ... */
static const struct {
	const char *name;
	enum loopnet_rx_stat stat;
} loopnet_totals[] = {
	{ "tx_group",		LOOPNET_RX_GROUP },
	{ "rx_filtered",	LOOPNET_RX_FILTERED },
	{ "rx_rule_drop",	LOOPNET_RX_RULE },
	{ "arp_replies",	LOOPNET_RX_ARP },
	{ "nd_replies",		LOOPNET_RX_ND },
	{ "xdp_drop",		LOOPNET_RX_XDP_DROP },
	{ "xdp_tx",		LOOPNET_RX_XDP_TX },
	{ "xdp_redirect",	LOOPNET_RX_XDP_REDIRECT },
	{ "rx_split",		LOOPNET_RX_SPLIT },
	{ "rx_no_buffer",	LOOPNET_RX_NO_BUFFER },
};

/* ... and for each channel. */
static const struct {
	const char *name;
	enum loopnet_tx_stat stat;
} loopnet_tx_names[] = {
	{ "packets",	LOOPNET_TX_PACKETS },
	{ "bytes",	LOOPNET_TX_BYTES },
	{ "dropped",	LOOPNET_TX_DROPPED },
	{ "stopped",	LOOPNET_TX_STOPPED },
};

static const struct {
	const char *name;
	enum loopnet_rx_stat stat;
} loopnet_rx_names[] = {
	{ "packets",	LOOPNET_RX_PACKETS },
	{ "bytes",	LOOPNET_RX_BYTES },
	{ "dropped",	LOOPNET_RX_DROPPED },
};

static u64 loopnet_read_tx(struct loopnet_queue *q, enum loopnet_tx_stat i)
{
	unsigned int start;
	u64 v;

	do {
		start = u64_stats_fetch_begin(&q->tx_syncp);
		v = u64_stats_read(&q->tx[i]);
	} while (u64_stats_fetch_retry(&q->tx_syncp, start));
	return v;
}

static u64 loopnet_read_rx(struct loopnet_queue *q, enum loopnet_rx_stat i)
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
static u64 loopnet_sum_tx(struct loopnet *ln, enum loopnet_tx_stat i)
{
	unsigned int queue;
	u64 sum = 0;

	for (queue = 0; queue < ln->dev->num_tx_queues; queue++)
		sum += loopnet_read_tx(&ln->queues[queue], i);
	return sum;
}

static u64 loopnet_sum_rx(struct loopnet *ln, enum loopnet_rx_stat i)
{
	unsigned int queue;
	u64 sum = 0;

	for (queue = 0; queue < ln->dev->num_tx_queues; queue++)
		sum += loopnet_read_rx(&ln->queues[queue], i);
	return sum;
}

/* ip -s */
void loopnet_get_stats64(struct net_device *dev,
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

/* Context: process, RTNL held. */
int loopnet_stat_count(const struct loopnet *ln)
{
	return ARRAY_SIZE(loopnet_totals) +
	       ln->nr * (ARRAY_SIZE(loopnet_tx_names) +
			 ARRAY_SIZE(loopnet_rx_names));
}

/* Context: process, RTNL held. */
void loopnet_stat_strings(struct loopnet *ln, u8 *p)
{
	unsigned int queue, i;

	for (i = 0; i < ARRAY_SIZE(loopnet_totals); i++)
		ethtool_puts(&p, loopnet_totals[i].name);
	for (queue = 0; queue < ln->nr; queue++) {
		for (i = 0; i < ARRAY_SIZE(loopnet_tx_names); i++)
			ethtool_sprintf(&p, "tx_queue_%u_%s", queue,
					loopnet_tx_names[i].name);
		for (i = 0; i < ARRAY_SIZE(loopnet_rx_names); i++)
			ethtool_sprintf(&p, "rx_queue_%u_%s", queue,
					loopnet_rx_names[i].name);
	}
}

/* Context: process, RTNL held. */
void loopnet_get_stats(struct net_device *dev,
		       struct ethtool_stats *stats, u64 *data)
{
	struct loopnet *ln = netdev_priv(dev);
	unsigned int queue, i;

	for (i = 0; i < ARRAY_SIZE(loopnet_totals); i++)
		*data++ = loopnet_sum_rx(ln, loopnet_totals[i].stat);
	for (queue = 0; queue < ln->nr; queue++) {
		struct loopnet_queue *q = &ln->queues[queue];

		for (i = 0; i < ARRAY_SIZE(loopnet_tx_names); i++)
			*data++ = loopnet_read_tx(q, loopnet_tx_names[i].stat);
		for (i = 0; i < ARRAY_SIZE(loopnet_rx_names); i++)
			*data++ = loopnet_read_rx(q, loopnet_rx_names[i].stat);
	}
}

/*
 * ethtool -S --groups. Nothing collides here and no wire is noisy: what a card
 * would count of that is 0.
 */
void loopnet_get_eth_mac_stats(struct net_device *dev,
			       struct ethtool_eth_mac_stats *s)
{
	struct loopnet *ln = netdev_priv(dev);
	unsigned int kind;

	s->FramesTransmittedOK = loopnet_sum_tx(ln, LOOPNET_TX_PACKETS);
	s->FramesReceivedOK = loopnet_sum_rx(ln, LOOPNET_RX_PACKETS);
	s->OctetsTransmittedOK = loopnet_sum_tx(ln, LOOPNET_TX_BYTES) +
				 ETH_FCS_LEN * s->FramesTransmittedOK;
	s->OctetsReceivedOK = loopnet_sum_rx(ln, LOOPNET_RX_BYTES) +
			      ETH_FCS_LEN * s->FramesReceivedOK;
	kind = LOOPNET_TX_KIND + LOOPNET_MULTICAST;
	s->MulticastFramesXmittedOK = loopnet_sum_tx(ln, kind);
	kind = LOOPNET_TX_KIND + LOOPNET_BROADCAST;
	s->BroadcastFramesXmittedOK = loopnet_sum_tx(ln, kind);
	kind = LOOPNET_RX_KIND + LOOPNET_MULTICAST;
	s->MulticastFramesReceivedOK = loopnet_sum_rx(ln, kind);
	kind = LOOPNET_RX_KIND + LOOPNET_BROADCAST;
	s->BroadcastFramesReceivedOK = loopnet_sum_rx(ln, kind);
	s->FrameTooLongErrors = loopnet_sum_rx(ln, LOOPNET_RX_LENGTH);
	s->FramesLostDueToIntMACXmitError =
		loopnet_sum_tx(ln, LOOPNET_TX_DROPPED);
	s->FramesLostDueToIntMACRcvError =
		loopnet_sum_rx(ln, LOOPNET_RX_DROPPED);
	s->SingleCollisionFrames = 0;
	s->MultipleCollisionFrames = 0;
	s->FrameCheckSequenceErrors = 0;
	s->AlignmentErrors = 0;
	s->FramesWithDeferredXmissions = 0;
	s->LateCollisions = 0;
	s->FramesAbortedDueToXSColls = 0;
	s->CarrierSenseErrors = 0;
	s->FramesWithExcessiveDeferral = 0;
	s->InRangeLengthErrors = 0;
	s->OutOfRangeLengthField = 0;
}

void loopnet_get_eth_phy_stats(struct net_device *dev,
			       struct ethtool_eth_phy_stats *s)
{
	s->SymbolErrorDuringCarrier = 0;
}

void loopnet_get_eth_ctrl_stats(struct net_device *dev,
				struct ethtool_eth_ctrl_stats *s)
{
	struct loopnet *ln = netdev_priv(dev);
	unsigned int tx = LOOPNET_TX_KIND + LOOPNET_CONTROL;
	unsigned int rx = LOOPNET_RX_KIND + LOOPNET_CONTROL;

	s->MACControlFramesTransmitted = loopnet_sum_tx(ln, tx);
	s->MACControlFramesReceived = loopnet_sum_rx(ln, rx);
	s->UnsupportedOpcodesReceived = s->MACControlFramesReceived -
		loopnet_sum_rx(ln, LOOPNET_RX_KIND + LOOPNET_PAUSE);
}

void loopnet_get_pause_stats(struct net_device *dev,
			     struct ethtool_pause_stats *s)
{
	struct loopnet *ln = netdev_priv(dev);
	unsigned int tx = LOOPNET_TX_KIND + LOOPNET_PAUSE;
	unsigned int rx = LOOPNET_RX_KIND + LOOPNET_PAUSE;

	s->tx_pause_frames = loopnet_sum_tx(ln, tx);
	s->rx_pause_frames = loopnet_sum_rx(ln, rx);
}

/* As loopnet_size() has them. */
static const struct ethtool_rmon_hist_range
loopnet_rmon_ranges[LOOPNET_SIZES + 1] = {
	{    0,   64 },
	{   65,  127 },
	{  128,  255 },
	{  256,  511 },
	{  512, 1023 },
	{ 1024, 1518 },
	{ 1519, U16_MAX },
};

void loopnet_get_rmon_stats(struct net_device *dev,
			    struct ethtool_rmon_stats *s,
			    const struct ethtool_rmon_hist_range **ranges)
{
	struct loopnet *ln = netdev_priv(dev);
	unsigned int i;

	s->undersize_pkts = 0;
	s->oversize_pkts = loopnet_sum_rx(ln, LOOPNET_RX_LENGTH);
	s->fragments = 0;
	s->jabbers = 0;
	for (i = 0; i < LOOPNET_SIZES; i++) {
		s->hist[i] = loopnet_sum_rx(ln, LOOPNET_RX_SIZE + i);
		s->hist_tx[i] = loopnet_sum_tx(ln, LOOPNET_TX_SIZE + i);
	}
	*ranges = loopnet_rmon_ranges;
}

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
