// SPDX-License-Identifier: GPL-2.0
/*
 * ringchar: what poll says, and who is sent signals.
 */

#include <linux/poll.h>

#include "ringchar.h"

static __poll_t ringchar_poll_write(struct ringchar_file *rf, u32 need,
				    bool asked)
{
	struct ringchar *rc = rf->unit->rc;
	__poll_t mask = 0;

	if (ringchar_writable(rc, need) && ringchar_may_write(rc, NULL))
		mask = EPOLLOUT | EPOLLWRNORM;
	else if (asked)
		ringchar_want(rc, max(need, READ_ONCE(rc->write_mark)));
	/* What it once wanted does not matter any more. */
	if (mask && asked)
		WRITE_ONCE(rf->want, 0);
	if (ringchar_broken(rf))
		mask |= EPOLLERR;
	return mask;
}

static __poll_t ringchar_poll_read(struct ringchar_file *rf)
{
	if (ringchar_at_eof(rf->unit))
		return EPOLLHUP | (ringchar_overtaken(rf) || ringchar_held(rf) ?
				   EPOLLIN | EPOLLRDNORM : 0);
	return ringchar_readable(rf) ? EPOLLIN | EPOLLRDNORM : 0;
}

/**
 * ringchar_poll() - poll, select, epoll, io_uring
 * @file: an open file
 * @wait: where to queue
 */
__poll_t ringchar_poll(struct file *file, poll_table *wait)
{
	struct ringchar_file *rf = ringchar_file(file);
	struct ringchar *rc = rf->unit->rc;
	__poll_t events = poll_requested_events(wait);
	__poll_t mask = 0;
	bool out = events & (EPOLLOUT | EPOLLWRNORM);
	u32 need = max(ringchar_batch(rc), READ_ONCE(rf->want));

	if (file->f_mode & FMODE_READ)
		poll_wait(file, &rc->rd_wait, wait);
	/* Told of less room, it would only try in vain. */
	if (file->f_mode & FMODE_WRITE)
		poll_wait(file, need > ringchar_batch(rc) ? &rc->wr_large :
							    &rc->wr_wait, wait);
	if (events & (EPOLLIN | EPOLLRDNORM))
		ringchar_announce(rc, RINGCHAR_CONSUMER);
	if (out)
		ringchar_announce(rc, RINGCHAR_PRODUCER);
	/* Queued first, looked then: partner of wq_has_sleeper(). */
	smp_mb();

	if (ringchar_dead(rf->unit))
		return EPOLLHUP | EPOLLERR;
	/* Room first: who lacks it makes readable what is there. */
	if (file->f_mode & FMODE_WRITE)
		mask |= ringchar_poll_write(rf, need, out);
	if (file->f_mode & FMODE_READ)
		mask |= ringchar_poll_read(rf);
	return mask;
}

/* Off both lists; where it is not, nothing happens. */
static void ringchar_fasync_off(struct ringchar *rc, struct file *file)
{
	fasync_helper(-1, file, 0, &rc->rd_fasync);
	fasync_helper(-1, file, 0, &rc->wr_fasync);
}

/**
 * ringchar_fasync_end() - no signals for the files of a dead device
 * @unit: the device, dead
 *
 * They would be told of what its next life does.
 *
 * Context: process; sleeps; item.lock held.
 */
void ringchar_fasync_end(struct ringchar_unit *unit)
{
	struct ringchar_file *rf;

	mutex_lock(&unit->open_lock);
	list_for_each_entry(rf, &unit->files, link)
		ringchar_fasync_off(unit->rc, rf->file);
	mutex_unlock(&unit->open_lock);
}

/**
 * ringchar_fasync() - O_ASYNC was set or cleared
 * @fd: its descriptor
 * @file: an open file
 * @on: which
 *
 * Return: negative for an error; else whether it was changed.
 */
int ringchar_fasync(int fd, struct file *file, int on)
{
	struct ringchar_file *rf = ringchar_file(file);
	struct ringchar *rc = rf->unit->rc;
	int err = 0;

	if (file->f_mode & FMODE_READ)
		err = fasync_helper(fd, file, on, &rc->rd_fasync);
	if (err >= 0 && (file->f_mode & FMODE_WRITE))
		err = fasync_helper(fd, file, on, &rc->wr_fasync);
	/* Who is listed too late for ringchar_fasync_end() sees this: its lock. */
	if (err >= 0 && on && ringchar_dead(rf->unit))
		err = -ENODEV;
	if (err < 0)
		ringchar_fasync_off(rc, file);
	if (err < 0 || !on)
		return err;
	/* Listed first, announced then: ringchar_doorbell() looks at the list. */
	if (file->f_mode & FMODE_READ)
		ringchar_announce(rc, RINGCHAR_CONSUMER);
	if (file->f_mode & FMODE_WRITE)
		ringchar_announce(rc, RINGCHAR_PRODUCER);
	return err;
}
