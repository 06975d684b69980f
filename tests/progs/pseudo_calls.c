// SPDX-License-Identifier: GPL-2.0-only
/*
 * pseudo_calls: does every call that a file like /dev/null, /dev/zero or
 * /dev/full could meet, and prints what came of it, a line each.
 *
 *   pseudo_calls NODE DIRECTORY
 *
 * The output holds nothing that depends on the node's name, numbers or on
 * addresses, so that of two nodes that do the same is the same. DIRECTORY is
 * for files of its own.
 *
 * libs: -luring
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <limits.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

/* Calls that no sane program makes are what this is about. */
#pragma GCC diagnostic ignored "-Wnonnull"
#pragma GCC diagnostic ignored "-Wstringop-overflow"

#define ROOM	(2 << 20)
#define PAGE	((size_t)page)

static const char *node, *dir;
static unsigned char *buf;	/* ROOM bytes, then a page nobody may touch */
static long page;

static const char *name_of(int err)
{
	static char number[16];
	const char *name = strerrorname_np(err);

	snprintf(number, sizeof(number), "%d", err);
	return name ? name : number;
}

static void show(const char *what, long long ret)
{
	int err = errno;

	if (ret < 0)
		printf("%s: %s\n", what, name_of(err));
	else
		printf("%s: %lld\n", what, ret);
	errno = 0;
}

#define SHOW(call)	do { errno = 0; show(#call, (call)); } while (0)

/* What a call left in the buffer, as a number. */
static void digest(const char *what, const unsigned char *p, size_t len)
{
	uint64_t h = 14695981039346656037ull;
	size_t i;

	for (i = 0; i < len; i++)
		h = (h ^ p[i]) * 1099511628211ull;
	printf("%s: contents %016llx\n", what, (unsigned long long)h);
}

static void dirty(void)
{
	size_t i;

	for (i = 0; i < ROOM; i++)
		buf[i] = i * 31 + 7;
}

static int get(int flags)
{
	int fd = open(node, flags, 0600);

	if (fd < 0) {
		printf("open %#x: %s\n", flags, name_of(errno));
		exit(1);
	}
	return fd;
}

static void opening(void)
{
	static const int flags[] = {
		O_RDONLY, O_WRONLY, O_RDWR, O_RDWR | O_APPEND,
		O_RDWR | O_NONBLOCK, O_RDWR | O_TRUNC, O_RDWR | O_CREAT,
		O_RDWR | O_CREAT | O_EXCL, O_RDWR | O_DIRECT, O_RDWR | O_SYNC,
		O_RDWR | O_ASYNC, O_RDONLY | O_DIRECTORY, O_RDONLY | O_NOFOLLOW,
		O_PATH, O_RDWR | O_NOATIME, O_RDWR | O_TMPFILE, 3,
	};
	char name[64];
	struct stat st;
	size_t i;
	int fd;

	for (i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		errno = 0;
		fd = open(node, flags[i], 0600);
		snprintf(name, sizeof(name), "open %#x", flags[i]);
		show(name, fd < 0 ? -1 : 0);
		if (fd < 0)
			continue;
		snprintf(name, sizeof(name), "open %#x F_GETFL", flags[i]);
		show(name, fcntl(fd, F_GETFL));
		close(fd);
	}
	stat(node, &st);
	printf("stat: mode %o size %lld blocks %lld\n", st.st_mode,
	       (long long)st.st_size, (long long)st.st_blocks);
}

static void sizes(void)
{
	static const size_t lens[] = {
		0, 1, 511, 4095, 4096, 4097, 65536, 65537, 1 << 20,
		(1 << 20) + 3,
	};
	int fd = get(O_RDWR), ro = get(O_RDONLY), wo = get(O_WRONLY);
	size_t i;

	for (i = 0; i < sizeof(lens) / sizeof(*lens); i++) {
		printf("length %zu\n", lens[i]);
		dirty();
		SHOW(read(fd, buf, lens[i]));
		digest("read", buf, lens[i] + 1);
		dirty();
		SHOW(read(fd, buf + 1, lens[i]));
		digest("read", buf, lens[i] + 2);
		SHOW(write(fd, buf, lens[i]));
		dirty();
		SHOW(pread(fd, buf, lens[i], 12345));
		digest("pread", buf, lens[i] + 1);
		SHOW(pwrite(fd, buf, lens[i], 12345));
		SHOW(lseek(fd, 0, SEEK_CUR));
	}
	SHOW(read(wo, buf, 1));
	SHOW(write(ro, buf, 1));
	SHOW(read(fd, buf, SIZE_MAX));
	SHOW(write(fd, buf, SIZE_MAX));
	SHOW(write(fd, buf, SSIZE_MAX));
	SHOW(pread(fd, buf, 10, -1));
	SHOW(pwrite(fd, buf, 10, -1));
	SHOW(pread(fd, buf, 10, LLONG_MAX - 10));
	SHOW(pread(fd, buf, 10, LLONG_MAX - 9));
	SHOW(pwrite(fd, buf, 10, LLONG_MAX - 10));
	SHOW(pwrite(fd, buf, 10, LLONG_MAX - 9));
	close(fd);
	close(ro);
	close(wo);
}

