# SPDX-License-Identifier: GPL-2.0-only
"""loopnet: the PTP clock, and time stamps of packets by it."""

import errno
import fcntl
import os
import re
import select
import socket
import struct
import sys
import time

from checks import SLOW, check, equal, fails, run
from loopnetdev import LATER, knobs, sh
from ptpclock import SIOCGHWTSTAMP, SIOCSHWTSTAMP, Clock, hwtstamp, phc

DEV = sys.argv[1]
HERE, THERE = "192.0.2.1", "192.0.2.77"
SECOND = 10 ** 9
TX_HARDWARE, RX_HARDWARE, RAW_HARDWARE = 1, 4, 64
TX_SOFTWARE, RX_SOFTWARE, SOFTWARE = 2, 8, 16
SO_TIMESTAMPING, MSG_ERRQUEUE = 37, 0x2000


def stamps(control):
    """(software, hardware) nanoseconds of a message, or zeros."""
    for level, kind, data in control:
        if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPING):
            t = struct.unpack("qqqqqq", data)
            return t[0] * SECOND + t[1], t[4] * SECOND + t[5]
    return 0, 0


class Pair:
    """A socket that sends to there and one that receives what comes back."""

    def __init__(self, flags):
        self.tx = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.rx = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.rx.bind((HERE, 4000))
        for sock in (self.tx, self.rx):
            sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING, flags)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.tx.close()
        self.rx.close()

    def go(self, stamped=True):
        """Stamps of a packet as it was sent, as it was received."""
        self.tx.sendto(b"x", (THERE, 4000))
        self.rx.settimeout(5 * SLOW)
        _, control, _, _ = self.rx.recvmsg(100, 512)
        got = stamps(control)
        poll = select.poll()
        poll.register(self.tx, 0)
        if not poll.poll(5000 * SLOW if stamped else 0):
            return (0, 0), got
        _, control, _, _ = self.tx.recvmsg(500, 512, MSG_ERRQUEUE)
        return stamps(control), got


HARDWARE = TX_HARDWARE | RX_HARDWARE | RAW_HARDWARE
sh("ip", "addr", "add", HERE + "/24", "dev", DEV)
sh("ip", "link", "set", DEV, "up")
sh("ip", "neigh", "replace", THERE, "lladdr", "02:00:00:00:00:07", "dev", DEV)


@check("ethtool -T tells of a clock and of what it stamps")
def _():
    text = sh("ethtool", "-T", DEV)
    for word in ("hardware-transmit", "hardware-receive",
                 "hardware-raw-clock", "software-transmit",
                 "software-receive"):
        if word not in text:
            raise AssertionError(f"no {word} in {text}")
    if not re.search(r"Receive Filter Modes:\s+none\s+all", text):
        raise AssertionError(text)
    name = f"/sys/class/ptp/ptp{phc(DEV)}/clock_name"
    with open(name, encoding="ascii") as file:
        equal(file.read().strip(), "loopnet")


@check("the clock starts with the time of day and goes on")
def _():
    with Clock(DEV) as clock:
        before = time.clock_gettime_ns(time.CLOCK_REALTIME)
        first = clock.read()
        equal(abs(first - before) < 600 * SECOND, True)
        second = clock.read()
        equal(second >= first, True)


@check("it can be set")
def _():
    with Clock(DEV) as clock:
        start = time.monotonic_ns()
        clock.set(1000 * SECOND)
        now = clock.read()
        equal(1000 * SECOND <= now <=
              1000 * SECOND + 2 * (time.monotonic_ns() - start) + 1000, True)


@check("and set forward and back")
def _():
    with Clock(DEV) as clock:
        for seconds in (500, -500, -3):
            start = time.monotonic_ns()
            before = clock.read()
            clock.adjust(0x2100, seconds=seconds, nanoseconds=5)
            moved = clock.read() - before - seconds * SECOND
            equal(5 <= moved <= 2 * (time.monotonic_ns() - start) + 1000, True)


def rate(clock):
    """How fast it is beside the clock that nobody slews. At most; the less the
    machine stopped between two readings, the nearer."""
    start, was = time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW), clock.read()
    time.sleep(0.2)
    now, end = clock.read(), time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW)
    return (now - was) / (end - start)


@check("it can be slewed")
def _():
    with Clock(DEV) as clock:
        try:
            for ppm in (50000, -50000, 0):
                clock.adjust(2, freq=ppm << 16)
                rates = [rate(clock) for _ in range(2)]
                while max(rates) < 0.98 + ppm / 10 ** 6 and len(rates) < 30:
                    rates.append(rate(clock))
                equal(0.98 <= max(rates) - ppm / 10 ** 6 <= 1.00001, True)
        finally:
            clock.adjust(2, freq=0)


