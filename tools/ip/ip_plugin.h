/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What ip(8) and its plug-ins know of each other. iproute2 installs no header
 * for that; it is the same from 5.10 on.
 */
#ifndef _IP_PLUGIN_H
#define _IP_PLUGIN_H

#include <stdio.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

struct link_util {
	struct link_util *next;
	const char *id;
	int maxattr;
	int (*parse_opt)(struct link_util *lu, int argc, char **argv,
			 struct nlmsghdr *n);
	void (*print_opt)(struct link_util *lu, FILE *f, struct rtattr *tb[]);
	void (*print_xstats)(struct link_util *lu, FILE *f,
			     struct rtattr *xstats);
	void (*print_help)(struct link_util *lu, int argc, char **argv,
			   FILE *f);
	int (*parse_ifla_xstats)(struct link_util *lu, int argc, char **argv);
	int (*print_ifla_xstats)(struct nlmsghdr *n, void *arg);
};

/* Of ip: attributes, the options of any link, output as text or JSON. */
int addattr_l(struct nlmsghdr *n, int maxlen, int type, const void *data,
	      int alen);
struct rtattr *addattr_nest(struct nlmsghdr *n, int maxlen, int type);
int addattr_nest_end(struct nlmsghdr *n, struct rtattr *nest);
int iplink_parse(int argc, char **argv, struct nlmsghdr *req, char **type);
int print_color_string(int output, int color, const char *key, const char *fmt,
		       const char *value);
int print_color_uint(int output, int color, const char *key, const char *fmt,
		     unsigned int value);

#define PRINT_ANY	4
#define COLOR_NONE	6

#endif /* _IP_PLUGIN_H */
