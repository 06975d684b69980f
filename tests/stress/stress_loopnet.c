// SPDX-License-Identifier: GPL-2.0-only
/*
 * stress_loopnet: traffic of every kind, configuration by rtnetlink, ethtool
 * and sysfs, XDP programs that come and go, links that come and go, and
 * loading, all at once. See ../fuzz/worker.h.
 */
#include "../fuzz/packets.h"

#include <netinet/tcp.h>
#include <softdev/loopnet.h>

static const char *const links[] = {
	"loopnet0", "loopnet0", "ln-a", "ln-b", "ln-pa", "ln-pb",
};

static long open_packet(struct worker *w)
{
	int *fd = some_fd(w);
	bool vnet = (fd - w->fd) % 2;

	if (*fd >= 0)
		close(*fd);
	*fd = packet_socket(pick_of(w, links), vnet);
	return *fd;
}

static long close_packet(struct worker *w)
{
	int *fd = some_fd(w);

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	return 0;
}

static long frames(struct worker *w)
{
	unsigned int i = pick(w, WORKER_FDS), n = 1 + pick(w, 20);
	long rc = 0;

	while (n--)
		rc = send_frame(w, w->fd[i], i % 2);
	return rc;
}

static long receive(struct worker *w)
{
	int fd = *some_fd(w);
	long rc = 0;

	for (int n = 0; n < 50 && rc >= 0; n++)
		rc = sys(recv(fd, w->buf, WORKER_BUF, MSG_DONTWAIT));
	return rc == -EAGAIN ? 0 : rc;
}

static struct sockaddr_in remote(struct worker *w, int port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = htons(port),
		.sin_addr.s_addr = htonl(0x0a4d0002 + pick(w, 3)),
	};
}

static long datagrams(struct worker *w)
{
	struct sockaddr_in to = remote(w, 9000 + pick(w, 5));
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int segment = 1 + pick(w, 1400);
	unsigned int n = pick(w, 30);
	long rc = 0;

	if (fd < 0)
		return -errno;
	if (chance(w, 30))	/* UDP_SEGMENT */
		setsockopt(fd, 17, 103, &segment, sizeof(segment));
	while (n--)
		rc = sys(sendto(fd, w->buf, pick(w, 60000), MSG_DONTWAIT,
				(struct sockaddr *)&to, sizeof(to)));
	close(fd);
	return rc;
}

