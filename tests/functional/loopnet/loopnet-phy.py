# SPDX-License-Identifier: GPL-2.0-only
"""loopnet: what a card counts by the standards' names, pause, FEC, its module.
The interface is in mode loop: what it sends it receives."""

import re
import sys

from checks import check, equal, run
from loopnetdev import OTHER, Wire, eth, mac, sh, soon, stat

DEV = sys.argv[1]
ME = mac(DEV)
GROUP = bytes.fromhex("01005e000001")
ALL = b"\xff" * 6
wire = Wire(DEV)


def group(name):
    text = sh("ethtool", "-S", DEV, "--groups", name)
    return {key: int(value) for key, value in
            re.findall(rf"{name}-(\S+): (\d+)", text)}


def send(*frames):
    received = stat(DEV, "rx_packets")
    for frame in frames:
        wire.send(frame)
    soon(lambda: stat(DEV, "rx_packets") == received + len(frames))


def more(name, *frames):
    """By how much each counter of the group grows."""
    before = group(name)
    send(*frames)
    return {key: value - before[key] for key, value in group(name).items()
            if value != before[key]}


@check("frames, octets, and what is for more than one station")
def _():
    one = eth(ME, ME, OTHER, bytes(86))
    many = eth(GROUP, ME, OTHER, bytes(86))
    all_ = eth(ALL, ME, OTHER, bytes(86))
    equal(more("eth-mac", one, one, one, many, many, all_), {
        "FramesTransmittedOK": 6, "FramesReceivedOK": 6,
        "OctetsTransmittedOK": 624, "OctetsReceivedOK": 624,
        "MulticastFramesXmittedOK": 2, "MulticastFramesReceivedOK": 2,
        "BroadcastFramesXmittedOK": 1, "BroadcastFramesReceivedOK": 1})


@check("nothing collides and no bit is lost")
def _():
    now = group("eth-mac")
    equal({key: value for key, value in now.items()
           if "Error" in key or "Coll" in key or "Lost" in key},
          {key: 0 for key in now
           if "Error" in key or "Coll" in key or "Lost" in key})
    equal(len(now), 22)
    equal(group("eth-phy"), {"SymbolErrorDuringCarrier": 0})


@check("control frames, and pauses among them")
def _():
    control = eth(ALL, ME, 0x8808, bytes([0, 9]) + bytes(44))
    pause = eth(bytes.fromhex("0180c2000001"), ME, 0x8808,
                bytes([0, 1, 0, 1]) + bytes(42))
    equal(more("eth-ctrl", control, control, pause), {
        "MACControlFramesTransmitted": 3, "MACControlFramesReceived": 3,
        "UnsupportedOpcodesReceived": 2})
    text = sh("ethtool", "-I", "-a", DEV)
    for way in ("tx", "rx"):
        equal(re.search(rf"{way}_pause_frames: (\d+)", text).group(1), "1")


@check("frames by size, check sequence included")
def _():
    def sizes():
        text = sh("ethtool", "-S", DEV, "--groups", "rmon")
        # The first range is called by its upper end alone.
        found = re.findall(r"(rx|tx)\S*?(\d+)(?:to\w+)?Octets: (\d+)", text)
        return {(way, int(low) if low != "64" else 0): int(n)
                for way, low, n in found}
    before = sizes()
    send(*(eth(ME, ME, OTHER, bytes(size - 18)) for size in
           (64, 65, 127, 128, 255, 256, 511, 512, 1023, 1024, 1518, 1519,
            9000)))
    got = {key: n - before[key] for key, n in sizes().items()}
    want = dict(zip((0, 65, 128, 256, 512, 1024, 1519), (1, 2, 2, 2, 2, 2, 2)))
    equal(got, {(way, low): n for way in ("rx", "tx")
                for low, n in want.items()})


def taken(*args):
    try:
        sh("ethtool", *args)
    except AssertionError:
        return False
    return True


@check("pauses are what was asked for; nobody negotiates")
def _():
    def pauses():
        return re.findall(r"(?:RX|TX):\s+(\w+)", sh("ethtool", "-a", DEV))
    equal(pauses(), ["off", "off"])
    equal(taken("-A", DEV, "rx", "on"), True)
    equal(pauses(), ["on", "off"])
    equal(taken("-A", DEV, "rx", "off", "tx", "on"), True)
    equal(pauses(), ["off", "on"])
    equal(taken("-A", DEV, "autoneg", "on"), False)
    equal(pauses(), ["off", "on"])


@check("so is error correction")
def _():
    def active():
        text = sh("ethtool", "--show-fec", DEV)
        return re.search(r"Active FEC encoding\S*: (\w+)", text).group(1)
    equal(active().lower(), "off")
    for name in ("rs", "baser", "off"):
        equal(taken("--set-fec", DEV, "encoding", name), True)
        equal(active().lower(), name)
    equal(taken("--set-fec", DEV, "encoding", "llrs"), False)
    equal(active().lower(), "off")


@check("the module says who made it, and has one page")
def _():
    text = sh("ethtool", "-m", DEV)
    equal(re.search(r"Vendor name\s*: (\S+)", text).group(1), "softdev")
    equal(re.search(r"Vendor PN\s*: (\S+)", text).group(1), "loopnet")
    equal(taken("-m", DEV, "page", "1", "offset", "128", "length", "128"),
          False)


run()
