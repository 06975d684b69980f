// SPDX-License-Identifier: GPL-2.0-only
/*
 * stress_ringchar: readers, writers, pollers, mappers that write nonsense into
 * the shared page, configuration, removal and loading, all at once. See
 * ../fuzz/worker.h.
 */
#include "../fuzz/worker.h"

#include <softdev/ringchar.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

#define TREE "/sys/kernel/config/ringchar"

static const char *const rings[] = {
	"ringchar0", "ringchar0", "ringchar-a", "ringchar-b",
};

static long open_ring(struct worker *w)
{
	static const int how[] = {
		O_RDWR, O_RDWR, O_RDONLY, O_WRONLY, O_RDWR | O_NONBLOCK,
		O_RDWR | O_NONBLOCK, O_RDONLY | O_NONBLOCK,
		O_WRONLY | O_NONBLOCK,
	};
	int *fd = some_fd(w);
	char path[64];

	if (*fd >= 0)
		close(*fd);
	snprintf(path, sizeof(path), "/dev/%s", pick_of(w, rings));
	soon(2000);
	*fd = open(path, pick_of(w, how) | O_CLOEXEC);
	return sys(*fd);
}

static long close_ring(struct worker *w)
{
	int *fd = some_fd(w);

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	return 0;
}

static long read_ring(struct worker *w)
{
	soon(500 + pick(w, 5000));
	return sys(read(*some_fd(w), w->buf, pick_len(w)));
}

static long write_ring(struct worker *w)
{
	soon(500 + pick(w, 5000));
	return sys(write(*some_fd(w), w->buf, pick_len(w)));
}

static long vectors(struct worker *w)
{
	struct iovec iov[6];
	int fd = *some_fd(w);
	int flags = chance(w, 50) ? RWF_NOWAIT : 0;

	for (int i = 0; i < 6; i++) {
		iov[i].iov_base = w->buf + i * 70000;
		iov[i].iov_len = pick(w, chance(w, 50) ? 100 : 20000);
	}
	if (chance(w, 5))
		iov[3].iov_base = NULL;
	soon(500 + pick(w, 5000));
	if (chance(w, 50))
		return sys(preadv2(fd, iov, 6, -1, flags));
	return sys(pwritev2(fd, iov, 6, -1, flags));
}

static long poll_rings(struct worker *w)
{
	struct pollfd p[WORKER_FDS];

	for (int i = 0; i < WORKER_FDS; i++) {
		p[i].fd = w->fd[i];
		p[i].events = pick(w, 0x400);
	}
	return sys(poll(p, WORKER_FDS, pick(w, 5)));
}

static long epoll_rings(struct worker *w)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLOUT }, got[8];
	int ep = epoll_create1(EPOLL_CLOEXEC);
	long rc;

	if (ep < 0)
		return -errno;
	for (int i = 0; i < WORKER_FDS; i++) {
		e.events = (chance(w, 50) ? EPOLLET : 0) | pick(w, 0x20);
		if (chance(w, 20))
			e.events |= EPOLLEXCLUSIVE;
		epoll_ctl(ep, EPOLL_CTL_ADD, w->fd[i], &e);
	}
	rc = sys(epoll_wait(ep, got, 8, pick(w, 5)));
	close(ep);
	return rc;
}

static long pipe_ring(struct worker *w)
{
	int fd = *some_fd(w), p[2];
	long n;

	if (pipe2(p, O_CLOEXEC | O_NONBLOCK))
		return -errno;
	soon(500 + pick(w, 5000));
	if (chance(w, 50)) {
		n = sys(splice(fd, NULL, p[1], NULL, pick_len(w),
			       pick(w, 2) * SPLICE_F_NONBLOCK));
		if (n > 0)
			n = sys(splice(p[0], NULL, *some_fd(w), NULL, n,
				       SPLICE_F_NONBLOCK));
	} else {
		n = write(p[1], w->buf, pick(w, 65536));
		if (n > 0)
			n = sys(splice(p[0], NULL, fd, NULL, n,
				       pick(w, 2) * SPLICE_F_NONBLOCK));
	}
	close(p[0]);
	close(p[1]);
	return n;
}