static void bad_memory(void)
{
	int fd = get(O_RDWR);
	unsigned char *edge = buf + ROOM;
	struct iovec good_bad[] = {
		{ buf, 100 }, { edge, 100 }, { buf + 200, 100 },
	};
	struct iovec bad_good[] = { { edge, 100 }, { buf, 100 } };
	void *nowhere = NULL;

	SHOW(read(fd, nowhere, 100));
	SHOW(write(fd, nowhere, 100));
	SHOW(read(fd, (void *)-4096L, 100));
	SHOW(write(fd, (void *)-4096L, 100));
	SHOW(read(fd, edge, 100));
	SHOW(write(fd, edge, 100));
	dirty();
	SHOW(read(fd, edge - 4096, 8192));
	SHOW(read(fd, edge - 5000, 10000));
	SHOW(read(fd, edge - 100000, 200000));
	SHOW(read(fd, edge - 1, 2));
	digest("edge", buf, ROOM);
	SHOW(write(fd, edge - 5000, 10000));
	dirty();
	SHOW(readv(fd, good_bad, 3));
	SHOW(readv(fd, bad_good, 2));
	digest("readv", buf, 1000);
	SHOW(writev(fd, good_bad, 3));
	SHOW(writev(fd, bad_good, 2));
	SHOW(readv(fd, nowhere, 3));
	close(fd);
}

static void vectors(void)
{
	static const int flags[] = {
		0, RWF_HIPRI, RWF_DSYNC, RWF_SYNC, RWF_NOWAIT, RWF_APPEND,
		RWF_NOWAIT | RWF_HIPRI, 0x20, 0x40, 0x80, 0x100, 0x8000,
	};
	struct iovec iov[1025], empty[2] = { { buf, 0 }, { buf + 1, 0 } };
	int fd = get(O_RDWR), nb = get(O_RDWR | O_NONBLOCK);
	size_t i;

	for (i = 0; i < 1025; i++)
		iov[i] = (struct iovec){ buf + i * 1000, 999 };
	dirty();
	SHOW(readv(fd, iov, 1024));
	digest("readv", buf, ROOM);
	SHOW(writev(fd, iov, 1024));
	SHOW(readv(fd, iov, 1025));
	SHOW(writev(fd, iov, 1025));
	SHOW(readv(fd, iov, 0));
	SHOW(writev(fd, iov, 0));
	SHOW(readv(fd, empty, 2));
	SHOW(writev(fd, empty, 2));
	for (i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		printf("flags %#x\n", flags[i]);
		SHOW(preadv2(fd, iov, 3, 0, flags[i]));
		SHOW(preadv2(fd, iov, 3, 77, flags[i]));
		SHOW(preadv2(fd, iov, 3, -1, flags[i]));
		SHOW(pwritev2(fd, iov, 3, 0, flags[i]));
		SHOW(pwritev2(fd, iov, 3, 77, flags[i]));
		SHOW(pwritev2(fd, iov, 3, -1, flags[i]));
		SHOW(pwritev2(fd, empty, 2, 0, flags[i]));
		SHOW(preadv2(nb, iov, 3, 0, flags[i]));
		SHOW(pwritev2(nb, iov, 3, 0, flags[i]));
	}
	SHOW(preadv2(fd, iov, 3, -2, 0));
	SHOW(lseek(fd, 0, SEEK_CUR));
	close(fd);
	close(nb);
}

