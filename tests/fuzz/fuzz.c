// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz: calls that nobody would make, to the nodes, ioctls, knobs and links of
 * all four modules. The grammar knows what exists and where the bounds are, so
 * that most of it gets past the first check; the rest is noise.
 *
 * No check is made of what comes back: the kernel's own detectors, the
 * watchdog and the following tests are to notice. See worker.h.
 */
#include "packets.h"

#include <linux/falloc.h>
#include <linux/fs.h>
#include <linux/net_tstamp.h>
#include <softdev/loopnet.h>
#include <softdev/pseudo.h>
#include <softdev/ringchar.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

static const char *const modules[] = {
	"ringchar", "ramblk", "loopnet", "pseudo",
};

static const char *const nodes[] = {
	"/dev/ringchar0", "/dev/ringchar-f", "/dev/ramblk0", "/dev/ramblk-f",
	"/dev/pseudo/null", "/dev/pseudo/zero", "/dev/pseudo/full",
	"/dev/pseudo/random", "/dev/pseudo/pattern", "/dev/ringchar0",
};

/* A number near an edge of something, or any number. */
static uint64_t edge(struct worker *w)
{
	uint64_t base;

	switch (pick(w, 6)) {
	case 0:
		return pick(w, 20);
	case 1:
		base = 1ULL << pick(w, 64);
		break;
	case 2:
		base = -(1ULL << pick(w, 64));
		break;
	case 3:
		base = 4096 * pick(w, 1000);
		break;
	case 4:
		return rnd64(&w->rng) >> pick(w, 64);
	default:
		base = (uintptr_t)w->buf;
	}
	return base + pick(w, 5) - 2;
}

static void *some_address(struct worker *w)
{
	switch (pick(w, 12)) {
	case 0:
		return NULL;
	case 1:
		return (void *)edge(w);
	case 2:
		return w->buf + WORKER_BUF - pick(w, 5000);
	default:
		return w->buf + pick(w, 100000);
	}
}

static long fuzz_open(struct worker *w)
{
	int *fd = some_fd(w), how = pick(w, 3);

	if (*fd >= 0)
		close(*fd);
	if (chance(w, 60))
		how |= O_NONBLOCK;
	if (chance(w, 30))
		how |= (rnd64(&w->rng) & 0xfff000) & ~O_TMPFILE;
	soon(3000);
	*fd = open(pick_of(w, nodes), (how & ~O_CREAT) | O_CLOEXEC);
	return sys(*fd);
}

static long fuzz_close(struct worker *w)
{
	int *fd = some_fd(w);

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	return 0;
}

static void some_vector(struct worker *w, struct iovec *iov)
{
	for (int i = 0; i < 8; i++) {
		iov[i].iov_base = some_address(w);
		iov[i].iov_len = chance(w, 90) ? pick_len(w) : edge(w);
	}
}

static long fuzz_io(struct worker *w)
{
	int fd = *some_fd(w), n = pick(w, 9), flags = 0;
	struct iovec iov[8];
	off_t at = chance(w, 50) ? pick(w, 1 << 26) : edge(w);

	some_vector(w, iov);
	if (chance(w, 30))
		flags = 1 << pick(w, 8);
	soon(1000 + pick(w, 3000));
	switch (pick(w, 8)) {
	case 0:
		return sys(read(fd, iov[0].iov_base, iov[0].iov_len));
	case 1:
		return sys(write(fd, iov[0].iov_base, iov[0].iov_len));
	case 2:
		return sys(pread(fd, iov[0].iov_base, iov[0].iov_len, at));
	case 3:
		return sys(pwrite(fd, iov[0].iov_base, iov[0].iov_len, at));
	case 4:
		return sys(preadv2(fd, iov, n, chance(w, 50) ? -1 : at, flags));
	case 5:
		return sys(pwritev2(fd, iov, n, chance(w, 50) ? -1 : at, flags));
	case 6:
		return sys(readv(fd, iov, n));
	default:
		return sys(writev(fd, iov, n));
	}
}

