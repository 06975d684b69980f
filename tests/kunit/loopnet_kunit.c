// SPDX-License-Identifier: GPL-2.0
/*
 * loopnet: the rules of reflection, and which queue receives a flow, on bytes.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <kunit/test.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <net/checksum.h>
#include "../../drivers/loopnet/reflect.c"
#include "../../drivers/loopnet/rss.c"

/* Where a frame starts so that what follows Ethernet is aligned. */
#define PAD	2
#define ROOM	256

struct frame {
	u8 *data;
	unsigned int len;
};

static struct frame frame_new(struct kunit *test)
{
	u8 *p = kunit_kzalloc(test, PAD + ROOM, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	return (struct frame) { .data = p + PAD };
}

static void put(struct frame *f, const void *data, unsigned int len)
{
	memcpy(f->data + f->len, data, len);
	f->len += len;
}

static void put_eth(struct frame *f, const char *dst, u16 type)
{
	u8 t[2] = { type >> 8, type };

	put(f, dst, 6);
	put(f, "\x02\x11\x11\x11\x11\x11", 6);
	put(f, t, 2);
}

#define UNICAST		"\x02\x22\x22\x22\x22\x22"
#define MULTICAST	"\x33\x33\xff\x00\x00\x02"
#define BROADCAST	"\xff\xff\xff\xff\xff\xff"

/* An IPv4 packet from a.a.a.a to b.b.b.b. */
static void put_v4(struct frame *f, u32 src, u32 dst, u8 proto, u16 frag)
{
	struct iphdr ip = {
		.version = 4, .ihl = 5, .ttl = 64, .protocol = proto,
		.frag_off = htons(frag), .saddr = htonl(src),
		.daddr = htonl(dst),
	};

	ip.check = ip_fast_csum(&ip, 5);
	put(f, &ip, sizeof(ip));
}

static void put_v6(struct frame *f, u8 src, u8 dst, u8 next, u8 hops)
{
	struct ipv6hdr ip = {
		.version = 6, .nexthdr = next, .hop_limit = hops,
	};

	if (src) {
		ip.saddr.s6_addr[0] = 0xfd;
		ip.saddr.s6_addr[15] = src;
	}
	ip.daddr.s6_addr[0] = dst & 0x80 ? 0xff : 0xfd;
	ip.daddr.s6_addr[15] = dst;
	put(f, &ip, sizeof(ip));
}

static enum loopnet_verdict look(const struct frame *f,
				 struct loopnet_plan *plan)
{
	return loopnet_classify(f->data, f->len, f->len, plan);
}

#define A	0xc0000201
#define B	0xc0000202

static void v4_unicast(struct kunit *test)
{
	struct frame f = frame_new(test), old = frame_new(test);
	struct loopnet_plan plan;

	put_eth(&f, UNICAST, ETH_P_IP);
	put_v4(&f, A, B, IPPROTO_UDP, 0);
	put(&f, "\x04\xd2\x00\x09\x00\x0c\x00\x00payl", 12);
	memcpy(old.data, f.data, f.len);

	KUNIT_ASSERT_EQ(test, look(&f, &plan), LOOPNET_RETURN);
	KUNIT_EXPECT_EQ(test, plan.need, 34);
	loopnet_rewrite(f.data, &plan);
	KUNIT_EXPECT_EQ(test, memcmp(f.data, old.data + 6, 6), 0);
	KUNIT_EXPECT_EQ(test, memcmp(f.data + 6, old.data, 6), 0);
	KUNIT_EXPECT_EQ(test, memcmp(f.data + 12, old.data + 12, 14), 0);
	KUNIT_EXPECT_EQ(test, memcmp(f.data + 26, old.data + 30, 4), 0);
	KUNIT_EXPECT_EQ(test, memcmp(f.data + 30, old.data + 26, 4), 0);
	KUNIT_EXPECT_EQ(test, memcmp(f.data + 34, old.data + 34, 12), 0);
	KUNIT_EXPECT_EQ(test, (int)ip_fast_csum(f.data + 14, 5), 0);
}

static void v4_addresses(struct kunit *test)
{
	static const struct {
		u32 src, dst;
		enum loopnet_verdict want;
	} cases[] = {
		{ A, B, LOOPNET_RETURN },
		{ A, A, LOOPNET_RETURN },
		{ A, 0x7f000001, LOOPNET_RETURN },
		{ A, 0xdfffffff, LOOPNET_RETURN },
		{ A, 0xe0000000, LOOPNET_GROUP },
		{ A, 0xefffffff, LOOPNET_GROUP },
		{ A, 0xf0000000, LOOPNET_RETURN },
		{ A, 0xffffffff, LOOPNET_GROUP },
		{ A, 0, LOOPNET_GROUP },
		{ 0, B, LOOPNET_GROUP },
		{ 0xe0000001, B, LOOPNET_GROUP },
		{ 0xffffffff, B, LOOPNET_GROUP },
	};
	struct loopnet_plan plan;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct frame f = frame_new(test);

		put_eth(&f, UNICAST, ETH_P_IP);
		put_v4(&f, cases[i].src, cases[i].dst, IPPROTO_TCP, 0);
		KUNIT_EXPECT_EQ_MSG(test, look(&f, &plan), cases[i].want,
				    "case %u", i);
		f.data[0] |= 1;
		KUNIT_EXPECT_EQ_MSG(test, look(&f, &plan), LOOPNET_GROUP,
				    "case %u, to a group's MAC", i);
	}
}

