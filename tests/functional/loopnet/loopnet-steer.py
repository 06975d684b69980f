# SPDX-License-Identifier: GPL-2.0-only
"""loopnet: contexts of RSS, the fields that are hashed, and rules."""

import array
import fcntl
import hashlib
import os
import re
import socket
import struct

from checks import check, equal, run
from loopnetdev import Links, counters, sh, soon, toeplitz

HERE, THERE = "192.0.2.1", "192.0.2.78"
FLOWS = 24
KEY = hashlib.sha512(b"loopnet").digest()[:40]
FIRST, SECOND, DROPPED = [FLOWS, 0, 0], [0, FLOWS, 0], [0, 0, FLOWS]
PEER = 3
SIOCETHTOOL, GRSSH, SRSSH = 0x8946, 0x46, 0x47
NO_CHANGE, SYM_XOR, SYM_OR_XOR = 0xFFFFFFFF, 1, 2


def since(*version):
    return tuple(int(n) for n in os.uname().release.split(".")[:2]) >= version


def ethtool(*args):
    return sh("ethtool", *args)


def refused(*args):
    try:
        ethtool(*args)
    except AssertionError:
        return
    raise AssertionError(f"ethtool {' '.join(args)} was taken")


def number(text):
    """Of "New RSS context is 1" and "Added rule with ID 7"."""
    return int(text.split()[-1])


def counted():
    """Packets received by queue 0, by queue 1, and dropped by a rule."""
    stats = counters("l0")
    return [stats["rx_queue_0_packets"], stats["rx_queue_1_packets"],
            stats["rx_rule_drop"]]


def sent(pairs):
    """Sends a packet for each pair of ports; returns what became of them, as
    counted() has it."""
    before = counted()
    for sport, dport in pairs:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((HERE, sport))
            sock.sendto(b"x", (THERE, dport))
    soon(lambda: sum(counted()) == sum(before) + len(pairs))
    return [now - then for now, then in zip(counted(), before)]


def queues(dport=9):
    return sent([(20000 + i, dport) for i in range(FLOWS)])


def key():
    shown = re.search(r"key:\s*\n\s*([0-9a-f:]+)", ethtool("-x", "l0"))
    return bytes.fromhex(shown.group(1).replace(":", ""))


def wanted(inputs, by=None):
    """What queues() gives by a table that takes turns. What counts is the flow
    as it comes back."""
    addresses = socket.inet_aton(THERE), socket.inet_aton(HERE)
    result = [0, 0, 0]
    for sport, dport in PORTS:
        have = {"s": addresses[0], "d": addresses[1],
                "f": struct.pack("!H", sport), "n": struct.pack("!H", dport)}
        result[toeplitz(by or key(), b"".join(have[i] for i in inputs)) %
               128 % 2] += 1
    return result


def fields(kind="udp4"):
    names = {"IP SA": "s", "IP DA": "d", "L4 bytes 0 & 1": "f",
             "L4 bytes 2 & 3": "n"}
    text = ethtool("-n", "l0", "rx-flow-hash", kind)
    return "".join(letter for name, letter in names.items() if name in text)


def xfrm(value=None):
    """input_xfrm, which the ethtool of Debian 12 does not know."""
    head = struct.pack("=IIIIBBBBI", GRSSH if value is None else SRSSH, 0,
                       0 if value is None else NO_CHANGE, 0, 0, value or 0, 0,
                       0, 0)
    data = array.array("B", head)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        fcntl.ioctl(sock, SIOCETHTOOL, struct.pack(
            "=16sQ16x", b"l0", data.buffer_info()[0]))
    return data[17]


def rules():
    return [int(n) for n in re.findall(r"Filter: (\d+)", ethtool("-n", "l0"))]


def rule(*spec):
    """Adds one; returns its place if that was left to the interface."""
    text = ethtool("-N", "l0", "flow-type", *spec)
    return None if "loc" in spec else number(text)


def no_rule(*spec):
    """Some ethtools say that there is none and end as if there were."""
    before = ethtool("-n", "l0")
    try:
        ethtool("-N", "l0", *spec)
    except AssertionError:
        pass
    equal(ethtool("-n", "l0"), before)


def clear():
    for place in rules():
        ethtool("-N", "l0", "delete", str(place))


