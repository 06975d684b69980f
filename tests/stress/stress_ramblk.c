// SPDX-License-Identifier: GPL-2.0-only
/*
 * stress_ramblk: readers, writers, file systems, configuration, power cuts,
 * snapshots, and loading, all at once. See ../fuzz/worker.h.
 * libs: -luring
 */
#include "../fuzz/worker.h"

#include <liburing.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>

#define TREE "/sys/kernel/config/ramblk"

static const char *const disks[] = { "ramblk0", "ramblk-a", "ramblk-b" };

static long open_disk(struct worker *w)
{
	static const int how[] = {
		O_RDWR, O_RDWR | O_DIRECT, O_RDONLY, O_RDWR | O_EXCL,
		O_RDWR | O_DIRECT | O_DSYNC, O_RDWR | O_NONBLOCK,
	};
	int *fd = some_fd(w);
	char path[64];

	if (*fd >= 0)
		close(*fd);
	snprintf(path, sizeof(path), "/dev/%s", pick_of(w, disks));
	*fd = open(path, pick_of(w, how) | O_CLOEXEC);
	return sys(*fd);
}

static long close_disk(struct worker *w)
{
	int *fd = some_fd(w);
	long rc;

	if (*fd < 0)
		return 0;
	rc = sys(close(*fd));
	*fd = -1;
	return rc;
}

static size_t block_len(struct worker *w)
{
	return chance(w, 80) ? (1 + pick(w, 64)) * 512 :
	       (1 + pick(w, 256)) * 4096;
}

static off_t block_at(struct worker *w)
{
	return pick(w, chance(w, 50) ? 256 : 65536) * 4096 +
	       (chance(w, 30) ? pick(w, 8) * 512 : 0);
}

static long read_disk(struct worker *w)
{
	return sys(pread(*some_fd(w), w->buf, block_len(w), block_at(w)));
}

static long write_disk(struct worker *w)
{
	return sys(pwrite(*some_fd(w), w->buf, block_len(w), block_at(w)));
}

static long write_odd(struct worker *w)
{
	return sys(pwrite(*some_fd(w), w->buf + pick(w, 4096), pick_len(w),
			  pick(w, 1 << 24)));
}

static long nowait(struct worker *w)
{
	struct iovec iov = { w->buf, block_len(w) };
	int fd = *some_fd(w);
	off_t at = block_at(w);

	if (chance(w, 50))
		return sys(preadv2(fd, &iov, 1, at, RWF_NOWAIT));
	return sys(pwritev2(fd, &iov, 1, at,
			    chance(w, 50) ? RWF_NOWAIT : RWF_DSYNC));
}

static long flush(struct worker *w)
{
	return sys(chance(w, 50) ? fsync(*some_fd(w)) : fdatasync(*some_fd(w)));
}

static long give_back(struct worker *w)
{
	uint64_t range[2] = { block_at(w), block_len(w) * 16 };
	int fd = *some_fd(w);

	switch (pick(w, 4)) {
	case 0:
		return sys(ioctl(fd, BLKDISCARD, range));
	case 1:
		return sys(ioctl(fd, BLKZEROOUT, range));
	case 2:
		return sys(fallocate(fd, FALLOC_FL_PUNCH_HOLE |
				     FALLOC_FL_KEEP_SIZE, range[0], range[1]));
	default:
		return sys(fallocate(fd, FALLOC_FL_ZERO_RANGE |
				     FALLOC_FL_KEEP_SIZE, range[0], range[1]));
	}
}

static long block_ioctl(struct worker *w)
{
	int fd = *some_fd(w), value = pick(w, 5000);
	uint64_t size;

	switch (pick(w, 8)) {
	case 0:
		return sys(ioctl(fd, BLKGETSIZE64, &size));
	case 1:
		return sys(ioctl(fd, BLKFLSBUF));
	case 2:
		return sys(ioctl(fd, BLKRRPART));
	case 3:
		value = 512 << pick(w, 4);
		return sys(ioctl(fd, BLKBSZSET, &value));
	case 4:
		return sys(ioctl(fd, BLKROSET, &(int){ chance(w, 10) }));
	case 5:
		return sys(ioctl(fd, BLKROGET, &value));
	case 6:
		return sys(lseek(fd, pick(w, 1 << 24),
				 chance(w, 50) ? SEEK_DATA : SEEK_HOLE));
	default:
		return sys(ioctl(fd, BLKPBSZGET, &value));
	}
}

