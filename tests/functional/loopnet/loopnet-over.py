# SPDX-License-Identifier: GPL-2.0-only
# targets: stock-* x86-*
# timeout: 600
# load: loopnet devices=0
"""loopnet: what people put on a network card: tunnels, bonds, bridges, VLANs.

Two namespaces, two pairs between them; TCP goes through what is put on them, and no
checksum is wrong. Once as they are, once with an XDP program on every end.
"""

import contextlib
import os
import shutil
import subprocess
import sys

from checks import SLOW, Skip, check, equal, run
from loopnetdev import Links, Xdp, sh

SIZE = 1 << 20
SERVER = f"""
import hashlib, socket
server = socket.create_server(("198.51.100.2", 7001))
print("ready", flush=True)
sock, _ = server.accept()
data = b""
while len(data) < {SIZE}:
    data += sock.recv(1 << 16)
sock.sendall(hashlib.sha256(data).digest())
"""
# A bond or a bridge takes its time until it forwards.
CLIENT = f"""
import hashlib, os, socket, sys, time
data = os.urandom({SIZE})
end = time.monotonic() + {20 * SLOW}
while True:
    sock = socket.socket()
    sock.settimeout({20 * SLOW})
    if len(sys.argv) > 1:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE,
                        sys.argv[1].encode())
    try:
        sock.connect(("198.51.100.2", 7001))
        break
    except OSError:
        sock.close()
        if time.monotonic() > end:
            raise
        time.sleep(0.1)
sock.sendall(data)
got = sock.recv(32, socket.MSG_WAITALL)
print("same" if got == hashlib.sha256(data).digest() else "other")
"""


def near(*command):
    sh("ip", "-n", "near", *command)


def far(*command):
    sh("ip", "-n", "far", *command)


def within(space, *command, **how):
    return subprocess.Popen(["ip", "netns", "exec", space, *command], text=True,
                            stdout=subprocess.PIPE, **how)


def bad_checksums(space):
    """Of all protocols, in a namespace."""
    with within(space, "cat", "/proc/net/snmp") as cat:
        lines = [line.split() for line in cat.stdout]
    return sum(int(value) for names, values in zip(lines[::2], lines[1::2])
               for name, value in zip(names, values) if name == "InCsumErrors")


def let_all_pass(dev):
    """A program that stays when the descriptor is closed."""
    program = Xdp(dev, Xdp.verdict(Xdp.PASS))
    program.attach(program.fd)
    os.close(program.fd)


@contextlib.contextmanager
def wires(program):
    """Two namespaces with two pairs between them; addresses on the first."""
    for space in "near", "far":
        sh("ip", "netns", "add", space)
    try:
        for i in "01":
            Links.add(f"a{i}", peer=f"b{i}")
            for dev, space in (f"a{i}", "near"), (f"b{i}", "far"):
                if program:
                    let_all_pass(dev)
                sh("ip", "link", "set", dev, "netns", space)
        near("addr", "add", "192.0.2.1/24", "dev", "a0")
        far("addr", "add", "192.0.2.2/24", "dev", "b0")
        for i in "01":
            near("link", "set", f"a{i}", "up")
            far("link", "set", f"b{i}", "up")
        yield
    finally:
        # All that is in them goes with them.
        for space in "near", "far":
            sh("ip", "netns", "del", space)


def inner(dev, other=None):
    """The addresses that are talked by."""
    near("addr", "add", "198.51.100.1/24", "dev", dev)
    far("addr", "add", "198.51.100.2/24", "dev", other or dev)
    near("link", "set", dev, "up")
    far("link", "set", other or dev, "up")


def talk(*bound):
    """A megabyte there, its digest back; bound: to the device, if there is one."""
    with within("far", sys.executable, "-c", SERVER) as server:
        try:
            equal(server.stdout.readline(), "ready\n")
            with within("near", sys.executable, "-c", CLIENT, *bound,
                        stderr=subprocess.STDOUT) as client:
                equal(client.stdout.read(), "same\n")
        finally:
            server.kill()


def tunnel(kind, *how):
    for side, there in (near, "192.0.2.2"), (far, "192.0.2.1"):
        side("link", "add", "t0", "type", kind, *how, "remote", there)
    inner("t0")


def vlan(name, below, number, protocol="802.1Q"):
    for side, dev in (near, below), (far, below.replace("a0", "b0")):
        side("link", "add", name, "link", dev, "type", "vlan", "protocol", protocol,
             "id", str(number))
        side("link", "set", name, "up")


