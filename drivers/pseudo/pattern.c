// SPDX-License-Identifier: GPL-2.0
/*
 * pattern: an endless file of bytes that anyone can compute. Reading yields
 * them, writing checks what is written against them.
 */
#include <linux/compat.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>
#include <linux/uio.h>
#include <softdev/compat_mm.h>
#include <uapi/softdev/pseudo.h>
#include "pseudo.h"
#include "stream.h"
#include "trace.h"

/* Made or checked at a time: stays in the first-level cache. */
#define PATTERN_CHUNK	4096

/* Small calls, and those that find no memory, make do with the stack. */
#define PATTERN_SMALL	256

atomic64_t pseudo_pattern_seed = ATOMIC64_INIT(0);
atomic64_t pseudo_pattern_last = ATOMIC64_INIT(-1);

/**
 * struct pattern_file - an open file of pattern
 * @seed: of its pattern
 * @lock: protects @diff; taken in process context only, nothing inside it
 * @diff: the last difference; its count is 0 while there was none
 */
struct pattern_file {
	atomic64_t seed;
	spinlock_t lock;	/* the last difference, see above */
	struct pseudo_difference diff;
};

/**
 * struct pattern_io - a read or a check under way
 * @op: what is to happen
 * @seed: the file's, at its beginning
 * @key: the seed's
 * @pos: where it began
 * @done: bytes yielded or found right
 * @buf: bytes on their way
 * @size: of @buf
 * @small: @buf for those who have no other
 */
struct pattern_io {
	struct pseudo_op op;
	u64 seed;
	u64 key;
	u64 pos;
	size_t done;
	u8 *buf;
	size_t size;
	u8 small[PATTERN_SMALL] __aligned(8);
};

/* The range is checked for callers in the kernel; for others the VFS did. */
static int pattern_begin(struct pattern_io *io, struct kiocb *iocb, size_t count,
			 unsigned int dir)
{
	struct pattern_file *pf = iocb->ki_filp->private_data;

	io->op.count = 0;
	io->op.dir = dir;
	io->op.node = PSEUDO_PATTERN;
	if (iocb->ki_pos < 0 || count > LLONG_MAX - iocb->ki_pos)
		return -EINVAL;
	io->seed = atomic64_read(&pf->seed);
	io->key = pseudo_stream_key(io->seed);
	io->pos = iocb->ki_pos;
	io->done = 0;
	io->buf = io->small;
	io->size = sizeof(io->small);
	return pseudo_op_begin(&io->op, PSEUDO_PATTERN, dir, iocb->ki_pos, count,
			       PSEUDO_CAN_SHORT | PSEUDO_CAN_ERROR |
			       PSEUDO_CAN_CORRUPT);
}

static void pattern_buf_get(struct pattern_io *io, struct kiocb *iocb)
{
	u8 *buf = NULL;

	if (io->op.count > io->size)
		buf = pseudo_buf(iocb, PATTERN_CHUNK);
	if (buf) {
		io->buf = buf;
		io->size = PATTERN_CHUNK;
	}
}

static void pattern_buf_put(struct pattern_io *io)
{
	if (io->buf != io->small)
		kfree(io->buf);
}

/* How much is next: ends with a word, so that the rest is aligned. */
static size_t pattern_chunk(const struct pattern_io *io)
{
	size_t most = io->size - ((io->pos + io->done) & 7);

	return min_t(u64, io->op.count - io->done, most);
}

static bool pattern_go_on(const struct pattern_io *io, const struct kiocb *iocb)
{
	return io->done < io->op.count && pseudo_go_on(iocb);
}

static ssize_t pattern_yield(struct pattern_io *io, struct kiocb *iocb,
			     struct iov_iter *to)
{
	size_t chunk, n;

	do {
		chunk = pattern_chunk(io);
		pseudo_stream_fill(io->key, io->pos + io->done, io->buf, chunk);
		pseudo_op_spoil(&io->op, io->buf, io->done, chunk);
		n = copy_to_iter(io->buf, chunk, to);
		io->done += n;
	} while (n == chunk && pattern_go_on(io, iocb));
	return io->done ? io->done : -EFAULT;
}

static ssize_t pattern_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct pattern_io io;
	ssize_t ret = pattern_begin(&io, iocb, iov_iter_count(to), PSEUDO_READ);

	if (!ret && io.op.count) {
		pattern_buf_get(&io, iocb);
		ret = pattern_yield(&io, iocb, to);
		pattern_buf_put(&io);
	}
	if (ret > 0)
		iocb->ki_pos += ret;
	return pseudo_op_end(&io.op, ret);
}

/*
 * @len bytes from @found on should be the pattern's; the first is not. Where
 * the chunk ends early, @from has what follows.
 */
