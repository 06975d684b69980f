/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ramblk: a disk and its shell in the block layer.
 */
#ifndef _RAMBLK_H
#define _RAMBLK_H

#include <linux/blk-mq.h>
#include <linux/hrtimer.h>
#include <linux/workqueue.h>
#include <softdev/config.h>
#include "history.h"
#include "identity.h"
#include "ranges.h"
#include "store.h"

/* Settings: module parameters and attributes, in this order. */
enum ramblk_value {
#define RAMBLK_SETTING(_name, _id, ...)	RAMBLK_##_id,
#include "settings.h"
	RAMBLK_NR_VALUES,
};

enum ramblk_completion {
	RAMBLK_INLINE,
	RAMBLK_SOFTIRQ,
	RAMBLK_TIMER,
};

/* What becomes of bad blocks. */
enum ramblk_bad_mode {
	RAMBLK_BAD_STICKY,	/* they stay */
	RAMBLK_BAD_ONCE,	/* good after they have failed a request */
	RAMBLK_BAD_REWRITE,	/* good after they have been written */
};

/* Indices of the words of power. */
enum ramblk_power {
	RAMBLK_OFF,
	RAMBLK_ON,
	RAMBLK_CUT,
};

enum ramblk_fault {
	RAMBLK_FAULT_READ,
	RAMBLK_FAULT_WRITE,
	RAMBLK_FAULT_FLUSH,
	RAMBLK_FAULT_DISCARD,
	RAMBLK_FAULT_FLUSH_LIE,
	RAMBLK_FAULT_TIMEOUT,
	RAMBLK_FAULT_REQUEUE,
	RAMBLK_FAULT_CORRUPT,
	RAMBLK_FAULT_MISDIRECT,
	RAMBLK_NR_FAULTS,
};

enum ramblk_stat {
	RAMBLK_STAT_ALLOCATED,
	RAMBLK_STAT_UNFLUSHED,
	RAMBLK_STAT_SNAPSHOT,
	RAMBLK_STAT_CUTS,
	RAMBLK_STAT_LOST,
	RAMBLK_STAT_TORN,
	RAMBLK_NR_STATS,
};

/*
 * Whatever takes a request off the plain path has a bit here, so that the path
 * asks one question.
 */
#define RAMBLK_F_VERSIONED	0x01	/* write cache or snapshots */
#define RAMBLK_F_READONLY	0x02
#define RAMBLK_F_BAD		0x04	/* there are bad blocks */
#define RAMBLK_F_FAULTS		0x08	/* some rate is not 0 */
#define RAMBLK_F_SHAPE		0x10	/* latency, bandwidth, timer */
#define RAMBLK_F_SOFTIRQ	0x20
#define RAMBLK_F_DRAIN		0x40	/* going away: no delays, no faults */
#define RAMBLK_F_CUT		0x80	/* the plug is pulled: fail all */
#define RAMBLK_F_HURRY		0x100	/* requests are waited for: no delays */
#define RAMBLK_F_ATOMIC		0x200	/* writes of several pages are whole */

/* Nothing is delayed, stuck or left to a poller while one of these is set. */
#define RAMBLK_F_OVER	(RAMBLK_F_DRAIN | RAMBLK_F_CUT | RAMBLK_F_HURRY)

/**
 * struct ramblk_fate - what is to become of a request
 * @error: 0, or the errno to fail it with, untouched
 * @flags: RAMBLK_FATE_*
 * @delay_ns: complete it this much later
 * @random: shapes a fault
 *
 * Decided once by the dice, then shown to whoever is attached to the writable
 * tracepoint, who may change it.
 */
struct ramblk_fate {
	__s32 error;
	__u32 flags;
	__u64 delay_ns;
	__u64 random;
};

#define RAMBLK_FATE_FLUSH_LIE	0x1	/* FLUSH or FUA does nothing */
#define RAMBLK_FATE_TIMEOUT	0x2	/* never completes by itself */
#define RAMBLK_FATE_REQUEUE	0x4	/* comes back once first */
#define RAMBLK_FATE_CORRUPT	0x8	/* a bit of what is read flips */
#define RAMBLK_FATE_MISDIRECT	0x10	/* written one unit further on */
#define RAMBLK_FATE_ALL		0x1f

/* Who may complete a request that is not being worked on; see ramblk_cmd. */
enum ramblk_state {
	RAMBLK_BUSY,	/* whoever works on it */
	RAMBLK_STUCK,	/* the block layer's timeout, or the end of the disk */
	RAMBLK_DELAYED,	/* its timer, or the end of the disk */
};

/**
 * struct ramblk_cmd - what a request needs beyond the plain path
 * @done: bytes dealt with so far
 * @state: whoever changes it from STUCK or DELAYED to BUSY, by cmpxchg(),
 *	completes the request
 * @status: to be completed with
 * @list: in a poll queue's list
 * @submitted: order of submission, while the disk records
 * @after: how many operations had completed then
 * @version: what it left in the history, 0 if it has no place there
 * @fate: what the dice said
 * @timer: completes it later
 * @work: goes on with it where memory may be waited for
 */
