// SPDX-License-Identifier: GPL-2.0-only
/*
 * plug: writes to a ramblk disk, cuts its power and checks every sector by
 * the rules of Documentation/ramblk: what a FLUSH or FUA covered is there,
 * all else is the last durable content or the latest one, as "lose" and
 * "tear" say, and never anything between.
 * libs: -luring
 *
 *   plug DEVICE CONFIG [KEY=VALUE...]
 *
 * DEVICE is the node, CONFIG its directory in configfs; the disk is powered.
 *   seed=N      of everything that is random here (1)
 *   cuts=N      how many (10)
 *   area=N      sectors that are used (4096)
 *   depth=N     requests in flight (16); 1: one after the other
 *   steps=N     cut after so many requests, none in flight; 0: any time (0)
 *   flushes=N   of a hundred requests (6)
 *   msecs=N     at most so long before a cut (60)
 *   lose=WORD   all, none, random, or any: another one for each cut (any)
 *   tear=WORD   0, 1 or any
 *   orderly=1   power off in order instead: nothing may be lost
 *   trace=N     print what was done to that sector, and each flush
 *
 * Prints what it saw; ends with 1 if a rule was broken, 2 if it could not run.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "records.h"

enum { SECTOR = 512, MAX_IO = 128, MAX_DEPTH = 64 };

#define HOLE	0x80000000u	/* of a version: it is zeros */

/*
 * One sector.  Versions are numbered in the order of submission over the
 * whole run, and no two are in flight for one sector, so "newer" is "greater".
 * Durable is one of the versions from "low" to "high", which differ if a
 * FLUSH and a write overlapped; latest is "last", or "flying" if that was not
 * seen to complete.
 */
struct sector {
	uint32_t low, high, last, flying;
	uint32_t *past;		/* versions since "low", holes marked */
	unsigned int n, max;
};

struct io {
	enum { FREE, WRITE, FLUSH, DSYNC } kind;
	unsigned int start, len;
	uint32_t version;
	uint32_t *covers;	/* what was complete when a flush began */
	uint8_t *buf;
};

static const char *device, *config;
static struct sector *disk;
static struct io ios[MAX_DEPTH];
static struct io_uring ring;
static uint8_t *image;
static uint64_t state;
static uint32_t version;
static unsigned int area = 4096, depth = 16, unit, block, in_flight;
static unsigned int flushes = 6, traced = -1u;
static bool cached, dead;
static int fd = -1;

static struct {
	unsigned long cuts, requests, failed, flushes, holes;
	unsigned long kept, lost, mixed, broken;
} seen;

static void die(const char *format, ...)
{
	int error = errno;
	va_list args;

	va_start(args, format);
	fputs("plug: ", stderr);
	vfprintf(stderr, format, args);
	fprintf(stderr, ": %s\n", strerror(error));
	va_end(args);
	exit(2);
}

static unsigned int pick(unsigned int n)
{
	return random_next(&state) % n;
}

/* configfs */

static int try_attribute(const char *name, const char *value)
{
	char path[512];
	ssize_t n;
	int f;

	snprintf(path, sizeof(path), "%s/%s", config, name);
	f = open(path, O_WRONLY);
	if (f < 0)
		return -1;
	n = write(f, value, strlen(value));
	close(f);
	return n < 0 ? -1 : 0;
}

static void attribute(const char *name, const char *value)
{
	if (try_attribute(name, value))
		die("%s > %s/%s", value, config, name);
}

static unsigned long number(const char *name)
{
	unsigned long value;
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", config, name);
	f = fopen(path, "r");
	if (!f || fscanf(f, "%lu", &value) != 1)
		die("%s", path);
	fclose(f);
	return value;
}

static void trace(const char *what, unsigned int start, unsigned int len,
		  uint32_t v)
{
	if (traced != -1u && (!len || (traced >= start && traced < start + len)))
		printf("%s: %u+%u, version %u\n", what, start, len, v);
}

