/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ramblk: the directory history/ of a disk.
 */
#ifndef _RAMBLK_HISTORY_ATTRS_H
#define _RAMBLK_HISTORY_ATTRS_H

struct softdev_item;

void ramblk_history_group(struct softdev_item *item);

#endif /* _RAMBLK_HISTORY_ATTRS_H */