struct ramblk_cmd {
	u64 done;
	int state;
	blk_status_t status;
	struct list_head list;
	u32 submitted;
	u32 after;
	u32 version;
	struct ramblk_fate fate;
	struct hrtimer timer;
	struct work_struct work;
};

/**
 * struct ramblk_queue - a hardware queue
 * @lock: protects @done
 * @done: requests of a poll queue that wait to be found
 */
struct ramblk_queue {
	spinlock_t lock;	/* see above */
	struct list_head done;
};

/**
 * struct ramblk - a disk
 * @store: its memory
 * @features: RAMBLK_F_*; written under item.lock, read with READ_ONCE()
 * @unit: bytes a misdirected write goes astray; fixed while powered
 * @latency_ns: written under item.lock, read with READ_ONCE()
 * @bandwidth: likewise
 * @sweeps: how often delays were cut short; see ramblk_sweep()
 * @free_at: when the bandwidth is free again, in ns of the monotonic clock
 * @bad: bad blocks
 * @fault_range: sectors at which faults strike, empty for all
 * @item: its directory
 * @values: its settings
 * @text: who it says it is; under item.lock, fixed while powered
 * @snapshots: by name; under item.lock
 * @history: its past; configured under item.lock
 * @history_group: NAME/history/
 * @gd: while powered; under item.lock
 * @set: its queues, while powered
 * @cuts: power cuts so far
 * @cut_nr: those since the seed was set
 * @lost_units: units that lost something by them
 * @torn_units: those of them that lost a part
 */
struct ramblk {
	struct ramblk_store store;
	unsigned int features ____cacheline_aligned_in_smp;
	unsigned int unit;
	u64 latency_ns;
	u64 bandwidth;
	unsigned int sweeps;
	atomic64_t free_at;
	struct ramblk_ranges bad;
	struct ramblk_ranges fault_range;
	struct softdev_item item;
	atomic64_t values[RAMBLK_NR_VALUES];
	char text[RAMBLK_NR_TEXTS][RAMBLK_TEXT_MAX + 1];
	struct list_head snapshots;
	struct ramblk_history history;
	struct config_group history_group;
	struct gendisk *gd;
	struct blk_mq_tag_set set;
	atomic64_t cuts;
	u64 cut_nr;
	atomic64_t lost_units;
	atomic64_t torn_units;
};

static inline struct ramblk *to_ramblk(struct softdev_item *item)
{
	return container_of(item, struct ramblk, item);
}

/*
 * A request that was let in before the disk shrank may reach beyond its end. A
 * FLUSH has no place and no length.
 */
static inline bool ramblk_beyond(struct ramblk *d, struct request *rq)
{
	return blk_rq_sectors(rq) &&
	       blk_rq_pos(rq) + blk_rq_sectors(rq) >
	       d->store.size >> SECTOR_SHIFT;
}

/* What a request is completed with: nothing succeeds once the plug is pulled. */
static inline blk_status_t ramblk_status(struct request *rq)
{
	const struct ramblk *d = rq->q->queuedata;
	const struct ramblk_cmd *cmd = blk_mq_rq_to_pdu(rq);

	return unlikely(READ_ONCE(d->features) & RAMBLK_F_CUT) ?
	       BLK_STS_IOERR : cmd->status;
}

/* queue.c */
extern const struct blk_mq_ops ramblk_mq_ops;

/* What ramblk_plain() returns for a request that is not. */
#define RAMBLK_NOT_PLAIN	1

/* plain.c */
int ramblk_plain(struct ramblk *d, struct request *rq, u64 *done);
void ramblk_plain_prefetch(const struct ramblk_store *s, struct request *rq);

/* request.c */
extern struct workqueue_struct *ramblk_wq;
void ramblk_special(struct ramblk *d, struct request *rq);
void ramblk_adopt(struct ramblk *d, struct request *rq, u64 done, int err);
enum blk_eh_timer_return ramblk_timeout(struct request *rq);
void ramblk_end_batch(struct io_comp_batch *iob);
int ramblk_poll(struct blk_mq_hw_ctx *hctx, struct io_comp_batch *iob);
void ramblk_sweep(struct ramblk *d);
void ramblk_cmd_init(struct ramblk_cmd *cmd);
void ramblk_cmd_exit(struct ramblk_cmd *cmd);

/* fate.c */
void ramblk_fate_draw(struct ramblk *d, struct request *rq,
		      struct ramblk_fate *fate);
u64 ramblk_astray(struct ramblk *d, u64 pos, u64 len);
void ramblk_flip(struct request *rq, u64 random);

/* disk.c */
int ramblk_disk_agree(const char *name, const u64 *values);
int ramblk_disk_on(struct ramblk *d);
int ramblk_disk_off(struct ramblk *d, unsigned int how);
int ramblk_disk_resize(struct ramblk *d, u64 size);
int ramblk_disk_record(struct ramblk *d, bool on);
void ramblk_disk_version(struct ramblk *d, bool want);
void ramblk_disk_features(struct ramblk *d);

/* config.c */
int ramblk_config_init(void);
void ramblk_config_exit(void);
unsigned int ramblk_config_devices(void);

/* stats.c */
u64 ramblk_stat(struct softdev_item *item, unsigned int i);

#endif /* _RAMBLK_H */