static long fuzz_file_call(struct worker *w)
{
	int fd = *some_fd(w), other = *some_fd(w);
	struct pollfd p = { .fd = fd, .events = pick(w, 0x10000) };
	off_t at = edge(w);

	soon(1000 + pick(w, 3000));
	switch (pick(w, 12)) {
	case 0:
		return sys(lseek(fd, edge(w), pick(w, 7)));
	case 1:
		return sys(poll(&p, 1, 1));
	case 2:
		return sys(fcntl(fd, F_SETFL, rnd64(&w->rng) & 0xffff00));
	case 3:
		return sys(fallocate(fd, pick(w, 128), edge(w), edge(w)));
	case 4:
		return sys(fsync(fd));
	case 5:
		return sys(ftruncate(fd, edge(w)));
	case 6:
		return sys(splice(fd, chance(w, 80) ? NULL : &at, other, NULL,
				  pick_len(w), pick(w, 16)));
	case 7:
		return sys(sendfile(fd, other, chance(w, 50) ? NULL : &at,
				    pick_len(w)));
	case 8:
		return sys(copy_file_range(fd, NULL, other, NULL, pick_len(w), 0));
	case 9:
		return sys(posix_fadvise(fd, edge(w), edge(w), pick(w, 8)));
	case 10:
		return sys(fchmod(fd, 0600 | pick(w, 0100)));
	default:
		return sys(readahead(fd, edge(w), pick_len(w)));
	}
}

static long fuzz_pipe(struct worker *w)
{
	int fd = *some_fd(w), p[2];
	struct iovec iov = { w->buf, pick(w, 65536) };
	long n;

	if (pipe2(p, O_CLOEXEC | O_NONBLOCK))
		return -errno;
	soon(1000 + pick(w, 3000));
	if (chance(w, 50))
		n = vmsplice(p[1], &iov, 1, pick(w, 2) * SPLICE_F_GIFT);
	else
		n = splice(fd, NULL, p[1], NULL, pick_len(w), pick(w, 16));
	if (n > 0)
		n = splice(p[0], NULL, *some_fd(w), NULL, n, pick(w, 16));
	n = sys(n);
	close(p[0]);
	close(p[1]);
	return n;
}

static const unsigned long calls[] = {
	RINGCHAR_IOC_INFO, RINGCHAR_IOC_PEEK, RINGCHAR_IOC_CLEAR,
	RINGCHAR_IOC_RESIZE, RINGCHAR_IOC_CLAIM, RINGCHAR_IOC_UNCLAIM,
	RINGCHAR_IOC_DOORBELL, PSEUDO_GET_SEED, PSEUDO_SET_SEED,
	PSEUDO_GET_DIFFERENCE, 0x541b /* FIONREAD */, 0x5421, 0x5452,
	BLKROSET, BLKROGET, BLKRRPART, BLKGETSIZE, BLKFLSBUF, BLKRASET, BLKFRASET,
	BLKSSZGET, BLKBSZGET, BLKBSZSET, BLKGETSIZE64, BLKDISCARD, BLKIOMIN,
	BLKSECDISCARD, BLKZEROOUT, 0x1269 /* BLKPG */, 0x301 /* HDIO_GETGEO */,
	0x5310, 0x2285, 0x80045200, 0x40085203,
};

/* The buffer's words are edges; some of them point into it. */
static long fuzz_ioctl(struct worker *w)
{
	static const unsigned char letters[] = {
		RINGCHAR_IOC, PSEUDO_IOC, 0x12, 'R', 'T',
	};
	unsigned long call = pick_of(w, calls);
	uint64_t arg[256];

	for (size_t i = 0; i < 256; i++)
		arg[i] = chance(w, 20) ? (uintptr_t)w->buf : edge(w);
	if (chance(w, 20))
		call = _IOC(pick(w, 4), pick_of(w, letters), pick(w, 48),
			    pick(w, 4) ? 8ULL << pick(w, 5) : pick(w, 16384));
	/* These take 4 GiB of memory, or time. */
	if (call == RINGCHAR_IOC_RESIZE && arg[0] > 16 << 20)
		arg[0] = 4096ULL << pick(w, 12);
	soon(3000);
	if (chance(w, 15))
		return sys(ioctl(*some_fd(w), call, edge(w)));
	return sys(ioctl(*some_fd(w), call, arg));
}

static sigjmp_buf gone;

static void on_fault(int sig)
{
	(void)sig;
	siglongjmp(gone, 1);
}