@check("not by more than a tenth")
def _():
    with Clock(DEV) as clock:
        fails(errno.ERANGE, clock.adjust, 2, 100001 << 16)


@check("it has no pulse per second")
def _():
    with Clock(DEV) as clock:
        fails(errno.EOPNOTSUPP, fcntl.ioctl, clock.fd, 0x40043D04, 1)


@check("nothing is stamped until somebody says so")
def _():
    equal(hwtstamp(DEV, SIOCGHWTSTAMP), (0, 0))
    with Pair(HARDWARE) as pair:
        equal(pair.go(stamped=False), ((0, 0), (0, 0)))


@check("sent and received packets are stamped by the clock")
def _():
    equal(hwtstamp(DEV, SIOCSHWTSTAMP, 1, 1), (1, 1))
    equal(hwtstamp(DEV, SIOCGHWTSTAMP), (1, 1))
    with Clock(DEV) as clock, Pair(HARDWARE) as pair:
        clock.set(7777 * SECOND)
        before = clock.read()
        (_, sent), (_, received) = pair.go()
        after = clock.read()
        equal(sorted((before, sent, received, after)),
              [before, sent, received, after])


@check("the sender's stamp does not show at the receiver")
def _():
    equal(hwtstamp(DEV, SIOCSHWTSTAMP, 1, 0), (1, 0))
    try:
        with Pair(HARDWARE) as pair:
            (_, sent), (_, received) = pair.go()
            equal(sent > 0, True)
            equal(received, 0)
    finally:
        hwtstamp(DEV, SIOCSHWTSTAMP, 1, 1)


@check("what is long under way is stamped at both ends")
def _():
    with knobs(DEV, delay_ns=LATER * SECOND // 5), Pair(HARDWARE) as pair:
        (_, sent), (_, received) = pair.go()
        equal(received - sent >= LATER * SECOND // 5, True)


@check("a hardware stamp is instead of the stack's")
def _():
    flags = HARDWARE | TX_SOFTWARE | RX_SOFTWARE | SOFTWARE
    end = time.monotonic() + 5 * SLOW
    with Pair(flags) as pair:
        while True:
            (soft, hard), (rx_soft, rx_hard) = pair.go()
            equal((soft, hard > 0, rx_hard > 0), (0, True, True))
            # The stack begins to stamp in a worker, a while after it was told.
            if rx_soft or time.monotonic() > end:
                break
        equal(rx_soft > 0, True)


@check("some kinds of packets means all of them")
def _():
    # HWTSTAMP_FILTER_PTP_V2_EVENT
    equal(hwtstamp(DEV, SIOCSHWTSTAMP, 0, 12), (0, 1))
    with Pair(HARDWARE) as pair:
        (_, sent), (_, received) = pair.go(stamped=False)
        equal((sent, received > 0), (0, True))


@check("nonsense is refused and changes nothing")
def _():
    fails(errno.ERANGE, hwtstamp, DEV, SIOCSHWTSTAMP, 2, 0)
    fails(errno.ERANGE, hwtstamp, DEV, SIOCSHWTSTAMP, 77, 0)
    fails(errno.ERANGE, hwtstamp, DEV, SIOCSHWTSTAMP, 0, 77)
    fails(errno.EINVAL, hwtstamp, DEV, SIOCSHWTSTAMP, 0, 0, 1 << 20)
    equal(hwtstamp(DEV, SIOCGHWTSTAMP), (0, 1))
    equal(hwtstamp(DEV, SIOCSHWTSTAMP, 0, 0), (0, 0))


@check("each interface has one of its own")
def _():
    sh("ip", "link", "add", "l7", "type", "loopnet")
    try:
        if phc("l7") == phc(DEV):
            raise AssertionError("the same")
        with Clock("l7") as other, Clock(DEV) as clock:
            clock.set(5 * SECOND)
            equal(other.read() > 1000000 * SECOND, True)
    finally:
        sh("ip", "link", "del", "l7")


@check("that of a container's is no device of the machine's")
def _():
    before = len(os.listdir("/sys/class/ptp"))
    text = sh("unshare", "--user", "--map-root-user", "--net", "sh", "-c",
              "ip link add l7 type loopnet && ethtool -T l7 && "
              "ls /sys/class/ptp | wc -l")
    equal(int(text.split()[-1]), before)
    # It stamps all the same.
    equal("hardware-receive" in text, True)
    equal(re.search(r"(?:PTP Hardware Clock|provider index): (\w+)",
                    text).group(1), "none")


@check("a clock whose interface is gone is dead")
def _():
    sh("ip", "link", "add", "l7", "type", "loopnet")
    with Clock("l7") as clock:
        number = phc("l7")
        sh("ip", "link", "del", "l7")
        fails(errno.ENODEV, clock.read)
        equal(os.path.exists(f"/sys/class/ptp/ptp{number}"), False)


run()
