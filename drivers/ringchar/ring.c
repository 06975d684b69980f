// SPDX-License-Identifier: GPL-2.0
/*
 * A ring of bytes or of records, see ring.h.
 *
 * The barriers, once for all of them:
 *
 *   publish head: release, after the bytes were copied in
 *   see head:     acquire, before the bytes are copied out
 *   publish tail: release, after the bytes were copied out
 *   see tail:     acquire, before new bytes are copied over them
 *
 * Each release pairs with the acquire of the same position, in the kernel or
 * in a process that maps the ring.
 */

#include <linux/atomic.h>
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/uio.h>
#include <linux/vmalloc.h>

#include <uapi/softdev/ringchar.h>

#include "ring.h"

/* A ring can have a gigabyte, and nobody preempts a kernel that is not told to. */
#define RING_PIECE	((u32)SZ_1M)

/**
 * ring_alloc() - memory for a ring
 * @size: bytes, a power of two
 *
 * Zeroed and in whole pages, for user space may map it. A size that the machine
 * does not have fails, before it is tried: the pages come one by one, and what
 * takes them all leaves the OOM killer to whoever needs the next one.
 *
 * Context: process; sleeps.
 * Return: the memory, or NULL.
 */
u8 *ring_alloc(u32 size)
{
	long pages = PAGE_ALIGN(size) >> PAGE_SHIFT;
	long available = si_mem_available();

	if (pages > available - available / 8)
		return NULL;
	return __vmalloc(PAGE_ALIGN(size), GFP_KERNEL_ACCOUNT | __GFP_ZERO |
			 __GFP_NOWARN | __GFP_RETRY_MAYFAIL);
}

/**
 * ring_release() - free what ring_alloc() gave
 * @buf: the memory, or NULL
 *
 * Context: process; sleeps.
 */
void ring_release(u8 *buf)
{
	vfree(buf);
}

/**
 * ring_init() - an empty ring of size 0, to be given memory by ring_resize()
 * @r: what to set up
 *
 * Context: any. Nobody else uses the ring.
 */
void ring_init(struct ring *r)
{
	memset(r, 0, sizeof(*r));
	r->head_at = &r->head;
	r->tail_at = &r->tail;
}

/**
 * ring_free() - free the memory, leaving an empty ring of size 0
 * @r: the ring, user space's page already taken off
 *
 * Context: process; sleeps. Both sides held, or nobody else uses it.
 */
void ring_free(struct ring *r)
{
	u8 *buf = r->buf;

	ring_clear(r);
	WRITE_ONCE(r->size, 0);
	WRITE_ONCE(r->shown, false);
	r->buf = NULL;
	ring_release(buf);
}

/* The writing side gives what it copied in to the reading side. */
static void ring_publish_head(struct ring *r, u32 head)
{
	/* Pairs with ring_used(): the bytes were copied in; tests/litmus/ring-head. */
	smp_store_release(&r->head, head);
	if (r->page && !ring_paced(r)) {
		/* Pairs with the acquire of a consumer that maps the ring. */
		smp_store_release(&r->page->head, head);
	}
}

/* The reading side gives room back to the writing side. */
static void ring_publish_tail(struct ring *r, u32 tail)
{
	u32 high = r->tail_high + (tail < r->tail);

	WRITE_ONCE(r->tail_high, high);
	/* Pairs with ring_room(): they were copied out; tests/litmus/ring-tail. */
	smp_store_release(&r->tail, tail);
	if (r->page) {
		/*
		 * High, low, high again: who follows looks from right to left.
		 * tests/litmus/ring-followed.
		 */
		WRITE_ONCE(r->page->tail_high, high);
		/* Pairs with the acquire of a producer that maps the ring. */
		smp_store_release(&r->page->tail, tail);
		/* Pairs with the acquire of who follows. */
		smp_store_release(&r->page->tail_high_again, high);
	}
}

/*
 * How many of n bytes from a position on are dealt with in one go: they do not
 * wrap, and others get the CPU now and then.
 */
static u32 ring_piece(const struct ring *r, u32 pos, u32 n)
{
	return min3(n, r->size - (pos & (r->size - 1)), RING_PIECE);
}

