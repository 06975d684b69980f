// SPDX-License-Identifier: GPL-2.0
/*
 * ramblk: recording what happens to a disk, see history.h.
 */
#include <linux/highmem.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/stringhash.h>
#include <softdev/compat.h>
#include <softdev/fault.h>
#include "history.h"

/* More than any disk lives to do; so that no counter wraps. */
#define RAMBLK_HISTORY_OPS_MAX	(U32_MAX / 2)

static_assert(sizeof(struct ramblk_log_header) == 32);
static_assert(sizeof(struct ramblk_log_record) == 32);
static_assert(PAGE_SIZE % sizeof(struct ramblk_version) == 0);
static_assert(PAGE_SIZE % sizeof(struct ramblk_instant) == 0);
static_assert(PAGE_SIZE % sizeof(struct ramblk_digest) == 0);

/* Move an entry of an array that is kept in a tree. */
static void ramblk_entry(const struct ramblk_tree *tree, u64 pos, void *mem,
			 unsigned int len, bool write)
{
	struct page *page;
	bool shared;

	rcu_read_lock();
	page = ramblk_find(tree, pos >> PAGE_SHIFT, &shared);
	if (page && write)
		memcpy_to_page(page, offset_in_page(pos), mem, len);
	else if (page)
		memcpy_from_page(mem, page, offset_in_page(pos), len);
	else
		memset(mem, 0, len);
	rcu_read_unlock();
}

/**
 * ramblk_history_version() - what an operation left
 * @h: the history
 * @i: number of the version, at most @h->applied
 * @v: filled in
 *
 * Context: any; versions are not dropped meanwhile.
 */
void ramblk_history_version(const struct ramblk_history *h, u32 i,
			    struct ramblk_version *v)
{
	ramblk_entry(&h->versions, (u64)i * sizeof(*v), v, sizeof(*v), false);
}

/**
 * ramblk_history_instant() - which versions were which after an operation
 * @h: the history
 * @n: number of the operation, 0 for the beginning
 * @at: filled in
 *
 * Context: any; versions are not dropped meanwhile.
 */
void ramblk_history_instant(const struct ramblk_history *h, u32 n,
			    struct ramblk_instant *at)
{
	ramblk_entry(&h->instants, (u64)n * sizeof(*at), at, sizeof(*at),
		     false);
}

/* See to it that an entry of an array has a page. */
static int ramblk_entry_reserve(struct ramblk_store *s,
				struct ramblk_tree *tree, u64 pos,
				struct ramblk_mag *mag)
{
	u64 index = pos >> PAGE_SHIFT;
	spinlock_t *lock = ramblk_shard(s, index);
	struct ramblk_node *leaf;
	struct page *page;
	bool shared;

	rcu_read_lock();
	page = ramblk_find(tree, index, &shared);
	rcu_read_unlock();
	if (page)
		return 0;
	page = ramblk_page_get(s, 0, mag);
	if (IS_ERR(page))
		return PTR_ERR(page);
	clear_highpage(page);
	spin_lock(lock);
	leaf = ramblk_leaf_own(s, tree, index, mag);
	if (leaf)
		/* Pairs with the dependency in ramblk_find(). */
		smp_store_release(&leaf->slot[index & (RAMBLK_SLOTS - 1)],
				  (unsigned long)page);
	spin_unlock(lock);
	if (!leaf)
		ramblk_page_undo(s, page);
	return leaf ? 0 : -ENOMEM;
}

/* Room for one more version and, as each has one number, for its instant. */
static int ramblk_history_reserve(struct ramblk_history *h,
				  struct ramblk_store *s, u32 i,
				  struct ramblk_mag *mag)
{
	int err;

	err = ramblk_entry_reserve(s, &h->versions,
				   (u64)i * sizeof(struct ramblk_version), mag);
	if (!err)
		err = ramblk_entry_reserve(s, &h->instants, (u64)i *
					   sizeof(struct ramblk_instant), mag);
	return err;
}

/* One more owner for what a root points at; under tree_lock. */
static unsigned long ramblk_root_share(struct ramblk_tree *tree)
{
	struct ramblk_node *root = ramblk_ptr(tree->root);

	if (!root)
		return 0;
	atomic_inc(&root->refs);
	WRITE_ONCE(tree->root, tree->root | RAMBLK_SHARED);
	return tree->root;
}

