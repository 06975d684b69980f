# SPDX-License-Identifier: GPL-2.0-only
"""All cases: the table's, in its order, and the plots'."""

from . import chars, crash, disks, nets, scale

TABLE = disks.CASES + crash.CASES + chars.CASES + nets.CASES
ALL = TABLE + scale.ALL


def label(make):
    """What the table calls a peer: its device's name."""
    return make(0).name if not isinstance(make, type) else make.name


BY_NAME = {c.name: c for c in ALL}
