// SPDX-License-Identifier: GPL-2.0-only
/*
 * wakeups FILE SECONDS READERS WRITERS BYTES LIMIT: is a reader ever left asleep?
 *
 * The writers write a few bytes, and then wait until the readers, who all sleep
 * whenever there is nothing and read so many BYTES at a time, have them: so each round ends with a ring that
 * is emptied while the next bytes come. If that takes LIMIT seconds somebody
 * sleeps who should not. Prints the rounds.
 *
 * libs: -lpthread
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static const char *file;
static size_t bytes;
static atomic_ulong written, consumed, turn, wrote;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static int device(int flags)
{
	int fd = open(file, flags);

	if (fd < 0) {
		perror(file);
		exit(2);
	}
	return fd;
}

static void *read_all(void *arg)
{
	int fd = device(O_RDONLY);
	char buf[4];

	(void)arg;
	for (;;) {
		ssize_t n = read(fd, buf, bytes);

		if (n < 0) {
			perror("read");
			exit(2);
		}
		atomic_fetch_add(&consumed, n);
	}
	return NULL;
}

static void *write_some(void *arg)
{
	unsigned int seed = 1 + (size_t)arg;
	unsigned long last = 0;
	int fd = device(O_WRONLY);

	for (;;) {
		int times = 1 + rand_r(&seed) % 3;

		while (atomic_load(&turn) == last)
			sched_yield();
		last = atomic_load(&turn);
		while (times--) {
			size_t n = 1 + rand_r(&seed) % 4;

			atomic_fetch_add(&written, n);
			if (write(fd, "data", n) != (ssize_t)n) {
				perror("write");
				exit(2);
			}
		}
		atomic_fetch_add(&wrote, 1);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	unsigned long readers, writers, rounds;
	double end, limit;
	pthread_t thread;
	unsigned long i;

	if (argc != 7) {
		fprintf(stderr, "usage: %s FILE SECONDS READERS WRITERS BYTES LIMIT\n",
			argv[0]);
		return 2;
	}
	file = argv[1];
	end = now() + atof(argv[2]);
	readers = strtoul(argv[3], NULL, 0);
	writers = strtoul(argv[4], NULL, 0);
	bytes = strtoul(argv[5], NULL, 0);
	limit = atof(argv[6]);
	if (!bytes || bytes > 4)
		return 2;
	for (i = 0; i < readers; i++)
		pthread_create(&thread, NULL, read_all, (void *)i);
	for (i = 0; i < writers; i++)
		pthread_create(&thread, NULL, write_some, (void *)i);

	for (rounds = 0; now() < end; rounds++) {
		double until = now() + limit;

		atomic_store(&wrote, 0);
		atomic_fetch_add(&turn, 1);
		while (atomic_load(&wrote) < writers ||
		       atomic_load(&consumed) < atomic_load(&written)) {
			if (now() > until) {
				printf("round %lu: %lu written, %lu read\n",
				       rounds, atomic_load(&written),
				       atomic_load(&consumed));
				return 1;
			}
			sched_yield();
		}
	}
	printf("%lu rounds\n", rounds);
	return 0;
}
