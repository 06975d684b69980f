// SPDX-License-Identifier: GPL-2.0-only
/*
 * zcrx INTERFACE QUEUE PORT [BUFFER]: zero-copy receive with io_uring. Takes one
 * TCP connection, whose data the interface writes into the memory of this
 * program, and writes it to its standard output.
 *
 * See "Test your zero-copy program without hardware" in Documentation/loopnet.rst.
 * libs: -luring
 */
#include <err.h>
#include <errno.h>
#include <liburing.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "zcrx.h"

#define ENTRIES	1024		/* of the ring that gives buffers back */
#define AREA	(4 << 20)	/* the memory that is lent to the queue */

static void *memory(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_ANONYMOUS | MAP_PRIVATE | MAP_POPULATE, -1, 0);

	return p == MAP_FAILED ? err(1, "mmap"), NULL : p;
}

static int connection(unsigned short port)
{
	struct sockaddr_in6 addr = {
		.sin6_family = AF_INET6, .sin6_port = htons(port),
	};
	int one = 1, s = socket(AF_INET6, SOCK_STREAM, 0);

	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(s, (void *)&addr, sizeof(addr)) || listen(s, 1))
		err(1, "port %u", port);
	return accept(s, NULL, NULL);
}

static void receive(struct io_uring *ring, int fd, unsigned int id)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	io_uring_prep_rw(ZCRX_OP_RECV, sqe, fd, NULL, 0, 0);
	sqe->ioprio = ZCRX_RECV_MULTISHOT;
	sqe->file_index = id;	/* zcrx_ifq_idx */
}

int main(int argc, char **argv)
{
	struct io_uring_params params = {
		.flags = IORING_SETUP_CQE32 | IORING_SETUP_SINGLE_ISSUER |
			 IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE,
		.cq_entries = 4096,
	};
	size_t size = 8192 + ENTRIES * sizeof(struct zcrx_rqe);
	char *area = memory(AREA), *region = memory(size);
	struct zcrx_events events = {
		.flags = ZCRX_STATS, .stats_offset = size - 4096,
	};
	struct zcrx_area lent = { .addr = (__u64)area, .len = AREA };
	struct zcrx_region refill = {
		.user_addr = (__u64)region, .size = size,
		.flags = ZCRX_REGION_USER,
	};
	struct zcrx_ifq ifq = {
		.entries = ENTRIES, .area = (__u64)&lent,
		.region = (__u64)&refill, .events = (__u64)&events,
	};
	struct zcrx_stats *stats = (void *)(region + events.stats_offset);
	unsigned long long total = 0;
	struct io_uring_cqe *cqe;
	struct io_uring ring;
	unsigned int tail = 0;
	int fd, res;

	if (argc < 4)
		errx(2, "usage: zcrx INTERFACE QUEUE PORT [BUFFER]");
	if (io_uring_queue_init_params(64, &ring, &params))
		errx(1, "io_uring with CQE32 and DEFER_TASKRUN is not there");
	ifq.ifindex = if_nametoindex(argv[1]);
	ifq.queue = atoi(argv[2]);
	ifq.buf_len = argc > 4 ? atoi(argv[4]) : 0;
	if (syscall(__NR_io_uring_register, ring.ring_fd, ZCRX_REGISTER_IFQ,
		    &ifq, 1))
		err(1, "queue %s of %s cannot take our memory", argv[2], argv[1]);

	fd = connection(atoi(argv[3]));
	receive(&ring, fd, ifq.id);
	do {
		io_uring_submit_and_wait(&ring, 1);
		if (io_uring_peek_cqe(&ring, &cqe))
			continue;
		res = cqe->res;
		if (res > 0) {
			struct zcrx_cqe *data = (void *)(cqe + 1);
			struct zcrx_rqe *back = (void *)(region +
							 ifq.offsets.rqes);

			/* The data lies in our memory already. */
			fwrite(area + ZCRX_OFFSET(data->off), res, 1, stdout);
			total += res;
			/* Give the buffer back. */
			back[tail % ENTRIES].off = ZCRX_OFFSET(data->off) |
						   lent.token;
			back[tail % ENTRIES].len = res;
			__atomic_store_n((__u32 *)(region + ifq.offsets.tail),
					 ++tail, __ATOMIC_RELEASE);
		} else if (res == -ENOSPC || res == -ENOMEM) {
			receive(&ring, fd, ifq.id);	/* go on */
		} else if (res) {
			errno = -res;
			err(1, "receiving");
		}
		io_uring_cqe_seen(&ring, cqe);
	} while (res);

	fprintf(stderr, "%llu bytes, %llu of them copied\n", total,
		(unsigned long long)stats->bytes);
	return fflush(stdout) ? 1 : 0;
}