/* What a mapping can see is wiped where nothing is held. */
static void ring_wipe(struct ring *r, u32 pos, u32 n)
{
	while (n) {
		u32 piece = ring_piece(r, pos, n);

		memset(r->buf + (pos & (r->size - 1)), 0, piece);
		pos += piece;
		n -= piece;
		cond_resched();
	}
}

/*
 * The reading side takes what is before a position. A mapped producer writes
 * where the tail allows it to, so what it can see is wiped before. Who follows
 * is to see that the tail has moved if he sees that the bytes have changed, so
 * there they are wiped, or overwritten, after.
 */
static void ring_take(struct ring *r, u32 tail)
{
	u32 old = r->tail;
	u32 n = ring_distance(r, tail, old);

	/* Also what was not to be read yet. */
	if (ring_paced(r))
		ring_ready(r, tail);
	if (r->shown && !r->followed)
		ring_wipe(r, old, n);
	ring_publish_tail(r, tail);
	if (r->shown && r->followed) {
		/* Pairs with the fence of who follows; tests/litmus/ring-wiped. */
		smp_wmb();
		ring_wipe(r, old, n);
	}
}

/**
 * ring_clear() - forget what is held
 * @r: the ring
 *
 * Context: process; sleeps; both sides held, the reading side not in a shared
 * page.
 */
void ring_clear(struct ring *r)
{
	/* Pairs with ring_publish_head(), or with a producer in user space. */
	u32 head = ring_paced(r) ? r->head : smp_load_acquire(r->head_at);

	ring_take(r, head);
	WRITE_ONCE(r->records_out, r->records_in);
}

/*
 * Copy n bytes at a position to an iterator, round the end if need be: all of
 * them, or none and false. A side is held, and whoever wants it must not wait
 * for a page that comes from a slow disk or a stopped server: so a page that is
 * not there ends the copy, and the caller brings it in without the side.
 *
 * _copy_to_iter(), because copy_to_iter() would first ask whether the kernel's
 * side of the copy lies in one object: in memory from vmalloc, and with page
 * faults off, it does not look that up, but asking costs as much as 64 bytes do.
 * ring_piece() keeps to the ring.
 */
static bool ring_copy_out(const struct ring *r, u32 pos, struct iov_iter *to,
			  size_t n)
{
	size_t done = 0;

	while (done < n) {
		u32 piece = ring_piece(r, pos + done, n - done);
		size_t copied;

		pagefault_disable();
		copied = _copy_to_iter(r->buf + ((pos + done) & (r->size - 1)),
				       piece, to);
		pagefault_enable();
		done += copied;
		if (copied < piece) {
			iov_iter_revert(to, done);
			return false;
		}
		if (done < n)
			cond_resched();
	}
	return true;
}

/* The other way, by the same rules. */
static bool ring_copy_in(struct ring *r, u32 pos, struct iov_iter *from,
			 size_t n)
{
	size_t done = 0;

	while (done < n) {
		u32 piece = ring_piece(r, pos + done, n - done);
		size_t copied;

		pagefault_disable();
		copied = _copy_from_iter(r->buf + ((pos + done) & (r->size - 1)),
					 piece, from);
		pagefault_enable();
		done += copied;
		if (copied < piece) {
			iov_iter_revert(from, done);
			return false;
		}
		if (done < n)
			cond_resched();
	}
	return true;
}

static void ring_put_header(struct ring *r, u32 pos, u32 len)
{
	u8 bytes[RING_RECORD_HEADER];
	unsigned int i;

	memcpy(bytes, &len, sizeof(bytes));
	for (i = 0; i < sizeof(bytes); i++)
		r->buf[(pos + i) & (r->size - 1)] = bytes[i];
}

/*
 * The length of the record at a position with so many bytes behind it, at most
 * what they can hold. User space may be writing the header at this moment: one
 * fetch of each byte, then the result is bounded.
 */
