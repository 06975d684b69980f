/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ringchar, inside.
 *
 *	struct ringchar		a configfs directory and the contents
 *	    ^ counted by config_item_get()
 *	struct ringchar_unit	the device that power=1 makes; dead for ever once
 *	    ^ counted		it was taken away
 *	struct ringchar_file	an open file
 *
 * Locks, outermost first:
 *
 *	item.lock	configuration; calls that change size, mode or claims
 *	(mmap_lock)
 *	wr_lock		the writing side
 *	rd_lock		the reading side
 *	open_lock	who has the device open
 *	map_lock	mappings, their pages, and that no page is mapped once the
 *			device is dead
 *
 * A read holds rd_lock and a write wr_lock while it copies. Nobody sleeps under
 * them for room, for data or for a page of the caller's, so a call with
 * O_NONBLOCK takes them too: it waits for somebody's copy, never for somebody's
 * data. Failing with EAGAIN instead would be wrong, as poll would say "ready"
 * and no edge would follow. Waiting for them ends when the caller is killed, as
 * in a pipe not at other signals: io_uring's own would interrupt it.
 */
#ifndef _RINGCHAR_H
#define _RINGCHAR_H

#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/wait.h>

#include <softdev/config.h>
#include <softdev/stats.h>
#include <uapi/softdev/ringchar.h>

#include "ring.h"

/* Writes up to this size are never torn. */
#define RINGCHAR_ATOMIC		4096U
/* A larger one is published in pieces of this size. */
#define RINGCHAR_PIECE		65536U

/* Index of a side in what is kept per side. */
#define RINGCHAR_SIDE(side)	((side) - RINGCHAR_PRODUCER)

enum ringchar_setting_id {
	RINGCHAR_SIZE,
	RINGCHAR_MODE,
	RINGCHAR_FULL,
	RINGCHAR_READERS,
	RINGCHAR_READ_MARK,
	RINGCHAR_WRITE_MARK,
	RINGCHAR_RATE,
	RINGCHAR_LATENCY,
	RINGCHAR_EOF,
	RINGCHAR_NR_SETTINGS,
};

enum ringchar_fault {
	RINGCHAR_FAULT_SHORT,
	RINGCHAR_FAULT_ERROR,
	RINGCHAR_FAULT_DELAY,
};

/* The dice have two queues. */
enum ringchar_fault_queue {
	RINGCHAR_FAULT_READS,
	RINGCHAR_FAULT_WRITES,
	RINGCHAR_FAULT_QUEUES,
};

/* Counters first, then what is computed. */
enum ringchar_stat {
	RINGCHAR_BYTES_IN,
	RINGCHAR_BYTES_OUT,
	RINGCHAR_RECORDS_IN,
	RINGCHAR_RECORDS_OUT,
	RINGCHAR_DROPPED_BYTES,
	RINGCHAR_DROPPED_RECORDS,
	RINGCHAR_STORED,
	RINGCHAR_HIGH_WATER,
};

struct pipe_inode_info;
struct ringchar_unit;
struct ringchar_file;

/**
 * struct ringchar_waiter - a write that sleeps for room, maybe several times
 * @again: it has slept, or was held up otherwise, and tries again
 * @slept: it has slept
 * @since: where the ring's head was when it slept first
 * @no_turn: it may wait for others before it writes, and never has the turn
 */
struct ringchar_waiter {
	bool again;
	bool slept;
	bool no_turn;
	u32 since;
};

/* So many times of writing are kept apart; that is how fine latency_ns is. */
#define RINGCHAR_PACE_STEPS	64

/**
 * struct ringchar_pace - when what was written may be read
 * @lock: protects all below and the advance of the ring's ready position; taken
 *	with softirqs off
 * @timer: wakes readers when more may be read
 * @rate: bytes a second, 0: no limit
 * @latency: nanoseconds
 * @paused: the ring's memory is changing
 * @line: when the line has sent what is ready
 * @steps: positions, and when the first and the last of the bytes before each
 *	may be sent
 * @first: the oldest of these
 * @nr: how many there are
 */
