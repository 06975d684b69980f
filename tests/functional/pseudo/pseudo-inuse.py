# SPDX-License-Identifier: GPL-2.0-only
"""pseudo: what keeps the module."""

import os
import subprocess

from checks import Child, check, equal, run
from pseudodev import PAGE, Opened, libc, map_file


def users():
    with open("/sys/module/pseudo/refcnt", encoding="ascii") as file:
        return int(file.read())


def refused():
    result = subprocess.run(["rmmod", "pseudo"], capture_output=True,
                            check=False, text=True)
    equal((result.returncode, "in use" in result.stderr), (1, True))


@check("nobody uses the module")
def _():
    equal(users(), 0)


for SHARED in True, False:
    @check(f"a {'shared' if SHARED else 'private'} mapping keeps the module")
    def _(shared=SHARED):
        with Opened("zero") as fd:
            address = map_file(fd, 3 * PAGE, shared)
        equal(users() > 0, True)
        refused()
        # In the middle: two mappings are left.
        libc.munmap(address + PAGE, PAGE)
        refused()
        libc.munmap(address, PAGE)
        refused()
        libc.munmap(address + 2 * PAGE, PAGE)
        equal(users(), 0)


@check("so does a child's")
def _():
    with Opened("zero") as fd:
        address = map_file(fd, PAGE, True)
    reader, writer = os.pipe()

    def stay():
        os.close(writer)
        os.read(reader, 1)
        return 0

    child = Child(stay)
    libc.munmap(address, PAGE)
    refused()
    os.write(writer, b"x")
    equal(child.result(), 0)
    equal(users(), 0)


run()
