// SPDX-License-Identifier: GPL-2.0-only
/*
 * awake: runs on the machine, not in the guest, and keeps one of its CPUs from
 * halting, at idle priority and without using much of what it shares with its
 * siblings. Ends with its parent.
 *
 *	awake CPU
 */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>

static inline void pause_cpu(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#else
	__asm__ __volatile__("" ::: "memory");
#endif
}

int main(int argc, char **argv)
{
	struct sched_param param = { 0 };
	cpu_set_t cpus;

	if (argc != 2) {
		fprintf(stderr, "usage: awake CPU\n");
		return 2;
	}
	CPU_ZERO(&cpus);
	CPU_SET(atoi(argv[1]), &cpus);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) ||
	    sched_setaffinity(0, sizeof(cpus), &cpus) ||
	    sched_setscheduler(0, SCHED_IDLE, &param)) {
		perror("awake");
		return 1;
	}
	for (;;)
		pause_cpu();
}