static long fuzz_mmap(struct worker *w)
{
	size_t len = chance(w, 80) ? 4096 * (1 + pick(w, 300)) : edge(w);
	int prot = pick(w, 8), advice = pick(w, 26);
	int flags = chance(w, 70) ? MAP_SHARED :
				    MAP_PRIVATE | pick(w, 2) * MAP_POPULATE;
	char *at;

	/* To fill all of a very long one takes minutes, and all memory. */
	if (len > 64 << 20) {
		flags &= ~MAP_POPULATE;
		if (advice == MADV_POPULATE_READ || advice == MADV_POPULATE_WRITE)
			advice = MADV_NORMAL;
	}
	at = mmap(NULL, len, prot, flags, *some_fd(w),
		  chance(w, 70) ? 0 : edge(w) & ~4095ULL);
	if (at == MAP_FAILED)
		return -errno;
	if (!sigsetjmp(gone, 1)) {
		for (int i = 0; i < 10; i++) {
			volatile char *byte = at + pick(w, len);

			if (chance(w, 50))
				*byte = pick(w, 256);
			else
				(void)*byte;
		}
	}
	madvise(at, len, advice);
	mremap(at, len, len / 2 + 1, pick(w, 2));
	return sys(munmap(at, len));
}

static const struct deed node_deeds[] = {
	{ "open", 8, fuzz_open }, { "close", 4, fuzz_close },
	{ "read and write", 40, fuzz_io }, { "a call", 20, fuzz_file_call },
	{ "splice", 8, fuzz_pipe }, { "ioctl", 25, fuzz_ioctl },
	{ "mmap", 8, fuzz_mmap },
	{ }
};

static void node_start(struct worker *w)
{
	struct sigaction act = { .sa_handler = on_fault, .sa_flags = SA_NODEFER };

	(void)w;
	sigaction(SIGBUS, &act, NULL);
	sigaction(SIGSEGV, &act, NULL);
	inject_here(true);
}

/* What people, and nobody, write to a knob. */
static size_t some_text(struct worker *w, char *text, size_t max)
{
	static const char *const words[] = {
		"0", "1", "2", "-1", "4096", "512", "64K", "1M", "5M", "16M", "3G",
		"16E", "17E", "0x1000", "0x", "+0-7", "-0-7", "+7-0", "stream",
		"record", "block", "overwrite", "page", "huge", "inline",
		"softirq", "timer", "all", "none", "random", "cut", "one", "-one",
		"reflect", "loop", "sink", "peer", "", " ", "\n", "1000000",
		"1000001", "18446744073709551615", "18446744073709551616",
		"y", "N", "  1  ", "1 1", "1K1", "K", "9223372036854775807",
	};
	size_t n;

	if (chance(w, 85)) {
		n = snprintf(text, max, "%s", pick_of(w, words));
		if (chance(w, 20) && n)
			text[pick(w, n)] ^= 1 << pick(w, 8);
		return n + (chance(w, 30) ? snprintf(text + n, max - n, "\n") : 0);
	}
	if (chance(w, 50))
		return snprintf(text, max, "%lld", (long long)edge(w));
	n = pick(w, max);
	for (size_t i = 0; i < n; i++)
		text[i] = pick(w, 256);
	return n;
}

/* One of the files below a directory: a random walk. */
static bool some_file(struct worker *w, const char *top, char *path, size_t max)
{
	struct dirent *e;
	char next[512];
	DIR *d;

	snprintf(path, max, "%s", top);
	for (int depth = 0; depth < 5; depth++) {
		unsigned int seen = 0;

		d = opendir(path);
		if (!d)
			return depth > 0;
		next[0] = 0;
		while ((e = readdir(d))) {
			if (e->d_name[0] == '.' || !strcmp(e->d_name, "device") ||
			    !strcmp(e->d_name, "subsystem") ||
			    !strcmp(e->d_name, "uevent") ||
			    /* vmalloc()s as much as it is told, and warns. */
			    !strcmp(e->d_name, "rps_flow_cnt"))
				continue;
			/* Each with the same chance, in one pass. */
			if (!pick(w, ++seen))
				snprintf(next, sizeof(next), "%.250s/%.200s", path,
					 e->d_name);
		}
		closedir(d);
		if (!next[0])
			return false;
		snprintf(path, max, "%.500s", next);
	}
	return true;
}

