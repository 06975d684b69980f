// SPDX-License-Identifier: GPL-2.0
/*
 * ramblk: who a disk says it is: texts that are shown in /sys/block/DISK, where
 * udev and others look for them.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/blkdev.h>
#include <linux/ctype.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <softdev/config.h>
#include "identity.h"
#include "ramblk.h"

/**
 * struct ramblk_text_row - what a text may be
 * @name: as users write it
 * @max: its greatest length
 * @def: what it is where nobody said otherwise
 */
struct ramblk_text_row {
	const char *name;
	unsigned int max;
	const char *def;
};

static const struct ramblk_text_row ramblk_text_rows[RAMBLK_NR_TEXTS] = {
	[RAMBLK_SERIAL]	= { .name = "serial", .max = 64, .def = "" },
	[RAMBLK_WWID]	= { .name = "wwid", .max = 128, .def = "" },
	[RAMBLK_MODEL]	= { .name = "model", .max = 64, .def = "ramblk" },
};

const char *ramblk_text_params[RAMBLK_NR_TEXT_PARAMS];

/* What a setter refuses gets a second line from the kernel; init refuses. */
static int ramblk_text_param_set(const char *val, const struct kernel_param *kp)
{
	*(const char **)kp->arg = val ? val : "";
	return 0;
}

static int ramblk_text_param_get(char *buf, const struct kernel_param *kp)
{
	const char **text = kp->arg;
	size_t id = text - ramblk_text_params;
	const char *def = id < RAMBLK_NR_TEXTS ? ramblk_text_rows[id].def : "";

	return scnprintf(buf, PAGE_SIZE, "%s\n", *text ? *text : def);
}

const struct kernel_param_ops ramblk_text_param_ops = {
	.flags	= KERNEL_PARAM_OPS_FL_NOARG,
	.set	= ramblk_text_param_set,
	.get	= ramblk_text_param_get,
};

/*
 * White space around it is passed over. A slash would be a directory in the
 * names that udev makes of it.
 */
static int ramblk_text_parse(enum ramblk_text id, const char *text, char *out)
{
	const char *p = skip_spaces(text);
	size_t len = strlen(p);
	size_t i;

	while (len && isspace(p[len - 1]))
		len--;
	for (i = 0; i < len; i++) {
		if (!isascii(p[i]) || !isprint(p[i]) || p[i] == '/')
			return -EINVAL;
	}
	if (len > ramblk_text_rows[id].max)
		return -ERANGE;
	memcpy(out, p, len);
	out[len] = '\0';
	return 0;
}

/**
 * ramblk_texts_check() - are the texts given at load fit to be used?
 *
 * Context: module init.
 * Return: 0 or -EINVAL, with a line in the log.
 */
int ramblk_texts_check(void)
{
	char text[RAMBLK_TEXT_MAX + 1];
	unsigned int i;

	for (i = 0; i < RAMBLK_NR_TEXTS; i++) {
		const struct ramblk_text_row *row = &ramblk_text_rows[i];

		if (!ramblk_text_params[i] ||
		    !ramblk_text_parse(i, ramblk_text_params[i], text))
			continue;
		pr_err("%s=%s: must be at most %u printable ASCII characters without a slash\n",
		       row->name, ramblk_text_params[i], row->max);
		return -EINVAL;
	}
	return 0;
}

/**
 * ramblk_texts_init() - give a disk the texts that were given at load
 * @d: the disk
 */
void ramblk_texts_init(struct ramblk *d)
{
	unsigned int i;

	/* Checked at load. */
	for (i = 0; i < RAMBLK_NR_TEXTS; i++)
		ramblk_text_parse(i, ramblk_text_params[i] ?
				  ramblk_text_params[i] :
				  ramblk_text_rows[i].def, d->text[i]);
}

/**
 * ramblk_text_show() - show() of a text's attribute in configfs
 * @item: the disk's directory
 * @page: where the text goes
 * @id: which text
 *
 * Return: the text's length or an error.
 */
ssize_t ramblk_text_show(struct config_item *item, char *page,
			 unsigned int id)
{
	struct ramblk *d = to_ramblk(softdev_item(item));
	ssize_t n;

	n = mutex_lock_killable(&d->item.lock);
	if (n)
		return n;
	n = sysfs_emit(page, "%s\n", d->text[id]);
	mutex_unlock(&d->item.lock);
	return n;
}

/**
 * ramblk_text_store() - store() of a text's attribute in configfs
 * @item: the disk's directory
 * @page: the text
 * @count: its length
 * @id: which text
 *
 * Return: @count or an error, with nothing changed.
 */
ssize_t ramblk_text_store(struct config_item *item, const char *page,
			  size_t count, unsigned int id)
{
	struct ramblk *d = to_ramblk(softdev_item(item));
	char text[RAMBLK_TEXT_MAX + 1];
	int err;

	if (memchr(page, '\0', count))
		return -EINVAL;
	err = ramblk_text_parse(id, page, text);
	if (err)
		return err;
	err = mutex_lock_killable(&d->item.lock);
	if (err)
		return err;
	if (d->item.powered)
		err = -EBUSY;
	else
		strscpy(d->text[id], text, sizeof(d->text[id]));
	mutex_unlock(&d->item.lock);
	return err ? err : count;
}

/* In /sys/block/DISK a text does not change: it is there while there is power. */
static ssize_t ramblk_sysfs_show(struct device *dev, enum ramblk_text id,
				 char *buf)
{
	const struct ramblk *d = dev_to_disk(dev)->private_data;

	return sysfs_emit(buf, "%s\n", d->text[id]);
}

static ssize_t serial_show(struct device *dev, struct device_attribute *attr,
			   char *buf)
{
	return ramblk_sysfs_show(dev, RAMBLK_SERIAL, buf);
}
static DEVICE_ATTR_RO(serial);

static ssize_t wwid_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	return ramblk_sysfs_show(dev, RAMBLK_WWID, buf);
}
static DEVICE_ATTR_RO(wwid);

static ssize_t model_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	return ramblk_sysfs_show(dev, RAMBLK_MODEL, buf);
}
static DEVICE_ATTR_RO(model);

static struct attribute *ramblk_identity_attrs[] = {
	[RAMBLK_SERIAL]	= &dev_attr_serial.attr,
	[RAMBLK_WWID]	= &dev_attr_wwid.attr,
	[RAMBLK_MODEL]	= &dev_attr_model.attr,
	NULL
};

/* A disk that does not say has no file, as others of its kind. */
static umode_t ramblk_identity_visible(struct kobject *kobj,
				       struct attribute *attr, int i)
{
	const struct ramblk *d = dev_to_disk(kobj_to_dev(kobj))->private_data;

	return d->text[i][0] ? attr->mode : 0;
}

static const struct attribute_group ramblk_identity_group = {
	.attrs		= ramblk_identity_attrs,
	.is_visible	= ramblk_identity_visible,
};

/* For device_add_disk(). */
const struct attribute_group *ramblk_identity_groups[] = {
	&ramblk_identity_group,
	NULL
};
