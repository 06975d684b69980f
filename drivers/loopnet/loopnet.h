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

#include <linux/completion.h>
#include <linux/hrtimer.h>
#include <linux/netdevice.h>
#include <linux/spinlock.h>
#include <linux/u64_stats_sync.h>
#include <net/xdp.h>
#include <softdev/compat_net.h>
#include <softdev/fault.h>
#include <softdev/param.h>
#include <uapi/softdev/loopnet.h>
#include "ring.h"
#include "rss.h"

#define LOOPNET_RING_MIN	16
#define LOOPNET_RING_MAX	65536
#define LOOPNET_RING_DEF	512
#define LOOPNET_FRAMES_DEF	64	/* rx-frames, were there rx-usecs */

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
	LOOPNET_RX_XDP_DROP,
	LOOPNET_RX_XDP_TX,
	LOOPNET_RX_XDP_REDIRECT,
	LOOPNET_RX_STATS,
};

/**
 * struct loopnet_queue - one channel
 * @ring: what this queue has sent and nobody has received yet
 * @rxq: the queue that receives it, NULL when nobody does; written with the TX
 *	lock held, so stable in transmit
 * @tx_syncp: guards @tx against torn reads
 * @tx: counters of the transmit side; written with the TX lock held
 * @last_due: when the last packet with a delay arrives; TX lock
 * @jitters: how many times jitter was drawn; TX lock
 * @wire: wakes the receiver when what is on the wire is due
 * @wake_at: when @wire goes off; the receiver's NAPI
 * @held: a frame that lets the next one pass; the receiver's NAPI
 * @held_until: how long at most; the receiver's NAPI
 * @testing: the self-test asks the receiver to answer
 * @tested: it has
 * @napi: the receive side
 * @ln: the device
 * @index: number of the queue
 * @coalesce: wakes @napi a while after a packet, if that was asked for
 * @coalescing: @coalesce is on its way
 * @redirected: a program has redirected, so a flush is due; @napi
 * @foreign: a program has run on pages of others, so that until the flush none
 *	goes back without a lock; @napi
 * @masked: whoever sends need not schedule @napi: it runs, or the core has put
 *	off its interrupts and polls by itself; see loopnet_interrupt()
 * @turn: the sending queue that is looked at first; @napi
 * @pool: pages for programs to work in; there while there are rings
 * @xdp_rxq: what a program is told of the queue
 * @rx_syncp: guards @rx against torn reads
 * @rx: counters of the receive side; written by @napi only
 */
struct loopnet_queue {
	struct loopnet_ring ring;

	struct loopnet_queue *rxq ____cacheline_aligned_in_smp;
	struct u64_stats_sync tx_syncp;
	u64_stats_t tx[LOOPNET_TX_STATS];
	u64 last_due;
	u64 jitters;

	struct hrtimer wire ____cacheline_aligned_in_smp;
	u64 wake_at;
	struct loopnet_desc held;
	u64 held_until;
	bool testing;
	struct completion tested;

