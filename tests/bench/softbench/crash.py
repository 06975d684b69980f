# SPDX-License-Identifier: GPL-2.0-only
"""Power cuts: what ramblk's history costs, and softdev-crash beside a rig of
dm-log-writes, a replay and dm-snapshot, on the same workload."""

import importlib.machinery
import importlib.util
import json
import os
import re
import shutil
import struct
import sys
import tempfile
import threading
import time

from .frame import (CONFIGFS, Case, Device, Failed, insmod, modprobe, sh,
                    wait_for, write)

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.realpath(__file__)))))
TOOL = shutil.which("softdev-crash") or TOP + "/tools/crash/softdev-crash"
RECIPE = "python3 -IS " + TOP + "/examples/crash/sqlite.py"
SIZE = 16 << 20
SECTOR = 512
# Long enough for two hundred states; what is measured is a rate.
BUDGET = 6000


def load_tool():
    """softdev-crash as a module: both sides mount and run with its calls."""
    loader = importlib.machinery.SourceFileLoader("softdev_crash", TOOL)
    tool = importlib.util.module_from_spec(
        importlib.util.spec_from_loader("softdev_crash", loader))
    sys.modules["softdev_crash"] = tool
    loader.exec_module(tool)
    return tool


class Walker(Device):
    """softdev-crash, with a checker that reads the whole database."""

    name = "softdev-crash"

    def up(self):
        insmod("ramblk", "devices=0")

    def states(self, ms):
        """States a second. Those that are known to be like an earlier one
        count: the other side tries them again."""
        where = tempfile.mkdtemp(prefix="bench-crash.")
        try:
            sh(TOOL, "run", "--quiet", "-o", where + "/report",
               "--size", str(SIZE), "--no-fsck", "--budget", "%dms" % ms,
               "--setup", RECIPE + " setup wal",
               "--workload", RECIPE + " write full",
               "--check", RECIPE + " check", "--fork", timeout=120)
            with open(where + "/report/report.json", encoding="utf-8") as f:
                report = json.load(f)
            return report["counts"]["done"] / report["walk_seconds"]
        finally:
            shutil.rmtree(where)


