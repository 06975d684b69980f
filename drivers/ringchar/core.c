// SPDX-License-Identifier: GPL-2.0
/*
 * ringchar: the state of a device: its locks, its memory, and what may change when.
 *
 * Nobody is woken here. Who changes something tells those whom it concerns.
 */

#include <softdev/compat.h>

#include "ringchar.h"

struct ringchar_defaults ringchar_defaults;

/**
 * ringchar_lock_both() - hold both sides
 * @rc: the device
 *
 * Context: process; sleeps while a reader or writer copies, which never waits
 * for anything. Being killed ends it.
 * Return: 0 or -ERESTARTSYS.
 */
int ringchar_lock_both(struct ringchar *rc)
{
	if (mutex_lock_killable(&rc->wr_lock))
		return -ERESTARTSYS;
	if (mutex_lock_killable(&rc->rd_lock)) {
		mutex_unlock(&rc->wr_lock);
		return -ERESTARTSYS;
	}
	return 0;
}

/**
 * ringchar_unlock_both() - undo ringchar_lock_both()
 * @rc: the device
 */
void ringchar_unlock_both(struct ringchar *rc)
{
	mutex_unlock(&rc->rd_lock);
	mutex_unlock(&rc->wr_lock);
}

/**
 * ringchar_mapped() - does user space hold the ring?
 * @rc: the device
 *
 * What a dead device's files map is nothing any more, and does not count.
 *
 * Context: item.lock, both sides and map_lock held, for the answer to last.
 */
bool ringchar_mapped(const struct ringchar *rc)
{
	return (rc->unit && rc->unit->mappings) || rc->claims[0] ||
	       rc->claims[1];
}

/**
 * ringchar_resize() - change the size of a ring that has memory, or give it some
 * @rc: the device
 * @size: the new size, a power of two in bounds
 *
 * Context: process; sleeps; item.lock held. The caller stores the value, and wakes
 * everybody.
 * Return: 0; -EBUSY if mapped or if what is held does not fit; -ENOMEM;
 * -ERESTARTSYS.
 */
int ringchar_resize(struct ringchar *rc, u64 size)
{
	u8 *buf;
	int err;

	if (size == rc->ring.size)
		return 0;
	buf = ring_alloc(size);
	if (!buf)
		return -ENOMEM;
	err = ringchar_lock_both(rc);
	if (err)
		goto out;
	mutex_lock(&rc->map_lock);
	ringchar_pace_pause(rc);
	err = ringchar_mapped(rc) ? -EBUSY : ring_resize(&rc->ring, size, buf);
	ringchar_pace_resume(rc);
	mutex_unlock(&rc->map_lock);
	ringchar_unlock_both(rc);
out:
	if (err)
		ring_release(buf);
	return err;
}

/**
 * ringchar_populate() - give a device that is being opened its memory
 * @rc: the device
 *
 * A device that nobody opens costs next to nothing.
 *
 * Context: process; sleeps; takes item.lock.
 * Return: 0, -ENOMEM, -ERESTARTSYS.
 */
int ringchar_populate(struct ringchar *rc)
{
	int err = 0;

	if (READ_ONCE(rc->ring.size))
		return 0;
	if (mutex_lock_killable(&rc->item.lock))
		return -ERESTARTSYS;
	if (rc->unit && !rc->ring.size)
		err = ringchar_resize(rc, softdev_value(&rc->item, RINGCHAR_SIZE));
	mutex_unlock(&rc->item.lock);
	return err;
}

static void ringchar_come(unsigned int *there, unsigned int *ever)
{
	/* Who sees that somebody came sees him there, too. */
	WRITE_ONCE(*there, *there + 1);
	/* Pairs with the acquire in ringchar_at_eof() and ringchar_broken(). */
	smp_store_release(ever, *ever + 1);
}

static void ringchar_go(unsigned int *there)
{
	/* Pairs with the acquire in ringchar_at_eof() and ringchar_broken(). */
	smp_store_release(there, *there - 1);
}

/* As if he had never come; who does not see him there any more sees that, too. */
static void ringchar_uncount(unsigned int *there, unsigned int *ever)
{
	WRITE_ONCE(*ever, *ever - 1);
	ringchar_go(there);
}

/**
 * ringchar_count_open() - a file is a reader, a writer or both from now on
 * @rf: the file
 *
 * Context: process; sleeps.
 */