/* Addresses in a quoted packet are swapped for errors, and only for those. */
static void v4_quoted(struct kunit *test)
{
	struct loopnet_plan plan;
	unsigned int type;

	for (type = 0; type < 256; type++) {
		bool error = type == 3 || type == 4 || type == 5 ||
			     type == 11 || type == 12;
		struct frame f = frame_new(test);
		u8 icmp[8] = { type };

		put_eth(&f, UNICAST, ETH_P_IP);
		put_v4(&f, A, B, IPPROTO_ICMP, 0);
		put(&f, icmp, 8);
		put_v4(&f, B, A, IPPROTO_UDP, 0);
		KUNIT_EXPECT_EQ(test, look(&f, &plan), LOOPNET_RETURN);
		KUNIT_EXPECT_EQ_MSG(test, plan.quoted, error ? 54 : 0,
				    "type %u", type);
		loopnet_rewrite(f.data, &plan);
		KUNIT_EXPECT_EQ(test, get_unaligned_be32(f.data + 54),
				error ? A : B);
	}
}

static void v4_not_quoted(struct kunit *test)
{
	struct frame f = frame_new(test);
	struct loopnet_plan plan;

	/* Not the first fragment: what looks like an error is data. */
	put_eth(&f, UNICAST, ETH_P_IP);
	put_v4(&f, A, B, IPPROTO_ICMP, 0x2001);
	put(&f, "\x03\0\0\0\0\0\0\0", 8);
	put_v4(&f, B, A, IPPROTO_UDP, 0);
	KUNIT_EXPECT_EQ(test, look(&f, &plan), LOOPNET_RETURN);
	KUNIT_EXPECT_EQ(test, plan.quoted, 0);

	/* Too little quoted, or something else. */
	f.len = 0;
	put_eth(&f, UNICAST, ETH_P_IP);
	put_v4(&f, A, B, IPPROTO_ICMP, 0);
	put(&f, "\x03\0\0\0\0\0\0\0", 8);
	put_v4(&f, B, A, IPPROTO_UDP, 0);
	f.len--;
	KUNIT_EXPECT_EQ(test, look(&f, &plan), LOOPNET_RETURN);
	KUNIT_EXPECT_EQ(test, plan.quoted, 0);
	f.len++;
	f.data[42] = 0x65;
	KUNIT_EXPECT_EQ(test, look(&f, &plan), LOOPNET_RETURN);
	KUNIT_EXPECT_EQ(test, plan.quoted, 0);
}

static void v6_quoted(struct kunit *test)
{
	struct loopnet_plan plan;
	unsigned int type, ext;

	for (ext = 0; ext < 3; ext++) {
		for (type = 0; type < 256; type++) {
			struct frame f = frame_new(test);
			u8 icmp[8] = { type };
			unsigned int at = 14 + 40 + 8 + 8 + ext * 8;

			put_eth(&f, UNICAST, ETH_P_IPV6);
			put_v6(&f, 1, 2, ext ? NEXTHDR_DEST : NEXTHDR_ICMP, 64);
			if (ext > 1)
				put(&f, "\x2c\0\1\4\0\0\0\0", 8);
			if (ext)
				put(&f, "\x3a\0\0\1\0\0\0\0", 8);
			put(&f, icmp, 8);
			put_v6(&f, 2, 1, NEXTHDR_UDP, 64);
			if (type == 135 || type == 136) {
				KUNIT_EXPECT_EQ(test, look(&f, &plan),
						LOOPNET_GROUP);
				continue;
			}
			KUNIT_EXPECT_EQ(test, look(&f, &plan), LOOPNET_RETURN);
			KUNIT_EXPECT_EQ_MSG(test, plan.quoted,
					    type < 128 ? at : 0,
					    "type %u, %u headers", type, ext);
			loopnet_rewrite(f.data, &plan);
			KUNIT_EXPECT_EQ(test, f.data[14 + 8 + 15], 2);
			KUNIT_EXPECT_EQ(test, f.data[14 + 24 + 15], 1);
			KUNIT_EXPECT_EQ(test, f.data[at + 15],
					type < 128 ? 1 : 2);
		}
	}
}