static void seeking(void)
{
	static const long long offsets[] = {
		0, 5, -5, 1LL << 40, LLONG_MAX, LLONG_MIN,
	};
	int fd = get(O_RDWR), whence;
	size_t i;

	for (whence = -1; whence <= 6; whence++) {
		for (i = 0; i < sizeof(offsets) / sizeof(*offsets); i++) {
			printf("whence %d offset %lld\n", whence, offsets[i]);
			SHOW(lseek(fd, offsets[i], whence));
			SHOW(read(fd, buf, 10));
			SHOW(lseek(fd, 0, SEEK_CUR));
		}
	}
	close(fd);
}

static void polling(void)
{
	int fd = get(O_RDWR), ep = epoll_create1(0);
	struct epoll_event ev = { .events = EPOLLIN | EPOLLOUT };
	struct pollfd p = { .fd = fd };
	struct timeval none = { 0 };
	fd_set r, w, x;

	p.events = -1;
	SHOW(poll(&p, 1, 0));
	printf("poll: events %#x\n", p.revents);
	p.events = POLLPRI;
	SHOW(poll(&p, 1, 0));
	printf("poll: events %#x\n", p.revents);
	SHOW(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev));
	FD_ZERO(&r);
	FD_SET(fd, &r);
	w = r;
	x = r;
	SHOW(select(fd + 1, &r, &w, &x, &none));
	printf("select: %d %d %d\n", FD_ISSET(fd, &r), FD_ISSET(fd, &w),
	       FD_ISSET(fd, &x));
	close(fd);
	close(ep);
}

static int touch_in_child(unsigned char *p)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		p[1] = 99;
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return p[1];
}

static void map_once_here(int fd, size_t len, int prot, int flags, off_t off)
{
	unsigned char *p;

	errno = 0;
	p = mmap(NULL, len, prot, flags, fd, off);
	show("mmap", p == MAP_FAILED ? -1 : 0);
	if (p == MAP_FAILED)
		return;
	if (prot & PROT_READ)
		digest("mmap", p, len);
	if ((prot & 3) == 3) {
		p[0] = 1;
		p[len - 1] = 2;
		printf("child's write: %d\n", touch_in_child(p));
		digest("mmap after", p, len);
		SHOW(msync(p, len, MS_SYNC));
		SHOW(madvise(p, len, MADV_DONTNEED));
		digest("mmap dropped", p, len);
		SHOW(madvise(p, len, MADV_REMOVE));
		digest("mmap removed", p, len);
		SHOW(mprotect(p, PAGE, PROT_READ));
		SHOW(madvise(p, len, MADV_POPULATE_WRITE));
		SHOW(madvise(p, len, MADV_COLD));
	}
	if (len > 2 * PAGE) {
		SHOW(munmap(p + PAGE, PAGE));
		SHOW(mremap(p, PAGE, 2 * PAGE, 0) == MAP_FAILED ? -1 : 0);
	}
	SHOW(munmap(p, len));
}

static sigjmp_buf bus;

static void on_bus(int sig)
{
	siglongjmp(bus, sig);
}

/* Some mappings are SIGBUS, in-tree too. */
static void map_once(int fd, size_t len, int prot, int flags, off_t off)
{
	struct sigaction sa = { .sa_handler = on_bus };

	sigaction(SIGBUS, &sa, NULL);
	if (sigsetjmp(bus, 1))
		printf("SIGBUS\n");
	else
		map_once_here(fd, len, prot, flags, off);
	signal(SIGBUS, SIG_DFL);
}