/* The model */

static void remember(struct sector *s, uint32_t v)
{
	unsigned int i, k = 0;

	for (i = 0; i < s->n; i++)
		if ((s->past[i] & ~HOLE) >= s->low)
			s->past[k++] = s->past[i];
	s->n = k;
	if (s->n == s->max) {
		s->max = s->max ? 2 * s->max : 4;
		s->past = realloc(s->past, s->max * sizeof(*s->past));
		if (!s->past)
			die("memory");
	}
	s->past[s->n++] = v;
}

static void begin(unsigned int start, unsigned int len, uint32_t v)
{
	unsigned int i;

	for (i = start; i < start + len; i++) {
		disk[i].flying = v & ~HOLE;
		remember(&disk[i], v);
	}
}

/* A write, or hole, has completed; FUA if it was covered at once. */
static void complete(unsigned int start, unsigned int len, bool fua)
{
	unsigned int i;

	for (i = start; i < start + len; i++) {
		struct sector *s = &disk[i];

		s->last = s->flying;
		s->flying = 0;
		if (fua || !cached)
			s->low = s->high = s->last;
	}
}

/* A FLUSH has completed.  It may have caught what came while it ran, too. */
static void covered(const uint32_t *covers)
{
	unsigned int i;

	for (i = 0; i < area; i++) {
		struct sector *s = &disk[i];
		uint32_t most = s->flying ? s->flying : s->last;

		if (covers[i] > s->low)
			s->low = covers[i];
		if (most > s->high)
			s->high = most;
	}
}

/* It did not complete; it may have done some of its work. */
static void half_covered(unsigned int start, unsigned int len)
{
	unsigned int i;

	for (i = start; i < start + len; i++) {
		uint32_t most = disk[i].flying ? disk[i].flying : disk[i].last;

		if (most > disk[i].high)
			disk[i].high = most;
	}
}

static void make(uint8_t *buf, unsigned int at, uint32_t v)
{
	record_fill(buf, SECTOR, 0, 0, at, v);
}

/* Does a sector hold one of its versions from A to B? */
static bool holds(unsigned int at, uint32_t a, uint32_t b)
{
	const uint8_t *found = image + (size_t)at * SECTOR;
	static const uint8_t zeros[SECTOR];
	static uint8_t want[SECTOR];
	struct sector *s = &disk[at];
	unsigned int i;

	for (i = 0; i < s->n; i++) {
		uint32_t v = s->past[i] & ~HOLE;

		if (v < a || v > b)
			continue;
		if (s->past[i] & HOLE) {
			if (!memcmp(found, zeros, SECTOR))
				return true;
			continue;
		}
		make(want, at, v);
		if (!memcmp(found, want, SECTOR))
			return true;
	}
	return false;
}

static bool is_durable(unsigned int at)
{
	return holds(at, disk[at].low, disk[at].high);
}

static bool is_latest(unsigned int at)
{
	struct sector *s = &disk[at];

	return holds(at, s->last, s->last) ||
	       (s->flying && holds(at, s->flying, s->flying));
}

static void broken(unsigned int at, const char *rule)
{
	struct sector *s = &disk[at];
	char text[128];

	if (seen.broken++ >= 10)
		return;
	record_describe(image + (size_t)at * SECTOR, SECTOR, text, sizeof(text));
	printf("broken: cut %lu, sector %u: %s; durable %u to %u, latest %u, in flight %u, there is %s\n",
	       seen.cuts, at, rule, s->low, s->high, s->last, s->flying, text);
}

