// SPDX-License-Identifier: GPL-2.0
/*
 * ringchar: devices that come and go, and who has them open.
 *
 * One cdev serves all minors for as long as the module is there; open looks
 * the device up. So no cdev has to outlive its device.
 */

#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/xarray.h>

#include <softdev/compat.h>

#include "ringchar.h"

#define RINGCHAR_MINORS		(MINORMASK + 1)

static dev_t ringchar_devt;
static struct cdev ringchar_cdev;
static struct class *ringchar_class;
static DEFINE_XARRAY_ALLOC(ringchar_units);
/* Keeps a unit that open has found until it is counted. */
static DEFINE_MUTEX(ringchar_units_lock);

static void ringchar_unit_free(struct kref *kref)
{
	struct ringchar_unit *unit =
		container_of(kref, struct ringchar_unit, kref);

	config_item_put(&unit->rc->item.group.cg_item);
	mutex_destroy(&unit->open_lock);
	kfree(unit);
}

/**
 * ringchar_unit_put() - drop a reference
 * @unit: the device; its contents, too, if these were the last ones
 *
 * Context: process; may sleep.
 */
void ringchar_unit_put(struct ringchar_unit *unit)
{
	kref_put(&unit->kref, ringchar_unit_free);
}

static struct ringchar_unit *ringchar_unit_find(unsigned int minor)
{
	struct ringchar_unit *unit;

	mutex_lock(&ringchar_units_lock);
	unit = xa_load(&ringchar_units, minor);
	if (unit)
		kref_get(&unit->kref);
	mutex_unlock(&ringchar_units_lock);
	return unit;
}

static int ringchar_open(struct inode *inode, struct file *file)
{
	struct ringchar_unit *unit;
	struct ringchar_file *rf;
	int err;

	rf = kzalloc_obj(*rf, GFP_KERNEL_ACCOUNT);
	if (!rf)
		return -ENOMEM;
	unit = ringchar_unit_find(iminor(inode));
	if (!unit) {
		err = -ENXIO;
		goto err_file;
	}
	err = ringchar_populate(unit->rc);
	if (err)
		goto err_unit;
	rf->unit = unit;
	rf->file = file;
	file->private_data = rf;
	file->f_mode |= FMODE_NOWAIT;
	INIT_LIST_HEAD(&rf->reader);
	ringchar_count_open(rf);
	stream_open(inode, file);
	if (!(file->f_mode & FMODE_READ))
		return 0;
	err = ringchar_lock_both(unit->rc);
	if (err)
		goto err_count;
	ringchar_each_open(rf);
	ringchar_unlock_both(unit->rc);
	if (unit->rc->each)
		file->f_mode |= FMODE_LSEEK;
	return 0;

err_count:
	ringchar_count_close(rf);
err_unit:
	ringchar_unit_put(unit);
err_file:
	kfree(rf);
	return err;
}

/* The oldest or the newest, where each file has a position; as /dev/kmsg. */
static loff_t ringchar_llseek(struct file *file, loff_t offset, int whence)
{
	struct ringchar_file *rf = ringchar_file(file);
	struct ringchar *rc = rf->unit->rc;
	int err;

	if (ringchar_dead(rf->unit))
		return -ENODEV;
	if (!rc->each || offset || (whence != SEEK_SET && whence != SEEK_END))
		return -ESPIPE;
	err = ringchar_lock_both(rc);
	if (err)
		return err;
	ringchar_each_seek(rf, whence);
	ringchar_unlock_both(rc);
	ringchar_wake_writers(rc);
	return 0;
}

/* What this file has not read nobody waits for any more. */
static void ringchar_stop_reading(struct ringchar_file *rf)
{
	struct ringchar *rc = rf->unit->rc;

	if (list_empty_careful(&rf->reader))
		return;
	mutex_lock(&rc->rd_lock);
	ringchar_each_drop(rf);
	mutex_unlock(&rc->rd_lock);
	ringchar_wake_writers(rc);
}

static int ringchar_release(struct inode *inode, struct file *file)
{
	struct ringchar_file *rf = ringchar_file(file);
	struct ringchar_unit *unit = rf->unit;

	ringchar_unclaim_all(unit->rc, rf);
	ringchar_map_end(unit);
	ringchar_stop_reading(rf);
	ringchar_count_close(rf);
	if (unit->rc->eof)
		ringchar_wake_all(unit->rc, 0);
	ringchar_unit_put(unit);
	kfree(rf);
	return 0;
}

