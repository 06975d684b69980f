/* SPDX-License-Identifier: GPL-2.0 */
/*
 * loopnet: tracepoints.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM loopnet

#if !defined(_LOOPNET_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _LOOPNET_TRACE_H

#include <linux/netdevice.h>
#include <linux/tracepoint.h>

#ifndef _LOOPNET_STRIKE
#define _LOOPNET_STRIKE
/**
 * struct loopnet_strike - what a packet handed to TX suffers
 * @due: when it arrives, CLOCK_MONOTONIC nanoseconds, 0: at once; an earlier
 *	 packet of the queue holds back later ones
 * @random: which bit is corrupted
 * @faults: 1 loss, 2 duplicate, 4 corrupt, 8 reorder
 * @bytes: what the packet is on a wire, but for what each frame has around it
 *
 * A BPF program on the tracepoint loopnet_fault may write the first three.
 */
struct loopnet_strike {
	u64 due;
	u64 random;
	u32 faults;
	u32 bytes;
};
#endif

DECLARE_EVENT_CLASS(loopnet_strike,
	TP_PROTO(struct loopnet_strike *strike, const char *dev,
		 unsigned int queue),
	TP_ARGS(strike, dev, queue),
	TP_STRUCT__entry(
		__array(char, dev, IFNAMSIZ)
		__field(unsigned int, queue)
		__field(u64, due)
		__field(u32, faults)
		__field(u32, bytes)
	),
	TP_fast_assign(
		strscpy(__entry->dev, dev, IFNAMSIZ);
		__entry->queue = queue;
		__entry->due = strike->due;
		__entry->faults = strike->faults;
		__entry->bytes = strike->bytes;
	),
	TP_printk("%s queue=%u bytes=%u faults=%s due=%llu", __entry->dev,
		  __entry->queue, __entry->bytes,
		  __print_flags(__entry->faults, "|", { 1, "loss" },
				{ 2, "duplicate" }, { 4, "corrupt" },
				{ 8, "reorder" }),
		  __entry->due)
);

#undef LOOPNET_EVENT_WRITABLE
#ifdef DEFINE_EVENT_WRITABLE
#define LOOPNET_EVENT_WRITABLE(template, call, proto, args, size) \
	DEFINE_EVENT_WRITABLE(template, call, PARAMS(proto), PARAMS(args), size)
#else
#define LOOPNET_EVENT_WRITABLE(template, call, proto, args, size) \
	DEFINE_EVENT(template, call, PARAMS(proto), PARAMS(args))
#endif

LOOPNET_EVENT_WRITABLE(loopnet_strike, loopnet_fault,
	TP_PROTO(struct loopnet_strike *strike, const char *dev,
		 unsigned int queue),
	TP_ARGS(strike, dev, queue),
	sizeof(struct loopnet_strike)
);

TRACE_EVENT(loopnet_rewrite,
	TP_PROTO(const char *dev, unsigned int queue, const void *skb,
		 unsigned int len, unsigned int verdict),
	TP_ARGS(dev, queue, skb, len, verdict),
	TP_STRUCT__entry(
		__array(char, dev, IFNAMSIZ)
		__field(unsigned int, queue)
		__field(const void *, skb)
		__field(unsigned int, len)
		__field(unsigned int, verdict)
	),
	TP_fast_assign(
		strscpy(__entry->dev, dev, IFNAMSIZ);
		__entry->queue = queue;
		__entry->skb = skb;
		__entry->len = len;
		__entry->verdict = verdict;
	),
	TP_printk("%s queue=%u skb=%p len=%u %s", __entry->dev, __entry->queue,
		  __entry->skb, __entry->len,
		  __print_symbolic(__entry->verdict, { 0, "returned" },
				   { 1, "arp answered" }, { 2, "nd answered" },
				   { 3, "group consumed" }, { 4, "no memory" },
				   { 5, "runt" }))
);

#endif /* _LOOPNET_TRACE_H */

#undef TRACE_INCLUDE_PATH
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_PATH .
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
