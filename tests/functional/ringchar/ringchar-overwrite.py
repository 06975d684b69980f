# SPDX-License-Identifier: GPL-2.0-only
"""ringchar with full=overwrite."""

import errno
import os
import struct

from checks import Child, check, equal, fails, run
from ringchardev import (IN, OUT, R, RDWR_NB, W, W_NB, Made, drain, pattern,
                         polled)


@check("a write never waits: the oldest bytes go, counted")
def _():
    with Made(size="4K", full="overwrite") as ring:
        fd = ring.open(RDWR_NB)
        os.write(fd, pattern(4096))
        equal(polled(fd), IN | OUT)
        equal(os.write(ring.open(W), pattern(100, 4096)), 100)
        equal(ring.stat("dropped_bytes"), 100)
        equal(ring.stat("stored"), 4096)
        equal(ring.stat("bytes_in"), 4196)
        equal(drain(fd), pattern(4096, 100))


@check("a write larger than the ring keeps its tail, returns its full count")
def _():
    with Made(size="4K", full="overwrite") as ring:
        fd = ring.open(RDWR_NB)
        os.write(fd, b"old")
        equal(os.write(fd, pattern(10001)), 10001)
        equal(drain(fd), pattern(4096, 10001 - 4096))
        equal(ring.stat("bytes_in"), 10004)
        equal(ring.stat("dropped_bytes"), 10004 - 4096)
        equal(os.write(fd, pattern(4096)), 4096)
        equal(drain(fd), pattern(4096))


@check("whole records go")
def _():
    with Made(size="4K", mode="record", full="overwrite") as ring:
        fd = ring.open(RDWR_NB)
        sent = [pattern(1000, i) for i in range(4)]
        for data in sent:
            os.write(fd, data)
        os.write(fd, b"tiny")
        equal(ring.stat("dropped_records"), 0)
        os.write(fd, pattern(500))
        equal(ring.stat("dropped_records"), 1)
        equal(ring.stat("dropped_bytes"), 1000)
        os.write(fd, pattern(1100))
        equal(ring.stat("dropped_records"), 2)
        equal([os.read(fd, 4096) for _ in range(5)],
              sent[2:] + [b"tiny", pattern(500), pattern(1100)])
        equal(ring.stat("stored"), 0)
        fails(errno.EMSGSIZE, os.write, fd, bytes(4093))
        equal(os.write(fd, bytes(4092)), 4092)


@check("a bad address costs no data")
def _():
    import ctypes
    libc = ctypes.CDLL(None, use_errno=True)
    libc.write.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t]
    for mode in "stream", "record":
        with Made(size="4K", mode=mode, full="overwrite") as ring:
            fd = ring.open(RDWR_NB)
            os.write(fd, bytes(4000))
            for n in 1000, 5000:
                if mode == "record" and n > 4092:
                    continue
                equal(libc.write(fd, 1, n), -1)
                equal(ctypes.get_errno(), errno.EFAULT)
            equal(drain(fd), bytes(4000))
            equal(ring.stat("dropped_bytes"), 0)


@check("a reader never sees bytes that were overwritten while it copied")
def _():
    # Blocks of one letter each, a reader of whole blocks: no block mixes.
    with Made(size="64K", full="overwrite", mode="record") as ring:
        def write(letter):
            fd = os.open(ring.dev, W_NB)
            for i in range(3000):
                os.write(fd, struct.pack("I", i) + letter * 4000)
            return 3000

        def read():
            fd = os.open(ring.dev, R)
            last = {}
            while True:
                data = os.read(fd, 65536)
                if data == b"end":
                    return len(last)
                letter = data[4:5]
                number, = struct.unpack("I", data[:4])
                if data[4:] != letter * 4000:
                    raise OSError(errno.EILSEQ, "mixed")
                if number <= last.get(letter, -1):
                    raise OSError(errno.ERANGE, "order")
                last[letter] = number
        reader = Child(read).asleep()
        writers = [Child(write, c) for c in (b"a", b"b")]
        equal([w.result(60) for w in writers], [3000] * 2)
        os.write(ring.open(W), b"end")
        assert reader.result(60) in (1, 2)
        equal(ring.stat("records_in"),
              ring.stat("records_out") + ring.stat("dropped_records"))


@check("a stream that is overwritten under its reader only jumps forward")
def _():
    with Made(size="16K", full="overwrite") as ring:
        total = 4 << 20

        def write():
            fd = os.open(ring.dev, W)
            for at in range(0, total, 4096):
                os.write(fd, struct.pack(">1024I", *range(at // 4,
                                                          at // 4 + 1024)))
            return 0

        def read():
            # Drops are whole writes here, so words stay whole, too.
            fd = os.open(ring.dev, R)
            last = -1
            while last < total // 4 - 1:
                data = os.read(fd, 8192)
                for word, in struct.iter_unpack(">I", data):
                    if word <= last:
                        raise OSError(errno.EILSEQ, "went back")
                    last = word
            return last
        reader = Child(read).asleep()
        writer = Child(write)
        equal(writer.result(60), 0)
        equal(reader.result(60), total // 4 - 1)
        equal(ring.stat("bytes_in"),
              ring.stat("bytes_out") + ring.stat("dropped_bytes"))


run()
