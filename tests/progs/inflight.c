// SPDX-License-Identifier: GPL-2.0-only
/*
 * inflight: requests that are submitted and left alone until it is told to look
 * after them.
 *
 *	inflight DEVICE read|write|fua COUNT [poll]
 *
 * COUNT requests of 4096 bytes, one behind the other, at once, by io_uring;
 * "poll" for a ring whose completions are polled for: nobody polls before the
 * program is told to. Prints "submitted", waits for a line or the end of its
 * standard input, then prints for each request what came of it: the bytes, or
 * the error's number with a minus, in the order of submission.
 *
 * libs: -luring
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK	4096
#define MAX	256

static int result[MAX];

int main(int argc, char **argv)
{
	int polled = argc == 5 && !strcmp(argv[4], "poll");
	int count, fd, write, i, e;
	struct io_uring_cqe *cqe;
	struct io_uring ring;
	char *mem;

	if (argc < 4 || (argc > 4 && !polled))
		errx(2, "usage: inflight DEVICE read|write|fua COUNT [poll]");
	write = strcmp(argv[2], "read");
	count = atoi(argv[3]);
	if (count < 1 || count > MAX)
		errx(2, "1 to %d requests", MAX);
	fd = open(argv[1], O_RDWR | O_DIRECT);
	if (fd < 0)
		err(2, "%s", argv[1]);
	mem = aligned_alloc(BLOCK, (size_t)count * BLOCK);
	if (!mem)
		err(2, "memory");
	memset(mem, 'i', (size_t)count * BLOCK);
	e = io_uring_queue_init(MAX, &ring, polled ? IORING_SETUP_IOPOLL : 0);
	if (e) {
		errno = -e;
		err(2, "ring");
	}
	for (i = 0; i < count; i++) {
		struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);
		char *at = mem + (size_t)i * BLOCK;
		__u64 pos = (__u64)i * BLOCK;

		if (write)
			io_uring_prep_write(sqe, fd, at, BLOCK, pos);
		else
			io_uring_prep_read(sqe, fd, at, BLOCK, pos);
		if (!strcmp(argv[2], "fua"))
			sqe->rw_flags |= RWF_DSYNC;
		io_uring_sqe_set_data64(sqe, i);
	}
	/* The library would look for completions while it submits. */
	ring.flags &= ~IORING_SETUP_IOPOLL;
	e = io_uring_submit(&ring);
	if (e != count) {
		errno = e < 0 ? -e : EAGAIN;
		err(2, "submit");
	}
	if (polled)
		ring.flags |= IORING_SETUP_IOPOLL;
	puts("submitted");
	fflush(stdout);
	getchar();
	for (i = 0; i < count; i++) {
		e = io_uring_wait_cqe(&ring, &cqe);
		if (e) {
			errno = -e;
			err(2, "wait");
		}
		result[io_uring_cqe_get_data64(cqe)] = cqe->res;
		io_uring_cqe_seen(&ring, cqe);
	}
	for (i = 0; i < count; i++)
		printf("%d\n", result[i]);
	return 0;
}
