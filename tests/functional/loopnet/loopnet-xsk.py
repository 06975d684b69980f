# SPDX-License-Identifier: GPL-2.0-only
# targets: uml* x86-* stock*
# timeout: 240
# load: loopnet devices=0
"""loopnet: AF_XDP, with the core's copies and without.

The program "xsk" sends numbered frames from one socket to another and looks at
each that arrives.
"""

import contextlib
import os
import re
import signal
import subprocess

from checks import SLOW, Skip, check, equal, run
from loopnetdev import Links, counters, knobs, sh, soon, stat

SINK = 2
# Given, so that no udev gives others while frames are under way.
HERE, THERE = (Links.attr(Links.ADDRESS, bytes([2, 0, 0, 0, 0, n]))
               for n in (1, 2))


@contextlib.contextmanager
def one(mode=None, queues=None, mtu=None):
    Links.add("x0", mode=mode, queues=queues, mtu=mtu, more=HERE)
    sh("ip", "link", "set", "x0", "up")
    try:
        yield
    finally:
        sh("ip", "link", "del", "x0")


@contextlib.contextmanager
def pair(queues=None):
    Links.add("x0", queues=queues, peer="x1", more=HERE, peer_more=THERE)
    sh("ip", "link", "set", "x0", "up")
    sh("ip", "link", "set", "x1", "up")
    try:
        yield
    finally:
        sh("ip", "link", "del", "x0")


