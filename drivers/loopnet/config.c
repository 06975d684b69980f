// SPDX-License-Identifier: GPL-2.0
/*
 * loopnet: what its knobs take.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpumask.h>
#include <linux/init.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include "loopnet.h"

/* An hour, and ten terabits: neither overflows a sum with the clock. */
#define LOOPNET_DELAY_MAX	(3600ULL * NSEC_PER_SEC)
#define LOOPNET_RATE_MAX	10000000000000ULL

/* The last one is not for everybody: a peer comes with its other end. */
const char *const loopnet_modes[] = {
	[LOOPNET_MODE_REFLECT]	= "reflect",
	[LOOPNET_MODE_LOOP]	= "loop",
	[LOOPNET_MODE_SINK]	= "sink",
	[LOOPNET_MODE_PEER]	= "peer",
	NULL,
};

static const char *const loopnet_own_modes[] = {
	[LOOPNET_MODE_REFLECT]	= "reflect",
	[LOOPNET_MODE_LOOP]	= "loop",
	[LOOPNET_MODE_SINK]	= "sink",
	NULL,
};

/* Written once, by loopnet_config_init(). */
struct softdev_setting loopnet_settings[LOOPNET_SETTINGS] = {
	[LOOPNET_SET_DEVICES] = {
		.name	= "devices",
		.kind	= SOFTDEV_UINT,
		.max	= 1024,
		.def	= 1,
	},
	[LOOPNET_SET_MODE] = {
		.name	 = "mode",
		.kind	 = SOFTDEV_CHOICE,
		.choices = loopnet_own_modes,
		.def	 = LOOPNET_MODE_REFLECT,
	},
	[LOOPNET_SET_QUEUES] = {
		.name	= "queues",
		.kind	= SOFTDEV_UINT,
		.min	= 1,
	},
	[LOOPNET_SET_DELAY] = {
		.name	= "delay_ns",
		.kind	= SOFTDEV_UINT,
		.max	= LOOPNET_DELAY_MAX,
	},
	[LOOPNET_SET_JITTER] = {
		.name	= "jitter_ns",
		.kind	= SOFTDEV_UINT,
		.max	= LOOPNET_DELAY_MAX,
	},
	/* Sizes' suffixes are powers of two; rates are given in plain bits. */
	[LOOPNET_SET_RATE] = {
		.name	= "rate_bps",
		.kind	= SOFTDEV_UINT,
		.max	= LOOPNET_RATE_MAX,
	},
};

static struct softdev_param loopnet_params[LOOPNET_PARAMS] = {
	[LOOPNET_SET_DEVICES] = {
		.setting = &loopnet_settings[LOOPNET_SET_DEVICES],
	},
	[LOOPNET_SET_MODE] = {
		.setting = &loopnet_settings[LOOPNET_SET_MODE],
	},
	[LOOPNET_SET_QUEUES] = {
		.setting = &loopnet_settings[LOOPNET_SET_QUEUES],
	},
};

SOFTDEV_PARAM(devices, &loopnet_params[LOOPNET_SET_DEVICES]);
MODULE_PARM_DESC(devices, "interfaces made at load, 0 to 1024 (1)");
SOFTDEV_PARAM(mode, &loopnet_params[LOOPNET_SET_MODE]);
MODULE_PARM_DESC(mode, "what becomes of what they send: reflect, loop or sink (reflect)");
SOFTDEV_PARAM(queues, &loopnet_params[LOOPNET_SET_QUEUES]);
MODULE_PARM_DESC(queues, "channels at start, 1 to the possible CPUs (the online CPUs)");

unsigned int loopnet_param(enum loopnet_setting id)
{
	return loopnet_params[id].value;
}

/* The limit that rtnetlink puts on queues. */
#define LOOPNET_QUEUES_MAX	4096

unsigned int loopnet_queues_max(void)
{
	return min_t(unsigned int, num_possible_cpus(), LOOPNET_QUEUES_MAX);
}

/**
 * loopnet_config_init() - look at the parameters
 *
 * The bounds that depend on the machine are set before anything is checked.
 *
 * Return: 0 or -EINVAL.
 */
int __init loopnet_config_init(void)
{
	loopnet_settings[LOOPNET_SET_QUEUES].max = loopnet_queues_max();
	loopnet_settings[LOOPNET_SET_QUEUES].def =
		min(num_online_cpus(), loopnet_queues_max());
	return softdev_params_check(loopnet_params, LOOPNET_PARAMS);
}
