/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Statistics: per-CPU 64-bit counters that cost an increment.
 *
 * A driver numbers its counters with an enum and adds to them wherever it is;
 * readers sum over the CPUs. A sum is exact when nobody counts and never goes
 * backwards by more than what is being added while it is taken.
 */
#ifndef _SOFTDEV_STATS_H
#define _SOFTDEV_STATS_H

#include <linux/percpu.h>
#include <linux/types.h>
#include <linux/u64_stats_sync.h>

#define SOFTDEV_STATS_MAX	16

/**
 * struct softdev_stats_cpu - one CPU's counters
 * @syncp: guards @v against torn reads where the word has 32 bits; empty
 *	   elsewhere
 * @v: the counters
 */
struct softdev_stats_cpu {
	struct u64_stats_sync syncp;
	u64_stats_t v[SOFTDEV_STATS_MAX];
};

/**
 * struct softdev_stats - the counters of one device
 * @cpu: written by its own CPU only, with interrupts off where @syncp is not
 *	 empty
 */
struct softdev_stats {
	struct softdev_stats_cpu __percpu *cpu;
};

/**
 * softdev_stats_init() - counters at zero
 * @s: what to set up
 *
 * Context: process; may sleep.
 * Return: 0 or -ENOMEM.
 */
static inline int softdev_stats_init(struct softdev_stats *s)
{
	int cpu;

	s->cpu = alloc_percpu(struct softdev_stats_cpu);
	if (!s->cpu)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		u64_stats_init(&per_cpu_ptr(s->cpu, cpu)->syncp);
	return 0;
}

/**
 * softdev_stats_destroy() - free what softdev_stats_init() took
 * @s: the counters; all zeros is fine too
 */
static inline void softdev_stats_destroy(struct softdev_stats *s)
{
	free_percpu(s->cpu);
	s->cpu = NULL;
}

/**
 * softdev_stats_add() - count
 * @s: the counters
 * @i: which, below SOFTDEV_STATS_MAX
 * @n: how much
 *
 * Context: any, interrupts included; no locks.
 */
static inline void softdev_stats_add(struct softdev_stats *s, unsigned int i,
				     u64 n)
{
	struct softdev_stats_cpu *c = get_cpu_ptr(s->cpu);
	unsigned long flags;

	flags = u64_stats_update_begin_irqsave(&c->syncp);
	u64_stats_add(&c->v[i], n);
	u64_stats_update_end_irqrestore(&c->syncp, flags);
	put_cpu_ptr(s->cpu);
}

/**
 * softdev_stats_add2() - count two things of one event
 * @s: the counters
 * @i: one, below SOFTDEV_STATS_MAX
 * @n: how much
 * @j: the other
 * @m: how much
 *
 * Context: any, interrupts included; no locks.
 */
static inline void softdev_stats_add2(struct softdev_stats *s, unsigned int i,
				      u64 n, unsigned int j, u64 m)
{
	struct softdev_stats_cpu *c = get_cpu_ptr(s->cpu);
	unsigned long flags;

	flags = u64_stats_update_begin_irqsave(&c->syncp);
	u64_stats_add(&c->v[i], n);
	u64_stats_add(&c->v[j], m);
	u64_stats_update_end_irqrestore(&c->syncp, flags);
	put_cpu_ptr(s->cpu);
}

/**
 * softdev_stats_read() - the sum of a counter over the CPUs
 * @s: the counters
 * @i: which
 *
 * Context: any; takes time in the number of CPUs.
 */
static inline u64 softdev_stats_read(const struct softdev_stats *s,
				     unsigned int i)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		struct softdev_stats_cpu *c = per_cpu_ptr(s->cpu, cpu);
		unsigned int start;
		u64 v;

		do {
			start = u64_stats_fetch_begin(&c->syncp);
			v = u64_stats_read(&c->v[i]);
		} while (u64_stats_fetch_retry(&c->syncp, start));
		sum += v;
	}
	return sum;
}

#endif /* _SOFTDEV_STATS_H */
