// SPDX-License-Identifier: GPL-2.0-only
/*
 * xsk: frames from one AF_XDP socket to another, each of them looked at.
 *
 *   xsk FROM[/QUEUE] TO[/QUEUE] FRAMES SIZE [WORD ...]
 *
 * FROM and TO are interfaces, or one interface that gives back what it is sent.
 * Frames are UDP, numbered, of SIZE bytes. A word changes something:
 *
 *   copy, zerocopy   bind like that or fail; without, as the kernel likes
 *   wakeup           call the kernel only when it asks for that
 *   poll             let poll() wake it
 *   frags            packets may have several buffers (XDP_USE_SG)
 *   pieces=N         sends each frame in N buffers
 *   chunk=N          size of a buffer (2048)
 *   csum             leaves the UDP checksum to the interface
 *   start=N          and says that it begins there (34)
 *   stamp            wants to know when each frame was sent
 *   launch=MS        wants frames sent so much later, by the interface's clock
 *   dry              the receiver gives no buffers until all has been sent
 *   loss             frames may get lost, and the other end be down
 *   action=N         the receiver's program says N (1 drop, 2 pass, 3 send back)
 *                    instead of giving frames to the socket; none is expected
 *   hold             binds, says so and waits for the end of standard input
 *   die              ends by SIGKILL with frames under way
 *   time=MS          sends for so long, however many frames that are, looks at none
 *                    of them, and prints "MODE: GOT frames, NS ns"
 *   once             does not wait for a queue that is taken; whoever had it may
 *                    be gone, the core frees it a little later
 *
 * Prints "MODE: SENT sent, DONE completed, GOT received, WRONG wrong" and ends
 * with 0 if all of them arrived as they were sent. MODE is how both are bound.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/if_xdp.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Newer than some headers. */
#define USE_SG			(1 << 4)
#define PKT_CONTD		(1U << 0)
#define TX_METADATA		(1U << 1)
#define UMEM_METADATA_LEN	(1 << 2)
#define WANT_STAMP		(1ULL << 0)
#define WANT_CSUM		(1ULL << 1)
#define WANT_LAUNCH		(1ULL << 2)
#define PROG_HAS_FRAGS		(1U << 5)

struct umem_reg {
	uint64_t addr;
	uint64_t len;
	uint32_t chunk_size;
	uint32_t headroom;
	uint32_t flags;
	uint32_t tx_metadata_len;
};

struct metadata {
	uint64_t flags;
	union {
		struct {
			uint16_t csum_start;
			uint16_t csum_offset;
			uint32_t reserved;
			uint64_t launch;
		} request;
		uint64_t stamp;
	};
};

enum {
	CHUNKS = 1024,		/* half of them to receive, half to send */
	RING = CHUNKS / 2,
	HEADERS = 14 + 20 + 8,
	META = 64,		/* room for what is said about a frame */
};

struct ring {
	_Atomic uint32_t *producer, *consumer;
	uint32_t *flags;
	void *desc;
	uint32_t head, tail;	/* ours */
};

struct sock {
	const char *dev;
	unsigned int queue, index;
	int fd, prog, map, link;
	uint8_t *umem;
	uint8_t mac[6];
	bool zerocopy;
	struct ring rx, tx, fill, done;
};

static unsigned int frames, size, pieces = 1, chunk = 2048, launch, action,
		    timed, csum_start = 34;
static bool want_copy, want_zerocopy, wakeup, by_poll, frags, csum, stamp, dry,
	    loss, hold, die_early, once;
static unsigned int sent, completed, received, wrong, stamped;
static uint64_t launched_at;

