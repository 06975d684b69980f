# SPDX-License-Identifier: GPL-2.0-only
"""What a guest's kernel complained of, and during which test.

As a program: splats.py DIR|FILE... prints the complaints in these logs (in DIR:
dmesg, dmesg.end, console), each once, and fails if there are any.
"""

import os
import re
import sys

_HERE = os.path.dirname(os.path.realpath(__file__))
_MARK = re.compile(r"softdev-test: (begin|end) (\S+)")
# What the kernel says when memory is refused to it on purpose: that it was, that
# a module's tracepoints got no files, and that a file in /proc that could not be
# made (jbd2's) is not there; in the stress programs, that small ones were which
# nobody else is ever refused. And dm-integrity's count of its own journal, which
# is wrong once its disk has failed. Up to the end of the call trace.
_REFUSED = re.compile(r"failnth: (vmalloc error|page allocation failure)|"
                      r"(stress_\w+|fuzz): vmalloc error: size \d+, "
                      r"(vm_struct allocation|failed to allocated page array)|"
                      r"WARNING: (kernel/trace/trace_events|fs/proc/generic)\.c:.*"
                      r" failnth/|"
                      r"WARNING: .*\bdrivers/md/dm-integrity\.c:\d+ "
                      r"(at )?integrity_commit\+")
# Of a cache that was not made it does not say there who asked, but below.
_NO_CACHE = re.compile(r"__kmem_cache_create_args\([^)]*\) failed with error")
_FRAME = re.compile(r"^(\[[^]]*\])? +\[<[0-9a-f]+>\]")
_ACCESS = re.compile(r"(read|write|assert\S*)( \(.*\))? to 0x")
_OURS = re.compile(r"\[(ringchar|ramblk|loopnet|pseudo|\w+_kunit)\b.*\]$")
# Where KCSAN cannot make out the stack of a race it is about to report.
_PUZZLED = re.compile(r"WARNING: kernel/kcsan/report\.c:")
# User-mode Linux walks a process's mappings without their lock where two take
# pages from it at once (flush_tlb_mm() from tlb_finish_mmu()): not ours.
_RCU = re.compile(r"WARNING: suspicious RCU usage")
_UML_FLUSH = re.compile(r"\] flush_tlb_mm\+")
# What kmemleak tells of is no complaint if a test then looks whose it is.
_LEAKS = re.compile(r"kmemleak: \d+ new suspected")
_LOOKED = "softdev-test: asks kmemleak"
_STAMP = re.compile(r"\[\s*(\d+\.\d+)\]")


def _patterns(name):
    with open(os.path.join(_HERE, name), encoding="utf-8") as file:
        return re.compile("|".join(f"(?:{line.rstrip(chr(10))})"
                                   for line in file if line.strip()))


_BAD = _patterns("splats")
_IGNORE = _patterns("splats.ignore")


def bad(line):
    return bool(_BAD.search(line)) and not _IGNORE.search(line)


def _read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return [line.rstrip("\r\n") for line in file]
    except FileNotFoundError:
        return []


def _stamp(line):
    match = _STAMP.match(line)
    return float(match.group(1)) if match else None


def without_refused(lines):
    """The lines, and what was taken from them: the first of each report of
    memory that was refused."""
    left, refused = [], []
    inside = trace = False
    for line, below in zip(lines, lines[1:] + [""]):
        if _REFUSED.search(line) or (_NO_CACHE.search(line) and
                                     "Comm: failnth" in below):
            refused.append(line)
            inside, trace = True, False
        elif inside and "Call Trace:" in line:
            trace = True
        elif inside and trace and not _FRAME.match(line):
            inside = False
        if not inside:
            left.append(line)
    return left, refused


def without_races(lines):
    """The lines, and what was taken from them: the first of each report of a
    data race in which neither access is ours. Strictly looked at, the kernel
    has many."""
    left, races = [], []
    report = []
    puzzled = False
    for line in lines:
        puzzled = _PUZZLED.search(line) or puzzled and not _MARK.search(line)
        if puzzled:
            puzzled = "---[ end trace" not in line
            continue
        if "BUG: KCSAN:" in line:
            report = [line]
            continue
        if not report:
            left.append(line)
            continue
        report.append(line)
        if "======" not in line and not _MARK.search(line):
            continue
        # What was called by us, or is a helper of the kernel's in line.
        close = [frame for at, text in enumerate(report)
                 if _ACCESS.search(text) for frame in report[at + 1:at + 3]]
        if _MARK.search(line) or any(_OURS.search(frame) for frame in close):
            left += report
        else:
            races.append(report[0])
        report = []
    return left + report, races


def without_flushes(lines):
    """The lines, and what was taken from them: the first of each report of
    mappings that user-mode Linux walks without their lock."""
    left, flushes = [], []
    report, trace = [], False
    for line in lines + [""]:
        if report and trace and not _FRAME.match(line):
            walk = (any("lib/maple_tree.c" in text for text in report) and
                    any(_UML_FLUSH.search(text) for text in report))
            if walk:
                flushes.append(report[0])
            else:
                left += report
            report, trace = [], False
        if _RCU.search(line) or report:
            report.append(line)
            trace = trace or "Call Trace:" in line
        else:
            left.append(line)
    return (left + report)[:-1], flushes


def without_leaks(lines):
    """The lines but for those of kmemleak that leaks.bash has dealt with."""
    left = []
    looked = False
    for line in reversed(lines):
        if _LOOKED in line:
            looked = True
        elif _MARK.search(line):
            looked = False
        if not (looked and _LEAKS.search(line)):
            left.append(line)
    return left[::-1]


class Log:
    """The kernel log of one boot: what was followed, and the end of it that
    the follower may have missed; of a kernel that died, its console."""

    def __init__(self, out):
        self.lines = _read(os.path.join(out, "dmesg"))
        rest = _read(os.path.join(out, "dmesg.end"))
        last = next((s for s in map(_stamp, reversed(self.lines))
                     if s is not None), -1.0)
        known = set(self.lines)
        self.lines += [line for line in rest if line not in known and
                       (_stamp(line) or 0) >= last]
        known.update(self.lines)
        if not rest:
            plain = {_STAMP.sub("", line).strip() for line in known}
            self.lines += [line for line in _read(os.path.join(out, "console"))
                           if _STAMP.sub("", line).strip() not in plain]
        self.lines, self.refused = without_refused(without_leaks(self.lines))
        self.lines, self.races = without_races(self.lines)
        self.lines, self.flushes = without_flushes(self.lines)

    def complaints(self, test):
        """Of the test of that name, or (None) of those outside any test.
        Each with a few lines that follow it."""
        current = None
        found = []
        more = 0
        for line in self.lines:
            mark = _MARK.search(line)
            if mark:
                current = mark.group(2) if mark.group(1) == "begin" else None
                continue
            if current != test:
                continue
            if bad(line):
                more = 12
            if more:
                more -= 1
                found.append(line)
        return found[:40]


def main():
    found = {}
    for path in sys.argv[1:]:
        if os.path.isdir(path):
            lines = Log(path).lines
        else:
            lines = without_leaks(_read(path))
            lines = without_races(without_refused(lines)[0])[0]
            lines = without_flushes(lines)[0]
        for line in lines:
            if bad(line):
                found.setdefault(_STAMP.sub("", line).strip(), line)
    for line in list(found.values())[:40]:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
