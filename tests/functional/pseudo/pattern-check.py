# SPDX-License-Identifier: GPL-2.0-only
"""pattern-check: files that were spoilt in every way, and what it says."""

import fcntl
import json
import os
import pty
import random
import struct
import subprocess

from checks import SLOW, check, equal, run
from pseudodev import SET_SEED, Opened

T = os.environ["T"]
FILE = T + "/file"
MIB = 1 << 20


def pattern(seed, offset, length):
    with Opened("pattern") as fd:
        fcntl.ioctl(fd, SET_SEED, struct.pack("=Q", seed))
        data = b""
        while len(data) < length:
            data += os.pread(fd, length - len(data), offset + len(data))
        return data


def tool(*options, path=FILE, **more):
    return subprocess.run(["pattern-check", *map(str, options), path],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=60 * SLOW, check=False, **more)


def report(data, *options, status=1):
    """What it says of a file with these bytes."""
    with open(FILE, "wb") as file:
        file.write(data)
    got = tool("--json", *options)
    equal((got.returncode, got.stderr), (status, ""))
    return json.loads(got.stdout)


def runs(data, *options):
    """Offset, length, kind and the rest of each run."""
    out = []
    for one in report(data, *options)["runs"]:
        out.append((one.pop("offset"), one.pop("length"), one.pop("kind"),
                    one))
    return out


def concluded(data, *options):
    return [(c["what"], c["number"])
            for c in report(data, *options)["conclusions"]]


def put(data, at, piece):
    data[at:at + len(piece)] = piece


def moved(at, there):
    return {"belongs_at": at, "there": there}


@check("what is right is called right, with any seed, offset and length")
def _():
    for seed, offset, length in ((0, 0, 1), (0, 0, 8), (1, 7, 4095),
                                 (7, 0, MIB), ((1 << 64) - 1, 12345, 99999),
                                 (3, 1 << 40, 5 * MIB + 3)):
        said = report(pattern(seed, offset, length), "-s", seed, "-o", offset,
                      status=0)
        equal((said["runs"], said["bad_bytes"], said["checked"],
               said["complete"], said["conclusions"]),
              ([], 0, length, True, []))
    got = tool("-s", 3, "-o", "1T")
    equal((got.returncode, "the pattern of seed 3" in got.stdout), (0, True))
    equal(tool("-q", "-s", 3, "-o", "1T").stdout, "")
    equal(tool("-q").returncode, 1)


@check("each kind of damage has its name")
def _():
    data = bytearray(pattern(7, 0, MIB))
    put(data, 4096, bytes(4096))
    put(data, 10240, b"\xff" * 512)
    put(data, 20480, b"\xaa" * 1024)
    put(data, 32768, pattern(7, 99 * 4096, 4096))
    put(data, 65536, pattern(6, 65536, 8192))
    put(data, 81920, pattern(5, 4096, 1024))
    data[90000] ^= 4
    put(data, 98304, bytes(i * i * 7 % 251 for i in range(512)))
    got = runs(data, "-s", 7)
    equal(got[:6] + got[6:7], [
        (4096, 4096, "zeros", {}),
        (10240, 512, "ones", {}),
        (20480, 1024, "fill", {"byte": 0xaa}),
        (32768, 4096, "moved", moved(99 * 4096, "copy")),
        (65536, 8192, "seed", {"seed": 6, "sure": True, "belongs_at": 65536}),
        (81920, 1024, "seed", {"seed": 5, "sure": True, "belongs_at": 4096}),
        (90000, 1, "flips", got[6][3])])
    equal(got[6][3]["set"] + got[6][3]["cleared"], 1)
    equal(got[7][2:], ("other", {}))
    equal(98304 <= got[7][0] < 98308 and
          98812 < got[7][0] + got[7][1] <= 98816, True)
    equal(len(got), 8)
    text = tool("-s", 7).stdout
    for words in (" 4096         4096  zeros", "the byte 0xaa",
                  "belongs at offset 405504 (372736 bytes further on)",
                  "of seed 6\n", "of seed 5, belongs at offset 4096",
                  "1 bit flipped (bit 2 of the byte", "something else"):
        equal((words, words in text), (words, True))


