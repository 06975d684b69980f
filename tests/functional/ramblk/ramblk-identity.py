# SPDX-License-Identifier: GPL-2.0-only
"""ramblk: who a disk says it is, what limits it announces, and what it refuses.

In Python because an emulated machine would need minutes for as many processes.
"""

import errno
import os

from checks import check, equal, fails, run
from ramblkdev import Disk

SYSFS = "/sys/block/ramblk-a"
TEXTS = {"serial": 64, "wwid": 128, "model": 64}
LIMITS = ("io_opt", "alignment_offset", "virt_boundary")

disk = Disk("a")


def sysfs(name):
    with open(f"{SYSFS}/{name}", encoding="utf-8") as file:
        return file.read().rstrip("\n")


def refused(number, attribute, data):
    """The bytes are refused, and the attribute is as it was."""
    before = disk.get(attribute)
    fd = os.open(f"{disk.dir}/{attribute}", os.O_WRONLY)
    try:
        fails(number, os.write, fd, data)
    finally:
        os.close(fd)
    equal(disk.get(attribute), before)


def said_since(kmsg):
    """What the kernel said since the descriptor was at the log's end."""
    lines = []
    try:
        while True:
            lines.append(os.read(kmsg, 8192).decode().split(";", 1)[1])
    except BlockingIOError:
        return lines


@check("serial and wwid are none, model is ramblk")
def _():
    equal([disk.get(name) for name in TEXTS], ["", "", "ramblk"])


def text_checks(name, longest):
    @check(f"{name} takes {longest} characters, and none")
    def _():
        for text in "a" * longest, "":
            disk.set(name, text)
            equal(disk.get(name), text)

    @check(f"{name} refuses one more, and what is no plain character")
    def _():
        disk.set(name, "a" * longest)
        refused(errno.ERANGE, name, b"a" * (longest + 1) + b"\n")
        for bad in b"a\tb", b"a\x01", b"a\nb", b"\x7f", b"a\xc3\xa4", b"a/b", \
                b"a\0b":
            refused(errno.EINVAL, name, bad)
            refused(errno.EINVAL, name, bad + b"\n")
        disk.set(name, "")


for _name, _longest in TEXTS.items():
    text_checks(_name, _longest)


@check("limits are 0, and refuse what can be none")
def _():
    equal([disk.get(name) for name in LIMITS], ["0"] * 3)
    for name, bad, number in (("io_opt", b"-1", errno.EINVAL),
                              ("io_opt", b"2G", errno.ERANGE),
                              ("virt_boundary", b"513", errno.EINVAL),
                              ("virt_boundary", b"2G", errno.ERANGE),
                              ("alignment_offset", b"64K", errno.ERANGE),
                              ("alignment_offset", b"x", errno.EINVAL)):
        refused(number, name, bad)


@check("with power there is no file for what is empty, and nothing changes")
def _():
    disk.set("model", "")
    disk.on()
    try:
        for name in TEXTS:
            equal(os.path.exists(f"{SYSFS}/{name}"), False)
            refused(errno.EBUSY, name, b"x\n")
        for name in LIMITS:
            refused(errno.EBUSY, name, b"4096\n")
    finally:
        disk.off()


@check("no power with limits that do not agree, which is explained")
def _():
    kmsg = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
    try:
        for name, bad in (("io_opt", 1000), ("alignment_offset", 100),
                          ("alignment_offset", 4096), ("virt_boundary", 256)):
            os.lseek(kmsg, 0, os.SEEK_END)
            disk.set(name, bad)
            fails(errno.EINVAL, disk.set, "power", 1)
            disk.set(name, 0)
            said = [line for line in said_since(kmsg)
                    if f"ramblk-a: {name}={bad}: must be " in line]
            equal(len(said), 1)
    finally:
        os.close(kmsg)


@check("with power all of it is in sysfs")
def _():
    for name, value in {"serial": " SN 007  ", "wwid": "eui.0123456789abcdef",
                        "model": "M1", "io_opt": "1M", "size": "64M",
                        "alignment_offset": 3584,
                        "virt_boundary": "4K"}.items():
        disk.set(name, value)
    disk.on()
    equal({name: sysfs(name) for name in
           ("serial", "wwid", "model", "queue/optimal_io_size",
            "alignment_offset", "queue/virt_boundary_mask")},
          {"serial": "SN 007", "wwid": "eui.0123456789abcdef", "model": "M1",
           "queue/optimal_io_size": "1048576", "alignment_offset": "3584",
           "queue/virt_boundary_mask": "4095"})


@check("what is written in odd pieces is read")
def _():
    data, piece = os.urandom(4 << 20), 1536
    end = len(data) // piece * piece
    for at in range(0, end, piece):
        disk.write(at, data[at:at + piece])
    equal(disk.read(0, len(data))[:end] == data[:end], True)
    disk.off()


@check("a request is as large as the disk takes")
def _():
    disk.set("max_sectors", 65536)
    disk.on()
    equal(sysfs("queue/max_sectors_kb"), "32768")
    # 6.1 does not tell whether zeroing unmaps.
    if os.path.exists(f"{SYSFS}/queue/write_zeroes_unmap_max_bytes"):
        equal(sysfs("queue/write_zeroes_unmap_max_bytes"),
              sysfs("queue/write_zeroes_max_bytes"))
    disk.close()


# The disk stays, with power, for the shell half.
run()