void ringchar_count_open(struct ringchar_file *rf)
{
	struct ringchar_unit *unit = rf->unit;

	mutex_lock(&unit->open_lock);
	rf->had_reader = unit->readers;
	rf->opens = unit->reader_opens;
	rf->counts = rf->file->f_mode & (FMODE_READ | FMODE_WRITE);
	list_add(&rf->link, &unit->files);
	if (rf->counts & FMODE_READ)
		ringchar_come(&unit->readers, &unit->reader_opens);
	if (rf->counts & FMODE_WRITE)
		ringchar_come(&unit->writers, &unit->writer_opens);
	mutex_unlock(&unit->open_lock);
}

/**
 * ringchar_count_close() - a file is closed
 * @rf: the file
 *
 * Context: process; sleeps.
 */
void ringchar_count_close(struct ringchar_file *rf)
{
	struct ringchar_unit *unit = rf->unit;

	mutex_lock(&unit->open_lock);
	list_del(&rf->link);
	if (rf->counts & FMODE_READ)
		ringchar_go(&unit->readers);
	if (rf->counts & FMODE_WRITE)
		ringchar_go(&unit->writers);
	mutex_unlock(&unit->open_lock);
}

/**
 * ringchar_count_claim() - a file claims a side, or gives it back
 * @rf: the file
 * @side: the side
 * @claims: which
 *
 * A mapping takes a file that is open for both. With eof=1 who claims the
 * consumer's side is no writer meanwhile: he waits for the end of the others. Nor
 * is who claims the producer's a reader.
 *
 * Context: process; both sides and open_lock held.
 */
void ringchar_count_claim(struct ringchar_file *rf, unsigned int side, bool claims)
{
	struct ringchar_unit *unit = rf->unit;
	bool writer = side == RINGCHAR_CONSUMER;
	unsigned int *there = writer ? &unit->writers : &unit->readers;
	unsigned int *ever = writer ? &unit->writer_opens : &unit->reader_opens;

	if (claims)
		ringchar_uncount(there, ever);
	else
		ringchar_come(there, ever);
	rf->counts ^= writer ? FMODE_WRITE : FMODE_READ;
}

/**
 * ringchar_stored() - the user's bytes held
 * @rc: the device
 *
 * Where a process moves a side, nobody has counted the records: they are walked.
 *
 * Context: process; sleeps; no locks held.
 */
u32 ringchar_stored(struct ringchar *rc)
{
	bool walk;
	u32 n = 0;

	if (!READ_ONCE(rc->record) ||
	    !(READ_ONCE(rc->claims[0]) || READ_ONCE(rc->claims[1])))
		return ring_payload(&rc->ring, READ_ONCE(rc->record));
	if (mutex_lock_killable(&rc->rd_lock))
		return 0;
	walk = rc->record && (rc->claims[0] || rc->claims[1]);
	n = walk ? ring_walk_payload(&rc->ring) :
		   ring_payload(&rc->ring, rc->record);
	mutex_unlock(&rc->rd_lock);
	return n;
}

/* Both sides held, as for all that follow. */
static int ringchar_set_mode(struct ringchar *rc, u64 value)
{
	int err = 0;

	mutex_lock(&rc->map_lock);
	if (rc->record == value)
		goto out;
	if (ringchar_mapped(rc) || ring_total(&rc->ring))
		err = -EBUSY;
	else
		WRITE_ONCE(rc->record, value);
out:
	mutex_unlock(&rc->map_lock);
	return err;
}

static int ringchar_set_full(struct ringchar *rc, u64 value)
{
	int err = 0;

	mutex_lock(&rc->map_lock);
	if (rc->overwrite == value)
		goto out;
	if (ringchar_mapped(rc)) {
		err = -EBUSY;
	} else {
		WRITE_ONCE(rc->overwrite, value);
		ringchar_each_settle(rc);
	}
out:
	mutex_unlock(&rc->map_lock);
	return err;
}

/* Does anybody have the device open? */
static bool ringchar_is_open(struct ringchar *rc)
{
	bool open;

	if (!rc->unit)
		return false;
	mutex_lock(&rc->unit->open_lock);
	open = !list_empty(&rc->unit->files);
	mutex_unlock(&rc->unit->open_lock);
	return open;
}

static int ringchar_set_readers(struct ringchar *rc, u64 value)
{
	if (rc->each == value)
		return 0;
	if (ring_total(&rc->ring) || ringchar_is_open(rc))
		return -EBUSY;
	ring_unfollow(&rc->ring);
	/* Who opens meanwhile waits for the sides, then looks. */
	WRITE_ONCE(rc->each, value);
	return 0;
}

