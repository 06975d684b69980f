// SPDX-License-Identifier: GPL-2.0
/*
 * loopnet: the card that all interfaces are on, as far as DMA is concerned.
 *
 * It is on no bus that anybody scans, has no driver to bind to, and reaches all
 * memory: what a card's DMA would write, the CPU copies.
 */
#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <softdev/compat_device.h>
#include "parent.h"

/* Written when the module is loaded and when it goes. */
static struct softdev_soft_device *loopnet_card;

int loopnet_parent_add(void)
{
	struct device *dev;
	int err;

	loopnet_card = softdev_soft_device_add("loopnet");
	if (IS_ERR(loopnet_card))
		return PTR_ERR(loopnet_card);

	dev = loopnet_parent();
	if (!dev->dma_mask)
		dev->dma_mask = &dev->coherent_dma_mask;
	/* A CPU that copies sees what CPUs have in their caches. */
	softdev_dma_coherent(dev);
	err = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(64));
	/*
	 * Where there is no DMA, or its addresses say nothing about memory, the
	 * interfaces do without: the core then lets nobody lend any.
	 */
	if (err || !softdev_dma_direct(dev))
		dev->dma_mask = NULL;
	return 0;
}

void loopnet_parent_del(void)
{
	softdev_soft_device_del(loopnet_card);
}

struct device *loopnet_parent(void)
{
	return &loopnet_card->dev;
}