	struct napi_struct napi ____cacheline_aligned_in_smp;
	struct loopnet *ln;
	unsigned int index;
	struct hrtimer coalesce;
	unsigned long coalescing;
	bool redirected;
	bool foreign;
	bool masked;
	unsigned int turn;
	struct page_pool *pool;
	struct xdp_rxq_info xdp_rxq;
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
 * @xdp_prog: the program, if any; written with the RTNL held
 * @rss: which queue receives a flow, NULL as long as nobody has said; written
 *	with the RTNL held
 * @clock: its PTP clock, NULL where the kernel has none
 * @stamp_tx: packets that ask for it are stamped by @clock when they are sent
 * @stamp_rx: all packets are when they are received
 * @impaired: a fault, a delay or a rate is set: the one branch that those who
 *	want none of it pay for; written with the RTNL held
 * @rx_usecs: how long a packet may wait for company, 0 for not at all
 * @rx_frames: how much company makes it wait no longer
 * @delay_ns: time on the wire
 * @jitter_ns: up to so much more
 * @rate_bps: bits per second on the wire, 0 for no limit
 * @wire_lock: protects @wire_free; taken with a TX lock held
 * @wire_free: when the last bit of what was sent leaves, at @rate_bps
 * @faults: dice, one queue for each of @queues
 * @ring_size: descriptors per ring; RTNL
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
	struct loopnet_rss __rcu *rss;
	struct loopnet_clock *clock;
	bool stamp_tx;
	bool stamp_rx;
	bool impaired;
	u32 rx_usecs;
	u32 rx_frames;
	u64 delay_ns;
	u64 jitter_ns;
	u64 rate_bps;
	spinlock_t wire_lock;	/* @wire_free, see above */
	u64 wire_free;
	struct softdev_faults faults;
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
void loopnet_pair(struct loopnet *a, struct loopnet *b);
int loopnet_set_queues(struct loopnet *ln, unsigned int nr);
int loopnet_set_rings(struct loopnet *ln, u32 size);
void loopnet_get_rss(struct loopnet *ln, u32 *table, u8 *key);
int loopnet_set_rss(struct loopnet *ln, const u32 *table, const u8 *key);
u64 loopnet_sum_tx(struct loopnet *ln, enum loopnet_tx_stat i);
u64 loopnet_sum_rx(struct loopnet *ln, enum loopnet_rx_stat i);
u64 loopnet_read_tx(struct loopnet_queue *q, enum loopnet_tx_stat i);
u64 loopnet_read_rx(struct loopnet_queue *q, enum loopnet_rx_stat i);

/* datapath.c */
netdev_tx_t loopnet_xmit(struct sk_buff *skb, struct net_device *dev);
u16 loopnet_select_queue(struct net_device *dev, struct sk_buff *skb,
			 struct net_device *sb_dev);
int loopnet_poll(struct napi_struct *napi, int budget);
void loopnet_interrupt(struct loopnet_queue *rxq);
void loopnet_purge(struct loopnet_queue *q);
bool loopnet_probe(struct loopnet_queue *q);
void loopnet_rx_count(struct loopnet_queue *q, enum loopnet_rx_stat i);
void loopnet_tx_sent(struct loopnet_queue *q, unsigned int len);

/* impair.c */
void loopnet_impair_init(struct loopnet_queue *q);
void loopnet_impair_update(struct loopnet *ln);
void loopnet_impair(struct loopnet_queue *q, struct loopnet_desc *d,
		    u64 bytes, unsigned int segs);
void loopnet_impair_skb(struct loopnet_queue *q, struct loopnet_desc *d,
			const struct sk_buff *skb);
bool loopnet_wait(struct loopnet_queue *q, u64 due);
bool loopnet_pending(const struct loopnet_queue *q);
bool loopnet_hold(struct loopnet_queue *q, struct loopnet_desc *d);
struct sk_buff *loopnet_complete(struct loopnet_queue *rq, struct sk_buff *skb);
struct sk_buff *loopnet_corrupt(struct loopnet_queue *rq, struct sk_buff *skb,
				u64 random);

/* xdp.c */
void loopnet_xdp_setup(struct net_device *dev);
int loopnet_xdp_queue_init(struct loopnet_queue *q);
void loopnet_xdp_queue_exit(struct loopnet_queue *q);
bool loopnet_xdp_mtu_ok(struct loopnet *ln, unsigned int mtu);
int loopnet_bpf(struct net_device *dev, struct netdev_bpf *bpf);
int loopnet_xdp_xmit(struct net_device *dev, int n, struct xdp_frame **frames,
		     u32 flags);
void loopnet_xdp_receive(struct loopnet_queue *rq, struct bpf_prog *prog,
			 struct sk_buff *skb, struct list_head *list);
void loopnet_xdp_frame(struct loopnet_queue *rq, struct bpf_prog *prog,
		       struct xdp_frame *frame, struct list_head *list);
void loopnet_xdp_flush(struct loopnet_queue *rq);
struct sk_buff *loopnet_frame_skb(struct loopnet_queue *rq,
				  struct xdp_frame *frame);

/* ethtool.c */
extern const struct ethtool_ops loopnet_ethtool_ops;

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

/* qstats.c */
extern const struct netdev_stat_ops loopnet_stat_ops;

/* netlink.c */
extern struct rtnl_link_ops loopnet_link_ops;

/* sysfs.c */
int loopnet_sysfs_add(struct loopnet *ln);
void loopnet_sysfs_del(struct loopnet *ln);
extern struct notifier_block loopnet_notifier;

#endif /* _LOOPNET_H */
