// SPDX-License-Identifier: GPL-2.0
/*
 * loopnet: ethtool.
 */
#include <linux/ethtool.h>
#include <linux/netdevice.h>
#include "loopnet.h"

static void loopnet_get_drvinfo(struct net_device *dev,
				struct ethtool_drvinfo *info)
{
	strscpy(info->driver, "loopnet", sizeof(info->driver));
	strscpy(info->bus_info, "virtual", sizeof(info->bus_info));
}

const struct ethtool_ops loopnet_ethtool_ops = {
	.get_drvinfo		= loopnet_get_drvinfo,
	.get_link		= ethtool_op_get_link,
	.get_ts_info		= ethtool_op_get_ts_info,
};
