// SPDX-License-Identifier: GPL-2.0-only
/*
 * stream: moves bytes through a character device, a pipe or memory, and says
 * how many in how long.
 *
 * Workers are processes (in user-mode Linux threads of one process do not run
 * in parallel) and count in a shared page what they have moved; the parent
 * sleeps, and looks at the counters before and after. So nothing is timed in
 * the workers, and no clock is read on the path that is measured.
 *
 *	stream [options] KIND
 *
 * KIND is pipe, pipe:BYTES, memcpy, the path of a device, mmap:PATH for a
 * ringchar that both sides map, or tee:BYTES: the one writer fills a pipe and
 * hands its pages with tee(2) to a pipe of so many bytes for each reader.
 *	-w N	writers (default 1)
 *	-r N	readers (default 1)
 *	-c N	bytes a call (65536)
 *	-C N	bytes a reader's call, if other than a writer's
 *	-u N	by io_uring, N calls at a time
 *	-f PATH	writers write what is read there first, always at offset 0
 *	-t MS	measure that long (500), after -b MS (50) that do not count
 *	-a	worker N runs on CPU N modulo CPUs
 *
 * Prints "BYTES CALLS NANOSECONDS" as the readers saw them, or the writers
 * if there is no reader.
 *
 * libs: -luring
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <softdev/ringchar_map.h>

#define MAX_WORKERS	64
/* Larger than any cache that matters, as a disk would be. */
#define MEMCPY_REGION	(256UL << 20)
/* Who maps looks that often before it sleeps. */
#define SPINS		1000

struct counter {
	_Atomic uint64_t bytes;
	_Atomic uint64_t calls;
	_Atomic uint32_t ready;
	char pad[128 - 20];
};

static struct counter *counters;
static size_t chunk = 65536;
static size_t reader_chunk;
static unsigned int uring_batch;
static const char *fill;
static bool pin;
/* For tee: a pipe for each reader. */
static int tee_pipes[MAX_WORKERS][2];
static unsigned int tee_readers;