def start(*args):
    return subprocess.Popen(["xsk"] + [str(arg) for arg in args], text=True,
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def xsk(*args):
    """What it printed."""
    with start(*args) as child:
        text, _ = child.communicate(timeout=60 * SLOW)
    return text.strip()


def numbers(text):
    found = re.match(r"(\w+): (\d+) sent, (\d+) completed, (\d+) received, "
                     r"(\d+) wrong", text)
    if not found:
        raise AssertionError(text)
    return [found[1]] + [int(n) for n in found.groups()[1:]]


def whole(n, mode="zerocopy"):
    return f"{mode}: {n} sent, {n} completed, {n} received, 0 wrong"


@contextlib.contextmanager
def held(*args):
    """Sockets that are bound meanwhile."""
    child = start(*args[:2], 1, 100, "hold", *args[2:])
    try:
        line = child.stdout.readline().strip()
        if not line.startswith("bound"):
            raise AssertionError(line)
        yield child
    finally:
        child.communicate(timeout=60 * SLOW)


def lends():
    """Does this machine do without copies?"""
    with one():
        text = xsk("x0", "x0", 1, 100, "zerocopy")
    if text.startswith("zerocopy"):
        return True
    equal(text, "bind: Operation not supported")
    return False


LENDS = lends()
NEW = tuple(int(n) for n in re.findall(r"\d+", os.uname().release)[:2]) >= (7, 2)


def need_lending(function):
    def inner():
        if not LENDS:
            raise Skip("no DMA: memory is not lent to the interface")
        function()
    return inner


@check("with copies: over one interface, and over a pair")
def _():
    with one():
        equal(xsk("x0", "x0", 1000, 100, "copy"), whole(1000, "copy"))
    with pair():
        equal(xsk("x0", "x1", 1000, 1500, "copy", "wakeup"),
              whole(1000, "copy"))


@check("without copies if that is possible, when nobody says")
def _():
    with one():
        equal(xsk("x0", "x0", 10, 100),
              whole(10, "zerocopy" if LENDS else "copy"))


@check("frames of all sizes, woken in each way")
@need_lending
def _():
    with one():
        for size in (60, 64, 1000, 1514):
            for how in ([], ["wakeup"], ["poll"], ["poll", "wakeup"]):
                equal(xsk("x0", "x0", 700, size, "zerocopy", *how), whole(700))
        equal(counters("x0")["rx_no_buffer"], 0)


@check("over a pair, there and back, from queue to queue")
@need_lending
def _():
    with pair(queues=1):
        for ends in (("x0", "x1"), ("x1", "x0")):
            equal(xsk(*ends, 2000, 1500, "zerocopy", "wakeup"), whole(2000))
    if os.cpu_count() < 2:
        return
    with pair(queues=2):
        equal(xsk("x0/1", "x1/1", 2000, 1500, "zerocopy"), whole(2000))


@check("a queue that is not there, one that is taken, a frame that is too large")
@need_lending
def _():
    with one(queues=1):
        equal(xsk("x0/7", "x0", 1, 100, "zerocopy"), "bind: Invalid argument")
        with held("x0", "x0"):
            equal(xsk("x0", "x0", 1, 100, "zerocopy", "once"),
                  "bind: Device or resource busy")
        before = stat("x0", "tx_dropped")
        equal(numbers(xsk("x0", "x0", 5, 1900, "zerocopy", "loss"))[2:4],
              [5, 0])
        equal(stat("x0", "tx_dropped"), before + 5)


@check("what the program passes is the stack's, what it drops is gone")
@need_lending
def _():
    with one(queues=1):
        sh("ip", "addr", "add", "192.0.2.1/24", "dev", "x0")
        with held("x0", "x0", "action=2"):
            sh("ping", "-q", "-c", "3", "-i", "0.2", "-s", "1400", "-W",
               str(2 * SLOW), "192.0.2.9")
        before = counters("x0")["xdp_drop"]
        equal(xsk("x0", "x0", 300, 200, "zerocopy", "action=1"),
              "zerocopy: 300 sent, 300 completed, 0 received, 0 wrong")
        equal(counters("x0")["xdp_drop"] - before >= 300, True)


@check("what the program sends back arrives where it came from")
@need_lending
def _():
    with pair(queues=1):
        equal(xsk("x0", "x1", 300, 200, "zerocopy", "action=3"),
              "zerocopy: 300 sent, 300 completed, 0 received, 0 wrong")
        soon(lambda: counters("x1")["tx_queue_0_packets"] >= 300)
        # They are not for it: its address filter says so.
        soon(lambda: counters("x0")["rx_filtered"] >= 300)


@check("a receiver without buffers loses frames, which is counted")
@need_lending
def _():
    with pair(queues=1):
        for how in ([], ["wakeup"]):
            before = counters("x1")["rx_no_buffer"]
            got = numbers(xsk("x0", "x1", 200, 100, "zerocopy", "dry", "loss",
                              *how))
            lost = counters("x1")["rx_no_buffer"] - before
            equal(got[:3] + got[4:], ["zerocopy", 400, 400, 0])
            # The last ones may arrive after there are buffers.
            equal([lost + got[3], lost > 100], [400, True])


@check("a short ring stops the sender, and nothing is lost")
@need_lending
def _():
    with pair(queues=1):
        sh("ethtool", "-G", "x0", "tx", "16")
        for how in ([], ["wakeup"]):
            equal(xsk("x0", "x1", 3000, 300, "zerocopy", *how), whole(3000))
        # Full for a while: who receives has to wake who waits for room.
        with knobs("x0", delay_ns=5000000):
            equal(xsk("x0", "x1", 200, 300, "zerocopy", "wakeup"), whole(200))
    with one(queues=1):
        sh("ethtool", "-G", "x0", "tx", "16")
        equal(xsk("x0", "x0", 3000, 300, "zerocopy", "wakeup"), whole(3000))


@check("what is sent suffers what is set")
@need_lending
def _():
    with pair(queues=1):
        with knobs("x0", loss="300000", seed="7"):
            _, sent, done, got, wrong = numbers(
                xsk("x0", "x1", 1000, 100, "zerocopy", "loss"))
            equal([sent, done, wrong], [1000, 1000, 0])
            equal(600 < got < 800, True)
        with knobs("x0", duplicate="1000000"):
            equal(numbers(xsk("x0", "x1", 100, 100, "zerocopy",
                              "loss"))[3], 200)
        with knobs("x0", delay_ns=20000000):
            equal(xsk("x0", "x1", 500, 100, "zerocopy", "wakeup"), whole(500))


@check("mode sink completes what it swallows")
@need_lending
def _():
    with one(mode=SINK):
        equal(numbers(xsk("x0", "x0", 500, 100, "zerocopy", "loss")),
              ["zerocopy", 500, 500, 0, 0])


@check("a sender is told that the other end is down")
@need_lending
def _():
    with pair(queues=1):
        sh("ip", "link", "set", "x1", "down")
        with start("x0", "x1", 100, 100, "zerocopy", "wakeup") as child:
            text, _ = child.communicate(timeout=60 * SLOW)
        equal(text.strip(), "wake up: Network is down")
        sh("ip", "link", "set", "x1", "up")
        equal(xsk("x0", "x1", 100, 100, "zerocopy", "wakeup"), whole(100))


def goes_on():
    before = counters("x1")["rx_queue_0_packets"]
    soon(lambda: counters("x1")["rx_queue_0_packets"] > before + 100)


@check("rings and channels change, links go down and up, under traffic")
@need_lending
def _():
    with pair():
        for command in ("ethtool -G x0 tx 64", "ethtool -G x1 rx 64",
                        "ethtool -L x1 combined 1",
                        "ip link set x1 down", "ip link set x0 down"):
            with start("x0", "x1", 100000000, 100, "loss", "wakeup") as child:
                goes_on()
                sh(*command.split())
                for end in ("x0", "x1"):
                    sh("ip", "link", "set", end, "up")
                goes_on()
                child.kill()
                child.communicate()
        equal(xsk("x0", "x1", 100, 100, "zerocopy"), whole(100))


@check("who is killed leaves nothing behind, nor does a link that is deleted")
@need_lending
def _():
    with pair(queues=1):
        for _ in range(5):
            with start("x0", "x1", 5000, 500, "zerocopy", "die") as child:
                child.communicate(timeout=60 * SLOW)
            equal(child.returncode, -signal.SIGKILL)
        equal(xsk("x0", "x1", 100, 100, "zerocopy"), whole(100))
    Links.add("x0", peer="x1", more=HERE, peer_more=THERE)
    sh("ip", "link", "set", "x0", "up")
    sh("ip", "link", "set", "x1", "up")
    with held("x0", "x1"):
        sh("ip", "link", "del", "x0")


@check("channels that sockets use stay")
@need_lending
def _():
    if os.cpu_count() < 2:
        raise Skip("this machine has one CPU")
    with one(queues=2):
        with held("x0/1", "x0/1"):
            try:
                sh("ethtool", "-L", "x0", "combined", "1")
            except AssertionError:
                pass
            else:
                raise AssertionError("it is gone")
        soon(lambda: not subprocess.run(
            ["ethtool", "-L", "x0", "combined", "1"], check=False,
            stderr=subprocess.DEVNULL).returncode)


@check("packets of several buffers")
@need_lending
def _():
    if not NEW:
        with one(queues=1):
            text = xsk("x0", "x0", 1, 100, "zerocopy", "frags")
        # Older kernels do not know the flag at all.
        equal(re.match("bind: (Operation not supported|Invalid argument)",
                       text) is not None, True)
        raise Skip("refused before Linux 7.2, as it should be")
    with one(queues=1, mtu=9000):
        for words in (["chunk=2048"], ["chunk=4096"],
                      ["chunk=4096", "pieces=3", "wakeup"],
                      ["chunk=2048", "pieces=5"]):
            size = 9000 if "pieces" in "".join(words) else 1500
            equal(xsk("x0", "x0", 300, size, "zerocopy", "frags", *words),
                  whole(300))
    with pair(queues=1):
        for end in ("x0", "x1"):
            sh("ip", "link", "set", end, "mtu", "9000")
        equal(xsk("x0", "x1", 300, 9000, "zerocopy", "frags", "pieces=5"),
              whole(300))
        equal(xsk("x0", "x1", 300, 9000, "zerocopy", "frags", "pieces=5",
                  "action=3"),
              "zerocopy: 300 sent, 300 completed, 0 received, 0 wrong")
        soon(lambda: counters("x1")["xdp_tx"] >= 300)
        equal(counters("x1")["tx_queue_0_bytes"] >= 300 * 9000, True)


@check("the interface fills in checksums and says when it has sent")
@need_lending
def _():
    if not NEW:
        raise Skip("nothing can be said about a frame before Linux 7.2")
    with one(queues=1):
        equal(xsk("x0", "x0", 300, 1000, "zerocopy", "csum", "stamp"),
              whole(300) + ", 300 stamped")
        equal(xsk("x0", "x0", 300, 1000, "zerocopy", "csum"), whole(300))
    with pair(queues=1):
        equal(xsk("x0", "x1", 300, 1000, "zerocopy", "csum", "wakeup"),
              whole(300))


@check("what nobody can do is not done, and counted as dropped")
@need_lending
def _():
    if not NEW:
        raise Skip("nothing can be said about a frame before Linux 7.2")
    with one(queues=1, mtu=3000):
        for wish in (["csum", "start=0"], ["csum", "start=2500"],
                     ["csum", "start=65535"], ["launch=7200000"]):
            before = stat("x0", "tx_dropped")
            equal(numbers(xsk("x0", "x0", 20, 3000, "zerocopy", "loss",
                              "chunk=4096", *wish))[2:], [20, 0, 0])
            equal(stat("x0", "tx_dropped"), before + 20)


@check("the interface sends when it is told to, by its own clock")
@need_lending
def _():
    if not NEW:
        raise Skip("nothing can be said about a frame before Linux 7.2")
    with one(queues=1):
        equal(xsk("x0", "x0", 50, 100, "zerocopy", "launch=700"),
              whole(50) + ", late")


run()