Links.add("l0", queues=2)
sh("sysctl", "-qw", "net.ipv6.conf.l0.disable_ipv6=1")
sh("ip", "addr", "add", HERE + "/24", "dev", "l0")
sh("ip", "link", "set", "l0", "up")
sh("ip", "neigh", "replace", THERE, "lladdr", "02:00:00:00:00:07", "dev", "l0")
# Or what comes back would be answered by an ICMP error.
takers = []
for port in (9, 7001, 7002):
    takers.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    takers[-1].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    takers[-1].bind((HERE, port))
PORTS = [(20000 + i, 9) for i in range(FLOWS)]


@check("ports are hashed where there are some, and what is asked for is")
def _():
    for kind in ("tcp4", "udp4", "sctp4", "tcp6", "udp6", "sctp6"):
        equal(fields(kind), "sdfn")
    for want in ("sd", "sdf", "sdn", "fn", "s"):
        ethtool("-N", "l0", "rx-flow-hash", "udp4", want)
        equal(fields(), want)
        equal(queues(), wanted(want))
    equal(fields("tcp4"), "sdfn")
    ethtool("-N", "l0", "rx-flow-hash", "udp4", "sdfn")


@check("other fields and flows are refused, and nothing changes")
def _():
    # This ethtool says so, and ends as if nothing had been.
    for kind, want in (("udp4", "m"), ("udp4", "sdv"), ("udp4", "sdt"),
                       ("ah4", "sd")):
        ethtool("-N", "l0", "rx-flow-hash", kind, want)
    equal(fields(), "sdfn")


@check("a rule sends to its queue what it matches, and nothing else")
def _():
    ethtool("-X", "l0", "equal", "1")
    for spec in (("dst-port", "7001"), ("src-ip", THERE),
                 ("src-ip", THERE, "dst-ip", HERE, "dst-port", "7001"),
                 ("src-ip", "192.0.2.64", "m", "0.0.0.63",
                  "dst-port", "7001"),
                 ("dst-mac", mac(), "dst-port", "7001")):
        place = rule("udp4", *spec, "action", "1")
        equal(rules(), [place])
        equal(queues(7001), SECOND)
        if "dst-port" in spec:
            equal(queues(7002), FIRST)
        ethtool("-N", "l0", "delete", str(place))
        equal(queues(7001), FIRST)
    for spec in (("tcp4", "dst-port", "7001"), ("udp4", "src-ip", HERE),
                 ("udp6", "dst-port", "7001"),
                 ("udp4", "vlan", "5", "dst-port", "7001")):
        rule(*spec, "action", "1")
        equal(queues(7001), FIRST)
        clear()
    rule("ip4", "l4proto", "17", "action", "1")
    equal(queues(7001), SECOND)
    clear()
    rule("ether", "proto", "0x0800", "action", "1")
    equal(queues(7001), SECOND)
    clear()


def mac():
    with open("/sys/class/net/l0/address", encoding="ascii") as file:
        return file.read().strip()


@check("a rule drops, and that is counted")
def _():
    rule("udp4", "dst-port", "7001", "action", "-1")
    equal(queues(7001), DROPPED)
    equal(queues(7002), FIRST)
    clear()


@check("the first place wins")
def _():
    rule("udp4", "dst-port", "7001", "action", "-1", "loc", "5")
    rule("udp4", "src-ip", THERE, "action", "1", "loc", "3")
    equal(queues(7001), SECOND)
    rule("udp4", "dst-port", "7001", "action", "-1", "loc", "2")
    equal(rules(), [2, 3, 5])
    equal(queues(7001), DROPPED)
    equal(queues(7002), SECOND)
    # What is put into a place takes the place of what was there.
    rule("udp4", "dst-port", "7001", "action", "0", "loc", "2")
    equal(rules(), [2, 3, 5])
    equal(queues(7001), FIRST)
    clear()
    equal(rules(), [])


