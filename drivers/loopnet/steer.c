// SPDX-License-Identifier: GPL-2.0
/*
 * loopnet: which queue receives a packet, or none: rules and contexts.
 *
 * A rule sends what matches it to a queue, to a context of RSS, or drops it.
 * What no rule matches is for context 0. A receiver whom nobody has told
 * anything about contexts receives a packet by the number of the queue that
 * sent it.
 */
#include <linux/err.h>
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <net/flow_dissector.h>
#include "loopnet.h"

/* Which row of loopnet_rss.fields a flow of ethtool's is. */
static enum loopnet_flow loopnet_flow_of(u32 flow_type)
{
	switch (flow_type) {
	case TCP_V4_FLOW:
		return LOOPNET_FLOW_TCP4;
	case UDP_V4_FLOW:
		return LOOPNET_FLOW_UDP4;
	case SCTP_V4_FLOW:
		return LOOPNET_FLOW_SCTP4;
	case IPV4_FLOW:
		return LOOPNET_FLOW_IP4;
	case TCP_V6_FLOW:
		return LOOPNET_FLOW_TCP6;
	case UDP_V6_FLOW:
		return LOOPNET_FLOW_UDP6;
	case SCTP_V6_FLOW:
		return LOOPNET_FLOW_SCTP6;
	case IPV6_FLOW:
		return LOOPNET_FLOW_IP6;
	default:
		return LOOPNET_FLOWS;
	}
}

/* What context 0 is for the hash as long as nobody has said anything. */
static struct loopnet_rss loopnet_rss_default;

/* Where a context is kept. */
static struct loopnet_rss __rcu **loopnet_context(struct loopnet *ln, u32 id)
{
	return id ? &ln->steer.context[id - 1] : &ln->steer.rss;
}

/* What a context would be if nobody had said anything. */
static void loopnet_rss_plain(struct loopnet *ln, struct loopnet_rss *rss)
{
	u8 key[LOOPNET_RSS_KEY];

	netdev_rss_key_fill(key, sizeof(key));
	loopnet_rss_spread(rss->table, ln->nr);
	loopnet_rss_fields(rss);
	loopnet_rss_key(rss, key);
	rss->xfrm = 0;
}

/* A context to be changed and then put in place; or an ERR_PTR(). */
static struct loopnet_rss *loopnet_rss_copy(struct loopnet *ln, u32 id)
{
	struct loopnet_rss *old, *rss;

	rss = kzalloc_obj(*rss, GFP_KERNEL_ACCOUNT);
	if (!rss)
		return ERR_PTR(-ENOMEM);
	old = rcu_dereference_protected(*loopnet_context(ln, id),
					lockdep_is_held(&ln->steer.lock));
	if (old)
		memcpy(rss, old, sizeof(*rss));
	else
		loopnet_rss_plain(ln, rss);
	return rss;
}

static void loopnet_rss_put(struct loopnet *ln, u32 id, struct loopnet_rss *rss)
{
	struct loopnet_rss *old;

	old = rcu_replace_pointer(*loopnet_context(ln, id), rss,
				  lockdep_is_held(&ln->steer.lock));
	if (old)
		kfree_rcu(old, rcu);
}

/* Is this what is there if nobody has said anything? */
static bool loopnet_rss_is_plain(struct loopnet *ln,
				 const struct loopnet_rss *rss)
{
	const size_t start = offsetof(struct loopnet_rss, table);
	struct loopnet_rss *plain = kzalloc_obj(*plain, GFP_KERNEL);
	bool same;

	/* Without memory to tell: a context that was set does no harm. */
	if (!plain)
		return false;
	loopnet_rss_plain(ln, plain);
	same = !memcmp((const u8 *)rss + start, (const u8 *)plain + start,
		       sizeof(*rss) - start);
	kfree(plain);
	return same;
}

/*
 * Put context 0 in place. With the table and the key of one who was told
 * nothing it is again one who was told nothing: then a queue receives what the
 * same queue has sent, which costs no hash and stays on its CPU.
 */
static void loopnet_rss_put_main(struct loopnet *ln, struct loopnet_rss *rss)
{
	if (loopnet_rss_is_plain(ln, rss)) {
		kfree(rss);
		rss = NULL;
	}
	loopnet_rss_put(ln, 0, rss);
}

static int loopnet_rss_apply(struct loopnet_rss *rss,
			     const struct ethtool_rxfh_param *rxfh,
			     struct netlink_ext_ack *extack)
{
	if (rxfh->hfunc != ETH_RSS_HASH_NO_CHANGE &&
	    rxfh->hfunc != ETH_RSS_HASH_TOP) {
		NL_SET_ERR_MSG(extack, "the hash is Toeplitz's");
		return -EOPNOTSUPP;
	}
	if (rxfh->indir)
		memcpy(rss->table, rxfh->indir, sizeof(rss->table));
	if (rxfh->key)
		loopnet_rss_key(rss, rxfh->key);
	if (rxfh->input_xfrm != RXH_XFRM_NO_CHANGE)
		rss->xfrm = rxfh->input_xfrm;
	return 0;
}

