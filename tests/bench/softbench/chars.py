# SPDX-License-Identifier: GPL-2.0-only
"""Character devices: ringchar beside pipes, pseudo beside /dev/zero and co."""

import os

from .frame import (BIN, CONFIGFS, Case, Device, Failed, insmod, sh, wait_for,
                    write)


class Ringchar(Device):
    """The device as it comes: one ring of 1 MiB."""

    name = "ringchar"

    def up(self):
        insmod("ringchar")
        wait_for(self.kind(), lambda: os.path.exists(self.kind()))

    def kind(self):
        return "/dev/ringchar0"


class Each(Device):
    """A ring of 1 MiB of which each reader reads all."""

    name = "ringchar"

    def up(self):
        insmod("ringchar")
        ring = CONFIGFS + "/ringchar/ringchar-each"
        os.mkdir(ring)
        write(ring + "/readers", "each")
        write(ring + "/power", "1")
        wait_for(self.kind(), lambda: os.path.exists(self.kind()))

    def kind(self):
        return "/dev/ringchar-each"


class Tee(Device):
    """One writer, who hands its pages to a pipe of 1 MiB for each reader."""

    name = "tee"

    def kind(self):
        return "tee:%d" % (1 << 20)


class Pipe(Device):
    name = "pipe"

    def kind(self):
        return "pipe"


class Pipe1M(Device):
    name = "pipe-1m"

    def kind(self):
        return "pipe:%d" % (1 << 20)


class Node(Device):
    """A node of /dev; `options` are stream's."""

    def __init__(self, path, *options):
        super().__init__()
        self.path = path
        self.options = options
        # /dev/pseudo/zero -> pseudo-zero, /dev/zero -> zero
        self.name = path[len("/dev/"):].replace("/", "-")

    def up(self):
        if self.path.startswith("/dev/pseudo/"):
            insmod("pseudo")
        wait_for(self.path, lambda: os.path.exists(self.path), 2)

    def kind(self):
        return self.path


def node(path, *options):
    """A Node as Case wants it: something to be called with an index."""
    make = lambda index=0: Node(path, *options)
    make.name = path
    return make


def stream(device, ms, *options, mapped=False):
    """(bytes, calls, nanoseconds) of processes that read or write."""
    out = sh(BIN + "/stream", "-t%d" % ms, *options,
             ("mmap:" if mapped else "") + device.kind(),
             timeout=30 + ms / 50).split()
    if len(out) != 3:
        raise Failed("stream: no result")
    size, calls, ns = map(int, out)
    if not calls:
        raise Failed("stream: nothing moved in %d ms" % ms)
    return size, calls, ns


def gbytes(*options):
    def measure(device, ms):
        size, _, ns = stream(device, ms, *options)
        return size / ns
    return measure


def mcalls(*options):
    def measure(device, ms):
        _, calls, ns = stream(device, ms, *options)
        return calls / ns * 1e3
    return measure


def mapped(device, ms):
    """64-byte messages through the ring's mapping, or else by calls."""
    _, calls, ns = stream(device, ms, "-a", "-c64",
                          mapped=isinstance(device, Ringchar))
    return calls / ns * 1e3


PIPES = (Pipe, Pipe1M)


def ring(name, unit, measure, ms=600):
    """Who writes and who reads is told by -a to run on different CPUs."""
    return Case("ringchar-" + name, unit, Ringchar, PIPES, measure, ms)


def pseudo(name, ours, peer, *options, unit="GB/s"):
    measure = gbytes if unit == "GB/s" else mcalls

    def run(device, ms):
        return measure(*options, *device.options)(device, ms)
    return Case("pseudo-" + name, unit, ours, (peer,), run, 400, True)


READ = ("-w0", "-r1")
WRITE = ("-w1", "-r0")
PATTERN = "/dev/pseudo/pattern"

CASES = [
    ring("stream-64k", "GB/s", gbytes("-a", "-c65536")),
    ring("stream-4k", "GB/s", gbytes("-a", "-c4096")),
    ring("stream-64", "M/s", mcalls("-a", "-c64")),
    ring("mmap-64", "M/s", mapped),
    ring("uring-64", "M/s", mcalls("-a", "-c64", "-u32")),
    ring("16-writers", "GB/s", gbytes("-a", "-w16", "-c4096", "-C65536")),
    Case("ringchar-each-4", "GB/s", Each, (Tee,),
         gbytes("-a", "-r4", "-c65536")),
    pseudo("null-4k", node("/dev/pseudo/null", *WRITE),
           node("/dev/null", *WRITE), "-c4096", unit="M/s"),
    pseudo("zero-4k", node("/dev/pseudo/zero", *READ),
           node("/dev/zero", *READ), "-c4096", unit="M/s"),
    pseudo("full-4k", node("/dev/pseudo/full", *READ),
           node("/dev/full", *READ), "-c4096", unit="M/s"),
    pseudo("zero-1m", node("/dev/pseudo/zero", *READ),
           node("/dev/zero", *READ), "-c1048576"),
    pseudo("random-1m", node("/dev/pseudo/random", *READ),
           node("/dev/urandom", *READ), "-c1048576"),
    *[pseudo(f"random-{size}-uring", node("/dev/pseudo/random", *READ),
             node("/dev/urandom", *READ), f"-c{size}", "-u64", unit="M/s")
      for size in (16, 32, 256)],
    pseudo("pattern-1m", node(PATTERN, *READ),
           node("/dev/urandom", *READ), "-c1048576"),
    pseudo("pattern-check-1m", node(PATTERN, "-f", PATTERN, *WRITE),
           node("/dev/urandom", *READ), "-c1048576"),
    # Many calls at a time, so that less of the system call is seen.
    pseudo("null-4k-uring", node("/dev/pseudo/null", *WRITE),
           node("/dev/null", *WRITE), "-c4096", "-u64", unit="M/s"),
    pseudo("zero-4k-uring", node("/dev/pseudo/zero", *READ),
           node("/dev/zero", *READ), "-c4096", "-u64", unit="M/s"),
]
