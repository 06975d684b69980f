# SPDX-License-Identifier: GPL-2.0-only
"""The table, the JSON files."""

import json
import os
import statistics

from . import cases
from .plot import si
from .stats import noisy, spread

FORMAT = "%-26s %-12s %16s %16s %8s %7s  %s"


def number(x):
    """Three figures that matter."""
    if x >= 100:
        return "%.0f" % x
    if x >= 10:
        return "%.1f" % x
    if x >= 1:
        return "%.2f" % x
    return "%.3g" % x


def write_json(path, what):
    """All of it or, if we are stopped, nothing new."""
    with open(path + ".new", "w", encoding="utf-8") as f:
        json.dump(what, f, indent=1)
        f.write("\n")
    os.replace(path + ".new", path)


def curve_lines(case, curves, missing):
    """A plot in words."""
    yield "%s: %s (%s)" % (case.name, case.title, case.unit)
    for line in case.lines:
        points = curves.get(line.name, [])
        text = "  ".join("%s%s" % (si(x) + ": " if len(case.xs) > 1 else "",
                                   number(value)) for x, value in points)
        why = missing.get(line.name)
        yield "    %-22s %s%s" % (line.name, text,
                                  " absent: " + why if why else "")


# Where instructions are counted, a rate in (unit) is instructions for each
# (operation): (unit: (rate that one instruction each would give, operation)).
COUNTED = {
    "kIOPS": (1e6, "insns/io"),
    "M/s": (1e3, "insns/call"),
    "Mpps": (1e3, "insns/pkt"),
    "GB/s": (1024, "insns/KiB"),
    "Gbit/s": (8 * 1024, "insns/KiB"),
    "states/s": (1e9, "insns/state"),
}


class Table:
    def __init__(self, self_check=False, counting=False):
        self.self_check = self_check
        self.counting = counting
        self.values = {}
        self.missing = {}

    def value(self, case, who, value):
        values = self.values.setdefault(case, {}).setdefault(who, [])
        values.append(value)
        return len(values)

    def absent(self, case, who, why):
        self.missing.setdefault(case, {})[who] = why

    def known(self, case):
        return case in self.values or case in self.missing

    def pair(self, case, peer):
        """Values of softdev (or of the peer's twin) and of the peer."""
        got = self.values.get(case.name, {})
        ours = got.get("ours " + peer if self.self_check else "ours", [])
        return ours, got.get("peer " + peer, [])

    def why(self, case, peer):
        missing = self.missing.get(case.name, {})
        return missing.get("ours") or missing.get("ours " + peer) or \
            missing.get("peer " + peer)

    def compared(self, wanted):
        """(case, peer, ours, theirs) for whatever has values on both sides."""
        for case in wanted:
            for make in case.peers:
                peer = cases.label(make)
                ours, theirs = self.pair(case, peer)
                if ours and theirs:
                    yield case, peer, ours, theirs

    def shown(self, case, rate):
        """(number, unit) of a rate that was measured."""
        if not self.counting:
            return rate, case.unit
        one, unit = COUNTED[case.unit]
        return one / rate, unit

    def head(self):
        first = "peer's twin" if self.self_check else "softdev"
        yield FORMAT % ("case", "peer", first, "peer", "ratio", "spread", "")

    def lines(self, case):
        name = case.name
        for make in case.peers:
            peer = cases.label(make)
            ours, theirs = self.pair(case, peer)
            if not ours or not theirs:
                why = self.why(case, peer) or "not measured"
                yield "%-26s %-12s absent: %s" % (name, peer, why)
                continue
            a, b = statistics.median(ours), statistics.median(theirs)
            wide = max(spread(ours), spread(theirs))
            (mine, unit), (other, _) = self.shown(case, a), self.shown(case, b)
            yield FORMAT % (
                name, peer, number(mine) + " " + unit,
                number(other) + " " + unit, "%.2f" % (a / b),
                "%.0f%%" % (100 * wide) if len(ours) > 1 else "-",
                "noisy" if noisy(ours) or noisy(theirs) else "")
            name = ""

    def rows(self, wanted):
        out = []
        for case, peer, ours, theirs in self.compared(wanted):
            a, b = statistics.median(ours), statistics.median(theirs)
            (mine, unit), (other, _) = self.shown(case, a), self.shown(case, b)
            out.append({"case": case.name, "peer": peer, "ours": mine,
                        "theirs": other, "unit": unit, "ratio": a / b,
                        "runs": min(len(ours), len(theirs))})
        return out

    def details(self, wanted):
        return [{"case": c.name, "unit": c.unit,
                 "values": self.values.get(c.name, {}),
                 "absent": self.missing.get(c.name, {})} for c in wanted]

    def bars(self, wanted):
        """For the plot: (case, peer, ratio, lowest, highest, text, noisy)."""
        out = []
        for case, peer, ours, theirs in self.compared(wanted):
            a, b = statistics.median(ours), statistics.median(theirs)
            each = [x / y for x, y in zip(ours, theirs)]
            (mine, unit), (other, _) = self.shown(case, a), self.shown(case, b)
            out.append((case.name, peer, a / b, min(each), max(each),
                        "%s / %s %s" % (number(mine), number(other), unit),
                        noisy(ours) or noisy(theirs)))
        return out

    def closing(self, wanted, seconds):
        compared = list(self.compared(wanted))
        wide = sorted({c.name for c, _, a, b in compared
                       if noisy(a) or noisy(b)})
        gone = [c.name for c in wanted
                if not any(c is d[0] for d in compared)]
        yield "%d comparisons in %d s" % (len(compared), seconds)
        if gone:
            yield "absent: " + ", ".join(gone)
        if wide:
            yield ("noisy (quartiles further apart than 8%% of the median): "
                   "%s\nmore rounds: make bench CASE='%s' RUNS=15" %
                   (", ".join(wide), ",".join(wide)))
        if self.self_check:
            off = [c.name + "/" + peer for c, peer, a, b in compared
                   if not same(a, b)]
            yield ("self-check: %d of %d ratios are 1 within the noise%s" %
                   (len(compared) - len(off), len(compared),
                    "; NOT: " + ", ".join(off) if off else ""))


