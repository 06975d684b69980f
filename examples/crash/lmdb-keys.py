#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What does LMDB keep? To be run by softdev-crash (package python3-lmdb):

    softdev-crash run --setup 'python3 -I lmdb-keys.py setup' \\
        --workload 'python3 -I lmdb-keys.py write' --check 'python3 -I lmdb-keys.py check'

"write nosync" does not flush what it commits.
"""

import os
import sys

import lmdb


def database(**how):
    return lmdb.open(f"{os.environ['CRASH_DIR']}/db", map_size=1 << 20, **how)


def write(sync=True, keys=4):
    with database(sync=sync) as env:
        for number in range(1, keys + 1):
            key = f"key {number}"
            with env.begin(write=True) as transaction:
                transaction.put(key.encode(), key.encode() * 200)
            # It is committed, so we tell the customer.
            with open(os.environ["CRASH_MARK"], "w") as mark:
                mark.write(key)


def check():
    with database() as env, env.begin() as transaction:
        found = {bytes(key).decode(): bytes(value).decode()
                 for key, value in transaction.cursor()}
    if wrong := [k for k, v in found.items() if v != k * 200]:
        sys.exit(f"wrong: {', '.join(wrong)}")
    with open(os.environ["CRASH_MARKS"]) as marks:
        if lost := set(marks.read().splitlines()) - set(found):
            sys.exit(f"committed and lost: {', '.join(sorted(lost))}")


if sys.argv[1] == "setup":
    database().close()
elif sys.argv[1] == "write":
    write(sync=sys.argv[2:] != ["nosync"])
else:
    check()
