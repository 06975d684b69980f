# SPDX-License-Identifier: GPL-2.0-only
"""Checks in Python, for test scripts in the guest.

A script's Python half is a file of functions, each of which is one test:

    from checks import check, equal, run

    @check("what should be so")
    def _():
        equal(got, wanted)

    run()

Where nothing is to be prepared but a module to be loaded, a line in the file's
head says so and the file is a test of its own (scripts/guest/run-checks):

    # load: ringchar devices=0

"# targets:" and "# timeout:" are as in a script (tap.sh). Else there is a shell
half; after tap.sh it says "checks FILE.py". Each function becomes a line of TAP.
All run in one process: an interpreter takes long to start in an emulated
machine.
"""

import os
import select
import signal
import sys
import time
import traceback

SLOW = int(os.environ.get("SOFTDEV_SLOW", "1"))
_checks = []


def check(name):
    def register(function):
        _checks.append((name, function))
        return function
    return register


def equal(got, want):
    if got != want:
        def short(value):
            text = repr(value)
            return text if len(text) < 200 else text[:200] + "..."
        raise AssertionError(f"got {short(got)}, want {short(want)}")


def fails(errno, function, *args):
    """The call must fail with this errno."""
    try:
        result = function(*args)
    except OSError as error:
        if error.errno != errno:
            raise AssertionError(
                f"errno {os.strerror(error.errno)}, "
                f"want {os.strerror(errno)}") from error
        return
    raise AssertionError(f"got {result!r}, want {os.strerror(errno)}")


class Skip(Exception):
    """Raised by a check that this kernel has nothing for; says why."""


class Child:
    """Runs a function in a process of its own; its result is an int or bytes,
    an OSError becomes minus its errno."""

    def __init__(self, function, *args):
        reader, writer = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            status = 1
            try:
                os.close(reader)
                try:
                    result = function(*args)
                except OSError as error:
                    result = -error.errno
                os.write(writer, repr(result).encode())
                status = 0
            finally:
                os._exit(status)
        os.close(writer)
        self.reader = reader

    def state(self):
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as file:
            return file.read().rsplit(")", 1)[1].split()[0]

    def switches(self):
        """How often it went to sleep."""
        with open(f"/proc/{self.pid}/status", encoding="ascii") as file:
            for line in file:
                if line.startswith("voluntary_ctxt_switches:"):
                    return int(line.split()[1])

    def asleep(self, seconds=20):
        """Waits until it sleeps, and goes on sleeping for a while."""
        end = time.monotonic() + seconds * SLOW
        calm = 0
        while calm < 5:
            if time.monotonic() > end:
                raise AssertionError(f"process is in state {self.state()}, "
                                     "not asleep")
            calm = calm + 1 if self.state() == "S" else 0
            time.sleep(0.01 * SLOW ** 0.5)
        return self

    def done(self):
        """Has it ended?"""
        return bool(select.select([self.reader], [], [], 0)[0])

    def result(self, seconds=20):
        ready, _, _ = select.select([self.reader], [], [], seconds * SLOW)
        if not ready:
            self.kill()
            raise AssertionError("process still sleeps")
        text = b""
        while chunk := os.read(self.reader, 1 << 20):
            text += chunk
        os.close(self.reader)
        _, status = os.waitpid(self.pid, 0)
        if os.WIFSIGNALED(status):
            return -1000 - os.WTERMSIG(status)
        return eval(text) if text else None  # our own repr

    def kill(self, number=signal.SIGKILL):
        os.kill(self.pid, number)


def _results():
    """Runs the checks; yields verdict, name and what there is to say."""
    for name, function in _checks:
        try:
            function()
            yield "pass", name, ""
        except Skip as reason:
            yield "skip", name, str(reason)
        except Exception as error:  # a test that fails any way fails
            where = traceback.extract_tb(error.__traceback__)
            lines = [f"{f.filename.rsplit('/', 1)[-1]}:{f.lineno}"
                     for f in where]
            text = f"{type(error).__name__}: {error} ({' '.join(lines)})"
            yield "fail", name, text.replace("\n", " ")


def run():
    for result in _results():
        print("\t".join(result).rstrip("\t"), flush=True)
    sys.exit(0)


def run_tap():
    """As run(), but prints TAP itself: for checks on the host."""
    number = 0
    for number, (verdict, name, text) in enumerate(_results(), 1):
        bad = "not " if verdict == "fail" else ""
        skipped = f" # SKIP {text}" if verdict == "skip" else ""
        print(f"{bad}ok {number} - {name}{skipped}", flush=True)
        if bad:
            print(f"# {text}", flush=True)
    print(f"1..{number}")
