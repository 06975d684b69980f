// SPDX-License-Identifier: GPL-2.0-only
/*
 * uringchar: reads and writes a ringchar by io_uring, both ends at once.
 *
 *	uringchar DEVICE COUNT SIZE...
 *	uringchar DEVICE stall SIZE
 *	uringchar DEVICE noise SIZE
 *	uringchar DEVICE multishot SIZE
 *
 * COUNT writes, of the sizes in turn, against as many reads, several of each in
 * flight; prints how many worker threads io_uring started (0 if the driver
 * polls as it should) and exits 1 if bytes are lost or a call fails. With
 * "stall" a second record of SIZE waits for the first to be read, for a while.
 * With "noise" SIZE bytes are read into new pages again and again, while an event
 * of another file interrupts the task all the time. With "multishot" one request
 * reads all the writes; exits 4 if the kernel knows none.
 *
 * libs: -luring -lpthread
 */
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define IN_FLIGHT	4
#define BUF		262144

static char bufs[2 * IN_FLIGHT][BUF] __attribute__((aligned(65536)));

static int workers(void)
{
	DIR *tasks = opendir("/proc/self/task");
	struct dirent *d;
	int n = 0;

	while (tasks && (d = readdir(tasks))) {
		char path[300], name[64] = "";
		FILE *f;

		snprintf(path, sizeof(path), "/proc/self/task/%s/comm",
			 d->d_name);
		f = fopen(path, "r");
		if (!f)
			continue;
		if (fgets(name, sizeof(name), f) && !strncmp(name, "iou-wrk", 7))
			n++;
		fclose(f);
	}
	if (tasks)
		closedir(tasks);
	return n;
}

static struct io_uring ring;
static long long wanted, moved[2];	/* bytes; of reads, of writes */

static void submit(int fd, int slot, long size)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

	if (slot < IN_FLIGHT) {
		/* A new buffer: the driver has to bring in its pages. */
		if (madvise(bufs[slot], BUF, MADV_DONTNEED))
			err(1, "madvise");
		io_uring_prep_read(sqe, fd, bufs[slot], BUF, -1);
	} else {
		memset(bufs[slot], size, size);
		io_uring_prep_write(sqe, fd, bufs[slot], size, -1);
		wanted += size;
	}
	io_uring_sqe_set_data64(sqe, slot);
	io_uring_submit(&ring);
}

/* Waits for one of them; returns its slot. */
static int complete(void)
{
	struct io_uring_cqe *cqe;
	int slot, res;

	errno = -io_uring_wait_cqe(&ring, &cqe);
	if (errno)
		err(1, "wait");
	slot = io_uring_cqe_get_data64(cqe);
	res = cqe->res;
	io_uring_cqe_seen(&ring, cqe);
	if (res < 0)
		errx(1, "%s: %s", slot < IN_FLIGHT ? "read" : "write",
		     strerror(-res));
	moved[slot >= IN_FLIGHT] += res;
	return slot;
}

/* The second record does not fit; nobody reads until we have looked. */
static int stall(int fd, long size)
{
	int n;

	if (write(fd, bufs[0], size) != size)
		err(1, "write");
	submit(fd, IN_FLIGHT, size);
	usleep(300000);
	n = workers();
	if (read(fd, bufs[0], BUF) != size)
		err(1, "read");
	complete();
	if (moved[1] != size || read(fd, bufs[0], BUF) != size)
		err(1, "the second record");
	printf("workers %d\n", n);
	return !!n;
}

#define NOISE	100	/* a slot that is none */

static int event;
static atomic_bool quiet;

static void *make_noise(void *arg)
{
	uint64_t one = 1;

	while (!quiet)
		if (write(event, &one, sizeof(one)) != sizeof(one))
			break;
	return arg;
}

static void hear(void)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

	io_uring_prep_poll_add(sqe, event, POLLIN);
	io_uring_sqe_set_data64(sqe, NOISE);
	io_uring_submit(&ring);
}

/* One read, whatever else comes; returns how many bytes. */
static int read_one(int fd)
{
	struct io_uring_cqe *cqe;
	uint64_t slot, count;
	int res;

	submit(fd, 0, 0);
	for (;;) {
		errno = -io_uring_wait_cqe(&ring, &cqe);
		if (errno)
			err(1, "wait");
		slot = io_uring_cqe_get_data64(cqe);
		res = cqe->res;
		io_uring_cqe_seen(&ring, cqe);
		if (slot != NOISE)
			return res;
		if (read(event, &count, sizeof(count)) < 0 && errno != EAGAIN)
			err(1, "event");
		hear();
	}
}