/* A local server, reached at a remote address. */
static long stream(struct worker *w)
{
	struct sockaddr_in here = { .sin_family = AF_INET };
	struct sockaddr_in to;
	socklen_t len = sizeof(here);
	struct timeval patience = { .tv_usec = 50000 };
	int server, client, peer = -1;
	long rc;

	server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	rc = sys(bind(server, (struct sockaddr *)&here, len));
	if (!rc)
		rc = sys(listen(server, 4));
	getsockname(server, (struct sockaddr *)&here, &len);
	to = remote(w, ntohs(here.sin_port));
	setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (!rc)
		rc = sys(connect(client, (struct sockaddr *)&to, sizeof(to)));
	if (!rc)
		peer = accept4(server, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	for (int n = 0; !rc && peer >= 0 && n < 30 && !shared->stop; n++) {
		send(client, w->buf, 65536, 0);
		while (recv(peer, w->buf, 65536, MSG_DONTWAIT) > 0)
			;
	}
	if (peer >= 0)
		close(peer);
	close(client);
	close(server);
	return rc;
}

static long set_up(struct worker *w)
{
	const char *dev = pick_of(w, links);

	if_address(dev, 0x0a4d0001 + (pick(w, 2) << 8), 24);
	return if_flags(dev, IFF_UP, IFF_UP);
}

static const struct deed traffic_deeds[] = {
	{ "packet socket", 5, open_packet }, { "close", 2, close_packet },
	{ "frames", 30, frames }, { "receive", 12, receive },
	{ "datagrams", 12, datagrams }, { "stream", 3, stream },
	{ "up", 2, set_up },
	{ }
};

static void traffic_start(struct worker *w)
{
	(void)w;
	inject_here(true);
}

static long add_link(struct worker *w)
{
	struct rtattr *info, *data, *peer;
	bool pair = chance(w, 40);
	const char *name = pair ? "ln-pa" : links[2 + pick(w, 2)];
	struct nl nl;

	if (shared->quiet)
		return 0;
	nl_link(&nl, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, NULL);
	nl_text(&nl, IFLA_IFNAME, name);
	if (chance(w, 30))
		nl_u32(&nl, IFLA_MTU, 68 + pick(w, 66000));
	if (chance(w, 30))
		nl_u32(&nl, IFLA_NUM_TX_QUEUES, 1 + pick(w, 4));
	info = nl_put(&nl, IFLA_LINKINFO | NLA_F_NESTED, NULL, 0);
	nl_put(&nl, IFLA_INFO_KIND, "loopnet", 7);
	data = nl_put(&nl, IFLA_INFO_DATA | NLA_F_NESTED, NULL, 0);
	if (!pair && chance(w, 60))
		nl_u32(&nl, IFLA_LOOPNET_MODE, pick(w, 4));
	if (chance(w, 50))
		nl_u32(&nl, IFLA_LOOPNET_QUEUES, 1 + pick(w, 3));
	if (pair) {
		peer = nl_put(&nl, IFLA_LOOPNET_PEER | NLA_F_NESTED, NULL, 0);
		nl_room(&nl, sizeof(struct ifinfomsg));
		nl_text(&nl, IFLA_IFNAME, "ln-pb");
		nl_end(&nl, peer);
	}
	nl_end(&nl, data);
	nl_end(&nl, info);
	return nl_talk(&nl);
}

static long del_link(struct worker *w)
{
	const char *name = pick_of(w, links);
	struct nl nl;

	if (!nl_link(&nl, RTM_DELLINK, 0, name)->ifi_index)
		return -ENODEV;
	return nl_talk(&nl);
}

static long up_down(struct worker *w)
{
	return if_flags(pick_of(w, links), chance(w, 70) ? IFF_UP : 0, IFF_UP);
}

static long filters(struct worker *w)
{
	const char *dev = pick_of(w, links);
	struct ifreq ifr = { .ifr_hwaddr.sa_data = {
		0x33, 0x33, 0, 0, 0, pick(w, 4) } };

	if (chance(w, 50))
		return if_flags(dev, chance(w, 50) ? IFF_PROMISC : 0,
				IFF_PROMISC | IFF_ALLMULTI);
	return if_ioctl(dev, chance(w, 50) ? SIOCADDMULTI : SIOCDELMULTI, &ifr);
}

static long change(struct worker *w)
{
	unsigned char mac[6] = { 2, 0, 0, 0, 0, pick(w, 256) };
	struct nl nl;

	if (!nl_link(&nl, RTM_NEWLINK, 0, pick_of(w, links))->ifi_index)
		return -ENODEV;
	switch (pick(w, 3)) {
	case 0:
		nl_u32(&nl, IFLA_MTU, 68 + pick(w, chance(w, 50) ? 2000 : 66000));
		break;
	case 1:
		nl_put(&nl, IFLA_ADDRESS, mac, 6);
		break;
	default:
		nl_u32(&nl, IFLA_TXQLEN, pick(w, 2000));
	}
	return nl_talk(&nl);
}

static long channels(struct worker *w)
{
	struct ethtool_channels c = { .cmd = ETHTOOL_SCHANNELS };

	c.combined_count = 1 + pick(w, 4);
	return if_ethtool(pick_of(w, links), &c);
}

static long rings(struct worker *w)
{
	struct ethtool_ringparam r = { .cmd = ETHTOOL_SRINGPARAM };

	r.rx_pending = 1 << pick(w, 14);
	r.tx_pending = chance(w, 50) ? r.rx_pending : 1U << pick(w, 14);
	return if_ethtool(pick_of(w, links), &r);
}

static long ethtool_some(struct worker *w)
{
	static const uint32_t commands[] = {
		ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_SGRO, ETHTOOL_STXCSUM,
		ETHTOOL_SRXCSUM, ETHTOOL_SSG, ETHTOOL_GDRVINFO,
		ETHTOOL_GLINK, ETHTOOL_GCOALESCE, ETHTOOL_GTSO,
		ETHTOOL_GRINGPARAM, ETHTOOL_GCHANNELS, ETHTOOL_GFLAGS,
	};
	uint32_t arg[256] = { pick_of(w, commands), pick(w, 2) };

	return if_ethtool(pick_of(w, links), arg);
}

static long statistics(struct worker *w)
{
	const char *dev = pick_of(w, links);
	uint32_t arg[16384];

	memset(arg, 0, 64);
	arg[0] = chance(w, 50) ? ETHTOOL_GSTATS : ETHTOOL_GSTRINGS;
	arg[1] = arg[0] == ETHTOOL_GSTATS ? 0 : ETH_SS_STATS;
	return if_ethtool(dev, arg);
}

static long sysfs(struct worker *w)
{
	static const struct { const char *name, *values[6]; } files[] = {
		{ "loopnet/mode", { "reflect", "loop", "sink", "peer", "x" } },
		{ "loopnet/delay_ns", { "0", "0", "1000", "1000000", "x" } },
		{ "loopnet/jitter_ns", { "0", "0", "1000", "500000" } },
		{ "loopnet/rate_bps", { "0", "0", "1000000000", "10000000" } },
		{ "loopnet/faults/loss", { "0", "0", "10000", "1000000" } },
		{ "loopnet/faults/duplicate", { "0", "10000", "1000000" } },
		{ "loopnet/faults/corrupt", { "0", "10000", "1000000" } },
		{ "loopnet/faults/reorder", { "0", "10000", "1000000" } },
		{ "loopnet/faults/seed", { "1", "2", "3" } },
		{ "threaded", { "0", "1" } },
		{ "gro_flush_timeout", { "0", "10000" } },
		{ "queues/tx-0/xps_cpus", { "1", "2", "3" } },
	};
	size_t f = pick(w, sizeof(files) / sizeof(*files));
	const char *value;
	char path[128];

	do {
		value = files[f].values[pick(w, 6)];
	} while (!value);
	snprintf(path, sizeof(path), "/sys/class/net/%s/%s", pick_of(w, links),
		 files[f].name);
	return put_text(path, value);
}

static long xdp(struct worker *w)
{
	const char *dev = pick_of(w, links);
	static const uint32_t flags[] = { 0, 0, XDP_FLAGS_DRV_MODE,
					  XDP_FLAGS_SKB_MODE };
	bool frags = chance(w, 50);
	long rc;
	int prog;

	if (chance(w, 35))
		return xdp_attach(dev, -1, 0);
	prog = chance(w, 25) ?
	       xdp_redirect(if_nametoindex(pick_of(w, links)), frags) :
	       xdp_program(pick(w, 5), frags);
	if (prog < 0)
		return prog;
	rc = xdp_attach(dev, prog, pick_of(w, flags));
	close(prog);
	return rc;
}

static long harvest(struct worker *w)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/class/net/%s/loopnet/faults",
		 pick_of(w, links));
	harvest_faults(path, w);
	return 0;
}

