/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What moved in the network core between 6.1 and 7.2; see compat.h.
 */
#ifndef _SOFTDEV_COMPAT_NET_H
#define _SOFTDEV_COMPAT_NET_H

#include <linux/ethtool.h>
#include <linux/net_tstamp.h>
#include <linux/netdevice.h>
#include <net/rtnetlink.h>
#include <net/xdp.h>
#include <softdev/compat.h>

/* 6.6: page_pool has a directory of headers. */
#if SOFTDEV_HAVE_PAGE_POOL_DIR
#include <net/page_pool/helpers.h>
#else
#include <net/page_pool.h>
#endif

/* 6.5: segmentation left netdevice.h. */
#if SOFTDEV_HAVE_GSO_H
#include <net/gso.h>
#endif

/*
 * 6.15: newlink takes its arguments in a struct. SOFTDEV_NEWLINK(fn) makes of
 * a function of the new form what rtnl_link_ops wants; SOFTDEV_NEWLINK_OP(fn)
 * is its name.
 */
#if SOFTDEV_HAVE_NEWLINK_PARAMS
#define SOFTDEV_NEWLINK(_fn)
#define SOFTDEV_NEWLINK_OP(_fn)	_fn

static inline struct net *softdev_peer_net(struct rtnl_newlink_params *params,
					   struct nlattr *tb[])
{
	return get_net(rtnl_newlink_peer_net(params));
}
#else
struct rtnl_newlink_params {
	struct net *src_net;
	struct nlattr **tb;
	struct nlattr **data;
};

/* Where the other end shall be: a reference, or an ERR_PTR(). */
static inline struct net *softdev_peer_net(struct rtnl_newlink_params *params,
					   struct nlattr *tb[])
{
	return rtnl_link_get_net(params->src_net, tb);
}

#define SOFTDEV_NEWLINK_OP(_fn)	_fn##_args
#define SOFTDEV_NEWLINK(_fn)						\
static int _fn##_args(struct net *src_net, struct net_device *dev,	\
		      struct nlattr *tb[], struct nlattr *data[],	\
		      struct netlink_ext_ack *extack)			\
{									\
	struct rtnl_newlink_params params = {				\
		.src_net = src_net, .tb = tb, .data = data,		\
	};								\
									\
	return _fn(dev, &params, extack);				\
}
#endif

/* 6.13: the core looks for the other end's namespace in this attribute. */
#if SOFTDEV_HAVE_LINK_PEER_TYPE
#define SOFTDEV_LINK_PEER_TYPE(_attr)	.peer_type = (_attr),
#else
#define SOFTDEV_LINK_PEER_TYPE(_attr)
#endif

/* 6.8: user space may ask which queue a NAPI instance serves. */
#if !SOFTDEV_HAVE_QUEUE_NAPI
enum netdev_queue_type {
	NETDEV_QUEUE_TYPE_RX,
	NETDEV_QUEUE_TYPE_TX,
};

static inline void netif_queue_set_napi(struct net_device *dev,
					unsigned int queue_index,
					enum netdev_queue_type type,
					struct napi_struct *napi)
{
}
#endif

/*
 * 6.11: UDP_SEGMENT works without checksum offload. Before that its senders get
 * EIO, so a device that can do without the offload had better keep it.
 */
#if SOFTDEV_HAVE_UDP_GSO_SUMS
#define SOFTDEV_SPARE_CSUM	NETIF_F_HW_CSUM
#else
#define SOFTDEV_SPARE_CSUM	0
#endif

/*
 * 6.3: a device says what it can do for programs, and the core goes by that
 * when it redirects to it.
 */
#if SOFTDEV_HAVE_XDP_FEATURES
static inline void softdev_xdp_features(struct net_device *dev)
{
	dev->xdp_features = NETDEV_XDP_ACT_BASIC | NETDEV_XDP_ACT_REDIRECT |
			    NETDEV_XDP_ACT_NDO_XMIT | NETDEV_XDP_ACT_RX_SG |
			    NETDEV_XDP_ACT_NDO_XMIT_SG;
}
#else
static inline void softdev_xdp_features(struct net_device *dev)
{
}
#endif

