# SPDX-License-Identifier: GPL-2.0-only
"""ringchar in stream mode: read, write, poll."""

import errno
import fcntl
import mmap
import os
import signal
import time

from checks import SLOW, Child, check, equal, fails, run
from ringchardev import (ERR, HUP, IN, OUT, R, R_NB, RDWR_NB, W, W_NB,
                         Made, drain, fionread, pattern, polled)

PAGE = mmap.PAGESIZE


@check("a ring of 4096 bytes holds exactly 4096")
def _():
    with Made(size="4K") as ring:
        fd = ring.open(RDWR_NB)
        equal(os.write(fd, pattern(4095)), 4095)
        equal(os.write(fd, b"x"), 1)
        fails(errno.EAGAIN, os.write, fd, b"y")
        equal(ring.stat("stored"), 4096)
        equal(drain(fd), pattern(4095) + b"x")


@check("bytes come in order round the end, at every offset")
def _():
    with Made(size="4K") as ring:
        fd = ring.open(RDWR_NB)
        sent = 0
        for n in [1, 2, 3, 5, 4096, 4095, 777, 1234, 2048, 4001] * 3:
            data = pattern(n, sent)
            equal(os.write(fd, data), n)
            equal(os.read(fd, 5000), data)
            sent += n
        equal(ring.stat("bytes_in"), sent)
        equal(ring.stat("bytes_out"), sent)


@check("a read takes what is there, at most what was asked for")
def _():
    with Made(size="4K") as ring:
        fd = ring.open()
        os.write(fd, b"abcdef")
        equal(os.read(fd, 4), b"abcd")
        equal(os.read(fd, 4), b"ef")


@check("reads and writes of nothing do nothing")
def _():
    with Made(size="4K") as ring:
        fd = ring.open()
        equal(os.read(fd, 0), b"")
        equal(os.write(fd, b""), 0)
        equal(ring.stat("stored"), 0)


@check("O_NONBLOCK: EAGAIN on an empty ring")
def _():
    with Made(size="4K") as ring:
        fails(errno.EAGAIN, os.read, ring.open(R_NB), 1)


@check("RWF_NOWAIT: EAGAIN on an empty and on a full ring")
def _():
    with Made(size="4K") as ring:
        fd = ring.open()
        buf = bytearray(10)
        fails(errno.EAGAIN, os.preadv, fd, [buf], -1, os.RWF_NOWAIT)
        os.write(fd, bytes(4096))
        fails(errno.EAGAIN, os.pwritev, fd, [b"x"], -1, os.RWF_NOWAIT)
        equal(os.preadv(fd, [buf], -1, os.RWF_NOWAIT), 10)
        equal(os.pwritev(fd, [b"x"], -1, os.RWF_NOWAIT), 1)


@check("a reader sleeps on an empty ring until something is written")
def _():
    with Made(size="4K") as ring:
        fd = ring.open()
        reader = Child(os.read, fd, 100).asleep()
        os.write(fd, b"now")
        equal(reader.result(), b"now")


@check("a writer sleeps on a full ring until something is read")
def _():
    with Made(size="4K") as ring:
        fd = ring.open()
        os.write(fd, bytes(4096))
        writer = Child(os.write, fd, b"x").asleep()
        equal(os.read(fd, 1), b"\0")
        equal(writer.result(), 1)
        equal(ring.stat("stored"), 4096)


@check("a writer that fits is not held up by one that does not")
def _():
    with Made(size="4K") as ring:
        fd = ring.open()
        os.write(fd, bytes(4096))
        big = Child(os.write, fd, bytes(4096)).asleep()
        small = Child(os.write, fd, b"x").asleep()
        os.read(fd, 1)
        equal(small.result(), 1)
        assert not big.done(), "the big one cannot have written"
        drain_fd = ring.open(R_NB)
        drain(drain_fd)
        equal(big.result(), 4096)