/* Write a version; there is room. Under @apply, or nobody changes the disk. */
static void ramblk_history_add(struct ramblk_history *h,
			       struct ramblk_store *s, u32 i,
			       const struct ramblk_log_record *rec)
{
	bool cached = s->mode & RAMBLK_CACHED;
	struct ramblk_version v = { .size = s->size }, last;

	if (rec)
		v.rec = *rec;
	v.rec.applied = i;
	/*
	 * Nobody is between a slot and what is below it: writers of this disk
	 * are kept away by @apply. tree_lock is for who forks for a snapshot.
	 */
	spin_lock(&s->tree_lock);
	v.live = ramblk_root_share(&s->live);
	v.durable = ramblk_root_share(cached ? &s->durable : &s->live);
	spin_unlock(&s->tree_lock);
	if (i && cached && !(v.rec.op == RAMBLK_LOG_FLUSH &&
			     (v.rec.flags & RAMBLK_LOG_DURABLE))) {
		ramblk_history_version(h, i - 1, &last);
		v.flush = last.flush;
	} else {
		v.flush = i;
	}
	ramblk_entry(&h->versions, (u64)i * sizeof(v), &v, sizeof(v), true);
}

/**
 * ramblk_history_init() - no past
 * @h: the history, zeroed
 */
void ramblk_history_init(struct ramblk_history *h)
{
	spin_lock_init(&h->apply);
	spin_lock_init(&h->order);
	INIT_LIST_HEAD(&h->marks);
	hash_init(h->names);
}

/**
 * ramblk_history_start() - begin to record
 * @h: the history, dropped
 * @s: the store; writers lock, and there are none now
 * @unit: bytes that a cut keeps or loses together
 *
 * Context: process; nobody else configures the disk. Sleeps.
 * Return: 0, -ENOMEM or -ENOSPC with no history.
 */
int ramblk_history_start(struct ramblk_history *h, struct ramblk_store *s,
			 u32 unit)
{
	struct ramblk_mag mag;
	int err;

	h->versions.levels = ramblk_levels((u64)RAMBLK_HISTORY_OPS_MAX *
					   sizeof(struct ramblk_version));
	h->instants.levels = h->versions.levels;
	h->digests.levels = h->versions.levels;
	ramblk_mag_init(&mag);
	err = ramblk_mag_fill(s, &mag);
	if (!err)
		err = ramblk_history_reserve(h, s, 0, &mag);
	ramblk_mag_drain(s, &mag);
	if (err) {
		ramblk_tree_drop(s, &h->versions);
		ramblk_tree_drop(s, &h->instants);
		return err;
	}
	ramblk_history_add(h, s, 0, NULL);
	h->kept = true;
	h->start = ktime_get();
	h->size = s->size;
	h->unit = unit;
	h->atomic_shift = s->atomic_shift;
	WRITE_ONCE(s->made, &h->bytes);
	WRITE_ONCE(h->state, RAMBLK_HISTORY_RECORDING);
	return 0;
}

/* Under @apply, or while there are no operations. */
static void ramblk_history_leave(struct ramblk_history *h,
				 struct ramblk_store *s, unsigned int state)
{
	if (h->state != RAMBLK_HISTORY_RECORDING)
		return;
	WRITE_ONCE(s->made, NULL);
	WRITE_ONCE(h->state, state);
}

/**
 * ramblk_history_stop() - no longer record, but keep what there is
 * @h: the history
 * @s: the store, to which nobody writes now
 *
 * Context: process.
 */
void ramblk_history_stop(struct ramblk_history *h, struct ramblk_store *s)
{
	ramblk_history_leave(h, s, RAMBLK_HISTORY_OFF);
}

/* No room for more. What history holds is no longer held against the disk. */
static void ramblk_history_fill(struct ramblk_history *h,
				struct ramblk_store *s)
{
	if (h->state == RAMBLK_HISTORY_RECORDING)
		WRITE_ONCE(s->spare, atomic_long_read(&s->pages));
	ramblk_history_leave(h, s, RAMBLK_HISTORY_FULL);
}

