# SPDX-License-Identifier: GPL-2.0-only
"""loopnet in mode reflect, frame by frame. The interface is up, without
addresses of IPv4, so that the stack answers nothing of its own."""

import struct
import sys

from checks import check, equal, run
from loopnetdev import (ARP, BROADCAST, IP4, IP6, OTHER, Wire, a4, a6, arp,
                        checksum, counters, eth, icmp4, icmp6, ip4, ip6, knob,
                        knobs, mac, stat, udp4)

DEV = sys.argv[1]
ME = mac(DEV)
PEER = bytes.fromhex("0204c0000202")
A, B = "192.0.2.1", "192.0.2.2"
A6, B6 = "2001:db8::1", "2001:db8::2"
wire = Wire(DEV)


def kind(number):
    return lambda frame: frame[12:14] == struct.pack("!H", number)


def comes_back(frame, want):
    got = wire.exchange(frame, lambda f: f[14:16] == want[14:16])
    equal(got and got.hex(), want.hex())


@check("unicast IPv4: addresses swapped, ports and checksums as they are")
def _():
    data = udp4(A, B, 1000, 2000, b"some payload")
    comes_back(eth(PEER, ME, IP4, ip4(A, B, 17, data)),
               eth(ME, PEER, IP4, ip4(B, A, 17, data)))


@check("unicast IPv6 likewise")
def _():
    data = struct.pack("!HHHH", 1, 2, 12, 0x1234) + b"1234"
    comes_back(eth(PEER, ME, IP6, ip6(A6, B6, 17, data)),
               eth(ME, PEER, IP6, ip6(B6, A6, 17, data)))


@check("fragments, too")
def _():
    data = b"not a header" * 10
    comes_back(eth(PEER, ME, IP4, ip4(A, B, 1, data, frag=0x2010)),
               eth(ME, PEER, IP4, ip4(B, A, 1, data, frag=0x2010)))


@check("other unicast frames come back with MACs swapped")
def _():
    data = bytes(range(50))
    comes_back(eth(PEER, ME, OTHER, data), eth(ME, PEER, OTHER, data))


@check("behind VLAN tags all is the same")
def _():
    data = udp4(A, B, 1, 2, b"tagged")
    for tags in ([(0x8100, 5)], [(0x88A8, 7), (0x8100, 5)]):
        frame = eth(PEER, ME, IP4, ip4(A, B, 17, data), tags)
        before = stat(DEV, "rx_packets")
        # The core takes the outer tag out before a packet socket sees it.
        got = wire.exchange(frame, lambda f: f.endswith(data))
        equal(got[-len(data) - 20:].hex(), ip4(B, A, 17, data).hex())
        equal(stat(DEV, "rx_packets"), before + 1)


@check("an ICMP error is turned round inside, too; its checksum holds")
def _():
    for code in (3, 4, 5, 11, 12):
        about = ip4(B, A, 17, udp4(B, A, 9, 1000, b""))
        want = ip4(A, B, 17, udp4(B, A, 9, 1000, b""))
        error = icmp4(code, 1, 0, about)
        got = wire.exchange(eth(PEER, ME, IP4, ip4(A, B, 1, error)),
                            kind(IP4))
        equal(got[14:34].hex(), ip4(B, A, 1, error)[:20].hex())
        equal(got[42:].hex(), want.hex())
        equal(checksum(got[34:]), 0)


@check("an ICMPv6 error likewise, behind extension headers, too")
def _():
    for options in (b"", bytes([58, 0, 1, 4, 0, 0, 0, 0])):
        for code in (1, 2, 3, 4):
            about = ip6(B6, A6, 17, struct.pack("!HHHH", 9, 1000, 8, 0))
            want = ip6(A6, B6, 17, struct.pack("!HHHH", 9, 1000, 8, 0))
            error = icmp6(A6, B6, code, 4, 0, about)
            first = 60 if options else 58
            got = wire.exchange(
                eth(PEER, ME, IP6, ip6(A6, B6, first, options + error)),
                lambda f, first=first: f[20] == first)
            at = 14 + 40 + len(options)
            equal(got[at + 8:].hex(), want.hex())
            pseudo = a6(B6) + a6(A6) + struct.pack("!II", len(error), 58)
            equal(checksum(pseudo + got[at:]), 0)


@check("an echo request is no error: what it carries stays as it is")
def _():
    data = icmp4(8, 0, 77, ip4(B, A, 17, b"12345678"))
    comes_back(eth(PEER, ME, IP4, ip4(A, B, 1, data)),
               eth(ME, PEER, IP4, ip4(B, A, 1, data)))


@check("ARP: any address answers from a MAC derived from it")
def _():
    for address in (B, "192.0.2.254", "10.1.2.3"):
        where = bytes([2, 4]) + a4(address)
        got = wire.exchange(eth(BROADCAST, ME, ARP,
                                arp(1, ME, A, bytes(6), address)), kind(ARP))
        equal(got and got.hex(), eth(ME, where, ARP,
                                     arp(2, where, address, ME, A)).hex())


@check("a probe and an announcement are not answered")
def _():
    for request in (arp(1, ME, "0.0.0.0", bytes(6), B),
                    arp(1, ME, A, bytes(6), A),
                    arp(1, ME, A, bytes(6), "224.0.0.5"),
                    arp(2, ME, A, BROADCAST, A)):
        wire.silent(eth(BROADCAST, ME, ARP, request), kind(ARP))
    # Sent to one host they are no less a question about a rival.
    wire.silent(eth(PEER, ME, ARP, arp(1, ME, "0.0.0.0", bytes(6), B)),
                kind(ARP))


