# SPDX-License-Identifier: GPL-2.0-only
"""Network interfaces: loopnet beside dummy, veth and lo."""

import json
import os
import re
import subprocess
import time

from .frame import (BIN, Absent, Case, Device, Failed, insmod, modprobe, read,
                    sh, wait_for, write)

PKTGEN = "/proc/net/pktgen/"
COUNTERS = "/sys/class/net/%s/statistics/%s"


def link(*words):
    """ip link add, of a kind that this kernel may not have."""
    try:
        sh("ip", "link", "add", *words)
    except Failed as e:
        raise Absent(str(e)) from None


def pair(*words):
    """Two loopnets of mode peer; ip needs no plug-in for that."""
    insmod("loopnet", "devices=0")
    try:
        sh(BIN + "/pair", *words)
    except Failed as e:
        raise Absent(str(e)) from None


def up(*names):
    for name in names:
        # No address of the kernel's own: no neighbour discovery underneath.
        try:
            write("/proc/sys/net/ipv6/conf/%s/disable_ipv6" % name, "1")
        except Absent:
            pass
        sh("ip", "link", "set", name, "up")


def counter(name, what):
    return int(read(COUNTERS % (name, what)))


class Net(Device):
    """Frames go into `tx`, arrive at `rx` and are counted there as `what`."""

    tx = rx = ""
    what = "rx_packets"

    def __init__(self, index=0):
        super().__init__(index)
        self.rates = {}

    def mac(self):
        return read("/sys/class/net/%s/address" % self.rx).strip()


class Loopnet(Net):
    """One interface in a mode that needs no other end."""

    name = "loopnet"
    mode = "reflect"
    label = "r"

    def up(self):
        insmod("loopnet", "devices=0")
        self.tx = self.rx = "ln%s%d" % (self.label, self.index)
        link(self.tx, "type", "loopnet")
        write("/sys/class/net/%s/loopnet/mode" % self.tx, self.mode)
        up(self.tx)


class Sink(Loopnet):
    mode = "sink"
    label = "s"
    what = "tx_packets"


class Dummy(Net):
    name = "dummy"
    what = "tx_packets"

    def up(self):
        modprobe("dummy", "numdummies=0")
        self.tx = self.rx = "dm%d" % self.index
        link(self.tx, "type", "dummy")
        up(self.tx)


class Veth(Net):
    name = "veth"
    label = "v"

    def up(self):
        modprobe("veth")
        self.tx, self.rx = (self.label + end + str(self.index) for end in "ab")
        link(self.tx, "type", "veth", "peer", "name", self.rx)
        up(self.tx, self.rx)


class Peer(Net):
    """loopnet in mode peer."""

    name = "loopnet"
    label = "p"

    def up(self):
        self.tx, self.rx = (self.label + end + str(self.index) for end in "ab")
        pair(self.tx, self.rx)
        up(self.tx, self.rx)


class Lo(Net):
    name = "lo"
    tx = rx = "lo"

    def up(self):
        sh("ip", "link", "set", "lo", "up")


def pktgen_empty():
    """Takes all devices from pktgen; its thread does that in its own time."""
    write(PKTGEN + "kpktgend_0", "rem_device_all")
    wait_for("empty pktgen", lambda: not [
        name for name in os.listdir(PKTGEN)
        if not name.startswith("kpktgend_") and name != "pgctrl"], 60)


def pktgen_add(name, packets, size, mac):
    write(PKTGEN + "kpktgend_0", "add_device " + name)
    # 192.0.2.0/24 and 198.51.100.0/24 are nobody's: the receiving stack finds
    # no route and drops, at the same cost for every device.
    for option in ("count %d" % packets, "clone_skb 0", "pkt_size %d" % size,
                   "delay 0", "dst_mac " + mac, "dst 198.51.100.2",
                   "src_min 192.0.2.1", "src_max 192.0.2.1",
                   # As every other sender: what is sent is the device's.
                   "flag !SHARED"):
        write(PKTGEN + name, option)