/* ethtool -x. Context: process, RTNL or the instance lock held. */
int loopnet_get_rxfh(struct net_device *dev, struct ethtool_rxfh_param *rxfh)
{
	struct loopnet *ln = netdev_priv(dev);
	const struct loopnet_rss *rss;

	mutex_lock(&ln->steer.lock);
	rss = rcu_dereference_protected(ln->steer.rss,
					lockdep_is_held(&ln->steer.lock));
	rxfh->hfunc = ETH_RSS_HASH_TOP;
	rxfh->input_xfrm = rss ? rss->xfrm : 0;
	if (rxfh->indir && rss)
		memcpy(rxfh->indir, rss->table, sizeof(rss->table));
	else if (rxfh->indir)
		loopnet_rss_spread(rxfh->indir, ln->nr);
	if (rxfh->key && rss)
		memcpy(rxfh->key, rss->key, sizeof(rss->key));
	else if (rxfh->key)
		netdev_rss_key_fill(rxfh->key, LOOPNET_RSS_KEY);
	mutex_unlock(&ln->steer.lock);
	return 0;
}

/* ethtool -X. Context: as above. */
int loopnet_set_rxfh(struct net_device *dev, struct ethtool_rxfh_param *rxfh,
		     struct netlink_ext_ack *extack)
{
	struct loopnet *ln = netdev_priv(dev);
	struct loopnet_rss *rss;
	int err;

	mutex_lock(&ln->steer.lock);
	rss = loopnet_rss_copy(ln, 0);
	err = PTR_ERR_OR_ZERO(rss);
	if (!err) {
		err = loopnet_rss_apply(rss, rxfh, extack);
		if (err)
			kfree(rss);
		else
			loopnet_rss_put_main(ln, rss);
	}
	mutex_unlock(&ln->steer.lock);
	return err;
}

/* ethtool -n DEV rx-flow-hash. Context: as above. */
int loopnet_get_rxfh_fields(struct net_device *dev,
			    struct ethtool_rxfh_fields *fields)
{
	enum loopnet_flow flow = loopnet_flow_of(fields->flow_type);
	struct loopnet *ln = netdev_priv(dev);
	const struct loopnet_rss *rss;

	if (flow == LOOPNET_FLOWS || fields->rss_context >= LOOPNET_CONTEXTS)
		return -EINVAL;
	rcu_read_lock();
	rss = rcu_dereference(*loopnet_context(ln, fields->rss_context)) ?:
	      &loopnet_rss_default;
	fields->data = rss->fields[flow];
	rcu_read_unlock();
	return 0;
}

/* What may be hashed of a flow. */
static u32 loopnet_hashable(enum loopnet_flow flow)
{
	u32 fields = RXH_IP_SRC | RXH_IP_DST;

	if (flow != LOOPNET_FLOW_IP4 && flow != LOOPNET_FLOW_IP6)
		fields |= RXH_L4_B_0_1 | RXH_L4_B_2_3;
	if (flow >= LOOPNET_FLOW_TCP6)
		fields |= RXH_IP6_FL;
	return fields;
}

/* ethtool -N DEV rx-flow-hash. Context: as above. */
int loopnet_set_rxfh_fields(struct net_device *dev,
			    const struct ethtool_rxfh_fields *fields,
			    struct netlink_ext_ack *extack)
{
	enum loopnet_flow flow = loopnet_flow_of(fields->flow_type);
	struct loopnet *ln = netdev_priv(dev);
	u32 id = fields->rss_context;
	struct loopnet_rss *rss;
	int err = 0;

	if (flow == LOOPNET_FLOWS) {
		NL_SET_ERR_MSG(extack, "TCP, UDP, SCTP and the rest of IP can be hashed");
		return -EOPNOTSUPP;
	}
	if (fields->data & ~loopnet_hashable(flow)) {
		NL_SET_ERR_MSG(extack, "only addresses, ports and IPv6's flow label");
		return -EOPNOTSUPP;
	}
	if (id >= LOOPNET_CONTEXTS)
		return -EINVAL;
	mutex_lock(&ln->steer.lock);
	rss = loopnet_rss_copy(ln, id);
	if (IS_ERR(rss)) {
		err = PTR_ERR(rss);
		goto out;
	}
	rss->fields[flow] = fields->data;
	if (id)
		loopnet_rss_put(ln, id, rss);
	else
		loopnet_rss_put_main(ln, rss);
out:
	mutex_unlock(&ln->steer.lock);
	return err;
}

/* ethtool -X DEV context new. Context: as above. */
int loopnet_create_context(struct net_device *dev,
			   struct ethtool_rxfh_context *ctx,
			   const struct ethtool_rxfh_param *rxfh,
			   struct netlink_ext_ack *extack)
{
	struct loopnet *ln = netdev_priv(dev);
	u32 id = rxfh->rss_context;
	struct loopnet_rss *rss;
	int err;