struct ringchar_pace {
	spinlock_t lock;	/* see above */
	struct hrtimer timer;
	u64 rate;
	u64 latency;
	bool paused;
	u64 line;
	struct {
		u32 end;
		u64 since;
		u64 due;
	} steps[RINGCHAR_PACE_STEPS];
	unsigned int first;
	unsigned int nr;
};

/**
 * struct ringchar - a device's directory and its contents
 * @item: the directory
 * @values: of the settings
 * @ring: the contents; both sides held to change its memory
 * @wr_lock: the writing side of @ring, @high_water
 * @rd_lock: the reading side of @ring
 * @record: mode=record; changes with both sides held
 * @overwrite: full=overwrite; changes with both sides held
 * @each: readers=each; changes with both sides held, while nobody has the device
 *	open
 * @read_mark: readable from so many bytes on
 * @write_mark: writable from so many free bytes on
 * @eof: eof=1; changes while unpowered
 * @want_lock: protects @want
 * @turn: who has waited for room too long, and goes before all others; or NULL;
 *	set by cmpxchg() with the lock of @wr_sleep held, while he is queued there;
 *	only he takes it away; nobody looks behind the pointer
 * @want: most room that somebody who does not sleep for it lacks; while there is
 *	less, what is below @read_mark can be all that will come
 * @readers: with @each, files that the writer waits for; rd_lock, both sides to
 *	add one
 * @nr_readers: how many these are; as @readers, read with any side held
 * @high_water: most that was ever held
 * @rd_wait: who polls for reading
 * @rd_sleep: readers asleep
 * @wr_wait: who polls for writing
 * @wr_large: who polls for writing more than RINGCHAR_ATOMIC bytes
 * @wr_sleep: writers asleep
 * @rd_fasync: O_ASYNC readers
 * @wr_fasync: O_ASYNC writers
 * @claims: who maps the producer's and the consumer's side; changes with both
 *	sides and @map_lock held
 * @map_lock: protects a unit's mappings, @page, and the ring's memory, size and
 *	@overwrite against being mapped meanwhile
 * @page: what mappings begin with; made by the first, until the device goes;
 *	map_lock, or RCU to look at it
 * @spin_skip: sleeps of readers until one waits awake first; racy, a hint
 * @spin_failed: how many were skipped last; racy, a hint
 * @late_wake: wakes a writer that fits, but had better wait a little
 * @again: wakes who polls after a call that was delayed on purpose
 * @pace: when what was written may be read; rate and latency change with both
 *	sides held, too
 * @stats: counters
 * @unit: the device while powered; item.lock
 */
struct ringchar {
	struct softdev_item item;
	atomic64_t values[RINGCHAR_NR_SETTINGS];

	struct ring ring;
	struct mutex wr_lock;	/* writing side, see above */
	struct mutex rd_lock;	/* reading side, see above */
	bool record;
	bool overwrite;
	bool each;
	bool eof;
	u32 read_mark;
	u32 write_mark;
	u32 high_water;
	struct list_head readers;
	unsigned int nr_readers;
	struct ringchar_waiter *turn;
	spinlock_t want_lock;	/* want, see above */
	u32 want;

	wait_queue_head_t rd_wait;
	wait_queue_head_t rd_sleep;
	wait_queue_head_t wr_wait;
	wait_queue_head_t wr_large;
	wait_queue_head_t wr_sleep;
	struct fasync_struct *rd_fasync;
	struct fasync_struct *wr_fasync;
	struct ringchar_file *claims[2];
	struct mutex map_lock;	/* mappings, see above */
	struct ringchar_page __rcu *page;
	unsigned int spin_skip;
	unsigned int spin_failed;
	struct hrtimer late_wake;
	struct hrtimer again;
	struct ringchar_pace pace;
	struct softdev_stats stats;
	struct ringchar_unit *unit;
};

/**
 * struct ringchar_unit - a device in /dev, from power=1 to power=0
 * @kref: one for the device, one for each open file
 * @rc: the contents, counted
 * @dev: the device
 * @minor: its minor number
 * @dead: it was taken away; never comes back; set with map_lock held
 * @open_lock: protects @files and the counts
 * @files: open files
 * @readers: open for reading now; read with acquire
 * @writers: open for writing now; read with acquire
 * @reader_opens: ever opened for reading
 * @writer_opens: ever opened for writing
 * @mappings: of the ring by its files; map_lock
 */
