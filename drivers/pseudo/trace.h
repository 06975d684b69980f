/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints of pseudo.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM pseudo

#if !defined(_PSEUDO_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _PSEUDO_TRACE_H

#include <linux/tracepoint.h>
#include <uapi/softdev/pseudo.h>
#include "op.h"

DECLARE_EVENT_CLASS(pseudo_op,
		    TP_PROTO(struct pseudo_op *op),
		    TP_ARGS(op),
		    TP_STRUCT__entry(__field(u32, node)
				     __field(u32, dir)
				     __field(s64, pos)
				     __field(u64, count)
				     __field(s64, flip)
				     __field(s32, error)),
		    TP_fast_assign(__entry->node = op->node;
				   __entry->dir = op->dir;
				   __entry->pos = op->pos;
				   __entry->count = op->count;
				   __entry->flip = op->flip;
				   __entry->error = op->error;),
		    TP_printk("%s %s pos=%lld count=%llu flip=%lld error=%d",
			      __print_symbolic(__entry->node,
					       { 0, "null" }, { 1, "zero" },
					       { 2, "full" }, { 3, "random" },
					       { 4, "pattern" }),
			      __entry->dir ? "write" : "read", __entry->pos,
			      __entry->count, __entry->flip, __entry->error)
);

/* The header is read several times; in one of them events can be writable. */
#undef PSEUDO_EVENT_WRITABLE
#ifdef DEFINE_EVENT_WRITABLE
#define PSEUDO_EVENT_WRITABLE	DEFINE_EVENT_WRITABLE
#else
#define PSEUDO_EVENT_WRITABLE(template, call, proto, args, ...) \
	DEFINE_EVENT(template, call, PARAMS(proto), PARAMS(args))
#endif

/*
 * An operation of at least one byte begins. A BPF program on it (of the kind
 * raw writable tracepoint) may make count smaller, set flip and mask, or set
 * error.
 */
PSEUDO_EVENT_WRITABLE(pseudo_op, pseudo_op,
		      TP_PROTO(struct pseudo_op *op),
		      TP_ARGS(op),
		      sizeof(struct pseudo_op)
);

/* What was written to pattern is not the pattern. */
TRACE_EVENT(pseudo_difference,
	    TP_PROTO(const struct pseudo_difference *diff),
	    TP_ARGS(diff),
	    TP_STRUCT__entry(__field(u64, offset)
			     __field(u64, seed)
			     __field(u32, count)
			     __array(u8, expected, PSEUDO_DIFFERENCE_BYTES)
			     __array(u8, found, PSEUDO_DIFFERENCE_BYTES)),
	    TP_fast_assign(__entry->offset = diff->offset;
			   __entry->seed = diff->seed;
			   __entry->count = diff->count;
			   memcpy(__entry->expected, diff->expected,
				  PSEUDO_DIFFERENCE_BYTES);
			   memcpy(__entry->found, diff->found,
				  PSEUDO_DIFFERENCE_BYTES);),
	    TP_printk("offset=%llu seed=%llu expected=%s found=%s",
		      __entry->offset, __entry->seed,
		      __print_hex_str(__entry->expected, __entry->count),
		      __print_hex_str(__entry->found, __entry->count))
);

#endif /* _PSEUDO_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