static long send_file(struct worker *w)
{
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	off_t at = pick(w, 100000);
	long rc;

	soon(500 + pick(w, 5000));
	rc = sys(sendfile(*some_fd(w), from, &at, pick_len(w)));
	close(from);
	return rc;
}

static long ask(struct worker *w)
{
	static const unsigned long calls[] = {
		RINGCHAR_IOC_INFO, RINGCHAR_IOC_PEEK, RINGCHAR_IOC_RESIZE,
		RINGCHAR_IOC_CLAIM, RINGCHAR_IOC_UNCLAIM,
		RINGCHAR_IOC_DOORBELL, FIONREAD, RINGCHAR_IOC_CLEAR,
	};
	struct ringchar_peek peek = {
		.buf = (uintptr_t)w->buf, .len = pick_len(w),
	};
	uint64_t arg[32] = { 4096ULL << pick(w, 9) };
	unsigned long call = pick_of(w, calls);
	int fd = *some_fd(w);

	if (call == RINGCHAR_IOC_CLAIM || call == RINGCHAR_IOC_UNCLAIM)
		return sys(ioctl(fd, call, pick(w, 4)));
	if (call == RINGCHAR_IOC_PEEK)
		return sys(ioctl(fd, call, &peek));
	return sys(ioctl(fd, call, arg));
}

static sigjmp_buf gone;

static void on_bus(int sig)
{
	(void)sig;
	siglongjmp(gone, 1);
}

/* Claims a side, and then writes what it likes where it likes. */
static long vandal(struct worker *w)
{
	int fd = *some_fd(w), side = 1 + pick(w, 2);
	struct ringchar_info info;
	volatile uint32_t *page;
	size_t len;

	if (ioctl(fd, RINGCHAR_IOC_INFO, &info))
		return -errno;
	if (chance(w, 80))
		ioctl(fd, RINGCHAR_IOC_CLAIM, side);
	len = info.data_offset + (chance(w, 80) ? info.size : pick(w, 1 << 22));
	page = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		    chance(w, 90) ? 0 : 4096 * pick(w, 8));
	if (page == MAP_FAILED)
		return -errno;
	if (!sigsetjmp(gone, 1)) {
		for (int i = 0; i < 40; i++) {
			page[pick(w, chance(w, 80) ? 128 : len / 4)] =
				chance(w, 50) ? rnd64(&w->rng) : pick(w, 5000);
			if (chance(w, 30))
				ioctl(fd, RINGCHAR_IOC_DOORBELL);
			if (chance(w, 10))
				poll_rings(w);
		}
		if (chance(w, 10)) {
			pid_t child = fork();

			if (!child) {
				signal(SIGBUS, SIG_DFL);
				page[0] = 1;
				_exit(0);
			}
			waitpid(child, NULL, 0);
		}
	}
	munmap((void *)page, len);
	if (chance(w, 70))
		ioctl(fd, RINGCHAR_IOC_UNCLAIM, side);
	return 0;
}

static long async(struct worker *w)
{
	int fd = *some_fd(w), flags = fcntl(fd, F_GETFL);

	if (flags < 0)
		return -errno;
	fcntl(fd, F_SETOWN, getpid());
	return sys(fcntl(fd, F_SETFL, flags ^ (chance(w, 50) ? O_ASYNC :
					       O_NONBLOCK)));
}

static const struct deed io_deeds[] = {
	{ "open", 6, open_ring }, { "close", 2, close_ring },
	{ "read", 22, read_ring }, { "write", 22, write_ring },
	{ "vectors", 8, vectors }, { "poll", 4, poll_rings },
	{ "epoll", 3, epoll_rings }, { "splice", 6, pipe_ring },
	{ "sendfile", 3, send_file }, { "ioctl", 10, ask },
	{ "mmap", 5, vandal }, { "fcntl", 2, async },
	{ }
};