static void arp(struct kunit *test)
{
	static const struct {
		u8 op;
		u32 sip, tip;
		enum loopnet_verdict unicast, group;
	} cases[] = {
		{ 1, A, B, LOOPNET_ARP, LOOPNET_ARP },
		{ 1, A, A, LOOPNET_GROUP, LOOPNET_GROUP },
		{ 1, 0, B, LOOPNET_GROUP, LOOPNET_GROUP },
		{ 1, A, 0, LOOPNET_GROUP, LOOPNET_GROUP },
		{ 1, A, 0xe0000001, LOOPNET_GROUP, LOOPNET_GROUP },
		{ 1, A, 0xffffffff, LOOPNET_GROUP, LOOPNET_GROUP },
		{ 2, A, B, LOOPNET_RETURN, LOOPNET_GROUP },
		{ 3, A, B, LOOPNET_RETURN, LOOPNET_GROUP },
	};
	static const u8 want[] = {
		0x02, 0x11, 0x11, 0x11, 0x11, 0x11,
		0x02, 0x04, 0xc0, 0x00, 0x02, 0x02, 0x08, 0x06,
		0, 1, 8, 0, 6, 4, 0, 2,
		0x02, 0x04, 0xc0, 0x00, 0x02, 0x02, 0xc0, 0x00, 0x02, 0x02,
		0x02, 0x11, 0x11, 0x11, 0x11, 0x11, 0xc0, 0x00, 0x02, 0x01,
	};
	struct frame reply = frame_new(test);
	struct loopnet_plan plan;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct frame f = frame_new(test);
		u8 fixed[8] = { 0, 1, 8, 0, 6, 4, 0, cases[i].op };
		__be32 sip = htonl(cases[i].sip), tip = htonl(cases[i].tip);

		put_eth(&f, BROADCAST, ETH_P_ARP);
		put(&f, fixed, 8);
		put(&f, "\x02\x11\x11\x11\x11\x11", 6);
		put(&f, &sip, 4);
		put(&f, "\0\0\0\0\0\0", 6);
		put(&f, &tip, 4);
		KUNIT_EXPECT_EQ_MSG(test, look(&f, &plan), cases[i].group,
				    "case %u", i);
		if (!i) {
			reply.len = loopnet_arp_reply(f.data, &plan,
						      reply.data);
			KUNIT_EXPECT_EQ(test, reply.len, sizeof(want));
			KUNIT_EXPECT_EQ(test, memcmp(reply.data, want,
						     sizeof(want)), 0);
		}
		memcpy(f.data, UNICAST, 6);
		KUNIT_EXPECT_EQ_MSG(test, look(&f, &plan), cases[i].unicast,
				    "case %u to one", i);
		/* Not between Ethernet and IPv4: none of our business. */
		f.data[14 + 4] = 8;
		KUNIT_EXPECT_EQ(test, look(&f, &plan), LOOPNET_RETURN);
	}
}