static void mapping(void)
{
	static const int prots[] = {
		PROT_READ, PROT_WRITE, PROT_READ | PROT_WRITE, PROT_NONE,
		PROT_READ | PROT_EXEC,
	};
	static const int flags[] = {
		MAP_SHARED, MAP_PRIVATE, MAP_SHARED_VALIDATE,
		MAP_SHARED | MAP_POPULATE, MAP_PRIVATE | MAP_POPULATE,
		MAP_SHARED | MAP_NORESERVE, MAP_SHARED_VALIDATE | MAP_SYNC,
		MAP_PRIVATE | MAP_LOCKED, 0,
	};
	static const int modes[] = { O_RDWR, O_RDONLY, O_WRONLY };
	size_t m, i, j;

	for (m = 0; m < 3; m++) {
		int fd = get(modes[m]);

		for (i = 0; i < sizeof(prots) / sizeof(*prots); i++) {
			for (j = 0; j < sizeof(flags) / sizeof(*flags); j++) {
				printf("mode %d prot %d flags %#x\n", modes[m],
				       prots[i], flags[j]);
				map_once(fd, 5 * PAGE, prots[i], flags[j], 0);
			}
		}
		map_once(fd, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
			 PAGE * 7);
		map_once(fd, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE,
			 PAGE * 7);
		map_once(fd, 100, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
		map_once(fd, PAGE, PROT_READ, MAP_SHARED, 1);
		map_once(fd, 0, PROT_READ, MAP_SHARED, 0);
		map_once(fd, 4 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE, 0);
		map_once(fd, 4 << 20, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
		close(fd);
	}
}

/* Two mappings of one open file share nothing: each is zeros of its own. */
static void mapping_twice(void)
{
	int fd = get(O_RDWR);
	unsigned char *a, *b;

	a = mmap(NULL, PAGE, 3, MAP_SHARED, fd, 0);
	b = mmap(NULL, PAGE, 3, MAP_SHARED, fd, 0);
	if (a != MAP_FAILED && b != MAP_FAILED) {
		*a = 5;
		printf("second mapping: %d\n", *b);
		b = mremap(a, 0, PAGE, MREMAP_MAYMOVE);
		printf("duplicate: %d\n", b == MAP_FAILED ? -1 : *b);
		/* Moved: the kernel asks the mapping's file where to. */
		b = mremap(a, PAGE, 4 << 20, MREMAP_MAYMOVE);
		printf("grown: %d\n", b == MAP_FAILED ? -1 : *b);
		if (b != MAP_FAILED)
			a = b;
		close(fd);
		SHOW(read(get(O_RDONLY), a, 10));
		printf("mapping read into: %d\n", *a);
	}
}

static int file(size_t len)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/data", dir);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || write(fd, buf, len) != (ssize_t)len) {
		perror(path);
		exit(1);
	}
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static size_t drain(int fd)
{
	size_t sum = 0;
	ssize_t n;

	while ((n = read(fd, buf, ROOM)) > 0) {
		digest("pipe", buf, n);
		sum += n;
	}
	return sum;
}

static void splicing(void)
{
	int fd = get(O_RDWR), ap = get(O_RDWR | O_APPEND), p[2], f;
	off_t off = 100;

	signal(SIGPIPE, SIG_IGN);
	if (pipe2(p, O_NONBLOCK))
		exit(1);
	dirty();
	SHOW(splice(fd, NULL, p[1], NULL, 10000, 0));
	SHOW(drain(p[0]));
	SHOW(splice(fd, NULL, p[1], NULL, 1 << 20, SPLICE_F_MOVE));
	SHOW(splice(fd, NULL, p[1], NULL, 1 << 20, 0));
	SHOW(drain(p[0]));
	SHOW(splice(fd, &off, p[1], NULL, 4096, 0));
	printf("offset %lld\n", (long long)off);
	SHOW(drain(p[0]));
	SHOW(splice(fd, NULL, p[1], NULL, 0, 0));
	SHOW(splice(fd, NULL, fd, NULL, 100, 0));

	SHOW(splice(p[0], NULL, fd, NULL, 100, SPLICE_F_NONBLOCK));
	SHOW(write(p[1], buf, 10000));
	SHOW(splice(p[0], NULL, fd, NULL, 4000, 0));
	off = 100;
	SHOW(splice(p[0], NULL, fd, &off, 4000, SPLICE_F_MORE));
	printf("offset %lld\n", (long long)off);
	SHOW(splice(p[0], NULL, ap, NULL, 100, 0));
	SHOW(splice(p[0], NULL, fd, NULL, 0, 0));
	SHOW(splice(p[0], NULL, fd, NULL, 100000, SPLICE_F_NONBLOCK));
	SHOW(drain(p[0]));

	f = file(50000);
	SHOW(sendfile(fd, f, NULL, 50000));
	SHOW(lseek(f, 0, SEEK_CUR));
	SHOW(sendfile(ap, f, NULL, 100));
	off = 3;
	SHOW(sendfile(f, fd, NULL, 5000));
	SHOW(sendfile(f, fd, &off, 5000));
	SHOW(sendfile(p[1], fd, NULL, 5000));
	SHOW(drain(p[0]));
	SHOW(sendfile(fd, fd, NULL, 5000));
	SHOW(copy_file_range(fd, NULL, f, NULL, 100, 0));
	SHOW(copy_file_range(f, NULL, fd, NULL, 100, 0));
	SHOW(tee(fd, p[1], 10, 0));

	close(p[1]);
	SHOW(splice(p[0], NULL, fd, NULL, 100, 0));
	close(p[0]);
	close(f);
	close(fd);
	close(ap);
}

static void odds(void)
{
	int fd = get(O_RDWR), n = 0;
	struct file_clone_range clone = { .src_fd = fd };
	struct termios t;

	SHOW(fsync(fd));
	SHOW(fdatasync(fd));
	SHOW(syncfs(fd));
	SHOW(sync_file_range(fd, 0, 100, 2));
	SHOW(ftruncate(fd, 0));
	SHOW(ftruncate(fd, 100));
	SHOW(truncate(node, 0));
	SHOW(fallocate(fd, 0, 0, 100));
	SHOW(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 100));
	SHOW(posix_fadvise(fd, 0, 100, POSIX_FADV_SEQUENTIAL));
	SHOW(readahead(fd, 0, 100));
	SHOW(ioctl(fd, FIONREAD, &n));
	SHOW(ioctl(fd, FIONBIO, &n));
	SHOW(ioctl(fd, FIOASYNC, &n));
	n = 1;
	SHOW(ioctl(fd, FIOASYNC, &n));
	SHOW(ioctl(fd, FIGETBSZ, &n));
	SHOW(ioctl(fd, FIBMAP, &n));
	SHOW(ioctl(fd, BLKGETSIZE, &n));
	SHOW(ioctl(fd, TCGETS, &t));
	SHOW(ioctl(fd, FICLONERANGE, &clone));
	SHOW(ioctl(fd, 0xdead, 0));
	SHOW(isatty(fd));
	SHOW(flock(fd, LOCK_EX | LOCK_NB));
	SHOW(flock(fd, LOCK_UN));
	SHOW(lockf(fd, F_TLOCK, 10));
	SHOW(fcntl(fd, F_SETFL, O_NONBLOCK));
	SHOW(fcntl(fd, F_SETFL, O_DIRECT));
	SHOW(fcntl(fd, F_SETFL, O_ASYNC));
	SHOW(fcntl(fd, F_SETFL, O_APPEND));
	SHOW(fcntl(fd, F_GETFL));
	SHOW(fcntl(fd, F_SETLEASE, F_WRLCK));
	SHOW(fcntl(fd, F_GETPIPE_SZ));
	SHOW(fcntl(fd, F_ADD_SEALS, 0));
	SHOW(fchdir(fd));
	SHOW(syscall(SYS_getdents64, fd, buf, 100));
	close(fd);
}

