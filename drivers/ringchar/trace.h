/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM ringchar

#if !defined(_RINGCHAR_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _RINGCHAR_TRACE_H

#include <linux/tracepoint.h>
#include <softdev/config.h>

#ifndef _RINGCHAR_PLAN
#define _RINGCHAR_PLAN
/**
 * struct ringchar_plan - what a call suffers
 * @limit: at most so many bytes move; 0: no limit
 * @error: fail with this negative errno; 0: do not
 * @delay_ms: sleep so long first; a call that may not sleep fails with EAGAIN
 * @drawn: the dice were cast
 *
 * A BPF program on the tracepoint ringchar_fault may write it.
 */
struct ringchar_plan {
	u32 limit;
	s32 error;
	u32 delay_ms;
	u32 drawn;
};
#endif

DECLARE_EVENT_CLASS(ringchar_io,
	TP_PROTO(const char *name, size_t asked, ssize_t ret),
	TP_ARGS(name, asked, ret),
	TP_STRUCT__entry(
		__array(char, name, SOFTDEV_NAME_MAX + 1)
		__field(size_t, asked)
		__field(ssize_t, ret)
	),
	TP_fast_assign(
		strscpy(__entry->name, name, SOFTDEV_NAME_MAX + 1);
		__entry->asked = asked;
		__entry->ret = ret;
	),
	TP_printk("%s asked=%zu ret=%zd", __entry->name, __entry->asked,
		  __entry->ret)
);

DEFINE_EVENT(ringchar_io, ringchar_read,
	TP_PROTO(const char *name, size_t asked, ssize_t ret),
	TP_ARGS(name, asked, ret)
);

DEFINE_EVENT(ringchar_io, ringchar_write,
	TP_PROTO(const char *name, size_t asked, ssize_t ret),
	TP_ARGS(name, asked, ret)
);

DECLARE_EVENT_CLASS(ringchar_plan,
	TP_PROTO(struct ringchar_plan *plan, const char *name,
		 unsigned int queue, size_t n),
	TP_ARGS(plan, name, queue, n),
	TP_STRUCT__entry(
		__array(char, name, SOFTDEV_NAME_MAX + 1)
		__field(unsigned int, queue)
		__field(size_t, n)
		__field(u32, limit)
		__field(s32, error)
		__field(u32, delay_ms)
	),
	TP_fast_assign(
		strscpy(__entry->name, name, SOFTDEV_NAME_MAX + 1);
		__entry->queue = queue;
		__entry->n = n;
		__entry->limit = plan->limit;
		__entry->error = plan->error;
		__entry->delay_ms = plan->delay_ms;
	),
	TP_printk("%s %s n=%zu limit=%u error=%d delay_ms=%u", __entry->name,
		  __entry->queue ? "write" : "read", __entry->n, __entry->limit,
		  __entry->error, __entry->delay_ms)
);

#undef RINGCHAR_EVENT_WRITABLE
#ifdef DEFINE_EVENT_WRITABLE
#define RINGCHAR_EVENT_WRITABLE(template, call, proto, args, size) \
	DEFINE_EVENT_WRITABLE(template, call, PARAMS(proto), PARAMS(args), size)
#else
#define RINGCHAR_EVENT_WRITABLE(template, call, proto, args, size) \
	DEFINE_EVENT(template, call, PARAMS(proto), PARAMS(args))
#endif

RINGCHAR_EVENT_WRITABLE(ringchar_plan, ringchar_fault,
	TP_PROTO(struct ringchar_plan *plan, const char *name,
		 unsigned int queue, size_t n),
	TP_ARGS(plan, name, queue, n),
	sizeof(struct ringchar_plan)
);

#endif /* _RINGCHAR_TRACE_H */

#undef TRACE_INCLUDE_PATH
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_PATH .
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