__attribute__((noreturn, format(printf, 1, 2)))
static void die(const char *format, ...)
{
	int error = errno;
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf(": %s\n", strerror(error));
	exit(2);
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static long bpf(int cmd, union bpf_attr *attr, size_t len)
{
	return syscall(SYS_bpf, cmd, attr, len);
}

/* A program that gives what its queue receives to the socket in a map. */
static void attach(struct sock *s)
{
	struct bpf_insn code[] = {
		{ .code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = 2, .src_reg = 1,
		  .off = 16 },			/* rx_queue_index */
		{ .code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = 1,
		  .src_reg = BPF_PSEUDO_MAP_FD },
		{ 0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3,
		  .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_redirect_map },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	struct bpf_insn plain[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0,
		  .imm = action },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	uint32_t key = s->queue, value = s->fd;
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_XSKMAP,
		.key_size = 4, .value_size = 4, .max_entries = 64,
	};

	s->map = bpf(BPF_MAP_CREATE, &attr, sizeof(attr));
	if (s->map < 0)
		die("map");
	code[1].imm = s->map;
	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_XDP;
	attr.expected_attach_type = BPF_XDP;
	attr.insns = (uintptr_t)(action ? plain : code);
	attr.insn_cnt = action ? sizeof(plain) / sizeof(*plain) :
				 sizeof(code) / sizeof(*code);
	attr.license = (uintptr_t)"GPL";
	attr.prog_flags = frags ? PROG_HAS_FRAGS : 0;
	s->prog = bpf(BPF_PROG_LOAD, &attr, sizeof(attr));
	if (s->prog < 0)
		die("program");
	memset(&attr, 0, sizeof(attr));
	attr.link_create.prog_fd = s->prog;
	attr.link_create.target_ifindex = s->index;
	attr.link_create.attach_type = BPF_XDP;
	attr.link_create.flags = XDP_FLAGS_DRV_MODE;
	s->link = bpf(BPF_LINK_CREATE, &attr, sizeof(attr));
	if (s->link < 0)
		die("attach");
	memset(&attr, 0, sizeof(attr));
	attr.map_fd = s->map;
	attr.key = (uintptr_t)&key;
	attr.value = (uintptr_t)&value;
	if (bpf(BPF_MAP_UPDATE_ELEM, &attr, sizeof(attr)))
		die("socket into map");
}

static void make_ring(struct sock *s, int option)
{
	int entries = RING;

	if (setsockopt(s->fd, SOL_XDP, option, &entries, sizeof(entries)))
		die("ring %d", option);
}

static void map_ring(struct sock *s, struct ring *r, off_t at,
		     const struct xdp_ring_offset *off, size_t entry)
{
	uint8_t *p = mmap(NULL, off->desc + RING * entry, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_POPULATE, s->fd, at);

	if (p == MAP_FAILED)
		die("map a ring");
	r->producer = (void *)(p + off->producer);
	r->consumer = (void *)(p + off->consumer);
	r->flags = (void *)(p + off->flags);
	r->desc = p + off->desc;
}

static void open_socket(struct sock *s, char *name)
{
	struct umem_reg umem = {
		.len = (uint64_t)CHUNKS * chunk, .chunk_size = chunk,
	};
	char *slash = strchr(name, '/');
	struct xdp_mmap_offsets off;
	socklen_t len = sizeof(off);
	struct ifreq ifr = { 0 };
	int fd;

	if (slash) {
		*slash = 0;
		s->queue = atoi(slash + 1);
	}
	s->dev = name;
	s->index = if_nametoindex(name);
	if (!s->index)
		die("%s", name);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	strncpy(ifr.ifr_name, name, IFNAMSIZ - 1);
	if (ioctl(fd, SIOCGIFHWADDR, &ifr))
		die("%s", name);
	close(fd);
	memcpy(s->mac, ifr.ifr_hwaddr.sa_data, 6);

	s->fd = socket(AF_XDP, SOCK_RAW, 0);
	if (s->fd < 0)
		die("socket");
	s->umem = mmap(NULL, umem.len, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (s->umem == MAP_FAILED)
		die("memory");
	umem.addr = (uintptr_t)s->umem;
	if (csum || stamp || launch) {
		umem.flags = UMEM_METADATA_LEN;
		umem.tx_metadata_len = sizeof(struct metadata);
	}
	if (setsockopt(s->fd, SOL_XDP, XDP_UMEM_REG, &umem, sizeof(umem)))
		die("memory of the socket");
	make_ring(s, XDP_UMEM_FILL_RING);
	make_ring(s, XDP_UMEM_COMPLETION_RING);
	make_ring(s, XDP_RX_RING);
	make_ring(s, XDP_TX_RING);
	if (getsockopt(s->fd, SOL_XDP, XDP_MMAP_OFFSETS, &off, &len))
		die("offsets");
	map_ring(s, &s->rx, XDP_PGOFF_RX_RING, &off.rx, sizeof(struct xdp_desc));
	map_ring(s, &s->tx, XDP_PGOFF_TX_RING, &off.tx, sizeof(struct xdp_desc));
	map_ring(s, &s->fill, XDP_UMEM_PGOFF_FILL_RING, &off.fr, 8);
	map_ring(s, &s->done, XDP_UMEM_PGOFF_COMPLETION_RING, &off.cr, 8);
}

static void bind_socket(struct sock *s)
{
	struct sockaddr_xdp addr = {
		.sxdp_family = AF_XDP, .sxdp_ifindex = s->index,
		.sxdp_queue_id = s->queue,
		.sxdp_flags = (want_copy ? XDP_COPY : 0) |
			      (want_zerocopy ? XDP_ZEROCOPY : 0) |
			      (wakeup ? XDP_USE_NEED_WAKEUP : 0) |
			      (frags ? USE_SG : 0),
	};
	struct xdp_options options;
	socklen_t len = sizeof(options);
	int tries = 1000;

	while (bind(s->fd, (void *)&addr, sizeof(addr))) {
		if (errno != EBUSY || once || !tries--)
			die("bind");
		usleep(10000);
	}
	if (getsockopt(s->fd, SOL_XDP, XDP_OPTIONS, &options, &len))
		die("options");
	s->zerocopy = options.flags & XDP_OPTIONS_ZEROCOPY;
}

static void give(struct sock *s, uint64_t addr)
{
	((uint64_t *)s->fill.desc)[s->fill.head++ % RING] = addr;
	atomic_store(s->fill.producer, s->fill.head);
}

static uint32_t sum_up(const uint8_t *p, unsigned int len, uint32_t sum)
{
	unsigned int i;

	for (i = 0; i < len; i++)
		sum += i & 1 ? p[i] : p[i] << 8;
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static uint8_t byte_of(unsigned int frame, unsigned int at)
{
	return (frame * 131 + at * 7) ^ (at >> 8);
}

/* The sum of what UDP sums besides its own bytes. */
static uint32_t pseudo_header(const uint8_t *p)
{
	return sum_up(p + 26, 8, IPPROTO_UDP + size - 34);
}

static void make_frame(uint8_t *p, unsigned int n, const struct sock *from,
		       const struct sock *to)
{
	static const uint8_t other[6] = { 2, 0, 0, 0, 0, 9 };
	unsigned int len = size - 14, i;
	uint16_t sum;

	memset(p, 0, HEADERS);
	memcpy(p, from == to ? other : to->mac, 6);
	memcpy(p + 6, from->mac, 6);
	p[12] = 8;
	p[14] = 0x45;
	p[16] = len >> 8;
	p[17] = len;
	p[20] = 0x40;
	p[22] = 64;
	p[23] = IPPROTO_UDP;
	memcpy(p + 26, "\xc0\0\2\1\xc0\0\2\7", 8);
	sum = ~fold(sum_up(p + 14, 20, 0));
	p[24] = sum >> 8;
	p[25] = sum;
	p[34] = p[36] = 7;
	p[38] = (len - 20) >> 8;
	p[39] = len - 20;
	memcpy(p + HEADERS, &n, 4);
	for (i = HEADERS + 4; i < size; i++)
		p[i] = byte_of(n, i);
	sum = pseudo_header(p);
	if (!csum)
		sum = ~fold(sum_up(p + 34, size - 34, pseudo_header(p)));
	else
		sum = fold(pseudo_header(p));
	if (!csum && !sum)
		sum = 0xffff;
	p[40] = sum >> 8;
	p[41] = sum;
}

static bool is_right(const uint8_t *p, unsigned int len, unsigned int expected)
{
	unsigned int n, i;

	if (len != size)
		return false;
	memcpy(&n, p + HEADERS, 4);
	if (!loss && n != expected)
		return false;
	for (i = HEADERS + 4; i < size; i++) {
		if (p[i] != byte_of(n, i))
			return false;
	}
	return fold(sum_up(p + 34, size - 34, pseudo_header(p))) == 0xffff;
}

/* What the interface's clock shows. */
static uint64_t clock_of(const struct sock *s)
{
	struct ethtool_ts_info info = { .cmd = ETHTOOL_GET_TS_INFO };
	struct ifreq ifr = { .ifr_data = (void *)&info };
	static int clock = -1;
	struct timespec t;
	char path[32];
	int fd;

	if (clock < 0) {
		strncpy(ifr.ifr_name, s->dev, IFNAMSIZ - 1);
		fd = socket(AF_INET, SOCK_DGRAM, 0);
		if (ioctl(fd, SIOCETHTOOL, &ifr))
			die("clock of %s", s->dev);
		close(fd);
		snprintf(path, sizeof(path), "/dev/ptp%d", info.phc_index);
		clock = open(path, O_RDWR);
		if (clock < 0)
			die("%s", path);
	}
	/* FD_TO_CLOCKID() */
	if (clock_gettime((~(clockid_t)clock << 3) | 3, &t))
		die("clock");
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* Chunks to be sent from: those of the second half that are not under way. */
static unsigned int spare[RING], spares;

static void send_one(struct sock *s, const struct sock *to)
{
	static uint8_t whole[1 << 17];
	unsigned int each = (size + pieces - 1) / pieces, at = 0, i;

	/* In time a frame is made once for each place. */
	if (!timed || sent < RING)
		make_frame(whole, sent, s, to);
	for (i = 0; i < pieces; i++) {
		struct xdp_desc *d = (struct xdp_desc *)s->tx.desc +
				     s->tx.head++ % RING;
		unsigned int len = size - at < each ? size - at : each;
		uint64_t addr = (uint64_t)spare[--spares] * chunk + META;
		struct metadata *meta = (void *)(s->umem + addr - sizeof(*meta));

		d->addr = addr;
		d->len = len;
		d->options = i + 1 < pieces ? PKT_CONTD : 0;
		if (!timed || sent < RING)
			memcpy(s->umem + addr, whole + at, len);
		at += len;
		memset(meta, 0, sizeof(*meta));
		if (i || !(csum || stamp || launch))
			continue;
		d->options |= TX_METADATA;
		if (stamp)
			meta->flags |= WANT_STAMP;
		if (csum) {
			meta->flags |= WANT_CSUM;
			meta->request.csum_start = csum_start;
			meta->request.csum_offset = 6;
		}
		if (launch) {
			meta->flags |= WANT_LAUNCH;
			meta->request.launch = launched_at;
		}
	}
	atomic_store(s->tx.producer, s->tx.head);
	sent++;
}

static void wake(struct sock *s)
{
	struct pollfd p = { .fd = s->fd, .events = POLLIN | POLLOUT };

	if (by_poll) {
		poll(&p, 1, 0);
		return;
	}
	if (wakeup && !(*(volatile uint32_t *)s->tx.flags & XDP_RING_NEED_WAKEUP))
		return;
	if (sendto(s->fd, NULL, 0, MSG_DONTWAIT, NULL, 0) < 0 &&
	    errno != EAGAIN && errno != EBUSY && errno != ENOBUFS &&
	    !(errno == ENETDOWN && loss))
		die("wake up");
}

static void collect(struct sock *s)
{
	static unsigned int part;
	uint32_t n = atomic_load(s->done.producer);

	while (s->done.tail != n) {
		uint64_t addr = ((uint64_t *)s->done.desc)[s->done.tail++ % RING];
		const struct metadata *meta = (void *)(s->umem + addr -
						       sizeof(*meta));

		/* A clock that starts with the time of day; else what we asked. */
		if (stamp && meta->stamp > 1000000000000000000ull)
			stamped++;
		spare[spares++] = addr / chunk;
		if (++part == pieces) {
			part = 0;
			completed++;
		}
	}
	atomic_store(s->done.consumer, s->done.tail);
}

static void receive(struct sock *s)
{
	static uint8_t whole[1 << 17];
	static unsigned int len;
	uint32_t n = atomic_load(s->rx.producer);

	while (s->rx.tail != n) {
		const struct xdp_desc *d = (struct xdp_desc *)s->rx.desc +
					   s->rx.tail++ % RING;

		if (!timed && len + d->len <= sizeof(whole)) {
			memcpy(whole + len, s->umem + d->addr, d->len);
			len += d->len;
		}
		give(s, d->addr / chunk * chunk);
		if (d->options & PKT_CONTD)
			continue;
		if (!timed && !is_right(whole, len, received))
			wrong++;
		received++;
		len = 0;
	}
	atomic_store(s->rx.consumer, s->rx.tail);
	if (wakeup && *(volatile uint32_t *)s->fill.flags & XDP_RING_NEED_WAKEUP)
		recvfrom(s->fd, NULL, 0, MSG_DONTWAIT, NULL, NULL);
}

static void give_all(struct sock *s)
{
	unsigned int i;

	for (i = 0; i < RING; i++)
		give(s, (uint64_t)i * chunk);
}

static void parse(const char *word)
{
	struct { const char *name; bool *flag; } flags[] = {
		{ "copy", &want_copy }, { "zerocopy", &want_zerocopy },
		{ "wakeup", &wakeup }, { "poll", &by_poll },
		{ "frags", &frags }, { "csum", &csum }, { "stamp", &stamp },
		{ "dry", &dry }, { "loss", &loss }, { "hold", &hold },
		{ "die", &die_early }, { "once", &once },
	};
	struct { const char *name; unsigned int *value; } values[] = {
		{ "pieces=", &pieces }, { "chunk=", &chunk },
		{ "launch=", &launch }, { "action=", &action },
		{ "time=", &timed }, { "start=", &csum_start },
	};
	unsigned int i;

	for (i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		if (!strcmp(word, flags[i].name)) {
			*flags[i].flag = true;
			return;
		}
	}
	for (i = 0; i < sizeof(values) / sizeof(*values); i++) {
		size_t len = strlen(values[i].name);

		if (!strncmp(word, values[i].name, len)) {
			*values[i].value = atoi(word + len);
			return;
		}
	}
	errno = EINVAL;
	die("%s", word);
}

int main(int argc, char **argv)
{
	static struct sock a, b;
	struct sock *to = &a;
	uint64_t progress, start;
	const char *mode;
	unsigned int last = 0, room;
	bool done;
	int i;

	if (argc < 5) {
		fprintf(stderr, "usage: xsk FROM TO FRAMES SIZE [WORD ...]\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	frames = atoi(argv[3]);
	size = atoi(argv[4]);
	for (i = 5; i < argc; i++)
		parse(argv[i]);
	if (size < HEADERS + 4)
		size = HEADERS + 4;
	if (timed)
		frames = -1;

	if (strcmp(argv[1], argv[2])) {
		to = &b;
		open_socket(to, argv[2]);
	}
	open_socket(&a, argv[1]);
	if (!dry)
		give_all(to);
	bind_socket(&a);
	if (to != &a)
		bind_socket(to);
	attach(to);
	for (spares = 0; spares < RING; spares++)
		spare[spares] = RING + spares;
	mode = a.zerocopy && to->zerocopy ? "zerocopy" : "copy";
	if (hold) {
		printf("bound, %s\n", mode);
		while (read(0, &done, 1) > 0)
			;
		return 0;
	}
	if (launch)
		launched_at = clock_of(&a) + launch * 1000000ull;

	/* The kernel takes up to 640 bytes of each buffer for itself. */
	room = RING / 2 / (size / (chunk - 640) + 1);
	start = now();
	progress = start;
	for (;;) {
		while (sent < frames && spares >= pieces &&
		       sent - completed < RING / pieces &&
		       (loss || action || sent - received < room))
			send_one(&a, to);
		if (die_early && received > 100)
			kill(getpid(), SIGKILL);
		wake(&a);
		collect(&a);
		if (dry && completed == frames) {
			dry = false;
			give_all(to);
			frames *= 2;
		}
		receive(to);
		if (completed + received != last) {
			last = completed + received;
			progress = now();
		}
		if (timed && now() - start > timed * 1000000ull) {
			printf("%s: %u frames, %llu ns\n", mode, received,
			       (unsigned long long)(now() - start));
			return 0;
		}
		/* With loss there is no number to wait for, but silence. */
		if (completed == frames && !loss &&
		    (action || received >= frames))
			break;
		/* Nothing has happened for a while. */
		if (now() - progress > (loss && completed == frames ? 1 : 20) *
				       1000000000ull +
				       (loss ? 0 : launch * 1000000ull))
			break;
	}
	printf("%s: %u sent, %u completed, %u received, %u wrong", mode, sent,
	       completed, received, wrong);
	if (stamp)
		printf(", %u stamped", stamped);
	if (launch)
		printf(", %s", now() - start >= launch * 1000000ull ? "late" :
								      "early");
	printf("\n");
	return wrong || completed != frames ||
	       (!loss && received != (action ? 0 : frames));
}