static void nd(struct kunit *test)
{
	static const struct {
		u8 src, target, hops, code;
		enum loopnet_verdict want;
	} cases[] = {
		{ 1, 2, 255, 0, LOOPNET_ND },
		{ 0, 2, 255, 0, LOOPNET_GROUP },	/* DAD */
		{ 2, 2, 255, 0, LOOPNET_GROUP },
		{ 1, 2, 254, 0, LOOPNET_GROUP },
		{ 1, 2, 255, 1, LOOPNET_GROUP },
		{ 1, 0, 255, 0, LOOPNET_GROUP },	/* for nobody */
		{ 1, 0xff, 255, 0, LOOPNET_GROUP },	/* for many */
	};
	struct frame reply = frame_new(test);
	struct loopnet_plan plan;
	unsigned int i;
	__sum16 sum;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct frame f = frame_new(test);
		u8 ns[24] = { 135, cases[i].code };

		if (cases[i].target)
			ns[8] = 0xfd;
		if (cases[i].target == 0xff)
			ns[8] = 0xff;
		ns[23] = cases[i].target;
		put_eth(&f, MULTICAST, ETH_P_IPV6);
		put_v6(&f, cases[i].src, 0x82, NEXTHDR_ICMP, cases[i].hops);
		put(&f, ns, sizeof(ns));
		KUNIT_EXPECT_EQ_MSG(test, look(&f, &plan), cases[i].want,
				    "case %u", i);
		if (i)
			continue;
		reply.len = loopnet_nd_reply(f.data, &plan, reply.data);
		KUNIT_ASSERT_EQ(test, reply.len, 86);
		KUNIT_EXPECT_EQ(test, memcmp(reply.data + 6,
					     "\x02\x06\0\0\0\x02", 6), 0);
		KUNIT_EXPECT_EQ(test, memcmp(reply.data + 78,
					     "\2\1\x02\x06\0\0\0\x02", 8), 0);
		KUNIT_EXPECT_EQ(test, reply.data[54], 136);
		KUNIT_EXPECT_EQ(test, reply.data[58], 0x60);
		sum = csum_ipv6_magic((void *)(reply.data + 22),
				      (void *)(reply.data + 38), 32,
				      IPPROTO_ICMPV6,
				      csum_partial(reply.data + 54, 32, 0));
		KUNIT_EXPECT_EQ(test, (__force int)sum, 0);
	}
}

static void others(struct kunit *test)
{
	struct frame f = frame_new(test);
	struct loopnet_plan plan;

	put_eth(&f, UNICAST, 0x88b5);
	KUNIT_EXPECT_EQ(test, look(&f, &plan), LOOPNET_RETURN);
	KUNIT_EXPECT_EQ(test, plan.need, 14);
	KUNIT_EXPECT_EQ(test, plan.swap, 0);
	f.data[0] |= 1;
	KUNIT_EXPECT_EQ(test, look(&f, &plan), LOOPNET_GROUP);
	f.len = 13;
	KUNIT_EXPECT_EQ(test, look(&f, &plan), LOOPNET_RUNT);
	f.len = 0;
	KUNIT_EXPECT_EQ(test, look(&f, &plan), LOOPNET_RUNT);
}

/*
 * However little of a frame is linear, the verdict comes out the same, after
 * asking for more each time; and nothing is read or written that was not asked
 * for: the frame ends where its memory does.
 */
