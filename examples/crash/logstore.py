#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""A log of records on a disk without a file system. Block 0 says how many records
there are; a record is a block. "logstore.py hasty" flushes once for both, and
then the disk may keep the count and lose the record.

    softdev-crash run --fs none --workload 'python3 -IS logstore.py' \\
        --check 'python3 -IS logstore.py check'
"""

import os
import struct
import sys
import zlib

BLOCK = 4096
disk = os.open(os.environ["CRASH_DISK"], os.O_RDWR)


def append(count, text, hasty):
    data = text.encode().ljust(BLOCK - 4, b"\0")
    os.pwrite(disk, struct.pack("<I", zlib.crc32(data)) + data,
              (count + 1) * BLOCK)
    if not hasty:
        os.fdatasync(disk)
    os.pwrite(disk, struct.pack("<Q", count + 1), 0)
    os.fdatasync(disk)


def read():
    count, = struct.unpack("<Q", os.pread(disk, 8, 0))
    for number in range(1, count + 1):
        block = os.pread(disk, BLOCK, number * BLOCK)
        if struct.unpack("<I", block[:4])[0] != zlib.crc32(block[4:]):
            sys.exit(f"record {number} of {count} is damaged")
        yield block[4:].rstrip(b"\0").decode()


if sys.argv[1:] == ["check"]:
    records = list(read())
    with open(os.environ["CRASH_MARKS"]) as marks:
        for mark in marks.read().splitlines():
            if mark not in records:
                sys.exit(f"{mark} was acknowledged and is lost")
else:
    for number in range(4):
        append(number, f"order {number}", sys.argv[1:] == ["hasty"])
        with open(os.environ["CRASH_MARK"], "w") as mark:
            mark.write(f"order {number}")