/*
 * 6.8: programs can ask for the VLAN tag, user space for the statistics of page
 * pools. Before that nobody asks, and nothing is set.
 */
#if SOFTDEV_HAVE_XDP_METADATA
#define SOFTDEV_POOL_NETDEV(_dev)	.netdev = (_dev),

static inline void softdev_xdp_setup(struct net_device *dev,
				     const struct xdp_metadata_ops *ops)
{
	dev->xdp_metadata_ops = ops;
	softdev_xdp_features(dev);
}
#else
#define SOFTDEV_POOL_NETDEV(_dev)

struct xdp_md;

enum xdp_rss_hash_type {
	XDP_RSS_TYPE_NONE,
	XDP_RSS_TYPE_L3_IPV4,
	XDP_RSS_TYPE_L3_IPV6,
	XDP_RSS_TYPE_L4_ANY,
};

struct xdp_metadata_ops {
	int (*xmo_rx_timestamp)(const struct xdp_md *ctx, u64 *timestamp);
	int (*xmo_rx_hash)(const struct xdp_md *ctx, u32 *hash,
			   enum xdp_rss_hash_type *type);
	int (*xmo_rx_vlan_tag)(const struct xdp_md *ctx, __be16 *proto,
			       u16 *tci);
};

static inline void softdev_xdp_setup(struct net_device *dev,
				     const struct xdp_metadata_ops *ops)
{
	softdev_xdp_features(dev);
}
#endif

/* 6.13: whom a socket may poll is known by the queue, not by what programs see. */
#if SOFTDEV_HAVE_NAPI_CONFIG
static inline void softdev_rxq_napi(struct xdp_rxq_info *rxq,
				    const struct napi_struct *napi)
{
}
#else
static inline void softdev_rxq_napi(struct xdp_rxq_info *rxq,
				    const struct napi_struct *napi)
{
	rxq->napi_id = napi->napi_id;
}
#endif

/* 6.14: of where its pages are from, an XDP frame knows the type alone. */
#if SOFTDEV_HAVE_FRAME_MEM_TYPE
static inline struct xdp_mem_info
softdev_frame_mem(const struct xdp_frame *frame)
{
	return (struct xdp_mem_info){ .type = frame->mem_type };
}
#else
static inline struct xdp_mem_info
softdev_frame_mem(const struct xdp_frame *frame)
{
	return frame->mem;
}
#endif

/* 6.5: a fragment is filled in by one call. */
#if !SOFTDEV_HAVE_FRAG_FILL
static inline void skb_frag_fill_page_desc(skb_frag_t *frag, struct page *page,
					   int off, int size)
{
	__skb_frag_set_page(frag, page);
	skb_frag_off_set(frag, off);
	skb_frag_size_set(frag, size);
}
#endif

/* 6.8: a string without a format. */
#if !SOFTDEV_HAVE_ETHTOOL_PUTS
static inline void ethtool_puts(u8 **data, const char *str)
{
	strscpy(*data, str, ETH_GSTRING_LEN);
	*data += ETH_GSTRING_LEN;
}
#endif

/*
 * 6.8: hash table and key come in a struct. SOFTDEV_RXFH(get, set) makes of
 * two functions of the new form what ethtool wants; SOFTDEV_RXFH_OP(fn) is
 * either's name.
 */
#if SOFTDEV_HAVE_RXFH_PARAM
#define SOFTDEV_RXFH(_get, _set)
#define SOFTDEV_RXFH_OP(_fn)	_fn
#else
struct ethtool_rxfh_param {
	u8 hfunc;
	u32 *indir;
	u8 *key;
	u32 rss_context;
	u8 input_xfrm;
};

#define SOFTDEV_RXFH_OP(_fn)	_fn##_args
#define SOFTDEV_RXFH(_get, _set)					\
static int _get##_args(struct net_device *dev, u32 *indir, u8 *key,	\
		       u8 *hfunc)					\
{									\
	struct ethtool_rxfh_param rxfh = { .indir = indir, .key = key };\
	int err = _get(dev, &rxfh);					\
									\
	if (hfunc)							\
		*hfunc = rxfh.hfunc;					\
	return err;							\
}									\
									\
