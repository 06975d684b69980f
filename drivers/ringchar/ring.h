/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A ring of bytes or of records: the data structure, without a device.
 *
 * Positions run freely over 32 bits and are masked when memory is touched, so
 * a ring of S bytes holds exactly S and "empty" and "full" never look alike.
 *
 * There are two sides. The writing side owns head, the reading side owns tail;
 * what belongs to a side is changed only by who holds that side (here: its
 * mutex, elsewhere in memory: a process that claimed it). The sides talk by
 * release and acquire on head and tail alone, so that a reader and a writer
 * copy at the same time.
 *
 * A side may live in a page that user space writes (struct ringchar_page). Of
 * that page the kernel believes nothing: every value is fetched once and
 * bounded by the ring's size before it is used.
 *
 * A record is its length, 4 bytes in the machine's byte order, and its bytes.
 * Nothing is aligned, both may wrap.
 */
#ifndef _RINGCHAR_RING_H
#define _RINGCHAR_RING_H

#include <asm/barrier.h>
#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/minmax.h>
#include <linux/types.h>

struct iov_iter;
struct ringchar_page;

#define RING_SIZE_MIN		4096U
#define RING_SIZE_MAX		0x40000000U
/* What a record costs beside its bytes. */
#define RING_RECORD_HEADER	4U

/**
 * struct ring - a ring
 * @buf: @size bytes from vmalloc, whole pages, zeroed at birth
 * @size: a power of two; 0 while there is no memory
 * @shown: @buf is, or was, mapped by user space: what is taken is wiped
 * @head: next byte to write; the writing side's
 * @ready: while what is written is paced: behind the bytes that may be read; at a
 *	record's end where the ring holds records
 * @records_in: records ever written, wraps; the writing side's
 * @head_at: where the reading side finds the head: &@head, &@ready or the shared
 *	page
 * @tail: next byte to read; the reading side's
 * @records_out: records ever taken away, wraps; the reading side's
 * @tail_at: where the writing side finds the tail: &@tail or the shared page
 * @tail_high: how often @tail has wrapped
 * @page: what user space maps, while it owns a side or follows; or NULL
 * @followed: user space maps the ring to read, and owns no side
 *
 * @buf, @size, @shown, @followed, @head_at, @tail_at and @page change only while
 * both sides are held; any of the two makes them stable.
 */
struct ring {
	u8 *buf;
	u32 size;
	bool shown;
	bool followed;
	struct ringchar_page *page;
	const u32 *head_at;
	const u32 *tail_at;

	u32 head ____cacheline_aligned_in_smp;
	u32 ready;
	u32 records_in;

	u32 tail ____cacheline_aligned_in_smp;
	u32 tail_high;
	u32 records_out;
};

/*
 * Bytes between two positions. What is more than the ring holds is nonsense
 * from a shared page, or two positions read at different times by somebody who
 * holds no side: bound it, it is that process's own data, or a guess that is
 * checked again.
 */
static inline u32 ring_distance(const struct ring *r, u32 head, u32 tail)
{
	return min(head - tail, READ_ONCE(r->size));
}

/**
 * ring_used() - bytes held, the records' headers included
 * @r: the ring
 *
 * Exact for who holds a side as far as that side goes: a reader may rely on so
 * many bytes being there. Without a side it is a snapshot.
 *
 * Context: any.
 */
static inline u32 ring_used(const struct ring *r)
{
	u32 head, tail;

	/*
	 * Pairs with ring_publish_tail(). Tail first: head never falls behind
	 * a tail that was seen before it.
	 */
	tail = smp_load_acquire(READ_ONCE(r->tail_at));
	/* Pairs with ring_publish_head(). */
	head = smp_load_acquire(READ_ONCE(r->head_at));
	return ring_distance(r, head, tail);
}

/**
 * ring_paced() - do bytes become readable later than they are written?
 * @r: the ring
 *
 * Context: any.
 */
static inline bool ring_paced(const struct ring *r)
{
	return READ_ONCE(r->head_at) == &r->ready;
}

/**
 * ring_total() - bytes held, those that may not be read yet included
 * @r: the ring
 *
 * Context: any; as ring_used().
 */
