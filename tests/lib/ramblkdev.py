# SPDX-License-Identifier: GPL-2.0-only
"""A disk of ramblk, for tests in Python: its directory, its node, its history."""

import fcntl
import mmap
import os
import struct

CONFIG = "/sys/kernel/config/ramblk"
BLKDISCARD = 0x1277
BLKZEROOUT = 0x127f
NONE, WRITE, DISCARD, ZEROES, FLUSH, MARK = 0, 1, 2, 3, 4, 255
FUA, DURABLE, UNMAP, POWER = 1, 2, 4, 8
_HEADER = struct.Struct("IHHIIIIQ")
_RECORD = struct.Struct("QIIIIIBBH")


class Record:
    """An operation or a mark of the log."""

    def __init__(self, data):
        (self.sector, self.sectors, self.submitted, self.after, self.applied,
         self.msecs, self.op, self.flags, self.error) = _RECORD.unpack(data)
        self.text = None

    def __repr__(self):
        return f"<op {self.op} {self.sector}+{self.sectors} flags {self.flags}>"


class Log:
    """The log: .ops is a list of operations, .marks one of marks."""

    def __init__(self, data):
        (self.magic, self.version, self.record_size, ops, marks, self.unit, _,
         self.size) = _HEADER.unpack_from(data)
        self.ops, self.marks = [], []
        at = _HEADER.size
        while len(self.ops) < ops or len(self.marks) < marks:
            record = Record(data[at:at + _RECORD.size])
            at += _RECORD.size
            if record.op == MARK:
                record.text = data[at:at + record.sectors].decode()
                at += -(-record.sectors // _RECORD.size) * _RECORD.size
                self.marks.append(record)
            else:
                self.ops.append(record)
        self.rest = data[at:]


class Disk:
    """NAME is without the "ramblk-"."""

    def __init__(self, name, **settings):
        self.dir = f"{CONFIG}/ramblk-{name}"
        self.node = f"/dev/ramblk-{name}"
        self.fd = None
        if os.path.isdir(self.dir):  # a check that failed left it
            os.rmdir(self.dir)
        os.mkdir(self.dir)
        for key, value in settings.items():
            self.set(key, value)

    def set(self, attribute, value):
        fd = os.open(f"{self.dir}/{attribute}", os.O_WRONLY)
        try:
            os.write(fd, f"{value}\n".encode())
        finally:
            os.close(fd)

    def get(self, attribute):
        with open(f"{self.dir}/{attribute}") as file:
            return file.read().strip()

    def on(self):
        self.set("power", 1)
        self.fd = os.open(self.node, os.O_RDWR | os.O_DIRECT)

    def close(self):
        if self.fd is not None:
            os.close(self.fd)
            self.fd = None

    def off(self):
        self.close()
        self.set("power", 0)

    def cut(self):
        """Whoever has it open keeps it open until it is cut."""
        self.set("power", "cut")
        self.close()

    def write(self, pos, data):
        with mmap.mmap(-1, len(data)) as buf:
            buf.write(data)
            done = os.pwrite(self.fd, buf, pos)
        if done != len(data):
            raise AssertionError(f"wrote {done} of {len(data)} bytes")

    def read(self, pos, size):
        with mmap.mmap(-1, size) as buf:
            done = os.preadv(self.fd, [buf], pos)
            if done != size:
                raise AssertionError(f"read {done} of {size} bytes")
            return buf[:]

    def flush(self):
        os.fsync(self.fd)

    def discard(self, pos, size):
        fcntl.ioctl(self.fd, BLKDISCARD, struct.pack("QQ", pos, size))

    def zero(self, pos, size):
        fcntl.ioctl(self.fd, BLKZEROOUT, struct.pack("QQ", pos, size))

    def image(self):
        """All of a disk without power."""
        self.on()
        try:
            return self.read(0, os.lseek(self.fd, 0, os.SEEK_END))
        finally:
            self.off()

    def rewind(self, order):
        self.set("history/rewind", order)

    def state(self, order):
        self.rewind(order)
        return self.image()

    def log(self):
        with open(f"{self.dir}/history/log", "rb") as file:
            return Log(file.read())

    def remove(self):
        self.close()
        os.rmdir(self.dir)
