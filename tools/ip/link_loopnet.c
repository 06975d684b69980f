// SPDX-License-Identifier: GPL-2.0
/*
 * link_loopnet.so: what "ip link ... type loopnet" takes and shows.
 *
 * ip(8) looks for a kind of link it does not know in IP_LIB_DIR (else in
 * /usr/lib/ip) and takes from link_KIND.so the structure KIND_link_util.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <softdev/loopnet.h>
#include "ip_plugin.h"

#define REQUEST_MAX	1024

static const char *const modes[] = {
	[LOOPNET_MODE_REFLECT]	= "reflect",
	[LOOPNET_MODE_LOOP]	= "loop",
	[LOOPNET_MODE_SINK]	= "sink",
	[LOOPNET_MODE_PEER]	= "peer",
};

static void help(FILE *f)
{
	fputs("Usage: ... loopnet [ mode { reflect | loop | sink } ] [ queues N ]\n"
	      "       ... loopnet [ queues N ] peer [ OPTIONS ]\n"
	      "\n"
	      "       OPTIONS of the other end: name NAME, netns NS, and what\n"
	      "       else \"ip link add\" takes\n", f);
}

static int parse_mode(const char *arg, struct nlmsghdr *n)
{
	unsigned char i;

	for (i = 0; i < __LOOPNET_MODE_MAX; i++) {
		if (!strcmp(arg, modes[i]))
			return addattr_l(n, REQUEST_MAX, IFLA_LOOPNET_MODE, &i,
					 sizeof(i));
	}
	fprintf(stderr, "loopnet: mode %s: must be reflect, loop or sink\n",
		arg);
	return -1;
}

static int parse_queues(const char *arg, struct nlmsghdr *n)
{
	unsigned long value;
	unsigned int queues;
	char *end;

	errno = 0;
	value = strtoul(arg, &end, 0);
	queues = value;
	if (errno || end == arg || *end || *arg == '-' || !queues ||
	    queues != value) {
		fprintf(stderr, "loopnet: queues %s: must be a number from 1\n",
			arg);
		return -1;
	}
	return addattr_l(n, REQUEST_MAX, IFLA_LOOPNET_QUEUES, &queues,
			 sizeof(queues));
}

/*
 * The other end takes the options of any link. ip parses them into the request
 * it is given, whose head it takes to be this end's: that is put aside.
 */
static int parse_peer(int argc, char **argv, struct nlmsghdr *n)
{
	struct ifinfomsg *ours = NLMSG_DATA(n), saved = *ours;
	struct rtattr *nest;
	char *type = NULL;
	int used;

	ours->ifi_flags = 0;
	ours->ifi_change = 0;
	ours->ifi_index = 0;

	nest = addattr_nest(n, REQUEST_MAX, IFLA_LOOPNET_PEER);
	memset(RTA_DATA(nest), 0, sizeof(*ours));
	n->nlmsg_len += sizeof(*ours);

	used = iplink_parse(argc, argv, n, &type);
	if (used < 0)
		return used;
	if (type || used != argc) {
		fprintf(stderr, "loopnet: %s does not belong to the peer\n",
			type ? "type" : argv[used]);
		return -1;
	}
	memcpy(RTA_DATA(nest), ours, sizeof(*ours));
	*ours = saved;
	return addattr_nest_end(n, nest) < 0 ? -1 : 0;
}

/* Returns 0 once all of the arguments have been understood. */
static int loopnet_parse_opt(struct link_util *lu, int argc, char **argv,
			     struct nlmsghdr *n)
{
	for (; argc > 0; argc -= 2, argv += 2) {
		int err;

		if (!strcmp(*argv, "peer"))
			return parse_peer(argc - 1, argv + 1, n);
		if (!strcmp(*argv, "help") || argc < 2) {
			help(stderr);
			return -1;
		}
		if (!strcmp(*argv, "mode")) {
			err = parse_mode(argv[1], n);
		} else if (!strcmp(*argv, "queues")) {
			err = parse_queues(argv[1], n);
		} else {
			fprintf(stderr, "loopnet: unknown option %s\n", *argv);
			help(stderr);
			return -1;
		}
		if (err)
			return -1;
	}
	return 0;
}

static void loopnet_print_opt(struct link_util *lu, FILE *f,
			      struct rtattr *tb[])
{
	if (!tb)
		return;
	if (tb[IFLA_LOOPNET_MODE]) {
		unsigned char mode = *(unsigned char *)
				     RTA_DATA(tb[IFLA_LOOPNET_MODE]);

		print_color_string(PRINT_ANY, COLOR_NONE, "mode", "mode %s ",
				   mode < __LOOPNET_MODE_MAX ? modes[mode] :
							       "unknown");
	}
	if (tb[IFLA_LOOPNET_QUEUES])
		print_color_uint(PRINT_ANY, COLOR_NONE, "queues", "queues %u ",
				 *(unsigned int *)
				 RTA_DATA(tb[IFLA_LOOPNET_QUEUES]));
}

static void loopnet_print_help(struct link_util *lu, int argc, char **argv,
			       FILE *f)
{
	help(f);
}

struct link_util loopnet_link_util = {
	.id		= "loopnet",
	.maxattr	= IFLA_LOOPNET_MAX,
	.parse_opt	= loopnet_parse_opt,
	.print_opt	= loopnet_print_opt,
	.print_help	= loopnet_print_help,
};