/* A batch of requests in flight while the rest of the world changes. */
static long batch(struct worker *w)
{
	unsigned int n = 1 + pick(w, 32), i, done = 0;
	struct __kernel_timespec patience = { .tv_sec = 40 * slowness() };
	uint64_t end = now_seconds() + patience.tv_sec;
	struct io_uring_sqe *sqe;
	struct io_uring_cqe *cqe;
	struct io_uring ring;
	int fd = *some_fd(w);
	bool polled = chance(w, 30);
	long rc;

	if (fd < 0)
		return -EBADF;
	rc = io_uring_queue_init(32, &ring, polled ? IORING_SETUP_IOPOLL : 0);
	if (rc)
		return rc;
	for (i = 0; i < n; i++) {
		char *at = w->buf + i * 65536 % WORKER_BUF;

		sqe = io_uring_get_sqe(&ring);
		switch (pick(w, polled ? 2 : 3)) {
		case 0:
			io_uring_prep_read(sqe, fd, at, 512 << pick(w, 7),
					   block_at(w));
			break;
		case 1:
			io_uring_prep_write(sqe, fd, at, 512 << pick(w, 7),
					    block_at(w));
			break;
		default:
			io_uring_prep_fsync(sqe, fd, 0);
		}
	}
	rc = io_uring_submit(&ring);
	for (i = 0; rc > 0 && i < (unsigned int)rc; i++) {
		int err = io_uring_wait_cqe_timeout(&ring, &cqe, &patience);

		/* A kernel that polls gives up early if others want to run. */
		if (err == -EINTR ||
		    (err == -ETIME && now_seconds() < end)) {
			i--;
			continue;
		}
		if (err) {
			if (err == -ETIME)
				complain("a batch of %ld: %u completed", rc, done);
			break;
		}
		io_uring_cqe_seen(&ring, cqe);
		end = now_seconds() + patience.tv_sec;
		done++;
	}
	io_uring_queue_exit(&ring);
	return rc;
}

static const struct deed io_deeds[] = {
	{ "open", 6, open_disk }, { "close", 2, close_disk },
	{ "read", 20, read_disk }, { "write", 20, write_disk },
	{ "write unaligned", 4, write_odd }, { "RWF", 8, nowait },
	{ "fsync", 3, flush }, { "discard or zero", 5, give_back },
	{ "ioctl", 3, block_ioctl }, { "io_uring", 10, batch },
	{ }
};

static void io_start(struct worker *w)
{
	(void)w;
	inject_here(true);
}

static long put_attr(const char *disk, const char *attr, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), TREE "/%s/%s", disk, attr);
	return put_text(path, value);
}

static long make_dir(struct worker *w)
{
	char path[64];

	snprintf(path, sizeof(path), TREE "/%s", disks[1 + pick(w, 2)]);
	if (shared->quiet || chance(w, 30))
		return sys(rmdir(path));
	return sys(mkdir(path, 0755));
}

static const struct { const char *name, *values[8]; } attrs[] = {
	{ "size", { "16M", "64M", "1G", "256M", "5G", "4096", "16T", "513" } },
	{ "block_size", { "512", "512", "4096", "2048", "1024", "100" } },
	{ "physical_block_size", { "4096", "512", "4096", "16K" } },
	{ "queues", { "1", "2", "3", "1", "100000" } },
	{ "poll_queues", { "0", "1", "2", "0" } },
	{ "queue_depth", { "1", "2", "64", "256", "1024" } },
	{ "node", { "-1", "0", "-1", "7" } },
	{ "chunk", { "page", "huge", "page", "page", "vast" } },
	{ "mem_limit", { "8M", "16M", "1M", "24M", "32M", "4K" } },
	{ "write_cache", { "0", "1", "1" } },
	{ "discard", { "1", "1", "0" } },
	{ "readonly", { "0", "0", "0", "1", "0" } },
	{ "rotational", { "0", "1" } },
	{ "completion", { "inline", "softirq", "timer" } },
	{ "latency_ns", { "0", "1000", "50000", "0", "2000000" } },
	{ "bandwidth", { "0", "100M", "1G", "0", "10M" } },
	{ "max_sectors", { "8", "128", "1024", "2560", "0" } },
	{ "bad_blocks", { "+100-107", "-100-107", "+0-0", "-0-100000", "x",
			  "+4096-8191" } },
	{ "lose", { "all", "none", "random" } },
	{ "tear", { "0", "1" } },
	{ "snapshot", { "one", "two", "-one", "-two", "three", "-three" } },
	{ "restore", { "one", "two", "three", "four" } },
	{ "clear", { "1", "1", "0" } },
	{ "faults/read", { "0", "0", "1000", "100000" } },
	{ "faults/write", { "0", "0", "1000", "100000" } },
	{ "faults/flush", { "0", "0", "100000" } },
	{ "faults/discard", { "0", "0", "100000" } },
	{ "faults/flush_lie", { "0", "500000" } },
	{ "faults/requeue", { "0", "0", "10000", "500000" } },
	{ "faults/corrupt", { "0", "0", "10000" } },
	{ "faults/misdirect", { "0", "0", "10000" } },
};

static const char *value_for(struct worker *w, size_t a)
{
	const char *v;

	do {
		v = attrs[a].values[pick(w, 8)];
	} while (!v);
	return v;
}

static long tune(struct worker *w)
{
	size_t a = pick(w, sizeof(attrs) / sizeof(*attrs));

	return put_attr(pick_of(w, disks), attrs[a].name, value_for(w, a));
}

