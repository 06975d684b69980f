/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Both ends of a mapped ringchar, and readers that follow one with readers=each,
 * for programs in C and C++.
 *
 *	struct ringchar_map m;
 *	int fd = open("/dev/ringchar0", O_RDWR);
 *
 *	if (ringchar_map_open(&m, fd, RINGCHAR_PRODUCER))
 *		err(1, "ringchar0");
 *	while (ringchar_map_write(&m, buf, len) < len)
 *		ringchar_map_wait(&m, -1);
 *	ringchar_map_close(&m);
 *
 * One struct is one side, used by one thread at a time. Data moves without a
 * system call while the other side neither sleeps nor polls. What the other
 * side writes to the shared page is not believed: positions are bounded by the
 * size that the kernel told.
 */
#ifndef _UAPI_SOFTDEV_RINGCHAR_MAP_H
#define _UAPI_SOFTDEV_RINGCHAR_MAP_H

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ringchar.h"

/**
 * struct ringchar_map - one side of a mapped ring
 * @page: the shared page
 * @data: the ring's bytes
 * @size: how many, a power of two
 * @pos: this side's position
 * @side: RINGCHAR_PRODUCER or RINGCHAR_CONSUMER
 * @fd: the descriptor, the caller's
 * @length: of the mapping
 */
struct ringchar_map {
	struct ringchar_page *page;
	unsigned char *data;
	uint32_t size;
	uint32_t pos;
	int side;
	int fd;
	size_t length;
};

/*
 * Map the ring and claim a side. Returns 0, or -1 with errno: EBUSY if the side
 * is taken, EACCES if fd is not O_RDWR, EINVAL if the ring cannot be mapped
 * (full=overwrite, or smaller than a page), ENODEV if the device is gone.
 */
