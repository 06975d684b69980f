/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames, sockets and XDP programs for the workers that talk to an interface.
 */
#ifndef PACKETS_H
#define PACKETS_H

#include "worker.h"

#include <arpa/inet.h>
#include <linux/bpf.h>
#include <linux/ethtool.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <linux/virtio_net.h>
#include <sys/ioctl.h>

static inline long if_ioctl(const char *dev, int nr, struct ifreq *ifr)
{
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	long rc;

	if (s < 0)
		return -errno;
	snprintf(ifr->ifr_name, IFNAMSIZ, "%s", dev);
	rc = sys(ioctl(s, nr, ifr));
	close(s);
	return rc;
}

static inline long if_ethtool(const char *dev, void *command)
{
	struct ifreq ifr = { .ifr_data = command };

	return if_ioctl(dev, SIOCETHTOOL, &ifr);
}

static inline long if_flags(const char *dev, unsigned int set,
			    unsigned int mask)
{
	struct ifinfomsg *info;
	struct nl nl;

	info = nl_link(&nl, RTM_NEWLINK, 0, dev);
	if (!info->ifi_index)
		return -ENODEV;
	info->ifi_flags = set;
	info->ifi_change = mask;
	return nl_talk(&nl);
}

static inline long if_address(const char *dev, uint32_t address, int prefix)
{
	struct ifaddrmsg *a;
	struct nl nl;

	address = htonl(address);
	nl_begin(&nl, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE);
	a = nl_room(&nl, sizeof(*a));
	a->ifa_family = AF_INET;
	a->ifa_prefixlen = prefix;
	a->ifa_index = if_nametoindex(dev);
	nl_put(&nl, IFA_LOCAL, &address, 4);
	nl_put(&nl, IFA_ADDRESS, &address, 4);
	return nl_talk(&nl);
}

/* A program that answers every packet with this verdict: its descriptor. */
static inline int xdp_program(int verdict, bool frags)
{
	struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = verdict },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_XDP,
		.insns = (uintptr_t)code,
		.insn_cnt = 2,
		.license = (uintptr_t)"GPL",
		.prog_flags = frags ? BPF_F_XDP_HAS_FRAGS : 0,
	};

	return sys(syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr)));
}

static inline int xdp_map(int type, unsigned int entries)
{
	union bpf_attr attr = {
		.map_type = type, .key_size = 4, .value_size = 4,
		.max_entries = entries,
	};

	return sys(syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr)));
}

/* A program that sends every packet to an interface, by a map of devices. */
static inline int xdp_redirect(unsigned int ifindex, bool frags)
{
	int map = xdp_map(BPF_MAP_TYPE_DEVMAP, 1);
	uint32_t key = 0, value = ifindex;
	union bpf_attr set = {
		.map_fd = map, .key = (uintptr_t)&key,
		.value = (uintptr_t)&value,
	};
	struct bpf_insn code[] = {
		{ .code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = BPF_REG_1,
		  .src_reg = BPF_PSEUDO_MAP_FD, .imm = map },
		{ },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_2 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_3,
		  .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_redirect_map },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_XDP,
		.insns = (uintptr_t)code,
		.insn_cnt = 6,
		.license = (uintptr_t)"GPL",
		.prog_flags = frags ? BPF_F_XDP_HAS_FRAGS : 0,
	};
	int prog;

	if (map < 0)
		return map;
	syscall(SYS_bpf, BPF_MAP_UPDATE_ELEM, &set, sizeof(set));
	prog = sys(syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr)));
	close(map);
	return prog;
}

static inline long xdp_attach(const char *dev, int prog, uint32_t flags)
{
	struct rtattr *nest;
	struct nl nl;

	if (!nl_link(&nl, RTM_NEWLINK, 0, dev)->ifi_index)
		return -ENODEV;
	nest = nl_put(&nl, IFLA_XDP | NLA_F_NESTED, NULL, 0);
	nl_u32(&nl, IFLA_XDP_FD, prog);
	if (flags)
		nl_u32(&nl, IFLA_XDP_FLAGS, flags);
	nl_end(&nl, nest);
	return nl_talk(&nl);
}

static inline int packet_socket(const char *dev, bool vnet)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = if_nametoindex(dev),
	};
	int fd, one = 1;

	if (!to.sll_ifindex)
		return -ENODEV;
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
		    htons(ETH_P_ALL));
	if (fd < 0)
		return -errno;
	if (vnet)
		setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&to, sizeof(to))) {
		close(fd);
		return -errno;
	}
	return fd;
}

