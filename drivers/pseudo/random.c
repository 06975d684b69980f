// SPDX-License-Identifier: GPL-2.0
/*
 * random: as many random bytes as are asked for, fast.
 *
 * A small read takes its bytes from the kernel's generator, a larger one a key,
 * and stretches it. What is written goes into the kernel's pool and is credited
 * nothing.
 */
#include <linux/poll.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <linux/workqueue.h>
#include <softdev/compat_mm.h>
#include "keystream.h"
#include "pseudo.h"

/*
 * Up to here the kernel's generator is the faster one; reads that find no
 * memory for a key stream take this much of it at a time.
 */
#define RANDOM_SMALL	256

/* Most small reads are for a key or less. */
#define RANDOM_KEY	32

/*
 * Up to here the generator's words are faster than its bytes: it makes a dozen of
 * them at a time. Each costs switching interrupts off, which in user-mode Linux
 * is a system call.
 */
#define RANDOM_WORDS	(IS_ENABLED(CONFIG_UML) ? 0 : RANDOM_KEY)

/* As deep as get_random_u64() goes where it hands out a word, and more. */
#define RANDOM_STACK	256

/*
 * The kernel wakes its own pollers when its generator gets ready but tells no
 * module, so until then we look now and then.
 */
static DECLARE_WAIT_QUEUE_HEAD(random_ready_wait);

static void random_look(struct work_struct *work);
static DECLARE_DELAYED_WORK(random_look_work, random_look);

static void random_look(struct work_struct *work)
{
	if (rng_is_initialized())
		wake_up_interruptible_poll(&random_ready_wait,
					   EPOLLIN | EPOLLRDNORM);
	else
		schedule_delayed_work(&random_look_work, HZ / 10);
}

void __init pseudo_random_init(void)
{
	random_look(NULL);
}

void pseudo_random_exit(void)
{
	cancel_delayed_work_sync(&random_look_work);
}

static __poll_t random_poll(struct file *file, poll_table *wait)
{
	poll_wait(file, &random_ready_wait, wait);
	return EPOLLOUT | EPOLLWRNORM |
	       (rng_is_initialized() ? EPOLLIN | EPOLLRDNORM : 0);
}

static ssize_t random_fill_small(const struct pseudo_op *op, struct kiocb *iocb,
				 struct iov_iter *to)
{
	u8 buf[RANDOM_SMALL] __aligned(8);
	size_t chunk, n, done = 0;

	do {
		chunk = min_t(size_t, op->count - done, sizeof(buf));
		get_random_bytes(buf, chunk);
		pseudo_op_spoil(op, buf, done, chunk);
		n = copy_to_iter(buf, chunk, to);
		done += n;
	} while (n == chunk && done < op->count && pseudo_go_on(iocb));
	memzero_explicit(buf, min_t(size_t, op->count, sizeof(buf)));
	return done ? done : -EFAULT;
}

/*
 * Hand out the bytes and nothing else. The iterator ends the copy: a constant
 * size spares the check of the buffer at run time.
 */
static __always_inline ssize_t random_hand_out(void *buf, const size_t size,
					       struct iov_iter *to)
{
	size_t n = copy_to_iter(buf, size, to);

	memzero_explicit(buf, size);
	return pseudo_count(PSEUDO_RANDOM, PSEUDO_READ, n ? n : -EFAULT);
}

/* get_random_u64() leaves on the stack what it returns. Lies where that lay. */
static noinline void random_wipe_stack(void)
{
	u8 left[RANDOM_STACK] __uninitialized;

	memzero_explicit(left, sizeof(left));
}

/* The buffers need not be cleared before they are filled. */
static noinline ssize_t random_read_words(struct iov_iter *to, size_t count)
{
	u64 buf[RANDOM_KEY / sizeof(u64)] __uninitialized;
	size_t i;

	for (i = 0; i * sizeof(u64) < count; i++)
		buf[i] = get_random_u64();
	random_wipe_stack();
	return random_hand_out(buf, sizeof(buf), to);
}

static noinline ssize_t random_read_key(struct iov_iter *to, size_t count)
{
	u8 buf[RANDOM_KEY] __aligned(8) __uninitialized;

	get_random_bytes(buf, count);
	return random_hand_out(buf, sizeof(buf), to);
}

static noinline ssize_t random_read_small(struct iov_iter *to, size_t count)
{
	u8 buf[RANDOM_SMALL] __aligned(8) __uninitialized;

	get_random_bytes(buf, count);
	return random_hand_out(buf, sizeof(buf), to);
}

