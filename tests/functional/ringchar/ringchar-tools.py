# SPDX-License-Identifier: GPL-2.0-only
# load: ringchar devices=0
# targets: uml* x86-* stock-*
"""ringchar in the hands of programs that were not written for it."""

import asyncio
import errno
import os
import select
import signal
import subprocess

from checks import Child, SLOW, Skip, check, equal, fails, run
from ringchardev import Made, RDWR_NB, W, fionread

# Written in Rust; one program that is told which it shall be.
UUTILS = "/usr/bin/coreutils"
TEXT = b"one\ntwo\nthree\n"


def sh(command, stdin=None):
    done = subprocess.run(["bash", "-c", command], stdin=stdin, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=30 * SLOW)
    return done.returncode, done.stdout


def reads_to_the_end(tools, prefix=""):
    """Each reads TEXT from a ring with eof=1, by name and as standard input."""
    with Made(size="64K", eof=1) as ring:
        for tool, text in tools.items():
            for how in (f"{prefix}{tool} {ring.dev}",
                        f"{prefix}{tool} <{ring.dev}",
                        f"{prefix}{tool} <{ring.dev} | cat"):
                if tool.startswith("tee") and "<" not in how:
                    continue
                fd = ring.open(W)
                os.write(fd, TEXT)
                os.close(fd)
                status, out = sh(how)
                ring.set("power", 0)
                ring.set("clear", 1)
                ring.set("power", 1)
                equal((how, status), (how, 0))
                if text is not None:
                    equal((how, out), (how, text))
                elif tool == "wc -c":
                    equal((how, out.split()[0]), (how, b"14"))


@check("with eof=1 every tool reads to the end and ends")
def _():
    reads_to_the_end({
        "cat": TEXT,
        "head -n 1": b"one\n",
        "head -c -1": TEXT[:-1],
        "head -c 5": TEXT[:5],
        "tail -n 1": b"three\n",
        "tail -c 4": b"ree\n",
        "tail -n +2": b"two\nthree\n",
        "wc -c": None,
        "sort": b"one\nthree\ntwo\n",
        "tac": b"three\ntwo\none\n",
        "sed -n 2p": b"two\n",
        "grep t": b"two\nthree\n",
        "od -An -c": None,
        "tee /dev/null": TEXT,
    })


@check("the same of uutils, which splice")
def _():
    if not os.path.exists(UUTILS):
        raise Skip("no rust-coreutils")
    reads_to_the_end({
        "cat": TEXT,
        "head -n 1": b"one\n",
        "head -c 5": TEXT[:5],
        "tail -n 1": b"three\n",
        "tail -c 4": b"ree\n",
        "wc -c": None,
        "sort": b"one\nthree\ntwo\n",
        "tac": b"three\ntwo\none\n",
        "tee /dev/null": TEXT,
    }, UUTILS + " ")
    with Made(size="64K", eof=1) as ring:
        # By name it believes the size that stat(2) tells, of a FIFO, too.
        status, out = sh(f"seq 3 >{ring.dev};"
                         f"{UUTILS} head -c -1 <{ring.dev}")
        equal((status, out), (0, b"1\n2\n3"))
        # From a pipe into a ring, and from one ring into another.
        status, out = sh(f"seq 1000 | {UUTILS} cat >{ring.dev};"
                         f"{UUTILS} cat {ring.dev} | {UUTILS} wc -l")
        equal((status, out.split()), (0, [b"1000"]))
        with Made(size="64K", eof=1) as other:
            status, out = sh(f"seq 1000 >{ring.dev};"
                             f"{UUTILS} cat {ring.dev} >{other.dev};"
                             f"{UUTILS} tail -n 1 {other.dev}")
            equal((status, out), (0, b"1000\n"))
        ring.set("power", 0)
        status, out = sh(f"{UUTILS} cat {ring.dev}")
        equal((status, ring.dev.encode() in out), (1, True))
        ring.set("power", 1)
    # dd seeks to 0 in what of= names, which fails with a FIFO, too; and it opens
    # its standard output to read for a moment: with eof=1 the last reader is gone.
    with Made(size="64K") as ring:
        status, out = sh(f"{UUTILS} dd if=/dev/zero bs=4k count=3 >{ring.dev}")
        equal((status, b"3+0 records out" in out), (0, True))
        status, out = sh(f"{UUTILS} dd if={ring.dev} of=/dev/null "
                         "bs=4k count=3")
        equal((status, b"3+0 records in" in out), (0, True))


@check("dd counts what it moved, both ways")
def _():
    with Made(size="64K", eof=1) as ring:
        status, out = sh(f"dd if=/dev/zero of={ring.dev} bs=4k count=3")
        equal((status, b"3+0 records out" in out), (0, True))
        status, out = sh(f"dd if={ring.dev} of=/dev/null bs=4k")
        equal((status, b"3+0 records in" in out), (0, True))


@check("cp and cat from a file, and a shell's append")
def _():
    with Made(size="64K", eof=1) as ring:
        sh(f"printf a >{ring.dev}; printf b >>{ring.dev}")
        sh(f"printf c >/tmp/ring.c; cat /tmp/ring.c >{ring.dev}")
        sh(f"dd if=/tmp/ring.c of={ring.dev} conv=notrunc")
        equal(sh(f"cat {ring.dev}"), (0, b"abcc"))