/*
 * Writes a frame of some kind to b and returns its length: mostly right, as
 * what is wrong at once is thrown out at once. With VLAN tags, ICMP errors,
 * fragments, options, neighbour discovery and ARP among them.
 */
static inline size_t make_frame(struct worker *w, unsigned char *b, size_t max)
{
	size_t len = chance(w, 70) ? 60 + pick(w, 1454) : 14 + pick(w, max - 14);
	size_t at = 12, i;
	uint16_t proto;

	for (i = 0; i < len; i++)
		b[i] = rnd64(&w->rng);
	memcpy(b, "\2\0\0\0\0\1\2\0\0\0\0\2", 12);
	if (chance(w, 15))
		memset(b, 0xff, 6);
	if (chance(w, 15))
		b[0] |= 1;
	if (chance(w, 15)) {
		b[at] = 0x81;
		b[at + 1] = 0;
		at += 4;
	}
	if (chance(w, 8)) {
		b[at] = 0x88;
		b[at + 1] = 0xa8;
		at += 4;
	}
	if (len < at + 64)
		return len < 14 ? 14 : len;
	switch (pick(w, 8)) {
	case 0:
		proto = ETH_P_ARP;
		memcpy(b + at + 2, "\0\1\10\0\6\4\0\1", 8);
		memcpy(b + at + 24, "\12\0\0\2", 4);
		break;
	case 1:
	case 2:
	case 3:
		proto = ETH_P_IP;
		b[at + 2] = chance(w, 80) ? 0x45 : pick(w, 256);
		b[at + 4] = (len - at - 2) >> 8;
		b[at + 5] = len - at - 2;
		if (chance(w, 80))
			b[at + 8] = b[at + 9] = 0;
		b[at + 10] = 64;
		b[at + 11] = (unsigned char []){ 1, 6, 17, 1, 17 }[pick(w, 5)];
		memcpy(b + at + 14, "\12\0\0\1\12\0\0\2", 8);
		if (chance(w, 20))
			b[at + 18] = pick(w, 256);
		if (chance(w, 50))
			b[at + 22] = (unsigned char []){ 3, 11, 8, 5 }[pick(w, 4)];
		if (chance(w, 50))
			b[at + 30] = 0x45;
		break;
	case 4:
	case 5:
		proto = ETH_P_IPV6;
		b[at + 2] = 0x60;
		b[at + 6] = (len - at - 42) >> 8;
		b[at + 7] = len - at - 42;
		b[at + 8] = (unsigned char []){ 58, 6, 17, 0, 44 }[pick(w, 5)];
		b[at + 9] = 255;
		b[at + 10] = 0xfd;
		b[at + 26] = chance(w, 70) ? 0xfd : 0xff;
		if (chance(w, 60))
			b[at + 42] = (unsigned char []){ 135, 136, 1, 3, 128 }[pick(w, 5)];
		break;
	case 6:
		proto = pick(w, 1500);
		break;
	default:
		proto = pick(w, 65536);
	}
	b[at] = proto >> 8;
	b[at + 1] = proto;
	return len;
}

/* Sends such a frame, with vnet as an offload header asks. */
static inline long send_frame(struct worker *w, int fd, bool vnet)
{
	struct virtio_net_hdr *h = (void *)w->buf;
	unsigned char *b = (unsigned char *)w->buf + (vnet ? sizeof(*h) : 0);
	size_t len = make_frame(w, b, chance(w, 20) ? 65000 : 9000);

	if (vnet) {
		memset(h, 0, sizeof(*h));
		if (chance(w, 70)) {
			h->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
			h->csum_start = chance(w, 80) ? 34 : pick(w, 200);
			h->csum_offset = chance(w, 80) ? (b[23] == 6 ? 16 : 6) :
					 pick(w, 100);
		}
		if (chance(w, 60)) {
			h->gso_type = (unsigned char []){
				1, 3, 4, 5, 0x81 }[pick(w, 5)];
			h->gso_size = 1 + pick(w, 2000);
			h->hdr_len = 14 + pick(w, 80);
		}
		len += sizeof(*h);
	}
	return sys(send(fd, w->buf, len, MSG_DONTWAIT));
}

#endif /* PACKETS_H */
