// SPDX-License-Identifier: GPL-2.0
/*
 * loopnet: the life of channels: rings, NAPI contexts, and who receives whom.
 */
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include "loopnet.h"
#include "qmgmt.h"
#include "xsk.h"

/* Context: hard or soft interrupt. */
static enum hrtimer_restart loopnet_coalesce_timer(struct hrtimer *timer)
{
	struct loopnet_queue *q = container_of(timer, struct loopnet_queue,
					       coalesce);

	clear_bit(0, &q->coalescing);
	/* Pairs with test_and_set_bit() in loopnet_kick(); litmus test there. */
	smp_mb__after_atomic();
	loopnet_interrupt(q);
	return HRTIMER_NORESTART;
}

/**
 * loopnet_queues_init() - what the queues of a device need once
 * @ln: the device, with zeroed queues
 *
 * Context: process.
 */
void loopnet_queues_init(struct loopnet *ln)
{
	unsigned int i;

	for (i = 0; i < ln->dev->num_tx_queues; i++) {
		struct loopnet_queue *q = &ln->queues[i];

		q->ln = ln;
		q->index = i;
		u64_stats_init(&q->tx_syncp);
		u64_stats_init(&q->rx_syncp);
		hrtimer_setup(&q->coalesce, loopnet_coalesce_timer,
			      CLOCK_MONOTONIC, HRTIMER_MODE_REL);
		loopnet_impair_init(q);
	}
}

/**
 * loopnet_rewire() - delay, jitter or rate have changed
 * @ln: the device
 *
 * What is on the wire is not to wait for one that is no more. Nobody may touch
 * it meanwhile, so the receivers are off for a moment.
 *
 * Context: process, RTNL held.
 */
void loopnet_rewire(struct loopnet *ln)
{
	unsigned int i;

	spin_lock_bh(&ln->wire_lock);
	ln->wire_free = 0;
	spin_unlock_bh(&ln->wire_lock);
	for (i = 0; i < ln->nr && ln->running; i++) {
		struct netdev_queue *txq = netdev_get_tx_queue(ln->dev, i);
		struct loopnet_queue *q = &ln->queues[i];
		struct loopnet_queue *rxq = q->rxq;

		if (!rxq)
			continue;
		/* A queue that restarts alone would wait for us, and we for it. */
		softdev_lock_ops(rxq->ln->dev);
		softdev_napi_disable(&rxq->napi);
		__netif_tx_lock_bh(txq);
		loopnet_retime(q);
		__netif_tx_unlock_bh(txq);
		/* A timer of the core's that was to poll has been stopped. */
		rxq->masked = false;
		softdev_napi_enable(&rxq->napi);
		softdev_unlock_ops(rxq->ln->dev);
		local_bh_disable();
		loopnet_interrupt(rxq);
		local_bh_enable();
	}
}

static void loopnet_rings_free(struct loopnet *ln, unsigned int from,
			       unsigned int to)
{
	for (; from < to; from++) {
		loopnet_pages_exit(&ln->queues[from].pages);
		loopnet_ring_free(&ln->queues[from].ring);
	}
}

static int loopnet_rings_alloc(struct loopnet *ln, unsigned int from,
			       unsigned int to)
{
	unsigned int i;
	int err;

	for (i = from; i < to; i++) {
		struct loopnet_queue *q = &ln->queues[i];

		err = loopnet_ring_init(&q->ring, ln->tx_ring);
		if (!err)
			err = loopnet_pages_init(&q->pages, ln, i, ln->rx_ring);
		if (err) {
			loopnet_rings_free(ln, from, i + 1);
			return err;
		}
	}
	return 0;
}

/* Tell every queue of @from who receives what it sends: @to, or nobody. */
static void loopnet_connect(struct loopnet *from, struct loopnet *to)
{
	unsigned int i;

	for (i = 0; i < from->nr; i++) {
		struct loopnet_queue *q = &from->queues[i];
		struct netdev_queue *txq = netdev_get_tx_queue(from->dev, i);

		__netif_tx_lock_bh(txq);
		WRITE_ONCE(q->rxq, to ? &to->queues[i % to->nr] : NULL);
		/* What sockets have given to it meanwhile can go. */
		if (to && READ_ONCE(q->xsk)) {
			WRITE_ONCE(q->xsk_starved, false);
			loopnet_xsk_kick(q);
		}
		__netif_tx_unlock_bh(txq);
	}
}

