// SPDX-License-Identifier: GPL-2.0-only
/*
 * zcrxbind INTERFACE QUEUE TIMES: lends memory to a queue and takes it back, by
 * which the queue restarts twice, so many times. The last time it kills itself
 * with the memory still lent. Prints the error if lending is refused, and ends
 * with it as its status.
 *
 * zcrxbind INTERFACE QUEUE hold PORT: lends memory, listens, and does nothing.
 * libs: -luring
 */
#include <err.h>
#include <errno.h>
#include <liburing.h>
#include <net/if.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "../../examples/zcrx/zcrx.h"

#define AREA	(256 << 10)
#define REGION	(64 << 10)

static void *memory(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_ANONYMOUS | MAP_PRIVATE | MAP_POPULATE, -1, 0);

	if (p == MAP_FAILED)
		err(1, "mmap");
	return p;
}

/* Connections are made and data comes, but nobody looks at it. */
static void hold(unsigned short port)
{
	struct sockaddr_in6 addr = {
		.sin6_family = AF_INET6, .sin6_port = htons(port),
	};
	int s = socket(AF_INET6, SOCK_STREAM, 0);

	if (bind(s, (void *)&addr, sizeof(addr)) || listen(s, 64))
		err(1, "port %u", port);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	void *area = memory(AREA), *region = memory(REGION);
	int i, times;

	if (argc < 4)
		errx(1, "usage: zcrxbind INTERFACE QUEUE TIMES | hold PORT");
	times = argc > 4 ? 1 : atoi(argv[3]);
	for (i = 0; i < times; i++) {
		struct io_uring_params params = {
			.flags = IORING_SETUP_CQE32 | IORING_SETUP_SINGLE_ISSUER |
				 IORING_SETUP_DEFER_TASKRUN,
		};
		struct zcrx_area lent = { .addr = (__u64)area, .len = AREA };
		struct zcrx_region refill = {
			.user_addr = (__u64)region, .size = REGION,
			.flags = ZCRX_REGION_USER,
		};
		struct zcrx_ifq ifq = {
			.ifindex = if_nametoindex(argv[1]),
			.queue = atoi(argv[2]), .entries = 64,
			.area = (__u64)&lent, .region = (__u64)&refill,
		};
		struct io_uring ring;

		if (io_uring_queue_init_params(8, &ring, &params))
			errx(1, "no io_uring with CQE32 and DEFER_TASKRUN");
		/* What was closed is taken back by a work item. */
		while (syscall(__NR_io_uring_register, ring.ring_fd,
			       ZCRX_REGISTER_IFQ, &ifq, 1)) {
			if (i && errno == EEXIST) {
				usleep(1000);
				continue;
			}
			printf("%s\n", strerror(errno));
			return errno;
		}
		if (argc > 4)
			hold(atoi(argv[4]));
		if (i == times - 1)
			kill(getpid(), SIGKILL);
		io_uring_queue_exit(&ring);
	}
	return 0;
}
