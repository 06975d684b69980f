// SPDX-License-Identifier: GPL-2.0
/*
 * An XDP program that drops what is sent to UDP port 9 and passes the rest.
 *
 *	clang -O2 -g -target bpf -c drop.bpf.c -o drop.bpf.o
 *	ip link set dev loopnet0 xdp object drop.bpf.o section xdp
 *	ip link set dev loopnet0 xdp off
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int drop_discard(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	struct udphdr *udp = (void *)(ip + 1);

	/* The verifier wants to see that no byte past the end is read. */
	if ((void *)(udp + 1) > end ||
	    eth->h_proto != bpf_htons(ETH_P_IP) || ip->ihl != 5 ||
	    ip->protocol != IPPROTO_UDP)
		return XDP_PASS;
	return udp->dest == bpf_htons(9) ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "GPL";
