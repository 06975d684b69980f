/* SPDX-License-Identifier: GPL-2.0 */
/*
 * loopnet: headers here, data there.
 */
#ifndef _LOOPNET_SPLIT_H
#define _LOOPNET_SPLIT_H

struct loopnet_queue;
struct sk_buff;

/**
 * loopnet_split() - put the data of a packet where the queue's pool says
 * @rq: the receiving queue
 * @skb: a packet, from its Ethernet header on; it is gone afterwards
 *
 * TCP alone is split; everything else stays as it is.
 *
 * Context: NAPI.
 * Return: the packets that it became, chained by ->next; NULL if there was no
 * memory, which is counted.
 */
struct sk_buff *loopnet_split(struct loopnet_queue *rq, struct sk_buff *skb);

#endif /* _LOOPNET_SPLIT_H */