	if (!id || id >= LOOPNET_CONTEXTS) {
		NL_SET_ERR_MSG(extack, "contexts have numbers from 1 to 63");
		return -ERANGE;
	}
	mutex_lock(&ln->steer.lock);
	rss = loopnet_rss_copy(ln, id);
	err = PTR_ERR_OR_ZERO(rss);
	if (err)
		goto out;
	err = loopnet_rss_apply(rss, rxfh, extack);
	if (err) {
		kfree(rss);
		goto out;
	}
	ctx->hfunc = ETH_RSS_HASH_TOP;
	ctx->input_xfrm = rss->xfrm;
	memcpy(ethtool_rxfh_context_indir(ctx), rss->table, sizeof(rss->table));
	memcpy(ethtool_rxfh_context_key(ctx), rss->key, sizeof(rss->key));
	loopnet_rss_put(ln, id, rss);
out:
	mutex_unlock(&ln->steer.lock);
	return err;
}

/* ethtool -X DEV context N. Context: as above. */
int loopnet_modify_context(struct net_device *dev,
			   struct ethtool_rxfh_context *ctx,
			   const struct ethtool_rxfh_param *rxfh,
			   struct netlink_ext_ack *extack)
{
	struct loopnet *ln = netdev_priv(dev);
	struct loopnet_rss *rss;
	int err;

	mutex_lock(&ln->steer.lock);
	rss = loopnet_rss_copy(ln, rxfh->rss_context);
	err = PTR_ERR_OR_ZERO(rss);
	if (!err) {
		err = loopnet_rss_apply(rss, rxfh, extack);
		if (err)
			kfree(rss);
		else
			loopnet_rss_put(ln, rxfh->rss_context, rss);
	}
	mutex_unlock(&ln->steer.lock);
	return err;
}

static struct loopnet_rules *loopnet_rules_of(struct loopnet *ln)
{
	return rcu_dereference_protected(ln->steer.rules,
					 lockdep_is_held(&ln->steer.lock));
}

/* ethtool -X DEV context N delete. Context: as above. */
int loopnet_remove_context(struct net_device *dev,
			   struct ethtool_rxfh_context *ctx, u32 id,
			   struct netlink_ext_ack *extack)
{
	struct loopnet *ln = netdev_priv(dev);
	struct loopnet_rules *rules;
	unsigned int i;
	int err = 0;

	mutex_lock(&ln->steer.lock);
	rules = loopnet_rules_of(ln);
	for (i = 0; rules && i < rules->nr; i++) {
		if (rules->rule[i].spec.flow_type & FLOW_RSS &&
		    rules->rule[i].context == id) {
			NL_SET_ERR_MSG(extack, "a rule sends to this context");
			err = -EBUSY;
		}
	}
	if (!err)
		loopnet_rss_put(ln, id, NULL);
	mutex_unlock(&ln->steer.lock);
	return err;
}

static void loopnet_pair_of(__be32 *want, __be32 *mask, const __be32 *w,
			    const __be32 *m, unsigned int words)
{
	memcpy(want, w, words * sizeof(*want));
	memcpy(mask, m, words * sizeof(*mask));
}

static void loopnet_rule_ip(struct loopnet_rule *rule, u8 ip)
{
	rule->want.ip = ip;
	rule->mask.ip = U8_MAX;
}

static void loopnet_rule_l4(struct loopnet_rule *rule, u8 l4, u8 mask)
{
	rule->want.l4 = l4;
	rule->mask.l4 = mask;
}

static int loopnet_rule_ports4(struct loopnet_rule *rule, u8 l4)
{
	const struct ethtool_tcpip4_spec *w = &rule->spec.h_u.tcp_ip4_spec;
	const struct ethtool_tcpip4_spec *m = &rule->spec.m_u.tcp_ip4_spec;

	if (m->tos)
		return -EOPNOTSUPP;
	loopnet_rule_ip(rule, 4);
	loopnet_rule_l4(rule, l4, U8_MAX);
	loopnet_pair_of(rule->want.src, rule->mask.src, &w->ip4src, &m->ip4src,
			1);
	loopnet_pair_of(rule->want.dst, rule->mask.dst, &w->ip4dst, &m->ip4dst,
			1);
	rule->want.sport = w->psrc;
	rule->mask.sport = m->psrc;
	rule->want.dport = w->pdst;
	rule->mask.dport = m->pdst;
	return 0;
}

static int loopnet_rule_ports6(struct loopnet_rule *rule, u8 l4)
{
	const struct ethtool_tcpip6_spec *w = &rule->spec.h_u.tcp_ip6_spec;
	const struct ethtool_tcpip6_spec *m = &rule->spec.m_u.tcp_ip6_spec;

	if (m->tclass)
		return -EOPNOTSUPP;
	loopnet_rule_ip(rule, 6);
	loopnet_rule_l4(rule, l4, U8_MAX);
	loopnet_pair_of(rule->want.src, rule->mask.src, w->ip6src, m->ip6src,
			4);
	loopnet_pair_of(rule->want.dst, rule->mask.dst, w->ip6dst, m->ip6dst,
			4);
	rule->want.sport = w->psrc;
	rule->mask.sport = m->psrc;
	rule->want.dport = w->pdst;
	rule->mask.dport = m->pdst;
	return 0;
}

