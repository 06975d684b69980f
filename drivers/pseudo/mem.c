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
	if (left <= PAGE_SIZE || signal_pending(current))
		return min(left, PAGE_SIZE);
	return min(left, ZERO_CHUNK);
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
static int sink_begin(struct pseudo_op *op, enum pseudo_id node, loff_t pos,
		      size_t count)
{
	return pseudo_op_begin(op, node, PSEUDO_WRITE, pos, count,
			       PSEUDO_CAN_SHORT | PSEUDO_CAN_ERROR);
}

static __always_inline ssize_t sink_write(enum pseudo_id node, loff_t pos,
					  size_t count)
{
	struct pseudo_op op;
	int err;

	if (pseudo_op_plain(node))
		return pseudo_count(node, PSEUDO_WRITE, count);
	err = sink_begin(&op, node, pos, count);
	return pseudo_op_end(&op, err ? err : op.count);
}

static __always_inline ssize_t sink_write_iter(enum pseudo_id node,
					       struct kiocb *iocb,
					       struct iov_iter *from)
{
	ssize_t ret = sink_write(node, iocb->ki_pos, iov_iter_count(from));

	/* All of it, as a rule, and then there is no need to find its end. */
	if (likely(ret == iov_iter_count(from)))
		iov_iter_truncate(from, 0);
	else if (ret > 0)
		iov_iter_advance(from, ret);
	return ret;
}

static ssize_t null_write(struct file *file, const char __user *buf,
			  size_t count, loff_t *ppos)
{
	return sink_write(PSEUDO_NULL, *ppos, count);
}

static ssize_t null_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	return sink_write_iter(PSEUDO_NULL, iocb, from);
}

static ssize_t zero_write(struct file *file, const char __user *buf,
			  size_t count, loff_t *ppos)
{
	return sink_write(PSEUDO_ZERO, *ppos, count);
}

static ssize_t zero_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	return sink_write_iter(PSEUDO_ZERO, iocb, from);
}

static int null_pipe_actor(struct pipe_inode_info *pipe,
			   struct pipe_buffer *buf, struct splice_desc *sd)
{
	return sd->len;
}

static ssize_t sink_splice_write(enum pseudo_id node,
				 struct pipe_inode_info *pipe, struct file *out,
				 loff_t *ppos, size_t len, unsigned int flags)
{
	struct splice_desc sd = {
		.flags = flags,
		.pos = *ppos,
		.u.file = out,
	};
	struct pseudo_op op;
	ssize_t ret = sink_begin(&op, node, *ppos, len);

	if (!ret) {
		sd.total_len = op.count;
		pipe_lock(pipe);
		ret = __splice_from_pipe(pipe, &sd, null_pipe_actor);
		pipe_unlock(pipe);
	}
	return pseudo_op_end(&op, ret);
}

static ssize_t null_splice_write(struct pipe_inode_info *pipe, struct file *out,
				 loff_t *ppos, size_t len, unsigned int flags)
{
	return sink_splice_write(PSEUDO_NULL, pipe, out, ppos, len, flags);
}

static __maybe_unused ssize_t
zero_splice_write(struct pipe_inode_info *pipe, struct file *out, loff_t *ppos,
		  size_t len, unsigned int flags)
{
	return sink_splice_write(PSEUDO_ZERO, pipe, out, ppos, len, flags);
}

static int null_uring_cmd(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	return 0;
}

static int source_begin(struct pseudo_op *op, enum pseudo_id node, loff_t pos,
			size_t count)
{
	return pseudo_op_begin(op, node, PSEUDO_READ, pos, count,
			       PSEUDO_CAN_SHORT | PSEUDO_CAN_ERROR |
			       PSEUDO_CAN_CORRUPT);
}

static ssize_t zero_fill_user(char __user *buf, size_t count)
{
	size_t done = 0;

	while (done < count) {
		size_t chunk = zero_chunk(count - done);
		size_t left = clear_user(buf + done, chunk);

		done += chunk - left;
		if (left || signal_pending(current))
			break;
		cond_resched();
	}
	return done || !count ? done : -EFAULT;
}

static ssize_t zero_read(struct file *file, char __user *buf, size_t count,
			 loff_t *ppos)
{
	struct pseudo_op op;
	ssize_t ret;

	if (pseudo_op_plain(PSEUDO_ZERO))
		return pseudo_count(PSEUDO_ZERO, PSEUDO_READ,
				    zero_fill_user(buf, count));
	ret = source_begin(&op, PSEUDO_ZERO, *ppos, count);
	if (!ret)
		ret = zero_fill_user(buf, op.count);
	if (ret > 0 && op.flip < ret && put_user((u8)op.mask, buf + op.flip))
		ret = op.flip ?: -EFAULT;
	return pseudo_op_end(&op, ret);
}

static ssize_t zero_fill_iter(struct kiocb *iocb, struct iov_iter *to,
			      size_t count)
{
	size_t done = 0;

	while (done < count) {
		size_t n = iov_iter_zero(zero_chunk(count - done), to);

		if (!n)
			return done ? done : -EFAULT;
		done += n;
		if (done == count || !pseudo_go_on(iocb))
			break;
	}
	return done;
}

/* Zeros with one byte in them that is none. */
static ssize_t zero_fill_spoilt(const struct pseudo_op *op, struct kiocb *iocb,
				struct iov_iter *to)
{
	u8 spoilt = op->mask;
	ssize_t done, rest;

	done = zero_fill_iter(iocb, to, min(op->flip, op->count));
	if (done < 0 || done < op->flip || done == op->count)
		return done;
	if (!copy_to_iter(&spoilt, 1, to))
		return done ? done : -EFAULT;
	done++;
	rest = zero_fill_iter(iocb, to, op->count - done);
	return rest < 0 ? done : done + rest;
}

/* A read that may meet a fault. */
static noinline ssize_t source_read_any(enum pseudo_id node, struct kiocb *iocb,
					struct iov_iter *to)
{
	struct pseudo_op op;
	ssize_t ret;

	ret = source_begin(&op, node, iocb->ki_pos, iov_iter_count(to));
	if (!ret)
		ret = zero_fill_spoilt(&op, iocb, to);
	return pseudo_op_end(&op, ret);
}

static __always_inline ssize_t source_read_iter(enum pseudo_id node,
						struct kiocb *iocb,
						struct iov_iter *to)
{
	if (!pseudo_op_plain(node))
		return source_read_any(node, iocb, to);
	return pseudo_count(node, PSEUDO_READ,
			    zero_fill_iter(iocb, to, iov_iter_count(to)));
}

static ssize_t zero_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	return source_read_iter(PSEUDO_ZERO, iocb, to);
}

static ssize_t full_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	return source_read_iter(PSEUDO_FULL, iocb, to);
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
	.write		= zero_write,
	.read_iter	= zero_read_iter,
	.write_iter	= zero_write_iter,
	.splice_read	= softdev_zero_splice_read,
	.splice_write	= softdev_zero_splice_write(zero_splice_write),
	.mmap		= pseudo_zero_mmap,
	.get_unmapped_area = pseudo_zero_area,
};

const struct file_operations pseudo_full_fops = {
	.owner		= THIS_MODULE,
	.llseek		= null_lseek,
	.write		= full_write,
	.read_iter	= full_read_iter,
	.splice_read	= softdev_zero_splice_read,
};
