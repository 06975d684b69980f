// SPDX-License-Identifier: GPL-2.0
/*
 * ramblk: snapshots, each a fork of the live tree.
 *
 * Callers keep each other away from the list. While there is a snapshot writers
 * take their shard's lock.
 */
#include <linux/ctype.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <softdev/compat.h>
#include "snapshot.h"

/* Letters, digits, underscore, full stop and minus, which does not begin it. */
static int ramblk_snapshot_name(const char *text, size_t len, char *name)
{
	size_t i;

	if (!len || len > RAMBLK_SNAPSHOT_NAME_MAX || text[0] == '-')
		return -EINVAL;
	for (i = 0; i < len; i++) {
		if (!isascii(text[i]) ||
		    !(isalnum(text[i]) || strchr("_-.", text[i])))
			return -EINVAL;
		name[i] = text[i];
	}
	name[len] = '\0';
	return 0;
}

/**
 * ramblk_snapshot_parse() - the name in what the user wrote
 * @page: as it was written, with white space around it
 * @minus: takes whether there is a minus before the name; NULL: there may be none
 * @name: RAMBLK_SNAPSHOT_NAME_MAX + 1 bytes for the name
 *
 * Return: 0 or -EINVAL.
 */
int ramblk_snapshot_parse(const char *page, bool *minus, char *name)
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

static struct ramblk_snapshot *ramblk_snapshot_find(struct list_head *snapshots,
						    const char *name)
{
	struct ramblk_snapshot *snap;

	list_for_each_entry(snap, snapshots, list) {
		if (!strcmp(snap->name, name))
			return snap;
	}
	return NULL;
}

/**
 * ramblk_snapshot_take() - keep what the disk holds now
 * @s: the store; a grace period has passed since writers began to lock
 * @snapshots: the disk's list
 * @name: a name, from ramblk_snapshot_parse()
 *
 * Takes the same time whatever the disk holds.
 *
 * Context: process.
 * Return: 0, -EEXIST, -ENOMEM or -EIO if the plug is pulled.
 */
int ramblk_snapshot_take(struct ramblk_store *s, struct list_head *snapshots,
			 const char *name)
{
	struct ramblk_snapshot *snap;
	int err;

	if (ramblk_snapshot_find(snapshots, name))
		return -EEXIST;
	snap = kzalloc_obj(*snap, GFP_KERNEL);
	if (!snap)
		return -ENOMEM;
	strscpy(snap->name, name, sizeof(snap->name));
	snap->size = s->size;
	err = ramblk_fork(s, &s->live, &snap->tree);
	if (err)
		kfree(snap);
	else
		list_add_tail(&snap->list, snapshots);
	return err;
}

static void ramblk_snapshot_free(struct ramblk_store *s,
				 struct ramblk_snapshot *snap)
{
	list_del(&snap->list);
	ramblk_tree_drop(s, &snap->tree);
	kfree(snap);
}

/**
 * ramblk_snapshot_drop() - forget a snapshot
 * @s: the store
 * @snapshots: the disk's list
 * @name: its name
 *
 * Context: process.
 * Return: 0 or -ENOENT.
 */
int ramblk_snapshot_drop(struct ramblk_store *s, struct list_head *snapshots,
			 const char *name)
{
	struct ramblk_snapshot *snap = ramblk_snapshot_find(snapshots, name);

	if (!snap)
		return -ENOENT;
	ramblk_snapshot_free(s, snap);
	return 0;
}

/**
 * ramblk_snapshot_restore() - return to a snapshot, which stays
 * @s: the store; its size becomes what it was then
 * @snapshots: the disk's list
 * @name: its name
 *
 * Context: process; nobody uses the store.
 * Return: 0 or -ENOENT.
 */
int ramblk_snapshot_restore(struct ramblk_store *s,
			    struct list_head *snapshots, const char *name)
{
	struct ramblk_snapshot *snap = ramblk_snapshot_find(snapshots, name);
	int err;

	if (!snap)
		return -ENOENT;
	/* A cut that waits for its verdict need not wait any longer. */
	s->mode &= ~(RAMBLK_LATCHED | RAMBLK_CACHED);
	ramblk_tree_drop(s, &s->durable);
	err = ramblk_fork(s, &snap->tree, &s->live);
	if (!err) {
		s->size = snap->size;
		/* Unused without a cache, but as high as the live tree. */
		s->durable.levels = s->live.levels;
	}
	return err;
}

/**
 * ramblk_snapshot_drop_all() - forget all snapshots
 * @s: the store
 * @snapshots: the disk's list
 *
 * Context: process.
 */
void ramblk_snapshot_drop_all(struct ramblk_store *s,
			      struct list_head *snapshots)
{
	struct ramblk_snapshot *snap, *next;

	list_for_each_entry_safe(snap, next, snapshots, list)
		ramblk_snapshot_free(s, snap);
}