static void pulls(struct kunit *test)
{
	static const u16 types[] = { ETH_P_IP, ETH_P_IPV6, ETH_P_ARP,
				     ETH_P_8021Q, 0x88b5 };
	u64 seed = 1;
	unsigned int n, i;

	for (n = 0; n < 20000; n++) {
		unsigned int len, linear, pulled = 0;
		struct loopnet_plan whole, plan;
		enum loopnet_verdict want, got;
		u8 *p;

		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		len = (seed >> 33) % 130;
		p = kmalloc(len ? len : 1, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		for (i = 0; i < len; i++) {
			seed = seed * 6364136223846793005ULL + 1;
			p[i] = (seed >> 61) ? 0 : seed >> 40;
		}
		if (len >= 16) {
			u16 type = types[(seed >> 40) % ARRAY_SIZE(types)];

			put_unaligned_be16(type, p + 12);
			p[14] = type == ETH_P_IPV6 ? 0x60 : 0x45;
		}
		if (len > 24) {
			p[20] = (seed >> 50) & 1 ? NEXTHDR_ICMP : NEXTHDR_DEST;
			p[23] = IPPROTO_ICMP;
		}
		want = loopnet_classify(p, len, len, &whole);
		KUNIT_EXPECT_NE(test, want, LOOPNET_PULL);
		for (linear = 0;;) {
			got = loopnet_classify(p, linear, len, &plan);
			if (got != LOOPNET_PULL)
				break;
			KUNIT_ASSERT_GT(test, plan.need, linear);
			KUNIT_ASSERT_LE(test, plan.need, len);
			KUNIT_ASSERT_LT(test, pulled++, 20);
			linear = plan.need;
		}
		KUNIT_EXPECT_EQ(test, got, want);
		if (got == LOOPNET_RETURN) {
			KUNIT_EXPECT_EQ(test, plan.quoted, whole.quoted);
			KUNIT_EXPECT_LE(test, plan.need, len);
			loopnet_rewrite(p, &plan);
		}
		kfree(p);
	}
}

/* The vectors that Microsoft publishes for those who build such hardware. */
static const u8 rss_key[LOOPNET_RSS_KEY] = {
	0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2,
	0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0,
	0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4,
	0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30, 0xf2, 0x0c,
	0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa,
};

struct rss_address {
	u8 a[16];
};

struct rss_flow {
	struct rss_address src, dst;
	u16 sport, dport;
	u32 addresses, all;
	bool v6;
};

static const struct rss_flow rss_flows[] = {
	{ { { 66, 9, 149, 187 } }, { { 161, 142, 100, 80 } }, 2794, 1766,
	  0x323e8fc2, 0x51ccc178, false },
	{ { { 199, 92, 111, 2 } }, { { 65, 69, 140, 83 } }, 14230, 4739,
	  0xd718262a, 0xc626b0ea, false },
	{ { { 24, 19, 198, 95 } }, { { 12, 22, 207, 184 } }, 12898, 38024,
	  0xd2d0a5de, 0x5c2b394a, false },
	{ { { 0x3f, 0xfe, 0x25, 0x01, 0x02, 0, 0x1f, 0xff, [15] = 7 } },
	  { { 0x3f, 0xfe, 0x25, 0x01, 0x02, 0, 0, 3, [15] = 1 } }, 2794, 1766,
	  0x2cc18cd5, 0x40207d3d, true },
};

static void rss_keys(struct flow_keys *keys, const struct rss_flow *f, u8 proto)
{
	memset(keys, 0, sizeof(*keys));
	keys->basic.ip_proto = proto;
	keys->ports.src = htons(f->sport);
	keys->ports.dst = htons(f->dport);
	if (f->v6) {
		keys->control.addr_type = FLOW_DISSECTOR_KEY_IPV6_ADDRS;
		memcpy(&keys->addrs.v6addrs.src, f->src.a, 16);
		memcpy(&keys->addrs.v6addrs.dst, f->dst.a, 16);
	} else {
		keys->control.addr_type = FLOW_DISSECTOR_KEY_IPV4_ADDRS;
		memcpy(&keys->addrs.v4addrs.src, f->src.a, 4);
		memcpy(&keys->addrs.v4addrs.dst, f->dst.a, 4);
	}
}

static struct loopnet_rss *rss_alloc(struct kunit *test)
{
	struct loopnet_rss *rss = kunit_kzalloc(test, sizeof(*rss), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, rss);
	loopnet_rss_fields(rss);
	loopnet_rss_key(rss, rss_key);
	return rss;
}

static u32 rss_hash(struct kunit *test, const struct loopnet_rss *rss,
		    const struct flow_keys *keys, bool turned)
{
	u8 data[LOOPNET_RSS_INPUT];
	struct loopnet_hash hash;
	u32 slow = loopnet_toeplitz(rss->key, data,
				    loopnet_rss_input(rss, data, keys, turned,
						      &hash));

	/* Half bytes summed up give the same. */
	hash = loopnet_rss_hash(rss, keys, turned);
	KUNIT_EXPECT_EQ(test, hash.value, slow);
	return slow;
}

static void rss_vectors(struct kunit *test)
{
	struct loopnet_rss *rss = rss_alloc(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rss_flows); i++) {
		struct rss_flow f = rss_flows[i];
		struct flow_keys keys;

		rss_keys(&keys, &f, IPPROTO_TCP);
		KUNIT_EXPECT_EQ(test, rss_hash(test, rss, &keys, false), f.all);
		rss_keys(&keys, &f, IPPROTO_UDP);
		KUNIT_EXPECT_EQ(test, rss_hash(test, rss, &keys, false), f.all);
		rss_keys(&keys, &f, IPPROTO_ICMP);
		KUNIT_EXPECT_EQ(test, rss_hash(test, rss, &keys, false), f.addresses);

		/* What is sent from B to A comes back as from A to B. */
		swap(f.src, f.dst);
		rss_keys(&keys, &f, IPPROTO_TCP);
		KUNIT_EXPECT_NE(test, rss_hash(test, rss, &keys, false), f.all);
		KUNIT_EXPECT_EQ(test, rss_hash(test, rss, &keys, true), f.all);
		/* A fragment. */
		keys.ports.ports = 0;
		KUNIT_EXPECT_EQ(test, rss_hash(test, rss, &keys, true), f.addresses);
	}
}

