# SPDX-License-Identifier: GPL-2.0-only
# load: ramblk devices=0
# targets: uml* x86-* stock-*
# timeout: 120
"""ramblk: what is written whole or not at all."""

import ctypes
import errno
import mmap
import os
import struct
import time

from checks import SLOW, check, equal, fails, run

CONFIG = "/sys/kernel/config/ramblk/ramblk-a"
NODE = "/dev/ramblk-a"
QUEUE = "/sys/block/ramblk-a/queue"
RWF_ATOMIC = 0x40
STATX_WRITE_ATOMIC = 0x10000

libc = ctypes.CDLL(None, use_errno=True)


def put(attribute, value):
    with open(f"{CONFIG}/{attribute}", "w", encoding="ascii") as f:
        f.write(f"{value}\n")


def get(attribute):
    with open(f"{CONFIG}/{attribute}", encoding="ascii") as f:
        return f.read().strip()


class Disk:
    """with Disk(size="1M", ...): a powered disk, gone afterwards"""

    def __init__(self, **settings):
        self.settings = settings

    def __enter__(self):
        os.mkdir(CONFIG)
        try:
            for name, value in self.settings.items():
                put(name, value)
            self.on()
        except OSError:
            os.rmdir(CONFIG)
            raise
        return self

    def __exit__(self, *_):
        os.rmdir(CONFIG)

    @staticmethod
    def on():
        put("power", 1)
        end = time.monotonic() + 10 * SLOW
        while not os.path.exists(NODE):
            if time.monotonic() > end:
                raise AssertionError("no node")
            time.sleep(0.01)


def memory(letter, size):
    """size bytes on pages of their own, as O_DIRECT wants them"""
    m = mmap.mmap(-1, size)
    m.write(letter * size)
    return m


def write(letter, size, offset=0, flags=0, piece=0):
    fd = os.open(NODE, os.O_RDWR | os.O_DIRECT)
    try:
        m = memoryview(memory(letter, size))
        pieces = [m[i:i + (piece or size)]
                  for i in range(0, size, piece or size)]
        return os.pwritev(fd, pieces, offset, flags)
    finally:
        os.close(fd)


def flush():
    fd = os.open(NODE, os.O_RDWR)
    os.fsync(fd)
    os.close(fd)


def content(size):
    fd = os.open(NODE, os.O_RDONLY | os.O_DIRECT)
    m = mmap.mmap(-1, size)
    equal(os.preadv(fd, [m], 0), size)
    os.close(fd)
    return m[:]


def units(size, unit):
    """The letters of each unit, b"" for zeros"""
    data = content(size)
    return [bytes(sorted(set(data[i:i + unit]))) for i in range(0, size, unit)]


def cut_under_writes(size, piece):
    """The plug is pulled while another process writes all of the disk, each
    time with another letter, in one call of many pieces of memory."""
    ready, told = os.pipe()
    child = os.fork()
    if not child:
        fd = os.open(NODE, os.O_RDWR | os.O_DIRECT)
        sources = []
        for letter in b"ABCDEFGH":
            m = memoryview(memory(bytes([letter]), size))
            sources.append([m[i:i + piece] for i in range(0, size, piece)])
        try:
            n = 0
            while True:
                os.pwritev(fd, sources[n % len(sources)], 0)
                n += 1
                if n == len(sources):
                    os.write(told, b"x")
        except OSError:
            os._exit(0)
    equal(os.read(ready, 1), b"x")
    put("power", "cut")
    equal(os.waitpid(child, 0), (child, 0))
    os.close(ready)
    os.close(told)
    Disk.on()


def all_whole(size, piece, unit, rounds=10):
    for _ in range(rounds):
        cut_under_writes(size, piece)
        torn = [u for u in units(size, unit) if len(u) != 1]
        equal(torn, [])