@check("one write wakes one reader, who passes it on if data remains")
def _():
    with Made(size="4K") as ring:
        fd = ring.open()
        readers = [Child(os.read, fd, 3).asleep() for _ in range(3)]
        before = [r.switches() for r in readers]
        os.write(fd, b"one")
        end = time.monotonic() + 20 * SLOW
        while not any(r.done() for r in readers):
            assert time.monotonic() < end, "no reader woke up"
        time.sleep(0.05)
        equal([r.done() or r.switches() == n
               for r, n in zip(readers, before)], [True] * 3)
        equal(sum(r.done() for r in readers), 1)
        os.write(fd, b"twotre")
        equal(sorted(r.result() for r in readers), [b"one", b"tre", b"two"])


@check("whom the writes did not wake the readers do")
def _():
    with Made(size="4K") as ring:
        fd = ring.open()
        readers = [Child(os.read, fd, 1).asleep() for _ in range(8)]
        for i in range(4):
            os.write(fd, b"%d%d" % (2 * i, 2 * i + 1))
        equal(sorted(r.result() for r in readers),
              [b"%d" % i for i in range(8)])


def many(ring, times, size, end):
    """Three write so often, four read until each has met the end."""
    def write(seed):
        fd = ring.open(W)
        for i in range(times):
            os.write(fd, bytes([seed] * (i % size + 1)))
        return sum(i % size + 1 for i in range(times))

    def read():
        fd, got = ring.open(R), 0
        while (data := os.read(fd, size)) != end:
            got += len(data)
        return got
    readers = [Child(read) for _ in range(4)]
    writers = [Child(write, seed) for seed in (1, 2, 3)]
    written = sum(w.result(60) for w in writers)
    fd = ring.open(W)
    for _ in readers:
        os.write(fd, end)
    equal(sum(r.result(60) for r in readers), written)


