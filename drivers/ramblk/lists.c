// SPDX-License-Identifier: GPL-2.0
/*
 * ramblk: the attributes that are no settings: ranges of sectors and snapshots.
 */
#include <linux/ctype.h>
#include <linux/fs.h>
#include <linux/string.h>
#include <softdev/config.h>
#include "lists.h"
#include "ramblk.h"
#include "snapshot.h"

static struct ramblk *item_ramblk(struct config_item *item)
{
	return to_ramblk(softdev_item(item));
}

ssize_t ramblk_bad_blocks_show(struct config_item *item, char *page)
{
	return ramblk_ranges_show(&item_ramblk(item)->bad, page, PAGE_SIZE);
}

/* +first-last or -first-last. */
static int ramblk_range_parse(char *text, bool *add, u64 *first, u64 *last)
{
	static const struct softdev_setting sector = {
		.kind = SOFTDEV_UINT, .max = (u64)MAX_LFS_FILESIZE >> SECTOR_SHIFT,
	};
	char *p = strim(text);
	char *dash = strchr(p + !!*p, '-');
	int err;

	if ((*p != '+' && *p != '-') || !dash)
		return -EINVAL;
	*add = *p == '+';
	*dash = '\0';
	err = softdev_parse(&sector, p + 1, first);
	if (!err)
		err = softdev_parse(&sector, dash + 1, last);
	if (!err && *last < *first)
		err = -EINVAL;
	return err;
}

static int ramblk_range_apply(struct ramblk_ranges *set, const char *text,
			      size_t len)
{
	char copy[64];
	u64 first, last;
	bool add;
	int err;

	if (len >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, text, len);
	copy[len] = '\0';
	err = ramblk_range_parse(copy, &add, &first, &last);
	if (err)
		return err;
	if (add)
		return ramblk_ranges_add(set, first, last, GFP_KERNEL);
	err = ramblk_ranges_remove(set, first, last, GFP_KERNEL);
	return min(err, 0);
}

/**
 * ramblk_ranges_parse() - change a set as a list of ranges says
 * @set: the set
 * @text: ranges, each with its sign, and commas between them
 *
 * Context: process.
 * Return: 0, or an error at the first that is none (those before it are done).
 */
int ramblk_ranges_parse(struct ramblk_ranges *set, const char *text)
{
	int err = 0;

	while (!err && text) {
		size_t len = strcspn(text, ",");

		err = ramblk_range_apply(set, text, len);
		text = text[len] ? text + len + 1 : NULL;
	}
	return err;
}

ssize_t ramblk_bad_blocks_store(struct config_item *item, const char *page,
				size_t count)
{
	struct ramblk *d = item_ramblk(item);
	int err;

	err = mutex_lock_killable(&d->item.lock);
	if (err)
		return err;
	err = ramblk_range_apply(&d->bad, page, strlen(page));
	ramblk_disk_features(d);
	mutex_unlock(&d->item.lock);
	return err ? err : count;
}

ssize_t ramblk_fault_range_show(struct config_item *item, char *page)
{
	struct ramblk *d = to_ramblk(softdev_faults_item(item));

	return ramblk_ranges_show(&d->fault_range, page, PAGE_SIZE);
}

ssize_t ramblk_fault_range_store(struct config_item *item, const char *page,
				 size_t count)
{
	struct ramblk *d = to_ramblk(softdev_faults_item(item));
	int err = ramblk_range_apply(&d->fault_range, page, strlen(page));

	return err ? err : count;
}

/* The name in what was written, without white space; a minus before it counts. */
static int ramblk_name_parse(const char *page, bool *minus, char *name)
{
	const char *p = skip_spaces(page);
	size_t len = strlen(p);

	while (len && isspace(p[len - 1]))
		len--;
	if (minus) {
		*minus = *p == '-';
		p += *minus;
		len -= *minus;
	}
	return ramblk_snapshot_name(p, len, name);
}

ssize_t ramblk_snapshot_store(struct config_item *item, const char *page,
			      size_t count)
{
	char name[RAMBLK_SNAPSHOT_NAME_MAX + 1];
	struct ramblk *d = item_ramblk(item);
	bool drop;
	int err;

	err = ramblk_name_parse(page, &drop, name);
	if (err)
		return err;
	err = mutex_lock_killable(&d->item.lock);
	if (err)
		return err;
	if (drop) {
		err = ramblk_snapshot_drop(&d->store, &d->snapshots, name);
	} else {
		/* Writers lock before there is something to keep. */
		ramblk_disk_version(d, true);
		err = ramblk_snapshot_take(&d->store, &d->snapshots, name);
	}
	ramblk_disk_version(d, false);
	mutex_unlock(&d->item.lock);
	return err ? err : count;
}

static int ramblk_restore(struct ramblk *d, const char *name)
{
	int err;

	err = ramblk_snapshot_restore(&d->store, &d->snapshots, name);
	if (!err)
		ramblk_history_stop(&d->history, &d->store);
	if (!err)
		softdev_value_set(&d->item, RAMBLK_SIZE, d->store.size);
	return err;
}

ssize_t ramblk_restore_store(struct config_item *item, const char *page,
			     size_t count)
{
	char name[RAMBLK_SNAPSHOT_NAME_MAX + 1];
	struct ramblk *d = item_ramblk(item);
	int err;

	err = ramblk_name_parse(page, NULL, name);
	if (err)
		return err;
	err = mutex_lock_killable(&d->item.lock);
	if (err)
		return err;
	err = d->item.powered ? -EBUSY : ramblk_restore(d, name);
	mutex_unlock(&d->item.lock);
	return err ? err : count;
}

ssize_t ramblk_snapshots_show(struct config_item *item, char *page)
{
	struct ramblk *d = item_ramblk(item);
	struct ramblk_snapshot *snap;
	int n = 0;
	int err;

	err = mutex_lock_killable(&d->item.lock);
	if (err)
		return err;
	list_for_each_entry(snap, &d->snapshots, list) {
		u64 pages = ramblk_count(&snap->tree, &d->store.live);

		/* Whole lines only. */
		if (n + RAMBLK_SNAPSHOT_NAME_MAX + 24 > PAGE_SIZE)
			break;
		n += scnprintf(page + n, PAGE_SIZE - n, "%s %llu\n",
			       snap->name, pages << PAGE_SHIFT);
	}
	mutex_unlock(&d->item.lock);
	return n;
}