struct ringchar_unit {
	struct kref kref;
	struct ringchar *rc;
	struct device *dev;
	u32 minor;
	bool dead;
	struct mutex open_lock;	/* see above */
	struct list_head files;
	unsigned int readers;
	unsigned int writers;
	unsigned int reader_opens;
	unsigned int writer_opens;
	unsigned int mappings;
};

/**
 * struct ringchar_file - an open file
 * @unit: the device, counted
 * @file: the file
 * @link: in @unit->files
 * @opens: of readers, when this file was opened
 * @had_reader: a reader was there then
 * @counts: what it is counted as, FMODE_READ and FMODE_WRITE; @unit->open_lock
 * @mapped: was mapped at some time
 * @reader: in the device's list of readers, or empty
 * @pos: readers=each: the next byte to read, in 64 bits as ring_tail64(); rd_lock
 * @records: readers=each: records before that one, wraps; rd_lock
 * @lost_bytes: readers=each: lost because it was overtaken; rd_lock
 * @lost_records: the same in records; rd_lock
 * @want: room that its last refused write lacked; racy, a hint for poll
 * @splicer: the task whose calls do not sleep, as it sleeps in splice.c
 * @splice_need: room that its write lacks; the splicer's
 */
struct ringchar_file {
	struct ringchar_unit *unit;
	struct file *file;
	struct list_head link;
	unsigned int opens;
	fmode_t counts;
	bool had_reader;
	bool mapped;
	u32 want;
	struct list_head reader;
	u64 pos;
	u32 records;
	u32 lost_records;
	u64 lost_bytes;
	struct task_struct *splicer;
	u32 splice_need;
};

static inline struct ringchar *ringchar_of(struct softdev_item *item)
{
	return container_of(item, struct ringchar, item);
}

static inline struct ringchar_file *ringchar_file(struct file *file)
{
	return file->private_data;
}

/*
 * Does a write make room instead of waiting for it? Also if nobody is there who
 * is to read everything. Exact with the writing side held: readers come with both
 * sides held.
 */
static inline bool ringchar_overwrites(const struct ringchar *rc)
{
	return READ_ONCE(rc->overwrite) ||
	       (READ_ONCE(rc->each) && !READ_ONCE(rc->nr_readers));
}

static inline bool ringchar_dead(const struct ringchar_unit *unit)
{
	return READ_ONCE(unit->dead);
}

/* config.c */
extern const struct softdev_setting ringchar_settings[];
extern struct softdev_tree ringchar_tree;
void ringchar_tree_setup(void);

/* chrdev.c */
int ringchar_chrdev_init(void);
void ringchar_chrdev_exit(void);
int ringchar_unit_add(struct ringchar *rc);
void ringchar_unit_remove(struct ringchar *rc);
void ringchar_unit_put(struct ringchar_unit *unit);

/* ioctl.c */
long ringchar_ioctl(struct file *file, unsigned int cmd, unsigned long arg);

/* io.c */
int ringchar_bring_in(const struct iov_iter *iter, size_t n, size_t *reach);
ssize_t ringchar_read_iter(struct kiocb *iocb, struct iov_iter *to);
ssize_t ringchar_write_iter(struct kiocb *iocb, struct iov_iter *from);

/* map.c */
int ringchar_mmap(struct file *file, struct vm_area_struct *vma);
int ringchar_claim(struct ringchar_file *rf, unsigned int side);
int ringchar_unclaim(struct ringchar_file *rf, unsigned int side);
void ringchar_unclaim_all(struct ringchar *rc, struct ringchar_file *rf);
void ringchar_unmap(struct ringchar_unit *unit);
void ringchar_renew(struct ringchar *rc);
void ringchar_map_end(struct ringchar_unit *unit);

/* splice.c */
ssize_t ringchar_splice_read(struct file *file, loff_t *ppos,
			     struct pipe_inode_info *pipe, size_t len,
			     unsigned int flags);
ssize_t ringchar_splice_write(struct pipe_inode_info *pipe, struct file *file,
			      loff_t *ppos, size_t len, unsigned int flags);