/* The receiver is gone: so is what was on its way to it. */
static void loopnet_purge_all(struct loopnet *from)
{
	unsigned int i;

	for (i = 0; i < from->nr; i++) {
		struct netdev_queue *txq = netdev_get_tx_queue(from->dev, i);

		__netif_tx_lock_bh(txq);
		loopnet_purge(&from->queues[i]);
		__netif_tx_unlock_bh(txq);
	}
}

static void loopnet_napi_on(struct loopnet *ln)
{
	unsigned int i;

	for (i = 0; i < ln->nr; i++) {
		struct napi_struct *napi = &ln->queues[i].napi;

		ln->queues[i].masked = false;
		ln->queues[i].turn = i;
		softdev_napi_add(ln->dev, napi, loopnet_poll, i);
		softdev_napi_enable(napi);
		loopnet_xsk_started(&ln->queues[i]);
		netif_queue_set_napi(ln->dev, i, NETDEV_QUEUE_TYPE_RX, napi);
		netif_queue_set_napi(ln->dev, i, NETDEV_QUEUE_TYPE_TX, napi);
	}
}

static void loopnet_napi_off(struct loopnet *ln)
{
	unsigned int i;

	for (i = 0; i < ln->nr; i++) {
		struct napi_struct *napi = &ln->queues[i].napi;

		netif_queue_set_napi(ln->dev, i, NETDEV_QUEUE_TYPE_RX, NULL);
		netif_queue_set_napi(ln->dev, i, NETDEV_QUEUE_TYPE_TX, NULL);
		softdev_napi_disable(napi);
	}
}

/* A timer that goes off now finds its NAPI context taken. */
static void loopnet_timers_off(struct loopnet *ln)
{
	unsigned int i;

	for (i = 0; i < ln->nr; i++) {
		hrtimer_cancel(&ln->queues[i].wire);
		hrtimer_cancel(&ln->queues[i].coalesce);
		clear_bit(0, &ln->queues[i].coalescing);
	}
}

/**
 * loopnet_partner() - the other end, if there is one at work
 * @ln: the device; by itself it is its own other end
 *
 * Context: process, RTNL held.
 */
struct loopnet *loopnet_partner(struct loopnet *ln)
{
	struct loopnet *other = loopnet_sender(ln);

	return other && other->running ? other : NULL;
}

/*
 * Put a device with rings to work: what is sent to it arrives. In mode peer
 * nothing flows until the other end is at work as well.
 */
static void loopnet_go(struct loopnet *ln)
{
	struct loopnet *other;

	loopnet_napi_on(ln);
	/*
	 * With all that is above; pairs with the acquire in loopnet_poll();
	 * tests/litmus/loopnet-run.
	 */
	smp_store_release(&ln->running, true);
	other = loopnet_partner(ln);
	if (!other)
		return;
	loopnet_connect(ln, other);
	netif_tx_wake_all_queues(ln->dev);
	if (other == ln)
		return;
	loopnet_connect(other, ln);
	netif_tx_wake_all_queues(other->dev);
}

/*
 * Take it out of work. Both ends stop sending; what is on the wire is lost.
 * Afterwards nobody touches its rings.
 */