static int _set##_args(struct net_device *dev, const u32 *indir,	\
		       const u8 *key, const u8 hfunc)			\
{									\
	struct ethtool_rxfh_param rxfh = {				\
		.hfunc = hfunc, .indir = (u32 *)indir, .key = (u8 *)key,\
		.input_xfrm = RXH_XFRM_NO_CHANGE,			\
	};								\
									\
	return _set(dev, &rxfh, NULL);					\
}
#endif

/*
 * 6.12 (Debian's): contexts of RSS, symmetric hashes, and operations for the
 * fields that are hashed. Before that ethtool asks for those where it asks for
 * rules, and there is nothing of the rest.
 */
#if SOFTDEV_HAVE_RXFH_CONTEXT
#define SOFTDEV_RXFH_CONTEXT_OPS(_create, _modify, _remove, _max)	\
	.supported_input_xfrm	= RXH_XFRM_SYM_XOR | RXH_XFRM_SYM_OR_XOR,\
	.rxfh_per_ctx_fields	= 1,					\
	.rxfh_per_ctx_key	= 1,					\
	.cap_rss_rxnfc_adds	= 1,					\
	.rxfh_max_num_contexts	= (_max),				\
	.create_rxfh_context	= _create,				\
	.modify_rxfh_context	= _modify,				\
	.remove_rxfh_context	= _remove,
#define SOFTDEV_RXFH_FIELDS_OPS(_get, _set)				\
	.get_rxfh_fields = _get, .set_rxfh_fields = _set,
#else
#define RXH_XFRM_SYM_XOR	BIT(0)
#define RXH_XFRM_SYM_OR_XOR	BIT(1)
#define RXH_XFRM_NO_CHANGE	0xff

struct ethtool_rxfh_fields {
	u32 data;
	u32 flow_type;
	u32 rss_context;
};

struct ethtool_rxfh_context {
	u8 hfunc;
	u8 input_xfrm;
	u32 *indir;
	u8 *key;
};

static inline u32 *
ethtool_rxfh_context_indir(struct ethtool_rxfh_context *ctx)
{
	return ctx->indir;
}

static inline u8 *ethtool_rxfh_context_key(struct ethtool_rxfh_context *ctx)
{
	return ctx->key;
}

#define SOFTDEV_RXFH_CONTEXT_OPS(_create, _modify, _remove, _max)
#define SOFTDEV_RXFH_FIELDS_OPS(_get, _set)
#endif

/* 7.0: IPv6's flow label can be hashed. */
#ifndef RXH_IP6_FL
#define RXH_IP6_FL	BIT(9)
#endif

/*
 * 6.19: how many queues receive is asked by itself, before that where rules are
 * asked for. SOFTDEV_RXNFC() makes what ethtool wants of the functions of the
 * new form, SOFTDEV_RXNFC_OPS() are the lines for the ethtool_ops.
 */
#if SOFTDEV_HAVE_RX_RING_COUNT
#define SOFTDEV_RXNFC(_get, _set, _get_fields, _set_fields, _rings)
#define SOFTDEV_RXNFC_OPS(_get, _set, _get_fields, _set_fields, _rings)	\
	.get_rxnfc = _get, .set_rxnfc = _set,				\
	.get_rx_ring_count = _rings,					\
	SOFTDEV_RXFH_FIELDS_OPS(_get_fields, _set_fields)
#else
#define SOFTDEV_RXNFC_OPS(_get, _set, _get_fields, _set_fields, ...)	\
	.get_rxnfc = _get##_all, .set_rxnfc = _set##_all,		\
	SOFTDEV_RXFH_FIELDS_OPS(_get_fields, _set_fields)