/**
 * ramblk_history_full() - there is no memory for more
 * @h: the history
 * @s: the store
 *
 * All pages that are there now are part of the last version. They do not count
 * for the disk's limit any more, so that the disk can go on.
 *
 * Context: any that may take spinlocks.
 */
void ramblk_history_full(struct ramblk_history *h, struct ramblk_store *s)
{
	spin_lock(&h->apply);
	ramblk_history_fill(h, s);
	spin_unlock(&h->apply);
}

static void ramblk_marks_drop(struct ramblk_history *h)
{
	struct ramblk_mark *mark, *next;

	list_for_each_entry_safe(mark, next, &h->marks, list)
		kfree(mark);
	INIT_LIST_HEAD(&h->marks);
	hash_init(h->names);
	h->nr_marks = 0;
	h->mark_records = 0;
}

/**
 * ramblk_history_drop() - forget everything
 * @h: the history; afterwards there is none and its state is off
 * @s: the store, to which nobody writes now
 *
 * Context: process; nobody else configures the disk. Takes time in the number of
 * versions; a worker frees what they held.
 */
void ramblk_history_drop(struct ramblk_history *h, struct ramblk_store *s)
{
	struct ramblk_version v;
	u32 i;

	WRITE_ONCE(s->made, NULL);
	WRITE_ONCE(s->spare, 0);
	WRITE_ONCE(h->state, RAMBLK_HISTORY_OFF);
	for (i = 0; h->kept && i <= h->applied; i++) {
		ramblk_history_version(h, i, &v);
		if (v.live)
			ramblk_node_put(s, ramblk_ptr(v.live));
		if (v.durable)
			ramblk_node_put(s, ramblk_ptr(v.durable));
		cond_resched();
	}
	ramblk_tree_drop(s, &h->versions);
	ramblk_tree_drop(s, &h->instants);
	ramblk_tree_drop(s, &h->digests);
	ramblk_marks_drop(h);
	h->kept = false;
	h->digested = 0;
	h->applied = 0;
	h->ops = 0;
	h->submitted = 0;
	h->latest = 0;
	h->durable = 0;
	atomic64_set(&h->bytes, 0);
}

/**
 * ramblk_history_submit() - an operation is on its way
 * @h: the history
 * @submitted: its place in the order of submission
 * @after: how many have completed before it
 *
 * Context: any.
 */
void ramblk_history_submit(struct ramblk_history *h, u32 *submitted,
			   u32 *after)
{
	unsigned long flags;

	spin_lock_irqsave(&h->order, flags);
	*submitted = ++h->submitted;
	*after = h->ops;
	spin_unlock_irqrestore(&h->order, flags);
}

/*
 * Make room for the next version, or stop recording where there shall be none.
 * @h->apply is held.
 */
static int ramblk_history_room(struct ramblk_history *h, struct ramblk_store *s,
			       struct ramblk_mag *mag)
{
	u64 limit = atomic64_read(&h->limit);

	if ((limit && (u64)atomic64_read(&h->bytes) >= limit) ||
	    h->applied >= RAMBLK_HISTORY_OPS_MAX)
		ramblk_history_fill(h, s);
	if (h->state != RAMBLK_HISTORY_RECORDING)
		return 0;
	return ramblk_history_reserve(h, s, h->applied + 1, mag);
}

/**
 * ramblk_history_begin() - an operation is about to change the disk
 * @h: the history
 * @s: the store
 * @mag: memory for those who brought some, or NULL
 *
 * Context: any that may take spinlocks.
 * Return: 1 with @h->apply held, and room for the version of the operation; 0
 * if the disk does not record (any more); -ENOMEM (come again with a filled
 * @mag) or -ENOSPC.
 */
int ramblk_history_begin(struct ramblk_history *h, struct ramblk_store *s,
			 struct ramblk_mag *mag)
{
	int err;

	spin_lock(&h->apply);
	err = ramblk_history_room(h, s, mag);
	if (!err && h->state == RAMBLK_HISTORY_RECORDING)
		return 1;
	spin_unlock(&h->apply);
	return err;
}

/**
 * ramblk_history_pause() - let others on in the middle of an operation
 * @h: the history; @h->apply is held, and is held again afterwards
 * @s: the store
 * @mag: memory
 *
 * Others may take the version that ramblk_history_begin() had room for.
 *
 * Context: process; sleeps.
 * Return: 0 with room for a version, or if the disk does not record any more;
 * -ENOMEM or -ENOSPC.
 */
