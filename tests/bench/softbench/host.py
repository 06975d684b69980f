# SPDX-License-Identifier: GPL-2.0-only
"""The host's side: builds, boots a guest for each group, reports."""

import argparse
import datetime
import json
import os
import platform
import signal
import subprocess
import sys
import time

from . import cases, plot, report
from .frame import Scale, select

HERE = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
TOP = os.path.dirname(os.path.dirname(HERE))
SCRIPTS = os.path.join(TOP, "scripts")
MARK = "@bench "

# Nobody waits longer than that for all cases; noisy ones get further rounds
# until the first figure, guests are ended at the second.
EXTRA_UNTIL = 10 * 60
GUEST_LIMIT = 15 * 60


def arguments(argv):
    env = os.environ.get
    p = argparse.ArgumentParser(
        prog="tests/bench/run", description="softdev beside its peers, "
        "measured in turn in one guest; writes build/bench/results.json, "
        "details.json and plots")
    p.add_argument("--case", default=env("CASE") or "*", metavar="GLOB",
                   help="cases, comma-separated patterns (CASE=)")
    p.add_argument("--runs", type=int, default=int(env("RUNS") or 0),
                   help="rounds, noisy cases get up to twice as many (RUNS=; "
                   "default 5, or 1 where instructions are counted)")
    p.add_argument("--self", action="store_true", default=bool(env("SELF")),
                   help="self-check: a peer's twin stands where softdev would; "
                   "ratios must be 1 within the noise (SELF=1)")
    p.add_argument("--time", type=float, default=float(env("TIME") or 1),
                   help="measure that many times longer (TIME=)")
    p.add_argument("--target", default=env("TARGET") or "uml",
                   help="kernel, see make help (TARGET=)")
    p.add_argument("--modules", metavar="DIR", default=env("MODULES_DIR"),
                   help="take the modules from there, build none")
    p.add_argument("--out", default=os.path.join(TOP, "build", "bench"),
                   help="where results go")
    p.add_argument("--rst", action="store_true",
                   help="print the last results as Documentation/figures.rst")
    p.add_argument("--list", action="store_true", help="list the cases")
    return p.parse_args(argv)


def say(text):
    print("bench: " + text, file=sys.stderr, flush=True)


class Progress:
    """One line that is written over, on a terminal only."""

    def __init__(self):
        self.on = sys.stderr.isatty()
        self.shown = False

    def show(self, text):
        if self.on:
            sys.stderr.write("\r\033[K" + text)
            sys.stderr.flush()
            self.shown = True

    def clear(self):
        if self.shown:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()
            self.shown = False


def machine():
    """What the numbers were measured on."""
    model = "unknown processor"
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as f:
            for line in f:
                if line.startswith(("model name", "Model")):
                    model = line.split(":", 1)[1].strip()
                    break
    except OSError:
        pass
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {"cpu": model, "cpus": os.cpu_count(),
            "memory_gib": round(pages / (1 << 30), 1),
            "host_kernel": platform.release(), "arch": platform.machine()}


