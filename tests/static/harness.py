# SPDX-License-Identifier: GPL-2.0-only
"""tests/run itself, with guests that are made up."""

import importlib.machinery
import importlib.util
import io
import os
import sys
import tempfile
import types

sys.dont_write_bytecode = True
TESTS = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
sys.path.insert(0, os.path.join(TESTS, "lib"))

import hostfiles  # noqa: E402
import ktap  # noqa: E402
from checks import check, equal, run_tap  # noqa: E402

LOADER = importlib.machinery.SourceFileLoader("run", os.path.join(TESTS, "run"))
RUN = importlib.util.module_from_spec(
    importlib.util.spec_from_loader("run", LOADER))
LOADER.exec_module(RUN)


class Named:
    """A script, as far as a made-up guest wants to know."""

    def __init__(self, name):
        self.name = name


class Fake(RUN.Guest):
    """A guest whose scripts fail when "failing" says so; while it runs the
    first time, a package is installed if "place" is given."""

    def __init__(self, report, failing, place=None, root="/"):
        options = types.SimpleNamespace(tests=["*"], suites=[], logs="")
        super().__init__("fake", options, report)
        self.failing = failing
        self.place = place
        self.info = {"root": root}
        self.ran = []

    def boot(self, todo):
        for test in todo:
            self.ran.append(test.name)
            state = "FAIL" if self.failing(self, test.name) else "ok"
            result = ktap.Result(state, "works")
            self.tell(test.name, result)
            if state == "FAIL":
                self.failed[test] = (test.name, [result])
        if self.place:
            with open(self.place, "a", encoding="utf-8") as file:
                file.write("installed")
            self.place = None
        return []


def tried(failing, installed=True, root="/"):
    """What two scripts did: names in the order they ran, and the counts."""
    report = RUN.Report(io.StringIO())
    report.say = lambda text: None
    with tempfile.NamedTemporaryFile() as place:
        state, calm = hostfiles.state, hostfiles.wait_until_calm
        hostfiles.state = lambda: state([place.name])
        hostfiles.wait_until_calm = lambda: None
        stdout, sys.stdout = sys.stdout, io.StringIO()
        try:
            guest = Fake(report, failing, place.name if installed else None,
                         root)
            guest.run_scripts([Named("a"), Named("b")])
        finally:
            sys.stdout = stdout
            hostfiles.state, hostfiles.wait_until_calm = state, calm
    return ("".join(guest.ran), report.count["ok"], report.count["FAIL"],
            report.failed)


@check("what failed while packages were installed runs once more")
def _():
    equal(tried(lambda guest, name: name == "b" and len(guest.ran) < 3),
          ("abb", 2, 0, []))


@check("and fails if it fails again")
def _():
    equal(tried(lambda guest, name: name == "b"),
          ("abb", 1, 1, ["fake b: works"]))


@check("nothing runs twice if no package changed")
def _():
    equal(tried(lambda guest, name: name == "b", installed=False),
          ("ab", 1, 1, ["fake b: works"]))


@check("nor in a root of its own")
def _():
    equal(tried(lambda guest, name: name == "b", root="/cache/roots/x"),
          ("ab", 1, 1, ["fake b: works"]))


@check("waiting for the package manager ends when it has been calm")
def _():
    with tempfile.NamedTemporaryFile() as place:
        hostfiles.wait_until_calm(0.1, 60, [place.name])


@check("a second run leaves the first one's logs alone")
def _():
    with tempfile.TemporaryDirectory() as temp:
        first = types.SimpleNamespace(logs=f"{temp}/test")
        lock = RUN.take_logs(first)
        with open(f"{temp}/test/log", "w", encoding="utf-8") as log:
            log.write("mine")
        second = types.SimpleNamespace(logs=f"{temp}/test")
        stderr, sys.stderr = sys.stderr, io.StringIO()
        try:
            other = RUN.take_logs(second)
        finally:
            sys.stderr = stderr
        equal(second.logs, f"{temp}/test-2")
        equal(sorted(os.listdir(f"{temp}/test")), ["lock", "log"])
        lock.close()
        other.close()
        third = types.SimpleNamespace(logs=f"{temp}/test")
        RUN.take_logs(third).close()
        equal((third.logs, os.listdir(third.logs)), (f"{temp}/test", ["lock"]))


@check("Python is a script if it says what to load")
def _():
    with tempfile.TemporaryDirectory() as temp:
        os.mkdir(f"{temp}/functional")
        for name, head in (("half.py", ""), ("whole.py", "# load: pseudo\n"),
                           ("shell.sh", "")):
            with open(f"{temp}/functional/{name}", "w",
                      encoding="utf-8") as file:
                file.write("# SPDX-License-Identifier: GPL-2.0-only\n" + head)
        RUN.TESTS = temp
        try:
            found = RUN.find_scripts("functional", ["*"])
        finally:
            RUN.TESTS = TESTS
        equal([s.path for s in found],
              ["functional/shell.sh", "functional/whole.py"])


run_tap()
