// SPDX-License-Identifier: GPL-2.0
/*
 * loopnet: what a card has where its cable ends: pause, FEC, a module that can
 * be read. Programs that ask for these find them; no packet notices, for a full
 * ring stops its sender anyway and no bit is lost that was not meant to be.
 */
#include <linux/ethtool.h>
#include <linux/netdevice.h>
#include "loopnet.h"

void loopnet_get_pauseparam(struct net_device *dev,
			    struct ethtool_pauseparam *pause)
{
	const struct loopnet *ln = netdev_priv(dev);

	pause->autoneg = AUTONEG_DISABLE;
	pause->rx_pause = !!(ln->pause & LOOPNET_PAUSE_RX);
	pause->tx_pause = !!(ln->pause & LOOPNET_PAUSE_TX);
}

int loopnet_set_pauseparam(struct net_device *dev,
			   struct ethtool_pauseparam *pause)
{
	struct loopnet *ln = netdev_priv(dev);

	if (pause->autoneg)
		return -EOPNOTSUPP;
	ln->pause = (pause->rx_pause ? LOOPNET_PAUSE_RX : 0) |
		    (pause->tx_pause ? LOOPNET_PAUSE_TX : 0);
	return 0;
}

#define LOOPNET_FECS	(ETHTOOL_FEC_OFF | ETHTOOL_FEC_RS | ETHTOOL_FEC_BASER)

int loopnet_get_fecparam(struct net_device *dev, struct ethtool_fecparam *fec)
{
	const struct loopnet *ln = netdev_priv(dev);

	fec->fec = LOOPNET_FECS;
	fec->active_fec = ln->fec;
	return 0;
}

/* One of them. */
int loopnet_set_fecparam(struct net_device *dev, struct ethtool_fecparam *fec)
{
	struct loopnet *ln = netdev_priv(dev);

	if (fec->fec & ~LOOPNET_FECS)
		return -EOPNOTSUPP;
	if (hweight32(fec->fec) != 1)
		return -EINVAL;
	ln->fec = fec->fec;
	return 0;
}

/* Where what is in the memory of an SFP (SFF-8472), and how long it is. */
#define LOOPNET_SFP_VENDOR	20
#define LOOPNET_SFP_PART	40
#define LOOPNET_SFP_NAME_LEN	16
#define LOOPNET_SFP_SUM		63
#define LOOPNET_SFP_SUM_MORE	95
#define LOOPNET_SFP_ADDRESS	0x50

static u8 loopnet_sfp_sum(const u8 *from, const u8 *to)
{
	u8 sum = 0;

	while (from < to)
		sum += *from++;
	return sum;
}

static void loopnet_sfp_name(u8 *at, const char *name)
{
	memset(at, ' ', LOOPNET_SFP_NAME_LEN);
	memcpy(at, name, strlen(name));
}

/* ethtool -m: a cable of copper. */
int loopnet_get_module_page(struct net_device *dev,
			    const struct ethtool_module_eeprom *page,
			    struct netlink_ext_ack *extack)
{
	u8 memory[2 * ETH_MODULE_EEPROM_PAGE_LEN] = {
		0x03,		/* SFP */
		0x04,		/* by its serial ID */
		0x21,		/* a copper pigtail */
		[8] = 0x04,	/* a passive cable */
		[12] = 103,	/* 10.3 Gbit/s */
		[18] = 1,	/* 1 m */
	};

	if (page->page || page->bank ||
	    page->i2c_address != LOOPNET_SFP_ADDRESS) {
		NL_SET_ERR_MSG(extack, "the module has page 0 at address 0x50");
		return -EINVAL;
	}
	if (page->offset >= sizeof(memory) ||
	    page->length > sizeof(memory) - page->offset)
		return -EINVAL;
	loopnet_sfp_name(memory + LOOPNET_SFP_VENDOR, "softdev");
	loopnet_sfp_name(memory + LOOPNET_SFP_PART, "loopnet");
	memory[LOOPNET_SFP_SUM] = loopnet_sfp_sum(memory,
						  memory + LOOPNET_SFP_SUM);
	memory[LOOPNET_SFP_SUM_MORE] =
		loopnet_sfp_sum(memory + LOOPNET_SFP_SUM + 1,
				memory + LOOPNET_SFP_SUM_MORE);
	memcpy(page->data, memory + page->offset, page->length);
	return page->length;
}
