# SPDX-License-Identifier: GPL-2.0-only
"""pseudo: faults, counters, tracepoints."""

import errno
import os
import subprocess

from checks import check, equal, fails, run
from pseudodev import Opened, knob, pattern, strikes, turn

SHORT, ERROR, CORRUPT = range(3)
KINDS = ("short", "error", "corrupt")
NODES = ("null", "zero", "full", "random", "pattern")


class Faulty:
    """with Faulty(node, seed, error=1000000, ...) as fd"""

    def __init__(self, node, seed=0, **rates):
        self.node, self.seed, self.rates = node, seed, rates
        self.opened = Opened(node)

    def __enter__(self):
        turn(self.node, "faults/seed", self.seed)
        for kind, rate in self.rates.items():
            turn(self.node, f"faults/{kind}", rate)
        return self.opened.__enter__()

    def __exit__(self, *_):
        for kind in KINDS:
            turn(self.node, f"faults/{kind}", 0)
        self.opened.__exit__()


def hits(node, kind):
    return knob(node, f"faults/{kind}_hits")


def failed(function, *args):
    """Does it end with EIO?"""
    try:
        function(*args)
    except OSError as error:
        equal(error.errno, errno.EIO)
        return True
    return False


@check("each node has the same knobs, at 0")
def _():
    want = sorted(list(KINDS) + [k + "_hits" for k in KINDS] + ["seed"])
    for node in NODES:
        equal(sorted(os.listdir(f"/sys/class/pseudo/{node}/faults")), want)
        for name in want:
            equal(knob(node, f"faults/{name}"), 0)


@check("bad rates and seeds are refused and change nothing")
def _():
    turn("zero", "faults/error", 5)
    for bad, number in (("1000001", errno.ERANGE), ("-1", errno.EINVAL),
                        ("x", errno.EINVAL), ("1K", errno.EINVAL),
                        ("99999999999999999999", errno.ERANGE)):
        fails(number, turn, "zero", "faults/error", bad)
        equal(knob("zero", "faults/error"), 5)
    fails(errno.EINVAL, turn, "zero", "faults/seed", "q")
    turn("zero", "faults/error", 1000000)
    turn("zero", "faults/error", "0x0")
    for node in NODES:
        equal(knob(node, "faults/error"), 0)
        fails(errno.EACCES, turn, node, "faults/error_hits", 1)


@check("error: EIO for each operation that moves bytes")
def _():
    for node in NODES:
        with Faulty(node, error=1000000) as fd:
            if node != "null":
                fails(errno.EIO, os.read, fd, 10)
                fails(errno.EIO, os.preadv, fd, [bytearray(9)], 4)
            fails(errno.EIO, os.write, fd, b"x")
            fails(errno.EIO, os.writev, fd, [b"x", b"y"])
            fails(errno.EIO, os.pwrite, fd, b"x", 3)
            equal(os.lseek(fd, 0, os.SEEK_CUR), 0)
            equal(hits(node, "error"), 3 if node == "null" else 5)
        # And nothing afterwards.
        with Opened(node) as fd:
            equal(len(os.read(fd, 10)), 0 if node == "null" else 10)


@check("an operation of no bytes suffers and draws nothing")
def _():
    for node in ("null", "zero", "random", "pattern"):
        with Faulty(node, error=1000000, short=1000000,
                    corrupt=1000000) as fd:
            equal(os.read(fd, 0), b"")
            equal(os.write(fd, b""), 0)
            for kind in KINDS:
                equal(hits(node, kind), 0)
    with Faulty("full", error=1000000) as fd:
        fails(errno.ENOSPC, os.write, fd, b"")
    with Faulty("null", error=1000000, short=1000000) as fd:
        equal(os.read(fd, 100), b"")
        equal(hits("null", "error"), 0)


