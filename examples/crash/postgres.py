#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What does PostgreSQL keep? To be run by softdev-crash:

    softdev-crash run --size 128M --tear --setup 'python3 -IS postgres.py setup' \\
        --workload 'python3 -IS postgres.py write' --check 'python3 -IS postgres.py check'

"write fsync=off" and the like start the server with that setting. The server is
run in its single-user mode: one process, and recovery is the same.
"""

import contextlib
import glob
import os
import pwd
import shutil
import subprocess
import sys

DATA = f"{os.environ['CRASH_DIR']}/data"
PLACES = glob.glob(f"{os.environ.get('PG_ROOT', '')}/usr/lib/postgresql/*/bin")
PATH = os.pathsep.join([os.environ["PATH"], *sorted(PLACES)])


def user():
    """The server refuses to run as root."""
    for name in "postgres", "nobody":
        try:
            entry = pwd.getpwnam(name)
            return {"user": entry.pw_uid, "group": entry.pw_gid,
                    "extra_groups": []}
        except KeyError:
            pass
    sys.exit("there is no user postgres, nor nobody")


def start(name, *argv, **how):
    program = shutil.which(name, path=PATH)
    if not program:
        sys.exit(f"{name} is not installed (package postgresql)")
    return subprocess.Popen([program, *argv], text=True, cwd="/",
                            stdin=subprocess.PIPE, **user(), **how)


class Server:
    """A server of one process that takes a statement a line."""

    def __init__(self, *settings):
        # Left by a server that lost power: no process of that time lives.
        with contextlib.suppress(FileNotFoundError):
            os.unlink(f"{DATA}/postmaster.pid")
        options = [x for s in settings for x in ("-c", s)]
        self.process = start("postgres", "--single", "-D", DATA, *options,
                             "postgres", stdout=subprocess.PIPE)
        self.until_ready()

    def until_ready(self):
        said = ""
        while not said.endswith("backend> "):
            char = self.process.stdout.read(1)
            if not char:
                sys.exit("the server ended")
            said += char
        return said

    def do(self, statement):
        self.process.stdin.write(statement + "\n")
        self.process.stdin.flush()
        return self.until_ready()

    def end(self):
        self.process.communicate()
        return self.process.returncode


def setup():
    os.mkdir(DATA, 0o700)
    os.chown(DATA, user()["user"], user()["group"])
    made = start("initdb", "-D", DATA, "-A", "trust", "-k", "-N", "--no-locale",
                 "--wal-segsize=1", stdout=subprocess.DEVNULL)
    made.communicate()
    if made.returncode:
        sys.exit("initdb failed")
    server = Server()
    server.do("create table t (n integer primary key, text text)")
    server.do("alter table t alter text set storage plain")
    server.do("insert into t select n, repeat('a', 900) from generate_series(1, 60) n")
    sys.exit(server.end())


def write(*settings):
    server = Server(*settings)
    for number in range(1, 5):
        server.do(f"insert into t values ({100 + number}, repeat('x', 2000))")
        # It is committed, so we tell the customer.
        with open(os.environ["CRASH_MARK"], "w") as mark:
            mark.write(f"row {number}")
    # Pages of two blocks are written over what they were.
    server.do("update t set text = repeat('b', 900)")
    server.do("checkpoint")
    server.process.kill()       # no orderly end


def check():
    server = Server()
    said = server.do("select n from t")
    with open(os.environ["CRASH_MARKS"]) as marks:
        lost = [m for m in marks.read().splitlines()
                if f'"{100 + int(m.split()[1])}"' not in said]
    server.do("select sum(length(text)) from t")
    server.process.kill()
    if lost:
        sys.exit(f"committed and lost: {', '.join(lost)}")


{"setup": setup, "write": write, "check": check}[sys.argv[1]](*sys.argv[2:])
