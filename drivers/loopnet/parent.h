/* SPDX-License-Identifier: GPL-2.0 */
/*
 * loopnet: the card that all interfaces are on, as far as DMA is concerned.
 */
#ifndef _LOOPNET_PARENT_H
#define _LOOPNET_PARENT_H

struct device;

/**
 * loopnet_parent_add() - make the device that interfaces have as their parent
 *
 * Interfaces that lend their queues to programs need a device with a DMA mask:
 * memory of the program is mapped for it.
 *
 * Context: process; once, before there are interfaces.
 * Return: 0 or an error.
 */
int loopnet_parent_add(void);

/**
 * loopnet_parent_del() - the reverse, after the last interface
 *
 * Context: process.
 */
void loopnet_parent_del(void);

/**
 * loopnet_parent() - the parent of all interfaces
 */
struct device *loopnet_parent(void);

#endif /* _LOOPNET_PARENT_H */