static void on_alarm(int sig)
{
	(void)sig;
}

/* A signal ends a long call, short and without an error. */
static void signals(void)
{
	struct itimerval soon = {
		.it_value.tv_usec = 1000, .it_interval.tv_usec = 1000,
	};
	struct sigaction sa = { .sa_handler = on_alarm };
	const struct itimerval never = { 0 };
	struct iovec iov[1023];
	int fd = get(O_RDWR), i, restart, tries;
	ssize_t n;

	for (i = 0; i < 1023; i++)
		iov[i] = (struct iovec){ buf, ROOM };
	for (restart = 0; restart < 2; restart++) {
		sa.sa_flags = restart ? SA_RESTART : 0;
		sigaction(SIGALRM, &sa, NULL);
		setitimer(ITIMER_REAL, &soon, NULL);
		/* On a busy machine the signal may come too late for one. */
		tries = 100;
		do {
			n = readv(fd, iov, 1023);
		} while (n == 1023L * ROOM && --tries);
		setitimer(ITIMER_REAL, &never, NULL);
		if (n <= 0)
			show("long read", n);
		else
			printf("long read: %s, %zd\n",
			       n < 1023L * ROOM ? "short" : "whole", n % page);
	}
	close(fd);
}

/*
 * False if a read should be tried again: io_uring's own work for this thread
 * looks like a signal to the kernel, and a long read ends early for one.
 */
static bool ring_one(struct io_uring *ring, const char *what, unsigned int flags,
		     struct io_uring_sqe *sqe, bool last)
{
	bool read = sqe->opcode == IORING_OP_READ ||
		    sqe->opcode == IORING_OP_READ_FIXED;
	int asked = sqe->len;
	struct io_uring_cqe *cqe;
	int res;

