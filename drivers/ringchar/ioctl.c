// SPDX-License-Identifier: GPL-2.0
/*
 * ringchar: ioctls, see <softdev/ringchar.h>.
 */

#include <linux/capability.h>
#include <linux/log2.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include <asm/ioctls.h>

#include "ringchar.h"

/* Hold the reading side of a device that is there. */
static int ringchar_lock_reading(struct ringchar_file *rf)
{
	struct ringchar *rc = rf->unit->rc;
	int err = 0;

	if (mutex_lock_killable(&rc->rd_lock))
		return -ERESTARTSYS;
	ringchar_pace_run(rc);
	if (ringchar_dead(rf->unit))
		err = -ENODEV;
	else if (rc->claims[RINGCHAR_SIDE(RINGCHAR_CONSUMER)])
		err = -EBUSY;
	if (err)
		mutex_unlock(&rc->rd_lock);
	return err;
}

/* Nothing was taken, but what is no record may have been dropped. */
static void ringchar_unlock_reading(struct ringchar *rc, u32 tail)
{
	bool moved = rc->ring.tail != tail;

	mutex_unlock(&rc->rd_lock);
	if (moved) {
		ringchar_wake_writers(rc);
		ringchar_pass_on_reading(rc);
	}
}

static int ringchar_fionread(struct ringchar_file *rf, int __user *arg)
{
	struct ringchar *rc = rf->unit->rc;
	int n, err;
	u32 tail;

	err = ringchar_lock_reading(rf);
	if (err == -EBUSY && !READ_ONCE(rc->record))
		return put_user((int)ring_used(&rc->ring), arg);
	if (err)
		return err;
	tail = rc->ring.tail;
	if (ringchar_overtaken(rf))
		n = 0;
	else
		n = rc->record ? ringchar_next_record(rf) : ringchar_held(rf);
	ringchar_unlock_reading(rc, tail);
	return put_user(n, arg);
}

static int ringchar_info(struct ringchar_file *rf,
			 struct ringchar_info __user *arg)
{
	struct ringchar *rc = rf->unit->rc;
	struct ringchar_info info = {
		.version	= RINGCHAR_VERSION,
		.eof		= rc->eof,
		.read_mark	= READ_ONCE(rc->read_mark),
		.write_mark	= READ_ONCE(rc->write_mark),
		.data_offset	= PAGE_SIZE,
	};
	u32 tail;
	int err;

	err = ringchar_lock_reading(rf);
	if (err && err != -EBUSY)
		return err;
	info.mode = READ_ONCE(rc->record);
	info.full = READ_ONCE(rc->overwrite);
	info.readers = READ_ONCE(rc->each);
	info.size = READ_ONCE(rc->ring.size);
	info.max_record = info.mode == RINGCHAR_RECORD ?
			  ring_max_record(&rc->ring) : RINGCHAR_ATOMIC;
	if (!err) {
		tail = rc->ring.tail;
		if (rc->record && !ringchar_overtaken(rf))
			info.next_record = ringchar_next_record(rf);
		if (rc->each && (rf->file->f_mode & FMODE_READ))
			info.lost_bytes = ringchar_each_lost(rf, &info.lost_records);
		ringchar_unlock_reading(rc, tail);
	}
	info.stored = ringchar_stored(rc);
	return copy_to_user(arg, &info, sizeof(info)) ? -EFAULT : 0;
}

static ssize_t ringchar_peek_held(struct ringchar_file *rf, struct iov_iter *to,
				  size_t n)
{
	int err = ringchar_each_catch_up(rf);

	if (err)
		return err;
	return n || rf->unit->rc->record ? ringchar_peek(rf, to, n) : 0;
}

static int ringchar_ioc_peek(struct ringchar_file *rf,
			     struct ringchar_peek __user *arg)
{
	struct ringchar *rc = rf->unit->rc;
	size_t reach = MAX_RW_COUNT;
	struct ringchar_peek peek;
	struct iov_iter to;
	struct iovec iov;
	ssize_t n;
	u32 tail;

