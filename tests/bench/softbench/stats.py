# SPDX-License-Identifier: GPL-2.0-only
"""Medians and what is said of noise."""

import statistics

# Wider than this, a case is marked noisy: with five runs of a normal
# distribution the medians of two measurements then differ by less than 10%.
NOISY = 0.08


def spread(values):
    """Distance between the quartiles, as a part of the median."""
    if len(values) < 2:
        return 0.0
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    middle = statistics.median(values)
    return (high - low) / middle if middle else 0.0


def noisy(values):
    return spread(values) > NOISY
