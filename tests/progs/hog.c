// SPDX-License-Identifier: GPL-2.0-only
/*
 * hog MIB pageout|touch ROUNDS: fills so much memory with words that say
 * where they are, has it swapped out (or waits for the kernel to do that
 * because there is more of it than fits), and checks every word.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

static uint64_t word(size_t at, unsigned int round)
{
	return (at + 1) * 0x9e3779b97f4a7c15ull + round;
}

int main(int argc, char **argv)
{
	size_t mib, n, i, bad = 0;
	unsigned int round, rounds;
	uint64_t *p;

	if (argc != 4)
		return 2;
	mib = strtoul(argv[1], NULL, 0);
	rounds = strtoul(argv[3], NULL, 0);
	n = (mib << 20) / sizeof(*p);
	p = mmap(NULL, mib << 20, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED) {
		perror("hog: mmap");
		return 2;
	}
	for (round = 0; round < rounds; round++) {
		for (i = 0; i < n; i++)
			p[i] = word(i, round);
		if (!strcmp(argv[2], "pageout") &&
		    madvise(p, mib << 20, MADV_PAGEOUT)) {
			perror("hog: madvise");
			return 2;
		}
		/* Backwards: who is swapped out for the end comes last. */
		for (i = n; i--;)
			bad += p[i] != word(i, round);
	}
	printf("%zu MiB, %zu words wrong\n", mib, bad);
	return bad ? 1 : 0;
}
