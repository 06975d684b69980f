/* SPDX-License-Identifier: GPL-2.0 */
/*
 * AF_XDP without copies, for drivers. Before 7.2 a packet there has one buffer
 * and nothing to be said about it when it is sent: the interface for more was
 * another one, and announces itself as absent here, so that the core refuses.
 */
#ifndef _SOFTDEV_COMPAT_XSK_H
#define _SOFTDEV_COMPAT_XSK_H

#include <linux/netdevice.h>
#include <net/xdp_sock_drv.h>
#include <softdev/compat.h>

#if SOFTDEV_HAVE_XDP_FEATURES
static inline void softdev_xsk_announce(struct net_device *dev)
{
	dev->xdp_features |= NETDEV_XDP_ACT_XSK_ZEROCOPY;
}
#else
static inline void softdev_xsk_announce(struct net_device *dev)
{
}
#endif

/*
 * What a driver notes for metadata lies behind the packet. Where programs
 * cannot ask for metadata there is no room, nor need: then @spare has it.
 */
#if SOFTDEV_HAVE_XDP_METADATA
#define softdev_xsk_check_note(_type)	XSK_CHECK_PRIV_TYPE(_type)

static inline void *softdev_xsk_note(struct xdp_buff *xdp, void *spare)
{
	return container_of(xdp, struct xdp_buff_xsk, xdp)->cb;
}
#else
#define softdev_xsk_check_note(_type)

static inline void *softdev_xsk_note(struct xdp_buff *xdp, void *spare)
{
	return spare;
}
#endif

#if SOFTDEV_HAVE_XSK_FRAGS
/* May a packet lie in several buffers? */
static inline bool softdev_xsk_frags(const struct xsk_buff_pool *pool)
{
	return pool->umem->flags & XDP_UMEM_SG_FLAG;
}

#define softdev_xsk_add_frag		xsk_buff_add_frag
#define softdev_xsk_get_frag		xsk_buff_get_frag
#define softdev_xsk_is_last		xsk_is_eop_desc
#else
static inline bool softdev_xsk_frags(const struct xsk_buff_pool *pool)
{
	return false;
}

static inline bool softdev_xsk_add_frag(struct xdp_buff *head,
					struct xdp_buff *xdp)
{
	return false;
}

static inline struct xdp_buff *softdev_xsk_get_frag(const struct xdp_buff *xdp)
{
	return NULL;
}

static inline bool softdev_xsk_is_last(const struct xdp_desc *desc)
{
	return true;
}
#endif

#endif /* _SOFTDEV_COMPAT_XSK_H */
