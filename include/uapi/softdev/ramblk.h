/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The log of a disk's history: /sys/kernel/config/ramblk/NAME/history/log.
 *
 * The file is one header and then records, in the machine's byte order. An
 * operation is one record. Its number is its place among the records of
 * operations, from 1: the order of completion. A mark stands between the
 * operations it was put between: one record, and then its text, which fills
 * as many records as it needs (ramblk_log_text_records()).
 */
#ifndef _UAPI_SOFTDEV_RAMBLK_H
#define _UAPI_SOFTDEV_RAMBLK_H

#include <linux/types.h>

#define RAMBLK_LOG_MAGIC	0x676c6252	/* "Rblg" in little-endian */
#define RAMBLK_LOG_VERSION	1

/* The longest text of a mark, without the zero at its end. */
#define RAMBLK_MARK_MAX		255

/**
 * struct ramblk_log_header - how the log begins
 * @magic: RAMBLK_LOG_MAGIC
 * @version: RAMBLK_LOG_VERSION
 * @record_size: bytes of a record, and of this header
 * @ops: number of operations that follow
 * @marks: number of marks that follow
 * @unit: bytes that a power cut keeps or loses together (without tear)
 * @reserved: 0
 * @size: of the disk in bytes, when the recording began
 */
struct ramblk_log_header {
	__u32 magic;
	__u16 version;
	__u16 record_size;
	__u32 ops;
	__u32 marks;
	__u32 unit;
	__u32 reserved;
	__u64 size;
};

/* Values of ramblk_log_record.op. */
enum ramblk_log_op {
	RAMBLK_LOG_NONE,	/* nothing: skip it */
	RAMBLK_LOG_WRITE,
	RAMBLK_LOG_DISCARD,
	RAMBLK_LOG_WRITE_ZEROES,
	RAMBLK_LOG_FLUSH,
	RAMBLK_LOG_MARK = 255,
};

/*
 * Bits of ramblk_log_record.flags. An operation that is durable makes its bytes
 * durable by the time it completes, a FLUSH all that it covers. Without a write
 * cache every operation is. A disk that lies (faults/flush_lie) says FUA or
 * FLUSH and is not.
 */
#define RAMBLK_LOG_FUA		0x01	/* was asked to be durable */
#define RAMBLK_LOG_DURABLE	0x02	/* is */
#define RAMBLK_LOG_UNMAP	0x04	/* write-zeroes that gives memory back */
#define RAMBLK_LOG_POWER	0x08	/* the FLUSH of an orderly power off */

/**
 * struct ramblk_log_record - an operation, or a mark
 * @sector: where it began, in units of 512 bytes; 0 for FLUSH and marks
 * @sectors: how many; for a mark, bytes of its text
 * @submitted: order of submission, from 1. Numbers are missing where a request
 *	failed and changed nothing; for a mark, the last that was given
 * @after: how many operations had completed when this one was submitted: it was
 *	in flight when operation n completed if @after < n and its own number is
 *	larger. For a mark, the number of the operation that it follows
 * @applied: order in which operations changed the disk, from 1; for a mark 0
 * @msecs: when it completed, in milliseconds since the recording began
 * @op: enum ramblk_log_op
 * @flags: RAMBLK_LOG_FUA and so on
 * @error: 0, or the errno that it failed with after it had changed the disk, in
 *	part perhaps
 */
struct ramblk_log_record {
	__u64 sector;
	__u32 sectors;
	__u32 submitted;
	__u32 after;
	__u32 applied;
	__u32 msecs;
	__u8 op;
	__u8 flags;
	__u16 error;
};

/* How many records the text of a mark fills; the rest of the last one is 0. */
static __inline__ __u32 ramblk_log_text_records(__u32 bytes)
{
	return (bytes + sizeof(struct ramblk_log_record) - 1) /
	       sizeof(struct ramblk_log_record);
}

#endif /* _UAPI_SOFTDEV_RAMBLK_H */
