// SPDX-License-Identifier: GPL-2.0
/*
 * ringchar: readers=each, where every open file reads everything.
 *
 * Each file has a position of its own between the ring's tail and its head. With
 * full=block the tail is where the slowest of them is: a reader that leaves the
 * tail, closes or jumps moves it. With full=overwrite, or when nobody reads, the
 * writer moves it, and whoever is behind it then was overtaken.
 *
 * A file that maps the ring follows without system calls, so nobody knows how far
 * it has come: it holds no writer up.
 *
 * Positions and the list of readers belong to the reading side. A reader comes
 * with both sides held, so that a writer who found nobody to wait for may still
 * believe it while he holds his.
 */

#include <linux/list.h>
#include <linux/uio.h>

#include "ringchar.h"

/* The position in its 64 bits behind which this file has lost nothing. */
static u64 ringchar_place(const struct ringchar_file *rf)
{
	return max(rf->pos, ring_tail64(&rf->unit->rc->ring));
}

/**
 * ringchar_overtaken() - did the file lose what it has not read?
 * @rf: the file
 *
 * Context: any; exact with the reading side held.
 */
bool ringchar_overtaken(const struct ringchar_file *rf)
{
	return rf->unit->rc->each &&
	       READ_ONCE(rf->pos) < ring_tail64(&rf->unit->rc->ring);
}

/**
 * ringchar_held() - bytes that a file may read, records' headers included
 * @rf: the file
 *
 * Context: any; exact with the reading side held and if it was not overtaken.
 */
u32 ringchar_held(const struct ringchar_file *rf)
{
	const struct ringchar *rc = rf->unit->rc;

	return rc->each ? ring_used_from(&rc->ring, READ_ONCE(rf->pos)) :
			  ring_used(&rc->ring);
}

/**
 * ringchar_each_settle() - let the tail go to where the slowest reader is
 * @rc: the device
 *
 * Context: process; reading side held. If the tail has moved, writers are to be
 * woken.
 */
void ringchar_each_settle(struct ringchar *rc)
{
	u64 tail = ring_tail64(&rc->ring);
	struct ringchar_file *rf, *slowest = NULL;

	if (!rc->each || rc->overwrite)
		return;
	list_for_each_entry(rf, &rc->readers, reader) {
		if (!slowest || rf->pos < slowest->pos)
			slowest = rf;
	}
	if (slowest && slowest->pos > tail)
		ring_skip(&rc->ring, slowest->pos - tail,
			  slowest->records - rc->ring.records_out);
}

/* A file that was not overtaken has read so much. */
static void ringchar_took(struct ringchar_file *rf, u32 n)
{
	struct ringchar *rc = rf->unit->rc;
	bool last = rf->pos == ring_tail64(&rc->ring);

	if (rc->record) {
		n += RING_RECORD_HEADER;
		rf->records++;
	}
	WRITE_ONCE(rf->pos, rf->pos + n);
	if (last)
		ringchar_each_settle(rc);
}

/**
 * ringchar_next_record() - the length of the record that a file reads next
 * @rf: the file, not overtaken
 *
 * Context: process; reading side held.
 * Return: the length, 0 if there is no record.
 */
u32 ringchar_next_record(const struct ringchar_file *rf)
{
	struct ringchar *rc = rf->unit->rc;

	return rc->each ? ring_record_at(&rc->ring, rf->pos) :
			  ring_next_record(&rc->ring);
}

/**
 * ringchar_peek() - copy what a file reads next, and leave it there
 * @rf: the file, not overtaken
 * @to: where it goes
 * @n: at most so many bytes, not 0; a record is copied as a whole
 *
 * Context: process; reading side held.
 * Return: as ring_peek() and ring_peek_record().
 */
ssize_t ringchar_peek(const struct ringchar_file *rf, struct iov_iter *to,
		      size_t n)
{
	struct ringchar *rc = rf->unit->rc;

	if (rc->each)
		return rc->record ? ring_peek_record_at(&rc->ring, rf->pos, to) :
				    ring_peek_at(&rc->ring, rf->pos, to, n);
	return rc->record ? ring_peek_record(&rc->ring, to) :
			    ring_peek(&rc->ring, to, n);
}

/**
 * ringchar_take() - copy what a file reads next, and step over it
 * @rf: the file, not overtaken
 * @to: where it goes
 * @n: at most so many bytes, not 0; a record is taken as a whole
 *
 * Context: process; reading side held.
 * Return: as ring_read() and ring_read_record().
 */
ssize_t ringchar_take(struct ringchar_file *rf, struct iov_iter *to, size_t n)
{
	struct ringchar *rc = rf->unit->rc;
	ssize_t ret;

	if (!rc->each)
		return rc->record ? ring_read_record(&rc->ring, to) :
				    ring_read(&rc->ring, to, n);
	ret = ringchar_peek(rf, to, n);
	if (ret > 0)
		ringchar_took(rf, ret);
	return ret;
}