	if (copy_from_user(&peek, arg, sizeof(peek)))
		return -EFAULT;
	iov.iov_base = u64_to_user_ptr(peek.buf);
	iov.iov_len = min_t(size_t, peek.len, MAX_RW_COUNT);
	if (!access_ok(iov.iov_base, iov.iov_len))
		return -EFAULT;
	iov_iter_init(&to, ITER_DEST, &iov, 1, iov.iov_len);
	do {
		n = ringchar_lock_reading(rf);
		if (n)
			return n;
		tail = rc->ring.tail;
		n = ringchar_peek_held(rf, &to, min(iov.iov_len, reach));
		ringchar_unlock_reading(rc, tail);
		if (n != -EFAULT)
			break;
		n = ringchar_bring_in(&to, iov.iov_len, &reach);
		if (!n && signal_pending(current))
			n = -ERESTARTSYS;
	} while (!n);
	if (n < 0)
		return n;
	return put_user((u32)n, &arg->got);
}

static int ringchar_ioc_clear(struct ringchar_file *rf)
{
	struct ringchar *rc = rf->unit->rc;
	int err;

	err = ringchar_lock_both(rc);
	if (err)
		return err;
	if (ringchar_dead(rf->unit))
		err = -ENODEV;
	else if (rc->claims[RINGCHAR_SIDE(RINGCHAR_CONSUMER)])
		err = -EBUSY;
	else
		ring_clear(&rc->ring);
	if (!err)
		ringchar_each_clear(rc);
	ringchar_unlock_both(rc);
	if (!err)
		ringchar_wake_writers(rc);
	return err;
}

static int ringchar_ioc_resize(struct ringchar_file *rf, u64 __user *arg)
{
	struct ringchar *rc = rf->unit->rc;
	int err;
	u64 size;

	if (get_user(size, arg))
		return -EFAULT;
	if (size < RING_SIZE_MIN || size > RING_SIZE_MAX || !is_power_of_2(size))
		return -EINVAL;
	if (mutex_lock_killable(&rc->item.lock))
		return -ERESTARTSYS;
	if (ringchar_dead(rf->unit))
		err = -ENODEV;
	else if (size > ringchar_defaults.max_size && size > rc->ring.size &&
		 !capable(CAP_SYS_RESOURCE))
		err = -EPERM;
	else
		err = ringchar_resize(rc, size);
	if (!err)
		softdev_value_set(&rc->item, RINGCHAR_SIZE, size);
	mutex_unlock(&rc->item.lock);
	if (!err)
		ringchar_wake_all(rc, 0);
	return err;
}

/* The call itself; the device is there, or was a moment ago. */
static long ringchar_do_ioctl(struct ringchar_file *rf, unsigned int cmd,
			      unsigned long value)
{
	void __user *arg = (void __user *)value;
	fmode_t mode = rf->file->f_mode;

	switch (cmd) {
	case FIONREAD:
		return ringchar_fionread(rf, arg);
	case RINGCHAR_IOC_INFO:
		return ringchar_info(rf, arg);
	case RINGCHAR_IOC_PEEK:
		return mode & FMODE_READ ? ringchar_ioc_peek(rf, arg) : -EBADF;
	case RINGCHAR_IOC_CLEAR:
		return mode & FMODE_READ ? ringchar_ioc_clear(rf) : -EBADF;
	case RINGCHAR_IOC_RESIZE:
		return mode & FMODE_WRITE ? ringchar_ioc_resize(rf, arg) :
					    -EBADF;
	case RINGCHAR_IOC_CLAIM:
		return ringchar_claim(rf, value);
	case RINGCHAR_IOC_UNCLAIM:
		return ringchar_unclaim(rf, value);
	case RINGCHAR_IOC_DOORBELL:
		ringchar_doorbell(rf->unit->rc);
		return 0;
	default:
		return -ENOTTY;
	}
}

/**
 * ringchar_ioctl() - ioctl, for 32-bit callers, too
 * @file: an open file
 * @cmd: which
 * @arg: its argument
 *
 * Context: process; sleeps.
 */
long ringchar_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct ringchar_file *rf = ringchar_file(file);

	if (ringchar_dead(rf->unit))
		return -ENODEV;
	return ringchar_do_ioctl(rf, cmd, arg);
}
