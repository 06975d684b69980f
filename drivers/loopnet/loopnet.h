/* SPDX-License-Identifier: GPL-2.0 */
/*
 * loopnet: what its files share.
 *
 * A device has one struct loopnet_queue per channel. What its TX side is handed
 * goes into the ring of the channel; the NAPI context of the receiving queue
 * takes it from there. The receiver is the device itself, or in mode peer the
 * other end. So a queue meets two contexts: transmit, serialised by the TX lock
 * of its netdev_queue, and receive, serialised by NAPI.
 */
#ifndef _LOOPNET_H
#define _LOOPNET_H

#include <linux/netdevice.h>
#include <linux/u64_stats_sync.h>
#include <softdev/compat_net.h>
#include <softdev/fault.h>
#include <softdev/param.h>
#include <uapi/softdev/loopnet.h>
#include "ring.h"

#define LOOPNET_RING_MIN	16
#define LOOPNET_RING_MAX	65536
#define LOOPNET_RING_DEF	512

/* Settings: rows of loopnet_settings[]; the first are parameters. */
enum loopnet_setting {
	LOOPNET_SET_DEVICES,
	LOOPNET_SET_MODE,
	LOOPNET_SET_QUEUES,
	LOOPNET_PARAMS,
	LOOPNET_SETTINGS = LOOPNET_PARAMS,
};

/* Kinds of faults. */
enum loopnet_fault {
	LOOPNET_FAULT_LOSS,
	LOOPNET_FAULT_DUPLICATE,
	LOOPNET_FAULT_CORRUPT,
	LOOPNET_FAULT_REORDER,
	LOOPNET_FAULTS,
};

/* What is counted per queue; names in loopnet_tx_names[], loopnet_rx_names[]. */
enum loopnet_tx_stat {
	LOOPNET_TX_PACKETS,
	LOOPNET_TX_BYTES,
	LOOPNET_TX_DROPPED,
	LOOPNET_TX_STOPPED,
	LOOPNET_TX_STATS,
};

enum loopnet_rx_stat {
	LOOPNET_RX_PACKETS,
	LOOPNET_RX_BYTES,
	LOOPNET_RX_DROPPED,
	LOOPNET_RX_FILTERED,
	LOOPNET_RX_GROUP,	/* tx_group: counted where it is found out */
	LOOPNET_RX_ARP,
	LOOPNET_RX_ND,
	LOOPNET_RX_LENGTH,
	LOOPNET_RX_STATS,
};

/**
 * struct loopnet_queue - one channel
 * @ring: what this queue has sent and nobody has received yet
 * @rxq: the queue that receives it, NULL when nobody does; written with the TX
 *	lock held, so stable in transmit
 * @tx_syncp: guards @tx against torn reads
 * @tx: counters of the transmit side; written with the TX lock held
 * @napi: the receive side
 * @ln: the device
 * @index: number of the queue
 * @rx_syncp: guards @rx against torn reads
 * @rx: counters of the receive side; written by @napi only
 */
struct loopnet_queue {
	struct loopnet_ring ring;

	struct loopnet_queue *rxq ____cacheline_aligned_in_smp;
	struct u64_stats_sync tx_syncp;
	u64_stats_t tx[LOOPNET_TX_STATS];

	struct napi_struct napi ____cacheline_aligned_in_smp;
	struct loopnet *ln;
	unsigned int index;
	struct u64_stats_sync rx_syncp;
	u64_stats_t rx[LOOPNET_RX_STATS];
};

/**
 * struct loopnet - a device
 * @dev: its net_device, of which this is the private part
 * @peer: the other end in mode peer; written with the RTNL held
 * @queues: as many as the net_device has been given, of which the first @nr
 *	are at work
 * @nr: channels; written with the RTNL held and the device quiet
 * @mode: LOOPNET_MODE_*; live among the first three, read with READ_ONCE()
 * @ring_size: descriptors per ring; RTNL
 * @running: opened, and not closed; RTNL
 * @kobj: its directory loopnet/ in sysfs; RTNL
 */
struct loopnet {
	struct net_device *dev;
	struct loopnet __rcu *peer;
	struct loopnet_queue *queues;
	unsigned int nr;
	unsigned int mode;
	unsigned int ring_size;
	bool running;
	struct kobject *kobj;
};

/* config.c */
extern struct softdev_setting loopnet_settings[LOOPNET_SETTINGS];
void loopnet_config_init(void);
extern const char *const loopnet_modes[];

/* main.c */
unsigned int loopnet_param(enum loopnet_setting id);

/* netdev.c */
unsigned int loopnet_queues_max(void);
void loopnet_setup(struct net_device *dev);
int loopnet_register(struct net_device *dev, unsigned int mode,
		     unsigned int queues);
struct loopnet *loopnet_sender(struct loopnet *ln);

/* datapath.c */
netdev_tx_t loopnet_xmit(struct sk_buff *skb, struct net_device *dev);
int loopnet_poll(struct napi_struct *napi, int budget);
void loopnet_purge(struct loopnet_queue *q);

/* ethtool.c */
extern const struct ethtool_ops loopnet_ethtool_ops;

/* netlink.c */
extern struct rtnl_link_ops loopnet_link_ops;

/* sysfs.c */
int loopnet_sysfs_add(struct loopnet *ln);
void loopnet_sysfs_del(struct loopnet *ln);

#endif /* _LOOPNET_H */