static u32 ring_get_header(const struct ring *r, u32 pos, u32 used)
{
	u8 bytes[RING_RECORD_HEADER];
	unsigned int i;
	u32 len;

	if (used < RING_RECORD_HEADER)
		return 0;
	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = READ_ONCE(r->buf[(pos + i) & (r->size - 1)]);
	memcpy(&len, bytes, sizeof(len));
	return min(len, used - RING_RECORD_HEADER);
}

/**
 * ring_write() - append bytes
 * @r: the ring
 * @from: where they come from
 * @n: how many, at most what @from has, not 0
 * @whole: all of them or none
 *
 * Context: process; writing side held.
 * Return: bytes taken; -EAGAIN without room for one (@whole: for all); -EFAULT,
 * and nothing was taken, if a page of @from is not there.
 */
ssize_t ring_write(struct ring *r, struct iov_iter *from, size_t n, bool whole)
{
	u32 room = ring_room(r);

	if (!room || (whole && n > room))
		return -EAGAIN;
	n = min_t(size_t, n, room);
	if (!ring_copy_in(r, r->head, from, n))
		return -EFAULT;
	ring_publish_head(r, r->head + n);
	return n;
}

/**
 * ring_write_record() - append one record
 * @r: the ring
 * @from: where it comes from
 * @n: its length, at most what @from has, not 0
 *
 * Context: process; writing side held.
 * Return: @n; -EMSGSIZE if it never fits; -EAGAIN without room; -EFAULT if a
 * page of @from is not there.
 */
ssize_t ring_write_record(struct ring *r, struct iov_iter *from, size_t n)
{
	if (n > ring_max_record(r))
		return -EMSGSIZE;
	if (n + RING_RECORD_HEADER > ring_room(r))
		return -EAGAIN;
	if (!ring_copy_in(r, r->head + RING_RECORD_HEADER, from, n))
		return -EFAULT;
	ring_put_header(r, r->head, n);
	WRITE_ONCE(r->records_in, r->records_in + 1);
	ring_publish_head(r, r->head + RING_RECORD_HEADER + n);
	return n;
}

/**
 * ring_tail64() - the tail's position, as if it never wrapped
 * @r: the ring
 *
 * Exact with the reading side held, and while nobody maps that side.
 *
 * Context: any.
 */
u64 ring_tail64(const struct ring *r)
{
	return (u64)READ_ONCE(r->tail_high) << 32 | READ_ONCE(r->tail);
}

/**
 * ring_used_from() - bytes from a position to the head
 * @r: the ring
 * @pos: not before the tail
 *
 * Context: any.
 */
u32 ring_used_from(const struct ring *r, u32 pos)
{
	/* Pairs with ring_publish_head(). */
	u32 head = smp_load_acquire(READ_ONCE(r->head_at));

	/* The position may be ahead of what is paced. */
	if (ring_paced(r) && (s32)(head - pos) < 0)
		return 0;
	return ring_distance(r, head, pos);
}

/**
 * ring_peek_at() - copy bytes and leave them there
 * @r: the ring
 * @pos: where they begin, not before the tail
 * @to: where they go
 * @n: at most how many, not 0
 *
 * Context: process; reading side held.
 * Return: bytes copied; -EAGAIN if there are none; -EFAULT if a page of @to is
 * not there.
 */
ssize_t ring_peek_at(const struct ring *r, u32 pos, struct iov_iter *to,
		     size_t n)
{
	u32 used = ring_used_from(r, pos);

	if (!used)
		return -EAGAIN;
	n = min_t(size_t, n, used);
	if (!ring_copy_out(r, pos, to, n))
		return -EFAULT;
	return n;
}

/**
 * ring_peek() - copy bytes from the front and leave them there
 * @r: the ring
 * @to: where they go
 * @n: at most how many, not 0
 *
 * Context: process; reading side held.
 * Return: as ring_peek_at().
 */
ssize_t ring_peek(struct ring *r, struct iov_iter *to, size_t n)
{
	return ring_peek_at(r, r->tail, to, n);
}

/**
 * ring_read() - take bytes from the front
 * @r: the ring
 * @to: where they go
 * @n: at most how many, not 0
 *
 * Context: process; reading side held.
 * Return: bytes taken; -EAGAIN if there are none; -EFAULT, and nothing was
 * taken, if a page of @to is not there.
 */