static int loopnet_rule_ip4(struct loopnet_rule *rule)
{
	const struct ethtool_usrip4_spec *w = &rule->spec.h_u.usr_ip4_spec;
	const struct ethtool_usrip4_spec *m = &rule->spec.m_u.usr_ip4_spec;

	if (m->tos || m->ip_ver || m->l4_4_bytes)
		return -EOPNOTSUPP;
	loopnet_rule_ip(rule, 4);
	loopnet_pair_of(rule->want.src, rule->mask.src, &w->ip4src, &m->ip4src,
			1);
	loopnet_pair_of(rule->want.dst, rule->mask.dst, &w->ip4dst, &m->ip4dst,
			1);
	loopnet_rule_l4(rule, w->proto, m->proto);
	return 0;
}

static int loopnet_rule_ip6(struct loopnet_rule *rule)
{
	const struct ethtool_usrip6_spec *w = &rule->spec.h_u.usr_ip6_spec;
	const struct ethtool_usrip6_spec *m = &rule->spec.m_u.usr_ip6_spec;

	if (m->tclass || m->l4_4_bytes)
		return -EOPNOTSUPP;
	loopnet_rule_ip(rule, 6);
	loopnet_pair_of(rule->want.src, rule->mask.src, w->ip6src, m->ip6src,
			4);
	loopnet_pair_of(rule->want.dst, rule->mask.dst, w->ip6dst, m->ip6dst,
			4);
	loopnet_rule_l4(rule, w->l4_proto, m->l4_proto);
	return 0;
}

static int loopnet_rule_ether(struct loopnet_rule *rule)
{
	const struct ethhdr *w = &rule->spec.h_u.ether_spec;
	const struct ethhdr *m = &rule->spec.m_u.ether_spec;

	ether_addr_copy(rule->want.dst_mac, w->h_dest);
	ether_addr_copy(rule->mask.dst_mac, m->h_dest);
	ether_addr_copy(rule->want.src_mac, w->h_source);
	ether_addr_copy(rule->mask.src_mac, m->h_source);
	rule->want.proto = w->h_proto;
	rule->mask.proto = m->h_proto;
	return 0;
}

/* What stands behind the flow: a tag, a MAC address. */
static int loopnet_rule_more(struct loopnet_rule *rule)
{
	const struct ethtool_flow_ext *w = &rule->spec.h_ext;
	const struct ethtool_flow_ext *m = &rule->spec.m_ext;

	if (rule->spec.flow_type & FLOW_EXT) {
		if (m->data[0] || m->data[1])
			return -EOPNOTSUPP;
		rule->want.tci = w->vlan_tci;
		rule->mask.tci = m->vlan_tci;
		rule->want.vlan_proto = w->vlan_etype;
		rule->mask.vlan_proto = m->vlan_etype;
	}
	if (rule->spec.flow_type & FLOW_MAC_EXT) {
		ether_addr_copy(rule->want.dst_mac, w->h_dest);
		ether_addr_copy(rule->mask.dst_mac, m->h_dest);
	}
	return 0;
}

/* What a rule wants, in words to be compared. */
static int loopnet_rule_compile(struct loopnet_rule *rule)
{
	u32 type = rule->spec.flow_type & ~(FLOW_EXT | FLOW_MAC_EXT | FLOW_RSS);
	u64 *want = (u64 *)&rule->want, *mask = (u64 *)&rule->mask;
	unsigned int i;
	int err;

	BUILD_BUG_ON(sizeof(struct loopnet_tuple) % sizeof(u64));
	BUILD_BUG_ON(sizeof(struct loopnet_tuple) !=
		     2 * ETH_ALEN + 3 * sizeof(__be16) + 2 * sizeof(u8) +
		     2 * sizeof(__be16) + 8 * sizeof(__be32));
	switch (type) {
	case ETHER_FLOW:
		err = loopnet_rule_ether(rule);
		break;
	case IP_USER_FLOW:
		err = loopnet_rule_ip4(rule);
		break;
	case IPV6_USER_FLOW:
		err = loopnet_rule_ip6(rule);
		break;
	case TCP_V4_FLOW:
		err = loopnet_rule_ports4(rule, IPPROTO_TCP);
		break;
	case UDP_V4_FLOW:
		err = loopnet_rule_ports4(rule, IPPROTO_UDP);
		break;
	case SCTP_V4_FLOW:
		err = loopnet_rule_ports4(rule, IPPROTO_SCTP);
		break;
	case TCP_V6_FLOW:
		err = loopnet_rule_ports6(rule, IPPROTO_TCP);
		break;
	case UDP_V6_FLOW:
		err = loopnet_rule_ports6(rule, IPPROTO_UDP);
		break;
	case SCTP_V6_FLOW:
		err = loopnet_rule_ports6(rule, IPPROTO_SCTP);
		break;
	default:
		return -EOPNOTSUPP;
	}
	if (!err)
		err = loopnet_rule_more(rule);
	/* What does not count is not there: so equal rules are equal bytes. */
	for (i = 0; i < sizeof(struct loopnet_tuple) / sizeof(u64); i++)
		want[i] &= mask[i];
	return err;
}

