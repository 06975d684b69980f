/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ramblk: contents of a disk kept by name.
 */
#ifndef _RAMBLK_SNAPSHOT_H
#define _RAMBLK_SNAPSHOT_H

#include "store.h"

#define RAMBLK_SNAPSHOT_NAME_MAX	31

/**
 * struct ramblk_snapshot - a content with a name
 * @list: in the disk's list, oldest first
 * @tree: the content
 * @size: of the disk then, in bytes
 * @name: the name
 */
struct ramblk_snapshot {
	struct list_head list;
	struct ramblk_tree tree;
	u64 size;
	char name[RAMBLK_SNAPSHOT_NAME_MAX + 1];
};

int ramblk_snapshot_take(struct ramblk_store *s, struct list_head *snapshots,
			 const char *name);
int ramblk_snapshot_drop(struct ramblk_store *s, struct list_head *snapshots,
			 const char *name);
int ramblk_snapshot_restore(struct ramblk_store *s,
			    struct list_head *snapshots, const char *name);
void ramblk_snapshot_drop_all(struct ramblk_store *s,
			      struct list_head *snapshots);
int ramblk_snapshot_parse(const char *page, bool *minus, char *name);

#endif /* _RAMBLK_SNAPSHOT_H */