/* A small read that no fault can meet. */
static ssize_t random_read_plain(struct iov_iter *to, size_t count)
{
	if (count <= RANDOM_WORDS)
		return random_read_words(to, count);
	if (count <= RANDOM_KEY)
		return random_read_key(to, count);
	return random_read_small(to, count);
}

static ssize_t random_fill_large(const struct pseudo_op *op, struct kiocb *iocb,
				 struct iov_iter *to,
				 struct pseudo_keystream *ks)
{
	size_t chunk, n, done = 0;

	get_random_bytes(ks->key, sizeof(ks->key));
	do {
		chunk = min_t(size_t, op->count - done, sizeof(ks->piece));
		pseudo_keystream_next(ks, chunk);
		pseudo_op_spoil(op, ks->piece, done, chunk);
		n = copy_to_iter(ks->piece, chunk, to);
		done += n;
	} while (n == chunk && done < op->count && pseudo_go_on(iocb));
	pseudo_keystream_wipe(ks);
	return done ? done : -EFAULT;
}

static ssize_t random_fill(const struct pseudo_op *op, struct kiocb *iocb,
			   struct iov_iter *to)
{
	struct pseudo_keystream *ks = NULL;
	ssize_t ret;

	if (op->count > RANDOM_SMALL)
		ks = pseudo_buf(iocb, sizeof(*ks));
	if (!ks)
		return random_fill_small(op, iocb, to);
	ret = random_fill_large(op, iocb, to, ks);
	kfree(ks);
	return ret;
}

/* A read that is large or may meet a fault. */
static noinline ssize_t random_read_any(struct kiocb *iocb, struct iov_iter *to)
{
	struct pseudo_op op;
	ssize_t ret;

	ret = pseudo_op_begin(&op, PSEUDO_RANDOM, PSEUDO_READ, iocb->ki_pos,
			      iov_iter_count(to), PSEUDO_CAN_SHORT |
			      PSEUDO_CAN_ERROR | PSEUDO_CAN_CORRUPT);
	if (!ret)
		ret = random_fill(&op, iocb, to);
	return pseudo_op_end(&op, ret);
}

static ssize_t random_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	size_t count = iov_iter_count(to);
	int err;

	if (!rng_is_initialized()) {
		if (iocb->ki_flags & (IOCB_NOWAIT | IOCB_NOIO) ||
		    iocb->ki_filp->f_flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_for_random_bytes();
		if (err)
			return err;
	}
	if (!count)
		return 0;
	if (count > RANDOM_SMALL || !pseudo_op_plain(PSEUDO_RANDOM))
		return random_read_any(iocb, to);
	return random_read_plain(to, count);
}

static ssize_t random_mix(const struct pseudo_op *op, struct iov_iter *from)
{
	u8 block[RANDOM_SMALL];
	size_t done = 0;

	while (done < op->count) {
		size_t chunk = min_t(size_t, op->count - done, sizeof(block));
		size_t n = copy_from_iter(block, chunk, from);

		pseudo_op_spoil(op, block, done, n);
		add_device_randomness(block, n);
		done += n;
		if (n < chunk)
			break;
		if (done % PAGE_SIZE == 0) {
			if (signal_pending(current))
				break;
			cond_resched();
		}
	}
	memzero_explicit(block, sizeof(block));
	return done ? done : -EFAULT;
}

static ssize_t random_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	size_t count = iov_iter_count(from);
	struct pseudo_op op;
	ssize_t ret;

	if (!count)
		return 0;
	ret = pseudo_op_begin(&op, PSEUDO_RANDOM, PSEUDO_WRITE, iocb->ki_pos,
			      count, PSEUDO_CAN_SHORT | PSEUDO_CAN_ERROR);
	if (!ret)
		ret = random_mix(&op, from);
	return pseudo_op_end(&op, ret);
}

static int random_open(struct inode *inode, struct file *file)
{
	file->f_mode |= FMODE_NOWAIT;
	return 0;
}

const struct file_operations pseudo_random_fops = {
	.owner		= THIS_MODULE,
	.open		= random_open,
	.llseek		= noop_llseek,
	.read_iter	= random_read_iter,
	.write_iter	= random_write_iter,
	.poll		= random_poll,
	.splice_read	= copy_splice_read,
	.splice_write	= iter_file_splice_write,
};
