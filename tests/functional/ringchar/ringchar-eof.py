# SPDX-License-Identifier: GPL-2.0-only
# targets: uml* x86-* stock-*
# load: ringchar devices=0
"""ringchar with eof=1 while readers and writers come and go."""

import os
import signal

from checks import SLOW, Child, check, equal, run
from ringchardev import R, W, Made, drain


@check("no EPIPE for a writer who meets the first reader at the door")
def _():
    with Made(size="1M", eof=1) as ring:
        first = os.pipe()

        def write():
            signal.signal(signal.SIGPIPE, signal.SIG_IGN)
            for i in range(3000 // SLOW):
                fd = os.open(ring.dev, W)
                os.write(first[1], b"x")
                for _ in range(20):
                    os.write(fd, b"y")
                os.close(fd)
            return 0

        def read():
            # Comes once for each writer, and stays until the next begins.
            fd = None
            while os.read(first[0], 1):
                old, fd = fd, os.open(ring.dev, R)
                os.set_blocking(fd, False)
                drain(fd)
                if old is not None:
                    os.close(old)
            return 0
        reader = Child(read)
        os.close(first[0])
        writer = Child(write)
        os.close(first[1])
        equal(writer.result(60), 0)
        reader.kill()
        reader.result()


run()
