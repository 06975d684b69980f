/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * ringchar: a character device over a ring buffer; its ioctls and the memory
 * that mmap shows.
 *
 * Every structure has the same layout for 32-bit and 64-bit callers.
 */
#ifndef _UAPI_SOFTDEV_RINGCHAR_H
#define _UAPI_SOFTDEV_RINGCHAR_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* Changes when something below does; within a version nothing moves. */
#define RINGCHAR_VERSION	1

enum ringchar_mode {
	RINGCHAR_STREAM,
	RINGCHAR_RECORD,
};

enum ringchar_full {
	RINGCHAR_BLOCK,
	RINGCHAR_OVERWRITE,
};

enum ringchar_readers {
	RINGCHAR_SHARE,
	RINGCHAR_EACH,
};

/**
 * struct ringchar_info - what RINGCHAR_IOC_INFO tells
 * @version: RINGCHAR_VERSION of the driver
 * @mode: enum ringchar_mode
 * @full: enum ringchar_full
 * @eof: 1 if reads end when the last writer has closed
 * @size: bytes that the ring holds
 * @max_record: bytes of the longest record; in stream mode, of the longest
 *	write that is never torn
 * @stored: the users' bytes held
 * @next_record: length of the next record, 0 if there is none or in stream mode
 * @read_mark: readable from so many bytes on
 * @write_mark: writable from so many free bytes on
 * @data_offset: where the data begins in a mapping; what is before is struct
 *	ringchar_page
 * @readers: enum ringchar_readers
 * @lost_bytes: readers=each: the users' bytes that this file has lost because
 *	it was overtaken
 * @lost_records: the same in records
 * @reserved: 0
 */
struct ringchar_info {
	__u32 version;
	__u32 mode;
	__u32 full;
	__u32 eof;
	__u32 size;
	__u32 max_record;
	__u32 stored;
	__u32 next_record;
	__u32 read_mark;
	__u32 write_mark;
	__u32 data_offset;
	__u32 readers;
	__aligned_u64 lost_bytes;
	__u32 lost_records;
	__u32 reserved;
};

/**
 * struct ringchar_peek - a read that takes nothing away
 * @buf: address of the buffer
 * @len: its length
 * @got: bytes put there
 */
struct ringchar_peek {
	__u64 buf;
	__u32 len;
	__u32 got;
};

/* The sides that RINGCHAR_IOC_CLAIM claims. */
#define RINGCHAR_PRODUCER	1
#define RINGCHAR_CONSUMER	2

#define RINGCHAR_IOC		0xBD

/* What the ring is and holds. */
#define RINGCHAR_IOC_INFO	_IOR(RINGCHAR_IOC, 0, struct ringchar_info)
/*
 * Copy the next bytes, or the next record, and leave them. EAGAIN if there are
 * none, EMSGSIZE if the record is longer than the buffer; waits for nothing.
 * Needs a readable descriptor.
 */
#define RINGCHAR_IOC_PEEK	_IOWR(RINGCHAR_IOC, 1, struct ringchar_peek)
/* Forget what is held. Needs a readable descriptor. */
#define RINGCHAR_IOC_CLEAR	_IO(RINGCHAR_IOC, 2)
/*
 * Change the size to a power of two that takes what is held (EBUSY otherwise).
 * Needs a writable descriptor; to grow above the module's max_size
 * CAP_SYS_RESOURCE.
 */
#define RINGCHAR_IOC_RESIZE	_IOW(RINGCHAR_IOC, 3, __u64)
/*
 * The argument, RINGCHAR_PRODUCER or RINGCHAR_CONSUMER, is passed by value.
 * From now on only who maps the ring moves that side; plain read or write of
 * that side is EBUSY for everybody. The claim ends with RINGCHAR_IOC_UNCLAIM,
 * the last close of the descriptor or the removal of the device. EBUSY if the
 * side is taken. Needs O_RDWR, full=block and a size in whole pages. A mapping
 * for writing needs it (EACCES), and gets SIGBUS after the claim has ended.
 */
#define RINGCHAR_IOC_CLAIM	_IO(RINGCHAR_IOC, 4)
#define RINGCHAR_IOC_UNCLAIM	_IO(RINGCHAR_IOC, 5)
/* Wake who sleeps or polls; see struct ringchar_page. */
#define RINGCHAR_IOC_DOORBELL	_IO(RINGCHAR_IOC, 6)

/**
 * struct ringchar_page - the first page of a mapping
 * @version: RINGCHAR_VERSION
 * @size: bytes that the ring holds, a power of two
 * @data_offset: where the data begins in the mapping
 * @mode: enum ringchar_mode
 * @head: position of the next byte to be written; the producer's
 * @producer_waits: the producer sleeps or polls: the consumer owes a doorbell
 * @tail: position of the next byte to be read; the consumer's
 * @consumer_waits: the consumer sleeps or polls: the producer owes a doorbell
 * @tail_high: readers=each: the upper 32 bits of the tail, see below
 * @tail_high_again: the same, stored after the tail
 * @pad0: 0
 * @pad1: 0
 *
 * Positions run freely over 32 bits; byte number p is at
 * data_offset + (p & (size - 1)); head - tail bytes are held. Map with
 * mmap(NULL, data_offset + size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0),
 * having claimed a side.
 *
 * The producer loads tail with acquire, writes data, stores head with release,
 * issues a full (sequentially consistent) fence, and if consumer_waits is not 0
 * calls RINGCHAR_IOC_DOORBELL. The consumer loads head with acquire, reads
 * data, stores tail with release, issues a full fence, and if producer_waits is
 * not 0 calls the doorbell. The kernel sets and clears both flags; processes
 * only read them. To wait, poll(2) the descriptor.
 *
 * A record is its length, a __u32 in the machine's byte order, and then its
 * bytes. Nothing is aligned and both may wrap. A producer publishes whole
 * records.
 *
 * With readers=each any number of readers map the ring with PROT_READ and follow
 * it; nothing is claimed, and they hold no writer up. Each has a position of 64
 * bits. The tail's 64 bits are taken by loading tail_high_again with acquire,
 * tail with acquire, and tail_high, and once more from the beginning if the first
 * and the last differ. A reader loads head with acquire, (__u32)(head - position)
 * bytes may be read; copies them; issues an acquire fence; and takes the tail. If
 * that is beyond the position the reader was overtaken: what was copied is
 * nonsense, and the position is to be the tail. To wait, lseek(fd, 0, SEEK_END),
 * look at head once more, and poll(2) the descriptor.
 *
 * <softdev/ringchar_map.h> does all this.
 */
struct ringchar_page {
	__u32 version;
	__u32 size;
	__u32 data_offset;
	__u32 mode;
	__u32 pad0[28];

	__u32 head;
	__u32 producer_waits;
	__u32 pad1[30];

	__u32 tail;
	__u32 consumer_waits;
	__u32 tail_high;
	__u32 tail_high_again;
};

#endif /* _UAPI_SOFTDEV_RINGCHAR_H */
