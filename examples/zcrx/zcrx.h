/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * What <linux/io_uring.h> and <linux/io_uring/zcrx.h> of Linux 7.2 say, for hosts
 * whose headers are older. With newer ones include those, and use liburing's
 * io_uring_register_ifq().
 */
#ifndef EXAMPLE_ZCRX_H
#define EXAMPLE_ZCRX_H

#include <linux/types.h>

enum {
	ZCRX_OP_RECV		= 58,	/* IORING_OP_RECV_ZC */
	ZCRX_REGISTER_IFQ	= 32,	/* IORING_REGISTER_ZCRX_IFQ */
	ZCRX_RECV_MULTISHOT	= 1 << 1,	/* IORING_RECV_MULTISHOT */
	ZCRX_REGION_USER	= 1,	/* IORING_MEM_REGION_TYPE_USER */
	ZCRX_STATS		= 1,	/* ZCRX_EVENT_DESC_FLAG_STATS */
};

#define ZCRX_OFFSET(off)	((off) & (((__u64)1 << 48) - 1))

struct zcrx_region {		/* struct io_uring_region_desc */
	__u64 user_addr, size;
	__u32 flags, id;
	__u64 mmap_offset, resv[4];
};

struct zcrx_area {		/* struct io_uring_zcrx_area_reg */
	__u64 addr, len, token;
	__u32 flags, dmabuf_fd;
	__u64 resv[2];
};

struct zcrx_events {		/* struct zcrx_event_desc */
	__u64 user_data;
	__u32 type_mask, flags;
	__u64 stats_offset, resv[9];
};

struct zcrx_ifq {		/* struct io_uring_zcrx_ifq_reg */
	__u32 ifindex, queue, entries, flags;
	__u64 area, region;
	struct {
		__u32 head, tail, rqes, resv2;
		__u64 resv[2];
	} offsets;
	__u32 id, buf_len;
	__u64 events, resv[2];
};

struct zcrx_cqe {		/* struct io_uring_zcrx_cqe, behind the CQE */
	__u64 off, pad;
};

struct zcrx_rqe {		/* struct io_uring_zcrx_rqe */
	__u64 off;
	__u32 len, pad;
};

struct zcrx_stats {
	__u64 copies, bytes;
};

#endif