static inline u32 ring_total(const struct ring *r)
{
	const u32 *head_at = ring_paced(r) ? &r->head : READ_ONCE(r->head_at);
	u32 head, tail;

	/* The same pairs as in ring_used(). */
	tail = smp_load_acquire(READ_ONCE(r->tail_at));
	/* The same. */
	head = smp_load_acquire(head_at);
	return ring_distance(r, head, tail);
}

/**
 * ring_older() - bytes held that were written before a position
 * @r: the ring
 * @pos: what head once was
 *
 * Context: any; a snapshot.
 */
static inline u32 ring_older(const struct ring *r, u32 pos)
{
	/* Pairs with ring_publish_tail(). */
	u32 tail = smp_load_acquire(READ_ONCE(r->tail_at));

	/* Read beyond it already? Positions are less than 2^31 apart. */
	return (s32)(pos - tail) > 0 ? ring_distance(r, pos, tail) : 0;
}

/**
 * ring_room() - bytes free
 * @r: the ring
 *
 * A writer who holds his side may rely on so many bytes being free.
 *
 * Context: any.
 */
static inline u32 ring_room(const struct ring *r)
{
	u32 used = ring_total(r);
	u32 size = READ_ONCE(r->size);

	return size > used ? size - used : 0;
}

/**
 * ring_max_record() - bytes of the longest record that can ever fit
 * @r: the ring
 *
 * Context: any.
 */
static inline u32 ring_max_record(const struct ring *r)
{
	u32 size = READ_ONCE(r->size);

	return size > RING_RECORD_HEADER ? size - RING_RECORD_HEADER : 0;
}

/**
 * ring_payload() - the user's bytes held
 * @r: the ring
 * @record: it holds records
 *
 * Exact when nobody moves data.
 *
 * Context: any.
 */
static inline u32 ring_payload(const struct ring *r, bool record)
{
	u32 used = ring_total(r);
	u32 headers;

	if (!record)
		return used;
	headers = READ_ONCE(r->records_in) - READ_ONCE(r->records_out);
	if (headers > used / RING_RECORD_HEADER)
		return 0;
	return used - headers * RING_RECORD_HEADER;
}

void ring_init(struct ring *r);
void ring_free(struct ring *r);
int ring_resize(struct ring *r, u32 size, u8 *buf);
u8 *ring_alloc(u32 size);
void ring_release(u8 *buf);
void ring_clear(struct ring *r);
void ring_pace(struct ring *r, bool paced);
void ring_ready(struct ring *r, u32 pos);
u32 ring_header_at(const struct ring *r, u32 pos);
u32 ring_walk_payload(const struct ring *r);
u64 ring_tail64(const struct ring *r);
u32 ring_used_from(const struct ring *r, u32 pos);
ssize_t ring_peek_at(const struct ring *r, u32 pos, struct iov_iter *to,
		     size_t n);
u32 ring_record_at(const struct ring *r, u32 pos);
ssize_t ring_peek_record_at(const struct ring *r, u32 pos,
			    struct iov_iter *to);
void ring_skip(struct ring *r, u32 n, u32 records);
void ring_show(struct ring *r);
void ring_follow(struct ring *r, struct ringchar_page *page);
void ring_unfollow(struct ring *r);
void ring_share(struct ring *r, struct ringchar_page *page, unsigned int side);
void ring_unshare(struct ring *r, unsigned int side, bool record);
ssize_t ring_write(struct ring *r, struct iov_iter *from, size_t n, bool whole);
ssize_t ring_write_record(struct ring *r, struct iov_iter *from, size_t n);
ssize_t ring_read(struct ring *r, struct iov_iter *to, size_t n);
ssize_t ring_read_record(struct ring *r, struct iov_iter *to);
ssize_t ring_peek(struct ring *r, struct iov_iter *to, size_t n);
ssize_t ring_peek_record(struct ring *r, struct iov_iter *to);
u32 ring_next_record(struct ring *r);
u32 ring_drop(struct ring *r, u32 need);
u32 ring_drop_records(struct ring *r, u32 need, u32 *records);
u32 ring_count_records(struct ring *r, u32 *end);

#endif /* _RINGCHAR_RING_H */
