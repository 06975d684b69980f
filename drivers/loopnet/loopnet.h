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
#include <linux/spinlock.h>
#include <net/xdp.h>
#include <softdev/compat_net.h>
#include <softdev/fault.h>
#include <softdev/param.h>
#include <uapi/softdev/loopnet.h>
#include "queue.h"
#include "steer.h"

#define LOOPNET_RING_MIN	16
#define LOOPNET_RING_MAX	65536
#define LOOPNET_RING_DEF	512
#define LOOPNET_RX_RING_DEF	256
#define LOOPNET_RATE_MIN	1000	/* bits per second; or 0: no limit */
#define LOOPNET_FRAMES_DEF	64	/* rx-frames, were there rx-usecs */

/* ethtool -A */
#define LOOPNET_PAUSE_RX	BIT(0)
#define LOOPNET_PAUSE_TX	BIT(1)

/* Settings: rows of loopnet_settings[]; the first are parameters. */
enum loopnet_setting {
	LOOPNET_SET_DEVICES,
	LOOPNET_SET_MODE,
	LOOPNET_SET_QUEUES,
	LOOPNET_PARAMS,
	LOOPNET_SET_DELAY = LOOPNET_PARAMS,
	LOOPNET_SET_JITTER,
	LOOPNET_SET_RATE,
	LOOPNET_SETTINGS,
};

/* Kinds of faults. */
enum loopnet_fault {
	LOOPNET_FAULT_LOSS,
	LOOPNET_FAULT_DUPLICATE,
	LOOPNET_FAULT_CORRUPT,
	LOOPNET_FAULT_REORDER,
	LOOPNET_FAULTS,
};

/**
 * struct loopnet - a device
 * @dev: its net_device, of which this is the private part
 * @peer: the other end in mode peer; written with the RTNL held
 * @queues: as many as the net_device has been given, of which the first @nr
 *	are at work
 * @nr: channels; written with the RTNL held and the device quiet
 * @mode: LOOPNET_MODE_*; live among the first three, read with READ_ONCE()
 * @xdp_prog: the program, if any; written with the RTNL held
 * @steer: which queue receives a packet, if somebody has said
 * @clock: its PTP clock, NULL where the kernel has none
 * @stamp_tx: packets that ask for it are stamped by @clock when they are sent
 * @stamp_rx: all packets are when they are received
 * @impaired: a fault, a delay or a rate is set: the one branch that those who
 *	want none of it pay for; written with the RTNL held
 * @rx_usecs: how long a packet may wait for company, 0 for not at all
 * @rx_frames: how much company makes it wait no longer
 * @pause: LOOPNET_PAUSE_*, as it was asked for
 * @fec: ETHTOOL_FEC_*, the one that was asked for
 * @delay_ns: time on the wire
 * @jitter_ns: up to so much more
 * @rate_bps: bits per second on the wire, 0 for no limit
 * @wire_lock: protects @wire_free; taken with a TX lock held
 * @wire_free: when the last bit of what was sent leaves, at @rate_bps
 * @faults: dice, one queue for each of @queues
 * @tx_ring: descriptors per ring; RTNL
 * @rx_ring: pages for programs per queue; RTNL
 * @rx_buf: size of a buffer, unless who lends one says otherwise; RTNL
 * @hds_thresh: packets up to this size are not split
 * @split: TCP's data is split from its headers
 * @running: it has rings and a receive side that is awake; written with the
 *	RTNL held, NAPI of the other end reads it
 * @kobj: its directory loopnet/ in sysfs; RTNL
 */