int ramblk_history_pause(struct ramblk_history *h, struct ramblk_store *s,
			 struct ramblk_mag *mag)
{
	spin_unlock(&h->apply);
	cond_resched();
	spin_lock(&h->apply);
	return ramblk_history_room(h, s, mag);
}

/**
 * ramblk_history_end() - an operation has changed the disk, or has not
 * @h: the history; @h->apply is held and is released
 * @s: the store
 * @rec: the operation, or NULL if it is not done yet
 *
 * Return: the number of its version, for ramblk_history_complete(); 0 if there
 * is none.
 */
u32 ramblk_history_end(struct ramblk_history *h, struct ramblk_store *s,
		       const struct ramblk_log_record *rec)
{
	u32 version = 0;

	if (rec && h->state == RAMBLK_HISTORY_RECORDING) {
		version = h->applied + 1;
		ramblk_history_add(h, s, version, rec);
		WRITE_ONCE(h->applied, version);
	}
	spin_unlock(&h->apply);
	return version;
}

static u32 ramblk_history_msecs(const struct ramblk_history *h)
{
	return min_t(u64, ktime_ms_delta(ktime_get(), h->start), U32_MAX);
}

/**
 * ramblk_history_complete() - an operation completes: it gets its number
 * @h: the history
 * @version: from ramblk_history_end(), not 0
 * @err: what it completes with
 *
 * Who submitted it does not know yet that it has completed.
 *
 * Context: any.
 */
void ramblk_history_complete(struct ramblk_history *h, u32 version, int err)
{
	struct ramblk_instant at = { .version = version };
	struct ramblk_version v;
	unsigned long flags;
	u32 n;

	ramblk_history_version(h, version, &v);
	v.rec.error = -err;
	v.rec.msecs = ramblk_history_msecs(h);
	spin_lock_irqsave(&h->order, flags);
	n = h->ops + 1;
	v.number = n;
	h->latest = max(h->latest, version);
	if (!err && (v.rec.flags & RAMBLK_LOG_DURABLE))
		h->durable = max(h->durable, version);
	at.latest = h->latest;
	at.durable = h->durable;
	ramblk_entry(&h->versions, (u64)version * sizeof(v), &v, sizeof(v),
		     true);
	ramblk_entry(&h->instants, (u64)n * sizeof(at), &at, sizeof(at), true);
	/* Pairs with the acquire of who reads these; tests/litmus/ramblk-history. */
	smp_store_release(&h->ops, n);
	spin_unlock_irqrestore(&h->order, flags);
}

/**
 * ramblk_history_power_off() - all is flushed, as the power goes orderly
 * @h: the history
 * @s: the store, which nobody uses; still with its cache
 *
 * Context: process; sleeps.
 */
void ramblk_history_power_off(struct ramblk_history *h,
			      struct ramblk_store *s)
{
	struct ramblk_log_record rec = {
		.op = RAMBLK_LOG_FLUSH,
		.flags = RAMBLK_LOG_DURABLE | RAMBLK_LOG_POWER,
	};
	struct ramblk_mag mag;
	u32 version;
	int err;

	if (!ramblk_history_recording(h) || !(s->mode & RAMBLK_CACHED))
		return;
	ramblk_mag_init(&mag);
	err = ramblk_mag_fill(s, &mag);
	if (!err)
		err = ramblk_history_begin(h, s, &mag);
	ramblk_mag_drain(s, &mag);
	if (err < 0)
		ramblk_history_full(h, s);
	if (err <= 0)
		return;
	ramblk_history_submit(h, &rec.submitted, &rec.after);
	err = ramblk_fork(s, &s->live, &s->durable);
	version = ramblk_history_end(h, s, err ? NULL : &rec);
	if (version)
		ramblk_history_complete(h, version, 0);
}

/**
 * ramblk_history_find() - a mark by its text
 * @h: the history
 * @text: the text
 * @len: its length
 *
 * Context: process; nobody else configures the disk.
 * Return: the mark or NULL.
 */