static void check_unit(unsigned int at, const char *lose, bool tear)
{
	bool all_durable = true, all_latest = true, differs = false, d, l;
	unsigned int i;

	for (i = at; i < at + unit && i < area; i++) {
		d = is_durable(i);
		l = is_latest(i);
		if (!d && !l)
			broken(i, "neither the durable nor the latest");
		else if (!d && !strcmp(lose, "all"))
			broken(i, "not the durable with lose=all");
		else if (!l && !strcmp(lose, "none"))
			broken(i, "not the latest with lose=none");
		all_durable &= d;
		all_latest &= l;
		differs |= d != l;
	}
	if (!all_durable && !all_latest) {
		seen.mixed++;
		if (!tear)
			broken(at, "a unit of both with tear=0");
	} else if (differs) {
		seen.kept += all_latest;
		seen.lost += all_durable;
	}
}

static void check(const char *lose, bool tear)
{
	unsigned int at;

	for (at = 0; at < area; at += unit)
		check_unit(at, lose, tear);
}

/* What is there now is what is durable. */
static void adopt(void)
{
	struct record_head head;
	unsigned int at;

	for (at = 0; at < area; at++) {
		struct sector *s = &disk[at];
		uint32_t v;

		memcpy(&head, image + (size_t)at * SECTOR, sizeof(head));
		v = head.magic == RECORD_MAGIC ? head.seq : ++version;
		if (v > version)
			version = v;
		s->low = s->high = s->last = v;
		s->flying = 0;
		s->n = 0;
		remember(s, head.magic == RECORD_MAGIC ? v : v | HOLE);
	}
}

/* The workload */

static bool busy(unsigned int start, unsigned int len)
{
	while (len--)
		if (disk[start + len].flying)
			return true;
	return false;
}

static bool place(unsigned int *start, unsigned int *len)
{
	unsigned int b = block / SECTOR, most = MAX_IO / b, tries = 20;

	while (tries--) {
		*len = (1 + (pick(4) ? pick(most < 17 ? most : 17) :
			     pick(most))) * b;
		*start = pick((area - *len) / b + 1) * b;
		if (pick(2))
			*start -= *start % unit;
		if (!busy(*start, *len))
			return true;
	}
	return false;
}

static void landed(struct io *io, int result)
{
	bool good = io->kind == FLUSH ? result == 0 :
		    result == (int)(io->len * SECTOR);

	trace(good ? "done" : "failed", io->start, io->len,
	      io->kind == FLUSH ? 0 : io->version);
	in_flight--;
	if (!good) {
		dead = true;
		seen.failed++;
		if (io->kind == FLUSH)
			half_covered(0, area);
		else if (io->kind == DSYNC)
			half_covered(io->start, io->len);
	} else {
		if (io->kind != FLUSH)
			complete(io->start, io->len, io->kind == DSYNC);
		if (io->kind == FLUSH)
			covered(io->covers);
	}
	io->kind = FREE;
}

static void reap(bool wait)
{
	struct io_uring_cqe *cqe;

	while (in_flight) {
		int rc = wait ? io_uring_wait_cqe(&ring, &cqe) :
				io_uring_peek_cqe(&ring, &cqe);

		if (rc == -EAGAIN && !wait)
			return;
		if (rc == -EINTR)
			continue;
		if (rc) {
			errno = -rc;
			die("io_uring");
		}
		landed(io_uring_cqe_get_data(cqe), cqe->res);
		io_uring_cqe_seen(&ring, cqe);
		wait = false;
	}
}

static void reap_all(void)
{
	io_uring_submit(&ring);
	while (in_flight)
		reap(true);
}

