// SPDX-License-Identifier: GPL-2.0-only
/*
 * failnth: lets the first, then the second, then the third, ... allocation
 * (or copy from or to user space) fail that an operation makes in the kernel,
 * until the operation makes no more of them.
 *
 *	failnth [-m MAX] [-s MIN] [-q] PREPARE... -- OPERATION... -- UNDO...
 *
 * Each argument is one statement, words separated by spaces, see verbs[].
 * PREPARE and UNDO run with nothing failing and must succeed (UNDO: unless it
 * begins with "-"); they run in every round, so that each round starts alike.
 * The operation's statements run until one fails. A round that was not struck
 * must succeed; that it does so after all the failures before it shows that
 * those left the device in working order.
 *
 * -m MAX: at most so many rounds; -s MIN: fewer strikes than this are a
 * failure (1): an operation that cannot fail proves nothing.
 */
#include "../fuzz/lab.h"

#include <arpa/inet.h>
#include <linux/ethtool.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>

#define FDS	16
#define WORDS	24
#define BUFFER	(4 << 20)
#define MAPS	4

static int fds[FDS];
static struct { char *at; size_t len; } maps[MAPS];
static char *buffer;
static int held = -1;		/* what "mark" saw */
static long last_rc;		/* of the operation of this round */
static int word_count;
static char *word[WORDS];
static const char *now = "start";	/* for the alarm */

static unsigned long number(int i)
{
	char *end;
	unsigned long v;

	if (i >= word_count)
		return 0;
	v = strtoul(word[i], &end, 0);
	switch (*end) {
	case 'K': return v << 10;
	case 'M': return v << 20;
	case 'G': return v << 30;
	default: return v;
	}
}

static const char *text(int i)
{
	return i < word_count ? word[i] : "";
}

/* The rest of the statement, as it was written but for runs of spaces. */
static const char *rest(int i)
{
	static char all[1024];

	all[0] = 0;
	for (; i < word_count; i++) {
		strncat(all, word[i], sizeof(all) - strlen(all) - 2);
		if (i + 1 < word_count)
			strcat(all, " ");
	}
	return all;
}

static int fd(int i)
{
	return fds[number(i) % FDS];
}

static long result(long rc)
{
	return rc < 0 ? -errno : rc;
}

static long keep(int i, int new)
{
	if (new < 0)
		return -errno;
	fds[number(i) % FDS] = new;
	return 0;
}

static long do_open(void)
{
	static const struct { const char *name; int flag; } flags[] = {
		{ "rw", O_RDWR }, { "wo", O_WRONLY }, { "nonblock", O_NONBLOCK },
		{ "direct", O_DIRECT }, { "sync", O_SYNC }, { "dir", O_DIRECTORY },
		{ "excl", O_EXCL }, { "dsync", O_DSYNC }, { "trunc", O_TRUNC },
		{ "create", O_CREAT },
	};
	int how = O_CLOEXEC, i;
	size_t f;

	for (i = 3; i < word_count; i++)
		for (f = 0; f < sizeof(flags) / sizeof(*flags); f++)
			if (!strcmp(word[i], flags[f].name))
				how |= flags[f].flag;
	return keep(1, open(word[2], how, 0600));
}

static long do_close(void)
{
	int f = fd(1);

	fds[number(1) % FDS] = -1;
	return result(close(f));
}

static long do_read(void) { return result(read(fd(1), buffer, number(2))); }
static long do_write(void) { return result(write(fd(1), buffer, number(2))); }

static long do_pread(void)
{
	return result(pread(fd(1), buffer, number(2), number(3)));
}

static long do_pwrite(void)
{
	return result(pwrite(fd(1), buffer, number(2), number(3)));
}

/* FD LEN COUNT: COUNT pieces of LEN bytes. */
static int pieces(struct iovec *iov)
{
	int n = number(3), i;

	if (n > 64)
		n = 64;
	for (i = 0; i < n; i++) {
		iov[i].iov_base = buffer + i * number(2) * 2;
		iov[i].iov_len = number(2);
	}
	return n;
}

