# SPDX-License-Identifier: GPL-2.0-only
"""ringchar against a user who means to hurt others."""

import os
import signal

from checks import Child, check, equal, run
from ringchardev import (HEAD, PRODUCER, R, TAIL, Made, Mapping, claim)


@check("a producer that stores nonsense for ever: its readers can be killed")
def _():
    with Made(size="1M", mode="record") as ring:
        fd = ring.open()
        claim(fd, PRODUCER)
        m = Mapping(fd, 1 << 20)

        def nonsense():
            while True:
                m.put(HEAD, m.get(TAIL) - 4)
        hostile = Child(nonsense)
        reader = Child(os.read, ring.open(R), 10)
        while m.get(TAIL) < 4 << 20:
            pass
        reader.kill(signal.SIGKILL)
        try:
            equal(reader.result(10), -1000 - signal.SIGKILL)
        finally:
            hostile.kill()
            hostile.result()
        m.map.close()


run()