static const char *const tops[] = {
	"/sys/kernel/config/ringchar", "/sys/kernel/config/ramblk",
	"/sys/kernel/config/ringchar", "/sys/kernel/config/ramblk",
	"/sys/class/pseudo", "/sys/class/net/loopnet0/loopnet",
	"/sys/class/net/fz-a/loopnet", "/sys/class/net/loopnet0/queues",
	"/sys/block/ramblk0/queue", "/sys/block/ramblk-f/queue",
	"/sys/module/ringchar/parameters", "/sys/module/ramblk/parameters",
};

static long fuzz_knob(struct worker *w)
{
	char path[512], text[8192];
	size_t n;

	if (!some_file(w, pick_of(w, tops), path, sizeof(path)))
		return -ENOENT;
	if (chance(w, 40))
		return get_text(path, text, sizeof(text));
	n = some_text(w, text, chance(w, 95) ? 64 : sizeof(text));
	/* A ring of 1 GiB, or any disk without a limit, takes all memory. */
	if (strstr(path, "ringchar") && strstr(path, "/size"))
		n = snprintf(text, sizeof(text), "%llu",
			     4096ULL << pick(w, 13));
	if (strstr(path, "/mem_limit") && !chance(w, 10))
		n = snprintf(text, sizeof(text), "%lluM",
			     1 + (unsigned long long)pick(w, 16));
	else if (strstr(path, "/mem_limit"))
		n = 0;
	/* A disk that takes an hour is as told, but looks like one that hangs. */
	if (strstr(path, "/latency_ns") && !chance(w, 10))
		n = snprintf(text, sizeof(text), "%llu",
			     (unsigned long long)pick(w, 2000000));
	else if (strstr(path, "/bandwidth") && !chance(w, 10))
		n = snprintf(text, sizeof(text), "%lluM",
			     10 + (unsigned long long)pick(w, 1000));
	else if (strstr(path, "/read_ahead_kb"))
		n = snprintf(text, sizeof(text), "%llu",
			     (unsigned long long)pick(w, 4096));
	else if (strstr(path, "/latency_ns") || strstr(path, "/bandwidth") ||
		 strstr(path, "/faults/timeout") ||
		 strstr(path, "/io_timeout"))
		n = 0;
	return put_file(path, text, n);
}

static long fuzz_dir(struct worker *w)
{
	static const char *const trees[] = { "ringchar", "ramblk" };
	const char *tree = pick_of(w, trees);
	char path[512], name[64];

	if (chance(w, 70))
		snprintf(name, sizeof(name), "%s-f", tree);
	else
		name[some_text(w, name, 40)] = 0;
	for (char *c = name; *c; c++)
		if (*c == '/')
			*c = '_';
	snprintf(path, sizeof(path), "/sys/kernel/config/%s/%s", tree, name);
	if (shared->quiet || chance(w, 40))
		return sys(rmdir(path));
	if (mkdir(path, 0755))
		return -errno;
	if (!strcmp(tree, "ramblk")) {
		snprintf(path, sizeof(path),
			 "/sys/kernel/config/ramblk/%s/mem_limit", name);
		put_text(path, "16M");
	}
	snprintf(path, sizeof(path), "/sys/kernel/config/%s/%s/power", tree,
		 name);
	return put_text(path, "1");
}

static const struct deed knob_deeds[] = {
	{ "knob", 20, fuzz_knob }, { "mkdir or rmdir", 2, fuzz_dir },
	{ }
};

static const char *const links[] = {
	"loopnet0", "fz-a", "fz-b", "fz-c", "loopnet0",
};

/* A message whose attributes are right, or of the wrong size, or unknown. */
static void some_attr(struct worker *w, struct nl *nl, int type, size_t size)
{
	unsigned char data[64];
	uint64_t value = edge(w);

	memcpy(data, &value, 8);
	for (size_t i = 8; i < sizeof(data); i++)
		data[i] = rnd64(&w->rng);
	if (chance(w, 10))
		size = pick(w, sizeof(data));
	nl_put(nl, type, data, size);
}

