/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the nodes of pseudo have in common.
 *
 * main.c makes the nodes, sysfs.c their attributes; op.c decides what an
 * operation suffers; mem.c and mmap.c are null, zero and full; random.c and
 * pattern.c the other two, over keystream.c and stream.c.
 */
#ifndef _PSEUDO_H
#define _PSEUDO_H

#include <linux/atomic.h>
#include <linux/fs.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/tracepoint-defs.h>
#include <softdev/fault.h>
#include <softdev/stats.h>
#include "op.h"

/* Minor numbers, in the order of their making. */
enum pseudo_id {
	PSEUDO_NULL,
	PSEUDO_ZERO,
	PSEUDO_FULL,
	PSEUDO_RANDOM,
	PSEUDO_PATTERN,
	PSEUDO_NODES,
};

enum pseudo_stat {
	PSEUDO_READS,
	PSEUDO_WRITES,
	PSEUDO_BYTES_READ,
	PSEUDO_BYTES_WRITTEN,
	PSEUDO_MISMATCHES,
};

/**
 * struct pseudo_node - what operations on one of /dev/pseudo/ meet
 * @faults: its dice, one queue
 * @stats: its counters, by enum pseudo_stat
 */
struct pseudo_node {
	struct softdev_faults faults;
	struct softdev_stats stats;
};

extern struct pseudo_node pseudo_nodes[PSEUDO_NODES];

/* Dice and counters of all nodes; see op.c. */
int pseudo_nodes_init(void);
void pseudo_nodes_exit(void);

extern const struct file_operations pseudo_null_fops;
extern const struct file_operations pseudo_zero_fops;
extern const struct file_operations pseudo_full_fops;
extern const struct file_operations pseudo_random_fops;
extern const struct file_operations pseudo_pattern_fops;

/* Attributes of a device whose driver data is its struct pseudo_node. */
extern const struct attribute_group *pseudo_groups[];
extern const struct attribute_group *pseudo_pattern_groups[];

DECLARE_TRACEPOINT(pseudo_op);

/**
 * pseudo_op_plain() - may an operation do without a struct pseudo_op?
 * @node: on which node, enum pseudo_id
 *
 * So it is while no fault has a rate and nobody sits on the tracepoint.
 */
static inline bool pseudo_op_plain(unsigned int node)
{
	const u32 *rate = pseudo_nodes[node].faults.rate;

	return likely(!(READ_ONCE(rate[PSEUDO_SHORT]) |
			READ_ONCE(rate[PSEUDO_ERROR]) |
			READ_ONCE(rate[PSEUDO_CORRUPT]))) &&
	       !tracepoint_enabled(pseudo_op);
}

/* The slow half of pseudo_op_begin(): the operation is not plain. */
int pseudo_op_suffer(struct pseudo_op *op, unsigned int kinds);

/**
 * pseudo_op_begin() - what shall become of an operation?
 * @op: filled in; @op->count is @count where nothing is amiss
 * @node: on which node
 * @dir: PSEUDO_READ or PSEUDO_WRITE
 * @pos: the file's position
 * @count: how many bytes the caller asked for; nothing happens to an operation
 *	   of none
 * @kinds: the faults that make sense for it
 *
 * Context: process.
 * Return: 0, or the negative error to end with.
 */
static inline int pseudo_op_begin(struct pseudo_op *op, unsigned int node,
				  unsigned int dir, s64 pos, size_t count,
				  unsigned int kinds)
{
	*op = (struct pseudo_op){
		.node = node, .dir = dir, .pos = pos, .count = count,
		.flip = PSEUDO_NO_FLIP,
	};
	if (!count || pseudo_op_plain(node))
		return 0;
	return pseudo_op_suffer(op, kinds);
}

/**
 * pseudo_count() - count an operation
 * @node: on which node
 * @dir: PSEUDO_READ or PSEUDO_WRITE
 * @ret: what it returns: bytes or a negative error
 *
 * Return: @ret.
 */
static inline ssize_t pseudo_count(unsigned int node, unsigned int dir,
				   ssize_t ret)
{
	bool write = dir == PSEUDO_WRITE;

	softdev_stats_add2(&pseudo_nodes[node].stats,
			   write ? PSEUDO_WRITES : PSEUDO_READS, 1,
			   write ? PSEUDO_BYTES_WRITTEN : PSEUDO_BYTES_READ,
			   ret > 0 ? ret : 0);
	return ret;
}

/* As pseudo_count(), for what began with pseudo_op_begin(). */
static inline ssize_t pseudo_op_end(const struct pseudo_op *op, ssize_t ret)
{
	return pseudo_count(op->node, op->dir, ret);
}

/* The seed that files of pattern start with. */
extern atomic64_t pseudo_pattern_seed;
/* Offset of the last difference any of them met, -1 if none did. */
extern atomic64_t pseudo_pattern_last;

/**
 * pseudo_go_on() - may an operation that has done a piece do another?
 * @iocb: the call
 *
 * There is something to return, so stopping is fine.
 *
 * Context: process; may sleep where @iocb may.
 */
static inline bool pseudo_go_on(const struct kiocb *iocb)
{
	if (signal_pending(current))
		return false;
	if (!need_resched())
		return true;
	if (iocb->ki_flags & IOCB_NOWAIT)
		return false;
	cond_resched();
	return true;
}

/* Memory for the bytes of an operation that may have to do without. */
static inline void *pseudo_buf(const struct kiocb *iocb, size_t size)
{
	gfp_t gfp = iocb->ki_flags & IOCB_NOWAIT ? GFP_NOWAIT : GFP_KERNEL;

	return kmalloc(size, gfp | __GFP_NOWARN);
}

/* Shared mappings of zero; see mmap.c. */
int pseudo_mmap_init(void);
int pseudo_zero_mmap(struct file *file, struct vm_area_struct *vma);
unsigned long pseudo_zero_area(struct file *file, unsigned long addr,
			       unsigned long len, unsigned long pgoff,
			       unsigned long flags);

/* Who polls random before it is ready; see random.c. */
void pseudo_random_init(void);
void pseudo_random_exit(void);

#endif /* _PSEUDO_H */