ssize_t ring_read(struct ring *r, struct iov_iter *to, size_t n)
{
	ssize_t copied = ring_peek(r, to, n);

	if (copied > 0)
		ring_take(r, r->tail + copied);
	return copied;
}

/**
 * ring_skip() - step over bytes at the front
 * @r: the ring
 * @n: how many, at most what is held
 * @records: so many records
 *
 * Context: any; reading side held.
 */
void ring_skip(struct ring *r, u32 n, u32 records)
{
	WRITE_ONCE(r->records_out, r->records_out + records);
	ring_take(r, r->tail + n);
}

/**
 * ring_next_record() - the length of the first record
 * @r: the ring
 *
 * Nobody stores an empty record, or less than a header, except a process that
 * maps the producer's side. What it has published is then nonsense as a whole,
 * and all of it goes at once: to look for a record behind would take time that
 * this process chooses. The number of records is set right when the claim ends.
 *
 * Context: any; reading side held.
 * Return: the length, 0 if there is no record.
 */
u32 ring_next_record(struct ring *r)
{
	u32 used = ring_used(r);
	u32 len = ring_get_header(r, r->tail, used);

	if (used && !len)
		ring_skip(r, used, 0);
	return len;
}

/*
 * Copy a record that is known to have this length: the header is not looked at
 * again.
 */
static ssize_t ring_copy_record(const struct ring *r, u32 pos,
				struct iov_iter *to, u32 len)
{
	if (!len)
		return -EAGAIN;
	if (len > iov_iter_count(to))
		return -EMSGSIZE;
	if (!ring_copy_out(r, pos + RING_RECORD_HEADER, to, len))
		return -EFAULT;
	return len;
}

/**
 * ring_record_at() - the length of a record
 * @r: the ring
 * @pos: where it begins, not before the tail; the kernel wrote it
 *
 * Context: any; reading side held.
 * Return: the length, 0 if there is no record.
 */
u32 ring_record_at(const struct ring *r, u32 pos)
{
	return ring_get_header(r, pos, ring_used_from(r, pos));
}

/**
 * ring_peek_record_at() - copy a record and leave it there
 * @r: the ring
 * @pos: where it begins, as ring_record_at()
 * @to: where it goes
 *
 * Context: process; reading side held.
 * Return: as ring_peek_record().
 */
ssize_t ring_peek_record_at(const struct ring *r, u32 pos, struct iov_iter *to)
{
	return ring_copy_record(r, pos, to, ring_record_at(r, pos));
}

/**
 * ring_peek_record() - copy the first record and leave it there
 * @r: the ring
 * @to: where it goes
 *
 * Context: process; reading side held.
 * Return: its length; -EAGAIN if there is none; -EMSGSIZE if @to is shorter;
 * -EFAULT if a page of it is not there.
 */
ssize_t ring_peek_record(struct ring *r, struct iov_iter *to)
{
	return ring_copy_record(r, r->tail, to, ring_next_record(r));
}

/**
 * ring_read_record() - take the first record
 * @r: the ring
 * @to: where it goes
 *
 * Context: process; reading side held.
 * Return: its length; -EAGAIN if there is none; -EMSGSIZE if @to is shorter,
 * -EFAULT if a page of it is not there: the record stays.
 */
ssize_t ring_read_record(struct ring *r, struct iov_iter *to)
{
	u32 next = ring_next_record(r);
	ssize_t len = ring_copy_record(r, r->tail, to, next);

	if (len > 0)
		ring_skip(r, RING_RECORD_HEADER + len, 1);
	return len;
}

/**
 * ring_drop() - make room by forgetting the oldest bytes
 * @r: the ring
 * @need: room wanted, at most the size
 *
 * Context: any; both sides held.
 * Return: bytes forgotten.
 */
u32 ring_drop(struct ring *r, u32 need)
{
	u32 room = ring_room(r);

	if (room >= need)
		return 0;
	ring_take(r, r->tail + (need - room));
	return need - room;
}

/**
 * ring_drop_records() - make room by forgetting the oldest records
 * @r: the ring
 * @need: room wanted, header included, at most the size
 * @records: how many went
 *
 * Context: process; both sides held.
 * Return: bytes forgotten, without headers.
 */
