# SPDX-License-Identifier: GPL-2.0-only
"""softdev-crash without a kernel: a disk that is made up, which remembers what
was done to it and can be wound back as ramblk's can."""

import html.parser
import importlib.machinery
import importlib.util
import io
import json
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import types
import xml.etree.ElementTree

sys.dont_write_bytecode = True
TESTS = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
sys.path.insert(0, os.path.join(TESTS, "lib"))

from checks import check, equal, run_tap  # noqa: E402

TOOL = os.path.join(os.path.dirname(TESTS), "tools/crash/softdev-crash")
LOADER = importlib.machinery.SourceFileLoader("softdev_crash", TOOL)
CRASH = importlib.util.module_from_spec(
    importlib.util.spec_from_loader("softdev_crash", LOADER))
sys.modules["softdev_crash"] = CRASH
LOADER.exec_module(CRASH)

BLOCK = CRASH.BLOCK
BLOCKS = 16
SIZE = BLOCKS * BLOCK


class FakeDisk:
    """Blocks, and what was done to them: ("write", block, byte[, "fua"]),
    ("zeroes", block), ("flush",), ("mark", text), one after the other."""

    def __init__(self, done, before=None):
        self.before = before or {}
        self.log = CRASH.Log([], [])
        self.bytes = {}
        self.rewinds = []
        self.now = {}
        for what, *args in done:
            number = len(self.log.ops) + 1
            if what == "mark":
                self.log.marks.append(CRASH.Mark(args[0], number - 1))
                continue
            start, length = (0, 0) if what == "flush" else \
                (args[0] * BLOCK, BLOCK)
            self.bytes[number] = args[1] if what == "write" else 0
            self.log.ops.append(CRASH.Op(number, what, start, length,
                                         what == "flush" or "fua" in args,
                                         number - 1))

    def loose(self, at):
        return next(self.log.loose([at]))[1]

    def rewind(self, at, what):
        what, _, number = what.partition(" ")
        self.rewinds.append((at, what, number))
        loose = self.loose(at)
        if what in ("only", "but") and int(number) not in loose:
            raise OSError(2, "No such file or directory")
        dice = random.Random(number)
        keep = {"latest": lambda n: True, "durable": lambda n: False,
                "only": lambda n: n == int(number),
                "but": lambda n: n != int(number),
                "random": lambda n: dice.random() < 0.5}[what]
        self.now = dict(self.before)
        for op in self.log.ops[:at]:
            if op.kind != "flush" and (op.number not in loose or
                                       keep(op.number)):
                self.now[op.start // BLOCK] = self.bytes[op.number]

    def distinct(self):
        return repr(sorted((k, v) for k, v in self.now.items() if v))

    def save(self, path):
        with open(path, "wb") as file:
            for i in range(BLOCKS):
                file.write(bytes([self.now.get(i, 0)]) * BLOCK)


def walk(disk, good, randoms=2, seed=1, budget=None, now=time.monotonic,
         keep=lambda state: None, fail_fast=False):
    states = CRASH.plan(disk.log, randoms, seed, budget is not None)

    def test(state):
        state.result = "good" if good(disk, state) else "bad"
        if state.result == "bad":
            state.stage, state.reason = "check", "the checker says \x01<no>"
            state.output = "lost & gone\x00\n"
    walked = CRASH.Walk(disk, states, test, keep, budget, None, now, fail_fast)
    walked.run()
    return walked


def failing(walked):
    return [(s.at, s.what) for s in walked.done if s.result == "bad"]


# A record is block 1; block 0 says that it is there.
HASTY = [("write", 1, 7), ("write", 0, 1), ("flush",), ("mark", "saved")]
RIGHT = [("write", 1, 7), ("flush",), ("write", 0, 1), ("flush",),
         ("mark", "saved")]


def whole(disk, state):
    if state.marks and not disk.now.get(0):
        return False
    return not disk.now.get(0) or disk.now.get(1) == 7


@check("a program that does not flush in between is caught")
def _():
    equal(failing(walk(FakeDisk(HASTY), whole, randoms=0)), [(2, "only 2")])


@check("one that does is not")
def _():
    walked = walk(FakeDisk(RIGHT), whole)
    equal(failing(walked), [])
    equal(walked.counts.tested > 3, True)


@check("one that promises before it flushes is caught")
def _():
    hasty = RIGHT[:-2] + [("mark", "saved"), ("flush",)]
    equal((3, "durable") in failing(walk(FakeDisk(hasty), whole)), True)


@check("one that relies on FUA is right")
def _():
    fua = [("write", 1, 7, "fua"), ("write", 0, 1, "fua"), ("mark", "saved")]
    equal(failing(walk(FakeDisk(fua), whole)), [])


@check("it cuts before and after FLUSH and FUA, at marks and at both ends")
def _():
    done = [("write", i, 1) for i in range(3)] + [("flush",)] + \
        [("write", i, 2) for i in range(2)] + [("write", 5, 1, "fua")] + \
        [("write", i, 3) for i in range(2)] + [("mark", "a")] + \
        [("write", i, 4) for i in range(2)]
    equal(FakeDisk(done).log.points(), [0, 3, 4, 6, 7, 9, 11])


@check("each state of the contract is planned, each of them once")
def _():
    disk = FakeDisk(HASTY[:1] + [("write", 2, 9)] + HASTY[1:])
    steps = [(s.at, s.what) for s in CRASH.plan(disk.log, 2, 5, False)]
    equal(len(steps), len(set(steps)))
    for what in ("latest", "durable", "random 5", "random 6", "only 1",
                 "only 2", "only 3", "but 1", "but 2", "but 3"):
        equal((3, what) in steps, True)
        equal((4, what) in steps, not what[:2] in ("on", "bu"))


@check("what is in flight at the cut may be kept, too")
def _():
    log = CRASH.Log([CRASH.Op(1, "write", 0, 512, False, 0),
                     CRASH.Op(2, "flush", 0, 0, True, 0),
                     CRASH.Op(3, "write", 512, 512, False, 1),
                     CRASH.Op(4, "write", 1024, 512, False, 2)], [])
    equal(dict(log.loose([0, 1, 2, 3, 4])),
          {0: [], 1: [1, 3], 2: [1, 3, 4], 3: [1, 3, 4], 4: [1, 3, 4]})


@check("a FLUSH covers what had completed when it was submitted, and no more")
def _():
    log = CRASH.Log([CRASH.Op(1, "write", 0, 512, False, 0),
                     CRASH.Op(2, "write", 512, 512, False, 1),
                     CRASH.Op(3, "flush", 0, 0, True, 1)], [])
    equal(dict(log.loose([3])), {3: [2]})


@check("a FLUSH that lies covers nothing")
def _():
    log = CRASH.Log([CRASH.Op(1, "write", 0, 512, False, 0),
                     CRASH.Op(2, "flush", 0, 0, False, 1)], [])
    equal(dict(log.loose([2])), {2: [1]})


def record(kind, sector=0, sectors=0, after=0, flags=0):
    return struct.pack("=QIIIIIBBH", sector, sectors, 1, after, 1, 7, kind,
                       flags, 0)


LOG = struct.pack("=IHHIIIIQ", 0x676c6252, 1, 32, 4, 2, 4096, 0, SIZE) + \
    record(1, 8, 16) + record(255, 0, 33, 1) + b"x" * 33 + bytes(31) + \
    record(0) + record(4, after=1, flags=2) + record(255, 0, 3, 2) + \
    "\N{SNOWMAN}".encode().ljust(32, b"\0") + \
    record(2, 0, 8, 2) + record(3, 8, 8, 2, 3)


@check("the log of the kernel is understood")
def _():
    log = CRASH.parse_log(LOG)
    equal([(o.number, o.kind, o.start, o.length, o.durable, o.before)
           for o in log.ops],
          [(1, "write", 4096, 8192, False, 0), (2, "flush", 0, 0, True, 1),
           (3, "discard", 0, 4096, False, 2),
           (4, "zeroes", 4096, 4096, True, 2)])
    equal([(m.text, m.at) for m in log.marks],
          [("x" * 33, 1), ("\N{SNOWMAN}", 2)])
    equal(log.ranges(), [[0, 12288]])


@check("a log of another version, or a piece of one, is refused")
def _():
    for bad in (b"", LOG[:31], b"\0" + LOG[1:],
                LOG[:4] + b"\2" + LOG[5:]):
        try:
            CRASH.parse_log(bad)
        except CRASH.Unable:
            continue
        raise AssertionError(f"{bad[:8]} is taken")


@check("a content is tested once with each set of marks")
def _():
    disk = FakeDisk([("write", 1, 7), ("flush",), ("mark", "a"),
                     ("write", 1, 7), ("flush",), ("mark", "b")])
    tested = []
    walked = walk(disk, lambda d, s: tested.append((d.distinct(), s.marks))
                  or True)
    equal(len(tested), len(set(tested)))
    equal(len(tested), walked.counts.tested)
    equal(walked.counts.distinct, len({content for content, _ in tested}))
    same = [s for s in walked.done if s.result == "same"]
    equal(bool(same), True)
    firsts = {s.id: s for s in walked.done}
    for s in same:
        equal(firsts[s.same_as].distinct, s.distinct)
        equal(firsts[s.same_as].marks, s.marks)


@check("a budget ends the walk, and has looked everywhere by then")
def _():
    seconds = iter(range(10 ** 6))
    disk = FakeDisk([x for i in range(200)
                     for x in (("write", i % 8, i % 250 + 1), ("flush",))])
    walked = walk(disk, lambda d, s: True, budget=300,
                  now=lambda: next(seconds))
    equal(walked.stopped, "budget")
    equal(50 < walked.counts.done < walked.counts.planned, True)
    equal(max(s.at for s in walked.done) > 300, True)


@check("a checker in Python runs in a copy of this process")
def _():
    path = os.path.join(tempfile.mkdtemp(), "c.py")
    with open(path, "w", encoding="ascii") as file:
        file.write("import atexit, os, sys, fractions\n"
                   "atexit.register(print, 'at exit')\n"
                   "left = open(sys.argv[1], 'w')\n"
                   "left.write(os.environ['WHERE'])\n"
                   "print('said', __name__)\n"
                   "if sys.argv[2] == 'raise': raise ValueError('no')\n"
                   "if sys.argv[2] == 'hang': import time; time.sleep(60)\n"
                   "sys.exit(sys.argv[2] if sys.argv[2].isalpha() else "
                   "int(sys.argv[2]))\n")
    left = path + ".left"

    def forked(what, limit=20):
        script = CRASH.Script.of(f"python3 -IS {path} {left} {what}")
        script.preload()
        return CRASH.run_command(None, limit, env={"WHERE": what},
                                 script=script)
    done = forked("0")
    equal((done.status, done.output), (0, "said __main__\nat exit\n"))
    with open(left, encoding="ascii") as file:
        equal(file.read(), "0")
    equal("fractions" in sys.modules, True)
    equal(forked("3").status, 3)
    done = forked("lost")
    equal((done.status, "lost\n" in done.output), (1, True))
    done = forked("raise")
    equal((done.status, "ValueError: no" in done.output), (1, True))
    equal(forked("hang", 0.5).timed_out, True)
    # What cannot be imported or parsed is the script's own trouble.
    with open(path, "w", encoding="ascii") as file:
        file.write("try:\n import winreg\nexcept ImportError:\n print('none')\n")
    equal(forked("0").output, "none\n")
    with open(path, "w", encoding="ascii") as file:
        file.write("def\n")
    equal((forked("0").status, "SyntaxError" in forked("0").output), (1, True))
    # What is for a shell, or is not there, or is no Python, is not taken.
    for command in (f"python3 {path} | cat", f"python3 {path} $X", "python3",
                    f"cd / && python3 {path}", f"python3 {path}.not",
                    f"sh {path}", f"python3 -c {path}", "python3 'a"):
        equal((command, CRASH.Script.of(command)), (command, None))
    shutil.rmtree(os.path.dirname(path))


@check("under a budget the first random state is where most can be lost")
def _():
    disk = FakeDisk([("write", 0, 1), ("flush",)] +
                    [("write", i, 2) for i in range(4)] + [("flush",)] +
                    [("write", 0, 3), ("flush",)])
    walk(disk, lambda d, s: True, budget=10 ** 6)
    equal([r[0] for r in disk.rewinds if r[1].startswith("random")][0], 6)


@check("to fail fast is to end with the first bad state, and to fail")
def _():
    walked = walk(FakeDisk(HASTY), lambda d, s: False, fail_fast=True)
    equal((walked.stopped, walked.counts.done), ("failure", 1))
    walked = walk(FakeDisk(HASTY), lambda d, s: True, fail_fast=True)
    equal((walked.stopped, walked.counts.failing), ("", 0))
    equal(CRASH.verdict({"counts": {"failing": 1}, "stopped": "failure"}), 1)


@check("the same seed tries the same states, another one others")
def _():
    def order(seed):
        disk = FakeDisk(HASTY * 20)
        walk(disk, lambda d, s: True, seed=seed, budget=10 ** 6)
        return disk.rewinds
    equal(order(3), order(3))
    equal(order(3) == order(4), False)


@check("a state that the disk does not have is counted, not tested")
def _():
    disk = FakeDisk(HASTY)
    disk.loose = lambda at: []
    walked = walk(disk, lambda d, s: True, randoms=0)
    equal((walked.counts.refused, walked.counts.done),
          (2, walked.counts.planned))


@check("a rewind that fails otherwise ends the run, with its reason")
def _():
    disk = FakeDisk(HASTY)

    def broken(*_):
        raise OSError(16, "Device or resource busy")
    disk.rewind = broken
    try:
        walk(disk, lambda d, s: True)
    except CRASH.Unable as error:
        equal("busy" in str(error), True)
    else:
        raise AssertionError("no error")


def interrupted_after(number):
    left = [number]

    def good(*_):
        left[0] -= 1
        if left[0] < 0:
            raise CRASH.Interrupted
        return True
    return good


@check("^C ends the walk, and what was walked is reported")
def _():
    walked = walk(FakeDisk(HASTY), interrupted_after(2))
    equal((walked.stopped, walked.counts.tested), ("interrupted", 2))
    equal(CRASH.verdict({"counts": {"failing": 0},
                         "stopped": "interrupted"}), 2)
    equal(CRASH.verdict({"counts": {"failing": 1},
                         "stopped": "interrupted"}), 1)
    equal(CRASH.verdict({"counts": {"failing": 0}, "stopped": "budget"}), 0)


@check("progress tells states done, distinct, failing, and the time left")
def _():
    class Terminal(io.StringIO):
        def isatty(self):
            return True
    seen = Terminal()
    progress = CRASH.Progress(False, seen)
    progress.next = 0
    disk = FakeDisk(HASTY)
    states = CRASH.plan(disk.log, 0, 1, False)

    def test(state):
        state.result = "bad"
        progress.next = 0
    CRASH.Walk(disk, states, test, lambda s: None, None, progress).run()
    text = f"{len(states)}/{len(states)} states"
    equal(text in seen.getvalue(), True)
    for word in ("distinct", "failing", "0:00 left"):
        equal(word in seen.getvalue(), True)
    quiet = Terminal()
    CRASH.Progress(True, quiet).show("x")
    equal(quiet.getvalue(), "")


@check("contents are told apart where ramblk does not do it")
def _():
    with tempfile.TemporaryDirectory() as top:
        os.makedirs(f"{top}/ramblk/ramblk-x")
        disk = CRASH.Disk("ramblk-x", top)
        disk.node = f"{top}/node"
        disk.touched = [[BLOCK, 3 * BLOCK], [5 * BLOCK, 6 * BLOCK]]
        with open(f"{disk.dir}/power", "w", encoding="ascii"):
            pass

        def told(**content):
            fake = FakeDisk([])
            fake.now = {int(k[1:]): v for k, v in content.items()}
            fake.save(disk.node)
            return disk.distinct()
        equal(told(b1=1, b5=2), told(b1=1, b5=2))
        equal(len({told(b1=1), told(b2=1), told(b5=1), told(), told(b1=2)}), 5)
        equal(disk.text("power"), "0")


# --- commands ---

def shell(text, limit=20):
    return CRASH.run_command(["/bin/sh", "-c", text], limit)


@check("a checker's status, signal and last line are told")
def _():
    done = shell("echo first; echo last; exit 3")
    equal((done.good, done.how(5), done.last_line()),
          (False, "ended with status 3", "last"))
    equal(shell("kill -SEGV $$").how(5), "was killed by SIGSEGV")
    equal(shell("exit 0").good, True)


@check("a checker that hangs is killed, and so are its children")
def _():
    with tempfile.NamedTemporaryFile("r") as pid:
        done = shell(f"sleep 600 & echo $! >{pid.name}; wait", limit=0.5)
        equal((done.good, done.timed_out, done.how(0.5)),
              (False, True, "did not end within 0.5 s"))
        child = int(pid.read())
        end = time.monotonic() + 20
        while os.path.exists(f"/proc/{child}") and \
                open(f"/proc/{child}/stat").read().split()[2] != "Z":
            if time.monotonic() > end:
                raise AssertionError("the child lives")
            time.sleep(0.01)


@check("of a checker that says much, beginning and end are kept")
def _():
    text = shell("echo begun; yes | head -n 100000; echo ended").output
    equal((text.startswith("begun"), text.endswith("ended\n"),
           len(text) < 5000), (True, True, True))


# --- report and store ---

CONFIG = {"workload": "./w <&>", "check": "./c", "setup": None, "fs": "none",
          "size": SIZE, "mkfs_options": "", "mount_options": "", "set": [],
          "fsck": False, "timeout": 30, "random": 2, "seed": 1,
          "budget": None, "cwd": "/"}


def made_report(done, good, before=None, directory=None):
    """What a run over a made-up disk leaves; the walk, too."""
    disk = FakeDisk(done, before)
    store = CRASH.Store(directory, SIZE)
    kept = {}

    def keep(state):
        disk.save(f"{directory}.disk")
        with open(f"{directory}.disk", "rb") as file:
            kept[state.id] = file.read()
        store.keep(state.id, f"{directory}.disk", disk.log.ranges())
    walked = walk(disk, good, keep=keep)
    store.close()
    report = CRASH.make_report(CONFIG, disk.log, walked, 0.5, directory)
    CRASH.write_reports(report, directory)
    return report, kept


def with_report(function, done=None, good=whole, before=None):
    with tempfile.TemporaryDirectory() as top:
        directory = f"{top}/a report"
        os.mkdir(directory)
        report, kept = made_report(done or HASTY, good, before, directory)
        function(directory, report, kept)


@check("a failing state comes back from the report alone, to the byte")
def _():
    def look(directory, report, kept):
        equal(len(kept) > 1, True)
        for number, content in kept.items():
            image = f"{directory}/../image-{number}"
            equal(CRASH.main(["image", directory, str(number), image]), 0)
            with open(image, "rb") as file:
                equal(file.read() == content, True)
    # Block 3 was there before; in some states zeros are written over it.
    with_report(look, [("write", 1, 7), ("zeroes", 3), ("write", 0, 1),
                       ("write", 1, 8), ("flush",), ("mark", "x")],
                lambda disk, state: disk.now.get(1) == 9,
                before={3: 5, 9: 4, 1: 2})


@check("a failing state may be empty")
def _():
    def look(directory, report, kept):
        number = min(kept)
        equal(kept[number], bytes(SIZE))
        equal(CRASH.main(["image", directory, str(number),
                          f"{directory}/../image"]), 0)
        equal(os.path.getsize(f"{directory}/../image"), SIZE)
    with_report(look, good=lambda disk, state: bool(disk.now))


@check("a good state's content is not kept, and that is said")
def _():
    def look(directory, report, _):
        good = [s for s in report["states"] if s["result"] == "good"][0]
        done = subprocess.run([TOOL, "image", directory, str(good["id"]),
                               "/dev/null/x"], check=False, text=True,
                              stderr=subprocess.PIPE)
        equal((done.returncode, done.stderr.count("\n"),
               "only failing states" in done.stderr), (2, 1, True))
    with_report(look)


@check("each report names the command for each failing state")
def _():
    def look(directory, report, kept):
        for name in ("report.json", "report.html", "junit.xml"):
            with open(f"{directory}/{name}", encoding="utf-8") as file:
                text = html.unescape(file.read())
            for number in kept:
                equal(f"softdev-crash again '{directory}' {number}" in text,
                      True)
    with_report(look)


@check("JUnit's file is XML whatever the checker says, and counts right")
def _():
    def look(directory, report, kept):
        root = xml.etree.ElementTree.parse(f"{directory}/junit.xml").getroot()
        tested = [s for s in report["states"] if s["result"] != "same"]
        equal((root.get("tests"), root.get("failures"),
               len(root.findall(".//testcase")),
               len(root.findall(".//failure"))),
              (str(len(tested)), str(len(kept)), len(tested), len(kept)))
        equal(root.find(".//failure").get("message").endswith("<no>"), True)
    with_report(look)


class Balance(html.parser.HTMLParser):
    """Tags that are opened are closed; tells what the page refers to."""

    OPEN = {"meta", "tr", "th", "td", "br", "path", "p"}

    def __init__(self):
        super().__init__()
        self.stack, self.ids, self.links, self.outside = [], set(), set(), []

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.ids.add(attrs.get("id"))
        if tag == "a":
            self.links.add(attrs.get("href"))
        if tag in ("script", "link", "img") or "src" in attrs:
            self.outside.append(tag)
        if tag not in self.OPEN:
            self.stack.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.OPEN:
            equal(self.stack.pop(), tag)


@check("the page stands alone, is balanced, and its links lead somewhere")
def _():
    def look(directory, report, kept):
        page = Balance()
        with open(f"{directory}/report.html", encoding="utf-8") as file:
            text = file.read()
        page.feed(text)
        equal((page.stack, page.outside), ([], []))
        equal({f"#s{n}" for n in kept}, page.links)
        equal({f"s{n}" for n in kept} <= page.ids, True)
        equal("<svg" in text and "./w &lt;&amp;&gt;" in text, True)
    with_report(look)


@check("the page of a run without a bad state says so")
def _():
    def look(directory, report, kept):
        with open(f"{directory}/report.html", encoding="utf-8") as file:
            text = file.read()
        equal(("every state is good" in text, "Failing states" in text,
               kept), (True, False, {}))
        page = Balance()
        page.feed(text)
        equal(page.stack, [])
    with_report(look, RIGHT)


@check("100,000 operations make a page of a few megabytes")
def _():
    log = [("write", i % BLOCKS, i % 250 + 1) for i in range(100000)]
    disk = FakeDisk(log)
    report = CRASH.make_report(
        CONFIG, disk.log, types.SimpleNamespace(
            done=[], counts=CRASH.Counts(planned=1), stopped="", seconds=1.0),
        1, "r")
    equal(len(CRASH.html_report(report, "r")) < 4 << 20, True)


@check("list tells the failing states, and all of them when asked")
def _():
    def look(directory, report, kept):
        out = subprocess.run([TOOL, "list", directory], check=True, text=True,
                             stdout=subprocess.PIPE).stdout
        equal(len(out.splitlines()), len(kept))
        every = subprocess.run([TOOL, "list", "--all", directory], check=True,
                               text=True, stdout=subprocess.PIPE).stdout
        equal(len(every.splitlines()), len(report["states"]))
    with_report(look)


@check("an older report is replaced, somebody's files are not")
def _():
    def look(directory, report, kept):
        CRASH.report_directory(directory)
        equal(os.listdir(directory), [])
        with open(f"{directory}/thesis.tex", "w", encoding="utf-8"):
            pass
        try:
            CRASH.report_directory(directory)
        except CRASH.Unable as error:
            equal("thesis.tex" in str(error), True)
        else:
            raise AssertionError("no error")
    with_report(look)


@check("report.json is JSON, and says what was run")
def _():
    def look(directory, report, kept):
        with open(f"{directory}/report.json", encoding="utf-8") as file:
            equal(json.load(file), json.loads(json.dumps(report)))
        equal(report["config"]["workload"], "./w <&>")
        equal(report["complete"], True)
    with_report(look)


def one_line(*argv, status=2, env=None):
    done = subprocess.run([TOOL, *argv], check=False, text=True,
                          stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
                          env=env)
    if done.returncode != status or done.stderr.count("\n") != 1 or \
            "softdev-crash" not in done.stderr:
        raise AssertionError(f"{argv}: {done.returncode}: {done.stderr}")


@check("whatever it cannot do is one line, and status 2")
def _():
    one_line()
    one_line("run")
    one_line("run", "--workload", "true", "--fs", "ext9")
    one_line("run", "--workload", "true", "--fs", "none")
    one_line("run", "--workload", "true", "--budget", "soon")
    one_line("run", "--workload", "true", "--size", "-1")
    one_line("run", "--workload", "true", "--set", "tear")
    one_line("run", "--workload", "true", "--random", "x")
    one_line("again", "/nonexistent", "1")
    one_line("list", "/nonexistent")
    one_line("image", "/nonexistent", "1", "x")
    one_line("mark", "x")
    one_line("mark")
    one_line("mark", "x", env={"CRASH_MARK": "/nonexistent"})


@check("an error of its own is not taken for a bad state")
def _():
    def broken(_):
        raise KeyError("states")
    known, CRASH.parse = CRASH.parse, lambda argv: types.SimpleNamespace(
        function=broken)
    stderr, sys.stderr = sys.stderr, io.StringIO()
    try:
        equal((CRASH.main([]), "KeyError" in sys.stderr.getvalue()), (2, True))
    finally:
        CRASH.parse, sys.stderr = known, stderr


@check("without the module, too")
def _():
    if os.path.isdir("/sys/kernel/config/ramblk"):
        raise AssertionError("this is not for a machine with ramblk")
    one_line("run", "--workload", "true")


@check("a report that is damaged or of another kind is told")
def _():
    def look(directory, report, kept):
        for text in ("{", "{}", "[]", '{"softdev-crash": 1}'):
            with open(f"{directory}/report.json", "w",
                      encoding="utf-8") as file:
                file.write(text)
            one_line("list", directory)
    with_report(look)


run_tap()