static void submit(struct io *io)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);
	unsigned int i;

	if (io->kind == FLUSH) {
		io_uring_prep_fsync(sqe, fd, IORING_FSYNC_DATASYNC);
	} else {
		io->version = ++version;
		for (i = 0; i < io->len; i++)
			make(io->buf + i * SECTOR, io->start + i, io->version);
		io_uring_prep_write(sqe, fd, io->buf, io->len * SECTOR,
				    (uint64_t)io->start * SECTOR);
		/* Asynchronous and direct: FUA, and no FLUSH after it. */
		if (io->kind == DSYNC)
			sqe->rw_flags = RWF_DSYNC;
		begin(io->start, io->len, io->version);
	}
	if (io->kind == FLUSH) {
		seen.flushes++;
		for (i = 0; i < area; i++)
			io->covers[i] = disk[i].last;
	}
	io_uring_sqe_set_data(sqe, io);
	trace(io->kind == FLUSH ? "flush" : io->kind == DSYNC ? "dsync" :
	      "write", io->start, io->len, io->version);
	in_flight++;
	seen.requests++;
	/* Several at a time now and then, so that they can be merged. */
	if (depth == 1 || pick(3) || in_flight + 2 >= depth)
		io_uring_submit(&ring);
}

/* Waits for itself; what is in flight goes on meanwhile. */
static void make_hole(void)
{
	static const int modes[] = {
		0, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE,
		FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
	};
	unsigned int start, len;
	uint64_t range[2];
	int mode = modes[pick(3)], rc;

	if (!place(&start, &len))
		return;
	begin(start, len, ++version | HOLE);
	seen.holes++;
	seen.requests++;
	io_uring_submit(&ring);
	range[0] = (uint64_t)start * SECTOR;
	range[1] = (uint64_t)len * SECTOR;
	if (mode)
		rc = fallocate(fd, mode, range[0], range[1]);
	else
		rc = ioctl(fd, BLKDISCARD, range);
	trace(!mode ? "discard" : mode & FALLOC_FL_PUNCH_HOLE ? "punch" :
	      "zero", start, len, version);
	if (rc) {
		dead = true;
		seen.failed++;
	} else {
		complete(start, len, false);
	}
}

static void step(void)
{
	unsigned int what = pick(100), i;
	struct io *io = NULL;

	for (i = 0; i < depth && !io; i++)
		if (ios[i].kind == FREE)
			io = &ios[i];
	if (!io) {
		io_uring_submit(&ring);
		reap(true);
		return;
	}
	if (what < 8) {
		make_hole();
		return;
	}
	if (what < 8 + flushes) {
		/* Half of the flushes have nothing else in flight. */
		if (what & 1)
			reap_all();
		if (dead)
			return;
		io->kind = FLUSH;
		io->start = io->len = 0;
		submit(io);
		if (what & 1)
			reap_all();
		return;
	}
	if (!place(&io->start, &io->len))
		return;
	io->kind = what < 14 + flushes ? DSYNC : WRITE;
	submit(io);
}

static void open_disk(void)
{
	int tries = 200;

	while ((fd = open(device, O_RDWR | O_DIRECT | O_CLOEXEC)) < 0) {
		if (!--tries)
			die("%s", device);
		usleep(10000);
	}
}

static void read_disk(void)
{
	size_t size = (size_t)area * SECTOR, at = 0;
	ssize_t n;

	while (at < size) {
		n = pread(fd, image + at, size - at, at);
		if (n <= 0)
			die("reading %s at %zu", device, at);
		at += n;
	}
}

static pid_t cut_later(const char *how, unsigned int usecs)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid)
		return pid;
	usleep(usecs);
	_exit(try_attribute("power", how) ? 1 : 0);
}

static void one_cut(unsigned int steps, unsigned int msecs, const char *lose,
		    bool tear, bool orderly)
{
	const char *how = orderly ? "0" : "cut";
	int status = 0;
	pid_t pid = 0;

	attribute("lose", lose);
	attribute("tear", tear ? "1" : "0");
	dead = false;
	if (!steps)
		pid = cut_later(how, 500 + pick(msecs * 1000));
	while (!dead && (pid || steps--)) {
		step();
		reap(depth == 1);
	}
	reap_all();
	if (pid) {
		waitpid(pid, &status, 0);
	} else if (!dead) {
		status = try_attribute("power", how);
	} else {
		errno = EIO;
		die("a request failed before the cut");
	}
	if (status)
		die("%s > power failed", how);
	seen.cuts++;
	close(fd);
	attribute("power", "1");
	open_disk();
	read_disk();
	check(orderly ? "none" : lose, tear);
	adopt();
}