static const struct file_operations ringchar_fops = {
	.owner		= THIS_MODULE,
	.open		= ringchar_open,
	.release	= ringchar_release,
	.llseek		= ringchar_llseek,
	.read_iter	= ringchar_read_iter,
	.write_iter	= ringchar_write_iter,
	.poll		= ringchar_poll,
	.fasync		= ringchar_fasync,
	.mmap		= ringchar_mmap,
	.unlocked_ioctl	= ringchar_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
	.splice_read	= ringchar_splice_read,
	.splice_write	= ringchar_splice_write,
};

/**
 * ringchar_unit_remove() - take the device away, whoever has it open
 * @rc: the directory; the contents stay
 *
 * Context: process; sleeps; item.lock held.
 */
void ringchar_unit_remove(struct ringchar *rc)
{
	struct ringchar_unit *unit = rc->unit;

	/*
	 * Nobody finds it any more, but its number stays taken until the name
	 * that goes with it is gone from sysfs. Needs no memory, cannot fail.
	 */
	mutex_lock(&ringchar_units_lock);
	xa_store(&ringchar_units, unit->minor, NULL, GFP_KERNEL);
	mutex_unlock(&ringchar_units_lock);
	/*
	 * Who sleeps looks again after the queue's lock, which orders this;
	 * who holds a side finishes its call, as if it had been earlier.
	 */
	mutex_lock(&rc->map_lock);
	WRITE_ONCE(unit->dead, true);
	mutex_unlock(&rc->map_lock);
	ringchar_each_end(rc);
	ringchar_unmap(unit);
	ringchar_wake_all(rc, EPOLLHUP | EPOLLERR);
	ringchar_fasync_end(unit);
	if (unit->dev)
		device_unregister(unit->dev);
	xa_erase(&ringchar_units, unit->minor);
	ringchar_unclaim_all(rc, NULL);
	ringchar_renew(rc);
	rc->unit = NULL;
	ringchar_unit_put(unit);
}

/**
 * ringchar_unit_add() - make the device of a directory appear
 * @rc: the directory
 *
 * Context: process; sleeps; item.lock held.
 * Return: 0 or an error, nothing left behind.
 */
int ringchar_unit_add(struct ringchar *rc)
{
	struct ringchar_unit *unit;
	int err;

	unit = kzalloc_obj(*unit, GFP_KERNEL);
	if (!unit)
		return -ENOMEM;
	kref_init(&unit->kref);
	mutex_init(&unit->open_lock);
	INIT_LIST_HEAD(&unit->files);
	unit->rc = rc;
	config_item_get(&rc->item.group.cg_item);

	/* Found by open before there is a node, so that nobody comes early. */
	err = xa_alloc(&ringchar_units, &unit->minor, unit,
		       XA_LIMIT(0, RINGCHAR_MINORS - 1), GFP_KERNEL);
	if (err) {
		ringchar_unit_put(unit);
		return err;
	}
	rc->unit = unit;
	unit->dev = device_create(ringchar_class, NULL,
				  ringchar_devt + unit->minor, NULL, "%s",
				  rc->item.name);
	if (!IS_ERR(unit->dev))
		return 0;
	err = PTR_ERR(unit->dev);
	unit->dev = NULL;
	/* Somebody may have opened it by its number. */
	ringchar_unit_remove(rc);
	return err;
}

/**
 * ringchar_chrdev_init() - the device numbers and the class
 *
 * Return: 0 or an error, nothing left behind.
 */
int ringchar_chrdev_init(void)
{
	int err;

	ringchar_class = softdev_class_create("ringchar");
	if (IS_ERR(ringchar_class))
		return PTR_ERR(ringchar_class);
	err = alloc_chrdev_region(&ringchar_devt, 0, RINGCHAR_MINORS,
				  "ringchar");
	if (err)
		goto err_class;
	cdev_init(&ringchar_cdev, &ringchar_fops);
	ringchar_cdev.owner = THIS_MODULE;
	err = cdev_add(&ringchar_cdev, ringchar_devt, RINGCHAR_MINORS);
	if (err)
		goto err_region;
	return 0;

err_region:
	unregister_chrdev_region(ringchar_devt, RINGCHAR_MINORS);
err_class:
	class_destroy(ringchar_class);
	return err;
}

/**
 * ringchar_chrdev_exit() - undo ringchar_chrdev_init(); no device is left
 */
void ringchar_chrdev_exit(void)
{
	cdev_del(&ringchar_cdev);
	unregister_chrdev_region(ringchar_devt, RINGCHAR_MINORS);
	class_destroy(ringchar_class);
	xa_destroy(&ringchar_units);
}