@check("nobody sleeps on: many readers, many writers, single bytes")
def _():
    with Made(size="4K") as ring:
        many(ring, 4000 // SLOW, 1, b"E")


@check("nobody sleeps on: many readers, many writers, records")
def _():
    with Made(size="4K", mode="record") as ring:
        many(ring, 4000 // SLOW, 100, b"E")


@check("a write of 4096 bytes goes in whole or not at all")
def _():
    with Made(size="8K") as ring:
        fd = ring.open(RDWR_NB)
        os.write(fd, bytes(4097))
        fails(errno.EAGAIN, os.write, fd, bytes(4096))
        equal(ring.stat("stored"), 4097)
        equal(os.write(fd, bytes(4095)), 4095)


@check("a larger non-blocking write is short")
def _():
    with Made(size="8K") as ring:
        fd = ring.open(RDWR_NB)
        equal(os.write(fd, pattern(10000)), 8192)
        equal(drain(fd), pattern(8192))


@check("a larger write takes as long as it takes")
def _():
    with Made(size="4K") as ring:
        fd = ring.open()
        writer = Child(os.write, fd, pattern(20000)).asleep()
        got = b""
        while len(got) < 20000:
            got += os.read(fd, 3000)
        equal(got, pattern(20000))
        equal(writer.result(), 20000)


@check("small writes of several processes do not mix")
def _():
    with Made(size="16K") as ring:
        fd = ring.open()

        def many(char):
            for _ in range(50):
                os.write(fd, char * 4096)
            return 0
        writers = [Child(many, bytes([65 + i])) for i in range(3)]
        for _ in range(150):
            block = b""
            while len(block) < 4096:
                block += os.read(fd, 4096 - len(block))
            equal(block, block[:1] * 4096)
        equal([w.result() for w in writers], [0, 0, 0])


@check("signals: a sleeping reader gets EINTR, or starts again")
def _():
    with Made(size="4K") as ring:
        fd = ring.open()

        def read(restart):
            # Python itself would start again: look below it.
            import ctypes
            libc = ctypes.CDLL(None, use_errno=True)
            signal.signal(signal.SIGUSR1, lambda *_: None)
            signal.siginterrupt(signal.SIGUSR1, not restart)
            buf = ctypes.create_string_buffer(10)
            n = libc.read(fd, buf, 10)
            return buf.raw[:n] if n >= 0 else -ctypes.get_errno()

        reader = Child(read, False).asleep()
        reader.kill(signal.SIGUSR1)
        equal(reader.result(), -errno.EINTR)
        reader = Child(read, True).asleep()
        reader.kill(signal.SIGUSR1)
        reader.asleep()
        os.write(fd, b"again")
        equal(reader.result(), b"again")


@check("signals: the same for a sleeping writer")
def _():
    with Made(size="4K") as ring:
        fd = ring.open()
        os.write(fd, bytes(4096))

        def write(restart):
            import ctypes
            libc = ctypes.CDLL(None, use_errno=True)
            signal.signal(signal.SIGUSR1, lambda *_: None)
            signal.siginterrupt(signal.SIGUSR1, not restart)
            n = libc.write(fd, b"again", 5)
            return n if n >= 0 else -ctypes.get_errno()

        writer = Child(write, False).asleep()
        writer.kill(signal.SIGUSR1)
        equal(writer.result(), -errno.EINTR)
        writer = Child(write, True).asleep()
        writer.kill(signal.SIGUSR1)
        writer.asleep()
        equal(os.read(fd, 4096), bytes(4096))
        equal(writer.result(), 5)
        equal(os.read(fd, 9), b"again")


@check("signals: a large write that has begun is short")
def _():
    with Made(size="4K") as ring:
        fd = ring.open()

        def write():
            import ctypes
            libc = ctypes.CDLL(None, use_errno=True)
            signal.signal(signal.SIGUSR1, lambda *_: None)
            return libc.write(fd, bytes(10000), 10000)

        writer = Child(write).asleep()
        writer.kill(signal.SIGUSR1)
        equal(writer.result(), 4096)


@check("EFAULT moves nothing; half a buffer moves half")
def _():
    import ctypes
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int,
                          ctypes.c_int, ctypes.c_int, ctypes.c_long]
    libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
    libc.read.argtypes = libc.write.argtypes = [
        ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t]
    at = libc.mmap(None, 8 * PAGE, 3, 0x22, -1, 0)
    libc.munmap(at + 4 * PAGE, 4 * PAGE)
    edge = at + 4 * PAGE

    def call(function, *args):
        n = function(*args)
        return n if n >= 0 else -ctypes.get_errno()

    with Made(size="64K") as ring:
        fd = ring.open(RDWR_NB)
        equal(call(libc.write, fd, edge, 100), -errno.EFAULT)
        equal(call(libc.write, fd, edge - 50, 100), -errno.EFAULT)
        equal(ring.stat("stored"), 0)
        ctypes.memmove(edge - 5000, pattern(5000), 5000)
        equal(call(libc.write, fd, edge - 5000, 10000), 5000)
        equal(os.read(fd, 10000), pattern(5000))
        os.write(fd, b"stays")
        equal(call(libc.read, fd, edge, 5), -errno.EFAULT)
        equal(ring.stat("stored"), 5)
        equal(call(libc.read, fd, edge - 2, 5), 2)
        equal(os.read(fd, 9), b"ays")


@check("lseek, pread and pwrite are ESPIPE")
def _():
    with Made(size="4K") as ring:
        fd = ring.open()
        for whence in os.SEEK_SET, os.SEEK_CUR, os.SEEK_END:
            fails(errno.ESPIPE, os.lseek, fd, 0, whence)
        fails(errno.ESPIPE, os.pread, fd, 1, 0)
        fails(errno.ESPIPE, os.pwrite, fd, b"x", 0)


@check("what was not opened for it is EBADF")
def _():
    with Made(size="4K") as ring:
        fails(errno.EBADF, os.write, ring.open(R), b"x")
        fails(errno.EBADF, os.read, ring.open(W), 1)


@check("poll: empty is writable, full is readable, between is both")
def _():
    with Made(size="8K") as ring:
        fd = ring.open(RDWR_NB)
        equal(polled(fd), OUT)
        os.write(fd, b"x")
        equal(polled(fd), IN | OUT)
        os.write(fd, bytes(4095))
        equal(polled(fd), IN | OUT)
        os.write(fd, b"x")
        equal(polled(fd), IN)
        os.read(fd, 1)
        equal(polled(fd), IN | OUT)


@check("poll sleeps until there is reason to wake up")
def _():
    with Made(size="4K") as ring:
        fd = ring.open()
        reader = Child(polled, fd, IN, 60000).asleep()
        os.write(fd, bytes(4096))
        equal(reader.result(), IN)
        writer = Child(polled, fd, OUT, 60000).asleep()
        os.read(fd, 4096)
        equal(writer.result(), OUT)


@check("who was told writable can write 4096 bytes")
def _():
    with Made(size="16K") as ring:
        fd = ring.open(RDWR_NB)
        for step in 1000, 4096, 3000, 4000:
            while polled(fd) & OUT:
                equal(os.write(fd, bytes(4096)), 4096)
            fails(errno.EAGAIN, os.write, fd, bytes(4096))
            os.read(fd, step)


@check("readv and writev")
def _():
    with Made(size="4K") as ring:
        fd = ring.open()
        equal(os.writev(fd, [b"ab", b"", b"cde"]), 5)
        parts = [bytearray(1), bytearray(3), bytearray(10)]
        equal(os.readv(fd, parts), 5)
        equal(parts[:2], [bytearray(b"a"), bytearray(b"bcd")])
        equal(parts[2][:1], b"e")


@check("FIONREAD counts bytes")
def _():
    with Made(size="4K") as ring:
        fd = ring.open()
        equal(fionread(fd), 0)
        os.write(fd, bytes(1234))
        equal(fionread(fd), 1234)


@check("an unknown ioctl is ENOTTY")
def _():
    with Made(size="4K") as ring:
        fails(errno.ENOTTY, fcntl.ioctl, ring.open(), 0xBD77)


@check("eof=1: reads end when the last writer has closed, not before")
def _():
    with Made(size="4K", eof=1) as ring:
        reader = ring.open(R)
        waiting = Child(os.read, reader, 10).asleep()
        writers = [os.open(ring.dev, W), os.open(ring.dev, W)]
        os.write(writers[0], b"last")
        equal(waiting.result(), b"last")

        def read():
            for fd in writers:
                os.close(fd)
            return os.read(reader, 10)
        waiting = Child(read).asleep()
        os.close(writers[0])
        equal(polled(reader), 0)
        os.write(writers[1], b"words")
        equal(waiting.result(), b"words")
        os.write(writers[1], b"!")
        waiting = Child(lambda: os.close(writers[1]) or
                        os.read(reader, 1) + os.read(reader, 1)).asleep()
        os.close(writers[1])
        equal(waiting.result(), b"!")
        equal(os.read(reader, 10), b"")
        equal(polled(reader), HUP)


@check("eof=1: data left by a writer is read, then comes the end")
def _():
    with Made(size="4K", eof=1) as ring:
        fd = os.open(ring.dev, W)
        os.write(fd, b"legacy")
        os.close(fd)
        reader = ring.open(R)
        equal(polled(reader), HUP | IN)
        equal(os.read(reader, 10), b"legacy")
        equal(os.read(reader, 10), b"")


@check("eof=1: EPIPE and SIGPIPE when the last reader has closed")
def _():
    with Made(size="8K", eof=1) as ring:
        writer = ring.open(W)
        equal(os.write(writer, b"x"), 1)
        reader = os.open(ring.dev, R)
        equal(polled(writer), OUT)
        os.close(reader)
        equal(polled(writer) & ERR, ERR)
        fails(errno.EPIPE, os.write, writer, b"y")

        def write():
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            return os.write(writer, b"y")
        equal(Child(write).result(), -1000 - signal.SIGPIPE)
        equal(os.write(ring.open(W_NB), b"z"), 1)


@check("eof=1: a sleeping writer gets EPIPE")
def _():
    with Made(size="4K", eof=1) as ring:
        writer = ring.open(W)
        reader = os.open(ring.dev, R)
        os.write(writer, bytes(4096))

        def write():
            os.close(reader)
            return os.write(writer, b"y")
        sleeper = Child(write).asleep()
        os.close(reader)
        equal(sleeper.result(), -errno.EPIPE)


@check("eof=0: no reader and no writer is nobody's end")
def _():
    with Made(size="4K") as ring:
        os.close(os.open(ring.dev, W))
        reader = ring.open(R_NB)
        fails(errno.EAGAIN, os.read, reader, 1)
        equal(polled(reader), 0)


run()
