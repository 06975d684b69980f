# SPDX-License-Identifier: GPL-2.0-only
"""The guest's side: sets devices up, measures them in turn, says each value.

Events are lines "@bench JSON" on standard output; the host reads them.
"""

import json
import statistics
import time

from . import cases, frame
from .frame import Absent, Failed, Scale
from .stats import noisy

# The first value of a device is thrown away; it need not be a long one.
WARM_MS = 200


def say(event, **what):
    print("@bench " + json.dumps(dict(what, event=event)), flush=True)


class Contender:
    """A device in a case: its values so far, or why it has none."""

    def __init__(self, key, device):
        self.key = key
        self.device = device
        self.values = []


class Agent:
    def __init__(self, runs, limit, self_check, scale_time):
        self.runs = runs
        self.deadline = time.monotonic() + limit
        self.self_check = self_check
        self.scale_time = scale_time
        self.devices = {}

    def device(self, make, index):
        """The device of that kind, up; there is one of each for all cases."""
        key = (make, index)
        if key not in self.devices:
            device = make(index)
            try:
                device.up()
            except (Absent, Failed) as e:
                device = e
            self.devices[key] = device
        device = self.devices[key]
        if isinstance(device, Exception):
            raise device
        return device

    def contenders(self, case):
        """[(key, make, index)] in the order of measuring."""
        if self.self_check:
            # Each peer against its twin, which stands where softdev would.
            return [("%s %s" % (side, cases.label(peer)), peer, index)
                    for peer in case.peers
                    if not getattr(peer, "softdev", False)
                    for side, index in (("ours", 1), ("peer", 0))]
        return ([("ours", case.ours, 0)] +
                [("peer " + cases.label(p), p, 0) for p in case.peers])

    def gather(self, case):
        ready = []
        for key, make, index in self.contenders(case):
            try:
                ready.append(Contender(key, self.device(make, index)))
            except (Absent, Failed) as e:
                say("absent" if isinstance(e, Absent) else "failed",
                    case=case.name, who=key, why=str(e))
                if key == "ours":
                    return []
        return ready

    def one(self, case, contender, ms):
        """One value, or None and the contender is out."""
        try:
            return case.measure(contender.device, ms)
        except Absent as e:
            say("absent", case=case.name, who=contender.key, why=str(e))
        except (Failed, OSError, ValueError, KeyError) as e:
            say("failed", case=case.name, who=contender.key,
                why="%s%s" % ("" if isinstance(e, Failed) else
                              type(e).__name__ + ": ", e))
        return None

    def begin(self, case):
        """[case, who is in, rounds done]; the first round does not count."""
        ready = self.gather(case)
        say("begin", case=case.name, who=[c.key for c in ready])
        return [case, ready, -1]

    def round(self, case, ready, done):
        """One value of each, in turn; who fails is out."""
        ms = max(20, int(case.ms * self.scale_time))
        say("turn", case=case.name)
        for c in list(ready):
            value = self.one(case, c, ms if done >= 0 else min(ms, WARM_MS))
            if value is None:
                ready.remove(c)
                if c.key == "ours":
                    ready.clear()
                    return
            elif done >= 0:
                c.values.append(value)
                say("value", case=case.name, who=c.key, value=value)

    def run(self, members):
        """Round by round through all cases, so that the rounds of each are
        spread over as long a time as there is."""
        state = [self.begin(case) for case in members]
        frame.settle()
        again = state
        while again:
            for turn in again:
                self.round(*turn)
                turn[2] += 1
            again = [t for t in again if t[1] and self.more(t[2], t[1])]
        for case in members:
            say("end", case=case.name)

    def scale(self, case):
        """All points of a plot; each is set up, measured and taken down."""
        ms = max(20, int(case.ms * self.scale_time))
        say("begin", case=case.name, who=[n.name for n in case.lines])
        for line in case.lines:
            for x in case.xs:
                try:
                    value = self.point(line, x, ms)
                except (Absent, Failed, OSError, ValueError) as e:
                    say("absent" if isinstance(e, Absent) else "failed",
                        case=case.name, who=line.name,
                        why="%s at %s" % (e, x))
                    break
                say("point", case=case.name, who=line.name, x=x, value=value)
        say("end", case=case.name)

    def point(self, line, x, ms):
        it = line.up(x)
        frame.settle()
        try:
            line.measure(it, min(ms, WARM_MS))
            return statistics.median(line.measure(it, ms)
                                     for _ in range(min(3, self.runs)))
        finally:
            line.down(it)

    def more(self, done, ready):
        """Another round? Up to twice as many where it is noisy."""
        if done < self.runs:
            return True
        return (self.runs > 1 and done < 2 * self.runs - 1 and
                time.monotonic() < self.deadline and
                any(noisy(c.values) for c in ready))


def main(options):
    frame.clock_leaps = options["clock_leaps"]
    agent = Agent(options["runs"], options["limit"], options["self"],
                  options["time"])
    names = set(options["cases"])
    wanted = [case for case in cases.ALL if case.name in names]
    agent.run([case for case in wanted if not isinstance(case, Scale)])
    for case in wanted:
        if isinstance(case, Scale):
            agent.scale(case)
    say("bye")
    return 0

