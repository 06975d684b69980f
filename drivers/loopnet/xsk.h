/* SPDX-License-Identifier: GPL-2.0 */
/*
 * loopnet: AF_XDP without copies of the core's.
 */
#ifndef _LOOPNET_XSK_H
#define _LOOPNET_XSK_H

#include <linux/types.h>

struct bpf_prog;
struct loopnet;
struct loopnet_queue;
struct net_device;
struct sk_buff;
struct xdp_buff;
struct xsk_buff_pool;

/**
 * loopnet_xsk_announce() - say what sockets can have of an interface
 * @dev: the interface
 *
 * Context: setup of the device.
 */
void loopnet_xsk_announce(struct net_device *dev);

/**
 * loopnet_xsk_setup() - give a queue the memory of a socket, or take it back
 * @ln: the device, up or down
 * @pool: the memory, or NULL
 * @index: number of the queue
 *
 * Context: process, RTNL held, and the lock of the interface if it has one.
 * Return: 0; -EOPNOTSUPP where there is no DMA; -EINVAL if there is no such
 * queue; -ENOMEM or another error, with nothing changed.
 */
int loopnet_xsk_setup(struct loopnet *ln, struct xsk_buff_pool *pool,
		      u16 index);

/**
 * loopnet_xsk_wakeup() - a socket has something to be sent, or room
 * @dev: the interface
 * @index: number of the queue
 * @flags: XDP_WAKEUP_RX, XDP_WAKEUP_TX
 *
 * Context: process or softirq, RCU read side.
 * Return: 0; -ENETDOWN; -EINVAL if no socket's memory is there.
 */
int loopnet_xsk_wakeup(struct net_device *dev, u32 index, u32 flags);

/**
 * loopnet_xsk_started() - the NAPI context of a queue has been put to work
 * @q: the queue
 *
 * Context: process, RTNL held or the lock of the interface.
 */
void loopnet_xsk_started(struct loopnet_queue *q);

/**
 * loopnet_xsk_fill() - put a packet into buffers of the socket's
 * @rq: the receiving queue, which has a socket's memory
 * @prog: its program
 * @skb: the packet, from its Ethernet header on; stays the caller's
 *
 * Context: NAPI.
 * Return: the packet as a program sees it, or NULL: it is too large, or the
 * socket has given no buffers, which is counted.
 */
struct xdp_buff *loopnet_xsk_fill(struct loopnet_queue *rq,
				  const struct bpf_prog *prog,
				  const struct sk_buff *skb);

/**
 * loopnet_xsk_skb() - copy a packet out of such buffers
 * @rq: the receiving queue
 * @xdp: the packet, from its Ethernet header on; its buffers are free
 *	afterwards
 *
 * Context: NAPI.
 * Return: the packet, from its Ethernet header on, or NULL.
 */
struct sk_buff *loopnet_xsk_skb(struct loopnet_queue *rq, struct xdp_buff *xdp);

/**
 * loopnet_xsk_send() - send what sockets have given to a queue
 * @q: the queue, which has a socket's memory
 *
 * Context: NAPI of the queue.
 * Return: is there more that could be sent at once?
 */
bool loopnet_xsk_send(struct loopnet_queue *q);

#endif /* _LOOPNET_XSK_H */