/* The largest queue of a context. */
static u32 loopnet_rss_largest(struct loopnet *ln, u32 id)
{
	const struct loopnet_rss *rss;
	u32 largest = 0;
	unsigned int i;

	rss = rcu_dereference_protected(*loopnet_context(ln, id),
					lockdep_is_held(&ln->steer.lock));
	if (!rss)
		return id ? U32_MAX / 2 : ln->nr - 1;
	for (i = 0; i < LOOPNET_RSS_TABLE; i++)
		largest = max(largest, rss->table[i]);
	return largest;
}

/* The largest queue that a rule sends to; -1 if it sends to none of its own. */
static s64 loopnet_rule_largest(struct loopnet *ln,
				const struct loopnet_rule *rule)
{
	u64 cookie = rule->spec.ring_cookie;
	s64 ring;

	if (cookie == RX_CLS_FLOW_DISC)
		return -1;
	ring = ethtool_get_flow_spec_ring(cookie);
	if (!(rule->spec.flow_type & FLOW_RSS))
		return ring;
	if (!rule->context && !ring)
		return -1;
	return ring + loopnet_rss_largest(ln, rule->context);
}

static int loopnet_rule_check(struct loopnet *ln,
			      const struct loopnet_rule *rule)
{
	u64 cookie = rule->spec.ring_cookie;

	if (cookie == RX_CLS_FLOW_WAKE)
		return -EOPNOTSUPP;
	if (cookie != RX_CLS_FLOW_DISC && ethtool_get_flow_spec_ring_vf(cookie))
		return -EINVAL;
	if (cookie == RX_CLS_FLOW_DISC && rule->spec.flow_type & FLOW_RSS)
		return -EINVAL;
	if (rule->spec.flow_type & FLOW_RSS &&
	    rule->context >= LOOPNET_CONTEXTS)
		return -EINVAL;
	if (loopnet_rule_largest(ln, rule) >= ln->nr)
		return -EINVAL;
	return 0;
}

static bool loopnet_rule_same(const struct loopnet_rule *a,
			      const struct loopnet_rule *b)
{
	return !memcmp(&a->want, &b->want, sizeof(a->want)) &&
	       !memcmp(&a->mask, &b->mask, sizeof(a->mask));
}

/*
 * Where does it go? Whoever leaves that to us gets the place of the rule for
 * the same packets, or the last or first one that is free.
 */
static int loopnet_rule_place(const struct loopnet_rules *rules,
			      struct loopnet_rule *rule)
{
	u32 at = rule->spec.location, place;
	unsigned int i, nr = rules ? rules->nr : 0;

	if (!(at & RX_CLS_LOC_SPECIAL))
		return at < LOOPNET_RULES ? 0 : -E2BIG;
	switch (at) {
	case RX_CLS_LOC_ANY:
		for (i = 0; i < nr; i++) {
			if (loopnet_rule_same(&rules->rule[i], rule)) {
				rule->spec.location =
					rules->rule[i].spec.location;
				return 0;
			}
		}
		fallthrough;
	case RX_CLS_LOC_LAST:
		place = LOOPNET_RULES - 1;
		for (i = nr; i && rules->rule[i - 1].spec.location == place; i--)
			place--;
		break;
	case RX_CLS_LOC_FIRST:
		place = 0;
		for (i = 0; i < nr && rules->rule[i].spec.location == place; i++)
			place++;
		break;
	default:
		return -EINVAL;
	}
	if (nr == LOOPNET_RULES)
		return -ENOSPC;
	rule->spec.location = place;
	return 0;
}

static void loopnet_rules_put(struct loopnet *ln, struct loopnet_rules *rules)
{
	struct loopnet_rules *old;

	old = rcu_replace_pointer(ln->steer.rules, rules,
				  lockdep_is_held(&ln->steer.lock));
	if (old)
		kvfree_rcu(old, rcu);
}

/* All rules but the one at @location, and @rule in its place if there is one. */
static int loopnet_rules_replace(struct loopnet *ln, u32 location,
				 const struct loopnet_rule *rule)
{
	const struct loopnet_rules *old = loopnet_rules_of(ln);
	unsigned int i, nr = old ? old->nr : 0;
	struct loopnet_rules *rules;

	rules = kvzalloc(struct_size(rules, rule, nr + !!rule),
			 GFP_KERNEL_ACCOUNT);
	if (!rules)
		return -ENOMEM;
	for (i = 0; i < nr && old->rule[i].spec.location < location; i++)
		rules->rule[rules->nr++] = old->rule[i];
	if (rule)
		rules->rule[rules->nr++] = *rule;
	if (i < nr && old->rule[i].spec.location == location)
		i++;
	for (; i < nr; i++)
		rules->rule[rules->nr++] = old->rule[i];
	for (i = 0; i < rules->nr; i++)
		rules->drops |= rules->rule[i].spec.ring_cookie ==
				RX_CLS_FLOW_DISC;
	if (!rules->nr) {
		kvfree(rules);
		rules = NULL;
	}
	loopnet_rules_put(ln, rules);
	return 0;
}