u32 ring_drop_records(struct ring *r, u32 need, u32 *records)
{
	u32 used = ring_total(r);
	u32 step = 0, bytes = 0;

	*records = 0;
	while (used > step && r->size - (used - step) < need) {
		u32 left = used - step;
		u32 len = ring_get_header(r, r->tail + step, left);

		step += min(left, RING_RECORD_HEADER + len);
		bytes += len;
		++*records;
		cond_resched();
	}
	if (step)
		ring_skip(r, step, *records);
	return bytes;
}

/**
 * ring_count_records() - count what is held by walking it
 * @r: the ring
 * @end: where to store the position behind the last record
 *
 * For a ring whose writer was not the kernel. Takes time in the number of
 * records. Ends at the first one that is none.
 *
 * Context: process; both sides held.
 */
u32 ring_count_records(struct ring *r, u32 *end)
{
	u32 used = ring_used(r);
	u32 pos = r->tail;
	u32 n = 0;

	while (used) {
		u32 len = ring_get_header(r, pos, used);

		if (!len)
			break;
		pos += RING_RECORD_HEADER + len;
		used -= RING_RECORD_HEADER + len;
		n++;
		cond_resched();
	}
	*end = pos;
	return n;
}

/**
 * ring_walk_payload() - the user's bytes held, where nobody has counted records
 * @r: the ring, of records
 *
 * Takes time in the number of records. Ends at the first one that is none.
 *
 * Context: process; sleeps; any side held.
 * Return: bytes; exact when nobody moves data.
 */
u32 ring_walk_payload(const struct ring *r)
{
	u32 pos = READ_ONCE(*r->tail_at);
	u32 used = ring_used(r);
	u32 n = 0;

	while (used) {
		u32 len = ring_get_header(r, pos, used);

		if (!len)
			break;
		pos += RING_RECORD_HEADER + len;
		used -= RING_RECORD_HEADER + len;
		n += len;
		cond_resched();
	}
	return n;
}

/**
 * ring_show() - user space is going to map the memory
 * @r: the ring
 *
 * It does not see what was there before: that was another's. From now on what
 * is taken is wiped, as far as the kernel takes it.
 *
 * Context: process; both sides held.
 */
void ring_show(struct ring *r)
{
	if (!r->shown)
		ring_wipe(r, r->head, r->size - ring_total(r));
	WRITE_ONCE(r->shown, true);
}

/**
 * ring_follow() - let user space follow what is written
 * @r: the ring, shown
 * @page: the page that it maps
 *
 * Context: any; both sides held, none of them shared.
 */
void ring_follow(struct ring *r, struct ringchar_page *page)
{
	r->page = page;
	r->followed = true;
	ring_publish_tail(r, r->tail);
	/* Pairs with the acquire of who follows. */
	smp_store_release(&page->head, ring_paced(r) ? r->ready : r->head);
}

/**
 * ring_pace() - begin or end to pace what is written
 * @r: the ring
 * @paced: which; what is held may be read at once in both cases
 *
 * Context: any; both sides held, none of them shared, ring_ready() not running.
 */
void ring_pace(struct ring *r, bool paced)
{
	WRITE_ONCE(r->ready, r->head);
	/* Pairs with the acquire in ring_used() and of who follows. */
	smp_store_release(&r->head_at, paced ? &r->ready : &r->head);
	if (r->page) {
		/* Pairs with the acquire of who maps the other side. */
		smp_store_release(&r->page->head, r->head);
	}
}

/* Store a position, unless it is older than what is there. */
static void ring_advance(u32 *at, u32 pos)
{
	u32 old = READ_ONCE(*at), seen;

	while ((s32)(pos - old) > 0) {
		/* A full barrier: does for the release in ring_publish_head(). */
		seen = cmpxchg(at, old, pos);
		if (seen == old)
			return;
		old = seen;
	}
}

/**
 * ring_ready() - what is before a position may be read
 * @r: a ring that is paced
 * @pos: the position; one that is older than the last changes nothing
 *
 * Context: any.
 */