/* poll.c */
__poll_t ringchar_poll(struct file *file, poll_table *wait);
int ringchar_fasync(int fd, struct file *file, int on);
void ringchar_fasync_end(struct ringchar_unit *unit);

/* wait.c */
void ringchar_wait_init(struct ringchar *rc);
void ringchar_wait_exit(struct ringchar *rc);
bool ringchar_at_eof(const struct ringchar_unit *unit);
bool ringchar_broken(const struct ringchar_file *rf);
bool ringchar_enough(const struct ringchar *rc, u32 used);
bool ringchar_readable(struct ringchar_file *rf);
bool ringchar_writable(const struct ringchar *rc, u32 need);
u32 ringchar_batch(const struct ringchar *rc);
int ringchar_wait_read(struct ringchar_file *rf);
bool ringchar_may_write(const struct ringchar *rc,
			const struct ringchar_waiter *w);
int ringchar_wait_write(struct ringchar_file *rf, size_t need,
			struct ringchar_waiter *w);
void ringchar_end_turn(struct ringchar *rc, struct ringchar_waiter *w);
void ringchar_want(struct ringchar *rc, u32 need);
void ringchar_wake_readers(struct ringchar *rc);
void ringchar_written(struct ringchar *rc, u32 start);
void ringchar_pass_on_reading(struct ringchar *rc);
void ringchar_wake_writers(struct ringchar *rc);
void ringchar_pass_on_writing(struct ringchar *rc);
void ringchar_wake_all(struct ringchar *rc, __poll_t events);
void ringchar_wake_later(struct ringchar *rc, ktime_t after);
void ringchar_announce(struct ringchar *rc, unsigned int side);
void ringchar_doorbell(struct ringchar *rc);

/**
 * struct ringchar_defaults - what was said at load
 * @size: of a ring for which nobody said another
 * @max_size: to which anybody may resize
 */
struct ringchar_defaults {
	u64 size;
	u64 max_size;
};

/* core.c */
extern struct ringchar_defaults ringchar_defaults;
struct ringchar *ringchar_create(void);
void ringchar_destroy(struct ringchar *rc);
int ringchar_lock_both(struct ringchar *rc);
void ringchar_unlock_both(struct ringchar *rc);
bool ringchar_mapped(const struct ringchar *rc);
int ringchar_resize(struct ringchar *rc, u64 size);
int ringchar_populate(struct ringchar *rc);
int ringchar_set_value(struct ringchar *rc, enum ringchar_setting_id id,
		       u64 value);
int ringchar_forget(struct ringchar *rc);
void ringchar_count_open(struct ringchar_file *rf);
void ringchar_count_close(struct ringchar_file *rf);
void ringchar_count_claim(struct ringchar_file *rf, unsigned int side,
			  bool claims);
u32 ringchar_stored(struct ringchar *rc);

/* each.c */
bool ringchar_overtaken(const struct ringchar_file *rf);
u32 ringchar_held(const struct ringchar_file *rf);
u32 ringchar_next_record(const struct ringchar_file *rf);
ssize_t ringchar_peek(const struct ringchar_file *rf, struct iov_iter *to,
		      size_t n);
ssize_t ringchar_take(struct ringchar_file *rf, struct iov_iter *to, size_t n);
void ringchar_each_settle(struct ringchar *rc);
void ringchar_each_open(struct ringchar_file *rf);
void ringchar_each_drop(struct ringchar_file *rf);
void ringchar_each_end(struct ringchar *rc);
void ringchar_each_clear(struct ringchar *rc);
int ringchar_each_catch_up(struct ringchar_file *rf);
u64 ringchar_each_lost(const struct ringchar_file *rf, u32 *records);
void ringchar_each_seek(struct ringchar_file *rf, int whence);

/* pace.c */
void ringchar_pace_set(struct ringchar *rc, u64 rate, u64 latency);
void ringchar_pace_pause(struct ringchar *rc);
void ringchar_pace_resume(struct ringchar *rc);
void ringchar_pace_written(struct ringchar *rc);
void ringchar_pace_run(struct ringchar *rc);

#endif /* _RINGCHAR_H */