static const struct deed config_deeds[] = {
	{ "ip link add", 6, add_link }, { "ip link del", 4, del_link },
	{ "up or down", 10, up_down }, { "address", 8, set_up },
	{ "filters", 4, filters }, { "ip link set", 6, change },
	{ "ethtool -L", 4, channels }, { "ethtool -G", 4, rings },
	{ "ethtool", 6, ethtool_some }, { "ethtool -S", 4, statistics },
	{ "sysfs", 14, sysfs }, { "XDP", 8, xdp }, { "harvest", 3, harvest },
	{ }
};

static long reload(struct worker *w)
{
	static const char *const params[] = {
		"", "devices=2", "mode=sink", "queues=1", "devices=0", "mode=loop",
	};

	usleep(pick(w, 500000));
	if (chance(w, 60))
		unload_module_now(w, "loopnet", NULL);
	return load_module_now("loopnet", pick_of(w, params));
}

static const struct deed loader_deeds[] = {
	{ "rmmod and insmod", 1, reload },
	{ }
};

int main(int argc, char **argv)
{
	const struct role roles[] = {
		{ "traffic", 3, traffic_deeds, traffic_start },
		{ "config", 2, config_deeds, NULL },
		{ "loader", 1, loader_deeds, NULL },
		role_hog, role_hotplug, { },
	};

	return workers_main(argc, argv, roles);
}
