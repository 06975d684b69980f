/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Queue management: since 7.2 a queue can restart alone, with the memory of
 * somebody else. Whoever offers that has its operations called with the lock of
 * the interface held, and without the RTNL where it does not ask for it; see
 * Documentation/networking/netdevices.rst. Before that the RTNL is all there is.
 */
#ifndef _SOFTDEV_COMPAT_QUEUE_H
#define _SOFTDEV_COMPAT_QUEUE_H

#include <linux/ethtool.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <softdev/compat_net.h>

#if SOFTDEV_HAVE_QUEUE_MGMT
#include <net/netdev_lock.h>
#include <net/netdev_queues.h>
#include <net/netdev_rx_queue.h>

#define softdev_napi_add		netif_napi_add_config_locked
#define softdev_napi_del		__netif_napi_del_locked
#define softdev_napi_enable		napi_enable_locked
#define softdev_napi_disable		napi_disable_locked
#define softdev_lock_ops		netdev_lock_ops
#define softdev_unlock_ops		netdev_unlock_ops
#define softdev_ops_dereference		netdev_ops_lock_dereference

/* What is set is set with the RTNL held, too. */
#define SOFTDEV_NEEDS_RTNL		.op_needs_rtnl = ~0U,

#define SOFTDEV_RING_PARAMS		(ETHTOOL_RING_USE_RX_BUF_LEN |	\
					 ETHTOOL_RING_USE_TCP_DATA_SPLIT | \
					 ETHTOOL_RING_USE_HDS_THRS)

/* SOFTDEV_RX_MODE(fn): fn is told that the address filter has changed. */
#define SOFTDEV_RX_MODE_OP(_fn)		.ndo_set_rx_mode_async = _fn##_async,
#define SOFTDEV_RX_MODE(_fn)						\
static int _fn##_async(struct net_device *dev,				\
		       struct netdev_hw_addr_list *uc,			\
		       struct netdev_hw_addr_list *mc)			\
{									\
	_fn(dev);							\
	return 0;							\
}
#else
#define softdev_napi_del		__netif_napi_del
#define softdev_napi_enable		napi_enable
#define softdev_napi_disable		napi_disable
#define softdev_ops_dereference(_p, _dev)				\
	((void)(_dev), rtnl_dereference(_p))

static inline void softdev_lock_ops(struct net_device *dev)
{
	ASSERT_RTNL();
}

static inline void softdev_unlock_ops(struct net_device *dev)
{
}

#define SOFTDEV_NEEDS_RTNL
#define SOFTDEV_RING_PARAMS		0
#define SOFTDEV_RX_MODE(_fn)
#define SOFTDEV_RX_MODE_OP(_fn)		.ndo_set_rx_mode = _fn,

/* 6.13: what is set for a NAPI context outlives it, by its index. */
#if SOFTDEV_HAVE_NAPI_CONFIG
#define softdev_napi_add		netif_napi_add_config
#else
static inline void softdev_napi_add(struct net_device *dev,
				    struct napi_struct *napi,
				    int (*poll)(struct napi_struct *, int),
				    int index)
{
	netif_napi_add(dev, napi, poll);
}
#endif
#endif

/*
 * 7.3: a link is configured without its lock, which is taken there; with it,
 * 7.3.4 waits for itself. In 7.2 it is the caller's to hold.
 */
#if SOFTDEV_HAVE_QUEUE_MGMT && !SOFTDEV_HAVE_CONFIGURE_LOCKS
static inline int softdev_configure_link(struct net_device *dev,
					 const struct ifinfomsg *ifm)
{
	int err;

	netdev_lock_ops(dev);
	err = rtnl_configure_link(dev, ifm, 0, NULL);
	netdev_unlock_ops(dev);
	return err;
}
#else
static inline int softdev_configure_link(struct net_device *dev,
					 const struct ifinfomsg *ifm)
{
	return rtnl_configure_link(dev, ifm, 0, NULL);
}
#endif

#endif /* _SOFTDEV_COMPAT_QUEUE_H */
