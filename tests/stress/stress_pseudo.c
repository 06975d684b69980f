// SPDX-License-Identifier: GPL-2.0-only
/*
 * stress_pseudo: readers, writers and mappers of the five nodes, their faults
 * and seeds, and loading, all at once. See ../fuzz/worker.h.
 */
#include "../fuzz/worker.h"

#include <softdev/pseudo.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

#define TREE "/sys/class/pseudo"

static const char *const nodes[] = {
	"null", "zero", "full", "random", "pattern", "pattern",
};

static long open_node(struct worker *w)
{
	static const int how[] = {
		O_RDWR, O_RDONLY, O_WRONLY, O_RDWR | O_NONBLOCK,
		O_RDWR | O_APPEND, O_RDWR | O_DIRECT,
	};
	int *fd = some_fd(w);
	char path[64];

	if (*fd >= 0)
		close(*fd);
	snprintf(path, sizeof(path), "/dev/pseudo/%s", pick_of(w, nodes));
	*fd = open(path, pick_of(w, how) | O_CLOEXEC);
	return sys(*fd);
}

static long close_node(struct worker *w)
{
	int *fd = some_fd(w);

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	return 0;
}

static long read_node(struct worker *w)
{
	return sys(read(*some_fd(w), w->buf, pick_len(w)));
}

static long write_node(struct worker *w)
{
	return sys(write(*some_fd(w), w->buf, pick_len(w)));
}

static long read_at(struct worker *w)
{
	return sys(pread(*some_fd(w), w->buf, pick_len(w),
			 rnd64(&w->rng) >> pick(w, 64)));
}

/* What was read from pattern must pass its check: written as it was read. */
static long check_pattern(struct worker *w)
{
	size_t len = 1 + pick(w, 70000);
	off_t at = rnd64(&w->rng) >> (2 + pick(w, 50));
	struct iovec iov[2] = { { w->buf, len / 3 },
				{ w->buf + len / 3, len - len / 3 } };
	int fd = *some_fd(w);

	if (preadv(fd, iov, 2, at) != (ssize_t)len)
		return -EAGAIN;
	return sys(pwritev(fd, iov, 2, at));
}

static long vectors(struct worker *w)
{
	struct iovec iov[5];

	for (int i = 0; i < 5; i++) {
		iov[i].iov_base = w->buf + i * 70000;
		iov[i].iov_len = pick(w, 5000);
	}
	if (chance(w, 50))
		return sys(preadv2(*some_fd(w), iov, 5, -1, RWF_NOWAIT));
	return sys(writev(*some_fd(w), iov, 5));
}

static long seek(struct worker *w)
{
	return sys(lseek(*some_fd(w), rnd64(&w->rng) >> pick(w, 64),
			 pick(w, 6)));
}

static long map(struct worker *w)
{
	size_t len = 4096 * (1 + pick(w, 16));
	volatile char *at;

	at = mmap(NULL, len, PROT_READ | PROT_WRITE,
		  chance(w, 50) ? MAP_SHARED : MAP_PRIVATE, *some_fd(w), 0);
	if (at == MAP_FAILED)
		return -errno;
	for (size_t i = 0; i < len; i += 1 + pick(w, 5000))
		at[i] = at[len - 1 - i] + 1;
	return sys(munmap((void *)at, len));
}

static long pipe_it(struct worker *w)
{
	long n;
	int p[2];

	if (pipe2(p, O_CLOEXEC | O_NONBLOCK))
		return -errno;
	n = splice(*some_fd(w), NULL, p[1], NULL, pick_len(w),
		   SPLICE_F_NONBLOCK);
	if (n > 0)
		n = splice(p[0], NULL, *some_fd(w), NULL, n, SPLICE_F_NONBLOCK);
	n = sys(n);
	close(p[0]);
	close(p[1]);
	return n;
}

static long ask(struct worker *w)
{
	static const unsigned long calls[] = {
		PSEUDO_GET_SEED, PSEUDO_SET_SEED, PSEUDO_GET_DIFFERENCE,
	};
	uint64_t arg[16];
	int fd = *some_fd(w);

	for (size_t i = 0; i < 16; i++)
		arg[i] = rnd64(&w->rng) >> pick(w, 64);
	if (chance(w, 80))
		return sys(ioctl(fd, pick_of(w, calls), arg));
	return sys(ioctl(fd, _IOC(pick(w, 4), PSEUDO_IOC, 0x1e + pick(w, 8),
				  8 << pick(w, 4)), arg));
}

static long poll_node(struct worker *w)
{
	struct pollfd p = { .fd = *some_fd(w), .events = 0x3ff };

	return sys(poll(&p, 1, 0));
}

static const struct deed io_deeds[] = {
	{ "open", 6, open_node }, { "close", 3, close_node },
	{ "read", 20, read_node }, { "write", 20, write_node },
	{ "pread", 10, read_at }, { "check", 10, check_pattern },
	{ "vectors", 6, vectors }, { "seek", 5, seek }, { "mmap", 5, map },
	{ "splice", 6, pipe_it }, { "ioctl", 5, ask }, { "poll", 2, poll_node },
	{ }
};

static void io_start(struct worker *w)
{
	(void)w;
	inject_here(true);
}

static long tune(struct worker *w)
{
	static const char *const files[] = {
		"faults/short", "faults/error", "faults/corrupt", "faults/seed",
		"seed",
	};
	static const char *const values[] = {
		"0", "0", "1000", "500000", "1000000", "1000001", "-1", "x",
	};
	char path[96];

	snprintf(path, sizeof(path), TREE "/%s/%s", pick_of(w, nodes),
		 pick_of(w, files));
	return put_text(path, pick_of(w, values));
}

static long look(struct worker *w)
{
	char path[96], file[384], text[4096];
	struct dirent *e;
	DIR *d;

	snprintf(path, sizeof(path), TREE "/%s/stats", pick_of(w, nodes));
	d = opendir(path);
	if (!d)
		return -errno;
	while ((e = readdir(d))) {
		snprintf(file, sizeof(file), "%s/%s", path, e->d_name);
		get_text(file, text, sizeof(text));
	}
	closedir(d);
	return 0;
}

static long harvest(struct worker *w)
{
	char path[96];

	snprintf(path, sizeof(path), TREE "/%s/faults", pick_of(w, nodes));
	harvest_faults(path, w);
	return 0;
}

static const struct deed config_deeds[] = {
	{ "tune", 10, tune }, { "look", 5, look }, { "harvest", 3, harvest },
	{ }
};

static long reload(struct worker *w)
{
	static const char *const params[] = { "", "seed=1", "seed=x", "" };

	usleep(pick(w, 100000));
	if (chance(w, 70))
		unload_module_now(w, "pseudo", NULL);
	return load_module_now("pseudo", pick_of(w, params));
}

static const struct deed loader_deeds[] = {
	{ "rmmod and insmod", 1, reload },
	{ }
};

int main(int argc, char **argv)
{
	const struct role roles[] = {
		{ "io", 4, io_deeds, io_start },
		{ "config", 1, config_deeds, NULL },
		{ "loader", 1, loader_deeds, NULL },
		role_hog, role_hotplug, { },
	};

	return workers_main(argc, argv, roles);
}
