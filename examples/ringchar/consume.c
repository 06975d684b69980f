// SPDX-License-Identifier: GPL-2.0
/*
 * consume: takes bytes out of a mapped ring, to standard output.
 *
 *	consume /dev/ringchar0 BYTES >file
 */
#include <err.h>
#include <fcntl.h>
#include <softdev/ringchar_map.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct ringchar_map m;
	char buf[4096];
	long long left;
	int fd;

	if (argc != 3)
		errx(2, "usage: consume RING BYTES >FILE");
	left = atoll(argv[2]);
	fd = open(argv[1], O_RDWR);
	if (fd < 0 || ringchar_map_open(&m, fd, RINGCHAR_CONSUMER))
		err(1, "%s", argv[1]);
	while (left > 0) {
		size_t most = left < (long long)sizeof(buf) ? (size_t)left :
							      sizeof(buf);
		size_t n = ringchar_map_read(&m, buf, most);

		/* Empty: sleep until the other side has written. */
		if (!n && ringchar_map_wait(&m, -1) < 0)
			err(1, "%s", argv[1]);
		for (size_t done = 0; done < n;) {
			ssize_t now = write(1, buf + done, n - done);

			if (now < 0)
				err(1, "standard output");
			done += now;
		}
		left -= n;
	}
	ringchar_map_close(&m);
	return 0;
}