static int noise(int fd, long size)
{
	pthread_t thread;
	int i, res = 0;

	event = eventfd(0, EFD_NONBLOCK);
	if (event < 0)
		err(1, "eventfd");
	hear();
	errno = pthread_create(&thread, NULL, make_noise, NULL);
	if (errno)
		err(1, "thread");
	for (i = 0; i < 3000; i++) {
		if (write(fd, bufs[1], size) != size)
			err(1, "write");
		res = read_one(fd);
		if (res != size)
			break;
	}
	quiet = true;
	pthread_join(thread, NULL);
	printf("read %d: %s\n", i, res < 0 ? strerror(-res) :
	       res < size ? "short" : "all");
	return res != size;
}

/* As <linux/io_uring.h> of 6.7 has it. */
#define READ_MULTISHOT	49
#define GROUP		1
#define SHOTS		1000

static void provide(int slot, int nr)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

	io_uring_prep_provide_buffers(sqe, bufs[slot], BUF, nr, GROUP, slot);
	io_uring_sqe_set_data64(sqe, NOISE);
	io_uring_sqe_set_flags(sqe, IOSQE_CQE_SKIP_SUCCESS);
}

static void shoot(int fd)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

	io_uring_prep_rw(READ_MULTISHOT, sqe, fd, NULL, 0, -1);
	io_uring_sqe_set_flags(sqe, IOSQE_BUFFER_SELECT);
	sqe->buf_group = GROUP;
	io_uring_submit(&ring);
}

/* Nanoseconds of CPU that this process has had. */
static long long cpu_time(void)
{
	struct rusage used;

	getrusage(RUSAGE_SELF, &used);
	return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000000LL +
	       (used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1000LL;
}

static int multishot(int fd, long size)
{
	static char data[BUF];
	struct io_uring_cqe *cqe;
	int i, slot, again = 0;
	long long idle;

	provide(0, 2 * IN_FLIGHT);
	shoot(fd);
	if (!io_uring_peek_cqe(&ring, &cqe)) {
		printf("%s\n", strerror(-cqe->res));
		return cqe->res == -EINVAL ? 4 : 1;
	}
	/* There is nothing, so it does nothing. */
	idle = cpu_time();
	usleep(300000);
	idle = cpu_time() - idle;
	for (i = 0; i < SHOTS; i++) {
		memset(data, i, size);
		if (write(fd, data, size) != size)
			err(1, "write");
		errno = -io_uring_wait_cqe(&ring, &cqe);
		if (errno)
			err(1, "wait");
		if (cqe->res != size || !(cqe->flags & IORING_CQE_F_BUFFER))
			errx(1, "read %d: %d, flags %x", i, cqe->res, cqe->flags);
		slot = cqe->flags >> IORING_CQE_BUFFER_SHIFT;
		if (memcmp(bufs[slot], data, size))
			errx(1, "read %d: other bytes", i);
		again += !(cqe->flags & IORING_CQE_F_MORE);
		provide(slot, 1);
		if (cqe->flags & IORING_CQE_F_MORE)
			io_uring_submit(&ring);
		else
			shoot(fd);
		io_uring_cqe_seen(&ring, cqe);
	}
	printf("workers %d, armed again %d, %lld ns of CPU while idle\n", workers(),
	       again, idle);
	return workers() || again || idle > 50000000;
}

int main(int argc, char **argv)
{
	long count, written = 0;
	int fd, slot, n;

	if (argc < 4)
		errx(2, "usage: uringchar DEVICE COUNT SIZE...");
	fd = open(argv[1], O_RDWR);
	if (fd < 0)
		err(1, "%s", argv[1]);
	count = atol(argv[2]);
	errno = -io_uring_queue_init(64, &ring, 0);
	if (errno)
		err(1, "io_uring");
	if (!strcmp(argv[2], "stall"))
		return stall(fd, atol(argv[3]));
	if (!strcmp(argv[2], "noise"))
		return noise(fd, atol(argv[3]));
	if (!strcmp(argv[2], "multishot"))
		return multishot(fd, atol(argv[3]));
	/* Reads first, so that they have to wait. */
	for (slot = 0; slot < 2 * IN_FLIGHT; slot++)
		submit(fd, slot, atol(argv[3 + (slot >= IN_FLIGHT ?
				written++ % (argc - 3) : 0)]));
	while (written < count || moved[0] < wanted) {
		slot = complete();
		if (slot < IN_FLIGHT)
			submit(fd, slot, 0);
		else if (written < count)
			submit(fd, slot, atol(argv[3 + written++ % (argc - 3)]));
	}
	/* They stay for seconds when they have nothing to do. */
	n = workers();
	printf("wrote %lld read %lld workers %d\n", wanted, moved[0], n);
	return moved[0] == wanted && !n ? 0 : 1;
}