def solicit(src, target, hops=255, option=True):
    group = "ff02::1:ff" + target[-2:].replace(":", "0") + ":2"
    option = b"\1\1" + ME if option else b""
    return eth(b"\x33\x33\xff\0\0\2", ME, IP6,
               ip6(src, group, 58, icmp6(src, group, 135, 0, 0,
                                         a6(target) + option), hops))


@check("neighbour solicitation: the same, with a right checksum")
def _():
    for option in (True, False):
        where = b"\2\6" + a6(B6)[-4:]
        got = wire.exchange(solicit(A6, B6, option=option),
                            lambda f: f[54:55] == b"\x88")
        body = icmp6(B6, A6, 136, 0, 0x60000000, a6(B6) + b"\2\1" + where)
        equal(got and got.hex(),
              eth(ME, where, IP6, ip6(B6, A6, 58, body, 255)).hex())


@check("duplicate address detection gets no answer, nor does nonsense")
def _():
    for frame in (solicit("::", B6), solicit(B6, B6), solicit(A6, B6, hops=64),
                  solicit(A6, "ff02::2")):
        wire.silent(frame, lambda f: f[54:55] == b"\x88")


@check("what is for a group is consumed and counted")
def _():
    data = udp4(A, B, 1, 2, b"x" * 20)
    group = b"\1\0\x5e\0\0\5"
    sent = [eth(group, ME, IP4, ip4(A, "224.0.0.5", 17, data)),
            eth(BROADCAST, ME, IP4, ip4(A, "255.255.255.255", 17, data)),
            eth(BROADCAST, ME, IP4, ip4(A, "192.0.2.255", 17, data)),
            eth(PEER, ME, IP4, ip4(A, "255.255.255.255", 17, data)),
            eth(PEER, ME, IP4, ip4(A, "239.1.1.1", 17, data)),
            eth(PEER, ME, IP4, ip4("0.0.0.0", B, 17, data)),
            eth(PEER, ME, IP4, ip4(A, "0.0.0.0", 17, data)),
            eth(PEER, ME, IP6, ip6(A6, "ff02::1", 17, data)),
            eth(PEER, ME, IP6, ip6("::", B6, 17, data)),
            eth(group, ME, OTHER, data)]
    before = counters(DEV)["tx_group"]
    packets = stat(DEV, "tx_packets")
    for frame in sent:
        wire.silent(frame, lambda f: data in f)
    equal(stat(DEV, "tx_packets") >= packets + 2 * len(sent), True)
    equal(counters(DEV)["tx_group"] >= before + len(sent), True)


@check("broken headers do no harm")
def _():
    whole = ip4(A, B, 1, icmp4(3, 1, 0, ip4(B, A, 17, b"12345678")))
    six = ip6(A6, B6, 60, bytes([58, 255, 0, 0, 0, 0, 0, 0]))
    for packet, number in ((whole, IP4), (six, IP6), (b"\x4f" + bytes(19), IP4),
                           (b"\xff" * 60, IP4), (b"\xff" * 60, IP6),
                           (arp(1, ME, A, bytes(6), B), ARP),
                           (solicit(A6, B6)[14:], IP6)):
        for length in range(len(packet)):
            wire.send(eth(PEER, ME, number, packet[:length]))
    comes_back(eth(PEER, ME, OTHER, bytes(46)), eth(ME, PEER, OTHER, bytes(46)))


@check("tap sees the frame out as sent and in as received")
def _():
    data = udp4(A, B, 5, 6, b"seen twice")
    with Wire(DEV) as tap:
        tap.send(eth(PEER, ME, IP4, ip4(A, B, 17, data)))
        # A socket does not see what it sent itself.
        out = wire.receive(lambda f: data in f, outgoing=True)
        equal(out.hex(), eth(PEER, ME, IP4, ip4(A, B, 17, data)).hex())
        back = tap.receive(lambda f: data in f)
        equal(back.hex(), eth(ME, PEER, IP4, ip4(B, A, 17, data)).hex())


@check("what comes back to another MAC than ours is filtered")
def _():
    stranger = b"\2\0\0\0\0\x99"
    frame = eth(PEER, stranger, OTHER, bytes(46))
    before = counters(DEV)["rx_filtered"]
    wire.silent(frame, lambda f: f[:6] == stranger)
    equal(counters(DEV)["rx_filtered"], before + 1)
    with Wire(DEV, promisc=True) as all_of_it:
        equal(bool(all_of_it.exchange(frame, lambda f: f[:6] == stranger)),
              True)


@check("mode loop gives back what was sent, groups too, to those who listen")
def _():
    with knobs(DEV, mode="loop"):
        for target in (ME, BROADCAST):
            frame = eth(target, ME, OTHER, b"unchanged" * 6)
            equal(wire.exchange(frame, kind(OTHER)).hex(), frame.hex())
        before = counters(DEV)["rx_filtered"]
        wire.silent(eth(PEER, ME, OTHER, b"x" * 50), lambda f: f[:6] == PEER)
        wire.silent(eth(b"\1\0\x5e\1\2\3", ME, OTHER, b"x" * 50),
                    lambda f: f[:3] == b"\1\0\x5e")
        equal(counters(DEV)["rx_filtered"], before + 2)


@check("mode sink counts and gives nothing back")
def _():
    with knobs(DEV, mode="sink"):
        sent, received = stat(DEV, "tx_packets"), stat(DEV, "rx_packets")
        size = stat(DEV, "tx_bytes")
        wire.drain()
        for _ in range(10):
            wire.send(eth(PEER, ME, OTHER, bytes(86)))
        equal(stat(DEV, "tx_packets"), sent + 10)
        equal(stat(DEV, "tx_bytes"), size + 1000)
        equal(wire.receive(kind(OTHER), 0.2), None)
        equal(stat(DEV, "rx_packets"), received)
    equal(knob(DEV, "mode"), "reflect")


run()
