/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What moved in the device model between 6.1 and 7.2; see compat.h.
 */
#ifndef _SOFTDEV_COMPAT_DEVICE_H
#define _SOFTDEV_COMPAT_DEVICE_H

#include <linux/device.h>
#include <linux/dma-map-ops.h>
#include <linux/err.h>
#include <softdev/compat.h>

/* 6.14: a device without hardware need not pretend to be a platform's. */
#if SOFTDEV_HAVE_FAUX
#include <linux/device/faux.h>

#define softdev_soft_device	faux_device

static inline struct faux_device *softdev_soft_device_add(const char *name)
{
	struct faux_device *fdev = faux_device_create(name, NULL, NULL);

	return fdev ? fdev : ERR_PTR(-ENOMEM);
}

static inline void softdev_soft_device_del(struct faux_device *fdev)
{
	faux_device_destroy(fdev);
}
#else
#include <linux/platform_device.h>

#define softdev_soft_device	platform_device

static inline struct platform_device *softdev_soft_device_add(const char *name)
{
	return platform_device_register_simple(name, PLATFORM_DEVID_NONE, NULL,
					       0);
}

static inline void softdev_soft_device_del(struct platform_device *pdev)
{
	platform_device_unregister(pdev);
}
#endif

/*
 * 6.12: the IOMMU's operations are called by name. Are DMA addresses those of
 * memory, maybe moved or of a bounce buffer?
 */
#if SOFTDEV_HAVE_DMA_IOMMU
#include <linux/iommu-dma.h>

static inline bool softdev_dma_direct(struct device *dev)
{
	return !get_dma_ops(dev) && !use_dma_iommu(dev);
}
#else
static inline bool softdev_dma_direct(struct device *dev)
{
	return !get_dma_ops(dev);
}
#endif

/* Only where a device can be something else is there a field to say so. */
#if defined(CONFIG_ARCH_HAS_SYNC_DMA_FOR_DEVICE) || \
	defined(CONFIG_ARCH_HAS_SYNC_DMA_FOR_CPU) || \
	defined(CONFIG_ARCH_HAS_SYNC_DMA_FOR_CPU_ALL)
static inline void softdev_dma_coherent(struct device *dev)
{
	dev->dma_coherent = true;
}
#else
static inline void softdev_dma_coherent(struct device *dev)
{
}
#endif

#endif /* _SOFTDEV_COMPAT_DEVICE_H */
