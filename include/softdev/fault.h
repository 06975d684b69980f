/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Faults on purpose: seeded dice.
 *
 * Whether operation number n suffers a fault is a pure function of the seed,
 * the kind of fault, the queue and n. Two runs that do the same operations in
 * the same order on a queue see the same faults; what other queues do and which
 * other faults are on changes nothing. A kind at rate 0 draws nothing and costs
 * one predictable branch.
 *
 * A draw strikes when its hash, scaled to a million, is below the rate. So the
 * strikes at a low rate are a subset of those at a higher one.
 */
#ifndef _SOFTDEV_FAULT_H
#define _SOFTDEV_FAULT_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/types.h>
#include <softdev/param.h>

#define SOFTDEV_FAULT_KINDS_MAX	16
#define SOFTDEV_FAULT_RATE_MAX	1000000

/**
 * struct softdev_fault_queue - how far each of one queue's streams has come
 * @drawn: draws made, by kind
 *
 * A cache line (or two) of its own: queues do not disturb each other.
 */
struct softdev_fault_queue {
	atomic64_t drawn[SOFTDEV_FAULT_KINDS_MAX];
} ____cacheline_aligned_in_smp;

/**
 * struct softdev_faults - the dice of one device
 * @rate: strikes per million draws, by kind; read and written with *_ONCE()
 * @seed: where every stream starts; see softdev_faults_seed()
 * @nr_queues: length of @queues
 * @queues: positions; replaced only by softdev_faults_queues()
 * @hits: strikes so far, by kind
 *
 * There is no lock: a rate or seed that changes under a draw makes that draw
 * one of the old or of the new regime, and nobody can tell which it was meant
 * to be.
 */
struct softdev_faults {
	u32 rate[SOFTDEV_FAULT_KINDS_MAX];
	atomic64_t seed;
	unsigned int nr_queues;
	struct softdev_fault_queue *queues;
	atomic64_t hits[SOFTDEV_FAULT_KINDS_MAX];
};

/* What faults/KIND and faults/seed take. */
static const struct softdev_setting softdev_fault_rate_setting __maybe_unused = {
	.name	= "rate",
	.kind	= SOFTDEV_UINT,
	.max	= SOFTDEV_FAULT_RATE_MAX,
};

static const struct softdev_setting softdev_fault_seed_setting __maybe_unused = {
	.name	= "seed",
	.kind	= SOFTDEV_UINT,
	.max	= U64_MAX,
};

/**
 * softdev_mix64() - spread 64 bits over 64 bits, reversibly
 * @x: any number
 *
 * The finalizer of SplitMix64 (Steele, Lea and Flood, "Fast Splittable
 * Pseudorandom Number Generators", OOPSLA 2014; Stafford's variant 13).
 */