void ring_ready(struct ring *r, u32 pos)
{
	struct ringchar_page *page = READ_ONCE(r->page);

	ring_advance(&r->ready, pos);
	if (page)
		ring_advance(&page->head, pos);
}

/**
 * ring_header_at() - the length of a record that may not be read yet
 * @r: a ring that is paced
 * @pos: where a record begins, at or behind the tail
 *
 * Context: any; the memory does not change.
 * Return: the length, 0 if there is no record.
 */
u32 ring_header_at(const struct ring *r, u32 pos)
{
	/* Pairs with ring_publish_head(). */
	u32 head = smp_load_acquire(&r->head);

	return ring_get_header(r, pos, ring_distance(r, head, pos));
}

/**
 * ring_unfollow() - nobody follows any more
 * @r: the ring
 *
 * Context: any; both sides held.
 */
void ring_unfollow(struct ring *r)
{
	if (r->followed)
		r->page = NULL;
	r->followed = false;
}

/**
 * ring_share() - give a side to user space
 * @r: the ring
 * @page: the page that it maps; the same as for the other side
 * @side: RINGCHAR_PRODUCER or RINGCHAR_CONSUMER
 *
 * Context: any; both sides held.
 */
void ring_share(struct ring *r, struct ringchar_page *page, unsigned int side)
{
	if (!r->page) {
		WRITE_ONCE(page->head, r->head);
		WRITE_ONCE(page->tail, r->tail);
		r->page = page;
	}
	if (side == RINGCHAR_PRODUCER)
		WRITE_ONCE(r->head_at, &page->head);
	else
		WRITE_ONCE(r->tail_at, &page->tail);
}

/**
 * ring_unshare() - take a side back from user space
 * @r: the ring
 * @side: RINGCHAR_PRODUCER or RINGCHAR_CONSUMER, shared before
 * @record: the ring holds records
 *
 * Whatever user space wrote there, the ring is a ring afterwards, of records if
 * it is to hold some. What these hold may be nonsense.
 *
 * Context: process; both sides held; may take time in the number of records.
 */
void ring_unshare(struct ring *r, unsigned int side, bool record)
{
	u32 head, tail, used, n;

	/* Pairs with the release in the process that owned the side, or us. */
	tail = smp_load_acquire(r->tail_at);
	/* The same. */
	head = smp_load_acquire(r->head_at);
	used = ring_distance(r, head, tail);
	if (side == RINGCHAR_PRODUCER) {
		WRITE_ONCE(r->head_at, &r->head);
		ring_publish_head(r, tail + used);
	} else {
		WRITE_ONCE(r->tail_at, &r->tail);
		ring_publish_tail(r, head - used);
	}
	/* What its owner took it did not wipe; a mapped producer may write. */
	if (r->head_at == &r->head)
		ring_wipe(r, r->head, r->size - used);
	if (r->head_at != &r->head || r->tail_at != &r->tail)
		return;
	r->page = NULL;
	if (!record)
		return;
	n = ring_count_records(r, &head);
	WRITE_ONCE(r->records_in, r->records_out + n);
	ring_publish_head(r, head);
}

/**
 * ring_resize() - move what is held to other memory
 * @r: the ring
 * @size: the new size, a power of two
 * @buf: ring_alloc() of that size
 *
 * The old memory is freed. A ring of size 0 gets its first memory this way.
 *
 * Context: process; sleeps; both sides held, nothing mapped.
 * Return: 0, or -EBUSY if more is held than @size and nothing changes; the
 * caller keeps @buf then.
 */
int ring_resize(struct ring *r, u32 size, u8 *buf)
{
	u32 used = ring_total(r);
	u32 pos = r->tail;
	u8 *old = r->buf;

	if (used > size)
		return -EBUSY;
	while (used) {
		u32 to = pos & (size - 1);
		u32 n = min(ring_piece(r, pos, used), size - to);

		memcpy(buf + to, old + (pos & (r->size - 1)), n);
		pos += n;
		used -= n;
		cond_resched();
	}
	r->buf = buf;
	WRITE_ONCE(r->shown, false);
	WRITE_ONCE(r->size, size);
	ring_release(old);
	return 0;
}
