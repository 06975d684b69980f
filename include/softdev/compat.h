/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What moved between the kernels softdev runs on (6.1 to 7.2).
 *
 * The drivers are written for the newest kernel; where an older one has an
 * interface by another name or in another shape, it gets the new name here, in
 * compat_block.h or in compat_net.h. Kernel versions are compared in this file
 * alone: the table below turns each into a fact with a name, and everything
 * else asks for the fact.
 */
#ifndef _SOFTDEV_COMPAT_H
#define _SOFTDEV_COMPAT_H

#include <linux/version.h>

#define SOFTDEV_SINCE(major, minor) \
	(KERNEL_VERSION(major, minor, 0) <= LINUX_VERSION_CODE)

#if !SOFTDEV_SINCE(6, 1)
#error "softdev needs Linux 6.1 or newer"
#endif

/* The table: one row for each interface that moved, oldest first. */
#define SOFTDEV_HAVE_CONST_DEVNODE	SOFTDEV_SINCE(6, 2)
#define SOFTDEV_HAVE_CONST_OWNERSHIP	SOFTDEV_SINCE(6, 2)
#define SOFTDEV_HAVE_XDP_FEATURES	SOFTDEV_SINCE(6, 3)
#define SOFTDEV_HAVE_VM_FLAGS_SET	SOFTDEV_SINCE(6, 3)
#define SOFTDEV_HAVE_CLASS_CREATE_1	SOFTDEV_SINCE(6, 4)
#define SOFTDEV_HAVE_CLEANUP_H		SOFTDEV_SINCE(6, 5)
#define SOFTDEV_HAVE_HOLDER_OPS		SOFTDEV_SINCE(6, 5)
#define SOFTDEV_HAVE_COPY_SPLICE_READ	SOFTDEV_SINCE(6, 5)
#define SOFTDEV_HAVE_START_NOTES_TAG	SOFTDEV_SINCE(6, 7)
#define SOFTDEV_HAVE_SHMEM_KERNEL_FILE	SOFTDEV_SINCE(6, 9)
#define SOFTDEV_HAVE_GSO_H		SOFTDEV_SINCE(6, 5)
#define SOFTDEV_HAVE_FRAG_FILL		SOFTDEV_SINCE(6, 5)
#define SOFTDEV_HAVE_PAGE_POOL_DIR	SOFTDEV_SINCE(6, 6)
#define SOFTDEV_HAVE_HWTSTAMP_OPS	SOFTDEV_SINCE(6, 6)
#define SOFTDEV_HAVE_RXFH_PARAM		SOFTDEV_SINCE(6, 8)
#define SOFTDEV_HAVE_XDP_METADATA	SOFTDEV_SINCE(6, 8)
#define SOFTDEV_HAVE_ETHTOOL_PUTS	SOFTDEV_SINCE(6, 8)
#define SOFTDEV_HAVE_QUEUE_NAPI		SOFTDEV_SINCE(6, 8)
#define SOFTDEV_HAVE_QUEUE_LIMITS	SOFTDEV_SINCE(6, 9)
#define SOFTDEV_HAVE_QUEUE_STATS	SOFTDEV_SINCE(6, 10)
#define SOFTDEV_HAVE_MM_AREA		SOFTDEV_SINCE(6, 10)
#define SOFTDEV_HAVE_UDP_GSO_SUMS	SOFTDEV_SINCE(6, 11)
#define SOFTDEV_HAVE_KERNEL_TS_INFO	SOFTDEV_SINCE(6, 11)
#define SOFTDEV_HAVE_BLK_FEATURES	SOFTDEV_SINCE(6, 11)
#define SOFTDEV_HAVE_UNALIGNED_H	SOFTDEV_SINCE(6, 12)
#define SOFTDEV_HAVE_DMA_IOMMU		SOFTDEV_SINCE(6, 12)
#define SOFTDEV_HAVE_RXFH_CONTEXT	SOFTDEV_SINCE(6, 12)
#define SOFTDEV_HAVE_LINK_PEER_TYPE	SOFTDEV_SINCE(6, 13)
#define SOFTDEV_HAVE_NAPI_CONFIG	SOFTDEV_SINCE(6, 13)
#define SOFTDEV_HAVE_RQ_LIST		SOFTDEV_SINCE(6, 13)
#define SOFTDEV_HAVE_HRTIMER_SETUP	SOFTDEV_SINCE(6, 13)
#define SOFTDEV_HAVE_FAUX		SOFTDEV_SINCE(6, 14)
#define SOFTDEV_HAVE_FREEZE_MEMFLAGS	SOFTDEV_SINCE(6, 14)
#define SOFTDEV_HAVE_MERGE_DEFAULT	SOFTDEV_SINCE(6, 14)
#define SOFTDEV_HAVE_FRAME_MEM_TYPE	SOFTDEV_SINCE(6, 14)
#define SOFTDEV_HAVE_NEWLINK_PARAMS	SOFTDEV_SINCE(6, 15)
#define SOFTDEV_HAVE_CHACHA_STATE	SOFTDEV_SINCE(6, 16)
#define SOFTDEV_HAVE_MMAP_PREPARE	SOFTDEV_SINCE(6, 17)
#define SOFTDEV_HAVE_WZEROES_UNMAP	SOFTDEV_SINCE(6, 17)
#define SOFTDEV_HAVE_RX_RING_COUNT	SOFTDEV_SINCE(6, 19)
#define SOFTDEV_HAVE_MM_AREA_CURRENT	SOFTDEV_SINCE(6, 19)
#define SOFTDEV_HAVE_VMA_FLAGS		SOFTDEV_SINCE(7, 0)
#define SOFTDEV_HAVE_SIGNED_MQ_NODE	SOFTDEV_SINCE(7, 0)
#define SOFTDEV_HAVE_QUEUE_MGMT		SOFTDEV_SINCE(7, 2)
#define SOFTDEV_HAVE_XSK_FRAGS		SOFTDEV_SINCE(7, 2)
#define SOFTDEV_HAVE_CONFIGURE_LOCKS	SOFTDEV_SINCE(7, 3)

#include <linux/device.h>
#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/slab.h>

#if SOFTDEV_HAVE_UNALIGNED_H
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif

/* 6.4: a class no longer names its owner. */
#if !SOFTDEV_HAVE_CLASS_CREATE_1
#define softdev_class_create(name)	class_create(THIS_MODULE, name)
#else
#define softdev_class_create(name)	class_create(name)
#endif

/* 6.2: devnode() of a class is given a const device. */
#if !SOFTDEV_HAVE_CONST_DEVNODE
#define softdev_devnode_device	struct device
#else
#define softdev_devnode_device	const struct device
#endif

/* 6.13: function and base are set in one call. */
#if !SOFTDEV_HAVE_HRTIMER_SETUP
static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*function)(struct hrtimer *),
				 clockid_t clock_id, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock_id, mode);
	timer->function = function;
}
#endif

/* 7.0: objects are allocated by type. */
#ifndef kzalloc_obj
#define kmalloc_obj(obj, gfp)		kmalloc(sizeof(obj), gfp)
#define kzalloc_obj(obj, gfp)		kzalloc(sizeof(obj), gfp)
#define kvzalloc_obj(obj, gfp)		kvzalloc(sizeof(obj), gfp)
#endif

/* 7.0: a write may ask not to be sent SIGPIPE. */
#ifndef IOCB_NOSIGNAL
#define IOCB_NOSIGNAL			0
#endif

#endif /* _SOFTDEV_COMPAT_H */
