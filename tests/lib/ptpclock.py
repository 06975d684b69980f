# SPDX-License-Identifier: GPL-2.0-only
"""The clock of an interface, and what is stamped by it."""

import ctypes
import fcntl
import os
import re
import socket
import struct
import time

from loopnetdev import sh, soon

SIOCSHWTSTAMP, SIOCGHWTSTAMP = 0x89B0, 0x89B1
libc = ctypes.CDLL(None, use_errno=True)


def phc(dev):
    """The number of its clock; ethtool has called it by two names."""
    found = re.search(r"(?:PTP Hardware Clock|provider index): (\d+)",
                      sh("ethtool", "-T", dev))
    if not found:
        raise AssertionError("no clock: " + sh("ethtool", "-T", dev))
    return int(found.group(1))


class Clock:
    """/dev/ptpN"""

    def __init__(self, dev):
        path = f"/dev/ptp{phc(dev)}"
        soon(lambda: os.path.exists(path))
        self.fd = os.open(path, os.O_RDWR)
        self.id = ~self.fd << 3 | 3

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.fd)

    def read(self):
        return time.clock_gettime_ns(self.id)

    def set(self, ns):
        time.clock_settime_ns(self.id, ns)

    def adjust(self, modes, freq=0, seconds=0, nanoseconds=0):
        """clock_adjtime(): struct timex, of which these fields matter."""
        timex = ctypes.create_string_buffer(512)
        struct.pack_into("@Illllilllll", timex, 0, modes, 0, freq, 0, 0, 0, 0,
                         0, 0, seconds, nanoseconds)
        if libc.clock_adjtime(self.id, timex) < 0:
            raise OSError(ctypes.get_errno(), "clock_adjtime")


def hwtstamp(dev, call, tx=0, rx=0, flags=0):
    """Says or asks what is stamped: (tx, rx) as it is now."""
    config = ctypes.create_string_buffer(struct.pack("iii", flags, tx, rx), 12)
    request = struct.pack("16sQ16x", dev.encode(), ctypes.addressof(config))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        fcntl.ioctl(sock, call, request)
    return struct.unpack("iii", config.raw)[1:]
