// SPDX-License-Identifier: GPL-2.0
/*
 * What an operation suffers: the dice, then whoever sits on the tracepoint. The
 * dice and the counters of each node are here, below all that throws and counts.
 */
#include <linux/bits.h>
#include <linux/err.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include "pseudo.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

struct pseudo_node pseudo_nodes[PSEUDO_NODES];

/* One draw for each kind that the operation could suffer, in any case. */
static void pseudo_op_draw(struct pseudo_op *op, unsigned int kinds)
{
	struct softdev_faults *f = &pseudo_nodes[op->node].faults;
	u64 random;

	/* One byte is there or not: it cannot be less. */
	if (kinds & PSEUDO_CAN_SHORT && op->count > 1 &&
	    softdev_fault_random(f, PSEUDO_SHORT, 0, &random))
		op->count = 1 + reciprocal_scale(random, op->count - 1);
	if (kinds & PSEUDO_CAN_ERROR && softdev_fault(f, PSEUDO_ERROR, 0))
		op->error = -EIO;
	if (kinds & PSEUDO_CAN_CORRUPT &&
	    softdev_fault_random(f, PSEUDO_CORRUPT, 0, &random)) {
		op->flip = reciprocal_scale(random, op->count);
		op->mask = BIT(random >> 61);
	}
}

/* A program may do less, spoil or fail; it may not make more than was asked. */
static void pseudo_op_steer(struct pseudo_op *op)
{
	const struct pseudo_op asked = *op;

	trace_pseudo_op(op);
	op->node = asked.node;
	op->dir = asked.dir;
	op->pos = asked.pos;
	if (!op->count || op->count > asked.count)
		op->count = asked.count;
	op->error = softdev_fault_errno(op->error);
}

int pseudo_op_suffer(struct pseudo_op *op, unsigned int kinds)
{
	pseudo_op_draw(op, kinds);
	if (trace_pseudo_op_enabled())
		pseudo_op_steer(op);
	return op->error;
}

void pseudo_nodes_exit(void)
{
	int i;

	for (i = 0; i < PSEUDO_NODES; i++) {
		softdev_stats_destroy(&pseudo_nodes[i].stats);
		softdev_faults_destroy(&pseudo_nodes[i].faults);
	}
}

int __init pseudo_nodes_init(void)
{
	int i, err;

	for (i = 0; i < PSEUDO_NODES; i++) {
		err = softdev_faults_init(&pseudo_nodes[i].faults, 1);
		if (!err)
			err = softdev_stats_init(&pseudo_nodes[i].stats);
		if (err) {
			pseudo_nodes_exit();
			return err;
		}
	}
	return 0;
}
