/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _RAMBLK_LISTS_H
#define _RAMBLK_LISTS_H

#include <linux/configfs.h>

ssize_t ramblk_bad_blocks_show(struct config_item *item, char *page);
ssize_t ramblk_bad_blocks_store(struct config_item *item, const char *page,
				size_t count);
ssize_t ramblk_snapshot_store(struct config_item *item, const char *page,
			      size_t count);
ssize_t ramblk_snapshots_show(struct config_item *item, char *page);
ssize_t ramblk_restore_store(struct config_item *item, const char *page,
			     size_t count);

#endif /* _RAMBLK_LISTS_H */