static long do_readv(void)
{
	struct iovec iov[64];

	return result(readv(fd(1), iov, pieces(iov)));
}

static long do_writev(void)
{
	struct iovec iov[64];

	return result(writev(fd(1), iov, pieces(iov)));
}

static long do_put(void) { return put_text(word[1], rest(2)); }

static long do_get(void)
{
	ssize_t n = get_text(word[1], buffer, 65536);

	return n < 0 ? n : 0;
}

static long do_insmod(void) { return insert_module(word[1], rest(2)); }
static long do_rmmod(void) { return remove_module(word[1]); }
static long do_mkdir(void) { return result(mkdir(word[1], 0755)); }
static long do_rmdir(void) { return result(rmdir(word[1])); }
static long do_fsync(void) { return result(fsync(fd(1))); }

static long do_mount(void)
{
	return result(mount(word[1], word[2], word[3], 0, rest(4)));
}

static long do_umount(void) { return result(umount2(word[1], 0)); }

static long do_sh(void)
{
	int status = system(rest(1));

	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -ECHILD;
}

static long do_poll(void)
{
	struct pollfd p = { .fd = fd(1), .events = number(2) };

	return result(poll(&p, 1, 0));
}

static long do_epoll(void)
{
	struct epoll_event e = { .events = number(3) };

	return result(epoll_ctl(fd(1), EPOLL_CTL_ADD, fd(2), &e));
}

static long do_epoll_create(void) { return keep(1, epoll_create1(0)); }

static long do_async(void)
{
	int flags = fcntl(fd(1), F_GETFL);

	return result(fcntl(fd(1), F_SETFL, flags | O_ASYNC));
}

/* FD NUMBER [WORD...]: the argument is a buffer of 64-bit words ("ptr": the
 * data buffer), or with "=VALUE" the value itself.
 */
static long do_ioctl(void)
{
	uint64_t arg[64] = { 0 };
	int i;

	if (text(3)[0] == '=')
		return result(ioctl(fd(1), number(2),
				    strtoul(text(3) + 1, NULL, 0)));
	for (i = 3; i < word_count; i++)
		arg[i - 3] = strcmp(word[i], "ptr") ? number(i) :
			     (uintptr_t)buffer;
	return result(ioctl(fd(1), number(2), arg));
}

static long do_mmap(void)	/* MAP FD LEN shared|private [ro] [OFFSET] */
{
	unsigned int m = number(1) % MAPS;
	int prot = PROT_READ | (strcmp(text(5), "ro") ? PROT_WRITE : 0);
	void *at;

	at = mmap(NULL, number(3), prot, strcmp(text(4), "private") ?
		  MAP_SHARED : MAP_PRIVATE, fd(2), number(6));
	if (at == MAP_FAILED)
		return -errno;
	maps[m].at = at;
	maps[m].len = number(3);
	return 0;
}

static long do_touch(void)	/* MAP: by system calls, so that it can fail */
{
	unsigned int m = number(1) % MAPS;

	return result(madvise(maps[m].at, maps[m].len,
			      strcmp(text(2), "ro") ? 23 /* POPULATE_WRITE */ :
			      22));
}

static long do_munmap(void)
{
	unsigned int m = number(1) % MAPS;

	if (!maps[m].at)
		return -EINVAL;
	munmap(maps[m].at, maps[m].len);
	maps[m].at = NULL;
	return 0;
}

static long do_pipe(void)	/* READ-END WRITE-END */
{
	int p[2];

	if (pipe2(p, O_CLOEXEC | O_NONBLOCK))
		return -errno;
	fds[number(1) % FDS] = p[0];
	fds[number(2) % FDS] = p[1];
	return 0;
}