static int ringchar_set_pace(struct ringchar *rc, u64 rate, u64 latency)
{
	/* What a process writes to the page nobody can hold back. */
	if (rc->claims[0] || rc->claims[1])
		return -EBUSY;
	ringchar_pace_set(rc, rate, latency);
	return 0;
}

static int ringchar_set_mark(struct ringchar *rc, u32 *mark, u64 value)
{
	if (value > softdev_value(&rc->item, RINGCHAR_SIZE))
		return -EINVAL;
	WRITE_ONCE(*mark, value);
	return 0;
}

static int ringchar_set_held(struct ringchar *rc, enum ringchar_setting_id id,
			     u64 value)
{
	switch (id) {
	case RINGCHAR_MODE:
		return ringchar_set_mode(rc, value);
	case RINGCHAR_FULL:
		return ringchar_set_full(rc, value);
	case RINGCHAR_READERS:
		return ringchar_set_readers(rc, value);
	case RINGCHAR_READ_MARK:
		return ringchar_set_mark(rc, &rc->read_mark, value);
	case RINGCHAR_WRITE_MARK:
		return ringchar_set_mark(rc, &rc->write_mark, value);
	case RINGCHAR_RATE:
		return ringchar_set_pace(rc, value, rc->pace.latency);
	case RINGCHAR_LATENCY:
		return ringchar_set_pace(rc, rc->pace.rate, value);
	case RINGCHAR_EOF:
		WRITE_ONCE(rc->eof, value);
		return 0;
	default:
		return -EINVAL;
	}
}

/**
 * ringchar_set_value() - change a setting
 * @rc: the device
 * @id: which
 * @value: the new value, in the bounds of its row
 *
 * Context: process; sleeps; item.lock held. The caller stores the value, and wakes
 * everybody.
 * Return: 0; -EBUSY if it cannot change now; -EINVAL; -ENOMEM; -ERESTARTSYS.
 */
int ringchar_set_value(struct ringchar *rc, enum ringchar_setting_id id,
		       u64 value)
{
	int err;

	/* Without memory there is nothing to keep; open brings it. */
	if (id == RINGCHAR_SIZE)
		return rc->ring.buf ? ringchar_resize(rc, value) : 0;
	err = ringchar_lock_both(rc);
	if (err)
		return err;
	err = ringchar_set_held(rc, id, value);
	ringchar_unlock_both(rc);
	return err;
}

/**
 * ringchar_forget() - drop what an unpowered device holds, and its memory
 * @rc: the device
 *
 * Context: process; sleeps; item.lock held.
 * Return: 0 or -ERESTARTSYS.
 */
int ringchar_forget(struct ringchar *rc)
{
	int err = ringchar_lock_both(rc);

	if (err)
		return err;
	ringchar_pace_pause(rc);
	ring_free(&rc->ring);
	ringchar_pace_resume(rc);
	ringchar_unlock_both(rc);
	return 0;
}

/**
 * ringchar_create() - a device's state, without memory
 *
 * Queues and timers are ringchar_wait_init()'s.
 *
 * Context: process; sleeps.
 * Return: the device or NULL.
 */
struct ringchar *ringchar_create(void)
{
	struct ringchar *rc = kzalloc_obj(*rc, GFP_KERNEL);

	if (!rc)
		return NULL;
	if (softdev_stats_init(&rc->stats))
		goto err_rc;
	if (softdev_faults_init(&rc->item.faults, RINGCHAR_FAULT_QUEUES))
		goto err_stats;
	rc->item.values = rc->values;
	ring_init(&rc->ring);
	mutex_init(&rc->wr_lock);
	mutex_init(&rc->rd_lock);
	mutex_init(&rc->map_lock);
	INIT_LIST_HEAD(&rc->readers);
	spin_lock_init(&rc->want_lock);
	spin_lock_init(&rc->pace.lock);
	return rc;

err_stats:
	softdev_stats_destroy(&rc->stats);
err_rc:
	kfree(rc);
	return NULL;
}

/**
 * ringchar_destroy() - undo ringchar_create()
 * @rc: the device; nobody uses it, no timer runs
 *
 * Context: process; sleeps.
 */
void ringchar_destroy(struct ringchar *rc)
{
	ring_free(&rc->ring);
	softdev_faults_destroy(&rc->item.faults);
	softdev_stats_destroy(&rc->stats);
	mutex_destroy(&rc->wr_lock);
	mutex_destroy(&rc->rd_lock);
	mutex_destroy(&rc->map_lock);
	free_page((unsigned long)rcu_access_pointer(rc->page));
	kfree(rc);
}
