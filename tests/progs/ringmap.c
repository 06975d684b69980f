// SPDX-License-Identifier: GPL-2.0-only
/*
 * ringmap: one side of a ringchar, mapped or not, moves a known pattern.
 *
 *	ringmap (produce|consume|follow) (map|plain) (stream|record) DEVICE BYTES [CHUNK]
 *
 * Prints "sides=BYTES doorbells=N" of its side; exits 1 where a byte is wrong.
 * The two patterns are the same, so any two sides go together. With readers=each
 * a mapped reader follows; it must not be overtaken.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <softdev/ringchar_map.h>

static unsigned char buf[1 << 20];
static unsigned long waits;

static unsigned char byte_at(unsigned long pos)
{
	return pos * 2654435761UL >> 13;
}

/* Records have lengths that depend on where they begin. */
static size_t length_at(unsigned long pos, size_t chunk, size_t left,
			int record)
{
	size_t n = record ? 1 + pos * 40503UL / 7 % chunk : chunk;

	return n < left ? n : left;
}

static ssize_t move_mapped(struct ringchar_map *m, size_t n, int record)
{
	ssize_t ret;

	for (;;) {
		if (m->side == RINGCHAR_PRODUCER && record)
			ret = ringchar_map_write_record(m, buf, n) ? -1 :
			      (ssize_t)n;
		else if (record)
			ret = ringchar_map_read_record(m, buf, sizeof(buf));
		else if (m->side == RINGCHAR_PRODUCER)
			ret = ringchar_map_write(m, buf, n);
		else
			ret = ringchar_map_read(m, buf, n);
		if (ret > 0)
			return ret;
		if (ret < 0 && errno != EAGAIN)
			err(1, "record");
		waits++;
		if (ringchar_map_wait(m, 20000) <= 0)
			err(1, "wait");
	}
}

static ssize_t move_followed(struct ringchar_follow *f, size_t n, int record)
{
	for (;;) {
		ssize_t ret = record ?
			ringchar_follow_read_record(f, buf, sizeof(buf)) :
			ringchar_follow_read(f, buf, n);

		if (ret > 0)
			return ret;
		if (ret < 0)
			err(1, "follow");
		waits++;
		if (ringchar_follow_wait(f, 20000) <= 0)
			err(1, "wait");
	}
}

int main(int argc, char **argv)
{
	unsigned long total, pos = 0;
	int produce, map, record, follow, fd;
	struct ringchar_follow f = { 0 };
	struct ringchar_map m = { 0 };
	size_t chunk;

	if (argc < 6)
		errx(2, "usage: ringmap (produce|consume|follow) (map|plain) (stream|record) DEVICE BYTES [CHUNK]");
	produce = !strcmp(argv[1], "produce");
	follow = !strcmp(argv[1], "follow");
	map = !follow && !strcmp(argv[2], "map");
	record = !strcmp(argv[3], "record");
	total = strtoul(argv[5], NULL, 0);
	chunk = argc > 6 ? strtoul(argv[6], NULL, 0) : 1000;
	if (!chunk || chunk > sizeof(buf))
		errx(2, "chunk");
	fd = open(argv[4], map ? O_RDWR : produce ? O_WRONLY : O_RDONLY);
	if (fd < 0)
		err(1, "%s", argv[4]);
	if (map && ringchar_map_open(&m, fd, produce ? RINGCHAR_PRODUCER :
						       RINGCHAR_CONSUMER))
		err(1, "map %s", argv[4]);
	if (follow && ringchar_follow_open(&f, fd, 0))
		err(1, "follow %s", argv[4]);
	while (pos < total) {
		size_t n = length_at(pos, chunk, total - pos, record), i;
		ssize_t moved;

		if (produce)
			for (i = 0; i < n; i++)
				buf[i] = byte_at(pos + i);
		if (map)
			moved = move_mapped(&m, n, record);
		else if (follow)
			moved = move_followed(&f, n, record);
		else if (produce)
			moved = write(fd, buf, n);
		else
			moved = read(fd, buf, record ? sizeof(buf) : n);
		if (moved <= 0)
			err(1, "moved %zd at %lu", moved, pos);
		if (record && (size_t)moved != n)
			errx(1, "record at %lu: %zd bytes, not %zu", pos, moved,
			     n);
		if (!produce) {
			for (i = 0; i < (size_t)moved; i++) {
				if (buf[i] != byte_at(pos + i))
					errx(1, "wrong byte at %lu", pos + i);
			}
		}
		pos += moved;
	}
	if (map)
		ringchar_map_close(&m);
	if (follow)
		ringchar_follow_close(&f);
	printf("moved %lu bytes, waited %lu times\n", pos, waits);
	return 0;
}
