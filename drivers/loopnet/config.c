// SPDX-License-Identifier: GPL-2.0
/*
 * loopnet: what its knobs take.
 */
#include <linux/cpumask.h>
#include <linux/init.h>
#include "loopnet.h"

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
};

/* The bounds that depend on the machine; before anything is checked. */
void __init loopnet_config_init(void)
{
	loopnet_settings[LOOPNET_SET_QUEUES].max = loopnet_queues_max();
	loopnet_settings[LOOPNET_SET_QUEUES].def =
		min(num_online_cpus(), loopnet_queues_max());
}
