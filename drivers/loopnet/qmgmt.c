// SPDX-License-Identifier: GPL-2.0
/*
 * loopnet: queues that restart alone, and where what they receive is put.
 *
 * A receive queue has a pool of buffers. The core may ask for a new pool and
 * exchange it for the old one while the queue is stopped. If a program has lent
 * its memory to the queue, the new pool hands out pieces of that memory: nobody
 * but the program may read them, and a card would write to them by DMA.
 */
#include <linux/log2.h>
#include <linux/netdevice.h>
#include "loopnet.h"
#include "qmgmt.h"
#include "xsk.h"

#if SOFTDEV_HAVE_QUEUE_MGMT

/* Both ends of what rx-buf-len takes. */
#define LOOPNET_BUF_MIN		PAGE_SIZE
#define LOOPNET_BUF_MAX		max(PAGE_SIZE, SZ_64K)

/* Packets are no larger, so a higher threshold would never be reached. */
#define LOOPNET_HDS_MAX		GSO_LEGACY_MAX_SIZE

/* What the core keeps for us while a queue is restarted. */
struct loopnet_queue_mem {
	struct loopnet_pages pages;
};

static int loopnet_queue_mem_alloc(struct net_device *dev,
				   struct netdev_queue_config *qcfg, void *mem,
				   int index)
{
	struct loopnet *ln = netdev_priv(dev);
	struct loopnet_queue_mem *m = mem;

	return loopnet_pages_init(&m->pages, ln, index, ln->rx_ring);
}

static void loopnet_queue_mem_free(struct net_device *dev, void *mem)
{
	struct loopnet_queue_mem *m = mem;

	loopnet_pages_exit(&m->pages);
}

/*
 * What is sent to the queue meanwhile stays on the wire, and stops its senders
 * when that is full.
 */
static int loopnet_queue_stop(struct net_device *dev, void *mem, int index)
{
	struct loopnet *ln = netdev_priv(dev);
	struct loopnet_queue *q = &ln->queues[index];
	struct loopnet_queue_mem *m = mem;

	softdev_napi_disable(&q->napi);
	page_pool_disable_direct_recycling(q->pages.pool);
	swap(m->pages, q->pages);
	return 0;
}

static int loopnet_queue_start(struct net_device *dev,
			       struct netdev_queue_config *qcfg, void *mem,
			       int index)
{
	struct loopnet *ln = netdev_priv(dev);
	struct loopnet_queue *q = &ln->queues[index];
	struct loopnet_queue_mem *m = mem;

	swap(m->pages, q->pages);
	/* A timer of the core's that was to poll has been stopped. */
	q->masked = false;
	softdev_napi_enable(&q->napi);
	loopnet_xsk_started(q);
	local_bh_disable();
	loopnet_interrupt(q);
	local_bh_enable();
	return 0;
}

static void loopnet_default_qcfg(struct net_device *dev,
				 struct netdev_queue_config *qcfg)
{
	const struct loopnet *ln = netdev_priv(dev);

	qcfg->rx_page_size = ln->rx_buf;
}

static int loopnet_check_buf(u32 size, struct netlink_ext_ack *extack)
{
	if (size >= LOOPNET_BUF_MIN && size <= LOOPNET_BUF_MAX &&
	    is_power_of_2(size))
		return 0;
	NL_SET_ERR_MSG(extack, "a buffer is a page or more, up to 64 KiB, and a power of two");
	return -EINVAL;
}

static int loopnet_validate_qcfg(struct net_device *dev,
				 struct netdev_queue_config *qcfg,
				 struct netlink_ext_ack *extack)
{
	return loopnet_check_buf(qcfg->rx_page_size, extack);
}

static const struct netdev_queue_mgmt_ops loopnet_qmgmt_ops = {
	.ndo_queue_mem_size	= sizeof(struct loopnet_queue_mem),
	.ndo_queue_mem_alloc	= loopnet_queue_mem_alloc,
	.ndo_queue_mem_free	= loopnet_queue_mem_free,
	.ndo_queue_start	= loopnet_queue_start,
	.ndo_queue_stop		= loopnet_queue_stop,
	.ndo_default_qcfg	= loopnet_default_qcfg,
	.ndo_validate_qcfg	= loopnet_validate_qcfg,
	.supported_params	= QCFG_RX_PAGE_SIZE,
};

void loopnet_qmgmt_setup(struct net_device *dev)
{
	struct loopnet *ln = netdev_priv(dev);

	dev->queue_mgmt_ops = &loopnet_qmgmt_ops;
	ln->rx_buf = PAGE_SIZE;
}

void loopnet_get_split(const struct loopnet *ln,
		       struct kernel_ethtool_ringparam *ring)
{
	ring->tcp_data_split = ln->split ? ETHTOOL_TCP_DATA_SPLIT_ENABLED :
					   ETHTOOL_TCP_DATA_SPLIT_DISABLED;
	ring->hds_thresh = ln->hds_thresh;
	ring->hds_thresh_max = LOOPNET_HDS_MAX;
	ring->rx_buf_len = ln->rx_buf;
}

int loopnet_set_split(struct loopnet *ln,
		      const struct kernel_ethtool_ringparam *ring,
		      struct netlink_ext_ack *extack)
{
	int err = loopnet_check_buf(ring->rx_buf_len, extack);
	bool changed = ring->rx_buf_len != ln->rx_buf;

	if (err)
		return err;
	WRITE_ONCE(ln->split, ring->tcp_data_split ==
			      ETHTOOL_TCP_DATA_SPLIT_ENABLED);
	WRITE_ONCE(ln->hds_thresh, ring->hds_thresh);
	ln->rx_buf = ring->rx_buf_len;
	return changed;
}

#else /* !SOFTDEV_HAVE_QUEUE_MGMT */

void loopnet_qmgmt_setup(struct net_device *dev)
{
}

void loopnet_get_split(const struct loopnet *ln,
		       struct kernel_ethtool_ringparam *ring)
{
}

int loopnet_set_split(struct loopnet *ln,
		      const struct kernel_ethtool_ringparam *ring,
		      struct netlink_ext_ack *extack)
{
	return 0;
}

#endif