struct loopnet {
	struct net_device *dev;
	struct loopnet __rcu *peer;
	struct loopnet_queue *queues;
	unsigned int nr;
	unsigned int mode;
	struct bpf_prog __rcu *xdp_prog;
	struct loopnet_steer steer;
	struct loopnet_clock *clock;
	bool stamp_tx;
	bool stamp_rx;
	bool impaired;
	u32 rx_usecs;
	u32 rx_frames;
	u8 pause;
	u32 fec;
	u64 delay_ns;
	u64 jitter_ns;
	u64 rate_bps;
	spinlock_t wire_lock;	/* @wire_free, see above */
	u64 wire_free;
	struct softdev_faults faults;
	u32 tx_ring;
	u32 rx_ring;
	u32 rx_buf;
	u32 hds_thresh;
	bool split;
	bool running;
	struct kobject *kobj;
};

/**
 * loopnet_sender() - whose rings does a device receive from?
 * @ln: the device
 *
 * Context: RCU read side, or RTNL held.
 * Return: the other end in mode peer, else the device itself; NULL when the
 * other end is gone.
 */
static inline struct loopnet *loopnet_sender(struct loopnet *ln)
{
	if (READ_ONCE(ln->mode) != LOOPNET_MODE_PEER)
		return ln;
	return rcu_dereference_rtnl(ln->peer);
}

/* Has somebody said which queue is to receive what? */
static inline bool loopnet_steers(const struct loopnet *ln)
{
	return rcu_access_pointer(ln->steer.rss) ||
	       rcu_access_pointer(ln->steer.rules);
}

/*
 * The files, from the door to the ground. Each calls only those below it; a
 * static test keeps it so.
 */

/* netlink.c */
extern struct rtnl_link_ops loopnet_link_ops;

/* netdev.c */
void loopnet_setup(struct net_device *dev);
int loopnet_register(struct net_device *dev, unsigned int mode,
		     unsigned int queues);
void loopnet_pair(struct loopnet *a, struct loopnet *b);
extern struct notifier_block loopnet_notifier;

/* ethtool.c */
extern const struct ethtool_ops loopnet_ethtool_ops;

/* sysfs.c */
int loopnet_sysfs_add(struct loopnet *ln);
void loopnet_sysfs_del(struct loopnet *ln);

/* stats.c */
extern const struct netdev_stat_ops loopnet_stat_ops;
void loopnet_get_stats64(struct net_device *dev, struct rtnl_link_stats64 *s);
int loopnet_stat_count(const struct loopnet *ln);
void loopnet_stat_strings(struct loopnet *ln, u8 *p);
void loopnet_get_stats(struct net_device *dev, struct ethtool_stats *stats,
		       u64 *data);

void loopnet_get_eth_mac_stats(struct net_device *dev,
			       struct ethtool_eth_mac_stats *s);
void loopnet_get_eth_phy_stats(struct net_device *dev,
			       struct ethtool_eth_phy_stats *s);
void loopnet_get_eth_ctrl_stats(struct net_device *dev,
				struct ethtool_eth_ctrl_stats *s);
void loopnet_get_pause_stats(struct net_device *dev,
			     struct ethtool_pause_stats *s);
void loopnet_get_rmon_stats(struct net_device *dev,
			    struct ethtool_rmon_stats *s,
			    const struct ethtool_rmon_hist_range **ranges);

/* phy.c */
void loopnet_get_pauseparam(struct net_device *dev,
			    struct ethtool_pauseparam *pause);
int loopnet_set_pauseparam(struct net_device *dev,
			   struct ethtool_pauseparam *pause);
int loopnet_get_fecparam(struct net_device *dev, struct ethtool_fecparam *fec);
int loopnet_set_fecparam(struct net_device *dev, struct ethtool_fecparam *fec);
int loopnet_get_module_page(struct net_device *dev,
			    const struct ethtool_module_eeprom *page,
			    struct netlink_ext_ack *extack);

/* channel.c */
void loopnet_queues_init(struct loopnet *ln);
struct loopnet *loopnet_partner(struct loopnet *ln);
int loopnet_start(struct loopnet *ln);
void loopnet_end(struct loopnet *ln);
int loopnet_set_queues(struct loopnet *ln, unsigned int nr);
int loopnet_set_rings(struct loopnet *ln, u32 tx, u32 rx);
void loopnet_rewire(struct loopnet *ln);