@check("swapped, shifted, inserted, wrapped, limited: what runs say together")
def _():
    good = pattern(0, 0, MIB)
    data = bytearray(good)
    put(data, 8192, good[65536:65536 + 4096])
    put(data, 65536, good[8192:8192 + 4096])
    equal(runs(data), [(8192, 4096, "moved", moved(65536, "swapped")),
                       (65536, 4096, "moved", moved(8192, "swapped"))])
    equal(concluded(data), [("swapped", 2)])
    # A sector was lost, or one byte came in: all that follows is shifted.
    data = good[:4096] + good[4608:]
    equal(runs(data), [(4096, len(data) - 4096, "moved",
                        moved(4608, "shifted"))])
    equal(concluded(data), [("shifted", 512)])
    data = good[:5000] + b"\0" + good[5000:]
    got = runs(data)
    equal(got[-1][2:], ("moved", moved(got[-1][0] - 1, "shifted")))
    equal(got[-1][0] + got[-1][1], MIB + 1)
    equal(concluded(data), [("shifted", 1)])
    # Disks that hold less than they say: the last write of a place is left.
    for real, size in ((65536, MIB), (98304, MIB), (65536, 65536 + 512)):
        data = bytearray(size)
        for at in range(0, size, 512):
            put(data, at, pattern(0, (size - 512 - at) // real * real + at,
                                  512))
        equal(concluded(data), [("wrapped", real)])
    data = good[:300032] + bytes(MIB - 300032)
    equal(runs(data), [(300032, MIB - 300032, "zeros", {})])
    equal(concluded(data), [("limited", 300032)])
    equal(concluded(pattern(99, 0, MIB)), [("seed", 99)])
    # Bytes that were meant for another place and are nowhere else.
    data = bytearray(good)
    put(data, 4096, good[8192:8704])
    put(data, 8192, bytes(512))
    equal(runs(data)[0], (4096, 512, "moved", moved(8192, "stray")))


