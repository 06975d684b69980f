# SPDX-License-Identifier: GPL-2.0-only
"""ringchar as tests see it: its files, knobs and ioctls."""

import ctypes
import fcntl
import mmap
import os
import select
import struct

CONFIG = "/sys/kernel/config/ringchar"

IOC_INFO = 2 << 30 | 64 << 16 | 0xBD << 8 | 0
IOC_PEEK = 3 << 30 | 16 << 16 | 0xBD << 8 | 1
IOC_CLEAR = 0xBD << 8 | 2
IOC_RESIZE = 1 << 30 | 8 << 16 | 0xBD << 8 | 3
IOC_CLAIM = 0xBD << 8 | 4
IOC_UNCLAIM = 0xBD << 8 | 5
IOC_DOORBELL = 0xBD << 8 | 6
PRODUCER, CONSUMER = 1, 2
FIONREAD = 0x541B

IN, OUT = select.POLLIN, select.POLLOUT
HUP, ERR = select.POLLHUP, select.POLLERR


class Ring:
    """A device and its directory."""

    def __init__(self, name):
        self.name = name
        self.dir = f"{CONFIG}/{name}"
        self.dev = f"/dev/{name}"

    def set(self, knob, value):
        fd = os.open(f"{self.dir}/{knob}", os.O_WRONLY)
        try:
            os.write(fd, f"{value}\n".encode())
        finally:
            os.close(fd)

    def get(self, knob):
        with open(f"{self.dir}/{knob}", encoding="ascii") as file:
            return file.read().strip()

    def stat(self, name):
        return int(self.get(f"stats/{name}"))

    def make(self, **knobs):
        os.mkdir(self.dir)
        for knob, value in knobs.items():
            self.set(knob, value)
        self.set("power", 1)
        return self

    def remove(self):
        os.rmdir(self.dir)

    def open(self, flags=os.O_RDWR):
        return os.open(self.dev, flags)


class Made:
    """with Made(size="4K") as ring: ... a new device for a while."""

    count = 0

    def __init__(self, **knobs):
        Made.count += 1
        self.ring = Ring(f"ringchar-{os.getpid()}-{Made.count}x")
        self.knobs = knobs
        self.fds = []

    def __enter__(self):
        self.ring.make(**self.knobs)
        self.ring.fds = self.fds
        real = self.ring.open

        def tracked(flags=os.O_RDWR):
            fd = real(flags)
            self.fds.append(fd)
            return fd
        self.ring.open = tracked
        return self.ring

    def __exit__(self, *error):
        for fd in self.fds:
            try:
                os.close(fd)
            except OSError:
                pass
        self.ring.remove()


RDWR_NB = os.O_RDWR | os.O_NONBLOCK
R, W = os.O_RDONLY, os.O_WRONLY
R_NB, W_NB = R | os.O_NONBLOCK, W | os.O_NONBLOCK


def pattern(n, start=0):
    """n bytes in which every place looks different."""
    return b"".join(struct.pack(">I", i) for i in
                    range(start // 4, (start + n) // 4 + 2)
                    )[start % 4:start % 4 + n]


def polled(fd, events=IN | OUT, ms=0):
    poll = select.poll()
    poll.register(fd, events)
    found = poll.poll(ms)
    return found[0][1] if found else 0


def fionread(fd):
    return struct.unpack("i", fcntl.ioctl(fd, FIONREAD, b"\0" * 4))[0]


def peek(fd, size):
    buf = ctypes.create_string_buffer(size + 1)
    raw = fcntl.ioctl(fd, IOC_PEEK, struct.pack(
        "QII", ctypes.addressof(buf), size, 0))
    return buf.raw[:struct.unpack("QII", raw)[2]]


INFO = ("version", "mode", "full", "eof", "size", "max_record", "stored",
        "next_record", "read_mark", "write_mark", "data_offset")


def info(fd):
    raw = fcntl.ioctl(fd, IOC_INFO, b"\0" * 64)
    return dict(zip(INFO, struct.unpack("16I", raw)))


def drain(fd):
    """Everything a non-blocking descriptor gives."""
    got = b""
    try:
        while chunk := os.read(fd, 1 << 20):
            got += chunk
    except BlockingIOError:
        pass
    return got


PAGE = mmap.PAGESIZE
HEAD, PRODUCER_WAITS, TAIL, CONSUMER_WAITS = 128, 132, 256, 260


class Mapping:
    def __init__(self, fd, size):
        self.fd, self.size = fd, size
        self.map = mmap.mmap(fd, PAGE + size)

    def get(self, field):
        return struct.unpack_from("I", self.map, field)[0]

    def put(self, field, value):
        struct.pack_into("I", self.map, field, value & 0xffffffff)

    def produce(self, data):
        """Returns whether a doorbell is due, does not ring."""
        head = self.get(HEAD)
        for i, byte in enumerate(data):
            self.map[PAGE + (head + i) % self.size] = byte
        self.put(HEAD, head + len(data))
        return self.get(CONSUMER_WAITS)

    def consume(self, n):
        tail = self.get(TAIL)
        n = min(n, (self.get(HEAD) - tail) & 0xffffffff)
        data = bytes(self.map[PAGE + (tail + i) % self.size]
                     for i in range(n))
        self.put(TAIL, tail + n)
        return data


def claim(fd, side):
    fcntl.ioctl(fd, IOC_CLAIM, side)


def bell(fd):
    fcntl.ioctl(fd, IOC_DOORBELL)