static void ringchar_to_oldest(struct ringchar_file *rf)
{
	WRITE_ONCE(rf->pos, ring_tail64(&rf->unit->rc->ring));
	rf->records = rf->unit->rc->ring.records_out;
}

/* Both sides held: else a record may be counted that is not there yet. */
static void ringchar_to_newest(struct ringchar_file *rf)
{
	const struct ring *r = &rf->unit->rc->ring;

	WRITE_ONCE(rf->pos, ring_tail64(r) + ring_total(r));
	rf->records = r->records_in;
}

/**
 * ringchar_each_open() - a file is a reader from now on
 * @rf: the file
 *
 * Context: process; both sides held.
 */
void ringchar_each_open(struct ringchar_file *rf)
{
	struct ringchar *rc = rf->unit->rc;

	/* A dead device's files must not hold up its next life. */
	if (!rc->each || ringchar_dead(rf->unit))
		return;
	if (rf->file->f_flags & O_APPEND)
		ringchar_to_newest(rf);
	else
		ringchar_to_oldest(rf);
	list_add(&rf->reader, &rc->readers);
	WRITE_ONCE(rc->nr_readers, rc->nr_readers + 1);
}

/**
 * ringchar_each_drop() - a file holds the writer up no longer
 * @rf: the file
 *
 * Context: process; reading side held. Writers are to be woken.
 */
void ringchar_each_drop(struct ringchar_file *rf)
{
	struct ringchar *rc = rf->unit->rc;

	if (list_empty(&rf->reader))
		return;
	list_del_init(&rf->reader);
	WRITE_ONCE(rc->nr_readers, rc->nr_readers - 1);
	ringchar_each_settle(rc);
}

/**
 * ringchar_each_end() - the device goes, and with it all its readers
 * @rc: the device
 *
 * Context: process; sleeps; item.lock held.
 */
void ringchar_each_end(struct ringchar *rc)
{
	struct ringchar_file *rf, *next;

	mutex_lock(&rc->rd_lock);
	list_for_each_entry_safe(rf, next, &rc->readers, reader)
		list_del_init(&rf->reader);
	WRITE_ONCE(rc->nr_readers, 0);
	mutex_unlock(&rc->rd_lock);
}

/**
 * ringchar_each_clear() - everything was forgotten
 * @rc: the device
 *
 * That is nobody's loss: who cleared it wanted it so.
 *
 * Context: process; both sides held.
 */
void ringchar_each_clear(struct ringchar *rc)
{
	struct ringchar_file *rf;

	list_for_each_entry(rf, &rc->readers, reader)
		ringchar_to_newest(rf);
}

/**
 * ringchar_each_catch_up() - count what a file has lost
 * @rf: the file
 *
 * Context: process; reading side held.
 * Return: 0; -EPIPE if it was overtaken since it was asked last. It then goes on
 * with the oldest.
 */
int ringchar_each_catch_up(struct ringchar_file *rf)
{
	struct ringchar *rc = rf->unit->rc;
	u32 records;

	if (!ringchar_overtaken(rf))
		return 0;
	records = rc->ring.records_out - rf->records;
	rf->lost_bytes += ring_tail64(&rc->ring) - rf->pos -
			  (u64)records * RING_RECORD_HEADER;
	rf->lost_records += records;
	ringchar_to_oldest(rf);
	return -EPIPE;
}

/**
 * ringchar_each_lost() - what a file has lost so far
 * @rf: the file
 * @records: the same in records
 *
 * Context: process; reading side held.
 * Return: bytes.
 */
u64 ringchar_each_lost(const struct ringchar_file *rf, u32 *records)
{
	const struct ring *r = &rf->unit->rc->ring;
	u32 more = ringchar_overtaken(rf) ? r->records_out - rf->records : 0;

	*records = rf->lost_records + more;
	return rf->lost_bytes + (ringchar_place(rf) - rf->pos) -
	       (u64)more * RING_RECORD_HEADER;
}

/**
 * ringchar_each_seek() - jump
 * @rf: the file
 * @whence: SEEK_SET: to the oldest; SEEK_END: to the newest
 *
 * What is jumped over is not lost. Writers are to be woken.
 *
 * Context: process; both sides held.
 */
void ringchar_each_seek(struct ringchar_file *rf, int whence)
{
	ringchar_each_catch_up(rf);
	if (whence == SEEK_SET)
		ringchar_to_oldest(rf);
	else
		ringchar_to_newest(rf);
	ringchar_each_settle(rf->unit->rc);
}
