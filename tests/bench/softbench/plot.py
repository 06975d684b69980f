# SPDX-License-Identifier: GPL-2.0-only
"""SVG plots, written by hand: no library is needed."""

import math
from html import escape

FONT = "font-family='DejaVu Sans,Helvetica,Arial,sans-serif'"
BETTER, EQUAL, WORSE = "#2b7a3d", "#7a7a7a", "#b5402c"
LINES = ("#1f5fa8", "#b5402c", "#2b7a3d", "#8a5a00", "#6b3fa0")


class Svg:
    def __init__(self, width, height):
        self.parts = [
            "<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d' "
            "viewBox='0 0 %d %d' %s>" % (width, height, width, height, FONT),
            "<rect width='100%' height='100%' fill='white'/>"]

    def line(self, x1, y1, x2, y2, color="#bbb", width=1.0, more=""):
        self.parts.append(
            "<line x1='%.1f' y1='%.1f' x2='%.1f' y2='%.1f' stroke='%s' "
            "stroke-width='%.1f' %s/>" % (x1, y1, x2, y2, color, width, more))

    def rect(self, x, y, width, height, color, more=""):
        self.parts.append(
            "<rect x='%.1f' y='%.1f' width='%.1f' height='%.1f' fill='%s' %s/>"
            % (x, y, max(width, 0.5), height, color, more))

    def circle(self, x, y, r, color):
        self.parts.append("<circle cx='%.1f' cy='%.1f' r='%.1f' fill='%s'/>" %
                          (x, y, r, color))

    def text(self, x, y, text, size=12, anchor="start", color="#222", more=""):
        self.parts.append(
            "<text x='%.1f' y='%.1f' font-size='%d' text-anchor='%s' "
            "fill='%s' %s>%s</text>" % (x, y, size, anchor, color, more,
                                        escape(text)))

    def path(self, points, color):
        self.parts.append(
            "<polyline fill='none' stroke='%s' stroke-width='2' points='%s'/>"
            % (color, " ".join("%.1f,%.1f" % p for p in points)))

    def save(self, path):
        with open(path, "w", encoding="utf-8") as f:
            f.write("\n".join(self.parts + ["</svg>", ""]))


def about_line(about):
    m = about["machine"]
    return "%s, %d CPUs, %s; %s; %s, commit %s" % (
        m["cpu"], m["cpus"], m["arch"], about["target"], about["date"][:16],
        about["commit"])


def ratio_text(ratio):
    return "%.2f" % ratio if ratio < 10 else "%.0f" % ratio


def power_text(power):
    """A power of two on the axis of ratios: short, also below 1."""
    return "x%d" % 2 ** power if power >= 0 else "x1/%d" % 2 ** -power


def round_step(span):
    """1, 2 or 5 times a power of ten, so that 4 to 10 of them make span."""
    unit = 10 ** math.floor(math.log10(span / 4))
    return next(unit * n for n in (1, 2, 5, 10) if span / (unit * n) <= 8)


def ratios(path, bars, about):
    """A bar for each comparison, to the right of 1 where softdev is better."""
    row, top, left, right, middle = 20, 76, 330, 210, 460
    width = left + middle + right
    svg = Svg(width, top + row * max(len(bars), 1) + 40)
    svg.text(16, 26, "softdev beside its peers" if not about["self_check"] else
             "self-check: each peer beside its own twin", 18)
    svg.text(16, 46, about_line(about), 11, color="#666")
    lows = [b[3] for b in bars if b[3] > 0] + [0.5]
    highs = [b[4] for b in bars] + [2.0]
    low, high = math.log2(min(lows)) - 0.15, math.log2(max(highs)) + 0.15

    def x(ratio):
        place = math.log2(max(ratio, 2 ** low))
        return left + middle * (place - low) / (high - low)

    bottom = top + row * len(bars)
    step = max(1, math.ceil((high - low) / 8))
    for power in range(math.ceil(low / step) * step, math.floor(high) + 1,
                       step):
        svg.line(x(2 ** power), top - 6, x(2 ** power), bottom, "#ddd")
        svg.text(x(2 ** power), top - 10, power_text(power), 11, "middle",
                 "#666")
    last = None
    for i, (case, peer, ratio, least, most, text, noisy) in enumerate(bars):
        y = top + row * i
        if case != last:
            svg.line(16, y, width - 16, y, "#eee")
            svg.text(16, y + 14, case, 12)
            last = case
        svg.text(left - 12, y + 14, peer, 11, "end", "#444")
        color = EQUAL if 0.95 <= ratio <= 1.05 else \
            BETTER if ratio > 1 else WORSE
        a, b = sorted((x(1), x(ratio)))
        svg.rect(a, y + 4, b - a, row - 8, color,
                 "fill-opacity='%s'" % ("0.45" if noisy else "0.9"))
        svg.line(x(least), y + row / 2, x(most), y + row / 2, "#222", 1)
        svg.text(max(b, x(most)) + 5, y + 14, ratio_text(ratio), 11,
                 color="#222", more="font-weight='bold'")
        svg.text(width - 16, y + 14, text, 11, "end", "#666")
    svg.line(x(1), top - 6, x(1), bottom, "#222", 1.5)
    svg.text(16, bottom + 24, "Bars: softdev / peer, medians, logarithmic; "
             "thin lines: least and most of all runs; pale: noisy.", 11,
             color="#666")
    svg.save(path)