static inline u64 softdev_mix64(u64 x)
{
	x ^= x >> 30;
	x *= 0xbf58476d1ce4e5b9ULL;
	x ^= x >> 27;
	x *= 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

/**
 * softdev_hash64() - a pure function of a seed, a stream and a position
 * @seed: the user's seed
 * @stream: which stream, for example kind and queue
 * @n: position in it
 */
static inline u64 softdev_hash64(u64 seed, u64 stream, u64 n)
{
	u64 key = softdev_mix64(seed + 0x9e3779b97f4a7c15ULL);

	key = softdev_mix64(key ^ (stream + 0xd1b54a32d192ed03ULL));
	return softdev_mix64(key + n * 0x9e3779b97f4a7c15ULL);
}

/**
 * softdev_fault_strikes() - does a draw with this hash strike?
 * @hash: of softdev_hash64()
 * @rate: strikes per million
 */
static inline bool softdev_fault_strikes(u64 hash, u32 rate)
{
	return (((hash >> 32) * SOFTDEV_FAULT_RATE_MAX) >> 32) < rate;
}

/* The seed, whole on machines of 32 bits, too. */
static inline u64 softdev_faults_seed(const struct softdev_faults *f)
{
	return atomic64_read(&f->seed);
}

/**
 * softdev_fault_errno() - the error that a steered operation may return
 * @error: what a BPF program has written
 *
 * Codes that the kernel keeps to itself would be obeyed instead of returned
 * (-ERESTARTSYS, -EIOCBQUEUED), and so would those by which a driver's own
 * functions ask to try again.
 *
 * Return: 0 for 0, @error if user space may see it, -EIO for all else.
 */
static inline int softdev_fault_errno(int error)
{
	if (!error)
		return 0;
	if (error > 0 || error <= -ERESTARTSYS || error == -EAGAIN ||
	    error == -EINPROGRESS)
		return -EIO;
	return error;
}

/* The slow half of softdev_fault(): the rate is not 0. */
static inline bool softdev_fault_draw(struct softdev_faults *f,
				      unsigned int kind, unsigned int queue,
				      u32 rate, u64 *random)
{
	atomic64_t *drawn = &f->queues[queue].drawn[kind];
	u64 n = atomic64_inc_return_relaxed(drawn) - 1;
	u64 hash = softdev_hash64(softdev_faults_seed(f), (u64)kind << 32 | queue,
				  n);

	if (!softdev_fault_strikes(hash, rate))
		return false;
	atomic64_inc(&f->hits[kind]);
	if (random)
		*random = softdev_mix64(hash + 1);
	return true;
}

/**
 * softdev_fault_random() - draw: does this operation suffer a fault?
 * @f: the device's dice
 * @kind: kind of fault, below SOFTDEV_FAULT_KINDS_MAX
 * @queue: queue the operation is on, below @f->nr_queues
 * @random: on a strike, 64 bits to shape the fault with (which bit, how
 *	    short), as reproducible as the strike; may be NULL
 *
 * Call it once for each operation that could suffer the fault.
 *
 * Context: any, interrupts included; no locks.
 * Return: true if the fault strikes.
 */
static inline bool softdev_fault_random(struct softdev_faults *f,
					unsigned int kind, unsigned int queue,
					u64 *random)
{
	u32 rate = READ_ONCE(f->rate[kind]);

	if (likely(!rate))
		return false;
	return softdev_fault_draw(f, kind, queue, rate, random);
}

/**
 * softdev_fault() - softdev_fault_random() for faults that have no shape
 * @f: the device's dice
 * @kind: kind of fault
 * @queue: queue the operation is on
 */
static inline bool softdev_fault(struct softdev_faults *f, unsigned int kind,
				 unsigned int queue)
{
	return softdev_fault_random(f, kind, queue, NULL);
}

/**
 * softdev_faults_reseed() - set the seed and start every stream and count anew
 * @f: the dice
 * @seed: the new seed
 *
 * Context: any. Callers that want exact counts see to it that nobody draws.
 */
static inline void softdev_faults_reseed(struct softdev_faults *f, u64 seed)
{
	unsigned int kind, queue;

	atomic64_set(&f->seed, seed);
	for (kind = 0; kind < SOFTDEV_FAULT_KINDS_MAX; kind++) {
		for (queue = 0; queue < f->nr_queues; queue++)
			atomic64_set(&f->queues[queue].drawn[kind], 0);
		atomic64_set(&f->hits[kind], 0);
	}
}

/**
 * softdev_faults_queues() - give the dice this many queues
 * @f: the dice
 * @nr: number of queues, at least 1
 *
 * Queues that stay keep their place in their streams, new ones start at 0. On
 * failure nothing changes.
 *
 * Context: process; may sleep. The caller sees to it that nobody draws.
 * Return: 0 or -ENOMEM.
 */
static inline int softdev_faults_queues(struct softdev_faults *f,
					unsigned int nr)
{
	struct softdev_fault_queue *queues;

	if (nr == f->nr_queues)
		return 0;
	queues = kvcalloc(nr, sizeof(*queues), GFP_KERNEL_ACCOUNT);
	if (!queues)
		return -ENOMEM;
	if (f->queues)
		memcpy(queues, f->queues,
		       min(nr, f->nr_queues) * sizeof(*queues));
	kvfree(f->queues);
	f->queues = queues;
	f->nr_queues = nr;
	return 0;
}

/**
 * softdev_faults_init() - dice with every rate 0 and seed 0
 * @f: what to set up; any contents
 * @nr_queues: number of queues, at least 1
 *
 * Context: process; may sleep.
 * Return: 0 or -ENOMEM.
 */
static inline int softdev_faults_init(struct softdev_faults *f,
				      unsigned int nr_queues)
{
	memset(f, 0, sizeof(*f));
	return softdev_faults_queues(f, nr_queues);
}

/**
 * softdev_faults_destroy() - free what softdev_faults_init() took
 * @f: the dice; all zeros is fine too
 */
static inline void softdev_faults_destroy(struct softdev_faults *f)
{
	kvfree(f->queues);
	f->queues = NULL;
	f->nr_queues = 0;
}

#endif /* _SOFTDEV_FAULT_H */
