/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the lab's programs share: random numbers that can be had again, files,
 * and messages to rtnetlink.
 */
#ifndef LAB_H
#define LAB_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* splitmix64: any state is a good one, so seeds can be plain numbers. */
static inline uint64_t rnd64(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static inline uint64_t rnd(uint64_t *state, uint64_t below)
{
	return below ? rnd64(state) % below : 0;
}

static inline int put_file(const char *path, const void *text, size_t len)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n;
	int err;

	if (fd < 0)
		return -errno;
	n = write(fd, text, len);
	err = n < 0 ? -errno : 0;
	close(fd);
	return err;
}

static inline int put_text(const char *path, const char *text)
{
	return put_file(path, text, strlen(text));
}

static inline ssize_t get_text(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, buf, size - 1);
	if (n < 0)
		n = -errno;
	else
		buf[n] = 0;
	close(fd);
	return n;
}

static inline long long get_number(const char *path)
{
	char text[64];
	long long value;

	if (get_text(path, text, sizeof(text)) <= 0 ||
	    sscanf(text, "%lld", &value) != 1)
		return 0;
	return value;
}

/* insmod and rmmod, without a process of their own; -errno if refused. */
static inline int insert_module(const char *path, const char *params)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	err = syscall(SYS_finit_module, fd, params, 0) ? -errno : 0;
	close(fd);
	return err;
}

static inline int remove_module(const char *name)
{
	return syscall(SYS_delete_module, name, O_NONBLOCK) ? -errno : 0;
}

/* A message to rtnetlink under construction. */
struct nl {
	union {
		struct nlmsghdr head;
		char bytes[8192];
	};
};

static inline void *nl_room(struct nl *nl, size_t len)
{
	size_t at = NLMSG_ALIGN(nl->head.nlmsg_len);

	if (at + NLMSG_ALIGN(len) > sizeof(nl->bytes))
		return NULL;
	memset(nl->bytes + at, 0, NLMSG_ALIGN(len));
	nl->head.nlmsg_len = at + len;
	return nl->bytes + at;
}

static inline void nl_begin(struct nl *nl, int type, int flags)
{
	memset(&nl->head, 0, sizeof(nl->head));
	nl->head.nlmsg_len = NLMSG_LENGTH(0);
	nl->head.nlmsg_type = type;
	nl->head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
}

static inline struct ifinfomsg *nl_link(struct nl *nl, int type, int flags,
					const char *name)
{
	struct ifinfomsg *info;

	nl_begin(nl, type, flags);
	info = nl_room(nl, sizeof(*info));
	info->ifi_family = AF_UNSPEC;
	info->ifi_index = name ? if_nametoindex(name) : 0;
	return info;
}

static inline struct rtattr *nl_put(struct nl *nl, int type, const void *data,
				    size_t len)
{
	struct rtattr *attr = nl_room(nl, RTA_LENGTH(len));

	if (!attr)
		return NULL;
	attr->rta_type = type;
	attr->rta_len = RTA_LENGTH(len);
	if (len)
		memcpy(RTA_DATA(attr), data, len);
	return attr;
}

static inline void nl_text(struct nl *nl, int type, const char *text)
{
	nl_put(nl, type, text, strlen(text) + 1);
}

static inline void nl_u32(struct nl *nl, int type, uint32_t value)
{
	nl_put(nl, type, &value, sizeof(value));
}

static inline void nl_end(struct nl *nl, struct rtattr *nest)
{
	if (nest)
		nest->rta_len = nl->bytes + nl->head.nlmsg_len - (char *)nest;
}

/* Sends it and takes the answer: 0 or -errno of the kernel. */
static inline int nl_talk(struct nl *nl)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct nlmsgerr *answer;
	char buf[16384];
	ssize_t n;
	int fd, err;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd < 0)
		return -errno;
	n = sendto(fd, nl->bytes, nl->head.nlmsg_len, 0,
		   (struct sockaddr *)&kernel, sizeof(kernel));
	if (n >= 0)
		n = recv(fd, buf, sizeof(buf), 0);
	err = n < 0 ? -errno : 0;
	close(fd);
	if (err)
		return err;
	answer = NLMSG_DATA((struct nlmsghdr *)buf);
	if (((struct nlmsghdr *)buf)->nlmsg_type != NLMSG_ERROR)
		return 0;
	return answer->error;
}

#endif /* LAB_H */