static void pattern_differs(struct pattern_io *io, struct pattern_file *pf,
			    const u8 *found, size_t len, struct iov_iter *from)
{
	struct pseudo_difference diff = {
		.offset = io->pos + io->done,
		.seed = io->seed,
		.count = min_t(size_t, len, PSEUDO_DIFFERENCE_BYTES),
	};
	size_t more = min_t(u64, io->op.count - io->done,
			    PSEUDO_DIFFERENCE_BYTES) - diff.count;

	memcpy(diff.found, found, diff.count);
	if (more) {
		more = copy_from_iter(diff.found + len, more, from);
		pseudo_op_spoil(&io->op, diff.found + len, io->done + len,
				more);
		diff.count += more;
	}
	pseudo_stream_fill(io->key, diff.offset, diff.expected, diff.count);

	spin_lock(&pf->lock);
	pf->diff = diff;
	spin_unlock(&pf->lock);
	atomic64_set(&pseudo_pattern_last, diff.offset);
	softdev_stats_add(&pseudo_nodes[PSEUDO_PATTERN].stats,
			  PSEUDO_MISMATCHES, 1);
	trace_pseudo_difference(&diff);
}

static ssize_t pattern_verify(struct pattern_io *io, struct kiocb *iocb,
			      struct iov_iter *from)
{
	size_t chunk, n, same;

	do {
		chunk = pattern_chunk(io);
		n = copy_from_iter(io->buf, chunk, from);
		pseudo_op_spoil(&io->op, io->buf, io->done, n);
		same = pseudo_stream_check(io->key, io->pos + io->done, io->buf,
					   n);
		io->done += same;
		if (same < n) {
			pattern_differs(io, iocb->ki_filp->private_data,
					io->buf + same, n - same, from);
			return -EIO;
		}
	} while (n == chunk && pattern_go_on(io, iocb));
	return io->done ? io->done : -EFAULT;
}

static ssize_t pattern_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct pattern_io io;
	ssize_t ret = pattern_begin(&io, iocb, iov_iter_count(from),
				    PSEUDO_WRITE);

	if (!ret && io.op.count) {
		pattern_buf_get(&io, iocb);
		ret = pattern_verify(&io, iocb, from);
		pattern_buf_put(&io);
	}
	if (ret > 0)
		iocb->ki_pos += ret;
	return pseudo_op_end(&io.op, ret);
}

/* Endless: there is no end to seek from, and neither data nor holes. */
static loff_t pattern_llseek(struct file *file, loff_t offset, int whence)
{
	if (whence != SEEK_SET && whence != SEEK_CUR)
		return -EINVAL;
	return generic_file_llseek_size(file, offset, whence, LLONG_MAX, 0);
}

static long pattern_get_difference(struct pattern_file *pf, void __user *to)
{
	struct pseudo_difference diff;

	spin_lock(&pf->lock);
	diff = pf->diff;
	spin_unlock(&pf->lock);
	if (!diff.count)
		return -ENODATA;
	return copy_to_user(to, &diff, sizeof(diff)) ? -EFAULT : 0;
}

static long pattern_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct pattern_file *pf = file->private_data;
	void __user *p = (void __user *)arg;
	u64 seed;

	switch (cmd) {
	case PSEUDO_GET_SEED:
		seed = atomic64_read(&pf->seed);
		return copy_to_user(p, &seed, sizeof(seed)) ? -EFAULT : 0;
	case PSEUDO_SET_SEED:
		if (copy_from_user(&seed, p, sizeof(seed)))
			return -EFAULT;
		atomic64_set(&pf->seed, seed);
		return 0;
	case PSEUDO_GET_DIFFERENCE:
		return pattern_get_difference(pf, p);
	default:
		return -ENOTTY;
	}
}

static int pattern_open(struct inode *inode, struct file *file)
{
	struct pattern_file *pf = kzalloc(sizeof(*pf), GFP_KERNEL_ACCOUNT);

	if (!pf)
		return -ENOMEM;
	atomic64_set(&pf->seed, atomic64_read(&pseudo_pattern_seed));
	spin_lock_init(&pf->lock);
	file->private_data = pf;
	/* Threads that share the position take turns, as with regular files. */
	file->f_mode |= FMODE_NOWAIT | FMODE_CAN_ODIRECT | FMODE_ATOMIC_POS;
	return 0;
}

static int pattern_release(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
	return 0;
}

const struct file_operations pseudo_pattern_fops = {
	.owner		= THIS_MODULE,
	.open		= pattern_open,
	.release	= pattern_release,
	.llseek		= pattern_llseek,
	.read_iter	= pattern_read_iter,
	.write_iter	= pattern_write_iter,
	.splice_read	= copy_splice_read,
	.splice_write	= iter_file_splice_write,
	.unlocked_ioctl	= pattern_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
};
