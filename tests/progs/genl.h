/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Generic netlink, the little of it that a request and its answer take.
 */
#ifndef TESTS_GENL_H
#define TESTS_GENL_H

#include <err.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>

struct genl_message {
	struct nlmsghdr nl;
	struct genlmsghdr genl;
	char body[512];
};

static void genl_start(struct genl_message *m, int family, int command)
{
	memset(m, 0, sizeof(*m));
	m->nl.nlmsg_len = NLMSG_HDRLEN + GENL_HDRLEN;
	m->nl.nlmsg_type = family;
	m->nl.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	m->genl.cmd = command;
	m->genl.version = 1;
}

/* Returns how long it is. */
static int genl_put(void *at, int type, const void *data, int len)
{
	struct nlattr *a = at;

	a->nla_type = type;
	a->nla_len = NLA_HDRLEN + len;
	memcpy((char *)a + NLA_HDRLEN, data, len);
	return NLA_ALIGN(a->nla_len);
}

static void genl_add(struct genl_message *m, int type, const void *data,
		     int len)
{
	m->nl.nlmsg_len += genl_put((char *)m + m->nl.nlmsg_len, type, data,
				    len);
}

/* Returns the error; @wanted, of up to 4 bytes, is what an answer says. */
static int genl_talk(int sock, struct genl_message *m, int wanted,
		     unsigned int *value)
{
	char buf[8192];

	if (send(sock, m, m->nl.nlmsg_len, 0) < 0)
		err(1, "send");
	for (;;) {
		struct nlmsghdr *nl = (void *)buf;
		int left = recv(sock, buf, sizeof(buf), 0);

		if (left < 0)
			err(1, "recv");
		for (; NLMSG_OK(nl, (unsigned int)left);
		     nl = NLMSG_NEXT(nl, left)) {
			int len = nl->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN;
			struct nlattr *a;

			if (nl->nlmsg_type == NLMSG_ERROR)
				return -((struct nlmsgerr *)NLMSG_DATA(nl))->error;
			a = (void *)((char *)nl + NLMSG_HDRLEN + GENL_HDRLEN);
			while (len >= NLA_HDRLEN) {
				if ((a->nla_type & NLA_TYPE_MASK) == wanted) {
					*value = 0;
					memcpy(value, (char *)a + NLA_HDRLEN,
					       a->nla_len - NLA_HDRLEN < 4 ?
					       a->nla_len - NLA_HDRLEN : 4);
				}
				len -= NLA_ALIGN(a->nla_len);
				a = (void *)((char *)a + NLA_ALIGN(a->nla_len));
			}
		}
	}
}

static int genl_family(int sock, const char *name)
{
	struct genl_message m;
	unsigned int id = 0;

	genl_start(&m, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	genl_add(&m, CTRL_ATTR_FAMILY_NAME, name, strlen(name) + 1);
	genl_talk(sock, &m, CTRL_ATTR_FAMILY_ID, &id);
	return id & 0xffff;
}

#endif