__attribute__((noreturn, format(printf, 1, 2)))
static void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("stream: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}

static void *buffer(size_t bytes)
{
	void *p = NULL;

	if (posix_memalign(&p, 4096, bytes))
		die("no memory for %zu bytes", bytes);
	memset(p, 0x5a, bytes);
	return p;
}

/* The only writer of its counters: no atomic addition is needed. */
static void count(struct counter *c, uint64_t bytes, uint64_t calls)
{
	atomic_store_explicit(&c->bytes, bytes +
		atomic_load_explicit(&c->bytes, memory_order_relaxed),
		memory_order_relaxed);
	atomic_store_explicit(&c->calls, calls +
		atomic_load_explicit(&c->calls, memory_order_relaxed),
		memory_order_relaxed);
}

static void by_syscall(struct counter *c, int fd, bool writer, char *buf,
		       size_t len)
{
	ssize_t n;

	for (;;) {
		if (!writer)
			n = read(fd, buf, len);
		else if (fill)
			n = pwrite(fd, buf, len, 0);
		else
			n = write(fd, buf, len);
		if (n <= 0)
			die("%s: %s", writer ? "write" : "read",
			    n ? strerror(errno) : "end of file");
		count(c, n, 1);
	}
}

static void by_uring(struct counter *c, int fd, bool writer, char *buf,
		     size_t len)
{
	struct io_uring ring;
	struct io_uring_sqe *sqe;
	struct io_uring_cqe *cqe;
	unsigned int head, i, n;
	uint64_t bytes;
	int err;

	err = io_uring_queue_init(uring_batch, &ring, 0);
	if (err)
		die("io_uring: %s", strerror(-err));
	for (;;) {
		for (i = 0; i < uring_batch; i++) {
			sqe = io_uring_get_sqe(&ring);
			if (writer)
				io_uring_prep_write(sqe, fd, buf, len, -1);
			else
				io_uring_prep_read(sqe, fd, buf, len, -1);
		}
		err = io_uring_submit_and_wait(&ring, uring_batch);
		if (err < 0)
			die("io_uring submit: %s", strerror(-err));
		n = 0;
		bytes = 0;
		io_uring_for_each_cqe(&ring, head, cqe) {
			if (cqe->res <= 0)
				die("io_uring %s: %s",
				    writer ? "write" : "read",
				    strerror(-cqe->res));
			bytes += cqe->res;
			n++;
		}
		io_uring_cq_advance(&ring, n);
		count(c, bytes, n);
	}
}

static void by_memcpy(struct counter *c, bool writer, char *buf, size_t len,
		      char *region)
{
	size_t at = 0;

	for (;;) {
		if (writer)
			memcpy(region + at, buf, len);
		else
			memcpy(buf, region + at, len);
		/* The compiler must believe that somebody looks. */
		__asm__ volatile("" : : "r"(buf), "r"(region) : "memory");
		count(c, len, 1);
		at += len;
		if (at + len > MEMCPY_REGION)
			at = 0;
	}
}

static void by_mapping(struct counter *c, int fd, bool writer, char *buf,
		       size_t len)
{
	struct ringchar_map map;
	unsigned int spins = 0;
	size_t n;

	if (ringchar_map_open(&map, fd, writer ? RINGCHAR_PRODUCER :
						 RINGCHAR_CONSUMER))
		die("mapping: %s", strerror(errno));
	atomic_store(&c->ready, 1);
	for (;;) {
		n = writer ? ringchar_map_write(&map, buf, len) :
			     ringchar_map_read(&map, buf, len);
		if (n) {
			count(c, n, 1);
			spins = 0;
		} else if (++spins == SPINS) {
			if (ringchar_map_wait(&map, -1) < 0)
				die("mapping: %s", strerror(errno));
			spins = 0;
		}
	}
}

/*
 * Blocks until the pipe has room.  All writes and reads are of one size in
 * whole pages, so a part of a chunk never goes.
 */
static void tee_chunk(int from, int to, size_t len, bool last)
{
	ssize_t n;

	if (last)
		n = splice(from, NULL, to, NULL, len, 0);
	else
		n = tee(from, to, len, 0);
	if (n != (ssize_t)len)
		die("tee: %s", n < 0 ? strerror(errno) : "only a part went");
}

static void by_tee(struct counter *c, int (*pipes)[2], unsigned int readers,
		   char *buf, size_t len)
{
	unsigned int i;
	int own[2];

	if (pipe(own) || fcntl(own[1], F_SETPIPE_SZ, len) < 0)
		die("pipe: %s", strerror(errno));
	for (;;) {
		if (write(own[1], buf, len) != (ssize_t)len)
			die("write: %s", strerror(errno));
		for (i = 0; i < readers; i++)
			tee_chunk(own[0], pipes[i][1], len, i + 1 == readers);
		count(c, len, 1);
	}
}

static void make_pipe(int fds[2], int bytes)
{
	if (pipe(fds))
		die("pipe: %s", strerror(errno));
	if (bytes && fcntl(fds[0], F_SETPIPE_SZ, bytes) < 0)
		die("F_SETPIPE_SZ: %s", strerror(errno));
}

static void worker(unsigned int id, bool writer, const char *kind, int fd)
{
	bool mapped = !strncmp(kind, "mmap:", 5);
	struct counter *c = &counters[id];
	size_t len = writer ? chunk : reader_chunk;
	char *region = NULL;
	cpu_set_t cpus;
	char *buf;
	int from;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (pin) {
		CPU_ZERO(&cpus);
		CPU_SET(id % sysconf(_SC_NPROCESSORS_ONLN), &cpus);
		sched_setaffinity(0, sizeof(cpus), &cpus);
	}
	buf = buffer(len);
	if (writer && fill) {
		from = open(fill, O_RDONLY);
		if (from < 0 || pread(from, buf, len, 0) != (ssize_t)len)
			die("%s: %s", fill, strerror(errno));
		close(from);
	}
	if (!strcmp(kind, "memcpy"))
		region = buffer(MEMCPY_REGION);
	else if (mapped)
		fd = open(kind + 5, O_RDWR);
	else if (fd < 0)
		fd = open(kind, writer ? O_WRONLY : O_RDONLY);
	if (!region && fd < 0)
		die("%s: %s", kind, strerror(errno));

	if (mapped)
		by_mapping(c, fd, writer, buf, len);
	atomic_store(&c->ready, 1);
	if (writer && tee_readers)
		by_tee(c, tee_pipes, tee_readers, buf, len);
	if (region)
		by_memcpy(c, writer, buf, len, region);
	else if (uring_batch)
		by_uring(c, fd, writer, buf, len);
	else
		by_syscall(c, fd, writer, buf, len);
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static void sleep_ms(unsigned int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&ts, NULL);
}

static void sum(unsigned int from, unsigned int to, uint64_t *bytes,
		uint64_t *calls)
{
	*bytes = *calls = 0;
	for (; from < to; from++) {
		*bytes += atomic_load(&counters[from].bytes);
		*calls += atomic_load(&counters[from].calls);
	}
}

int main(int argc, char **argv)
{
	unsigned int writers = 1, readers = 1, ms = 500, before = 50, id;
	uint64_t bytes[2], calls[2], t[2];
	pid_t pids[MAX_WORKERS];
	int pipefd[2] = { -1, -1 };
	bool writer, dead = false;
	const char *kind;
	int opt;

	while ((opt = getopt(argc, argv, "w:r:c:C:u:f:t:b:a")) != -1) {
		switch (opt) {
		case 'w': writers = atoi(optarg); break;
		case 'r': readers = atoi(optarg); break;
		case 'c': chunk = strtoul(optarg, NULL, 0); break;
		case 'C': reader_chunk = strtoul(optarg, NULL, 0); break;
		case 'u': uring_batch = atoi(optarg); break;
		case 'f': fill = optarg; break;
		case 't': ms = atoi(optarg); break;
		case 'b': before = atoi(optarg); break;
		case 'a': pin = true; break;
		default: die("usage: see the source");
		}
	}
	if (optind + 1 != argc || !(writers + readers) ||
	    writers + readers > MAX_WORKERS || !chunk)
		die("usage: see the source");
	kind = argv[optind];
	if (!reader_chunk)
		reader_chunk = chunk;

	counters = mmap(NULL, sizeof(*counters) * MAX_WORKERS,
			PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			-1, 0);
	if (counters == MAP_FAILED)
		die("no memory");
	if (!strcmp(kind, "pipe") || !strncmp(kind, "pipe:", 5)) {
		make_pipe(pipefd, kind[4] ? atoi(kind + 5) : 0);
	} else if (!strncmp(kind, "tee:", 4)) {
		if (writers != 1 || !readers || chunk % 4096)
			die("tee: one writer, and readers, of whole pages");
		tee_readers = readers;
		for (id = 0; id < readers; id++)
			make_pipe(tee_pipes[id], atoi(kind + 4));
	}

	for (id = 0; id < writers + readers; id++) {
		writer = id < writers;
		pids[id] = fork();
		if (pids[id] < 0)
			die("fork: %s", strerror(errno));
		if (!pids[id]) {
			if (tee_readers && !writer)
				pipefd[0] = tee_pipes[id - writers][0];
			worker(id, writer, kind,
			       tee_readers && writer ? tee_pipes[0][1] :
						       pipefd[writer]);
			_exit(1);
		}
	}
	for (id = 0; id < writers + readers; id++) {
		while (!atomic_load(&counters[id].ready)) {
			if (waitpid(pids[id], NULL, WNOHANG) == pids[id]) {
				dead = true;
				goto out;
			}
			sleep_ms(1);
		}
	}

	sleep_ms(before);
	id = readers ? writers : 0;
	sum(id, writers + readers, &bytes[0], &calls[0]);
	t[0] = now();
	sleep_ms(ms);
	sum(id, writers + readers, &bytes[1], &calls[1]);
	t[1] = now();
	for (id = 0; id < writers + readers; id++)
		dead |= waitpid(pids[id], NULL, WNOHANG) == pids[id];
	printf("%llu %llu %llu\n", (unsigned long long)(bytes[1] - bytes[0]),
	       (unsigned long long)(calls[1] - calls[0]),
	       (unsigned long long)(t[1] - t[0]));
out:
	for (id = 0; id < writers + readers; id++)
		kill(pids[id], SIGKILL);
	while (wait(NULL) > 0)
		;
	return dead;
}