static void loopnet_halt(struct loopnet *ln)
{
	struct loopnet *other = loopnet_partner(ln);
	unsigned int i;

	if (other && other != ln) {
		netif_tx_disable(other->dev);
		loopnet_connect(other, NULL);
	}
	netif_tx_disable(ln->dev);
	loopnet_connect(ln, NULL);

	/* Our receive side ends here, the other's looks at this first. */
	WRITE_ONCE(ln->running, false);
	loopnet_napi_off(ln);
	synchronize_net();

	loopnet_timers_off(ln);
	if (other && other != ln)
		loopnet_timers_off(other);
	for (i = 0; i < ln->nr; i++)
		softdev_napi_del(&ln->queues[i].napi);
	/* Once for all of them: netif_napi_del() would wait for each. */
	synchronize_net();

	/* The wire is empty now. */
	spin_lock_bh(&ln->wire_lock);
	ln->wire_free = 0;
	spin_unlock_bh(&ln->wire_lock);
	loopnet_purge_all(ln);
	if (other && other != ln)
		loopnet_purge_all(other);
}

/**
 * loopnet_start() - make rings and put them to work
 * @ln: the device, which goes up
 *
 * Context: process, RTNL held.
 * Return: 0 or an error.
 */
int loopnet_start(struct loopnet *ln)
{
	int err = loopnet_rings_alloc(ln, 0, ln->nr);

	if (!err)
		loopnet_go(ln);
	return err;
}

/**
 * loopnet_end() - the reverse
 * @ln: the device, which goes down
 *
 * Context: process, RTNL held.
 */
void loopnet_end(struct loopnet *ln)
{
	loopnet_halt(ln);
	loopnet_rings_free(ln, 0, ln->nr);
}

/**
 * loopnet_set_queues() - change the number of channels
 * @ln: the device, up or down
 * @nr: the number, at most what it was given
 *
 * Context: process, RTNL held.
 * Return: 0 or an error with nothing changed.
 */
int loopnet_set_queues(struct loopnet *ln, unsigned int nr)
{
	unsigned int old = ln->nr;
	int err;

	if (nr == old)
		return 0;
	err = loopnet_steer_queues(ln, nr);
	if (err)
		return err;
	if (!ln->running) {
		err = netif_set_real_num_queues(ln->dev, nr, nr);
		if (!err) {
			WRITE_ONCE(ln->nr, nr);
			loopnet_steer_queued(ln, nr);
		}
		return err;
	}

	err = loopnet_rings_alloc(ln, old, nr);
	if (err)
		return err;
	loopnet_halt(ln);
	err = netif_set_real_num_queues(ln->dev, nr, nr);
	if (!err) {
		WRITE_ONCE(ln->nr, nr);
		loopnet_steer_queued(ln, nr);
	}
	loopnet_go(ln);
	/* Those of the larger number that are not at work. */
	loopnet_rings_free(ln, ln->nr, max(old, nr));
	return err;
}

/* What a queue is given while it is not at work. */
struct loopnet_spare {
	struct loopnet_ring ring;
	struct loopnet_pages pages;
};

/**
 * loopnet_set_rings() - change the size of the rings
 * @ln: the device, up or down
 * @tx: descriptors per ring
 * @rx: pages for programs per queue
 *
 * Context: process, RTNL held.
 * Return: 0 or -ENOMEM with nothing changed.
 */
int loopnet_set_rings(struct loopnet *ln, u32 tx, u32 rx)
{
	struct loopnet_spare *spare;
	unsigned int i;
	int err = 0;

	if (!ln->running) {
		ln->tx_ring = tx;
		ln->rx_ring = rx;
		return 0;
	}
	spare = kvcalloc(ln->nr, sizeof(*spare), GFP_KERNEL);
	if (!spare)
		return -ENOMEM;
	for (i = 0; i < ln->nr && !err; i++) {
		err = loopnet_ring_init(&spare[i].ring, tx);
		if (!err)
			err = loopnet_pages_init(&spare[i].pages, ln, i, rx);
	}
	if (!err) {
		loopnet_halt(ln);
		for (i = 0; i < ln->nr; i++) {
			swap(spare[i].ring, ln->queues[i].ring);
			swap(spare[i].pages, ln->queues[i].pages);
		}
		ln->tx_ring = tx;
		ln->rx_ring = rx;
		loopnet_go(ln);
	}
	for (i = 0; i < ln->nr; i++) {
		loopnet_pages_exit(&spare[i].pages);
		loopnet_ring_free(&spare[i].ring);
	}
	kvfree(spare);
	return err;
}