	io_uring_sqe_set_flags(sqe, flags);
	io_uring_submit(ring);
	if (io_uring_wait_cqe(ring, &cqe))
		exit(1);
	res = cqe->res;
	io_uring_cqe_seen(ring, cqe);
	if (!last && read && res > 0 && res < asked)
		return false;
	errno = res < 0 ? -res : 0;
	show(what, res < 0 ? -1 : res);
	return true;
}

static void prep_cmd(struct io_uring_sqe *sqe, int fd)
{
	io_uring_prep_rw(IORING_OP_URING_CMD, sqe, fd, NULL, 0, 0);
}

static void ring_all(struct io_uring *ring, int fd, unsigned int flags)
{
	struct iovec iov[3] = {
		{ buf, 5000 }, { buf + 6000, 1 }, { buf + 7000, 100000 },
	};
	struct io_uring_sqe *sqe;
	int tries;

#define RING(prep, ...) do {						\
	tries = 20;							\
	do {								\
		sqe = io_uring_get_sqe(ring);				\
		prep(sqe, __VA_ARGS__);					\
	} while (!ring_one(ring, #prep, flags, sqe, !--tries));		\
} while (0)
	dirty();
	RING(io_uring_prep_read, fd, buf, 70000, 0);
	RING(io_uring_prep_read, fd, buf, 70000, -1);
	RING(io_uring_prep_read, fd, buf, 0, 0);
	RING(io_uring_prep_read, fd, NULL, 100, 0);
	RING(io_uring_prep_readv, fd, iov, 3, 5);
	digest("ring", buf, ROOM);
	RING(io_uring_prep_readv2, fd, iov, 3, 5, RWF_NOWAIT);
	RING(io_uring_prep_readv2, fd, iov, 3, 5, RWF_HIPRI);
	RING(io_uring_prep_write, fd, buf, 70000, 0);
	RING(io_uring_prep_write, fd, buf, 70000, -1);
	RING(io_uring_prep_write, fd, buf, 0, 0);
	RING(io_uring_prep_writev, fd, iov, 3, 5);
	RING(io_uring_prep_writev2, fd, iov, 3, 5, RWF_NOWAIT);
	RING(io_uring_prep_writev2, fd, iov, 3, 5, RWF_APPEND);
	RING(io_uring_prep_read_fixed, fd, buf, 70000, 0, 0);
	RING(io_uring_prep_write_fixed, fd, buf, 70000, 0, 0);
	RING(io_uring_prep_poll_add, fd, POLLIN | POLLOUT | POLLPRI);
	RING(io_uring_prep_fsync, fd, 0);
	RING(io_uring_prep_fallocate, fd, 0, 0, 100);
	RING(io_uring_prep_fadvise, fd, 0, 100, POSIX_FADV_RANDOM);
	RING(prep_cmd, fd);
#undef RING
}

static void ring(void)
{
	struct iovec fixed = { buf, ROOM };
	struct io_uring_sqe *sqe;
	struct io_uring ring;
	int fd = get(O_RDWR), err;

	err = io_uring_queue_init(8, &ring, 0);
	printf("io_uring: %s\n", err ? name_of(-err) : "ready");
	if (err)
		return;
	io_uring_register_buffers(&ring, &fixed, 1);
	ring_all(&ring, fd, 0);
	printf("by a worker\n");
	ring_all(&ring, fd, IOSQE_ASYNC);
	sqe = io_uring_get_sqe(&ring);
	io_uring_prep_rw(IORING_OP_URING_CMD, sqe, fd, NULL, 0, 0);
	sqe->off = 0x1234;
	ring_one(&ring, "uring_cmd 0x1234", 0, sqe, true);
	SHOW(lseek(fd, 0, SEEK_CUR));
	io_uring_queue_exit(&ring);
	close(fd);
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: %s NODE DIRECTORY\n", argv[0]);
		return 2;
	}
	setvbuf(stdout, NULL, _IOFBF, 1 << 20);
	node = argv[1];
	dir = argv[2];
	page = sysconf(_SC_PAGESIZE);
	buf = mmap(NULL, ROOM + PAGE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (buf == MAP_FAILED || mprotect(buf + ROOM, PAGE, PROT_NONE))
		return 2;
	dirty();
	opening();
	sizes();
	bad_memory();
	vectors();
	seeking();
	polling();
	fflush(stdout);
	mapping();
	mapping_twice();
	splicing();
	odds();
	signals();
	ring();
	printf("done\n");
	return 0;
}
