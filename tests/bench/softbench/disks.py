# SPDX-License-Identifier: GPL-2.0-only
"""Disks: ramblk, brd, null_blk; and memcpy, which no disk can beat."""

import json
import os
import random

from .frame import (BIN, CONFIGFS, Case, Device, Failed, insmod,
                    modprobe, sh, wait_for, write)

MIB = int(os.environ.get("BENCH_DISK_MIB", "512"))


class Disk(Device):
    """A disk that holds MIB of data, all of it written once."""

    def node(self):
        raise NotImplementedError

    def make(self):
        raise NotImplementedError

    def up(self):
        self.make()
        path = self.node()
        wait_for(path, lambda: os.path.exists(path))
        # So that every read finds a page and no write has to take one.
        sh("dd", "if=/dev/zero", "of=" + path, "bs=1M", "oflag=direct",
           "count=%d" % MIB)


class Ramblk(Disk):
    name = "ramblk"

    def make(self):
        insmod("ramblk", "size=%dM" % MIB)

    def node(self):
        return "/dev/ramblk0"


class Brd(Disk):
    name = "brd"

    def make(self):
        modprobe("brd", "rd_nr=2", "rd_size=%d" % (MIB * 1024))

    def node(self):
        return "/dev/ram%d" % self.index


class NullBlk(Disk):
    """Memory-backed, and otherwise as ramblk is by default."""

    name = "null_blk"

    def make(self):
        modprobe("configfs")
        modprobe("null_blk", "nr_devices=0")
        top = "%s/nullb/nullb%d" % (CONFIGFS, self.index)
        os.mkdir(top)
        for knob, value in (("size", MIB), ("memory_backed", 1),
                            ("submit_queues", os.cpu_count()),
                            ("hw_queue_depth", 256), ("irqmode", 0),
                            ("blocksize", 512), ("power", 1)):
            write("%s/%s" % (top, knob), str(value))

    def node(self):
        return "/dev/nullb%d" % self.index


class Memcpy(Device):
    name = "memcpy"


class View(Device):
    """Something with a node that is there already."""

    def __init__(self, path):
        super().__init__()
        self.path = path

    def node(self):
        return self.path


class OneJob(Device):
    """ramblk again, to be used by one job where there are two."""

    name = "one job"
    softdev = True

    def node(self):
        return "/dev/ramblk0"


def fio(device, ms, rw, bs, *options, size=MIB << 20):
    """Runs one fio job; its JSON for the direction that moved bytes."""
    out = sh("fio", "--name=bench", "--filename=" + device.node(),
             "--direct=1", "--rw=" + rw, "--bs=" + bs, "--size=%d" % size,
             "--norandommap", "--randrepeat=0",
             "--randseed=%d" % random.randrange(1 << 30),
             "--gtod_reduce=1", "--group_reporting", "--time_based",
             "--runtime=%dms" % ms, "--output-format=json", *options,
             timeout=60 + ms / 50)
    # Warnings come before the JSON.
    job = json.loads(out[out.index("{"):])["jobs"][0]
    if job["error"]:
        raise Failed("fio: error %d" % job["error"])
    return job["read" if "read" in rw else "write"]


DEEP = ("--ioengine=io_uring", "--iodepth=128", "--iodepth_batch_submit=32",
        "--iodepth_batch_complete_min=1", "--iodepth_batch_complete_max=32")


def kiops(rw, *options):
    return lambda device, ms: fio(device, ms, rw, "4k", *options)["iops"] / 1e3


def two_jobs(device, ms):
    """Two jobs at a disk, and as a peer the same disk with one."""
    jobs = 1 if isinstance(device, OneJob) else 2
    return kiops("randread", "--numjobs=%d" % jobs,
                 "--cpus_allowed=0-%d" % (os.cpu_count() - 1),
                 "--cpus_allowed_policy=split", *DEEP)(device, ms)


def gbytes(rw):
    def measure(device, ms):
        if isinstance(device, Memcpy):
            sides = ("-w0", "-r1") if rw == "read" else ("-w1", "-r0")
            out = sh(BIN + "/stream", *sides, "-c131072", "-t%d" % ms,
                     "memcpy").split()
            return int(out[0]) / int(out[2])
        job = fio(device, ms, rw, "128k", "--ioengine=psync")
        return job["bw_bytes"] / 1e9
    return measure


def bio(device, ms, **options):
    """Bios from kernel threads: (bios, bytes, nanoseconds)."""
    insmod("biobench")
    words = " ".join("%s=%s" % o for o in options.items())
    write("/proc/biobench", "%s ms=%d %s\n" % (device.node(), ms, words))
    with open("/proc/biobench", encoding="ascii") as f:
        bios, size, ns, errors = map(int, f.read().split())
    if errors:
        raise Failed("%d bios failed" % errors)
    return bios, size, ns


def bio_kiops(**options):
    def measure(device, ms):
        options["seed"] = random.randrange(1, 1 << 30)
        bios, _, ns = bio(device, ms, **options)
        return bios / ns * 1e6
    return measure


PEERS = (Brd, NullBlk)


def case(name, measure, unit="kIOPS", peers=PEERS, ms=700, awake=True):
    return Case("ramblk-" + name, unit, Ramblk, peers, measure, ms, awake)


CASES = [
    case("randread-4k-qd128", kiops("randread", *DEEP)),
    case("randwrite-4k-qd128", kiops("randwrite", *DEEP)),
    case("randread-4k-qd1", kiops("randread", "--ioengine=psync")),
    case("read-128k", gbytes("read"), "GB/s", PEERS + (Memcpy,)),
    case("write-128k", gbytes("write"), "GB/s", PEERS + (Memcpy,)),
    case("two-jobs", two_jobs, peers=PEERS + (OneJob,), ms=900,
         awake=False),
    # Without system calls: what the driver itself costs.
    case("bio-randread-4k", bio_kiops(op="randread"), ms=400, awake=False),
    case("bio-randwrite-4k", bio_kiops(op="randwrite"), ms=400, awake=False),
    case("bio-randread-4k-qd1", bio_kiops(op="randread", depth=1, batch=1),
         ms=400, awake=False),
    case("bio-two-cpus", bio_kiops(op="randread", cpus=2), ms=400, awake=False),
]