def pktgen_start(names):
    """Sends all; the microseconds from the first start to the last end."""
    def result(name):
        return read(PKTGEN + name)

    # Returns before the end if the thread was late to start, and up to 0.1 s
    # after it otherwise: so pktgen's own clock is asked.
    # Older kernels cut off the last character, whatever it is.
    write(PKTGEN + "pgctrl", "start\n")
    wait_for("end of pktgen", lambda: not any(
        re.search("Result: (Starting|Running|Idle)", result(name))
        for name in names), 120)
    times = []
    for name in names:
        text = result(name)
        took = re.search(r"started: (\d+)us  stopped: (\d+)us", text)
        if "Result: OK" not in text or not took:
            raise Failed("pktgen: " + text.splitlines()[-1].strip())
        times.append((int(took[1]), int(took[2])))
    return max(t[1] for t in times) - min(t[0] for t in times)


def pktgen_pass(device, packets, size, arrivals):
    """Packets that arrived in a nanosecond, of so many sent by one thread."""
    pktgen_empty()
    pktgen_add(device.tx, packets, size, device.mac())
    before = arrivals()
    us = pktgen_start([device.tx])
    arrived = arrivals() - before
    pktgen_empty()
    if not arrived:
        raise Failed("pktgen: nothing arrived")
    return arrived / (us * 1e3)


def pktgen(device, ms, size=60, arrivals=None, what=None):
    """Million packets a second that arrived, of one thread's 64-byte frames.

    60 bytes and the checksum that no software device has make 64. Where
    arrivals are not counted at the receiving end, `arrivals` counts them and
    `what` says in a word what is measured.
    """
    modprobe("pktgen")
    arrivals = arrivals or (lambda: counter(device.rx, device.what))
    # How many fill the time? Found once for each device.
    key = (what, size)
    if key not in device.rates:
        device.rates[key] = pktgen_pass(device, 20000, size, arrivals)
    packets = int(device.rates[key] * ms * 1e6) + 1000
    device.rates[key] = pktgen_pass(device, packets, size, arrivals)
    return device.rates[key] * 1e3