def same(a, b):
    """Are the medians apart by no more than noise explains?

    Either by less than both spread; or the values of one side are not nearly
    all above those of the other: Mann and Whitney's test, at one in a hundred,
    which fewer than five values can never fail.
    """
    x, y = statistics.median(a), statistics.median(b)
    if abs(x / y - 1) <= max(0.05, spread(a) + spread(b)):
        return True
    if min(len(a), len(b)) < 5:
        return False
    pairs = len(a) * len(b)
    above = sum((u > v) + (u == v) / 2 for u in a for v in b)
    deviation = (pairs * (len(a) + len(b) + 1) / 12) ** 0.5
    return abs(above - pairs / 2) < 2.6 * deviation


HEAD = """\
.. SPDX-License-Identifier: GPL-2.0

=======
Figures
=======

``tests/bench/run --rst`` wrote this page after a ``make bench``. How it is measured,
what bounds each case and why some lose: :doc:`performance`. *spread* is the distance
between the quartiles, of the noisier of the two; above 8% a case is noisy.
"""


def page(rows, details, curves, by_name):
    """All of Documentation/figures.rst."""
    yield HEAD
    yield from rst(rows, details)
    if not curves:
        return
    yield ""
    yield "As things grow, from ``make bench-scale``::"
    for name, known in curves.items():
        yield ""
        case = by_name[name]
        lines = list(curve_lines(case, known["lines"], {}))
        yield "    %s, by %s; %s UTC" % (lines[0], case.xlabel or "kind",
                                         known["date"][:16].replace("T", " "))
        yield from ("  " + line for line in lines[1:])


def rst(rows, details):
    """The table."""
    m = details["machine"]
    yield "%s, %d CPUs, %s GiB, Linux %s; guest %s with %s CPUs and %s; %s," % (
        m["cpu"], m["cpus"], m["memory_gib"], m["host_kernel"],
        details["target"], details["guest"]["CPUS"], details["guest"]["MEM"],
        details["date"][:16].replace("T", " ") + " UTC")
    yield "commit %s; load of the machine before %.1f:" % (
        details["commit"], details["load"])
    yield ""
    rule = " ".join("=" * n for n in (26, 10, 15, 15, 6, 6, 4))
    line = "%-26s %-10s %-15s %-15s %6s %6s %4s"
    yield rule
    yield line % ("case", "peer", "softdev", "peer's", "ratio", "spread",
                  "runs")
    yield rule
    values = {c["case"]: c["values"] for c in details["cases"]}
    last = None
    for r in rows:
        got = values[r["case"]]
        wide = max(spread(got["ours"]), spread(got["peer " + r["peer"]]))
        yield line % (r["case"] if r["case"] != last else "\\", r["peer"],
                      number(r["ours"]) + " " + r["unit"],
                      number(r["theirs"]) + " " + r["unit"],
                      "%.2f" % r["ratio"], "%.0f%%" % (100 * wide), r["runs"])
        last = r["case"]
    yield rule
    gone = [c["case"] for c in details["cases"]
            if not any(r["case"] == c["case"] for r in rows)]
    if gone:
        yield ""
        yield "Absent: " + ", ".join(gone) + "."