#define SOFTDEV_RXNFC(_get, _set, _get_fields, _set_fields, _rings)	\
static int _get##_all(struct net_device *dev, struct ethtool_rxnfc *info,\
		      u32 *rules)					\
{									\
	struct ethtool_rxfh_fields fields = {				\
		.flow_type = info->flow_type,				\
	};								\
	int err;							\
									\
	if (info->cmd == ETHTOOL_GRXRINGS) {				\
		info->data = _rings(dev);				\
		return 0;						\
	}								\
	if (info->cmd != ETHTOOL_GRXFH)					\
		return _get(dev, info, rules);				\
	err = _get_fields(dev, &fields);				\
	info->data = fields.data;					\
	return err;							\
}									\
									\
static int _set##_all(struct net_device *dev, struct ethtool_rxnfc *info)\
{									\
	struct ethtool_rxfh_fields fields = {				\
		.flow_type = info->flow_type, .data = info->data,	\
	};								\
									\
	if (info->cmd != ETHTOOL_SRXFH)					\
		return _set(dev, info);					\
	return _set_fields(dev, &fields, NULL);				\
}
#endif

/* 6.10: user space may ask for statistics by queue. */
#if SOFTDEV_HAVE_QUEUE_STATS
#include <net/netdev_queues.h>

static inline void softdev_set_stat_ops(struct net_device *dev,
					const struct netdev_stat_ops *ops)
{
	dev->stat_ops = ops;
}
#else
struct netdev_queue_stats_rx {
	u64 bytes;
	u64 packets;
};

struct netdev_queue_stats_tx {
	u64 bytes;
	u64 packets;
};

struct netdev_stat_ops {
	void (*get_queue_stats_rx)(struct net_device *dev, int idx,
				   struct netdev_queue_stats_rx *stats);
	void (*get_queue_stats_tx)(struct net_device *dev, int idx,
				   struct netdev_queue_stats_tx *stats);
	void (*get_base_stats)(struct net_device *dev,
			       struct netdev_queue_stats_rx *rx,
			       struct netdev_queue_stats_tx *tx);
};

static inline void softdev_set_stat_ops(struct net_device *dev,
					const struct netdev_stat_ops *ops)
{
}
#endif

/* 6.11: what can be stamped is told in a struct of the kernel's own. */
#if !SOFTDEV_HAVE_KERNEL_TS_INFO
#define kernel_ethtool_ts_info	ethtool_ts_info
#endif

/*
 * 6.6: time stamps are switched on by operations of their own, before that by
 * an ioctl. SOFTDEV_HWTSTAMP(get, set) makes that of two functions of the new
 * form; SOFTDEV_HWTSTAMP_OPS(get, set) is the line for the net_device_ops.
 */
#if SOFTDEV_HAVE_HWTSTAMP_OPS
#define SOFTDEV_HWTSTAMP(_get, _set)
#define SOFTDEV_HWTSTAMP_OPS(_get, _set)				\
	.ndo_hwtstamp_get = _get, .ndo_hwtstamp_set = _set,
#else
#define kernel_hwtstamp_config	hwtstamp_config

#define SOFTDEV_HWTSTAMP_OPS(_get, ...)	.ndo_eth_ioctl = _get##_ioctl,
#define SOFTDEV_HWTSTAMP(_get, _set)					\
static int _get##_ioctl(struct net_device *dev, struct ifreq *ifr,	\
			int cmd)					\
{									\
	struct hwtstamp_config config;					\
	int err = -EOPNOTSUPP;						\
									\
	if (cmd == SIOCGHWTSTAMP) {					\
		err = _get(dev, &config);				\
	} else if (cmd == SIOCSHWTSTAMP) {				\
		if (copy_from_user(&config, ifr->ifr_data,		\
				   sizeof(config)))			\
			return -EFAULT;					\
		err = _set(dev, &config, NULL);				\
	}								\
	if (!err && copy_to_user(ifr->ifr_data, &config,		\
				 sizeof(config)))			\
		err = -EFAULT;						\
	return err;							\
}
#endif

/* 6.2: who owns a kobject's files is asked of a const one. */
#if SOFTDEV_HAVE_CONST_OWNERSHIP
#define softdev_const_kobject	const struct kobject
#else
#define softdev_const_kobject	struct kobject
#endif

#endif /* _SOFTDEV_COMPAT_NET_H */
