/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM ramblk

#if !defined(_RAMBLK_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _RAMBLK_TRACE_H

#include <linux/blk-mq.h>
#include <linux/tracepoint.h>

struct ramblk_fate;

/*
 * A request before its fate is sealed. The event is writable: a BPF program of
 * type raw_tracepoint.w may change the fate, whose layout is struct ramblk_fate
 * in ramblk.h.
 */
DECLARE_EVENT_CLASS(ramblk_request_class,

	TP_PROTO(struct ramblk_fate *fate, struct request *rq),

	TP_ARGS(fate, rq),

	TP_STRUCT__entry(
		__field(dev_t, dev)
		__field(unsigned int, op)
		__field(unsigned int, queue)
		__field(sector_t, sector)
		__field(unsigned int, bytes)
		__field(int, error)
		__field(unsigned int, flags)
		__field(u64, delay_ns)
	),

	TP_fast_assign(
		__entry->dev = rq->q->disk ? disk_devt(rq->q->disk) : 0;
		__entry->op = (__force unsigned int)req_op(rq);
		__entry->queue = rq->mq_hctx->queue_num;
		__entry->sector = blk_rq_pos(rq);
		__entry->bytes = blk_rq_bytes(rq);
		__entry->error = fate->error;
		__entry->flags = fate->flags;
		__entry->delay_ns = fate->delay_ns;
	),

	TP_printk("dev=%d,%d op=%u queue=%u sector=%llu bytes=%u error=%d fate=%#x delay_ns=%llu",
		  MAJOR(__entry->dev), MINOR(__entry->dev), __entry->op,
		  __entry->queue, (unsigned long long)__entry->sector,
		  __entry->bytes, __entry->error, __entry->flags,
		  __entry->delay_ns)
);

#ifdef DEFINE_EVENT_WRITABLE
DEFINE_EVENT_WRITABLE(ramblk_request_class, ramblk_request,

	TP_PROTO(struct ramblk_fate *fate, struct request *rq),

	TP_ARGS(fate, rq),

	sizeof(struct ramblk_fate)
);
#else
DEFINE_EVENT(ramblk_request_class, ramblk_request,

	TP_PROTO(struct ramblk_fate *fate, struct request *rq),

	TP_ARGS(fate, rq)
);
#endif

/* What has happened to a request, when it is about to be completed. */
TRACE_EVENT(ramblk_done,

	TP_PROTO(struct request *rq, int error),

	TP_ARGS(rq, error),

	TP_STRUCT__entry(
		__field(dev_t, dev)
		__field(unsigned int, op)
		__field(sector_t, sector)
		__field(unsigned int, bytes)
		__field(int, error)
	),

	TP_fast_assign(
		__entry->dev = rq->q->disk ? disk_devt(rq->q->disk) : 0;
		__entry->op = (__force unsigned int)req_op(rq);
		__entry->sector = blk_rq_pos(rq);
		__entry->bytes = blk_rq_bytes(rq);
		__entry->error = error;
	),

	TP_printk("dev=%d,%d op=%u sector=%llu bytes=%u error=%d",
		  MAJOR(__entry->dev), MINOR(__entry->dev), __entry->op,
		  (unsigned long long)__entry->sector, __entry->bytes,
		  __entry->error)
);

/* A disk appears, goes or loses power. */
TRACE_EVENT(ramblk_power,

	TP_PROTO(const char *name, unsigned int how),

	TP_ARGS(name, how),

	TP_STRUCT__entry(
		__array(char, name, DISK_NAME_LEN)
		__field(unsigned int, how)
	),

	TP_fast_assign(
		strscpy(__entry->name, name, DISK_NAME_LEN);
		__entry->how = how;
	),

	TP_printk("%s %s", __entry->name,
		  __print_symbolic(__entry->how, { 0, "off" }, { 1, "on" },
				   { 2, "cut" }))
);

#endif /* _RAMBLK_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
