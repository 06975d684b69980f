// SPDX-License-Identifier: GPL-2.0
/*
 * loopnet: the tracepoints themselves.
 */
#define CREATE_TRACE_POINTS
#include "trace.h"
