/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _RAMBLK_LISTS_H
#define _RAMBLK_LISTS_H

#include <linux/configfs.h>

struct ramblk_ranges;

int ramblk_ranges_parse(struct ramblk_ranges *set, const char *text);
ssize_t ramblk_bad_blocks_show(struct config_item *item, char *page);
ssize_t ramblk_bad_blocks_store(struct config_item *item, const char *page,
				size_t count);
ssize_t ramblk_fault_range_show(struct config_item *item, char *page);
ssize_t ramblk_fault_range_store(struct config_item *item, const char *page,
				 size_t count);
ssize_t ramblk_snapshot_store(struct config_item *item, const char *page,
			      size_t count);
ssize_t ramblk_snapshots_show(struct config_item *item, char *page);
ssize_t ramblk_restore_store(struct config_item *item, const char *page,
			     size_t count);

#endif /* _RAMBLK_LISTS_H */