static const char *one_of(const char *what, const char *const *all,
			  unsigned int n)
{
	return strcmp(what, "any") ? what : all[pick(n)];
}

int main(int argc, char **argv)
{
	static const char *const loses[] = { "all", "none", "random" };
	static const char *const tears[] = { "0", "1" };
	const char *lose = "any", *tear = "any";
	unsigned long seed = 1, cuts = 10, steps = 0, msecs = 60, orderly = 0;
	uint64_t hash = 14695981039346656037ull;
	unsigned int i;
	size_t at;

	if (argc < 3)
		die("plug DEVICE CONFIG [KEY=VALUE...]");
	device = argv[1];
	config = argv[2];
	for (i = 3; i < (unsigned int)argc; i++) {
		char *value = strchr(argv[i], '=');

		if (!value)
			die("%s?", argv[i]);
		*value++ = 0;
		if (!strcmp(argv[i], "seed"))
			seed = strtoul(value, NULL, 0);
		else if (!strcmp(argv[i], "cuts"))
			cuts = strtoul(value, NULL, 0);
		else if (!strcmp(argv[i], "area"))
			area = strtoul(value, NULL, 0);
		else if (!strcmp(argv[i], "depth"))
			depth = strtoul(value, NULL, 0);
		else if (!strcmp(argv[i], "steps"))
			steps = strtoul(value, NULL, 0);
		else if (!strcmp(argv[i], "msecs"))
			msecs = strtoul(value, NULL, 0);
		else if (!strcmp(argv[i], "lose"))
			lose = value;
		else if (!strcmp(argv[i], "tear"))
			tear = value;
		else if (!strcmp(argv[i], "flushes"))
			flushes = strtoul(value, NULL, 0);
		else if (!strcmp(argv[i], "trace"))
			traced = strtoul(value, NULL, 0);
		else if (!strcmp(argv[i], "orderly"))
			orderly = strtoul(value, NULL, 0);
		else
			die("%s?", argv[i]);
	}
	if (!depth || depth > MAX_DEPTH || area < 2 * MAX_IO)
		die("depth or area");
	setvbuf(stdout, NULL, _IOLBF, 0);
	state = seed * 0x9e3779b97f4a7c15ull + 1;
	unit = number("physical_block_size") / SECTOR;
	block = number("block_size");
	cached = number("write_cache");
	disk = calloc(area, sizeof(*disk));
	if (!disk || posix_memalign((void **)&image, 4096,
				    (size_t)area * SECTOR))
		die("memory");
	for (i = 0; i < depth; i++) {
		ios[i].covers = calloc(area, sizeof(uint32_t));
		if (!ios[i].covers ||
		    posix_memalign((void **)&ios[i].buf, 4096, MAX_IO * SECTOR))
			die("memory");
	}
	errno = -io_uring_queue_init(2 * MAX_DEPTH, &ring, 0);
	if (errno)
		die("io_uring");

	open_disk();
	read_disk();
	adopt();
	while (cuts--)
		one_cut(steps, msecs, one_of(lose, loses, 3),
			one_of(tear, tears, 2)[0] == '1', orderly);
	for (at = 0; at < (size_t)area * SECTOR; at++)
		hash = (hash ^ image[at]) * 1099511628211ull;
	printf("%lu cuts, %lu requests (%lu flushes, %lu holes), %lu failed\n",
	       seen.cuts, seen.requests, seen.flushes, seen.holes, seen.failed);
	printf("units that could differ: %lu latest, %lu durable, %lu mixed\n",
	       seen.kept, seen.lost, seen.mixed);
	printf("image %016llx\n", (unsigned long long)hash);
	printf("%lu rules broken\n", seen.broken);
	return seen.broken ? 1 : 0;
}
