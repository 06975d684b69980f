// SPDX-License-Identifier: GPL-2.0
/*
 * loopnet: a clock of the interface's own, and what it stamps.
 *
 * The clock counts what CLOCK_MONOTONIC_RAW counts, set and slewed as whoever
 * has /dev/ptpN likes. A packet is stamped when it is put on the wire and when
 * the receiver takes it off, so a delay shows between the two.
 */
#include <linux/err.h>
#include <linux/math64.h>
#include <linux/net_tstamp.h>
#include <linux/ptp_clock_kernel.h>
#include <linux/seqlock.h>
#include <linux/skbuff.h>
#include <linux/timekeeping.h>
#include <linux/user_namespace.h>
#include <net/net_namespace.h>
#include "loopnet.h"

/* Parts per billion that it can be slewed by. */
#define LOOPNET_CLOCK_MAX	100000000

/**
 * struct loopnet_clock - the clock of an interface
 * @info: its operations
 * @ptp: what the PTP core knows it by; NULL if it does not know it
 * @lock: protects all below; readers are everywhere, so writers keep
 *	interrupts out
 * @raw: CLOCK_MONOTONIC_RAW when it was last set or slewed
 * @base: what it showed then
 * @rate: how much faster it is than @raw, times 2^32
 */
struct loopnet_clock {
	struct ptp_clock_info info;
	struct ptp_clock *ptp;
	seqlock_t lock;
	u64 raw;
	u64 base;
	s64 rate;
};

static struct loopnet_clock *loopnet_clock_of(struct ptp_clock_info *info)
{
	return container_of(info, struct loopnet_clock, info);
}

static u64 loopnet_clock_at(const struct loopnet_clock *c, u64 raw)
{
	u64 passed = raw - c->raw;
	u64 more = mul_u64_u64_shr(passed, abs(c->rate), 32);

	return c->base + passed + (c->rate < 0 ? -more : more);
}

static u64 loopnet_clock_now(struct loopnet_clock *c)
{
	unsigned int seq;
	u64 now;

	do {
		seq = read_seqbegin(&c->lock);
		now = loopnet_clock_at(c, ktime_get_raw_ns());
	} while (read_seqretry(&c->lock, seq));
	return now;
}

static int loopnet_clock_adjfine(struct ptp_clock_info *info, long scaled_ppm)
{
	struct loopnet_clock *c = loopnet_clock_of(info);
	unsigned long flags;
	u64 raw;

	write_seqlock_irqsave(&c->lock, flags);
	raw = ktime_get_raw_ns();
	c->base = loopnet_clock_at(c, raw);
	c->raw = raw;
	/* 2^16 of them are a millionth. */
	c->rate = div_s64((s64)scaled_ppm * 65536, 1000000);
	write_sequnlock_irqrestore(&c->lock, flags);
	return 0;
}

static int loopnet_clock_adjtime(struct ptp_clock_info *info, s64 delta)
{
	struct loopnet_clock *c = loopnet_clock_of(info);
	unsigned long flags;

	write_seqlock_irqsave(&c->lock, flags);
	c->base += delta;
	write_sequnlock_irqrestore(&c->lock, flags);
	return 0;
}

static int loopnet_clock_settime(struct ptp_clock_info *info,
				 const struct timespec64 *ts)
{
	struct loopnet_clock *c = loopnet_clock_of(info);
	unsigned long flags;

	write_seqlock_irqsave(&c->lock, flags);
	c->raw = ktime_get_raw_ns();
	c->base = timespec64_to_ns(ts);
	write_sequnlock_irqrestore(&c->lock, flags);
	return 0;
}

static int loopnet_clock_gettime(struct ptp_clock_info *info,
				 struct timespec64 *ts,
				 struct ptp_system_timestamp *sts)
{
	u64 now;

	ptp_read_system_prets(sts);
	now = loopnet_clock_now(loopnet_clock_of(info));
	ptp_read_system_postts(sts);
	*ts = ns_to_timespec64(now);
	return 0;
}

/* No pins and no pulses; some kernels call this without asking first. */
static int loopnet_clock_enable(struct ptp_clock_info *info,
				struct ptp_clock_request *request, int on)
{
	return -EOPNOTSUPP;
}

static const struct ptp_clock_info loopnet_clock_info = {
	.owner		= THIS_MODULE,
	.name		= "loopnet",
	.max_adj	= LOOPNET_CLOCK_MAX,
	.adjfine	= loopnet_clock_adjfine,
	.adjtime	= loopnet_clock_adjtime,
	.gettimex64	= loopnet_clock_gettime,
	.settime64	= loopnet_clock_settime,
	.enable		= loopnet_clock_enable,
};

/*
 * Is it a device of the machine's, /dev/ptpN? There are not many numbers, all
 * that belongs to it is charged to nobody, and in a container nobody may open
 * it. So those whom a user namespace gives its root make none.
 */
static bool loopnet_clock_public(const struct loopnet *ln)
{
	return dev_net(ln->dev)->user_ns == &init_user_ns;
}

/**
 * loopnet_clock_add() - give an interface its clock
 * @ln: the device; without one if the kernel has no PTP clocks
 *
 * An interface that is made in a container stamps by its clock, but the clock
 * is no /dev/ptpN.
 *
 * It starts with the time of day, as a card's does whose firmware knows it.
 *
 * Context: process.
 * Return: 0 or an error.
 */