static long fuzz_link(struct worker *w)
{
	static const int types[] = { RTM_NEWLINK, RTM_NEWLINK, RTM_NEWLINK,
				     RTM_SETLINK, RTM_DELLINK, RTM_GETLINK };
	static const int sizes[] = { 1, 2, 4, 4, 4, 6, 8 };
	struct rtattr *info, *data, *peer;
	int type = pick_of(w, types), flags = 0;
	const char *name = pick_of(w, links);
	struct ifinfomsg *head;
	struct nl nl;

	if (shared->quiet && type != RTM_DELLINK)
		return 0;
	if (type == RTM_NEWLINK && chance(w, 70))
		flags = NLM_F_CREATE | NLM_F_EXCL;
	head = nl_link(&nl, type, flags, flags ? NULL : name);
	if (!flags && !head->ifi_index)
		return -ENODEV;
	if (type == RTM_DELLINK)
		return nl_talk(&nl);
	if (chance(w, 30)) {
		head->ifi_flags = rnd64(&w->rng);
		head->ifi_change = IFF_UP | IFF_PROMISC | IFF_ALLMULTI;
	}
	if (flags)
		nl_text(&nl, IFLA_IFNAME, name);
	for (int n = pick(w, 4); n; n--) {
		static const unsigned char which[] = {
			IFLA_MTU, IFLA_TXQLEN, IFLA_ADDRESS, IFLA_BROADCAST,
			IFLA_NUM_TX_QUEUES, IFLA_NUM_RX_QUEUES, IFLA_GROUP,
			IFLA_PROMISCUITY, IFLA_CARRIER, IFLA_OPERSTATE,
			IFLA_GSO_MAX_SIZE, IFLA_GSO_MAX_SEGS, IFLA_LINKMODE,
			IFLA_GRO_MAX_SIZE, 58, 59, 60, 63,
		};
		unsigned char t = pick_of(w, which);

		some_attr(w, &nl, t, t == IFLA_ADDRESS ? 6 : 4);
	}
	if (flags || chance(w, 50)) {
		info = nl_put(&nl, IFLA_LINKINFO | NLA_F_NESTED, NULL, 0);
		nl_put(&nl, IFLA_INFO_KIND, "loopnet", 7);
		data = nl_put(&nl, IFLA_INFO_DATA | NLA_F_NESTED, NULL, 0);
		if (chance(w, 50))
			nl_put(&nl, IFLA_LOOPNET_MODE,
			       &(char){ pick(w, 5) }, 1);
		if (chance(w, 40))
			nl_u32(&nl, IFLA_LOOPNET_QUEUES, pick(w, 6));
		if (chance(w, 20))
			some_attr(w, &nl, pick(w, 8), pick_of(w, sizes));
		if (chance(w, 30)) {
			peer = nl_put(&nl, IFLA_LOOPNET_PEER | NLA_F_NESTED,
				      NULL, 0);
			if (chance(w, 95))
				nl_room(&nl, sizeof(*head));
			if (chance(w, 80))
				nl_text(&nl, IFLA_IFNAME, pick_of(w, links));
			if (chance(w, 20))
				some_attr(w, &nl, pick(w, 64), 4);
			nl_end(&nl, peer);
		}
		nl_end(&nl, data);
		nl_end(&nl, info);
	}
	return nl_talk(&nl);
}

