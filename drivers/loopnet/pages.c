// SPDX-License-Identifier: GPL-2.0
/*
 * loopnet: the pool of a queue, from which comes what programs see and what data
 * is split into.
 */
#include <linux/netdevice.h>
#include <net/xdp.h>
#include <softdev/compat_queue.h>
#include "loopnet.h"
#include "parent.h"

/* What all kernels allow for a pool; there is no use in more. */
#define LOOPNET_POOL_MAX	16384

#if SOFTDEV_HAVE_QUEUE_MGMT

/*
 * What the pool of a queue is to be where it differs from a plain one; @p takes
 * the size of a buffer and whether the memory is lent.
 */
static void loopnet_pool_params(struct loopnet_pages *p, struct loopnet *ln,
				unsigned int index,
				struct page_pool_params *params)
{
	struct netdev_queue_config qcfg;

	netdev_queue_config(ln->dev, index, &qcfg);
	p->buf = qcfg.rx_page_size;
	params->order = get_order(p->buf);
	p->lent = netif_rxq_has_unreadable_mp(ln->dev, index);
	if (!p->lent)
		return;
	params->dev = loopnet_parent();
	params->dma_dir = DMA_FROM_DEVICE;
	params->max_len = p->buf;
	params->queue_idx = index;
	params->flags = PP_FLAG_DMA_MAP | PP_FLAG_DMA_SYNC_DEV |
			PP_FLAG_ALLOW_UNREADABLE_NETMEM;
}

#else

static void loopnet_pool_params(struct loopnet_pages *p, struct loopnet *ln,
				unsigned int index,
				struct page_pool_params *params)
{
}

#endif

/**
 * loopnet_pages_init() - the pool that a queue receives into
 * @p: what to set up; all zeros
 * @ln: the device
 * @index: number of the queue
 * @size: how many are kept for it
 *
 * Context: process, RTNL held.
 * Return: 0 or an error.
 */
int loopnet_pages_init(struct loopnet_pages *p, struct loopnet *ln,
		       unsigned int index, u32 size)
{
	struct net_device *dev = ln->dev;
	struct page_pool_params params = {
		.pool_size	= min_t(u32, size, LOOPNET_POOL_MAX),
		.nid		= NUMA_NO_NODE,
		.dev		= &dev->dev,
		SOFTDEV_POOL_NETDEV(dev)
	};
	int err;

	loopnet_pool_params(p, ln, index, &params);
	p->pool = page_pool_create(&params);
	if (IS_ERR(p->pool)) {
		err = PTR_ERR(p->pool);
		p->pool = NULL;
		return err;
	}
	err = __xdp_rxq_info_reg(&p->rxq, dev, index, 0, PAGE_SIZE);
	if (err)
		goto err_pool;
	err = xdp_rxq_info_reg_mem_model(&p->rxq, MEM_TYPE_PAGE_POOL, p->pool);
	if (err)
		goto err_rxq;
	return 0;

err_rxq:
	xdp_rxq_info_unreg(&p->rxq);
err_pool:
	page_pool_destroy(p->pool);
	p->pool = NULL;
	return err;
}

/**
 * loopnet_pages_exit() - give them back
 * @p: the pages; all zeros is fine too
 *
 * Those under way are freed by whoever has them.
 *
 * Context: process, RTNL held.
 */
void loopnet_pages_exit(struct loopnet_pages *p)
{
	if (!p->pool)
		return;
	xdp_rxq_info_unreg(&p->rxq);
	page_pool_destroy(p->pool);
	p->pool = NULL;
}