static void rss_table(struct kunit *test)
{
	struct loopnet_rss *rss = rss_alloc(test);
	unsigned int seen[3] = {}, i;
	struct flow_keys keys;

	loopnet_rss_spread(rss->table, ARRAY_SIZE(seen));
	for (i = 0; i < LOOPNET_RSS_TABLE; i++) {
		KUNIT_ASSERT_LT(test, rss->table[i], (u32)ARRAY_SIZE(seen));
		seen[rss->table[i]]++;
	}
	for (i = 0; i < ARRAY_SIZE(seen); i++)
		KUNIT_EXPECT_GE(test, seen[i], 42);

	for (i = 0; i < LOOPNET_RSS_TABLE; i++)
		rss->table[i] = i + 7;
	rss_keys(&keys, &rss_flows[0], IPPROTO_TCP);
	KUNIT_EXPECT_EQ(test, loopnet_rss_queue(rss, &keys, false),
			0x51ccc178 % LOOPNET_RSS_TABLE + 7);
	/* No IP: always the same. */
	keys.control.addr_type = 0;
	KUNIT_EXPECT_EQ(test, loopnet_rss_queue(rss, &keys, false), 7);
}

/* Which fields count, and that both ways give the same if that is asked for. */
static void rss_fields(struct kunit *test)
{
	static const u8 xfrms[] = { RXH_XFRM_SYM_XOR, RXH_XFRM_SYM_OR_XOR };
	struct loopnet_rss *rss = rss_alloc(test);
	unsigned int i, x;

	for (i = 0; i < ARRAY_SIZE(rss_flows); i++) {
		struct rss_flow f = rss_flows[i], back = f;
		enum loopnet_flow flow = f.v6 ? LOOPNET_FLOW_TCP6 :
						LOOPNET_FLOW_TCP4;
		struct flow_keys keys, turned;

		rss_keys(&keys, &f, IPPROTO_TCP);
		swap(back.src, back.dst);
		swap(back.sport, back.dport);
		rss_keys(&turned, &back, IPPROTO_TCP);

		for (x = 0; x < ARRAY_SIZE(xfrms); x++) {
			rss->xfrm = xfrms[x];
			KUNIT_EXPECT_EQ(test, rss_hash(test, rss, &keys, false),
					rss_hash(test, rss, &turned, false));
			KUNIT_EXPECT_NE(test, rss_hash(test, rss, &keys, false),
					f.all);
		}
		rss->xfrm = 0;
		KUNIT_EXPECT_NE(test, rss_hash(test, rss, &keys, false),
				rss_hash(test, rss, &turned, false));

		rss->fields[flow] = RXH_IP_SRC | RXH_IP_DST;
		KUNIT_EXPECT_EQ(test, rss_hash(test, rss, &keys, false),
				f.addresses);
		KUNIT_EXPECT_FALSE(test,
				   loopnet_rss_hash(rss, &keys, false).l4);
		rss->fields[flow] = 0;
		KUNIT_EXPECT_EQ(test, rss_hash(test, rss, &keys, false), 0);
		rss->fields[flow] = RXH_IP6_FL;
		keys.tags.flow_label = 0x12345;
		KUNIT_EXPECT_NE(test, rss_hash(test, rss, &keys, false), 0);
		loopnet_rss_fields(rss);
		KUNIT_EXPECT_EQ(test, rss_hash(test, rss, &keys, false), f.all);
		KUNIT_EXPECT_TRUE(test, loopnet_rss_hash(rss, &keys, false).l4);
	}
}

static struct kunit_case loopnet_cases[] = {
	KUNIT_CASE(v4_unicast),
	KUNIT_CASE(v4_addresses),
	KUNIT_CASE(v4_quoted),
	KUNIT_CASE(v4_not_quoted),
	KUNIT_CASE(v6_quoted),
	KUNIT_CASE(arp),
	KUNIT_CASE(nd),
	KUNIT_CASE(others),
	KUNIT_CASE(pulls),
	KUNIT_CASE(rss_vectors),
	KUNIT_CASE(rss_table),
	KUNIT_CASE(rss_fields),
	{}
};

static struct kunit_suite loopnet_suite = {
	.name		= "loopnet",
	.test_cases	= loopnet_cases,
};

kunit_test_suite(loopnet_suite);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit suite of loopnet's rules");