def bond(mode, *how):
    for side, devs in (near, ("a0", "a1")), (far, ("b0", "b1")):
        side("link", "add", "bond7", "type", "bond", "mode", mode, "miimon", "50", *how)
        for dev in devs:
            side("link", "set", dev, "down")
            side("link", "set", dev, "master", "bond7")
        if mode == "active-backup":
            # There is no switch: both ends have to use the same wire.
            side("link", "set", "bond7", "type", "bond", "primary", devs[0])
        side("link", "set", "bond7", "up")
    inner("bond7")


def bridge():
    near("link", "add", "br7", "type", "bridge", "stp_state", "1", "forward_delay",
         "200")
    near("link", "set", "a0", "master", "br7")
    near("addr", "flush", "dev", "a0")
    far("addr", "flush", "dev", "b0")
    inner("br7", "b0")


def macvlan():
    for side, dev in (near, "a0"), (far, "b0"):
        side("link", "add", "mv0", "link", dev, "type", "macvlan", "mode", "bridge")
    inner("mv0")


def ipvlan():
    for side, dev in (near, "a0"), (far, "b0"):
        side("link", "add", "iv0", "link", dev, "type", "ipvlan", "mode", "l2")
    inner("iv0")


def wireguard():
    if not shutil.which("wg"):
        raise Skip("no wg here (package wireguard-tools)")
    keys = {}
    for side in "near", "far":
        made = subprocess.run(["wg", "genkey"], stdout=subprocess.PIPE, check=True)
        public = subprocess.run(["wg", "pubkey"], stdout=subprocess.PIPE, check=True,
                                input=made.stdout)
        keys[side] = made.stdout, public.stdout.decode().strip()
    for side, other, there in (("near", "far", "192.0.2.2"),
                               ("far", "near", "192.0.2.1")):
        sh("ip", "-n", side, "link", "add", "wg7", "type", "wireguard")
        with within(side, "wg", "set", "wg7", "listen-port", "7007", "private-key",
                    "/dev/stdin", "peer", keys[other][1], "allowed-ips",
                    "198.51.100.0/24", "endpoint", f"{there}:7007",
                    stdin=subprocess.PIPE) as wg:
            wg.communicate(keys[side][0].decode())
            equal(wg.returncode, 0)
    inner("wg7")


def vrf():
    near("link", "add", "red", "type", "vrf", "table", "77")
    near("link", "set", "red", "up")
    near("addr", "flush", "dev", "a0")
    far("addr", "flush", "dev", "b0")
    near("link", "set", "a0", "master", "red")
    inner("a0", "b0")
    return "red"


def ipsec():
    """Transport mode, both directions."""
    key = "0x" + "5a" * 20
    for side in near, far:
        for source, to, spi in (("198.51.100.1", "198.51.100.2", "0x101"),
                                ("198.51.100.2", "198.51.100.1", "0x102")):
            side("xfrm", "state", "add", "src", source, "dst", to, "proto", "esp",
                 "spi", spi, "mode", "transport", "aead", "rfc4106(gcm(aes))", key,
                 "128")
            mine = (source == "198.51.100.1") == (side is near)
            side("xfrm", "policy", "add", "src", source, "dst", to, "dir",
                 "out" if mine else "in", "tmpl", "src", source, "dst", to, "proto",
                 "esp", "mode", "transport")
    inner("a0", "b0")


KINDS = {
    "VXLAN": lambda: tunnel("vxlan", "id", "7", "dstport", "4789"),
    "GENEVE": lambda: tunnel("geneve", "id", "7"),
    "GRE": lambda: tunnel("gre"),
    "Ethernet in GRE": lambda: tunnel("gretap"),
    "VLAN": lambda: (vlan("v7", "a0", 7), inner("v7")),
    "VLAN in VLAN": lambda: (vlan("v7", "a0", 7, "802.1ad"),
                             vlan("w8", "v7", 8), inner("w8")),
    "bond, active-backup": lambda: bond("active-backup"),
    "bond, 802.3ad": lambda: bond("802.3ad", "lacp_rate", "fast"),
    "bridge with STP": bridge,
    "macvlan": macvlan,
    "ipvlan": ipvlan,
    "IP in IP": lambda: tunnel("ipip"),
    "WireGuard": wireguard,
    "VRF": vrf,
    "IPsec": ipsec,
}


def over(name, build, program):
    @check(f"TCP over {name}{' with a program' * program}, no checksum is wrong")
    def _():
        with wires(program):
            bound = build()
            talk(*([bound] if isinstance(bound, str) else []))
            equal([bad_checksums("near"), bad_checksums("far")], [0, 0])


for _program in False, True:
    for _name, _build in KINDS.items():
        over(_name, _build, _program)

run()
