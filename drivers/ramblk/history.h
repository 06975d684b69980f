/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ramblk: every state that a power cut could have left.
 *
 * While a disk records, each operation that changes it is followed by a version:
 * a fork of both trees, which costs a slot and what is written afterwards. So
 * any state between two operations is there at once, however long ago it was.
 *
 * Versions are kept in the order in which operations changed the disk, and
 * nothing but one operation changes it between two of them. Operations are
 * numbered in the order in which they completed. An instant says, for each
 * number, which version is the latest and which the durable one then.
 *
 * Nothing here knows what a request is, so KUnit can build it alone.
 */
#ifndef _RAMBLK_HISTORY_H
#define _RAMBLK_HISTORY_H

#include <linux/hashtable.h>
#include <linux/ktime.h>
#include <uapi/softdev/ramblk.h>
#include "store.h"

/* Indices of the words of history/state. */
enum ramblk_history_state {
	RAMBLK_HISTORY_OFF,
	RAMBLK_HISTORY_RECORDING,
	RAMBLK_HISTORY_FULL,
	RAMBLK_HISTORY_REPLAYING,
};

/* Which of the states that a cut could have left. */
enum ramblk_rewind {
	RAMBLK_REWIND_LATEST,
	RAMBLK_REWIND_DURABLE,
	RAMBLK_REWIND_RANDOM,
	RAMBLK_REWIND_ONLY,
	RAMBLK_REWIND_BUT,
};

/**
 * struct ramblk_version - what an operation left
 * @live: root of the tree that readers saw
 * @durable: root of what was durable
 * @size: of the disk in bytes
 * @rec: the operation, for the log
 * @number: of the operation, 0 until it completes
 * @flush: the last version, perhaps this one, in which all became durable
 */
struct ramblk_version {
	unsigned long live;
	unsigned long durable;
	u64 size;
	struct ramblk_log_record rec;
	u32 number;
	u32 flush;
} __aligned(64);

/**
 * struct ramblk_instant - the instant after an operation completed
 * @version: the operation's
 * @latest: the last version of an operation that had completed by then
 * @durable: likewise, of one that made something durable
 * @reserved: 0
 */
struct ramblk_instant {
	u32 version;
	u32 latest;
	u32 durable;
	u32 reserved;
};

/**
 * struct ramblk_digest - a version's content in a few bytes
 * @live: of the live tree
 * @durable: of the durable tree
 *
 * Sums of hashes of pages, without those that were there at the beginning.
 */
struct ramblk_digest {
	u64 live;
	u64 durable;
};

/**
 * struct ramblk_mark - a text between two operations
 * @name: in the table of texts
 * @list: in the order of the log
 * @rec: for the log
 * @text: zero-terminated
 */
struct ramblk_mark {
	struct hlist_node name;
	struct list_head list;
	struct ramblk_log_record rec;
	char text[];
};

#define RAMBLK_MARK_BITS	8

/**
 * struct ramblk_history - a disk's past
 * @state: enum ramblk_history_state; READ_ONCE() where nothing is held.
 *	RECORDING becomes FULL under @apply; everything else happens while there
 *	are no operations
 * @kept: there are versions, so that writers of the disk must lock
 * @apply: one operation after the other changes the disk; protects @applied,
 *	@bytes and the versions that are added. Outside the store's locks
 * @order: operations complete one after the other; protects @ops, @submitted,
 *	@latest, @durable and the instants that are added. A leaf; interrupts off
 * @versions: tree of struct ramblk_version, by @applied
 * @instants: tree of struct ramblk_instant, by @ops
 * @digests: tree of struct ramblk_digest, by version
 * @digested: the last of them that is there
 * @shown: version that the disk was made from by the last rewind
 * @shown_durable: from its durable tree
 * @applied: number of the last version
 * @ops: number of the last operation
 * @submitted: operations submitted
 * @latest: of the last instant
 * @durable: of the last instant
 * @bytes: pages and nodes that recording has made
 * @limit: of @bytes, 0 for none
 * @start: when the recording began
 * @size: of the disk then
 * @unit: bytes that a cut keeps or loses together
 * @atomic_shift: what is written atomically is not torn either
 * @marks: in order; changes while nobody else configures the disk
 * @nr_marks: how many
 * @mark_records: records that they fill in the log
 * @names: marks by text
 */
struct ramblk_history {
	unsigned int state;
	bool kept;
	spinlock_t apply;	/* see above */
	spinlock_t order;	/* see above */
	struct ramblk_tree versions;
	struct ramblk_tree instants;
	struct ramblk_tree digests;
	u32 digested;
	u32 shown;
	bool shown_durable;
	u32 applied;
	u32 ops;
	u32 submitted;
	u32 latest;
	u32 durable;
	atomic64_t bytes;
	atomic64_t limit;
	ktime_t start;
	u64 size;
	u32 unit;
	unsigned int atomic_shift;
	struct list_head marks;
	u32 nr_marks;
	u64 mark_records;
	DECLARE_HASHTABLE(names, RAMBLK_MARK_BITS);
};

static inline bool ramblk_history_recording(const struct ramblk_history *h)
{
	return READ_ONCE(h->state) == RAMBLK_HISTORY_RECORDING;
}

/* The tree whose root a version keeps. */
static inline struct ramblk_tree ramblk_version_tree(unsigned long root,
						     u64 size)
{
	const struct ramblk_node *node = ramblk_ptr(root);

	return (struct ramblk_tree) {
		.root = root,
		.levels = node ? node->level + 1 : ramblk_levels(size),
	};
}

/* history.c */
void ramblk_history_init(struct ramblk_history *h);
int ramblk_history_start(struct ramblk_history *h, struct ramblk_store *s,
			 u32 unit);
void ramblk_history_stop(struct ramblk_history *h, struct ramblk_store *s);
void ramblk_history_full(struct ramblk_history *h, struct ramblk_store *s);
void ramblk_history_drop(struct ramblk_history *h, struct ramblk_store *s);
void ramblk_history_submit(struct ramblk_history *h, u32 *submitted,
			   u32 *after);
int ramblk_history_begin(struct ramblk_history *h, struct ramblk_store *s,
			 struct ramblk_mag *mag);
int ramblk_history_pause(struct ramblk_history *h, struct ramblk_store *s,
			 struct ramblk_mag *mag);
u32 ramblk_history_end(struct ramblk_history *h, struct ramblk_store *s,
		       const struct ramblk_log_record *rec);
void ramblk_history_complete(struct ramblk_history *h, u32 version, int err);
void ramblk_history_power_off(struct ramblk_history *h,
			      struct ramblk_store *s);
int ramblk_history_mark(struct ramblk_history *h, const char *text,
			size_t len);
const struct ramblk_mark *ramblk_history_find(struct ramblk_history *h,
					      const char *text, size_t len);
size_t ramblk_history_log_size(struct ramblk_history *h);
void ramblk_history_log(struct ramblk_history *h, void *buf, size_t size);
void ramblk_history_version(const struct ramblk_history *h, u32 i,
			    struct ramblk_version *v);
int ramblk_history_distinct(struct ramblk_history *h, struct ramblk_store *s,
			    u64 *value);
void ramblk_history_instant(const struct ramblk_history *h, u32 n,
			    struct ramblk_instant *at);

/* rewind.c */
int ramblk_history_rewind(struct ramblk_history *h, struct ramblk_store *s,
			  u32 n, enum ramblk_rewind what, u64 arg, bool tear);

#endif /* _RAMBLK_HISTORY_H */