@check("bits: how many, which way, and one that is stuck")
def _():
    good = pattern(0, 0, 65536)
    data = bytearray(good)
    data[1000] ^= 0x81
    data[1003] ^= 0x10
    got = runs(data)
    equal(got[0][:3], (1000, 4, "flips"))
    equal(got[0][3]["set"] + got[0][3]["cleared"], 3)
    equal(got[0][3]["mask"], 0x81 | 0x10 << 24)
    data = bytearray(good)
    for at in range(5, 65536, 1024 * 8):
        data[at] |= 8
    equal(concluded(data), [("stuck", 43)])
    # All of its bits, one after the other.
    for bit in range(0, 64, 9):
        data = bytearray(good[:1024])
        data[504 + bit // 8] ^= 1 << bit % 8
        got = runs(data)
        equal((len(got), got[0][:3], got[0][3]["mask"]),
              (1, (504 + bit // 8, 1, "flips"), 1 << bit))


@check("a seed that nobody would guess, in its place and, if it is told, out")
def _():
    odd = 0xFEDCBA9876543210
    data = bytearray(pattern(0, 0, 65536))
    put(data, 512, pattern(odd, 512, 512))
    put(data, 4096, pattern(odd, 9216, 512))
    put(data, 8192, pattern(0, 33333, 1000))
    first, second, third = runs(data)
    equal(first, (512, 512, "seed",
                  {"seed": odd, "sure": False}))
    equal(second[:3] + (second[3]["sure"],), (4096, 512, "seed", False))
    equal(third, (8192, 1000, "moved", moved(33333, "copy")))
    equal(runs(data, "-k", odd)[:2],
          [(512, 512, "seed",
            {"seed": odd, "sure": True, "belongs_at": 512}),
           (4096, 512, "seed",
            {"seed": odd, "sure": True, "belongs_at": 9216})])


def spoil(rng, data, at, length, seed):
    """Spoils a piece; returns what should be said of it."""
    kind = rng.choice(("zeros", "ones", "moved", "seed", "flips"))
    more = None
    if kind in ("zeros", "ones"):
        put(data, at, (b"\0" if kind == "zeros" else b"\xff") * length)
    elif kind == "moved":
        to = at
        while abs(to - at) < length:
            to = rng.randrange(1 << 40)
        put(data, at, pattern(seed, to, length))
        more = to
    elif kind == "seed":
        other = seed
        while other == seed:
            other = rng.choice((rng.randrange(200), rng.randrange(1 << 32)))
        put(data, at, pattern(other, at, length))
        more = other
    else:
        at += rng.randrange(length)
        length = 1
        data[at] ^= 1 << rng.randrange(8)
    return at, length, kind, more


@check("many spoilt pieces at random, also where a piece of reading ends")
def _():
    number = random.randrange(1 << 32)
    rng = random.Random(number)
    size = 8 * MIB + 12345
    for turn in range(6):
        seed = rng.choice((0, 1, rng.randrange(1 << 64)))
        good = pattern(seed, 0, size)
        data = bytearray(good)
        want = []
        at = 0
        while at < size - 400000:
            at = at // 512 * 512 + 512 * rng.randrange(4, 600)
            length = 512 * rng.randrange(1, 20)
            if at < 4 * MIB <= at + 300000 and turn % 2:
                # Across the border.
                at = 4 * MIB - 512 * rng.randrange(5)
            want.append(spoil(rng, data, at, length, seed))
            at += length
        got = [(o, n, kind, more.get("belongs_at") if kind == "moved" else
                more.get("seed"))
               for o, n, kind, more in runs(data, "-s", seed)]
        for one, other in zip(got, want):
            equal((number, turn, one), (number, turn, other))
        equal(len(got), len(want))


@check("damage across the border of two pieces of reading is one run")
def _():
    border = 4 * MIB
    kinds = {
        "zeros": lambda at, n: bytes(n),
        "moved": lambda at, n: pattern(0, at + (1 << 30), n),
        "seed": lambda at, n: pattern(3, at, n),
        "other": lambda at, n: bytes(i * i * 7 % 251 for i in range(n)),
    }
    good = pattern(0, 0, 4 * border + 4096)
    for back in (1, 8, 100, 512, 540, 600):
        data = bytearray(good)
        want = []
        for number, (kind, make) in enumerate(kinds.items()):
            at = (number + 1) * border - back
            put(data, at, make(at, 1500))
            want.append(kind)
        got = runs(data)
        equal((back, [bad[2] for bad in got]), (back, want))
        for number, bad in enumerate(got):
            at = (number + 1) * border - back
            # The first and last bytes may be right by accident.
            equal((back, abs(bad[0] - at) < 4,
                   abs(bad[0] + bad[1] - at - 1500) < 4), (back, True, True))


@check("damage of any length at any place is found, to the byte")
def _():
    number = random.randrange(1 << 32)
    rng = random.Random(number)
    good = pattern(0, 0, 20000)
    for _ in range(50):
        size = rng.choice((1, 2, 7, 8, 9, 15, 16, 17, 31, 40, 511, 600, 1100,
                           5000, 20000))
        data = bytearray(good[:size])
        first = rng.randrange(size)
        n = rng.choice((1, 2, 3, 7, 8, 9, 20, 64, 700))
        put(data, first, rng.choice((
            bytes(n), b"\xff" * n, rng.randbytes(n), b"a" * n,
            pattern(0, 1000003, n), pattern(9, first, n)))[:size - first])
        bad = [i for i in range(size) if data[i] != good[i]]
        if not bad:
            continue
        said = runs(data)
        hit = set()
        for at, length, *_ in said:
            hit.update(range(at, at + length))
        where = (number, size, first, n, said)
        equal((where, set(bad) <= hit), (where, True))
        # Nothing beyond what was spoilt, but up to a sector's border what
        # would look the same.
        equal((where, all(first // 512 * 512 <= i < first + n + 512
                          for i in hit)), (where, True))


@check("a file that is too short says where it ends")
def _():
    with open(FILE, "wb") as file:
        file.write(pattern(0, 0, 3000))
    got = tool("-l", "4K")
    equal((got.returncode, got.stderr), (1, ""))
    equal("3000         1096  missing: the file has ended" in got.stdout, True)
    equal(tool("-l", 2000).returncode, 0)


@check("the list of runs has an end, the sums have none")
def _():
    data = bytearray(pattern(0, 0, MIB))
    for at in range(0, MIB, 4096):
        put(data, at, bytes(512))
    said = report(data, "-n", 10)
    equal((len(said["runs"]), said["listed"], said["bad_runs"],
           said["kinds"]), (10, 10, 256, {"zeros": {"runs": 256,
                                                    "bytes": 131072}}))
    equal("and 246 runs more" in tool("-n", 10).stdout, True)


@check("what it cannot check it refuses in one line")
def _():
    def refused(words, *options, path=FILE, **more):
        got = tool(*options, path=path, **more)
        equal((got.returncode, got.stdout), (2, ""))
        equal((words, got.stderr.count("\n"), words in got.stderr),
              (words, 1, True))

    with open(FILE, "wb") as file:
        file.write(b"x")
    refused("No such file", path=T + "/none")
    refused("neither a file nor a disk", path=T)
    refused("neither a file nor a disk", path="/dev/null")
    os.mkfifo(T + "/fifo")
    refused("is a pipe", path=T + "/fifo")
    refused("is a pipe", path="-", stdin=subprocess.PIPE)
    with open(T + "/empty", "wb"):
        pass
    refused("nothing to check", path=T + "/empty")
    for option, bad in (("-s", "x"), ("-s", "-1"), ("-s", 1 << 64), ("-s", ""),
                        ("-o", "1Z"), ("-o", "9E"), ("-l", "1KK"),
                        ("-k", "0x"), ("-n", "many")):
        refused("is not a number", option, bad)
    refused("the pattern ends", "-o", (1 << 63) - 1)
    refused("exclude each other", "-d", "-b")
    os.chmod(FILE, 0)

    def nobody():
        os.setgid(65534)
        os.setuid(65534)
    refused("Permission denied", preexec_fn=nobody)
    os.chmod(FILE, 0o600)
    for options in ((), ("a", "b"), ("--what", "a")):
        got = subprocess.run(["pattern-check", *options], check=False,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        equal((got.returncode, got.stdout, b"usage:" in got.stderr),
              (2, b"", True))
    with open(FILE, "wb") as file:
        file.write(pattern(0, 0, 100))
    with open(FILE, "rb") as file:
        equal(tool(path="-", stdin=file).returncode, 0)
    # A full disk under the report is no success.
    with open("/dev/full", "wb") as full:
        got = subprocess.run(["pattern-check", FILE], stdout=full,
                             stderr=subprocess.PIPE, check=False)
    equal((got.returncode, b"No space left" in got.stderr), (2, True))


@check("on a terminal there is a progress line, elsewhere there is none")
def _():
    with open(FILE, "wb") as file:
        file.write(pattern(0, 0, 9 * MIB))
    equal(tool().stderr, "")
    pid, fd = pty.fork()
    if not pid:
        os.execvp("pattern-check", ["pattern-check", FILE])
    said = b""
    try:
        while piece := os.read(fd, 4096):
            said += piece
    except OSError:  # the other end is closed
        pass
    equal(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 0)
    os.close(fd)
    equal((said, b"% of 9.4 MB, " in said, b" left, 0 bad runs" in said,
           b"\r\x1b[K" + FILE.encode() in said), (said, True, True, True))


run()
