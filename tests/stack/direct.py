# SPDX-License-Identifier: GPL-2.0-only
# load: ramblk devices=0
# targets: uml stock-*
"""Direct I/O at each alignment that statx(2) allows, and at one that it does
not."""

import ctypes
import errno
import mmap
import os

from checks import check, equal, fails, run
from ramblkdev import Disk

AT_EMPTY_PATH, STATX_DIOALIGN = 0x1000, 0x2000
LIBC = ctypes.CDLL(None, use_errno=True)


def alignments(fd):
    """(memory, offset) as statx tells them, or those of the sector."""
    buf = ctypes.create_string_buffer(256)
    if LIBC.statx(fd, b"", AT_EMPTY_PATH, STATX_DIOALIGN, buf):
        raise OSError(ctypes.get_errno(), "statx")
    mask = int.from_bytes(buf.raw[0:4], "little")
    memory, offset = (int.from_bytes(buf.raw[at:at + 4], "little")
                      for at in (0x98, 0x9c))
    return (memory, offset) if mask & STATX_DIOALIGN else None


def direct(disk):
    """Writes and reads at each memory and disk alignment; compares."""
    told = alignments(disk.fd)
    sector = int(disk.get("block_size"))
    memory, offset = told or (sector, sector)
    equal((memory > 0, offset), (True, sector))
    page = mmap.mmap(-1, 64 << 10)
    view = memoryview(page)
    for number in range(12):
        where = (memory << number) % 4096
        length = offset * (1 + number % 3)
        at = offset * (1 + number * 7 % 50)
        data = os.urandom(length)
        view[where:where + length] = data
        equal(os.pwrite(disk.fd, view[where:where + length], at), length)
        back = view[32768 + where:32768 + where + length]
        back[:] = bytes(length)
        equal(os.preadv(disk.fd, [back], at), length)
        equal(bytes(back), data)
        back.release()
    if memory > 1:
        bad = view[memory // 2:memory // 2 + offset]
        fails(errno.EINVAL, os.pwrite, disk.fd, bad, 0)
        fails(errno.EINVAL, os.preadv, disk.fd, [bad], 0)
        bad.release()
    good = view[:offset]
    fails(errno.EINVAL, os.pwrite, disk.fd, good, offset // 2)
    half = view[:offset // 2]
    fails(errno.EINVAL, os.pwrite, disk.fd, half, 0)
    for it in good, half, view:
        it.release()


for SETTINGS in ({}, {"block_size": 4096}, {"physical_block_size": 4096},
                 {"virt_boundary": 4096}, {"block_size": 1024,
                                           "write_cache": 1}):
    @check(f"direct I/O with {SETTINGS or 'the defaults'}")
    def _(settings=SETTINGS):
        disk = Disk("direct", size="1M", **settings)
        try:
            disk.on()
            direct(disk)
        finally:
            disk.close()
            disk.set("power", 0)
            os.rmdir(disk.dir)


run()