int loopnet_clock_add(struct loopnet *ln)
{
	struct loopnet_clock *c;
	struct ptp_clock *ptp;

	c = kzalloc_obj(*c, GFP_KERNEL_ACCOUNT);
	if (!c)
		return -ENOMEM;
	c->info = loopnet_clock_info;
	seqlock_init(&c->lock);
	c->raw = ktime_get_raw_ns();
	c->base = ktime_get_real_ns();
	if (loopnet_clock_public(ln)) {
		ptp = ptp_clock_register(&c->info, NULL);
		if (IS_ERR_OR_NULL(ptp)) {
			kfree(c);
			return PTR_ERR_OR_ZERO(ptp);
		}
		c->ptp = ptp;
	}
	ln->clock = c;
	return 0;
}

/**
 * loopnet_clock_del() - take it away
 * @ln: the device, with nobody in its data path
 *
 * Context: process. Whoever has the clock open finds it dead.
 */
void loopnet_clock_del(struct loopnet *ln)
{
	if (!ln->clock)
		return;
	if (ln->clock->ptp)
		ptp_clock_unregister(ln->clock->ptp);
	kfree(ln->clock);
	ln->clock = NULL;
}

/**
 * loopnet_clock_read() - what an interface's clock shows
 * @ln: the device; it has a clock
 *
 * Context: any.
 */
ktime_t loopnet_clock_read(const struct loopnet *ln)
{
	return ns_to_ktime(loopnet_clock_now(ln->clock));
}

/**
 * loopnet_stamp_tx() - stamp a packet that goes on the wire
 * @ln: the sender, told to stamp
 * @skb: a packet that asks for it
 *
 * Context: transmit.
 */
void loopnet_stamp_tx(const struct loopnet *ln, struct sk_buff *skb)
{
	struct skb_shared_hwtstamps stamp = {
		.hwtstamp = loopnet_clock_read(ln),
	};

	/* Or the stack would send its own for this one as well. */
	skb_shinfo(skb)->tx_flags |= SKBTX_IN_PROGRESS;
	skb_tstamp_tx(skb, &stamp);
}

/**
 * loopnet_stamp_rx() - what the stamp of a packet says that is received
 * @ln: the receiver
 * @skb: the packet
 *
 * Where the stamp goes belongs to all clones of a packet, and some of them are
 * still the sender's: its own stamp is there, too. So a packet that is to have
 * another stamp becomes one of ours first.
 *
 * Context: NAPI.
 * Return: false if there was no memory for that.
 */
bool loopnet_stamp_rx(const struct loopnet *ln, struct sk_buff *skb)
{
	bool stamp = READ_ONCE(ln->stamp_rx);

	if (likely(!stamp && !skb_hwtstamps(skb)->hwtstamp))
		return true;
	if (skb_unclone(skb, GFP_ATOMIC))
		return false;
	skb_hwtstamps(skb)->hwtstamp = stamp ? loopnet_clock_read(ln) : 0;
	return true;
}

/* ethtool -T */
int loopnet_get_ts_info(struct net_device *dev,
			struct kernel_ethtool_ts_info *info)
{
	const struct loopnet *ln = netdev_priv(dev);
	int err = ethtool_op_get_ts_info(dev, info);

	info->so_timestamping |= SOF_TIMESTAMPING_TX_SOFTWARE;
	if (err || !ln->clock)
		return err;
	info->so_timestamping |= SOF_TIMESTAMPING_TX_HARDWARE |
				 SOF_TIMESTAMPING_RX_HARDWARE |
				 SOF_TIMESTAMPING_RAW_HARDWARE;
	if (ln->clock->ptp)
		info->phc_index = ptp_clock_index(ln->clock->ptp);
	info->tx_types = BIT(HWTSTAMP_TX_OFF) | BIT(HWTSTAMP_TX_ON);
	info->rx_filters = BIT(HWTSTAMP_FILTER_NONE) |
			   BIT(HWTSTAMP_FILTER_ALL);
	return 0;
}

/* Context: process, RTNL held. */
int loopnet_hwtstamp_get(struct net_device *dev,
			 struct kernel_hwtstamp_config *config)
{
	const struct loopnet *ln = netdev_priv(dev);

	if (!ln->clock)
		return -EOPNOTSUPP;
	config->flags = 0;
	config->tx_type = ln->stamp_tx ? HWTSTAMP_TX_ON : HWTSTAMP_TX_OFF;
	config->rx_filter = ln->stamp_rx ? HWTSTAMP_FILTER_ALL :
					   HWTSTAMP_FILTER_NONE;
	return 0;
}

/* Context: process, RTNL held. Who asks for some packets gets all. */
int loopnet_hwtstamp_set(struct net_device *dev,
			 struct kernel_hwtstamp_config *config,
			 struct netlink_ext_ack *extack)
{
	struct loopnet *ln = netdev_priv(dev);

	if (!ln->clock)
		return -EOPNOTSUPP;
	if (config->tx_type != HWTSTAMP_TX_OFF &&
	    config->tx_type != HWTSTAMP_TX_ON) {
		NL_SET_ERR_MSG(extack, "tx_type is off or on");
		return -ERANGE;
	}
	if (config->rx_filter != HWTSTAMP_FILTER_NONE)
		config->rx_filter = HWTSTAMP_FILTER_ALL;
	WRITE_ONCE(ln->stamp_tx, config->tx_type == HWTSTAMP_TX_ON);
	WRITE_ONCE(ln->stamp_rx, config->rx_filter == HWTSTAMP_FILTER_ALL);
	return 0;
}