/* Off, a few changes that want it off, on: the usual life of a disk. */
static long rebuild(struct worker *w)
{
	const char *disk = pick_of(w, disks);
	unsigned int n = pick(w, 6);
	long rc;

	rc = put_attr(disk, "power", chance(w, 50) ? "cut" : "0");
	if (rc)
		return rc;
	while (n--) {
		size_t a = pick(w, sizeof(attrs) / sizeof(*attrs));

		put_attr(disk, attrs[a].name, value_for(w, a));
	}
	put_attr(disk, "mem_limit", "16M");
	return put_attr(disk, "power", "1");
}

static long power(struct worker *w)
{
	static const char *const words[] = { "1", "1", "0", "cut", "2" };

	return put_attr(pick_of(w, disks), "power", pick_of(w, words));
}

static long look(struct worker *w)
{
	static const char *const files[] = {
		"stats/allocated_bytes", "stats/unflushed_bytes",
		"stats/snapshot_bytes", "stats/cuts", "stats/lost_units",
		"stats/torn_units", "snapshots", "bad_blocks", "power", "size",
		"faults/read_hits",
	};
	char path[128], text[8192];

	snprintf(path, sizeof(path), TREE "/%s/%s", pick_of(w, disks),
		 pick_of(w, files));
	return get_text(path, text, sizeof(text));
}

static long scheduler(struct worker *w)
{
	static const char *const values[] = {
		"none", "mq-deadline", "kyber", "bfq", "none",
	};
	char path[128];

	snprintf(path, sizeof(path), "/sys/block/%s/queue/%s",
		 pick_of(w, disks), chance(w, 70) ? "scheduler" : "nr_requests");
	return put_text(path, strstr(path, "nr_") ? "4" : pick_of(w, values));
}

static long harvest(struct worker *w)
{
	char path[128];

	snprintf(path, sizeof(path), TREE "/%s/faults", pick_of(w, disks));
	harvest_faults(path, w);
	return 0;
}

static const struct deed config_deeds[] = {
	{ "mkdir or rmdir", 4, make_dir }, { "power", 6, power },
	{ "rebuild", 8, rebuild }, { "tune", 40, tune }, { "look", 20, look },
	{ "scheduler", 3, scheduler }, { "harvest", 6, harvest },
	{ }
};

/* A file system on a disk that comes and goes. */
static long run_tool(const char *command)
{
	int status = system(command);

	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -EIO;
}

static long file_system(struct worker *w)
{
	const char *disk = pick_of(w, disks);
	char dev[64], dir[64], path[128], command[160];
	long rc;
	int fd;

	snprintf(dev, sizeof(dev), "/dev/%s", disk);
	snprintf(dir, sizeof(dir), "/tmp/stress.%u", w->index);
	mkdir(dir, 0755);
	snprintf(command, sizeof(command),
		 "timeout 50 mke2fs -qF -t ext4 %s 16M >/dev/null 2>&1", dev);
	rc = run_tool(command);
	if (rc)
		return rc;
	if (mount(dev, dir, "ext4", 0, chance(w, 50) ? "discard" : ""))
		return -errno;
	for (unsigned int i = 0; i < 20 && !shared->stop && !shared->quiet; i++) {
		snprintf(path, sizeof(path), "%s/%llu", dir,
			 (unsigned long long)pick(w, 8));
		fd = open(path, O_RDWR | O_CREAT, 0600);
		if (fd < 0)
			continue;
		pwrite(fd, w->buf, pick_len(w), pick(w, 100000));
		if (chance(w, 30))
			fsync(fd);
		close(fd);
		if (chance(w, 20))
			unlink(path);
	}
	return sys(umount2(dir, chance(w, 20) ? MNT_DETACH : 0)) ?
	       sys(umount2(dir, MNT_DETACH)) : 0;
}

static const struct deed fs_deeds[] = {
	{ "file system", 1, file_system },
	{ }
};

static long reload(struct worker *w)
{
	static const char *const dirs[] = {
		TREE "/ramblk-a", TREE "/ramblk-b", NULL,
	};
	static const char *const params[] = {
		"size=64M mem_limit=16M", "devices=0", "",
		"devices=2 size=64M mem_limit=8M queues=2 poll_queues=1",
		"size=32M write_cache=1 mem_limit=16M", "size=32M chunk=huge",
		"completion=timer latency_ns=20000 size=32M mem_limit=16M",
	};

	usleep(pick(w, 400000));
	if (chance(w, 60))
		unload_module_now(w, "ramblk", dirs);
	return load_module_now("ramblk", pick_of(w, params));
}

static const struct deed loader_deeds[] = {
	{ "rmmod and insmod", 1, reload },
	{ }
};

int main(int argc, char **argv)
{
	const struct role roles[] = {
		{ "io", 3, io_deeds, io_start },
		{ "config", 2, config_deeds, NULL },
		{ "fs", 1, fs_deeds, NULL },
		{ "loader", 1, loader_deeds, NULL },
		role_hog, role_hotplug, { },
	};

	return workers_main(argc, argv, roles);
}
