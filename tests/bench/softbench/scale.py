# SPDX-License-Identifier: GPL-2.0-only
"""What things cost as they grow."""

import os
import random
import re
import time

from . import chars, disks, nets
from .frame import (CONFIGFS, Absent, Failed, Line, Scale, insmod, modprobe,
                    read, rmmod, sh, wait_for, write)

# The same data on each disk, spread over all of it.
SLOTS = 32768
WORKING_SET = SLOTS * 4096


class Configured:
    """Disks (or rings) made in configfs, to be removed again."""

    top = ""
    dev = ""

    def __init__(self, count, **settings):
        self.names = []
        try:
            for i in range(count):
                self.add(self.top % i, settings)
        except (Absent, Failed, OSError):
            self.down()
            raise

    def add(self, path, settings):
        os.mkdir(path)
        self.names.append(path)
        for knob, value in settings.items():
            write("%s/%s" % (path, knob), str(value))
        write(path + "/power", "1")
        node = self.node(path)
        wait_for(node, lambda: os.path.exists(node))

    def node(self, path=None):
        return "/dev/" + os.path.basename(path or self.names[0])

    def nodes(self):
        return [self.node(path) for path in self.names]

    def down(self):
        for path in self.names:
            write(path + "/power", "0")
            os.rmdir(path)
        self.names = []


