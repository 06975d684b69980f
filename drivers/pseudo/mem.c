// SPDX-License-Identifier: GPL-2.0
/*
 * null, zero and full: what /dev/null, /dev/zero and /dev/full do, call for
 * call. Where a name of theirs has an operation of struct file_operations, so
 * has ours, and where it has none, ours has none: the VFS tells them apart.
 */
#include <linux/io_uring.h>
#include <linux/mm.h>
#include <linux/pipe_fs_i.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include <linux/uio.h>
#include <softdev/compat_mm.h>
#include "pseudo.h"

/*
 * Zeros are made this many at a time, then signals and the scheduler have
 * their turn. A signal that is there already lets one page through.
 */
#define ZERO_CHUNK	(16 * PAGE_SIZE)

static size_t zero_chunk(size_t left)
{
	size_t most = signal_pending(current) ? PAGE_SIZE : ZERO_CHUNK;

	return min(left, most);
}

static loff_t null_lseek(struct file *file, loff_t offset, int whence)
{
	file->f_pos = 0;
	return 0;
}

/* There is nothing to read, but the read is counted. */
static ssize_t null_count_read(void)
{
	softdev_stats_add(&pseudo_nodes[PSEUDO_NULL].stats, PSEUDO_READS, 1);
	return 0;
}

static ssize_t null_read(struct file *file, char __user *buf, size_t count,
			 loff_t *ppos)
{
	return null_count_read();
}

static ssize_t null_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	return null_count_read();
}

/* What is written vanishes, so nobody could see it spoilt. */
static int null_begin(struct pseudo_op *op, struct file *file, loff_t pos,
		      size_t count)
{
	return pseudo_op_begin(op, iminor(file_inode(file)), PSEUDO_WRITE, pos,
			       count, PSEUDO_CAN_SHORT | PSEUDO_CAN_ERROR);
}

static ssize_t null_write(struct file *file, const char __user *buf,
			  size_t count, loff_t *ppos)
{
	struct pseudo_op op;
	int err = null_begin(&op, file, *ppos, count);

	return pseudo_op_end(&op, err ? err : op.count);
}

static ssize_t null_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct pseudo_op op;
	int err = null_begin(&op, iocb->ki_filp, iocb->ki_pos,
			     iov_iter_count(from));

	if (!err)
		iov_iter_advance(from, op.count);
	return pseudo_op_end(&op, err ? err : op.count);
}

static int null_pipe_actor(struct pipe_inode_info *pipe,
			   struct pipe_buffer *buf, struct splice_desc *sd)
{
	return sd->len;
}

static ssize_t null_splice_write(struct pipe_inode_info *pipe, struct file *out,
				 loff_t *ppos, size_t len, unsigned int flags)
{
	struct splice_desc sd = {
		.flags = flags,
		.pos = *ppos,
		.u.file = out,
	};
	struct pseudo_op op;
	ssize_t ret = null_begin(&op, out, *ppos, len);

	if (!ret) {
		sd.total_len = op.count;
		pipe_lock(pipe);
		ret = __splice_from_pipe(pipe, &sd, null_pipe_actor);
		pipe_unlock(pipe);
	}
	return pseudo_op_end(&op, ret);
}

static int null_uring_cmd(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	return 0;
}

static int zero_begin(struct pseudo_op *op, struct file *file, loff_t pos,
		      size_t count)
{
	return pseudo_op_begin(op, iminor(file_inode(file)), PSEUDO_READ, pos,
			       count, PSEUDO_CAN_SHORT | PSEUDO_CAN_ERROR |
			       PSEUDO_CAN_CORRUPT);
}

static ssize_t zero_fill_user(const struct pseudo_op *op, char __user *buf)
{
	size_t done = 0;

	while (done < op->count) {
		size_t chunk = zero_chunk(op->count - done);
		size_t left = clear_user(buf + done, chunk);

		done += chunk - left;
		if (left || signal_pending(current))
			break;
		cond_resched();
	}
	if (unlikely(op->flip < done) && put_user((u8)op->mask, buf + op->flip))
		done = op->flip;
	return done || !op->count ? done : -EFAULT;
}

static ssize_t zero_read(struct file *file, char __user *buf, size_t count,
			 loff_t *ppos)
{
	struct pseudo_op op;
	ssize_t ret = zero_begin(&op, file, *ppos, count);

	if (!ret)
		ret = zero_fill_user(&op, buf);
	return pseudo_op_end(&op, ret);
}

static ssize_t zero_fill_iter(const struct pseudo_op *op, struct kiocb *iocb,
			      struct iov_iter *to)
{
	size_t done = 0;

	while (done < op->count) {
		size_t chunk = zero_chunk(op->count - done);
		u8 spoilt = op->mask;
		size_t n;

		if (unlikely(op->flip == done))
			n = copy_to_iter(&spoilt, 1, to);
		else
			n = iov_iter_zero(min_t(u64, chunk, op->flip - done),
					  to);
		if (!n)
			return done ? done : -EFAULT;
		done += n;
		if (signal_pending(current))
			break;
		if (!need_resched())
			continue;
		if (iocb->ki_flags & IOCB_NOWAIT)
			break;
		cond_resched();
	}
	return done;
}

static ssize_t zero_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct pseudo_op op;
	ssize_t ret = zero_begin(&op, iocb->ki_filp, iocb->ki_pos,
				 iov_iter_count(to));

	if (!ret)
		ret = zero_fill_iter(&op, iocb, to);
	return pseudo_op_end(&op, ret);
}

static ssize_t full_write(struct file *file, const char __user *buf,
			  size_t count, loff_t *ppos)
{
	struct pseudo_op op;
	int err = pseudo_op_begin(&op, PSEUDO_FULL, PSEUDO_WRITE, *ppos, count,
				  PSEUDO_CAN_ERROR);

	return pseudo_op_end(&op, err ? err : -ENOSPC);
}

/* full, as its namesake, has no FMODE_NOWAIT. */
static int nowait_open(struct inode *inode, struct file *file)
{
	file->f_mode |= FMODE_NOWAIT;
	return 0;
}

const struct file_operations pseudo_null_fops = {
	.owner		= THIS_MODULE,
	.open		= nowait_open,
	.llseek		= null_lseek,
	.read		= null_read,
	.write		= null_write,
	.read_iter	= null_read_iter,
	.write_iter	= null_write_iter,
	.splice_write	= null_splice_write,
	.uring_cmd	= null_uring_cmd,
};

const struct file_operations pseudo_zero_fops = {
	.owner		= THIS_MODULE,
	.open		= nowait_open,
	.llseek		= null_lseek,
	.read		= zero_read,
	.write		= null_write,
	.read_iter	= zero_read_iter,
	.write_iter	= null_write_iter,
	.splice_read	= softdev_zero_splice_read,
	.splice_write	= softdev_zero_splice_write(null_splice_write),
	.mmap		= pseudo_zero_mmap,
	.get_unmapped_area = pseudo_zero_area,
};

const struct file_operations pseudo_full_fops = {
	.owner		= THIS_MODULE,
	.llseek		= null_lseek,
	.write		= full_write,
	.read_iter	= zero_read_iter,
	.splice_read	= softdev_zero_splice_read,
};