static long fuzz_ethtool(struct worker *w)
{
	static uint32_t arg[65536];
	struct ifreq ifr = { .ifr_data = (void *)arg };
	const char *dev = pick_of(w, links);

	memset(arg, 0, 4096);
	arg[0] = 1 + pick(w, 0x58);
	/* Read, change something, write: past the checks more often. */
	if (chance(w, 60)) {
		static const uint32_t pairs[][2] = {
			{ ETHTOOL_GCHANNELS, ETHTOOL_SCHANNELS },
			{ ETHTOOL_GRINGPARAM, ETHTOOL_SRINGPARAM },
			{ ETHTOOL_GCOALESCE, ETHTOOL_SCOALESCE },
			{ ETHTOOL_GPAUSEPARAM, ETHTOOL_SPAUSEPARAM },
			{ ETHTOOL_GPFLAGS, ETHTOOL_SPFLAGS },
			{ ETHTOOL_GFEATURES, ETHTOOL_SFEATURES },
			{ ETHTOOL_GRSSH, ETHTOOL_SRSSH },
			{ ETHTOOL_GRXFHINDIR, ETHTOOL_SRXFHINDIR },
		};
		size_t p = pick(w, sizeof(pairs) / sizeof(*pairs));

		arg[0] = pairs[p][0];
		if (p >= 5)
			arg[p == 6 ? 2 : 1] = pick(w, 200);
		if (if_ioctl(dev, SIOCETHTOOL, &ifr))
			return -EOPNOTSUPP;
		arg[0] = pairs[p][1];
		arg[1 + pick(w, 12)] = pick(w, chance(w, 70) ? 8 : 100000);
		return if_ioctl(dev, SIOCETHTOOL, &ifr);
	}
	for (int i = 1; i < 32; i++)
		arg[i] = chance(w, 70) ? pick(w, 8) : edge(w);
	if (chance(w, 10)) {
		struct hwtstamp_config c = { pick(w, 2), pick(w, 4), pick(w, 16) };

		ifr.ifr_data = (void *)&c;
		return if_ioctl(dev, chance(w, 50) ? SIOCSHWTSTAMP :
				SIOCGHWTSTAMP, &ifr);
	}
	return if_ioctl(dev, SIOCETHTOOL, &ifr);
}

static long fuzz_packet(struct worker *w)
{
	bool vnet = chance(w, 50);
	int fd = packet_socket(pick_of(w, links), vnet);
	long rc = 0;

	if (fd < 0)
		return fd;
	for (int n = pick(w, 30); n; n--)
		rc = send_frame(w, fd, vnet);
	close(fd);
	return rc;
}

static long fuzz_xdp(struct worker *w)
{
	int prog = chance(w, 30) ? -1 : xdp_program(pick(w, 7), chance(w, 50));
	long rc = xdp_attach(pick_of(w, links), prog, 1 << pick(w, 5));

	if (prog >= 0)
		close(prog);
	return rc;
}

static long fuzz_up(struct worker *w)
{
	const char *dev = pick_of(w, links);

	if_address(dev, 0x0a000000 + (1 << pick(w, 24)), 8 + pick(w, 24));
	return if_flags(dev, chance(w, 80) ? IFF_UP : 0, IFF_UP);
}

static const struct deed net_deeds[] = {
	{ "rtnetlink", 20, fuzz_link }, { "ethtool", 25, fuzz_ethtool },
	{ "frames", 20, fuzz_packet }, { "XDP", 8, fuzz_xdp },
	{ "up", 10, fuzz_up },
	{ }
};

static long reload(struct worker *w)
{
	static const char *const dirs[] = {
		"/sys/kernel/config/ringchar/ringchar-f",
		"/sys/kernel/config/ramblk/ramblk-f", NULL,
	};
	static const char *const good[][2] = {
		{ "ringchar", "" }, { "ramblk", "size=64M mem_limit=16M" },
		{ "loopnet", "" }, { "pseudo", "" },
	};
	static const char *const names[] = {
		"devices", "size", "mode", "queues", "seed", "mem_limit",
		"block_size", "write_cache", "chunk", "max_size", "nothing",
		"completion", "queue_depth",
	};
	size_t m = pick(w, 4);
	char params[256] = "", value[32];

	usleep(pick(w, 200000));
	if (chance(w, 60))
		unload_module_now(w, good[m][0], dirs);
	if (chance(w, 30)) {
		value[some_text(w, value, 24)] = 0;
		snprintf(params, sizeof(params), "%s %s=%s", good[m][1],
			 pick_of(w, names), value);
		/* Thousands of disks take all memory. */
		if (!strstr(params, "devices=") && !strstr(params, "size="))
			load_module_now(modules[m], params);
	}
	return load_module_now(good[m][0], good[m][1]);
}

static const struct deed loader_deeds[] = {
	{ "rmmod and insmod", 1, reload },
	{ }
};

int main(int argc, char **argv)
{
	const struct role roles[] = {
		{ "nodes", 3, node_deeds, node_start },
		{ "knobs", 2, knob_deeds, NULL },
		{ "net", 2, net_deeds, NULL },
		{ "loader", 1, loader_deeds, NULL },
		{ },
	};

	return workers_main(argc, argv, roles);
}
