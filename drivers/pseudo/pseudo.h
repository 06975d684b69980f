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
#include <linux/cdev.h>
#include <linux/fs.h>
#include <linux/slab.h>
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
 * struct pseudo_node - one of /dev/pseudo/
 * @name: below /dev/pseudo/ and /sys/class/pseudo/
 * @fops: what it does
 * @groups: its attributes in sysfs
 * @cdev: its minor, NULL while there is none
 * @faults: its dice, one queue
 * @stats: its counters, by enum pseudo_stat
 */
struct pseudo_node {
	const char *name;
	const struct file_operations *fops;
	const struct attribute_group **groups;
	struct cdev *cdev;
	struct softdev_faults faults;
	struct softdev_stats stats;
};

extern struct pseudo_node pseudo_nodes[PSEUDO_NODES];

extern const struct file_operations pseudo_null_fops;
extern const struct file_operations pseudo_zero_fops;
extern const struct file_operations pseudo_full_fops;
extern const struct file_operations pseudo_random_fops;
extern const struct file_operations pseudo_pattern_fops;

extern const struct attribute_group *pseudo_groups[];
extern const struct attribute_group *pseudo_pattern_groups[];

/* The seed that files of pattern start with. */
extern atomic64_t pseudo_pattern_seed;
/* Offset of the last difference any of them met, -1 if none did. */
extern atomic64_t pseudo_pattern_last;

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
