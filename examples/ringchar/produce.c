// SPDX-License-Identifier: GPL-2.0
/*
 * produce: copies standard input into a mapped ring.
 *
 *	produce /dev/ringchar0 <file
 *
 * While the other side keeps up no system call is made for the ring.
 */
#include <err.h>
#include <fcntl.h>
#include <softdev/ringchar_map.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct ringchar_map m;
	char buf[4096];
	ssize_t n;
	int fd;

	if (argc != 2)
		errx(2, "usage: produce RING <FILE");
	fd = open(argv[1], O_RDWR);
	if (fd < 0 || ringchar_map_open(&m, fd, RINGCHAR_PRODUCER))
		err(1, "%s", argv[1]);
	while ((n = read(0, buf, sizeof(buf))) > 0) {
		size_t done = 0;

		while (done < (size_t)n) {
			size_t now = ringchar_map_write(&m, buf + done,
							n - done);

			/* Full: sleep until the other side has read. */
			if (!now && ringchar_map_wait(&m, -1) < 0)
				err(1, "%s", argv[1]);
			done += now;
		}
	}
	if (n < 0)
		err(1, "standard input");
	ringchar_map_close(&m);
	return 0;
}
