#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What does SQLite keep? To be run by softdev-crash:

    softdev-crash run --setup 'python3 -IS sqlite.py setup wal' \\
        --workload 'python3 -IS sqlite.py write full' --check 'python3 -IS sqlite.py check'
"""

import os
import sqlite3
import sys

database = sqlite3.connect(f"{os.environ['CRASH_DIR']}/db",
                           isolation_level=None)


def write(synchronous, rows=4):
    database.execute(f"pragma synchronous = {synchronous}")
    for number in range(1, rows + 1):
        database.execute("insert into t values (?, ?)", (number, "x" * 2000))
        # It is committed, so we tell the customer.
        with open(os.environ["CRASH_MARK"], "w") as mark:
            mark.write(f"row {number}")


def check():
    if (said := database.execute("pragma integrity_check").fetchone()[0]) != "ok":
        sys.exit(said)
    rows = {f"row {number}" for number, in database.execute("select n from t")}
    with open(os.environ["CRASH_MARKS"]) as marks:
        if lost := set(marks.read().splitlines()) - rows:
            sys.exit(f"committed and lost: {', '.join(sorted(lost))}")


if sys.argv[1] == "setup":
    database.execute(f"pragma journal_mode = {sys.argv[2]}")
    database.execute("create table t (n integer primary key, text)")
elif sys.argv[1] == "write":
    write(sys.argv[2])
else:
    check()