static int loopnet_rule_add(struct loopnet *ln, struct ethtool_rxnfc *info)
{
	struct loopnet_rule rule = {
		.spec = info->fs,
		.context = info->fs.flow_type & FLOW_RSS ?
			   info->rss_context : 0,
	};
	int err;

	err = loopnet_rule_compile(&rule);
	if (!err)
		err = loopnet_rule_check(ln, &rule);
	if (!err)
		err = loopnet_rule_place(loopnet_rules_of(ln), &rule);
	if (!err)
		err = loopnet_rules_replace(ln, rule.spec.location, &rule);
	if (!err)
		info->fs.location = rule.spec.location;
	return err;
}

static const struct loopnet_rule *loopnet_rule_at(struct loopnet *ln, u32 at)
{
	const struct loopnet_rules *rules = loopnet_rules_of(ln);
	unsigned int i;

	for (i = 0; rules && i < rules->nr; i++) {
		if (rules->rule[i].spec.location == at)
			return &rules->rule[i];
	}
	return NULL;
}

/* ethtool -N. Context: as above. */
int loopnet_set_rxnfc(struct net_device *dev, struct ethtool_rxnfc *info)
{
	struct loopnet *ln = netdev_priv(dev);
	int err = -EOPNOTSUPP;

	if (!(dev->features & NETIF_F_NTUPLE))
		return -EOPNOTSUPP;
	mutex_lock(&ln->steer.lock);
	switch (info->cmd) {
	case ETHTOOL_SRXCLSRLINS:
		err = loopnet_rule_add(ln, info);
		break;
	case ETHTOOL_SRXCLSRLDEL:
		err = -ENOENT;
		if (loopnet_rule_at(ln, info->fs.location))
			err = loopnet_rules_replace(ln, info->fs.location,
						    NULL);
		break;
	}
	mutex_unlock(&ln->steer.lock);
	return err;
}

static int loopnet_rules_list(struct loopnet *ln, struct ethtool_rxnfc *info,
			      u32 *places)
{
	const struct loopnet_rules *rules = loopnet_rules_of(ln);
	unsigned int i, nr = rules ? rules->nr : 0;

	if (info->rule_cnt < nr)
		return -EMSGSIZE;
	for (i = 0; i < nr; i++)
		places[i] = rules->rule[i].spec.location;
	info->rule_cnt = nr;
	info->data = LOOPNET_RULES;
	return 0;
}

/* ethtool -n. Context: as above. */
int loopnet_get_rxnfc(struct net_device *dev, struct ethtool_rxnfc *info,
		      u32 *places)
{
	struct loopnet *ln = netdev_priv(dev);
	const struct loopnet_rules *rules;
	const struct loopnet_rule *rule;
	int err = 0;

	mutex_lock(&ln->steer.lock);
	rules = loopnet_rules_of(ln);
	switch (info->cmd) {
	case ETHTOOL_GRXCLSRLCNT:
		info->rule_cnt = rules ? rules->nr : 0;
		info->data = LOOPNET_RULES | RX_CLS_LOC_SPECIAL;
		break;
	case ETHTOOL_GRXCLSRULE:
		rule = loopnet_rule_at(ln, info->fs.location);
		if (rule) {
			info->fs = rule->spec;
			info->rss_context = rule->context;
		} else {
			err = -ENOENT;
		}
		break;
	case ETHTOOL_GRXCLSRLALL:
		err = loopnet_rules_list(ln, info, places);
		break;
	default:
		err = -EOPNOTSUPP;
		break;
	}
	mutex_unlock(&ln->steer.lock);
	return err;
}

/**
 * loopnet_steer_forget() - ethtool -K DEV ntuple off
 * @ln: the device
 *
 * Context: process.
 */
void loopnet_steer_forget(struct loopnet *ln)
{
	mutex_lock(&ln->steer.lock);
	loopnet_rules_put(ln, NULL);
	mutex_unlock(&ln->steer.lock);
}

/**
 * loopnet_steer_queues() - may the number of channels become another one?
 * @ln: the device
 * @nr: the number
 *
 * A table of context 0 that nobody has changed follows the number, a table
 * that somebody has set stays, be it the one that was there by itself.
 *
 * Context: process, RTNL held.
 * Return: 0, -EINVAL if that would leave a rule without its queue, or -ENOMEM.
 */