/* rx.c */
int loopnet_poll(struct napi_struct *napi, int budget);

/* pages.c */
int loopnet_pages_init(struct loopnet_pages *p, struct loopnet *ln,
		       unsigned int index, u32 size);
void loopnet_pages_exit(struct loopnet_pages *p);

/* xdp.c */
void loopnet_xdp_setup(struct net_device *dev);
bool loopnet_xdp_mtu_ok(struct loopnet *ln, unsigned int mtu);
int loopnet_bpf(struct net_device *dev, struct netdev_bpf *bpf);
int loopnet_xdp_xmit(struct net_device *dev, int n, struct xdp_frame **frames,
		     u32 flags);
void loopnet_xdp_receive(struct loopnet_queue *rq, struct bpf_prog *prog,
			 struct sk_buff *skb, struct list_head *list);
void loopnet_xdp_frame(struct loopnet_queue *rq, struct bpf_prog *prog,
		       struct xdp_frame *frame, struct list_head *list);
void loopnet_xdp_flush(struct loopnet_queue *rq);

/* tx.c */
netdev_tx_t loopnet_xmit(struct sk_buff *skb, struct net_device *dev);
u16 loopnet_select_queue(struct net_device *dev, struct sk_buff *skb,
			 struct net_device *sb_dev);
int loopnet_tx_frames(struct loopnet_queue *q, struct xdp_frame **frames,
		      int n);
void loopnet_tx_packet(struct loopnet_queue *q, struct sk_buff *skb, u64 due,
		       bool program);
bool loopnet_probe(struct loopnet_queue *q);
void loopnet_purge(struct loopnet_queue *q);
void loopnet_retime(struct loopnet_queue *q);

/* clock.c */
int loopnet_clock_add(struct loopnet *ln);
void loopnet_clock_del(struct loopnet *ln);
ktime_t loopnet_clock_read(const struct loopnet *ln);
void loopnet_stamp_tx(const struct loopnet *ln, struct sk_buff *skb);
bool loopnet_stamp_rx(const struct loopnet *ln, struct sk_buff *skb);
int loopnet_get_ts_info(struct net_device *dev,
			struct kernel_ethtool_ts_info *info);
int loopnet_hwtstamp_get(struct net_device *dev,
			 struct kernel_hwtstamp_config *config);
int loopnet_hwtstamp_set(struct net_device *dev,
			 struct kernel_hwtstamp_config *config,
			 struct netlink_ext_ack *extack);

/* impair.c */
void loopnet_impair_init(struct loopnet_queue *q);
void loopnet_impair_update(struct loopnet *ln);
void loopnet_impair_skb(struct loopnet_queue *q, struct sk_buff *skb,
			bool program);
u64 loopnet_impair_again(struct loopnet_queue *q, struct loopnet_fate *fate,
			 u64 last);
void loopnet_wire_wait(struct loopnet_queue *q, u64 when);
bool loopnet_pending(struct loopnet_queue *q);
bool loopnet_hold(struct loopnet_queue *q, struct sk_buff *skb);
struct sk_buff *loopnet_frame_skb(struct net_device *dev,
				  struct xdp_frame *frame);
struct sk_buff *loopnet_complete(struct loopnet_queue *rq, struct sk_buff *skb);
struct sk_buff *loopnet_corrupt(struct loopnet_queue *rq, struct sk_buff *skb,
				u64 random);

/* config.c */
extern struct softdev_setting loopnet_settings[LOOPNET_SETTINGS];
extern const char *const loopnet_modes[];
unsigned int loopnet_queues_max(void);
unsigned int loopnet_param(enum loopnet_setting id);
int loopnet_config_init(void);

#endif /* _LOOPNET_H */
