# SPDX-License-Identifier: GPL-2.0-only
"""What a case and a device are, and the tools that cases are made with."""

import fnmatch
import os
import subprocess
import time

# Where the host's orchestrator left the programs (see host.py).
OUT = "/run/softdev/out"
BIN = OUT + "/bin"
CONFIGFS = "/sys/kernel/config"


# With instructions as its clock a guest that waits for the host's files sees hours
# go by: "fio --version" took 725 s. Then only the host, which ends it, can tell
# that it waits for too long.
clock_leaps = False


class Absent(Exception):
    """A module, a knob or a tool is not there (yet)."""


class Failed(Exception):
    """A measurement went wrong."""


def sh(*argv, check=True, timeout=60, **kw):
    """Runs a program; its standard output, or Failed with what it said."""
    try:
        done = subprocess.run(argv, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True,
                              timeout=None if clock_leaps else timeout,
                              stdin=subprocess.DEVNULL, **kw)
    except FileNotFoundError:
        raise Absent("no program %s" % argv[0]) from None
    except subprocess.TimeoutExpired:
        raise Failed("%s: no end after %d s" % (argv[0], timeout)) from None
    if check and done.returncode:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise Failed("%s: %s" % (" ".join(argv)[:120],
                                 said[-1] if said else
                                 "status %d" % done.returncode))
    return done.stdout


def write(path, text):
    """Writes an attribute."""
    try:
        with open(path, "w", encoding="ascii") as f:
            f.write(text)
    except FileNotFoundError:
        raise Absent("no %s" % path) from None
    except OSError as e:
        raise Failed("%s > %s: %s" % (text, path, e.strerror)) from None


def read(path):
    with open(path, encoding="ascii") as f:
        return f.read()


def rmmod(name):
    """Unloads a module, to load it with other parameters."""
    if os.path.isdir("/sys/module/" + name):
        sh("rmmod", name)


def modprobe(name, *params):
    if not os.path.isdir("/sys/module/" + name):
        try:
            sh("modprobe", name, *params)
        except Failed:
            raise Absent("this kernel has no %s" % name) from None


def insmod(name, *params):
    """Loads one of ours, and first what it depends on."""
    if os.path.isdir("/sys/module/" + name):
        return
    for place in (os.environ.get("MODDIR", ""), BIN):
        path = "%s/%s.ko" % (place, name)
        if os.path.exists(path):
            break
    else:
        raise Absent("no %s.ko" % name)
    for dep in sh("modinfo", "-F", "depends", path).strip().split(","):
        if dep:
            modprobe(dep)
    sh("insmod", path, *params)


def settle():
    """Wait for udev: what it does for a new device is nobody's cost."""
    if os.path.exists("/run/udev/control"):
        sh("udevadm", "settle", check=False)


def wait_for(what, test, seconds=10):
    end = time.monotonic() + seconds
    while not test():
        if time.monotonic() > end and not clock_leaps:
            raise Failed("no %s after %d s" % (what, seconds))
        time.sleep(0.01)


class Device:
    """Something that is measured.

    `name` is what the table calls it. `index` tells two of a kind apart: the
    self-check runs a peer against its own twin. up() is called once before the
    first use; what it sets up stays until the guest ends. `softdev` marks a
    peer that is softdev itself and has no twin.
    """

    name = ""
    softdev = False

    def __init__(self, index=0):
        self.index = index

    def up(self):
        pass


class Case:
    """One line of the table for each peer.

    measure(device, ms) returns a number in `unit`, more being better, that
    does not include setting things up. `awake`: what bounds it are the system
    calls of one process; see host.Awake.
    """

    def __init__(self, name, unit, ours, peers, measure, ms=600, awake=False):
        self.name = name
        self.unit = unit
        self.ours = ours
        self.peers = peers
        self.measure = measure
        self.ms = ms
        self.awake = awake

    @property
    def group(self):
        return self.name.split("-")[0]


class Line:
    """One line of a Scale's plot.

    up(x) sets up and returns what measure(it, ms) takes; down(it) undoes it.
    """

    def __init__(self, name, up, measure, down=lambda it: None):
        self.name = name
        self.up = up
        self.measure = measure
        self.down = down


class Scale:
    """How something grows with x: a plot. Not in the table."""

    def __init__(self, name, title, xlabel, unit, xs, lines, ms=300):
        self.name = "scale-" + name
        self.title = title
        self.xlabel = xlabel
        self.unit = unit
        self.xs = xs
        self.lines = lines
        self.ms = ms

    group = "scale"
    awake = False


def select(cases, glob):
    """The cases that a comma-separated list of patterns names."""
    globs = [g.strip() for g in glob.split(",")]
    return [c for c in cases
            if any(fnmatch.fnmatchcase(c.name, g) for g in globs)]
