# SPDX-License-Identifier: GPL-2.0-only
"""ringchar against a user who means to hurt others."""

import ctypes
import errno
import mmap
import os
import signal
import subprocess

from checks import Child, Skip, check, equal, run
from ringchardev import (HEAD, PAGE, PRODUCER, R, RDWR_NB, TAIL, Made, Mapping,
                         claim, pattern)


@check("a producer that stores nonsense for ever: its readers can be killed")
def _():
    with Made(size="1M", mode="record") as ring:
        fd = ring.open()
        claim(fd, PRODUCER)
        m = Mapping(fd, 1 << 20)

        def nonsense():
            while True:
                m.put(HEAD, m.get(TAIL) - 4)
        hostile = Child(nonsense)
        # It rings no bell: a reader who slept before would sleep on.
        while not m.get(HEAD):
            pass
        reader = Child(os.read, ring.open(R), 10)
        while m.get(TAIL) < 4 << 20:
            pass
        reader.kill(signal.SIGKILL)
        try:
            equal(reader.result(10), -1000 - signal.SIGKILL)
        finally:
            hostile.kill()
            hostile.result()
        m.map.close()


class Stalled:
    """Memory whose pages do not come before the end."""

    def __enter__(self):
        if not os.environ.get("stalling"):
            raise Skip("no dmsetup or no brd")
        fd = os.open(os.environ["stalling"], os.O_RDWR)
        self.map = mmap.mmap(fd, 8 * PAGE)
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(fd)
        subprocess.run(["dmsetup", "suspend", "--noflush", "--nolockfs",
                        "stalling"], check=True)
        return self.map

    def __exit__(self, *error):
        subprocess.run(["dmsetup", "resume", "stalling"], check=True)


def waits_for_disk(child):
    """It is in the disk's hands, or soon."""
    for _ in range(2000):
        if child.state() == "D":
            return child
        os.sched_yield()
    child.asleep()
    return child


def configures(ring):
    """Root and others do everything to the ring, nobody waits."""
    def everything():
        fd = ring.open(RDWR_NB)
        os.read(fd, 1)
        os.write(fd, b"x")
        for size in "128K", "64K":
            ring.set("size", size)
        ring.set("full", "overwrite")
        ring.set("full", "block")
        ring.stat("stored")
        ring.set("power", 0)
        return 0
    equal(Child(everything).result(10), 0)


@check("a write from a page that does not come holds nobody up")
def _():
    for n in 100, 5000:
        with Made(size="64K") as ring, Stalled() as page:
            os.write(ring.open(), b"abc")
            writer = waits_for_disk(Child(os.write, ring.open(),
                                          memoryview(page)[:n]))
            try:
                configures(ring)
            finally:
                writer.kill()
        equal(writer.result(), -1000 - signal.SIGKILL)


@check("a read into a page that does not come holds nobody up")
def _():
    with Made(size="64K") as ring, Stalled() as page:
        os.write(ring.open(), b"abc")
        reader = waits_for_disk(Child(os.readv, ring.open(R),
                                      [memoryview(page)[PAGE:2 * PAGE]]))
        try:
            configures(ring)
        finally:
            reader.kill()
    equal(reader.result(), -1000 - signal.SIGKILL)


@check("nor does who sleeps first, and is woken for what he cannot take")
def _():
    with Made(size="4K") as ring, Stalled() as page:
        fd = ring.open()
        stuck = Child(os.readv, ring.open(R),
                      [memoryview(page)[PAGE:2 * PAGE]]).asleep()
        reader = Child(os.read, ring.open(R), 10).asleep()
        os.write(fd, b"abc")
        try:
            equal(reader.result(10), b"abc")
        finally:
            stuck.kill()
    stuck.result()
    with Made(size="4K") as ring, Stalled() as page:
        fd = ring.open()
        os.write(fd, bytes(4096))
        stuck = Child(os.write, ring.open(),
                      memoryview(page)[2 * PAGE:2 * PAGE + 100]).asleep()
        writer = Child(os.write, ring.open(), b"x").asleep()
        os.read(fd, 4096)
        try:
            equal(writer.result(10), 1)
        finally:
            stuck.kill()
    stuck.result()


@check("nor does an overwriting write, which costs no data")
def _():
    with Made(size="4K", full="overwrite") as ring, Stalled() as page:
        fd = ring.open(RDWR_NB)
        os.write(fd, pattern(4096))
        writer = waits_for_disk(Child(os.write, ring.open(),
                                      memoryview(page)[:100]))
        try:
            equal(os.read(fd, 5000), pattern(4096))
        finally:
            writer.kill()
    equal(writer.result(), -1000 - signal.SIGKILL)


@check("large buffers that are not there yet, and half there")
def _():
    libc = ctypes.CDLL(None, use_errno=True)
    libc.read.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t]
    n = 1 << 20
    for mode in "stream", "record":
        with Made(size="2M", mode=mode) as ring:
            fd = ring.open(RDWR_NB)
            os.write(fd, pattern(n))
            new = mmap.mmap(-1, 2 * n)
            at = ctypes.addressof(ctypes.c_char.from_buffer(new))
            ctypes.memset(at, 1, 3 * PAGE)
            ctypes.CDLL(None).mprotect(ctypes.c_void_p(at + n // 2), PAGE, 0)
            got = libc.read(fd, at, 2 * n)
            if mode == "record":
                equal((got, ctypes.get_errno()), (-1, errno.EFAULT))
                equal(os.read(fd, n), pattern(n))
                continue
            equal(got, n // 2)
            equal(os.read(fd, n), pattern(n // 2, n // 2))
            equal(ctypes.string_at(at, n // 2), pattern(n // 2))


run()
