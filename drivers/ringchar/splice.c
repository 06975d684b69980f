// SPDX-License-Identifier: GPL-2.0
/*
 * ringchar: splice between a ring and a pipe.
 *
 * The kernel locks the pipe while it reads from a file or writes to one. Whoever
 * sleeps then for data or room keeps all others who use the pipe waiting, and no
 * signal ends that. So the call on the ring does not sleep; this does, without the
 * lock. For each open file one task at a time does so; another one that splices by
 * the same file meanwhile sleeps with the lock.
 *
 * The pipe that the kernel makes for sendfile is the caller's alone, and not locked.
 */

#include <linux/fs.h>
#include <linux/sched/signal.h>
#include <linux/splice.h>
#include <linux/wait.h>

#include <softdev/compat.h>
#include <softdev/compat_mm.h>

#include "ringchar.h"

static bool ringchar_splice_begin(struct ringchar_file *rf,
				  const struct pipe_inode_info *pipe)
{
	if ((rf->file->f_flags & O_NONBLOCK) || pipe == current->splice_pipe ||
	    cmpxchg(&rf->splicer, NULL, current))
		return false;
	return true;
}

static void ringchar_splice_end(struct ringchar_file *rf)
{
	/* Pairs with the cmpxchg() of who splices next. */
	smp_store_release(&rf->splicer, NULL);
}

static bool ringchar_pipe_writable(const struct pipe_inode_info *pipe)
{
	return !READ_ONCE(pipe->readers) ||
	       !pipe_full(READ_ONCE(pipe->head), READ_ONCE(pipe->tail),
			  READ_ONCE(pipe->max_usage));
}

/*
 * The pipe, locked, had room when splice began; others have used it meanwhile. What
 * this task was woken for need not wait for it.
 */
static int ringchar_pipe_room(struct ringchar *rc, struct pipe_inode_info *pipe,
			      unsigned int flags)
{
	int err = 0;

	while (!err) {
		if (!pipe->readers) {
			send_sig(SIGPIPE, current, 0);
			return -EPIPE;
		}
		if (ringchar_pipe_writable(pipe))
			return 0;
		if (flags & SPLICE_F_NONBLOCK)
			return -EAGAIN;
		pipe_unlock(pipe);
		ringchar_pass_on_reading(rc);
		err = wait_event_interruptible(pipe->wr_wait,
					       ringchar_pipe_writable(pipe));
		pipe_lock(pipe);
	}
	return err;
}

/**
 * ringchar_splice_read() - splice from the ring to a pipe
 * @file: an open file
 * @ppos: its position
 * @pipe: the pipe, locked
 * @len: at most so many bytes
 * @flags: SPLICE_F_*
 *
 * Context: process; sleeps, then without the pipe's lock.
 * Return: as ringchar_read_iter(); -EPIPE with SIGPIPE if nobody reads the pipe any
 * more.
 */
ssize_t ringchar_splice_read(struct file *file, loff_t *ppos,
			     struct pipe_inode_info *pipe, size_t len,
			     unsigned int flags)
{
	struct ringchar_file *rf = ringchar_file(file);
	struct ringchar *rc = rf->unit->rc;
	bool slept = false;
	ssize_t ret;

	if (!ringchar_splice_begin(rf, pipe))
		return copy_splice_read(file, ppos, pipe, len, flags);
	do {
		ret = copy_splice_read(file, ppos, pipe, len, flags);
		if (ret != -EAGAIN)
			break;
		pipe_unlock(pipe);
		ret = ringchar_wait_read(rf);
		pipe_lock(pipe);
		slept = true;
		if (!ret)
			ret = ringchar_pipe_room(rc, pipe, flags);
		/* There may be something that the call refuses, for ever. */
		if (!ret && signal_pending(current))
			ret = -ERESTARTSYS;
	} while (!ret);
	/* Woken for it and not taken it, or not all of it. */
	if (slept)
		ringchar_pass_on_reading(rc);
	ringchar_splice_end(rf);
	return ret;
}

/**
 * ringchar_splice_write() - splice from a pipe to the ring
 * @pipe: the pipe
 * @file: an open file
 * @ppos: its position
 * @len: at most so many bytes
 * @flags: SPLICE_F_*
 *
 * Context: process; sleeps, for room without the pipe's lock.
 * Return: as ringchar_write_iter(); what is moved may be less than the pipe has.
 */
ssize_t ringchar_splice_write(struct pipe_inode_info *pipe, struct file *file,
			      loff_t *ppos, size_t len, unsigned int flags)
{
	struct ringchar_file *rf = ringchar_file(file);
	struct ringchar_waiter w = { .no_turn = true };
	ssize_t ret;

	if (!ringchar_splice_begin(rf, pipe))
		return iter_file_splice_write(pipe, file, ppos, len, flags);
	do {
		rf->splice_need = 0;
		ret = iter_file_splice_write(pipe, file, ppos, len, flags);
		/* Else it is the pipe that has nothing. */
		if (ret != -EAGAIN || !rf->splice_need)
			break;
		ret = ringchar_wait_write(rf, rf->splice_need, &w);
		/* Who holds the pipe's lock, or empties it, must not hold up others. */
		ringchar_pass_on_writing(rf->unit->rc);
		if (!ret && signal_pending(current))
			ret = -ERESTARTSYS;
	} while (!ret);
	if (w.again)
		ringchar_pass_on_writing(rf->unit->rc);
	ringchar_splice_end(rf);
	return ret;
}