class LogWrites(Device):
    """dm-log-writes with all that belongs to it: a disk, its log, a disk on
    which the log is replayed up to each FLUSH, FUA write and mark, and a
    snapshot of that for each state, because to mount it changes it."""

    name = "log-writes"
    DISK, LOG, COPY, COW = ("/dev/ram%d" % i for i in range(4))

    def up(self):
        self.tool = load_tool()
        modprobe("brd", "rd_nr=4", "rd_size=%d" % (4 * SIZE >> 10))
        wait_for(self.COW, lambda: os.path.exists(self.COW))
        # There is no udev in the guest: dmsetup is to make the nodes.
        os.environ["DM_DISABLE_UDEV"] = "1"
        for module in ("dm-mod", "dm-log-writes", "dm-snapshot"):
            modprobe(module)
        self.dir = tempfile.mkdtemp(prefix="bench-log-writes.")
        self.mnt = self.dir + "/mnt"
        os.mkdir(self.mnt)

    def command(self, what, **env):
        done = self.tool.run_command(
            ["/bin/sh", "-c", f"{RECIPE} {what}"], 60,
            env=dict(os.environ, CRASH_DIR=self.mnt, **env))
        if not done.good:
            raise Failed("%s: %s" % (what, done.last_line()))

    def marks_into(self, fifo):
        """What is written into the pipe becomes a mark in the log, which takes
        one word; the recipe says "row 1" and so on."""
        with open(fifo, "rb", buffering=0) as marks:
            while text := marks.read(4096):
                for row in re.findall(rb"\d+", text):
                    sh("dmsetup", "message", "bench-log", "0", "mark",
                       row.decode())

    def record(self):
        table = "0 %d log-writes %s %s" % (SIZE // SECTOR, self.DISK, self.LOG)
        with open(self.COPY, "r+b") as disk:
            disk.write(bytes(SIZE))
        sh("mkfs.ext4", "-q", "-F", "-E",
           "lazy_itable_init=0,lazy_journal_init=0", self.DISK, "16M")
        self.tool.mount(self.DISK, self.mnt, "ext4")
        self.command("setup wal")
        self.tool.unmount(self.mnt)
        shutil.copyfile(self.DISK, self.dir + "/base")
        sh("dmsetup", "create", "bench-log", "--table", table)
        try:
            self.tool.mount("/dev/mapper/bench-log", self.mnt, "ext4")
            fifo = self.dir + "/mark"
            os.mkfifo(fifo)
            hold = os.open(fifo, os.O_RDWR)
            reader = threading.Thread(target=self.marks_into, args=(fifo,))
            reader.start()
            try:
                self.command("write full", CRASH_MARK=fifo)
            finally:
                os.close(hold)
                reader.join()
                os.unlink(fifo)
            self.tool.unmount(self.mnt)
        finally:
            sh("dmsetup", "remove", "bench-log")

    def entries(self):
        """(sector, data, flags) of each entry, and the texts of marks."""
        with open(self.LOG, "rb", buffering=0) as log:
            magic, version, count, size = struct.unpack_from(
                "<QQQI", log.read(SECTOR))
            if magic != 0x6a736677736872 or version != 1:
                raise Failed("dm-log-writes left no log")
            log.seek(size)
            for _ in range(count):
                head = log.read(size)
                sector, sectors, flags, length = struct.unpack_from("<QQQQ",
                                                                    head)
                discard, mark = flags & 4, flags & 8
                data = head[32:32 + length] if mark else \
                    b"" if discard else log.read(sectors * size)
                yield sector * size, data, flags

    def states(self, ms):
        self.record()
        shutil.copyfile(self.dir + "/base", self.COPY)
        marks, done = self.dir + "/marks", 0
        open(marks, "w", encoding="ascii").close()
        begun = time.monotonic()
        with open(self.COPY, "r+b", buffering=0) as copy:
            for where, data, flags in self.entries():
                if flags & 8:
                    with open(marks, "ab") as file:
                        file.write(b"row " + data.rstrip(b"\0") + b"\n")
                elif data:
                    os.pwrite(copy.fileno(), data, where)
                if flags & (1 | 2 | 8):
                    os.fsync(copy.fileno())
                    self.try_state(marks)
                    done += 1
                if (time.monotonic() - begun) * 1e3 > ms:
                    break
        return done / (time.monotonic() - begun)

    def try_state(self, marks):
        with open(self.COW, "r+b", buffering=0) as cow:
            cow.write(bytes(4096))
        sectors = SIZE // SECTOR
        sh("dmsetup", "create", "bench-state", "--table",
           "0 %d snapshot %s %s N 8" % (sectors, self.COPY, self.COW))
        try:
            self.tool.mount("/dev/mapper/bench-state", self.mnt, "ext4")
            try:
                self.command("check", CRASH_MARKS=marks)
            finally:
                self.tool.unmount(self.mnt)
        finally:
            sh("dmsetup", "remove", "bench-state")


class Recorded(Device):
    """A disk that records, or does not."""

    name = "recording"
    OPS = 25000
    recording = True

    def up(self):
        insmod("ramblk", "devices=0")
        self.top = "%s/ramblk/ramblk-%s" % (CONFIGFS, self.name)
        os.mkdir(self.top)
        write(self.top + "/size", "512M")
        write(self.top + "/write_cache", "1")
        write(self.top + "/power", "1")
        wait_for(self.node(), lambda: os.path.exists(self.node()))
        sh("dd", "if=/dev/zero", "of=" + self.node(), "bs=1M",
           "oflag=direct", "count=512")

    def node(self):
        return "/dev/ramblk-" + self.name

    def writes(self):
        """Thousands of 4k writes a second, OPS of them."""
        if self.recording:
            write(self.top + "/history/record", "1")
        out = sh("fio", "--name=bench", "--filename=" + self.node(),
                 "--direct=1", "--rw=randwrite", "--bs=4k", "--size=512M",
                 "--norandommap", "--randrepeat=0", "--ioengine=io_uring",
                 "--iodepth=128", "--iodepth_batch_submit=32",
                 "--iodepth_batch_complete_min=1",
                 "--iodepth_batch_complete_max=32", "--gtod_reduce=1",
                 "--io_size=%d" % (self.OPS * 4096), "--output-format=json")
        job = json.loads(out[out.index("{"):])["jobs"][0]
        if job["error"]:
            raise Failed("fio: error %d" % job["error"])
        if self.recording:
            write(self.top + "/history/record", "0")
        return job["write"]["iops"] / 1e3


class NotRecorded(Recorded):
    name = "plain"
    softdev = True
    recording = False


CASES = [
    Case("crash-sqlite", "states/s", Walker, (LogWrites,),
         lambda device, ms: device.states(ms), BUDGET),
    Case("crash-recording", "kIOPS", Recorded, (NotRecorded,),
         lambda device, ms: device.writes(), awake=True),
]
