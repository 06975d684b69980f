/* SPDX-License-Identifier: GPL-2.0 */
/*
 * loopnet: queues that restart alone, and where what they receive is put.
 */
#ifndef _LOOPNET_QMGMT_H
#define _LOOPNET_QMGMT_H

#include <linux/ethtool.h>
#include <softdev/compat_queue.h>

struct loopnet;

/**
 * loopnet_qmgmt_setup() - offer queue management
 * @dev: the net_device, not registered yet
 */
void loopnet_qmgmt_setup(struct net_device *dev);

/**
 * loopnet_get_split() - ethtool -g: how headers and data are split
 * @ln: the device
 * @ring: takes it
 */
void loopnet_get_split(const struct loopnet *ln,
		       struct kernel_ethtool_ringparam *ring);

/**
 * loopnet_set_split() - ethtool -G: split as asked for
 * @ln: the device
 * @ring: what is asked for
 * @extack: takes why not
 *
 * Context: process, lock of the interface held.
 * Return: 1 if buffers change, 0 if they do not, or an error.
 */
int loopnet_set_split(struct loopnet *ln,
		      const struct kernel_ethtool_ringparam *ring,
		      struct netlink_ext_ack *extack);

#endif /* _LOOPNET_QMGMT_H */