def letters(i):
    return chr(97 + i // 26) + chr(97 + i % 26)


class Ramblks(Configured):
    def __init__(self, count, **settings):
        insmod("ramblk", "devices=0")
        super().__init__(count, **settings)

    def add(self, path, settings):
        i = int(path.rsplit("%", 1)[1])
        super().add("%s/ramblk/ramblk-%s" % (CONFIGFS, letters(i)), settings)

    top = "%%%d"


class NullBlks(Configured):
    top = CONFIGFS + "/nullb/nullb%d"

    def __init__(self, count, size):
        modprobe("configfs")
        modprobe("null_blk", "nr_devices=0")
        super().__init__(count, size=size >> 20, memory_backed=1, irqmode=0,
                         submit_queues=os.cpu_count(), hw_queue_depth=256)


def slotted(disk):
    """Writes the first block of each slot."""
    bios, _, _ = disks.bio(disk, 0, op="write", slots=SLOTS, count=SLOTS)
    if bios != SLOTS:
        raise Failed("%d of %d slots written" % (bios, SLOTS))
    return disk


def slots_kiops(op):
    return disks.bio_kiops(op=op, slots=SLOTS)


def down(it):
    it.down()


def shared(all_disks):
    """Writes so much on each disk that all together hold the working set."""
    each = WORKING_SET // len(all_disks.names) // 65536
    for node in all_disks.nodes():
        disks.bio(disks.View(node), 0, op="write", bs=65536, count=each)
    return all_disks


def spread_kiops(all_disks, ms):
    nodes = all_disks.nodes()
    view = disks.View(",".join(nodes))
    # As many slots as there are blocks written, beginning at the disk's start.
    return disks.bio_kiops(op="randread", blocks=WORKING_SET // len(nodes) //
                           4096)(view, ms)


class Ring:
    """The module's own ring, of another size."""

    def __init__(self, size):
        insmod("ringchar")
        top = CONFIGFS + "/ringchar/ringchar0"
        write(top + "/power", "0")
        write(top + "/clear", "1")
        write(top + "/size", str(size))
        write(top + "/power", "1")
        wait_for("/dev/ringchar0", lambda: os.path.exists(self.kind()))

    def kind(self):
        return "/dev/ringchar0"


class PipeOf:
    def __init__(self, size):
        self.size = size

    def kind(self):
        return "pipe:%d" % self.size


class WithReaders:
    """A ring or a pipe and the number of its readers."""

    def __init__(self, device, readers):
        self.device = device
        self.readers = readers


def reader_rate(it, ms):
    return chars.gbytes("-a", "-r%d" % it.readers, "-c4096")(it.device, ms)


def one_net(make):
    """A network device of the table's kinds, made once."""
    made = []

    def up(size):
        if not made:
            device = make(7)
            device.up()
            made.append(device)
        made[0].size = size
        return made[0]
    return up


def sized_mpps(device, ms):
    # The frame's checksum is not the packet generator's business.
    return nets.pktgen(device, ms, size=device.size - 4)


class Nets:
    """Many interfaces, or pairs."""

    def __init__(self, count, kind):
        self.names = []
        self.rx = []
        for i in range(count):
            name = "n%s%d" % (kind[0], i)
            peer = name
            if kind == "veth":
                peer = "p" + name
                nets.link(name, "type", kind, "peer", "name", peer)
            else:
                nets.link(name, "type", kind)
            self.names.append(name)
            self.rx.append(peer)
            nets.up(*{name, peer})

    def arrived(self):
        return sum(nets.counter(name, "rx_packets") for name in self.rx)

    def down(self):
        for name in self.names:
            sh("ip", "link", "del", name)


def loopnets(count):
    insmod("loopnet", "devices=0")
    return Nets(count, "loopnet")


def veths(count):
    modprobe("veth")
    return Nets(count, "veth")


def round_robin_mpps(many, _ms, packets=64 << 10):
    """One thread that takes the interfaces in turn."""
    modprobe("pktgen")
    nets.pktgen_empty()
    for name, rx in zip(many.names, many.rx):
        mac = read("/sys/class/net/%s/address" % rx).strip()
        nets.pktgen_add(name, packets // len(many.names), 60, mac)
    before = many.arrived()
    us = nets.pktgen_start(many.names)
    arrived = many.arrived() - before
    nets.pktgen_empty()
    if not arrived:
        raise Failed("pktgen: nothing arrived")
    return arrived / us


# Memory of an idle device: as many as are made and counted.
IDLE = 64


def free_kib():
    sh("sync")
    write("/proc/sys/vm/drop_caches", "3")
    return int(re.search(r"MemFree: *(\d+)", read("/proc/meminfo"))[1])


class Pipes:
    def __init__(self, count):
        self.ends = [os.pipe() for _ in range(count)]

    def down(self):
        for a, b in self.ends:
            os.close(a)
            os.close(b)


class Links:
    def __init__(self, count, kind):
        self.names = ["i%s%d" % (kind[0], i) for i in range(count)]
        for name in self.names:
            nets.link(name, "type", kind)

    def down(self):
        for name in self.names:
            sh("ip", "link", "del", name)


class Rings(Configured):
    def __init__(self, count):
        insmod("ringchar")
        super().__init__(count)

    def add(self, path, settings):
        i = int(path.rsplit("%", 1)[1])
        super().add("%s/ringchar/ringchar-%s" % (CONFIGFS, letters(i)),
                    settings)

    top = "%%%d"


class Brds:
    def __init__(self, count):
        rmmod("brd")
        modprobe("brd", "rd_nr=%d" % count, "rd_size=%d" % (1 << 20))

    def down(self):
        rmmod("brd")


def links(module, kind, *params):
    def up(count):
        (insmod if module == "loopnet" else modprobe)(module, *params)
        return Links(count, kind)
    return up


def idle(name, make):
    """KiB that one more idle device takes."""
    def up(_x):
        # The first ones bring caches with them that others share.
        make(2).down()
        return make

    def measure(make, _ms):
        before = free_kib()
        many = make(IDLE)
        after = free_kib()
        many.down()
        return max(0, before - after) / IDLE
    return Line(name, up, measure)


GIB = 1 << 30


def recorded(count):
    """10 GiB with so many operations, a FLUSH after each 64 writes."""
    disk = Ramblks(1, size=10 * GIB, write_cache=1)
    top = disk.names[0]
    write(top + "/history/record", "1")
    sh("fio", "--name=bench", "--filename=" + disk.node(), "--direct=1",
       "--rw=randwrite", "--bs=4k", "--size=10G", "--norandommap",
       "--ioengine=psync", "--fsync=64",
       "--number_ios=%d" % (count * 64 // 65), timeout=600)
    write(top + "/history/record", "0")
    write(top + "/power", "0")
    disk.ops = int(read(top + "/history/ops"))
    return disk


def slowest_rewind(what, order):
    """Milliseconds that the slowest of 100 took."""
    def measure(disk, _ms):
        longest = 0
        for place in order(random.sample(range(1, disk.ops + 1), 100)):
            begun = time.monotonic()
            write(disk.names[0] + "/history/rewind",
                  "%d %s" % (place, what.replace("N", str(place))))
            longest = max(longest, time.monotonic() - begun)
        return longest * 1e3
    return Line(what, recorded, measure, down)


def forwards(places):
    return sorted(places)


def backwards(places):
    return sorted(places, reverse=True)


ALL = [
    Scale("ramblk-size", "4k random bios over disks of growing size, "
          "128 MiB of data", "disk, bytes", "kIOPS",
          [GIB << n for n in range(0, 11, 2)],
          [Line("ramblk read", lambda x: slotted(Ramblks(1, size=x)),
                slots_kiops("randread"), down),
           Line("ramblk write", lambda x: slotted(Ramblks(1, size=x)),
                slots_kiops("randwrite"), down),
           Line("null_blk read", lambda x: slotted(NullBlks(1, x)),
                slots_kiops("randread"), down),
           Line("null_blk write", lambda x: slotted(NullBlks(1, x)),
                slots_kiops("randwrite"), down)]),
    Scale("ramblk-disks", "4k random reads by bios over a growing number of "
          "disks in turn, 128 MiB of data in all", "disks",
          "kIOPS", [1, 4, 16, 64, 256],
          [Line("ramblk", lambda x: shared(Ramblks(x, size=GIB)),
                spread_kiops, down),
           Line("null_blk", lambda x: shared(NullBlks(x, GIB)),
                spread_kiops, down)]),
    Scale("rewind", "the slowest of 100 rewinds, 10 GiB, FLUSH every 64 writes",
          "operations", "ms", [1000, 10000, 100000],
          [slowest_rewind("latest", forwards),
           slowest_rewind("durable", backwards),
           slowest_rewind("random 1", list),
           slowest_rewind("only N", backwards)]),
    Scale("ringchar-size", "stream over rings of growing size",
          "ring, bytes", "GB/s", [4096 << n for n in range(0, 13, 2)],
          [Line("ringchar 64k", Ring, chars.gbytes("-a", "-c65536")),
           Line("ringchar 4k", Ring, chars.gbytes("-a", "-c4096")),
           Line("pipe 64k", PipeOf, chars.gbytes("-a", "-c65536")),
           Line("pipe 4k", PipeOf, chars.gbytes("-a", "-c4096"))]),
    Scale("ringchar-readers", "one writer, growing number of readers, "
          "4k chunks, ring of 1 MiB", "readers", "GB/s", [1, 2, 4, 8, 16],
          [Line("ringchar", lambda x: WithReaders(Ring(1 << 20), x),
                reader_rate),
           Line("pipe-1m", lambda x: WithReaders(PipeOf(1 << 20), x),
                reader_rate)]),
    Scale("loopnet-size", "pktgen, growing packets", "packet, bytes", "Mpps",
          [64, 128, 256, 512, 1024, 1500],
          [Line("loopnet", one_net(nets.Loopnet), sized_mpps),
           Line("veth", one_net(nets.Veth), sized_mpps),
           Line("lo", one_net(nets.Lo), sized_mpps)]),
    Scale("loopnet-interfaces", "pktgen, one thread, over a growing number "
          "of interfaces in turn", "interfaces (pairs)", "Mpps",
          [1, 4, 16, 64, 256],
          [Line("loopnet", loopnets, round_robin_mpps, down),
           Line("veth", veths, round_robin_mpps, down)]),
    Scale("memory", "memory of an idle device, made with its defaults",
          "", "KiB", [1],
          [idle("ringchar (1 MiB ring)", Rings),
           idle("pipe", Pipes),
           idle("ramblk (1 GiB)", lambda n: Ramblks(n, size=GIB)),
           idle("brd (1 GiB)", Brds),
           idle("null_blk (1 GiB)", lambda n: NullBlks(n, GIB)),
           idle("loopnet", links("loopnet", "loopnet", "devices=0")),
           idle("dummy", links("dummy", "dummy", "numdummies=0")),
           idle("veth (pair)", links("veth", "veth"))]),
]