static long do_splice(void)	/* FROM TO LEN */
{
	return result(splice(fd(1), NULL, fd(2), NULL, number(3),
			     SPLICE_F_NONBLOCK));
}

static long do_sendfile(void)	/* TO FROM LEN */
{
	off_t at = 0;

	return result(sendfile(fd(1), fd(2), &at, number(3)));
}

static long do_fallocate(void)	/* FD punch|zero OFFSET LEN */
{
	int mode = strcmp(text(2), "punch") ? FALLOC_FL_ZERO_RANGE :
		   FALLOC_FL_PUNCH_HOLE;

	return result(fallocate(fd(1), mode | FALLOC_FL_KEEP_SIZE, number(3),
				number(4)));
}

static long do_discard(void)	/* FD discard|zeroout OFFSET LEN */
{
	uint64_t range[2] = { number(3), number(4) };

	return result(ioctl(fd(1), strcmp(text(2), "zeroout") ? BLKDISCARD :
			    BLKZEROOUT, range));
}

static long do_rrpart(void) { return result(ioctl(fd(1), BLKRRPART)); }

/* FD: how much is held; "kept" wants that a failed operation moved nothing and
 * another one what it said: FD +1 (it put) or -1 (it took).
 */
static long do_mark(void) { return result(ioctl(fd(1), FIONREAD, &held)); }

static long do_kept(void)
{
	int have = 0, want = held;

	if (ioctl(fd(1), FIONREAD, &have))
		return -errno;
	if (last_rc > 0)
		want += strtol(text(2), NULL, 0) * last_rc;
	if (have == want)
		return 0;
	printf("# held %d before, %d after a result of %ld\n", held, have,
	       last_rc);
	return -ESTALE;
}

/* Network. newlink NAME KIND [TYPE=u32:VALUE | TYPE=peer:NAME]... */
static long do_newlink(void)
{
	struct rtattr *info, *data, *peer;
	struct ifinfomsg *head;
	static struct nl nl;
	unsigned int type;
	char name[32];
	uint32_t value;
	int i;

	nl_link(&nl, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, NULL);
	nl_text(&nl, IFLA_IFNAME, word[1]);
	info = nl_put(&nl, IFLA_LINKINFO | NLA_F_NESTED, NULL, 0);
	nl_put(&nl, IFLA_INFO_KIND, word[2], strlen(word[2]));
	data = nl_put(&nl, IFLA_INFO_DATA | NLA_F_NESTED, NULL, 0);
	for (i = 3; i < word_count; i++) {
		if (sscanf(word[i], "%u=u32:%u", &type, &value) == 2) {
			nl_u32(&nl, type, value);
		} else if (sscanf(word[i], "%u=u8:%u", &type, &value) == 2) {
			nl_put(&nl, type, &value, 1);
		} else if (sscanf(word[i], "%u=peer:%31s", &type, name) == 2) {
			peer = nl_put(&nl, type | NLA_F_NESTED, NULL, 0);
			head = nl_room(&nl, sizeof(*head));
			head->ifi_family = AF_UNSPEC;
			nl_text(&nl, IFLA_IFNAME, name);
			nl_end(&nl, peer);
		} else {
			return -EINVAL;
		}
	}
	nl_end(&nl, data);
	nl_end(&nl, info);
	return nl_talk(&nl);
}

static long do_dellink(void)
{
	static struct nl nl;

	nl_link(&nl, RTM_DELLINK, 0, word[1]);
	return nl_talk(&nl);
}