class Xdp:
    """A counting XDP program on an interface, for a while."""

    def __init__(self, interface, action):
        try:
            self.tool = subprocess.Popen([BIN + "/xdp", interface, action],
                                         stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE,
                                         stderr=subprocess.PIPE, text=True)
        except FileNotFoundError:
            raise Absent("no program xdp") from None
        if self.tool.stdout.readline().strip() != "ready":
            said = self.tool.communicate()[1].strip()
            raise Absent(said or "xdp did not attach")

    def frames(self):
        self.tool.stdin.write("\n")
        self.tool.stdin.flush()
        return int(self.tool.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.tool.stdin.close()
        self.tool.wait()
        # The program goes when the kernel gets round to it.
        time.sleep(0.05)


def xdp_drop(device, ms):
    """Frames that the program at the receiver saw and dropped."""
    with Xdp(device.rx, "drop") as program:
        return pktgen(device, ms, arrivals=program.frames, what="drop")


def xdp_tx(device, ms):
    """Frames that the program sent back, as they arrive where they came from.
    """
    # They come back with the addresses that they had.
    sh("ip", "link", "set", device.tx, "promisc", "on")
    # veth takes frames back only where a program waits for them.
    with Xdp(device.tx, "pass"), Xdp(device.rx, "tx"):
        return pktgen(device, ms, what="tx",
                      arrivals=lambda: counter(device.tx, "rx_packets"))


def xsk(device, ms):
    """Frames from one AF_XDP socket to another, both of one process."""
    out = sh(BIN + "/xsk", device.tx, device.rx, "0", "60", "time=%d" % ms,
             *device.words)
    took = re.match(r"(\w+): (\d+) frames, (\d+) ns", out)
    if not took:
        raise Failed("xsk: " + out)
    if took[1] != device.words[0]:
        raise Absent("bound as " + took[1])
    return int(took[2]) / int(took[3]) * 1e3


class XskPeer(Peer):
    label = "xp"
    words = ("zerocopy", "wakeup")


class XskCopy(Peer):
    name = "loopnet, copied"
    label = "xc"
    words = ("copy", "wakeup")


class XskVeth(Veth):
    label = "xv"
    words = ("copy", "wakeup")


class Tcp(Device):
    """`server` and `client` are what a command is prefixed with there."""

    server = client = ()
    address = ""

    def listen(self):
        sh(*self.server, "iperf3", "-s", "-D")
        wait_for("iperf3 server", lambda: "5201" in
                 sh(*self.server, "ss", "-Hltn", check=False))

    def make(self):
        raise NotImplementedError

    def up(self):
        self.make()
        self.listen()


class TcpReflect(Tcp):
    """One interface: the remote address is this machine's own server."""

    name = "loopnet"

    def make(self):
        insmod("loopnet", "devices=0")
        here = netns("bench-ln%d" % self.index)
        link("tcp0", "netns", "bench-ln%d" % self.index, "type", "loopnet")
        sh(*here, "ip", "addr", "add", "10.77.0.1/24", "dev", "tcp0")
        sh(*here, "ip", "link", "set", "tcp0", "up")
        self.server = self.client = here
        self.address = "10.77.0.2"


class TcpLo(Tcp):
    name = "lo"

    def make(self):
        self.server = self.client = netns("bench-lo%d" % self.index)
        sh(*self.server, "ip", "link", "set", "lo", "up")
        self.address = "127.0.0.1"


class TcpVeth(Tcp):
    """A pair between two namespaces."""

    name = "veth"

    def pair(self, a, b):
        modprobe("veth")
        link("t0", "netns", a, "type", "veth", "peer", "name", "t1",
             "netns", b)

    def make(self):
        a, b = ("bench-%s-%s%d" % (type(self).__name__, side, self.index)
                for side in "ab")
        self.client, self.server = netns(a), netns(b)
        self.pair(a, b)
        for here, name, address in ((self.client, "t0", "10.77.1.1/24"),
                                    (self.server, "t1", "10.77.1.2/24")):
            sh(*here, "ip", "addr", "add", address, "dev", name)
            sh(*here, "ip", "link", "set", name, "up")
        self.address = "10.77.1.2"


class TcpPeer(TcpVeth):
    name = "loopnet"

    def pair(self, a, b):
        pair("t0", "t1", a, b)


def netns(name):
    """The prefix of a command that runs in a new namespace."""
    sh("ip", "netns", "add", name)
    return ("ip", "netns", "exec", name)


def iperf(device, ms):
    """Gigabits a second of one TCP connection, as the server received them."""
    seconds = max(1, round(ms / 1000))
    out = json.loads(sh(*device.client, "iperf3", "-c", device.address, "-J",
                        "-t%d" % seconds, timeout=30 + 20 * seconds))
    return out["end"]["sum_received"]["bits_per_second"] / 1e9


MPPS = "Mpps"

CASES = [
    Case("loopnet-sink-pktgen", MPPS, Sink, (Dummy,), pktgen, 400),
    Case("loopnet-reflect-pktgen", MPPS, Loopnet, (Veth, Lo), pktgen, 600),
    Case("loopnet-peer-pktgen", MPPS, Peer, (Veth, Lo), pktgen, 600),
    Case("loopnet-tcp", "Gbit/s", TcpReflect, (TcpLo, TcpVeth), iperf, 1000),
    Case("loopnet-peer-tcp", "Gbit/s", TcpPeer, (TcpVeth,), iperf, 1000),
    Case("loopnet-xdp-drop", MPPS, Peer, (Veth,), xdp_drop, 600),
    Case("loopnet-xdp-tx", MPPS, Peer, (Veth,), xdp_tx, 600),
    Case("loopnet-xsk", MPPS, XskPeer, (XskVeth, XskCopy), xsk, 600),
]
