/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * loopnet: what "ip link add NAME type loopnet ..." says by rtnetlink.
 */
#ifndef _UAPI_SOFTDEV_LOOPNET_H
#define _UAPI_SOFTDEV_LOOPNET_H

/* Values of IFLA_LOOPNET_MODE. */
enum {
	LOOPNET_MODE_REFLECT,
	LOOPNET_MODE_LOOP,
	LOOPNET_MODE_SINK,
	LOOPNET_MODE_PEER,
	__LOOPNET_MODE_MAX,
};

/*
 * Attributes in IFLA_INFO_DATA.
 *
 * IFLA_LOOPNET_MODE	u8, one of the above; peer goes with IFLA_LOOPNET_PEER
 * IFLA_LOOPNET_QUEUES	u32, combined channels at start
 * IFLA_LOOPNET_PEER	struct ifinfomsg and the other end's own IFLA_*
 *			attributes, as VETH_INFO_PEER; only when making a pair
 */
enum {
	IFLA_LOOPNET_UNSPEC,
	IFLA_LOOPNET_MODE,
	IFLA_LOOPNET_QUEUES,
	IFLA_LOOPNET_PEER,
	__IFLA_LOOPNET_MAX,
};

#define IFLA_LOOPNET_MAX (__IFLA_LOOPNET_MAX - 1)

#endif /* _UAPI_SOFTDEV_LOOPNET_H */