static void io_start(struct worker *w)
{
	struct sigaction act = { .sa_handler = on_bus, .sa_flags = SA_NODEFER };

	(void)w;
	sigaction(SIGBUS, &act, NULL);
	inject_here(true);
}

static long put_attr(const char *ring, const char *attr, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), TREE "/%s/%s", ring, attr);
	return put_text(path, value);
}

static long make_dir(struct worker *w)
{
	char path[64];

	snprintf(path, sizeof(path), TREE "/%s", rings[2 + pick(w, 2)]);
	if (shared->quiet || chance(w, 30))
		return sys(rmdir(path));
	return sys(mkdir(path, 0755));
}

static long power(struct worker *w)
{
	static const char *const words[] = { "1", "1", "1", "0", "2" };

	return put_attr(pick_of(w, rings), "power", pick_of(w, words));
}

static const struct { const char *name, *values[8]; } attrs[] = {
	{ "size", { "4K", "64K", "1M", "8K", "4M", "5000", "32M", "16K" } },
	{ "mode", { "stream", "record", "stream", "x" } },
	{ "full", { "block", "overwrite", "x" } },
	{ "read_mark", { "1", "1", "100", "4096", "0" } },
	{ "write_mark", { "1", "1", "100", "65536", "x" } },
	{ "eof", { "0", "1", "2" } },
	{ "clear", { "1", "0" } },
	{ "faults/short", { "0", "0", "10000", "500000" } },
	{ "faults/error", { "0", "0", "10000" } },
	{ "faults/delay", { "0", "0", "1000" } },
};

static long tune(struct worker *w)
{
	size_t a = pick(w, sizeof(attrs) / sizeof(*attrs));
	const char *v;

	do {
		v = attrs[a].values[pick(w, 8)];
	} while (!v);
	return put_attr(pick_of(w, rings), attrs[a].name, v);
}

static long look(struct worker *w)
{
	static const char *const files[] = {
		"stats/bytes_in", "stats/bytes_out", "stats/records_in",
		"stats/records_out", "stats/dropped_bytes",
		"stats/dropped_records", "stats/stored", "stats/high_water",
		"size", "mode", "power", "faults/short_hits",
	};
	char path[128], text[4096];

	snprintf(path, sizeof(path), TREE "/%s/%s", pick_of(w, rings),
		 pick_of(w, files));
	return get_text(path, text, sizeof(text));
}

static long harvest(struct worker *w)
{
	char path[128];

	snprintf(path, sizeof(path), TREE "/%s/faults", pick_of(w, rings));
	harvest_faults(path, w);
	return 0;
}

static const struct deed config_deeds[] = {
	{ "mkdir or rmdir", 4, make_dir }, { "power", 8, power },
	{ "tune", 30, tune }, { "look", 15, look }, { "harvest", 4, harvest },
	{ }
};

static long reload(struct worker *w)
{
	static const char *const dirs[] = {
		TREE "/ringchar-a", TREE "/ringchar-b", NULL,
	};
	static const char *const params[] = {
		"", "devices=2", "size=4K", "devices=0", "size=16M", "size=3",
	};

	usleep(pick(w, 300000));
	if (chance(w, 60))
		unload_module_now(w, "ringchar", dirs);
	return load_module_now("ringchar", pick_of(w, params));
}

static const struct deed loader_deeds[] = {
	{ "rmmod and insmod", 1, reload },
	{ }
};

int main(int argc, char **argv)
{
	const struct role roles[] = {
		{ "io", 4, io_deeds, io_start },
		{ "config", 2, config_deeds, NULL },
		{ "loader", 1, loader_deeds, NULL },
		role_hog, role_hotplug, { },
	};

	return workers_main(argc, argv, roles);
}
