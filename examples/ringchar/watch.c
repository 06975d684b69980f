// SPDX-License-Identifier: GPL-2.0
/*
 * watch: tells what arrives in a ring, and leaves it there.
 *
 *	watch /dev/ringchar0 SECONDS
 *
 * Sleeps in poll(2) until there is something, asks by ioctl how the ring is set
 * and how much it holds, and looks at the first bytes without taking them.
 */
#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <softdev/ringchar.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>

int main(int argc, char **argv)
{
	char buf[16];
	struct ringchar_peek peek = {
		.buf = (uintptr_t)buf,
		.len = sizeof(buf),
	};
	struct ringchar_info info;
	struct pollfd p = { .events = POLLIN };
	int n;

	if (argc != 3)
		errx(2, "usage: watch RING SECONDS");
	p.fd = open(argv[1], O_RDONLY | O_NONBLOCK);
	if (p.fd < 0)
		err(1, "%s", argv[1]);
	n = poll(&p, 1, atoi(argv[2]) * 1000);
	if (n < 0)
		err(1, "poll");
	if (!n)
		errx(1, "nothing came");
	if (p.revents & POLLERR)
		errx(1, "%s has gone", argv[1]);
	if (ioctl(p.fd, RINGCHAR_IOC_INFO, &info))
		err(1, "%s: RINGCHAR_IOC_INFO", argv[1]);
	printf("%s mode, %u of %u bytes\n",
	       info.mode == RINGCHAR_RECORD ? "record" : "stream",
	       info.stored, info.size);
	if (ioctl(p.fd, RINGCHAR_IOC_PEEK, &peek))
		err(1, "%s: RINGCHAR_IOC_PEEK", argv[1]);
	printf("first %u: %.*s\n", peek.got, (int)peek.got, buf);
	return 0;
}