@check("^C and SIGTERM end a tool that waits")
def _():
    with Made(size="4K") as ring:
        for tool in (["cat", ring.dev], ["head", "-n", "1", ring.dev],
                     ["dd", f"if={ring.dev}", "status=none"],
                     ["tail", "-n", "1", ring.dev],
                     *([[UUTILS, "cat", ring.dev],
                        [UUTILS, "wc", "-c", ring.dev]]
                       if os.path.exists(UUTILS) else [])):
            for number in (signal.SIGINT, signal.SIGTERM):
                with subprocess.Popen(
                        tool, stdin=subprocess.DEVNULL,
                        preexec_fn=lambda: signal.signal(
                            signal.SIGINT, signal.SIG_DFL)) as process:
                    sleeper = Child.__new__(Child)
                    sleeper.pid = process.pid
                    sleeper.asleep()
                    process.send_signal(number)
                    equal((tool, process.wait(20 * SLOW)), (tool, -number))


@check("asyncio reads lines and writes them")
def _():
    async def talk(path):
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        end, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader),
            os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb", 0))
        other, _ = await loop.connect_write_pipe(
            asyncio.BaseProtocol,
            os.fdopen(os.open(path, os.O_WRONLY | os.O_NONBLOCK), "wb", 0))
        got = []
        for n in range(100):
            other.write(b"%d\n" % n)
            got.append(await asyncio.wait_for(reader.readline(), 20 * SLOW))
        other.close()
        end.close()
        return got

    with Made(size="4K") as ring:
        equal(asyncio.run(talk(ring.dev)), [b"%d\n" % n for n in range(100)])


@check("Go's files: epoll first, then O_NONBLOCK, and close ends a wait")
def _():
    # What os.OpenFile() of Go does. Its Close() takes a waiting goroutine off
    # the poller and then closes: the driver must not hold it up.
    def edge(path, flags):
        fd = os.open(path, flags | os.O_CLOEXEC)
        epoll = select.epoll()
        epoll.register(fd, select.EPOLLIN | select.EPOLLOUT |
                       select.EPOLLRDHUP | select.EPOLLET)
        os.set_blocking(fd, False)
        return fd, epoll

    with Made(size="4K") as ring:
        fd, epoll = edge(ring.dev, os.O_RDONLY)
        while epoll.poll(0):
            pass
        fails(errno.EAGAIN, os.read, fd, 1)
        out, room = edge(ring.dev, os.O_WRONLY)
        equal(os.write(out, b"go"), 2)
        equal(epoll.poll(20 * SLOW), [(fd, select.EPOLLIN)])
        equal(os.read(fd, 9), b"go")
        os.write(out, bytes(4096))
        while room.poll(0):
            pass
        fails(errno.EAGAIN, os.write, out, b"x")
        equal(len(os.read(fd, 4096)), 4096)
        equal(room.poll(20 * SLOW), [(out, select.EPOLLOUT)])
        for it in fd, out:
            os.close(it)
        # Both are off the poller's list: nothing is told any more.
        equal(epoll.poll(0) + room.poll(0), [])
        equal(fionread(ring.open(RDWR_NB)), 0)


@check("edge-triggered epoll: EPOLL_CTL_MOD tells again what is so")
def _():
    with Made(size="8K") as ring:
        fd = ring.open(RDWR_NB)
        epoll = select.epoll()
        epoll.register(fd, select.EPOLLIN | select.EPOLLET)
        os.write(fd, b"x")
        equal(epoll.poll(0), [(fd, select.EPOLLIN)])
        equal(epoll.poll(0), [])
        epoll.modify(fd, select.EPOLLIN | select.EPOLLET)
        equal(epoll.poll(0), [(fd, select.EPOLLIN)])
        epoll.modify(fd, select.EPOLLOUT | select.EPOLLET)
        equal(epoll.poll(0), [(fd, select.EPOLLOUT)])
        epoll.close()


@check("edge-triggered epoll: a full ring that gets room for a write")
def _():
    with Made(size="8K") as ring:
        fd = ring.open(RDWR_NB)
        os.write(fd, bytes(8192))
        epoll = select.epoll()
        epoll.register(fd, select.EPOLLOUT | select.EPOLLET)
        equal(epoll.poll(0), [])
        os.read(fd, 1)
        equal(epoll.poll(0), [])
        os.read(fd, 4095)
        equal(epoll.poll(0), [(fd, select.EPOLLOUT)])
        epoll.close()


@check("an error names the file and says why")
def _():
    with Made(size="4K", mode="record") as ring:
        fd = ring.open(W)
        os.write(fd, bytes(100))
        status, out = sh(f"head -c 10 {ring.dev}")
        equal((status, b"Message too long" in out, ring.dev.encode() in out),
              (1, True, True))
        ring.set("power", 0)
        status, out = sh(f"cat {ring.dev}")
        equal((status, ring.dev.encode() in out), (1, True))
        ring.set("power", 1)


run()
