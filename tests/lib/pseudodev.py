# SPDX-License-Identifier: GPL-2.0-only
"""What checks of pseudo share: its files, its pattern and dice recomputed,
and memory that nobody may touch."""

import ctypes
import mmap
import os
import struct

MASK = (1 << 64) - 1
STEP = 0x9E3779B97F4A7C15
PAGE = mmap.PAGESIZE
GET_SEED, SET_SEED, GET_DIFFERENCE = 0x8008B920, 0x4008B921, 0x8058B922

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int,
                      ctypes.c_int, ctypes.c_int, ctypes.c_long)
libc.munmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t)
libc.mprotect.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
for _call in (libc.read, libc.write):
    _call.restype = ctypes.c_ssize_t
    _call.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t)


def dev(node):
    return f"/dev/pseudo/{node}"


class Opened:
    """with Opened(node, flags) as fd"""

    def __init__(self, node, flags=os.O_RDWR):
        self.fd = os.open(dev(node), flags)

    def __enter__(self):
        return self.fd

    def __exit__(self, *_):
        os.close(self.fd)


def knob(node, name):
    with open(f"/sys/class/pseudo/{node}/{name}", encoding="ascii") as file:
        return int(file.read())


def turn(node, name, value):
    fd = os.open(f"/sys/class/pseudo/{node}/{name}", os.O_WRONLY)
    try:
        os.write(fd, str(value).encode())
    finally:
        os.close(fd)


def checked(result):
    """What a call of libc returned, as Python has it."""
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def map_file(fd, length, shared):
    """mmap without the duplicate of fd that Python's own keeps."""
    address = libc.mmap(None, length, 3, 1 if shared else 2, fd, 0)
    if address == ctypes.c_void_p(-1).value:
        checked(-1)
    return address


class Edge:
    """Memory of some pages with a page after it that may not be touched."""

    def __init__(self, pages):
        self.length = pages * PAGE
        self.start = libc.mmap(None, self.length + PAGE, 3, 0x22, -1, 0)
        checked(libc.mprotect(self.start + self.length, PAGE, 0))

    def fill(self, data):
        """Lays data down so that it ends at the edge; returns its address."""
        address = self.start + self.length - len(data)
        ctypes.memmove(address, data, len(data))
        return address

    def free(self):
        libc.munmap(self.start, self.length + PAGE)


def read_to(fd, address, length):
    return checked(libc.read(fd, address, length))


def write_from(fd, address, length):
    return checked(libc.write(fd, address, length))


def mix(x):
    x ^= x >> 30
    x = x * 0xBF58476D1CE4E5B9 & MASK
    x ^= x >> 27
    x = x * 0x94D049BB133111EB & MASK
    return x ^ x >> 31


def pattern(seed, position, length):
    """As Documentation/pseudo.rst defines it."""
    key = mix((seed + STEP) & MASK)
    words = bytearray()
    for number in range(position // 8, (position + length + 7) // 8):
        x = (key + number * STEP) & MASK
        x ^= x >> 32
        x = x * 0xD6E8FEB86659FD93 & MASK
        words += struct.pack("<Q", x ^ x >> 32)
    skip = position % 8
    return bytes(words[skip:skip + length])


def strikes(seed, kind, rate, count):
    """Which of a stream's first draws strike, as include/softdev/fault.h
    has it; queue 0."""
    key = mix((seed + STEP) & MASK)
    key = mix(key ^ ((kind << 32) + 0xD1B54A32D192ED03) & MASK)
    return [(mix((key + n * STEP) & MASK) >> 32) * 1000000 >> 32 < rate
            for n in range(count)]
