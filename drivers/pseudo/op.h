/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An operation on a node: how much of it is to happen, and with which faults.
 */
#ifndef _PSEUDO_OP_H
#define _PSEUDO_OP_H

#include <linux/types.h>

enum pseudo_fault {
	PSEUDO_SHORT,
	PSEUDO_ERROR,
	PSEUDO_CORRUPT,
	PSEUDO_FAULTS,
};

/* Sets of faults an operation could suffer. */
#define PSEUDO_CAN_SHORT	BIT(PSEUDO_SHORT)
#define PSEUDO_CAN_ERROR	BIT(PSEUDO_ERROR)
#define PSEUDO_CAN_CORRUPT	BIT(PSEUDO_CORRUPT)

/* Direction of an operation. */
#define PSEUDO_READ	0
#define PSEUDO_WRITE	1

/* For @flip of struct pseudo_op: every byte is as it should be. */
#define PSEUDO_NO_FLIP	U64_MAX

/**
 * struct pseudo_op - one operation
 * @node: which node, enum pseudo_id
 * @dir: PSEUDO_READ or PSEUDO_WRITE
 * @pos: the file's position
 * @count: how many bytes are to move, at most what the caller asked for
 * @flip: which of them is to be spoiled, or PSEUDO_NO_FLIP
 * @mask: which bits of that byte flip
 * @error: 0, or the error the operation is to end with instead
 *
 * Programs on the writable tracepoint pseudo_op see and change this: new fields
 * go to the end.
 */
struct pseudo_op {
	u32 node;
	u32 dir;
	s64 pos;
	u64 count;
	u64 flip;
	u32 mask;
	s32 error;
};

/* Spoil the byte in question if it is one of the @len from @done on. */
static inline void pseudo_op_spoil(const struct pseudo_op *op, u8 *buf,
				   size_t done, size_t len)
{
	if (unlikely(op->flip - done < len))
		buf[op->flip - done] ^= op->mask;
}

#endif /* _PSEUDO_OP_H */
