/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The version, for all four. What else has to name it (dkms.conf, the
 * packages, the manual pages) is held to this by tests/static/version.sh.
 */
#ifndef _SOFTDEV_VERSION_H
#define _SOFTDEV_VERSION_H

#define SOFTDEV_VERSION	"0.2.0"

#endif