static inline int ringchar_map_open(struct ringchar_map *m, int fd, int side)
{
	struct ringchar_info info;
	void *at;
	int err;

	/* A claim first: from then on the ring keeps its size. */
	if (ioctl(fd, RINGCHAR_IOC_CLAIM, side))
		return -1;
	if (ioctl(fd, RINGCHAR_IOC_INFO, &info))
		goto fail;
	m->length = (size_t)info.data_offset + info.size;
	at = mmap(NULL, m->length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		goto fail;
	m->page = (struct ringchar_page *)at;
	m->data = (unsigned char *)at + info.data_offset;
	m->size = info.size;
	m->side = side;
	m->fd = fd;
	m->pos = side == RINGCHAR_PRODUCER ? m->page->head : m->page->tail;
	return 0;
fail:
	err = errno;
	ioctl(fd, RINGCHAR_IOC_UNCLAIM, side);
	errno = err;
	return -1;
}

/* Give the side back and unmap; the descriptor stays open. */
static inline void ringchar_map_close(struct ringchar_map *m)
{
	munmap(m->page, m->length);
	ioctl(m->fd, RINGCHAR_IOC_UNCLAIM, m->side);
}

/* Bytes free (producer) or held (consumer), records' headers included. */
static inline uint32_t ringchar_map_avail(const struct ringchar_map *m)
{
	uint32_t other, held;

	/* Acquire: pairs with the release in the other side's commit. */
	if (m->side == RINGCHAR_PRODUCER) {
		other = __atomic_load_n(&m->page->tail, __ATOMIC_ACQUIRE);
		held = m->pos - other;
		return held < m->size ? m->size - held : 0;
	}
	other = __atomic_load_n(&m->page->head, __ATOMIC_ACQUIRE);
	held = other - m->pos;
	return held < m->size ? held : m->size;
}

/*
 * The bytes that begin at offset from this side's position and do not wrap:
 * their address, and in *n how many of the *n asked for there are. They belong
 * to this side as far as ringchar_map_avail() says.
 */
static inline unsigned char *ringchar_map_span(const struct ringchar_map *m,
					       uint32_t offset, uint32_t *n)
{
	uint32_t at = (m->pos + offset) & (m->size - 1);

	if (*n > m->size - at)
		*n = m->size - at;
	return m->data + at;
}

/* Hand n bytes to the other side, and wake it if it sleeps. */
static inline void ringchar_map_commit(struct ringchar_map *m, uint32_t n)
{
	uint32_t *mine = m->side == RINGCHAR_PRODUCER ? &m->page->head :
							&m->page->tail;
	uint32_t *waits = m->side == RINGCHAR_PRODUCER ?
			  &m->page->consumer_waits : &m->page->producer_waits;

	m->pos += n;
	/* Release: the bytes were copied before. */
	__atomic_store_n(mine, m->pos, __ATOMIC_RELEASE);
	/* Position before flag; pairs with the barrier of who goes to sleep. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(waits, __ATOMIC_RELAXED))
		ioctl(m->fd, RINGCHAR_IOC_DOORBELL);
}

/* Copy into the ring at an offset from the producer's position. */
static inline void ringchar_map_put(const struct ringchar_map *m,
				    uint32_t offset, const void *from,
				    uint32_t n)
{
	uint32_t first = n;
	unsigned char *to = ringchar_map_span(m, offset, &first);

	memcpy(to, from, first);
	memcpy(m->data, (const unsigned char *)from + first, n - first);
}

/* Copy out of the ring at an offset from the consumer's position. */
static inline void ringchar_map_get(const struct ringchar_map *m,
				    uint32_t offset, void *to, uint32_t n)
{
	uint32_t first = n;
	const unsigned char *from = ringchar_map_span(m, offset, &first);

	memcpy(to, from, first);
	memcpy((unsigned char *)to + first, m->data, n - first);
}

/* Stream: write up to n bytes; returns how many fitted, perhaps 0. */
static inline size_t ringchar_map_write(struct ringchar_map *m,
					const void *buf, size_t n)
{
	uint32_t room = ringchar_map_avail(m);

	if (n > room)
		n = room;
	if (n) {
		ringchar_map_put(m, 0, buf, n);
		ringchar_map_commit(m, n);
	}
	return n;
}

/* Stream: read up to n bytes; returns how many there were, perhaps 0. */
static inline size_t ringchar_map_read(struct ringchar_map *m, void *buf,
				       size_t n)
{
	uint32_t held = ringchar_map_avail(m);

	if (n > held)
		n = held;
	if (n) {
		ringchar_map_get(m, 0, buf, n);
		ringchar_map_commit(m, n);
	}
	return n;
}

/*
 * Records: write one of n bytes. Returns 0, or -1 with errno: EAGAIN without
 * room, EMSGSIZE if it never fits, EINVAL if it is empty.
 */
static inline int ringchar_map_write_record(struct ringchar_map *m,
					    const void *buf, uint32_t n)
{
	if (!n || n > m->size - sizeof(n)) {
		errno = n ? EMSGSIZE : EINVAL;
		return -1;
	}
	if (ringchar_map_avail(m) < n + sizeof(n)) {
		errno = EAGAIN;
		return -1;
	}
	ringchar_map_put(m, 0, &n, sizeof(n));
	ringchar_map_put(m, sizeof(n), buf, n);
	ringchar_map_commit(m, n + sizeof(n));
	return 0;
}

/*
 * Records: read one. Returns its length, or -1 with errno: EAGAIN if there is
 * none, EMSGSIZE if the buffer is too small (the record stays), EBADMSG if the
 * producer wrote nonsense.
 */
static inline long ringchar_map_read_record(struct ringchar_map *m, void *buf,
					    size_t size)
{
	uint32_t held = ringchar_map_avail(m);
	uint32_t n;

	if (!held) {
		errno = EAGAIN;
		return -1;
	}
	if (held <= sizeof(n)) {
		errno = EBADMSG;
		return -1;
	}
	ringchar_map_get(m, 0, &n, sizeof(n));
	if (!n || n > held - sizeof(n)) {
		errno = EBADMSG;
		return -1;
	}
	if (n > size) {
		errno = EMSGSIZE;
		return -1;
	}
	ringchar_map_get(m, sizeof(n), buf, n);
	ringchar_map_commit(m, n + sizeof(n));
	return n;
}

/*
 * Sleep until there is room (producer) or data (consumer), as poll(2): at most
 * timeout milliseconds, -1 for ever. Returns above 0 if it is worth trying, 0
 * when time is up, -1 with errno: ENODEV if the device is gone.
 */
static inline int ringchar_map_wait(struct ringchar_map *m, int timeout)
{
	struct pollfd p;
	int n;

	p.fd = m->fd;
	p.events = m->side == RINGCHAR_PRODUCER ? POLLOUT : POLLIN;
	p.revents = 0;
	n = poll(&p, 1, timeout);
	if (n > 0 && (p.revents & POLLERR)) {
		errno = ENODEV;
		return -1;
	}
	return n;
}

/**
 * struct ringchar_follow - a reader that follows a ring with readers=each
 * @page: the shared page
 * @data: the ring's bytes
 * @size: how many, a power of two
 * @pos: position of the next byte, in 64 bits
 * @lost: bytes lost because the reader was overtaken, records' headers included
 * @fd: the descriptor, the caller's
 * @length: of the mapping
 *
 * It makes no system call while there is something to read, and holds no writer
 * up: a writer that is faster than it overtakes it, also with full=block.
 */
struct ringchar_follow {
	const struct ringchar_page *page;
	const unsigned char *data;
	uint32_t size;
	uint64_t pos;
	uint64_t lost;
	int fd;
	size_t length;
};

/* The tail in 64 bits: how far what is held has been overwritten or taken. */
static inline uint64_t ringchar_follow_tail(const struct ringchar_follow *f)
{
	uint32_t again, low, high;

	do {
		/* Acquire: the driver stores high, tail, again in that order. */
		again = __atomic_load_n(&f->page->tail_high_again,
					__ATOMIC_ACQUIRE);
		low = __atomic_load_n(&f->page->tail, __ATOMIC_ACQUIRE);
		high = __atomic_load_n(&f->page->tail_high, __ATOMIC_RELAXED);
	} while (again != high);
	return (uint64_t)high << 32 | low;
}

/* Bytes to read, if the reader was not overtaken; else any number. */
static inline uint32_t ringchar_follow_avail(const struct ringchar_follow *f)
{
	/* Acquire: the bytes were stored before. */
	uint32_t head = __atomic_load_n(&f->page->head, __ATOMIC_ACQUIRE);
	uint32_t n = head - (uint32_t)f->pos;

	return n < f->size ? n : f->size;
}

/*
 * Map the ring to follow it from the oldest byte held, or from the newest.
 * Returns 0, or -1 with errno: EACCES if fd is not readable or the ring has
 * readers=share, EINVAL if it is smaller than a page, ENODEV if the device is
 * gone.
 */
static inline int ringchar_follow_open(struct ringchar_follow *f, int fd,
				       int newest)
{
	struct ringchar_info info;
	void *at;

	for (;;) {
		if (ioctl(fd, RINGCHAR_IOC_INFO, &info))
			return -1;
		if (info.readers != RINGCHAR_EACH) {
			errno = EACCES;
			return -1;
		}
		f->length = (size_t)info.data_offset + info.size;
		at = mmap(NULL, f->length, PROT_READ, MAP_SHARED, fd, 0);
		if (at == MAP_FAILED)
			return -1;
		f->page = (const struct ringchar_page *)at;
		/* From now on the ring keeps its size. */
		if (f->page->size == info.size)
			break;
		munmap(at, f->length);
	}
	f->data = (const unsigned char *)at + info.data_offset;
	f->size = info.size;
	f->fd = fd;
	f->lost = 0;
	f->pos = ringchar_follow_tail(f);
	if (newest)
		f->pos += ringchar_follow_avail(f);
	return 0;
}

/* Unmap; the descriptor stays open. */
static inline void ringchar_follow_close(struct ringchar_follow *f)
{
	munmap((void *)f->page, f->length);
}

/* Copy out of the ring at an offset from the position; worth nothing yet. */
static inline void ringchar_follow_get(const struct ringchar_follow *f,
				       uint32_t offset, void *to, uint32_t n)
{
	uint32_t at = ((uint32_t)f->pos + offset) & (f->size - 1);
	uint32_t first = n < f->size - at ? n : f->size - at;

	memcpy(to, f->data + at, first);
	memcpy((unsigned char *)to + first, f->data, n - first);
}

/*
 * Was the reader overtaken, so that what it copied is worth nothing? Then it goes
 * on with the oldest byte.
 */
static inline int ringchar_follow_overtaken(struct ringchar_follow *f)
{
	uint64_t tail;

	/* The copy before the tail; pairs with the driver's barrier. */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	tail = ringchar_follow_tail(f);
	if (tail <= f->pos)
		return 0;
	f->lost += tail - f->pos;
	f->pos = tail;
	errno = EPIPE;
	return 1;
}

/*
 * Stream: read up to n bytes. Returns how many there were, perhaps 0, or -1 with
 * errno EPIPE if the reader was overtaken: call it again.
 */
static inline long ringchar_follow_read(struct ringchar_follow *f, void *buf,
					size_t n)
{
	uint32_t held = ringchar_follow_avail(f);

	if (n > held)
		n = held;
	ringchar_follow_get(f, 0, buf, n);
	if (ringchar_follow_overtaken(f))
		return -1;
	f->pos += n;
	return n;
}

/*
 * Records: read one. Returns its length, 0 if there is none, or -1 with errno:
 * EPIPE as ringchar_follow_read(), EMSGSIZE if the buffer is too small (the
 * record stays).
 */
static inline long ringchar_follow_read_record(struct ringchar_follow *f,
					       void *buf, size_t size)
{
	uint32_t held = ringchar_follow_avail(f);
	uint32_t n = 0;

	if (held > sizeof(n))
		ringchar_follow_get(f, 0, &n, sizeof(n));
	if (n && n <= size && n <= held - sizeof(n))
		ringchar_follow_get(f, sizeof(n), buf, n);
	if (ringchar_follow_overtaken(f))
		return -1;
	if (n > size) {
		errno = EMSGSIZE;
		return -1;
	}
	if (n)
		f->pos += sizeof(n) + n;
	return n;
}

/*
 * Sleep until there is something to read, as ringchar_map_wait(). Plain reads of
 * the same descriptor jump to the newest byte.
 */
static inline int ringchar_follow_wait(struct ringchar_follow *f, int timeout)
{
	struct pollfd p;
	int n;

	p.fd = f->fd;
	p.events = POLLIN;
	p.revents = 0;
	/* What is written from now on ends poll(); what was before is seen here. */
	if (lseek(f->fd, 0, SEEK_END))
		return -1;
	if (ringchar_follow_avail(f))
		return 1;
	n = poll(&p, 1, timeout);
	if (n > 0 && (p.revents & POLLERR)) {
		errno = ENODEV;
		return -1;
	}
	return n;
}

#endif /* _UAPI_SOFTDEV_RINGCHAR_MAP_H */
