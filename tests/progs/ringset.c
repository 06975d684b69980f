// SPDX-License-Identifier: GPL-2.0-only
/*
 * ringset INTERFACE ATTRIBUTE VALUE: sets one of ETHTOOL_A_RINGS_*, by number,
 * because the ethtool of older hosts does not know those of tcp-data-split and
 * what came after it. Prints the error, and ends with it as its status.
 */
#include <linux/ethtool_netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include "genl.h"

#define DATA_SPLIT	11	/* ETHTOOL_A_RINGS_TCP_DATA_SPLIT: one byte */

int main(int argc, char **argv)
{
	int sock = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC), type, error;
	unsigned int value, ignored;
	struct genl_message m;
	char header[64];
	char byte;

	if (argc != 4 || strlen(argv[1]) > 15)
		errx(2, "usage: ringset INTERFACE ATTRIBUTE VALUE");
	type = atoi(argv[2]);
	value = strtoul(argv[3], NULL, 0);
	byte = value;
	genl_start(&m, genl_family(sock, "ethtool"), ETHTOOL_MSG_RINGS_SET);
	genl_add(&m, NLA_F_NESTED | ETHTOOL_A_RINGS_HEADER, header,
		 genl_put(header, ETHTOOL_A_HEADER_DEV_NAME, argv[1],
			  strlen(argv[1]) + 1));
	if (type == DATA_SPLIT)
		genl_add(&m, type, &byte, sizeof(byte));
	else
		genl_add(&m, type, &value, sizeof(value));
	error = genl_talk(sock, &m, 0, &ignored);
	if (error)
		printf("%s\n", strerror(error));
	return error;
}
