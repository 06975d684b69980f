// SPDX-License-Identifier: GPL-2.0-only
/*
 * pair NAME PEER [NETNS PEER-NETNS]: makes two loopnet interfaces of mode
 * peer, as "ip link add NAME netns NETNS type loopnet peer name PEER netns
 * PEER-NETNS" does where ip has our plug-in. Namespaces are those of ip netns.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <softdev/loopnet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct {
	struct nlmsghdr h;
	char room[1024];
} msg;

static void die(const char *what, int err)
{
	fprintf(stderr, "pair: %s: %s\n", what, strerror(err));
	exit(1);
}

static void *grow(size_t len)
{
	void *at = (char *)&msg + NLMSG_ALIGN(msg.h.nlmsg_len);

	msg.h.nlmsg_len = NLMSG_ALIGN(msg.h.nlmsg_len) + len;
	return at;
}

static struct rtattr *attr(int type, const void *data, size_t len)
{
	struct rtattr *a = grow(RTA_LENGTH(len));

	a->rta_type = type;
	a->rta_len = RTA_LENGTH(len);
	if (len)
		memcpy(RTA_DATA(a), data, len);
	return a;
}

static void end(struct rtattr *nest)
{
	nest->rta_len = (char *)&msg + msg.h.nlmsg_len - (char *)nest;
}

static void identity(const char *name, const char *netns)
{
	char path[256];
	int fd;

	attr(IFLA_IFNAME, name, strlen(name) + 1);
	if (!netns)
		return;
	snprintf(path, sizeof(path), "/run/netns/%s", netns);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		die(path, errno);
	attr(IFLA_NET_NS_FD, &fd, sizeof(fd));
}

int main(int argc, char **argv)
{
	struct rtattr *info, *data, *peer;
	struct nlmsgerr *answer;
	char buf[4096];
	int s;

	if (argc != 3 && argc != 5) {
		fputs("usage: pair NAME PEER [NETNS PEER-NETNS]\n", stderr);
		return 2;
	}
	msg.h.nlmsg_type = RTM_NEWLINK;
	msg.h.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE |
			    NLM_F_EXCL;
	msg.h.nlmsg_len = NLMSG_LENGTH(0);
	memset(grow(sizeof(struct ifinfomsg)), 0, sizeof(struct ifinfomsg));
	identity(argv[1], argc > 3 ? argv[3] : NULL);
	info = attr(IFLA_LINKINFO, NULL, 0);
	attr(IFLA_INFO_KIND, "loopnet", sizeof("loopnet"));
	data = attr(IFLA_INFO_DATA, NULL, 0);
	peer = attr(IFLA_LOOPNET_PEER, NULL, 0);
	memset(grow(sizeof(struct ifinfomsg)), 0, sizeof(struct ifinfomsg));
	identity(argv[2], argc > 3 ? argv[4] : NULL);
	end(peer);
	end(data);
	end(info);

	s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (s < 0 || send(s, &msg, msg.h.nlmsg_len, 0) < 0)
		die("rtnetlink", errno);
	if (recv(s, buf, sizeof(buf), 0) < (ssize_t)NLMSG_LENGTH(sizeof(*answer)))
		die("rtnetlink", EBADMSG);
	answer = NLMSG_DATA((struct nlmsghdr *)buf);
	if (answer->error)
		die("making the pair", -answer->error);
	return 0;
}
