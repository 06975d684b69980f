# SPDX-License-Identifier: GPL-2.0-only
"""Whether a package manager changed the files of this machine."""

import os
import time

# What package managers write to when they install, whatever it is.
PLACES = ("/var/lib/dpkg/status", "/var/lib/dpkg/info", "/var/lib/dpkg/updates",
          "/var/lib/rpm/rpmdb.sqlite", "/usr/lib/sysimage/rpm/rpmdb.sqlite",
          "/var/lib/pacman/local", "/lib/apk/db/installed", "/etc/ld.so.cache")


def state(places=PLACES):
    """Two values differ if packages changed between the two calls."""
    found = []
    for place in places:
        try:
            about = os.stat(place)
        except OSError:
            continue
        found.append((place, about.st_ino, about.st_size, about.st_mtime_ns))
    return found


def wait_until_calm(calm=20, limit=900, places=PLACES):
    """Waits until nothing changed for "calm" seconds: it may still go on."""
    end = time.monotonic() + limit
    last, since = state(places), time.monotonic()
    while time.monotonic() < min(end, since + calm):
        time.sleep(0.2)
        now = state(places)
        if now != last:
            last, since = now, time.monotonic()