int loopnet_steer_queues(struct loopnet *ln, unsigned int nr)
{
	const struct loopnet_rules *rules;
	struct loopnet_rss *rss;
	unsigned int i;
	int err = 0;

	mutex_lock(&ln->steer.lock);
	rules = loopnet_rules_of(ln);
	for (i = 0; rules && i < rules->nr; i++) {
		if (loopnet_rule_largest(ln, &rules->rule[i]) >= nr)
			err = -EINVAL;
	}
	if (!err && netif_is_rxfh_configured(ln->dev) &&
	    !rcu_access_pointer(ln->steer.rss)) {
		rss = loopnet_rss_copy(ln, 0);
		err = PTR_ERR_OR_ZERO(rss);
		if (!err)
			loopnet_rss_put(ln, 0, rss);
	}
	mutex_unlock(&ln->steer.lock);
	return err;
}

/**
 * loopnet_steer_queued() - the number of channels has become another one
 * @ln: the device
 * @nr: the number
 *
 * Context: process, RTNL held.
 */
void loopnet_steer_queued(struct loopnet *ln, unsigned int nr)
{
	u32 table[LOOPNET_RSS_TABLE];
	struct loopnet_rss *rss;
	unsigned int i;

	if (netif_is_rxfh_configured(ln->dev))
		return;
	mutex_lock(&ln->steer.lock);
	rss = rcu_dereference_protected(ln->steer.rss,
					lockdep_is_held(&ln->steer.lock));
	loopnet_rss_spread(table, nr);
	for (i = 0; rss && i < LOOPNET_RSS_TABLE; i++)
		WRITE_ONCE(rss->table[i], table[i]);
	mutex_unlock(&ln->steer.lock);
}

/**
 * loopnet_steer_setup() - what all devices share
 *
 * Context: process, at load.
 */
void __init loopnet_steer_setup(void)
{
	u8 key[LOOPNET_RSS_KEY];

	netdev_rss_key_fill(key, sizeof(key));
	loopnet_rss_fields(&loopnet_rss_default);
	loopnet_rss_key(&loopnet_rss_default, key);
}

void loopnet_steer_init(struct loopnet *ln)
{
	mutex_init(&ln->steer.lock);
}

/* Context: process, after the last reader. */
void loopnet_steer_exit(struct loopnet *ln)
{
	unsigned int i;

	for (i = 0; i < LOOPNET_CONTEXTS; i++)
		kfree(rcu_dereference_protected(*loopnet_context(ln, i), true));
	kvfree(rcu_dereference_protected(ln->steer.rules, true));
	mutex_destroy(&ln->steer.lock);
}

/* What a packet is to rules, as it is received. */
static void loopnet_tuple_fill(struct loopnet_tuple *t,
			       const struct flow_keys *keys, const u8 *data,
			       unsigned int len, const struct sk_buff *skb,
			       bool turned)
{
	const struct ethhdr *eth = (const void *)data;
	__be32 *src = turned ? t->dst : t->src;
	__be32 *dst = turned ? t->src : t->dst;

	memset(t, 0, sizeof(*t));
	if (likely(len >= sizeof(*eth))) {
		ether_addr_copy(turned ? t->src_mac : t->dst_mac, eth->h_dest);
		ether_addr_copy(turned ? t->dst_mac : t->src_mac,
				eth->h_source);
		t->proto = eth->h_proto;
	}
	if (skb && skb_vlan_tag_present(skb)) {
		t->tci = htons(skb_vlan_tag_get(skb));
		t->vlan_proto = skb->vlan_proto;
	} else if (keys->vlan.vlan_tpid) {
		t->tci = htons(keys->vlan.vlan_id |
			       keys->vlan.vlan_dei << 12 |
			       keys->vlan.vlan_priority << VLAN_PRIO_SHIFT);
		t->vlan_proto = keys->vlan.vlan_tpid;
		t->proto = keys->basic.n_proto;
	}
	switch (keys->control.addr_type) {
	case FLOW_DISSECTOR_KEY_IPV4_ADDRS:
		t->ip = 4;
		src[0] = keys->addrs.v4addrs.src;
		dst[0] = keys->addrs.v4addrs.dst;
		break;
	case FLOW_DISSECTOR_KEY_IPV6_ADDRS:
		t->ip = 6;
		memcpy(src, &keys->addrs.v6addrs.src, sizeof(t->src));
		memcpy(dst, &keys->addrs.v6addrs.dst, sizeof(t->dst));
		break;
	default:
		return;
	}
	t->l4 = keys->basic.ip_proto;
	t->sport = keys->ports.src;
	t->dport = keys->ports.dst;
}

static bool loopnet_rule_matches(const struct loopnet_rule *rule,
				 const struct loopnet_tuple *t)
{
	const u64 *want = (const u64 *)&rule->want;
	const u64 *mask = (const u64 *)&rule->mask;
	const u64 *have = (const u64 *)t;
	unsigned int i;

	for (i = 0; i < sizeof(*t) / sizeof(u64); i++) {
		if ((have[i] & mask[i]) != want[i])
			return false;
	}
	return true;
}