const struct ramblk_mark *ramblk_history_find(struct ramblk_history *h,
					      const char *text, size_t len)
{
	u32 hash = full_name_hash(NULL, text, len);
	const struct ramblk_mark *mark;

	hash_for_each_possible(h->names, mark, name, hash) {
		if (mark->rec.sectors == len && !memcmp(mark->text, text, len))
			return mark;
	}
	return NULL;
}

/**
 * ramblk_history_mark() - put a mark after the last operation
 * @h: the history
 * @text: its text
 * @len: length of that, at most RAMBLK_MARK_MAX
 *
 * Context: process; nobody else configures the disk.
 * Return: 0; -ENODATA if there is no recording, -ENOSPC if it has ended, for
 * want of room, -EEXIST or -ENOMEM.
 */
int ramblk_history_mark(struct ramblk_history *h, const char *text, size_t len)
{
	struct ramblk_mark *mark;
	unsigned long flags;

	if (h->state == RAMBLK_HISTORY_FULL)
		return -ENOSPC;
	if (h->state != RAMBLK_HISTORY_RECORDING)
		return -ENODATA;
	if (ramblk_history_find(h, text, len))
		return -EEXIST;
	mark = kzalloc(struct_size(mark, text, len + 1), GFP_KERNEL);
	if (!mark)
		return -ENOMEM;
	memcpy(mark->text, text, len);
	mark->rec.op = RAMBLK_LOG_MARK;
	mark->rec.sectors = len;
	mark->rec.msecs = ramblk_history_msecs(h);
	spin_lock_irqsave(&h->order, flags);
	mark->rec.submitted = h->submitted;
	mark->rec.after = h->ops;
	spin_unlock_irqrestore(&h->order, flags);
	hash_add(h->names, &mark->name, full_name_hash(NULL, text, len));
	list_add_tail(&mark->list, &h->marks);
	h->nr_marks++;
	h->mark_records += 1 + ramblk_log_text_records(len);
	return 0;
}

/**
 * ramblk_history_log_size() - bytes of the log
 * @h: the history
 *
 * Context: process; nobody else configures the disk.
 */
size_t ramblk_history_log_size(struct ramblk_history *h)
{
	return sizeof(struct ramblk_log_header) +
	       (READ_ONCE(h->ops) + h->mark_records) *
	       sizeof(struct ramblk_log_record);
}

/**
 * ramblk_history_log() - write the log
 * @h: the history
 * @buf: where to
 * @size: bytes there; what is not needed is filled with zeros
 *
 * Operations that complete meanwhile are left out.
 *
 * Context: process; nobody else configures the disk. Sleeps.
 */
void ramblk_history_log(struct ramblk_history *h, void *buf, size_t size)
{
	struct ramblk_log_record *to = buf + sizeof(struct ramblk_log_header);
	struct ramblk_log_record *end = buf + size;
	const struct ramblk_mark *mark;
	/* Pairs with the release in ramblk_history_complete(). */
	u32 ops = smp_load_acquire(&h->ops);
	struct ramblk_log_header *head = buf;
	struct ramblk_instant at;
	struct ramblk_version v;
	u32 n = 0;

	memset(buf, 0, size);
	*head = (struct ramblk_log_header) {
		.magic		= RAMBLK_LOG_MAGIC,
		.version	= RAMBLK_LOG_VERSION,
		.record_size	= sizeof(*to),
		.unit		= h->unit,
		.size		= h->size,
	};
	mark = list_first_entry(&h->marks, struct ramblk_mark, list);
	while (to < end) {
		if (!list_entry_is_head(mark, &h->marks, list) &&
		    mark->rec.after <= n) {
			u32 records = ramblk_log_text_records(mark->rec.sectors);

			if (end - to < 1 + records)
				break;
			*to++ = mark->rec;
			memcpy(to, mark->text, mark->rec.sectors);
			to += records;
			head->marks++;
			mark = list_next_entry(mark, list);
		} else if (n < ops) {
			ramblk_history_instant(h, ++n, &at);
			ramblk_history_version(h, at.version, &v);
			*to++ = v.rec;
			head->ops++;
			cond_resched();
		} else {
			break;
		}
	}
}