static long do_setlink(void)	/* NAME up|down|mtu N|name NEW|promisc|getlink */
{
	struct ifinfomsg *info;
	static struct nl nl;

	info = nl_link(&nl, strcmp(text(2), "getlink") ? RTM_NEWLINK :
		       RTM_GETLINK, 0, word[1]);
	if (!info->ifi_index)
		return -ENODEV;
	if (!strcmp(text(2), "up")) {
		info->ifi_flags = IFF_UP;
		info->ifi_change = IFF_UP;
	} else if (!strcmp(text(2), "down")) {
		info->ifi_change = IFF_UP;
	} else if (!strcmp(text(2), "promisc")) {
		info->ifi_flags = IFF_PROMISC;
		info->ifi_change = IFF_PROMISC;
	} else if (!strcmp(text(2), "mtu")) {
		nl_u32(&nl, IFLA_MTU, number(3));
	} else if (!strcmp(text(2), "name")) {
		nl_text(&nl, IFLA_IFNAME, text(3));
	} else if (!strcmp(text(2), "mac")) {
		unsigned char mac[6] = { 2, 0, 0, 0, 0, number(3) };

		nl_put(&nl, IFLA_ADDRESS, mac, 6);
	} else if (strcmp(text(2), "getlink")) {
		return -EINVAL;
	}
	return nl_talk(&nl);
}

static long if_ioctl(int nr, struct ifreq *ifr)
{
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	long rc;

	if (s < 0)
		return -errno;
	strncpy(ifr->ifr_name, word[1], IFNAMSIZ - 1);
	rc = result(ioctl(s, nr, ifr));
	close(s);
	return rc;
}

/* NAME CMD [WORD...]: a command of SIOCETHTOOL and its 32-bit words. */
static long do_ethtool(void)
{
	static uint32_t arg[4096];
	struct ifreq ifr = { .ifr_data = (void *)arg };
	int i;

	memset(arg, 0, sizeof(arg));
	for (i = 2; i < word_count; i++)
		arg[i - 2] = number(i);
	return if_ioctl(SIOCETHTOOL, &ifr);
}

/* NAME N: ethtool -L combined N */
static long do_channels(void)
{
	struct ethtool_channels c = { .cmd = ETHTOOL_GCHANNELS };
	struct ifreq ifr = { .ifr_data = (void *)&c };
	long rc = if_ioctl(SIOCETHTOOL, &ifr);

	if (rc)
		return rc;
	c.cmd = ETHTOOL_SCHANNELS;
	c.combined_count = number(2);
	return if_ioctl(SIOCETHTOOL, &ifr);
}

static long do_rings(void)	/* NAME N: ethtool -G rx N tx N */
{
	struct ethtool_ringparam r = { .cmd = ETHTOOL_GRINGPARAM };
	struct ifreq ifr = { .ifr_data = (void *)&r };
	long rc = if_ioctl(SIOCETHTOOL, &ifr);

	if (rc)
		return rc;
	r.cmd = ETHTOOL_SRINGPARAM;
	if (r.rx_max_pending)
		r.rx_pending = number(2);
	if (r.tx_max_pending)
		r.tx_pending = number(2);
	return if_ioctl(SIOCETHTOOL, &ifr);
}

static long do_multicast(void)	/* NAME add|del N */
{
	struct ifreq ifr = {
		.ifr_hwaddr.sa_data = { 0x33, 0x33, 0, 0, 1, number(3) },
	};

	return if_ioctl(strcmp(text(2), "add") ? SIOCDELMULTI : SIOCADDMULTI,
			&ifr);
}

static long do_packet(void)	/* FD NAME: a raw socket bound to it */
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = if_nametoindex(word[2]),
	};
	long rc = keep(1, socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC |
				 SOCK_NONBLOCK, htons(ETH_P_ALL)));

	if (rc)
		return rc;
	return result(bind(fd(1), (struct sockaddr *)&to, sizeof(to)));
}

