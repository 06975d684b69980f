#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Replaces a file so that a power cut leaves the old or the new one, whole, and
the new one once save() has returned. "save.py careless" forgets to flush.

    softdev-crash run --workload 'python3 -IS save.py' --check 'python3 -IS save.py check'
"""

import os
import sys


def save(path, data, flush=os.fsync):
    with open(path + ".new", "w") as file:
        file.write(data)
        file.flush()
        flush(file.fileno())        # first the contents,
    os.rename(path + ".new", path)
    directory = os.open(os.path.dirname(path), os.O_RDONLY)
    flush(directory)                # then the name
    os.close(directory)


path = os.environ["CRASH_DIR"] + "/number"
if sys.argv[1:] == ["check"]:
    with open(os.environ["CRASH_MARKS"]) as marks:
        promised = len(marks.readlines())
    found = open(path).read() if promised or os.path.exists(path) else "0".ljust(8192)
    assert len(found) == 8192, f"the file is damaged: {len(found)} bytes"
    assert int(found) >= promised, f"number {int(found)} after {promised} was saved"
else:
    for number in range(1, 4):
        save(path, str(number).ljust(8192),
             (lambda fd: None) if sys.argv[1:] == ["careless"] else os.fsync)
        with open(os.environ["CRASH_MARK"], "w") as mark:
            mark.write(f"saved {number}")