/* A page of zeros is as none. */
static u64 ramblk_page_digest(u64 index, struct page *page)
{
	const siphash_key_t key = { { index, 0x72616d626c6b } };
	u64 hash = 0;
	void *mem;

	if (!page)
		return 0;
	mem = kmap_local_page(page);
	if (memchr_inv(mem, 0, PAGE_SIZE))
		hash = siphash(mem, PAGE_SIZE, &key);
	kunmap_local(mem);
	return hash;
}

static int ramblk_digest_page(void *ctx, u64 index, struct page *a,
			      struct page *b)
{
	*(u64 *)ctx += ramblk_page_digest(index, b) -
		       ramblk_page_digest(index, a);
	cond_resched();
	return 0;
}

/* How the digest of a tree differs from that of another. */
static u64 ramblk_digest_diff(const struct ramblk_tree *a,
			      const struct ramblk_tree *b)
{
	u64 sum = 0;

	ramblk_diff(a, b, ramblk_digest_page, &sum);
	return sum;
}

/* The digest of a version, from that of the one before. */
static void ramblk_digest_step(struct ramblk_history *h, u32 i,
			       struct ramblk_digest *d)
{
	struct ramblk_tree live, durable, last_live, last_durable;
	struct ramblk_version v, last;

	ramblk_history_version(h, i, &v);
	live = ramblk_version_tree(v.live, v.size);
	durable = ramblk_version_tree(v.durable, v.size);
	if (!i) {
		d->live = 0;
		d->durable = ramblk_digest_diff(&live, &durable);
		return;
	}
	ramblk_history_version(h, i - 1, &last);
	last_live = ramblk_version_tree(last.live, last.size);
	last_durable = ramblk_version_tree(last.durable, last.size);
	d->live += ramblk_digest_diff(&last_live, &live);
	/* After a FLUSH there is one tree. */
	if (ramblk_ptr(v.durable) == ramblk_ptr(v.live))
		d->durable = d->live;
	else
		d->durable += ramblk_digest_diff(&last_durable, &durable);
}

/* See to it that versions up to this one have their digests. */
static int ramblk_digest_fill(struct ramblk_history *h, struct ramblk_store *s,
			      u32 i, struct ramblk_digest *d)
{
	u32 next = ramblk_ptr(h->digests.root) ? h->digested + 1 : 0;
	struct ramblk_mag mag;
	int err = 0;

	if (next)
		ramblk_entry(&h->digests, (u64)min(i, h->digested) * sizeof(*d),
			     d, sizeof(*d), false);
	ramblk_mag_init(&mag);
	for (; !err && next <= i; next++) {
		u64 pos = (u64)next * sizeof(*d);

		ramblk_digest_step(h, next, d);
		err = ramblk_mag_fill(s, &mag);
		if (!err)
			err = ramblk_entry_reserve(s, &h->digests, pos, &mag);
		if (!err) {
			ramblk_entry(&h->digests, pos, d, sizeof(*d), true);
			h->digested = next;
		}
		cond_resched();
	}
	ramblk_mag_drain(s, &mag);
	return err;
}

/**
 * ramblk_history_distinct() - tell contents apart
 * @h: the history
 * @s: the store
 * @value: the same for the same content, within one recording; two contents
 *	have the same one with a chance of 2^-64
 *
 * Takes time in what the disk differs in from the version that it was made
 * from; and once, for each version up to that one, in what it has changed.
 *
 * Context: process; nobody uses the store or configures the disk. Sleeps.
 * Return: 0; -ENODATA if there is no history, -ENOMEM or -ENOSPC.
 */
int ramblk_history_distinct(struct ramblk_history *h, struct ramblk_store *s,
			    u64 *value)
{
	struct ramblk_digest d = {};
	struct ramblk_version v;
	struct ramblk_tree tree;
	bool durable = false;
	u32 i = h->applied;
	int err;

	if (!h->kept)
		return -ENODATA;
	if (h->state == RAMBLK_HISTORY_REPLAYING) {
		i = h->shown;
		durable = h->shown_durable;
	}
	err = ramblk_digest_fill(h, s, i, &d);
	if (err)
		return err;
	ramblk_history_version(h, i, &v);
	tree = ramblk_version_tree(durable ? v.durable : v.live, v.size);
	*value = softdev_mix64((durable ? d.durable : d.live) +
			       ramblk_digest_diff(&tree, &s->live) +
			       softdev_mix64(s->size));
	return 0;
}