@check("short: less than was asked for, at least one byte")
def _():
    for node in NODES:
        with Faulty(node, short=1000000) as fd:
            lengths = set()
            for _ in range(20):
                if node != "null":
                    got = len(os.read(fd, 1000))
                    equal(0 < got < 1000, True)
                    lengths.add(got)
                if node not in ("full", "pattern"):
                    got = os.write(fd, bytes(1000))
                    equal(0 < got < 1000, True)
                    lengths.add(got)
            equal(len(lengths) > 10, True)
            count = hits(node, "short")
            # One byte cannot be short, and full takes none anyway.
            if node != "null":
                equal(len(os.read(fd, 1)), 1)
            if node == "full":
                fails(errno.ENOSPC, os.write, fd, bytes(10))
            elif node != "pattern":
                equal(os.write(fd, b"x"), 1)
            equal(hits(node, "short"), count)
            if node != "null":
                equal(len(os.read(fd, 2)), 1)


@check("short reads and checks of pattern go on where they stopped")
def _():
    with Faulty("pattern", short=1000000) as fd:
        data = b""
        while len(data) < 5000:
            data += os.read(fd, 700)
            equal(os.lseek(fd, 0, os.SEEK_CUR), len(data))
        equal(data, pattern(0, 0, len(data)))
        os.lseek(fd, 0, os.SEEK_SET)
        done = 0
        while done < 4990:
            count = os.write(fd, data[done:done + 700])
            equal(0 < count < 700, True)
            done += count
            equal(os.lseek(fd, 0, os.SEEK_CUR), done)


