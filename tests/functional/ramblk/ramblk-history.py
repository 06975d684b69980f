# SPDX-License-Identifier: GPL-2.0-only
# load: ramblk devices=0
# timeout: 180
"""ramblk remembers: the log, the marks, and every state of a random workload.

The model is the log itself and the bytes that were written: what a unit may
hold after an operation is worked out here from nothing else.
"""

import errno
import os
import random
import threading

from checks import SLOW, check, equal, fails, run
from ramblkdev import (DISCARD, DURABLE, FLUSH, POWER, UNMAP, WRITE, ZEROES,
                       Disk)

SECTOR = 512
SIZE = 64 << 10
SEED = int(os.environ.get("HISTORY_SEED", random.randrange(1 << 32)))


def fill(number, size):
    """Sectors that say which operation they are of."""
    return (number.to_bytes(4, "little") * (SECTOR // 4)) * (size // SECTOR)


class Model:
    """What each piece may hold after each operation."""

    def __init__(self, log, payload, piece, first=None):
        self.ops, self.piece = log.ops, piece
        self.live = [first or bytes(SIZE)]
        self.durable = [self.live[0]]
        data = iter(payload)
        for op in log.ops:
            live, durable = bytearray(self.live[-1]), bytearray(self.durable[-1])
            if op.op == FLUSH:
                durable = live if op.flags & DURABLE else durable
            else:
                at, size = op.sector * SECTOR, op.sectors * SECTOR
                live[at:at + size] = new = next(data)
                equal(len(new), size)
                if op.flags & DURABLE:
                    durable[at:at + size] = new
            self.live.append(bytes(live))
            self.durable.append(bytes(durable))

    def touches(self, i, at):
        """Does operation i write to the piece that begins there?"""
        op = self.ops[i - 1]
        return op.op != FLUSH and at < (op.sector + op.sectors) * SECTOR and \
            at + self.piece > op.sector * SECTOR

    def versions(self, n, at):
        """The contents that a piece may have after operation n, by operation;
        that of 0 is the durable one."""
        end = at + self.piece
        found = {0: self.durable[n][at:end]}
        for i in range(1, n + 1):
            op = self.ops[i - 1]
            if op.op == FLUSH and op.flags & DURABLE:
                found = {0: found[0]}
            elif self.touches(i, at):
                if op.flags & DURABLE:
                    found = {0: found[0]}
                found[i] = self.live[i][at:end]
        return found

    def busiest(self, count):
        """The operations after which most is not flushed."""
        distance, far = {}, 0
        for n, op in enumerate(self.ops, 1):
            far = 0 if op.op == FLUSH else far + 1
            distance[n] = far
        return sorted(distance, key=distance.get)[-count:]

    def pieces(self):
        return range(0, SIZE, self.piece)

    def only(self, n, k):
        state = bytearray(self.durable[n])
        for at in self.pieces():
            if self.touches(k, at) and not self.ops[k - 1].flags & DURABLE:
                state[at:at + self.piece] = self.versions(n, at).get(
                    k, self.durable[n][at:at + self.piece])
        return bytes(state)

    def but(self, n, k):
        """Where K is still to be seen, all is as it was before K."""
        state = bytearray(self.live[n])
        for at in self.pieces():
            versions = self.versions(n, at)
            if k not in versions or self.ops[k - 1].flags & DURABLE:
                continue
            op, end = self.ops[k - 1], at + self.piece
            left = set(range(max(at // SECTOR, op.sector),
                             min(end // SECTOR, op.sector + op.sectors)))
            saved = False
            for later in self.ops[k:n]:
                if later.op != FLUSH:
                    over = range(later.sector, later.sector + later.sectors)
                    left -= set(over)
                    saved |= bool(later.flags & DURABLE and any(
                        at // SECTOR <= s < end // SECTOR for s in over))
            if left:
                state[at:end] = versions[0] if saved else self.live[k - 1][at:end]
        return bytes(state)


def workload(disk, seed, ops, cuts_at=None):
    """Random operations, the same for the same seed; what they wrote."""
    rng, payload = random.Random(seed), []
    for number in range(1, ops + 1):
        kind = rng.random()
        if kind < 0.7:
            size = rng.choice((1, 1, 2, 8, 8, 24)) * SECTOR
            at = rng.randrange(0, SIZE - size, SECTOR) & ~(min(size, 4096) - 1)
            data = fill(number, size)
            disk.write(at, data)
            payload.append(data)
        elif kind < 0.82:
            disk.flush()
        else:
            size = rng.choice((1, 2, 8)) * 4096
            at = rng.randrange(0, SIZE - size, 4096)
            (disk.discard if kind < 0.92 else disk.zero)(at, size)
            payload.append(bytes(size))
        if number == cuts_at:
            break
    return payload


def recorded(name, seed, ops, **settings):
    disk = Disk(name, size=SIZE, **settings)
    disk.on()
    disk.set("history/record", 1)
    payload = workload(disk, seed, ops)
    disk.set("history/record", 0)
    disk.off()
    return disk, payload


@check(f"a disk begins without a past (HISTORY_SEED={SEED})")
def _():
    disk = Disk("a", size=SIZE)
    equal([disk.get(f"history/{name}") for name in
           ("record", "ops", "bytes", "marks", "limit", "state")],
          ["0", "0", "0", "0", "0", "off"])
    log = disk.log()
    equal((log.magic, log.version, log.record_size, log.ops, log.marks),
          (0x676c6252, 1, 32, [], []))
    fails(errno.ENOENT, disk.rewind, "0")
    fails(errno.ENODATA, disk.set, "history/mark", "x")
    fails(errno.EINVAL, disk.set, "history/record", 2)
    disk.remove()


@check("each operation that changes the disk is in the log, in order")
def _():
    disk = Disk("a", size=SIZE, write_cache=1)
    disk.on()
    disk.write(0, fill(9, 4096))
    disk.set("history/record", 1)
    equal((disk.get("history/state"), disk.get("history/record")),
          ("recording", "1"))
    disk.write(8192, fill(1, 4096))
    disk.read(0, 4096)
    disk.discard(4096, 8192)
    disk.zero(16384, 4096)
    disk.flush()
    disk.write(512, fill(5, 512))
    disk.off()
    equal(disk.get("history/state"), "recording")
    log = disk.log()
    equal([(op.op, op.sector, op.sectors, op.flags & ~UNMAP) for op in log.ops],
          [(WRITE, 16, 8, 0), (DISCARD, 8, 16, 0), (ZEROES, 32, 8, 0),
           (FLUSH, 0, 0, DURABLE), (WRITE, 1, 1, 0),
           (FLUSH, 0, 0, DURABLE | POWER)])
    equal([(op.submitted, op.after, op.applied, op.error) for op in log.ops],
          [(n, n - 1, n, 0) for n in range(1, 7)])
    equal((log.unit, log.size, log.rest), (4096, SIZE, b""))
    equal(disk.get("history/ops"), "6")
    disk.set("history/record", 0)
    disk.set("clear", 1)
    equal((disk.get("history/state"), disk.get("history/ops"), disk.log().ops),
          ("off", "0", []))
    disk.remove()


@check("marks stand between operations and lead back to them")
def _():
    disk = Disk("a", size=SIZE)
    disk.on()
    disk.set("history/record", 1)
    disk.set("history/mark", "begin")
    disk.write(0, fill(1, 4096))
    disk.set("history/mark", "one is there")
    disk.set("history/mark", "x" * 255)
    fails(errno.EEXIST, disk.set, "history/mark", "begin")
    fails(errno.EINVAL, disk.set, "history/mark", "x" * 256)
    fails(errno.EINVAL, disk.set, "history/mark", " ")
    disk.write(0, fill(2, 4096))
    disk.set("history/mark", "latest")
    fails(errno.EBUSY, disk.rewind, "0")
    disk.off()
    equal(disk.get("history/marks"), "4")
    equal([(m.text, m.after, m.submitted) for m in disk.log().marks],
          [("begin", 0, 0), ("one is there", 1, 1), ("x" * 255, 1, 1),
           ("latest", 2, 2)])
    for order, number in (("begin", 0), ("one is there", 1), ("latest", 2),
                          ("one is there durable", 1), ("begin latest", 0),
                          ("one is there random 7", 1), ("x" * 255, 1),
                          ("latest but 2", 2), ("latest only 1", 2)):
        equal(disk.state(order)[:4096], fill(number, 4096))
        equal(disk.get("history/state"), "replaying")
    for order in ("3", "none", "begin and end", "begin only 7", "2 only 0",
                  "99999999999", "nobody but 1"):
        fails(errno.ENOENT, disk.rewind, order)
    for order in ("", "2 sometimes", "2 random", "2 random x", "durable"):
        fails(errno.EINVAL, disk.rewind, order)
    disk.remove()


@check("what is done after a rewind is forgotten at the next one")
def _():
    disk, payload = recorded("a", SEED, 30, write_cache=1)
    model = Model(disk.log(), payload, 4096)
    ops = len(model.ops)
    disk.rewind("7")
    disk.on()
    disk.write(0, fill(999, SIZE))
    disk.off()
    equal(disk.get("history/ops"), str(ops))
    equal(disk.state("7") == model.live[7], True)
    equal(disk.state(f"{ops}") == model.live[ops], True)
    disk.remove()


@check("every operation: its latest and its durable state, to and fro")
def _():
    for cache in (0, 1):
        disk, payload = recorded("a", SEED + cache, 60, write_cache=cache)
        model = Model(disk.log(), payload, 4096)
        orders = [(n, what) for n in range(len(model.ops) + 1)
                  for what in ("latest", "durable")]
        random.Random(SEED).shuffle(orders)
        for n, what in orders[:30]:
            want = (model.live if what == "latest" else model.durable)[n]
            equal((n, what, disk.state(f"{n} {what}") == want),
                  (n, what, True))
        if cache:
            equal(any(model.live[n] != model.durable[n]
                      for n in range(len(model.ops))), True)
        disk.remove()


@check("rewind is what a power cut at that point leaves, of lose=all and none")
def _():
    disk, payload = recorded("a", SEED, 40, write_cache=1)
    model = Model(disk.log(), payload, 4096)
    differ = 0
    for ops in (1, 13, 26, 40):
        images = {}
        for lose, what in (("all", "durable"), ("none", "latest")):
            real = Disk("b", size=SIZE, write_cache=1, lose=lose)
            real.on()
            workload(real, SEED, 40, cuts_at=ops)
            real.cut()
            images[what] = real.image()
            real.remove()
            equal((ops, lose, disk.state(f"{ops} {what}") == images[what]),
                  (ops, lose, True))
        differ += images["durable"] != images["latest"]
        # The control: what comes before or after is another state.
        if ops < 40 and model.live[ops] != model.live[ops + 1]:
            equal(disk.state(f"{ops + 1}") == images["latest"], False)
    equal(differ > 0, True)
    disk.remove()


def states(piece, **settings):
    """Every kind of state of a random history, against the model."""
    disk, payload = recorded("a", SEED, 50, write_cache=1, **settings)
    model = Model(disk.log(), payload, piece)
    rng = random.Random(SEED)
    between = kinds = 0
    for n in model.busiest(6):
        seen = {}
        for seed in range(4):
            image = disk.state(f"{n} random {seed}")
            for at in model.pieces():
                allowed = model.versions(n, at)
                got = image[at:at + piece]
                equal((n, seed, at, got in allowed.values()),
                      (n, seed, at, True))
                between += got not in (model.live[n][at:at + piece],
                                       model.durable[n][at:at + piece])
                if len(set(allowed.values())) > 1:
                    seen.setdefault(at, set()).add(got)
        kinds += any(len(found) > 1 for found in seen.values())
        for k in rng.sample(range(1, n + 1), min(n, 2)):
            # Zeroing what is zero already is not seen by "but".
            kinds_of = ("only", "but")[:1 + (model.ops[k - 1].op == WRITE)]
            for what in kinds_of:
                want = getattr(model, what)(n, k)
                equal((n, k, what, disk.state(f"{n} {what} {k}") == want),
                      (n, k, what, True))
    # Would it see a disk that knows only the first and the last version?
    equal((between > 0, kinds > 0), (True, True))
    disk.remove()


@check("random, only and but: units of 4096")
def _():
    states(4096)


@check("random, only and but: torn sectors")
def _():
    states(512, tear=1)


@check("random, only and but: units of 16K")
def _():
    states(16384, physical_block_size=16384)


@check("random, only and but: what is written atomically is never torn")
def _():
    states(16384, tear=1, atomic_write=16384)


@check("random, only and but: units of 512")
def _():
    states(512, physical_block_size=512)


@check("distinct tells contents apart, whatever they came from")
def _():
    disk = Disk("a", size=SIZE, write_cache=1)
    disk.on()
    fails(errno.EBUSY, disk.get, "history/distinct")
    disk.set("history/record", 1)
    disk.write(0, fill(1, 4096))
    disk.flush()
    disk.write(0, fill(2, 4096))
    disk.write(0, fill(1, 4096))
    disk.discard(4096, 4096)
    disk.off()
    values = {}
    for order in ("0", "1", "1 durable", "2 durable", "3", "3 durable", "4",
                  "5 but 3", "5", "4 random 1"):
        disk.rewind(order)
        value = disk.get("history/distinct")
        values.setdefault(value, set()).add(disk.image())
        equal(disk.get("history/distinct"), value)
    equal([len(images) for images in values.values()], [1] * 3)
    equal(len(set.union(*values.values())), 3)
    # What is done after a rewind counts, too.
    disk.rewind("3")
    disk.on()
    disk.write(0, fill(1, 4096))
    disk.off()
    one = disk.get("history/distinct")
    disk.rewind("1")
    equal(disk.get("history/distinct"), one)
    disk.remove()
    disk = Disk("a", size=SIZE)
    fails(errno.ENODATA, disk.get, "history/distinct")
    disk.remove()


@check("the same seed is the same state")
def _():
    disk, _ = recorded("a", SEED, 50, write_cache=1)
    last = disk.get("history/ops")
    images = [disk.state(f"{last} random {seed}") for seed in (1, 2, 1)]
    equal(images[0] == images[2], True)
    disk.remove()


@check("what was in flight is in the log as such, and may be there")
def _():
    disk = Disk("a", size=SIZE, write_cache=1, completion="timer")
    for attempt in range(6):
        # On a busy machine the second thread may be late.
        disk.set("latency_ns", (200_000_000 << attempt) * SLOW)
        disk.set("clear", 1)
        disk.on()
        disk.set("history/record", 1)
        both = [threading.Thread(target=disk.write,
                                 args=(4096 * i, fill(i + 1, 4096)))
                for i in range(2)]
        for one in both:
            one.start()
        for one in both:
            one.join()
        disk.set("history/record", 0)
        disk.off()
        ops = disk.log().ops
        if [op.after for op in ops] == [0, 0]:
            break
    equal([op.after for op in ops], [0, 0])
    equal(sorted(op.submitted for op in ops), [1, 2])
    disk.set("latency_ns", 0)
    nothing = bytes(8192)

    def words(image):
        return tuple(image[at] for at in (0, 4096))

    for order in ("0 latest", "0 random 1", "1 durable"):
        equal(disk.state(order)[:8192] == nothing, True)
    equal({words(disk.state(f"1 random {seed}")) for seed in range(25)},
          {(0, 0), (1, 0), (0, 2), (1, 2)})
    place = [op.sector // 8 for op in ops]
    equal(words(disk.state("1 only 2"))[place[0]], 0)
    equal(words(disk.state("1 only 2"))[place[1]], place[1] + 1)
    equal(words(disk.state("1 but 1"))[place[0]], 0)
    fails(errno.ENOENT, disk.rewind, "0 only 1")
    disk.remove()


@check("a disk that lies says so, and keeps nothing")
def _():
    disk = Disk("a", size=SIZE, write_cache=1)
    disk.on()
    disk.set("faults/flush_lie", 1000000)
    disk.set("history/record", 1)
    disk.write(0, fill(1, 4096))
    disk.flush()
    disk.set("history/record", 0)
    disk.off()
    equal([(op.op, op.flags) for op in disk.log().ops],
          [(WRITE, 0), (FLUSH, 0)])
    equal(disk.state("2 durable")[:4096] == bytes(4096), True)
    equal(disk.state("2 latest")[:4096] == fill(1, 4096), True)
    disk.remove()


@check("what was not flushed when the recording began may be lost")
def _():
    disk = Disk("a", size=SIZE, write_cache=1)
    disk.on()
    disk.write(0, fill(1, 4096))
    disk.set("history/record", 1)
    disk.write(4096, fill(2, 4096))
    disk.set("history/record", 0)
    disk.off()
    equal(disk.state("1 durable")[:8192] == bytes(8192), True)
    found = {tuple(disk.state(f"1 random {seed}")[at] for at in (0, 4096))
             for seed in range(25)}
    equal(found, {(0, 0), (1, 0), (0, 2), (1, 2)})
    equal(disk.state("0 latest")[:8192] == fill(1, 4096) + bytes(4096), True)
    disk.remove()


@check("a cut ends the recording; what was before it can be had")
def _():
    disk = Disk("a", size=SIZE, write_cache=1)
    disk.on()
    disk.set("history/record", 1)
    disk.write(0, fill(1, 4096))
    disk.cut()
    equal(disk.get("history/state"), "off")
    equal(disk.state("1")[:4096] == fill(1, 4096), True)
    equal(disk.state("1 durable")[:4096] == bytes(4096), True)
    disk.remove()


@check("a recording goes over orderly power and begins anew when told")
def _():
    disk = Disk("a", size=SIZE, write_cache=1)
    disk.set("history/record", 1)
    for number in (1, 2):
        disk.on()
        disk.write(0, fill(number, 4096))
        disk.off()
    equal([op.op for op in disk.log().ops], [WRITE, FLUSH] * 2)
    equal(disk.state("2 durable")[:4096] == fill(1, 4096), True)
    equal(disk.state("3 durable")[:4096] == fill(1, 4096), True)
    equal(disk.state("3 latest")[:4096] == fill(2, 4096), True)
    disk.set("history/record", 1)
    equal((disk.get("history/ops"), disk.get("history/state")),
          ("0", "recording"))
    equal(disk.state("0")[:4096] == fill(2, 4096), True)
    disk.remove()


@check("the limit ends the recording, never the disk")
def _():
    disk = Disk("a", size="64M", write_cache=1)
    disk.set("history/limit", "256K")
    equal(disk.get("history/limit"), str(256 << 10))
    disk.on()
    disk.set("history/record", 1)
    for number in range(1, 200):
        disk.write(4096 * (number % 20), fill(number, 4096))
    equal((disk.get("history/state"), disk.get("history/record")),
          ("full", "0"))
    fails(errno.ENOSPC, disk.set, "history/mark", "late")
    ops, size = int(disk.get("history/ops")), int(disk.get("history/bytes"))
    equal((0 < ops < 199, size < (256 << 10) + 65536), (True, True))
    equal(disk.read(4096 * 19, 4096) == fill(199, 4096), True)
    disk.off()
    equal(len(disk.log().ops), ops)
    disk.rewind(f"{ops}")
    disk.on()
    equal(disk.read(4096 * (ops % 20), 4096) == fill(ops, 4096), True)
    disk.off()
    disk.remove()


@check("mem_limit ends the recording, never the disk")
def _():
    disk = Disk("a", size=SIZE, mem_limit="1M")
    disk.on()
    disk.set("history/record", 1)
    for number in range(1, 1000):
        disk.write(4096 * (number % 16), fill(number, 4096))
    equal(disk.get("history/state"), "full")
    ops = int(disk.get("history/ops"))
    equal(100 < ops < 999, True)
    disk.off()
    equal(disk.state(f"{ops}")[4096 * (ops % 16):][:4096] == fill(ops, 4096),
          True)
    disk.remove()


@check("a snapshot and a restore leave the history what it was")
def _():
    disk = Disk("a", size=SIZE, write_cache=1)
    disk.on()
    disk.set("history/record", 1)
    disk.write(0, fill(1, 4096))
    disk.set("snapshot", "s")
    disk.write(0, fill(2, 4096))
    disk.off()
    disk.set("restore", "s")
    equal(disk.get("history/state"), "off")
    equal(disk.image()[:4096] == fill(1, 4096), True)
    equal(disk.state("2")[:4096] == fill(2, 4096), True)
    disk.remove()


@check("the size goes back, too")
def _():
    disk = Disk("a", size=SIZE)
    disk.on()
    disk.set("history/record", 1)
    disk.write(0, fill(1, 4096))
    disk.set("size", "1G")
    disk.write((1 << 30) - 4096, fill(2, 4096))
    disk.off()
    disk.rewind("1")
    equal(disk.get("size"), str(SIZE))
    equal(disk.image()[:4096] == fill(1, 4096), True)
    disk.rewind("2")
    equal(disk.get("size"), str(1 << 30))
    disk.on()
    equal(disk.read((1 << 30) - 4096, 4096) == fill(2, 4096), True)
    disk.off()
    disk.remove()


run()
