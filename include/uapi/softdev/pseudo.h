/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * What /dev/pseudo/pattern understands beyond read, write and lseek.
 *
 * The calls and the structure are the same for 32-bit programs on a 64-bit
 * kernel. The other nodes of pseudo know no ioctl: ENOTTY.
 */
#ifndef _UAPI_SOFTDEV_PSEUDO_H
#define _UAPI_SOFTDEV_PSEUDO_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* Bytes shown from a difference on. */
#define PSEUDO_DIFFERENCE_BYTES	32

/**
 * struct pseudo_difference - where and how what was written last differed
 * @offset: of the first byte that differed, in the endless file
 * @seed: of the pattern that was expected
 * @count: how many of the bytes below are there, at least 1: the difference
 *	   and what followed it in the same write
 * @reserved: 0
 * @expected: what the pattern has at @offset and after
 * @found: what was written there
 */
struct pseudo_difference {
	__u64 offset;
	__u64 seed;
	__u32 count;
	__u32 reserved;
	__u8 expected[PSEUDO_DIFFERENCE_BYTES];
	__u8 found[PSEUDO_DIFFERENCE_BYTES];
};

#define PSEUDO_IOC	0xB9

/*
 * The seed of this open file, and of what shares it by dup() or fork(). A file
 * starts with the seed that /sys/class/pseudo/pattern/seed had at open.
 */
#define PSEUDO_GET_SEED		_IOR(PSEUDO_IOC, 0x20, __u64)
#define PSEUDO_SET_SEED		_IOW(PSEUDO_IOC, 0x21, __u64)

/* The last difference that a write to this open file met; ENODATA if none. */
#define PSEUDO_GET_DIFFERENCE	_IOR(PSEUDO_IOC, 0x22, struct pseudo_difference)

#endif /* _UAPI_SOFTDEV_PSEUDO_H */