def si(x):
    for power, unit in ((4, "T"), (3, "G"), (2, "M"), (1, "K")):
        if x >= 1024 ** power:
            return "%g%s" % (round(x / 1024 ** power, 1), unit)
    return "%g" % round(x, 2)


def bars(path, case, lines, about):
    """One bar a line: what has no x."""
    row, top, left, width = 24, 70, 210, 640
    svg = Svg(width, top + row * len(lines) + 20)
    svg.text(16, 26, "%s (%s)" % (case.title, case.unit), 15)
    svg.text(16, 46, about_line(about), 10, color="#666")
    most = max(points[0][1] for points in lines.values()) or 1
    for i, (name, points) in enumerate(lines.items()):
        y = top + row * i
        value = points[0][1]
        svg.text(left - 10, y + 15, name, 12, "end")
        svg.rect(left, y + 4, (width - left - 90) * value / most, row - 8,
                 LINES[0])
        svg.text(left + 8 + (width - left - 90) * value / most, y + 15,
                 "%.3g" % value, 12)
    svg.save(path)


def growth(path, case, lines, about):
    """lines: {name: [(x, value)]}; x logarithmic, y from 0."""
    lines = {name: points for name, points in lines.items() if points}
    if not lines:
        return
    if len(case.xs) == 1:
        bars(path, case, lines, about)
        return
    width, height, left, right, top, bottom = 760, 420, 80, 150, 76, 60
    svg = Svg(width, height)
    svg.text(16, 26, case.title, 15)
    svg.text(16, 46, about_line(about), 10, color="#666")
    xs = case.xs
    most = max(p[1] for points in lines.values() for p in points) or 1
    tick = round_step(most)
    ticks = math.ceil(most / tick)
    most = tick * ticks
    span = math.log2(xs[-1] / xs[0])

    def place(px, py):
        return (left + (width - left - right) * math.log2(px / xs[0]) / span,
                height - bottom - (height - top - bottom) * py / most)

    for i in range(ticks + 1):
        value = tick * i
        y = place(xs[0], value)[1]
        svg.line(left, y, width - right, y, "#ddd")
        svg.text(left - 8, y + 4, "%g" % round(value, 9), 11, "end", "#666")
    for px in xs:
        svg.text(place(px, 0)[0], height - bottom + 18, si(px), 11, "middle",
                 "#666")
    svg.text(left + (width - left - right) / 2, height - 14, case.xlabel, 12,
             "middle")
    svg.text(left, top - 10, case.unit, 12)
    # Names stand where their lines end, and not on each other.
    ends = sorted((place(*points[-1])[1], name)
                  for name, points in lines.items())
    last, label_y = 0, {}
    for y, name in ends:
        last = label_y[name] = max(y, last + 15)
    for color, (name, points) in zip(LINES, lines.items()):
        at = [place(*p) for p in points]
        svg.path(at, color)
        for spot in at:
            svg.circle(*spot, 3, color)
        svg.text(width - right + 12, label_y[name] + 4, name, 12, color=color)
    svg.save(path)