/* FD LEN PROTO: a unicast Ethernet frame with an IPv4 (0x800) or other body. */
static long do_frame(void)
{
	static unsigned char frame[65536];
	size_t len = number(2);

	memset(frame, 0, sizeof(frame));
	memcpy(frame, "\2\0\0\0\0\1\2\0\0\0\0\2", 12);
	frame[12] = number(3) >> 8;
	frame[13] = number(3);
	if (number(3) == ETH_P_IP) {
		frame[14] = 0x45;
		frame[16] = (len - 14) >> 8;
		frame[17] = len - 14;
		frame[22] = 64;
		frame[23] = 17;
		memcpy(frame + 26, "\12\0\0\1\12\0\0\2", 8);
	}
	return result(send(fd(1), frame, len, 0));
}

static long do_udp(void)	/* FD ADDRESS-AS-HEX LEN */
{
	unsigned char to[16] = { AF_INET & 0xff, AF_INET >> 8, 0, 9 };
	unsigned long a = strtoul(text(2), NULL, 16);

	to[4] = a >> 24;
	to[5] = a >> 16;
	to[6] = a >> 8;
	to[7] = a;
	return result(sendto(fd(1), buffer, number(3), MSG_DONTWAIT,
			     (struct sockaddr *)to, sizeof(to)));
}

static long do_socket(void)	/* FD FAMILY TYPE */
{
	return keep(1, socket(number(2), number(3) | SOCK_CLOEXEC |
			      SOCK_NONBLOCK, 0));
}

static long do_usleep(void) { usleep(number(1)); return 0; }

static const struct { const char *name; long (*run)(void); } verbs[] = {
	{ "open", do_open }, { "close", do_close }, { "read", do_read },
	{ "write", do_write }, { "pread", do_pread }, { "pwrite", do_pwrite },
	{ "readv", do_readv }, { "writev", do_writev }, { "put", do_put },
	{ "get", do_get }, { "insmod", do_insmod }, { "rmmod", do_rmmod },
	{ "mkdir", do_mkdir }, { "rmdir", do_rmdir }, { "fsync", do_fsync },
	{ "mount", do_mount }, { "umount", do_umount }, { "sh", do_sh },
	{ "poll", do_poll }, { "epoll", do_epoll },
	{ "epoll_create", do_epoll_create }, { "async", do_async },
	{ "ioctl", do_ioctl }, { "mmap", do_mmap }, { "touch", do_touch },
	{ "munmap", do_munmap }, { "pipe", do_pipe }, { "splice", do_splice },
	{ "sendfile", do_sendfile }, { "fallocate", do_fallocate },
	{ "blk", do_discard }, { "rrpart", do_rrpart }, { "mark", do_mark },
	{ "kept", do_kept }, { "newlink", do_newlink },
	{ "dellink", do_dellink }, { "setlink", do_setlink },
	{ "ethtool", do_ethtool }, { "channels", do_channels },
	{ "rings", do_rings }, { "multicast", do_multicast },
	{ "packet", do_packet }, { "frame", do_frame }, { "udp", do_udp },
	{ "socket", do_socket }, { "usleep", do_usleep },
};

static long run(const char *statement)
{
	static char copy[1024];
	char *save;
	size_t v;

	now = statement;
	snprintf(copy, sizeof(copy), "%s", statement);
	word_count = 0;
	for (char *w = strtok_r(copy, " ", &save); w && word_count < WORDS;
	     w = strtok_r(NULL, " ", &save))
		word[word_count++] = w;
	for (v = 0; v < sizeof(verbs) / sizeof(*verbs); v++)
		if (word_count && !strcmp(verbs[v].name, word[0]))
			return verbs[v].run();
	printf("no such verb: %s\n", statement);
	exit(2);
}

static int must(const char *statement, unsigned int round, const char *when)
{
	bool may_fail = statement[0] == '-';
	long rc = run(statement + may_fail);

	if (rc >= 0 || may_fail)
		return 0;
	printf("round %u, %s: \"%s\" failed: %s\n", round, when, statement,
	       strerror(-rc));
	return -1;
}

