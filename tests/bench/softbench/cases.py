# SPDX-License-Identifier: GPL-2.0-only
"""All cases, in the order of the table."""

from . import chars, disks, nets

ALL = disks.CASES + chars.CASES + nets.CASES


def label(make):
    """What the table calls a peer: its device's name."""
    return make(0).name if not isinstance(make, type) else make.name


BY_NAME = {c.name: c for c in ALL}