def commit():
    try:
        return subprocess.run(
            ["git", "-C", TOP, "describe", "--always", "--dirty"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def target(name):
    """What scripts/target knows of it, made if it was missing."""
    done = subprocess.run([os.path.join(SCRIPTS, "target"), name],
                          stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.returncode)
    return dict(line.split("=", 1) for line in done.stdout.splitlines())


class Awake:
    """Keeps the machine's CPUs from halting while some cases are measured.

    A system call of user-mode Linux goes from one process to another and back,
    mostly over to the other CPU. Where the machine is a virtual one, a CPU that
    has nothing to do is given up, and to get it back takes longer than the
    system call itself, by an amount that changes all the time. So each CPU has
    something to do that gives way to whatever else there is. Not where two are
    at work: the scheduler takes its time to find the CPU that only seems busy.
    """

    def __init__(self, program):
        self.program = program
        self.running = []

    def on(self):
        if not self.running:
            self.running = [subprocess.Popen([self.program, str(cpu)])
                            for cpu in os.sched_getaffinity(0)]

    def off(self):
        for p in self.running:
            p.kill()
            p.wait()
        self.running = []


class Bench:
    def __init__(self, options):
        self.o = options
        about = target(options.target)
        self.vm = about["kind"] == "vm"
        # An emulator's times mean nothing. Its instructions can be counted:
        # the guest's clock advances by a nanosecond for each.
        self.counting = self.vm and about["accel"] == "tcg"
        if not options.runs:
            options.runs = 1 if self.counting else 5
        if self.vm:
            options.time *= 0.1 if self.counting else 0.5
        self.table = report.Table(options.self, self.counting)
        self.progress = Progress()
        self.start = time.monotonic()
        self.problems = []
        self.guest_dir = os.path.join(options.out, "guest-" + options.target)
        self.awake = Awake(os.path.join(self.guest_dir, "bin", "awake"))
        self.modules = None
        # What others made this machine do, before it was the bench's.
        self.load = os.getloadavg()[0]
        # {case: {line: [(x, value)]}}
        self.curves = {}

    def build(self):
        argv = [os.path.join(HERE, "build")]
        # The self-check runs without softdev.
        if not self.o.modules and not self.o.self:
            argv.append("-m")
        argv += [self.o.target, os.path.join(self.guest_dir, "bin")]
        done = subprocess.run(argv, stdout=subprocess.PIPE, text=True,
                              check=False)
        if done.returncode:
            raise SystemExit(done.returncode)
        self.modules = self.o.modules or done.stdout.strip()
        if self.o.self:
            self.modules = os.path.join(self.guest_dir, "bin")

    def environment(self):
        env = dict(os.environ)
        env.setdefault("MEM", "2G" if self.counting else "4G")
        env.setdefault("CPUS", "1" if self.counting else "2")
        if self.counting:
            # Not all have the vector instructions of a plain PC by default.
            env["QEMU_OPTS"] = "-icount shift=0,sleep=off -cpu max"
        return env

    def guest_argv(self, work, limit):
        return [os.path.join(SCRIPTS, "run"), "-q", "-o", self.guest_dir,
                "-e", "BENCH_DISK_MIB=%d" % (64 if self.counting else 512),
                "-t", str(limit), "-m", self.modules, self.o.target, "--",
                "/run/softdev/tests/bench/agent", json.dumps(work)]

    def guest(self, work, limit, handle):
        """Runs the agent in a guest of its own; handle(event) for each."""
        with subprocess.Popen(self.guest_argv(work, limit), text=True,
                              stdout=subprocess.PIPE, env=self.environment(),
                              errors="replace") as p:
            try:
                self.listen(p, handle)
            except KeyboardInterrupt:
                # It takes the guest with it.
                p.terminate()
                raise
            finally:
                self.awake.off()
        return p.returncode

    def listen(self, p, handle):
        for line in p.stdout:
            if not line.startswith(MARK):
                if line.strip():
                    self.progress.clear()
                    print("guest: " + line.rstrip(), file=sys.stderr)
                continue
            try:
                event = json.loads(line[len(MARK):])
            except ValueError:
                self.problems.append("garbled line from the guest")
                continue
            handle(event)

    def handle(self, event):
        kind = event["event"]
        if kind == "value":
            n = self.table.value(event["case"], event["who"], event["value"])
            self.progress.show("%-26s %-16s run %d  (%d s)" % (
                event["case"], event["who"], n,
                time.monotonic() - self.start))
        elif kind == "absent":
            self.table.absent(event["case"], event["who"], event["why"])
        elif kind == "failed":
            self.problems.append("%s, %s: %s" % (event["case"], event["who"],
                                                 event["why"]))
            self.table.absent(event["case"], event["who"],
                              "failed: " + event["why"])
        elif kind == "point":
            self.curves.setdefault(event["case"], {}).setdefault(
                event["who"], []).append((event["x"], event["value"]))
            self.progress.show("%-26s %-16s %s" % (
                event["case"], event["who"], plot.si(event["x"])))
        elif kind == "turn":
            if not self.counting and cases.BY_NAME[event["case"]].awake:
                self.awake.on()
            else:
                self.awake.off()
        elif kind == "end":
            self.awake.off()
            self.progress.clear()
            self.print_case(cases.BY_NAME[event["case"]])

    def print_case(self, case):
        if isinstance(case, Scale):
            lines = report.curve_lines(case, self.curves.get(case.name, {}),
                                       self.table.missing.get(case.name, {}))
        else:
            lines = self.table.lines(case)
        for line in lines:
            print(line, flush=True)

    def group(self, name, wanted):
        work = {"cases": [c.name for c in wanted], "runs": self.o.runs,
                "self": self.o.self, "time": self.o.time,
                "clock_leaps": self.counting,
                "limit": max(0, EXTRA_UNTIL -
                             (time.monotonic() - self.start))}
        self.progress.show("%s: booting" % name)
        limit = GUEST_LIMIT * max(1, self.o.time) * max(1, self.o.runs / 5)
        rc = self.guest(work, int(limit * (6 if self.counting else 1)),
                        self.handle)
        self.progress.clear()
        if rc:
            self.problems.append("%s: the guest ended with status %d, see %s" %
                                 (name, rc, self.guest_dir + "/console"))
        for c in wanted:
            if c.name not in self.curves and not self.table.known(c.name):
                self.table.absent(c.name, "ours", "not measured")
                self.print_case(c)

    def run(self, wanted):
        self.build()
        if not self.counting and self.load > os.cpu_count() / 2:
            say("this machine is busy with other work (load %.1f): expect "
                "noise" % self.load)
        for line in self.table.head():
            print(line, flush=True)
        groups = {}
        for c in wanted:
            # A VM takes its time to boot.
            groups.setdefault("vm" if self.vm else c.group, []).append(c)
        for name, members in groups.items():
            self.group(name, members)

    def finish(self, every):
        wanted = [c for c in every if not isinstance(c, Scale)]
        rows = self.table.rows(wanted)
        about = {"date": datetime.datetime.now(datetime.timezone.utc)
                 .isoformat(timespec="seconds"),
                 "commit": commit(), "machine": machine(),
                 "target": self.o.target, "self_check": self.o.self,
                 "counting_instructions": self.counting,
                 "guest": {k: v for k, v in self.environment().items()
                           if k in ("MEM", "CPUS")},
                 "load": self.load,
                 "seconds": round(time.monotonic() - self.start)}
        suffix = ("-vm" if self.vm else "") + ("-self" if self.o.self else "")
        base = os.path.join(self.o.out, "%s" + suffix + "%s")
        self.finish_curves(about)
        for p in self.problems:
            say("PROBLEM: " + p)
        if not wanted:
            say("plots in %s" % os.path.relpath(self.o.out))
            return
        report.write_json(base % ("results", ".json"), rows)
        report.write_json(base % ("details", ".json"),
                          dict(about, cases=self.table.details(wanted),
                               problems=self.problems))
        plot.ratios(base % ("ratios", ".svg"), self.table.bars(wanted), about)
        for line in self.table.closing(wanted, about["seconds"]):
            print(line)
        say("results in %s" % os.path.relpath(base % ("results", ".json")))

    def finish_curves(self, about):
        """A plot each, and the figures of all, old ones of others kept."""
        path = os.path.join(self.o.out, "scale.json")
        try:
            with open(path, encoding="utf-8") as f:
                known = json.load(f)
        except (OSError, ValueError):
            known = {}
        for name, lines in self.curves.items():
            case = cases.BY_NAME[name]
            known[name] = {"date": about["date"], "unit": case.unit,
                           "x": case.xlabel, "lines": lines}
            plot.growth(os.path.join(self.o.out, name + ".svg"), case, lines,
                        about)
        if self.curves:
            report.write_json(path, known)


def print_rst(out):
    try:
        with open(os.path.join(out, "results.json"), encoding="utf-8") as f:
            rows = json.load(f)
        with open(os.path.join(out, "details.json"), encoding="utf-8") as f:
            details = json.load(f)
    except (OSError, ValueError) as e:
        say("no results yet: %s" % e)
        return 1
    try:
        with open(os.path.join(out, "scale.json"), encoding="utf-8") as f:
            curves = json.load(f)
    except (OSError, ValueError):
        curves = {}
    for line in report.page(rows, details, curves, cases.BY_NAME):
        print(line)
    return 0


def main():
    options = arguments(sys.argv[1:])
    # Nothing grows in the self-check, nor where instructions are counted; and
    # without a pattern the table alone takes long enough.
    table = options.self or options.target != "uml" or options.case == "*"
    wanted = select(cases.TABLE if table else cases.ALL, options.case)
    if options.rst:
        return print_rst(options.out)
    if options.list:
        for c in wanted:
            print("%-28s %-7s %s" % (
                c.name, c.unit, c.title if isinstance(c, Scale) else
                ", ".join(cases.label(p) for p in c.peers)))
        return 0
    if not wanted:
        say("no case matches %s; tests/bench/run --list names them" %
            options.case)
        return 2
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    os.makedirs(options.out, exist_ok=True)
    bench = Bench(options)
    try:
        bench.run(wanted)
    except KeyboardInterrupt:
        bench.progress.clear()
        say("interrupted; what was measured is written")
        bench.problems.append("interrupted")
    bench.finish(wanted)
    return 1 if bench.problems else 0