/* The strike may still be to come, and hit this very write. */
static void arm(int f, unsigned int n)
{
	char s[16];
	int len = snprintf(s, sizeof(s), "%u", n), tries = 3;

	while (pwrite(f, s, len, 0) != len) {
		if (errno != EFAULT || !--tries) {
			perror("fail-nth");
			exit(2);
		}
	}
}

/* How many more until the strike: 0 if it came. */
static unsigned int disarm(int f)
{
	char s[16] = "1";

	if (pread(f, s, sizeof(s) - 1, 0) <= 0 && errno != EFAULT) {
		perror("fail-nth");
		exit(2);
	}
	arm(f, 0);
	return strtoul(s, NULL, 10);
}

static void too_long(int sig)
{
	(void)sig;
	dprintf(1, "no end of: %s\n", now);
	_exit(1);
}

static void report(unsigned int strikes, unsigned int survived,
		   const unsigned int *errors)
{
	printf("%u strikes", strikes);
	for (int e = 1; e < 256; e++)
		if (errors[e])
			printf(", %s: %u", strerror(e), errors[e]);
	if (survived)
		printf(", survived: %u", survived);
	printf("\n");
}

int main(int argc, char **argv)
{
	unsigned int max = 5000, least = 1, n, survived = 0, errors[256] = { 0 };
	int part[3] = { 0, 0, 0 }, end[3], at, opt, fail_nth, i;
	const char *slow = getenv("SOFTDEV_SLOW");

	while ((opt = getopt(argc, argv, "+m:s:")) != -1) {
		if (opt == 'm')
			max = atoi(optarg);
		else if (opt == 's')
			least = atoi(optarg);
		else
			return 2;
	}
	/* getopt has eaten a "--" if there is nothing to prepare. */
	if (optind > 1 && !strcmp(argv[optind - 1], "--"))
		optind--;
	for (at = 0, i = optind; at < 3; at++) {
		part[at] = i;
		while (i < argc && strcmp(argv[i], "--"))
			i++;
		end[at] = i;
		if (i < argc)
			i++;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (i = 0; i < FDS; i++)
		fds[i] = -1;
	buffer = mmap(NULL, BUFFER, PROT_READ | PROT_WRITE, MAP_PRIVATE |
		      MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	mlockall(MCL_CURRENT);
	signal(SIGALRM, too_long);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGIO, SIG_IGN);
	fail_nth = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (fail_nth < 0) {
		perror("/proc/thread-self/fail-nth");
		return 2;
	}
	for (n = 1; n <= max; n++) {
		unsigned int left;

		alarm(60 * (slow ? atoi(slow) : 1));
		for (i = part[0]; i < end[0]; i++)
			if (must(argv[i], n, "preparing"))
				return 1;
		last_rc = 0;
		arm(fail_nth, n);
		for (i = part[1]; i < end[1] && last_rc >= 0; i++)
			last_rc = run(argv[i]);
		left = disarm(fail_nth);
		if (left && last_rc < 0) {
			printf("round %u: \"%s\" failed without a strike: %s\n",
			       n, argv[i - 1], strerror(-last_rc));
			return 1;
		}
		if (!left && last_rc >= 0)
			survived++;
		else if (!left)
			errors[-last_rc & 255]++;
		for (i = part[2]; i < end[2]; i++)
			if (must(argv[i], n, last_rc < 0 ? "undoing a failure" :
				 "undoing a success"))
				return 1;
		for (i = 0; i < FDS; i++) {
			if (fds[i] >= 0)
				close(fds[i]);
			fds[i] = -1;
		}
		for (i = 0; i < MAPS; i++)
			if (maps[i].at) {
				munmap(maps[i].at, maps[i].len);
				maps[i].at = NULL;
			}
		if (left)
			break;
	}
	report(n - 1, survived, errors);
	if (n > max)
		printf("it still strikes after %u rounds\n", max);
	if (n - 1 < least)
		printf("fewer than %u strikes: is injection on?\n", least);
	return n > max || n - 1 < least;
}
