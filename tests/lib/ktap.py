# SPDX-License-Identifier: GPL-2.0-only
"""What a test printed, as a list of results."""

import importlib
import io
import re
import sys

_TEST = re.compile(r"(ok|not ok)\s+(\d+)\s*-?\s*(.*?)(?:\s+# SKIP\b\s*(.*))?$")
_PLAN = re.compile(r"1\.\.(\d+)(?:\s+# SKIP\b\s*(.*))?$")


class Result:
    """One test: "ok", "FAIL" or "skip", and what there is to say of it."""

    def __init__(self, state, name, reason="", diagnostics=()):
        self.state = state
        self.name = name
        self.reason = reason
        self.diagnostics = list(diagnostics)


def fail(name, diagnostics):
    return Result("FAIL", name, diagnostics=diagnostics)


def parse_tap(text, ended=True):
    """The flat TAP of a script.  One without a plan did not reach its end,
    which is a failure unless it could not (ended is False)."""
    results = []
    plan = None
    bailed = []
    for line in text.splitlines():
        test = _TEST.match(line)
        planned = _PLAN.match(line)
        if test:
            state = "ok" if test.group(1) == "ok" else "FAIL"
            if test.group(4) is not None and state == "ok":
                state = "skip"
            results.append(Result(state, test.group(3),
                                  test.group(4) or "no reason given"))
        elif planned:
            plan = int(planned.group(1))
            if plan == 0:
                results.append(Result("skip", "everything",
                                      planned.group(2) or "no reason given"))
                return results
        elif line.startswith("Bail out!"):
            bailed.append(line)
        elif line and results and results[-1].state == "FAIL":
            results[-1].diagnostics.append(line.removeprefix("# "))
    if plan is None and not ended:
        return results
    if plan is None:
        results.append(fail("reaches its end",
                            bailed + text.splitlines()[-8:]))
    elif plan != len(results):
        results.append(fail(f"runs as many tests as planned, {plan}",
                            [f"but ran {len(results)}"]))
    elif plan == 0:
        results.append(fail("tests something", []))
    return results


def parse_kunit(text, parser_directory):
    """KUnit's own report, read by the kernel's own parser."""
    if parser_directory not in sys.path:
        sys.path.insert(0, parser_directory)
    parser = importlib.import_module("kunit_parser")
    printer = importlib.import_module("kunit_printer")
    words = io.StringIO()
    root = parser.parse_run_tests(text.splitlines(keepends=True),
                                  printer.Printer(output=words)
                                  if hasattr(printer, "Printer")
                                  else words)
    results = []
    reasons = dict(re.findall(r"ok \d+ (?:- )?(\S+) # SKIP (.*)", text))
    _walk(root, "", results)
    for result in results:
        case = result.name.rpartition(".")[2]
        if result.state == "skip":
            result.reason = reasons.get(case, "no reason given")
    errors = root.counts.errors
    if errors or not results:
        results.append(fail("is a report that the kernel's parser accepts",
                            words.getvalue().splitlines()[-20:]))
    return results


def _walk(test, prefix, results):
    states = {"SUCCESS": "ok", "SKIPPED": "skip"}
    for child in test.subtests:
        name = f"{prefix}{child.name}"
        if child.subtests and not prefix:
            _walk(child, f"{name}.", results)
            continue
        state = states.get(child.status.name, "FAIL")
        log = [line for line in child.log if line.strip()]
        results.append(Result(state, name, diagnostics=log))