@check("corrupt: one bit of what is read flips")
def _():
    for node in ("zero", "full", "pattern"):
        with Faulty(node, corrupt=1000000) as fd:
            bits = set()
            for length in (1, 2, 255, 256, 4096, 4097, 100000):
                want = pattern(0, 0, length) if node == "pattern" \
                    else bytes(length)
                for got in os.pread(fd, length, 0), \
                        preadv(fd, (length + 1) // 2, length // 2):
                    wrong = [at for at in range(length) if got[at] != want[at]]
                    equal(len(wrong), 1)
                    flipped = got[wrong[0]] ^ want[wrong[0]]
                    equal(flipped & flipped - 1, 0)
                    bits.add(flipped)
            equal(len(bits) > 3, True)
            equal(hits(node, "corrupt"), 14)


def preadv(fd, *lengths):
    buffers = [bytearray(length) for length in lengths]
    equal(os.preadv(fd, buffers, 0), sum(lengths))
    return b"".join(buffers)


@check("corrupt: pattern finds the bit that flipped on the way in")
def _():
    with Faulty("pattern", corrupt=1000000) as fd:
        for length in (1, 5000):
            before = knob("pattern", "stats/mismatches")
            fails(errno.EIO, os.pwrite, fd, pattern(0, 0, length), 0)
            equal(knob("pattern", "stats/mismatches"), before + 1)
            equal(0 <= knob("pattern", "stats/last_difference") < length, True)
    # null swallows everything: there is nothing to spoil.
    with Faulty("null", corrupt=1000000) as fd:
        equal(os.write(fd, bytes(100)), 100)
        equal(hits("null", "corrupt"), 0)


@check("draw n is a function of seed, kind and n")
def _():
    for seed in (0, 1, (1 << 64) - 1):
        for rate in (1000, 300000):
            with Faulty("zero", seed=seed, error=rate) as fd:
                got = [failed(os.read, fd, 16) for _ in range(200)]
            equal(got, strikes(seed, ERROR, rate, 200))
            equal(hits("zero", "error"), sum(got))


@check("one draw for each operation, whatever the other rates are")
def _():
    want = strikes(5, ERROR, 300000, 100)
    for others in ({}, {"short": 1000000}, {"short": 500000, "corrupt": 9999}):
        with Faulty("random", seed=5, error=300000, **others) as fd:
            got = []
            for n in range(50):
                got.append(failed(os.read, fd, 1000))
                got.append(failed(os.write, fd, bytes(10 + n)))
            equal(got, want)
    # A large operation is one, and so is one of many pieces.
    with Faulty("zero", seed=5, error=300000) as fd:
        big = bytearray(300000)
        got = [failed(os.readv, fd, [big, big[:3]]) for _ in range(30)]
        equal(got, want[:30])
    # short draws for reads of more than a byte only.
    with Faulty("zero", seed=5, short=300000) as fd:
        got = []
        for _ in range(50):
            os.read(fd, 1)
            got.append(len(os.read(fd, 50)) < 50)
        equal(got, strikes(5, SHORT, 300000, 50))


@check("the seed starts all over, and another node has its own dice")
def _():
    with Faulty("zero", seed=9, error=400000) as fd, \
            Faulty("null", seed=9, error=400000) as other:
        first = []
        for _ in range(40):
            first.append(failed(os.read, fd, 16))
            equal(failed(os.write, other, b"x"), first[-1])
        second = [failed(os.read, fd, 16) for _ in range(40)]
        equal(first != second, True)
        turn("zero", "faults/seed", 9)
        equal(hits("zero", "error"), 0)
        equal([failed(os.read, fd, 16) for _ in range(40)], first)
        equal(hits("zero", "error"), sum(first))
        equal(knob("zero", "faults/seed"), 9)


@check("error is rolled for splicing too")
def _():
    reader, writer = os.pipe()
    with Faulty("null", error=1000000) as fd:
        os.write(writer, b"abc")
        fails(errno.EIO, os.splice, reader, fd, 3)
        turn("null", "faults/error", 0)
        turn("null", "faults/short", 1000000)
        equal(os.splice(reader, fd, 3) in (1, 2), True)
    os.close(reader)
    os.close(writer)


@check("counters of null, zero and full")
def _():
    names = ("reads", "writes", "bytes_read", "bytes_written")
    for node, want in (("null", [2, 2, 0, 150]), ("zero", [2, 2, 1300, 150]),
                       ("full", [2, 2, 1300, 0])):
        before = [knob(node, f"stats/{name}") for name in names]
        with Opened(node) as fd:
            os.read(fd, 1000)
            os.readv(fd, [bytearray(100), bytearray(200)])
            if node == "full":
                fails(errno.ENOSPC, os.write, fd, bytes(50))
                fails(errno.ENOSPC, os.write, fd, bytes(50))
            else:
                os.write(fd, bytes(50))
                os.writev(fd, [bytes(70), bytes(30)])
        after = [knob(node, f"stats/{name}") for name in names]
        equal([b - a for a, b in zip(before, after)], want)


@check("tracepoints tell operations and differences")
def _():
    tracing = "/sys/kernel/tracing"
    if not os.path.exists(f"{tracing}/events"):
        subprocess.run(["mount", "-t", "tracefs", "none", tracing], check=True)
    enable = f"{tracing}/events/pseudo/enable"
    with open(f"{tracing}/trace", "w", encoding="ascii"):
        pass
    with open(enable, "w", encoding="ascii") as file:
        file.write("1")
    try:
        with Opened("pattern") as fd, Faulty("zero", error=1000000) as zero:
            os.pread(fd, 123, 45)
            fails(errno.EIO, os.pwrite, fd, bytes(4), 0)
            fails(errno.EIO, os.read, zero, 77)
    finally:
        with open(enable, "w", encoding="ascii") as file:
            file.write("0")
    with open(f"{tracing}/trace", encoding="ascii") as file:
        text = file.read()
    for line in ("pseudo_op: pattern read pos=45 count=123 flip=-1 error=0",
                 "pseudo_op: pattern write pos=0 count=4 flip=-1 error=0",
                 "pseudo_difference: offset=0 seed=0 expected=04893ed0 "
                 "found=00000000",
                 "pseudo_op: zero read pos=0 count=77 flip=-1 error=-5"):
        equal(line in text, True)


run()