@check("atomic_write refuses what it cannot be")
def _():
    os.mkdir(CONFIG)
    try:
        equal(get("atomic_write"), "0")
        for value in (3, 513, "x", "", "16K,", -1, 12288):
            fails(errno.EINVAL, put, "atomic_write", value)
        for value in ("128K", "1T"):
            fails(errno.ERANGE, put, "atomic_write", value)
        equal(get("atomic_write"), "0")
        for value in (256, 2048):
            put("block_size", 4096)
            put("atomic_write", value)
            fails(errno.EINVAL, put, "power", 1)
        put("atomic_write", "64K")
        put("max_sectors", 64)
        fails(errno.EINVAL, put, "power", 1)
        put("max_sectors", 128)
        put("power", 1)
        fails(errno.EBUSY, put, "atomic_write", "32K")
        equal(get("atomic_write"), "65536")
    finally:
        os.rmdir(CONFIG)


@check("a cut that tears leaves atomic units whole")
def _():
    with Disk(size="4M", write_cache=1, lose="random", tear=1,
              atomic_write="16K"):
        write(b"A", 4 << 20)
        flush()
        write(b"B", 4 << 20)
        put("power", "cut")
        Disk.on()
        equal(sorted(set(units(4 << 20, 16384))), [b"A", b"B"])
        equal(get("stats/torn_units"), "0")


@check("without atomic_write it tears them")
def _():
    with Disk(size="4M", write_cache=1, lose="random", tear=1):
        write(b"A", 4 << 20)
        flush()
        write(b"B", 4 << 20)
        put("power", "cut")
        Disk.on()
        equal(b"AB" in units(4 << 20, 16384), True)


@check("writes in flight at a cut: atomic units are whole")
def _():
    for cache in (0, 1):
        with Disk(size="256K", atomic_write="64K", write_cache=cache, tear=1,
                  lose="none"):
            write(b"A", 1 << 18)
            all_whole(1 << 18, 512, 65536)


@check("and without any promise pages are")
def _():
    for cache in (0, 1):
        with Disk(size="256K", write_cache=cache, tear=1, lose="none"):
            write(b"A", 1 << 18)
            all_whole(1 << 18, 512, 4096)


@check("an atomic unit for which there is no room is not begun")
def _():
    with Disk(size="1M", atomic_write="64K", mem_limit="96K"):
        equal(write(b"A", 65536), 65536)
        fails(errno.ENOSPC, write, b"B", 65536, 65536)
        equal(units(1 << 17, 65536), [b"A", b"\0"])
        equal(get("stats/allocated_bytes"), "65536")


def statx_atomic():
    buf = ctypes.create_string_buffer(256)
    libc.statx(-100, NODE.encode(), 0, STATX_WRITE_ATOMIC, buf)
    mask = struct.unpack_from("=I", buf, 0)[0]
    return (bool(mask & STATX_WRITE_ATOMIC),
            *struct.unpack_from("=II", buf, 0xa8))


@check("the kernel knows, where it knows of such writes")
def _():
    with Disk(size="1M", atomic_write="16K"):
        if not os.path.exists(f"{QUEUE}/atomic_write_unit_max_bytes"):
            return
        for name, want in (("unit_min", 512), ("unit_max", 16384),
                           ("max", 16384), ("boundary", 16384)):
            with open(f"{QUEUE}/atomic_write_{name}_bytes",
                      encoding="ascii") as f:
                equal((name, int(f.read())), (name, want))
        equal(statx_atomic(), (True, 512, 16384))
        equal(write(b"A", 16384, 0, RWF_ATOMIC), 16384)
        equal(write(b"B", 4096, 4096, RWF_ATOMIC), 4096)
        fails(errno.EINVAL, write, b"C", 32768, 0, RWF_ATOMIC)
        fails(errno.EINVAL, write, b"C", 16384, 4096, RWF_ATOMIC)
        equal(units(16384, 4096), [b"A", b"B", b"A", b"A"])
    with Disk(size="1M"):
        equal(statx_atomic()[1:], (0, 0))
        fails(errno.EOPNOTSUPP, write, b"A", 4096, 0, RWF_ATOMIC)


run()