/* The rule for a packet, or NULL. */
static const struct loopnet_rule *
loopnet_rule_find(const struct loopnet_rules *rules, const struct flow_keys *keys,
		  const void *data, unsigned int len, const struct sk_buff *skb,
		  bool turned)
{
	struct loopnet_tuple t;
	unsigned int i;

	loopnet_tuple_fill(&t, keys, data, len, skb, turned);
	for (i = 0; i < rules->nr; i++) {
		if (loopnet_rule_matches(&rules->rule[i], &t))
			return &rules->rule[i];
	}
	return NULL;
}

/* What is in a tunnel does not count, and is not turned round. */
#define LOOPNET_DISSECT		FLOW_DISSECTOR_F_STOP_AT_ENCAP

/* Of a frame, from its Ethernet header on. */
static void loopnet_dissect(struct loopnet *ln, struct flow_keys *keys,
			    const void *data, unsigned int len)
{
	const struct ethhdr *eth = data;

	memset(keys, 0, sizeof(*keys));
	if (likely(len >= sizeof(*eth)))
		__skb_flow_dissect(dev_net(ln->dev), NULL, &flow_keys_dissector,
				   keys, data, eth->h_proto, sizeof(*eth), len,
				   LOOPNET_DISSECT);
}

/**
 * loopnet_steer_skb() - which queue is to receive a packet that is sent
 * @receiver: who receives it
 * @skb: the packet, from its Ethernet header on
 * @turned: it comes back with its addresses swapped
 *
 * Context: RCU read side.
 * Return: the queue, or -1 if nobody has said which.
 */
int loopnet_steer_skb(struct loopnet *receiver, const struct sk_buff *skb,
		      bool turned)
{
	const struct loopnet_rules *rules = rcu_dereference(receiver->steer.rules);
	const struct loopnet_rss *rss = rcu_dereference(receiver->steer.rss);
	const struct loopnet_rule *rule = NULL;
	unsigned int nr = READ_ONCE(receiver->nr);
	struct flow_keys keys;
	u32 ring = 0;

	skb_flow_dissect_flow_keys(skb, &keys, LOOPNET_DISSECT);
	if (rules)
		rule = loopnet_rule_find(rules, &keys, skb->data,
					 skb_headlen(skb), skb, turned);
	/* What is to be dropped will be when it is received. */
	if (rule && rule->spec.ring_cookie != RX_CLS_FLOW_DISC) {
		ring = ethtool_get_flow_spec_ring(rule->spec.ring_cookie);
		if (!(rule->spec.flow_type & FLOW_RSS))
			return ring;
		if (rule->context)
			rss = rcu_dereference(*loopnet_context(receiver,
							       rule->context));
	}
	if (rss)
		return (loopnet_rss_queue(rss, &keys, turned) + ring) % nr;
	if (!ring)
		return -1;
	return (loopnet_rss_hash(&loopnet_rss_default, &keys, turned).value %
		LOOPNET_RSS_TABLE + ring) % nr;
}

/**
 * loopnet_steer_drops() - is there a rule that drops a packet?
 * @ln: who receives it
 * @skb: the packet, or NULL
 * @data: its Ethernet header and what follows
 * @len: how much of it
 *
 * Context: RCU read side.
 */
bool loopnet_steer_drops(struct loopnet *ln, const struct sk_buff *skb,
			 const void *data, unsigned int len)
{
	const struct loopnet_rules *rules = rcu_dereference(ln->steer.rules);
	const struct loopnet_rule *rule;
	struct flow_keys keys;

	if (likely(!rules || !rules->drops))
		return false;
	loopnet_dissect(ln, &keys, data, len);
	rule = loopnet_rule_find(rules, &keys, data, len, skb, false);
	return rule && rule->spec.ring_cookie == RX_CLS_FLOW_DISC;
}

/**
 * loopnet_steer_hash() - the hash of a packet that is received
 * @ln: who receives it
 * @skb: the packet, or NULL
 * @data: its Ethernet header and what follows
 * @len: how much of it
 *
 * That of the context which the packet is for, whatever queue it came by.
 *
 * Context: RCU read side.
 */
struct loopnet_hash loopnet_steer_hash(struct loopnet *ln,
				       const struct sk_buff *skb,
				       const void *data, unsigned int len)
{
	const struct loopnet_rules *rules = rcu_dereference(ln->steer.rules);
	const struct loopnet_rss *rss = rcu_dereference(ln->steer.rss);
	const struct loopnet_rule *rule;
	struct flow_keys keys;

	loopnet_dissect(ln, &keys, data, len);
	if (unlikely(rules)) {
		rule = loopnet_rule_find(rules, &keys, data, len, skb, false);
		if (rule && rule->spec.flow_type & FLOW_RSS && rule->context)
			rss = rcu_dereference(*loopnet_context(ln,
							       rule->context));
	}
	return loopnet_rss_hash(rss ?: &loopnet_rss_default, &keys, false);
}