@check("rules that cannot be are refused, and nothing changes")
def _():
    rule("udp4", "dst-port", "7001", "action", "1", "loc", "7")
    no_rule("flow-type", "udp4", "dst-port", "7001", "action", "2")
    no_rule("flow-type", "udp4", "dst-port", "7001", "action", "1", "loc",
            "1024")
    no_rule("flow-type", "udp4", "tos", "4", "action", "1")
    no_rule("flow-type", "esp4", "spi", "4", "action", "1")
    no_rule("flow-type", "udp4", "user-def", "4", "action", "1")
    no_rule("flow-type", "udp4", "dst-port", "7001", "context", "5")
    no_rule("delete", "8")
    # The queue that a rule sends to stays.
    refused("-L", "l0", "combined", "1")
    equal(rules(), [7])
    equal(queues(7001), SECOND)
    clear()


@check("without the feature there are no rules")
def _():
    rule("udp4", "dst-port", "7001", "action", "1")
    ethtool("-K", "l0", "ntuple", "off")
    equal(queues(7001), FIRST)
    no_rule("flow-type", "udp4", "dst-port", "7001", "action", "1")
    ethtool("-K", "l0", "ntuple", "on")
    equal(rules(), [])


if since(6, 12):
    @check("the hash is the same both ways, if that is asked for")
    def _():
        ethtool("-X", "l0", "equal", "2", "hkey",
                ":".join(f"{b:02x}" for b in KEY))

        def both():
            return [[sent([pair])[1] for pair in pairs] for pairs in
                    ([(20000 + i, 9) for i in range(8)],
                     [(9, 20000 + i) for i in range(8)])]
        # What comes back from port 9 is for these.
        for i in range(8):
            takers.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            takers[-1].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            takers[-1].bind((HERE, 20000 + i))
        first, second = both()
        equal(first != second, True)
        for way in (SYM_XOR, SYM_OR_XOR):
            xfrm(way)
            equal(xfrm(), way)
            first, second = both()
            equal(first, second)
            equal(sorted(set(first)), [0, 1])
        # What is not symmetric is refused meanwhile.
        ethtool("-N", "l0", "rx-flow-hash", "udp4", "s")
        equal(fields(), "sdfn")
        xfrm(0)
        equal(xfrm(), 0)
        while len(takers) > 3:
            takers.pop().close()

    @check("a context is for what a rule sends there")
    def _():
        ethtool("-X", "l0", "equal", "1")
        context = str(number(ethtool("-X", "l0", "context", "new", "start",
                                     "1", "equal", "1")))
        equal(queues(7001), FIRST)
        place = rule("udp4", "dst-port", "7001", "context", context)
        equal(f"RSS Context ID: {context}" in ethtool("-n", "l0"), True)
        equal(queues(7001), SECOND)
        equal(queues(7002), FIRST)
        # In use, so it stays.
        refused("-X", "l0", "context", context, "delete")
        ethtool("-X", "l0", "context", context, "equal", "2")
        equal(0 < queues(7001)[0] < FLOWS, True)
        # All but one: the queue of a rule is added to that of the table.
        ethtool("-X", "l0", "context", context, "equal", "1")
        clear()
        rule("udp4", "dst-port", "7001", "context", context, "action", "1")
        equal(queues(7001), SECOND)
        refused("-L", "l0", "combined", "1")
        clear()
        ethtool("-X", "l0", "context", context, "delete")
        refused("-X", "l0", "context", context, "equal", "1")
        equal(place >= 0, True)

    @check("a context has a key of its own")
    def _():
        ethtool("-X", "l0", "equal", "1")
        other = bytes((11 * i + 5) % 251 for i in range(40))
        context = str(number(ethtool("-X", "l0", "context", "new", "hkey",
                                     ":".join(f"{b:02x}" for b in other))))
        rule("udp4", "dst-port", "9", "context", context)
        equal(queues(), wanted("sdfn", other))
        clear()
        ethtool("-X", "l0", "context", context, "delete")

    @check("there are no more than 63 contexts")
    def _():
        made = []
        for _ in range(63):
            made.append(number(ethtool("-X", "l0", "context", "new")))
        refused("-X", "l0", "context", "new")
        equal(made, list(range(1, 64)))
        for context in made:
            ethtool("-X", "l0", "context", str(context), "delete")


@check("an interface goes and takes rules and contexts with it")
def _():
    rule("udp4", "dst-port", "7001", "action", "1")
    if since(6, 12):
        ethtool("-X", "l0", "context", "new")
    sh("ip", "link", "del", "l0")


run()
