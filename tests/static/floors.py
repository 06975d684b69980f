# SPDX-License-Identifier: GPL-2.0-only
"""Files of a driver stand on floors: each uses only what lies below it.

What a file defines for others is found by its form, as the kernel's style has
it: a function's name and parameters before a brace at the beginning of a line, a
variable without "static" before "=", "[" or ";".
"""

import os
import re
import sys

sys.dont_write_bytecode = True
TESTS = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
sys.path.insert(0, os.path.join(TESTS, "lib"))

from checks import check, equal, run_tap  # noqa: E402

DRIVERS = os.path.join(os.path.dirname(TESTS), "drivers")
FUNCTION = re.compile(r"^(?!static\b|typedef\b)\w[\w \t*]*?[ \t*\n](\w+)"
                      r"\([^;{}]*\)\n\{", re.M)
VARIABLE = re.compile(r"^(?!static\b|typedef\b|extern\b|return\b)"
                      r"\w[\w \t]*?[ \t]\**(\w+)(?:\[[^\]]*\])*(?: =|;)", re.M)
MACRO = re.compile(r"^(?!static\b)DEFINE_\w+\((\w+)", re.M)


def code(text):
    """Without comments and strings."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    return re.sub(r'"(?:[^"\\\n]|\\.)*"', '""', text)


def defined(text):
    return {match[1] for form in (FUNCTION, VARIABLE, MACRO)
            for match in form.finditer(text)}


def uses(files):
    """(user, owner): names, of {file: text}."""
    owner = {name: file for file, text in files.items()
             for name in defined(code(text))}
    found = {}
    for file, text in files.items():
        for word in set(re.findall(r"\b[a-zA-Z_]\w*", code(text))):
            if owner.get(word, file) != file:
                found.setdefault((file, owner[word]), []).append(word)
    return found


def wrong(row, files):
    """What breaks the rule, for a person."""
    floor = {name: i for i, names in enumerate(row) for name in names}
    lines = [f"{file}.c has no floor" for file in sorted(set(files) - set(floor))]
    lines += [f"{name}.c is not there" for name in sorted(set(floor) - set(files))]
    for (user, owner), names in sorted(uses(files).items()):
        if floor.get(owner, 99) <= floor.get(user, -1):
            lines.append(f"{user}.c uses {', '.join(sorted(names))} of {owner}.c")
    return lines


def rows():
    with open(os.path.join(TESTS, "static/floors.tab"), encoding="ascii") as tab:
        for line in tab:
            if line.strip() and not line.startswith("#"):
                module, *row = line.split()
                yield module, [names.split(",") for names in row]


def sources(module):
    files = {}
    for name in os.listdir(os.path.join(DRIVERS, module)):
        # The kernel's build leaves files of its own.
        if name.endswith(".c") and not name.endswith(".mod.c"):
            with open(os.path.join(DRIVERS, module, name),
                      encoding="utf-8") as file:
                files[name[:-2]] = file.read()
    return files


@check("a call to the left, sideways and of nobody is found")
def _():
    files = {
        "a": "int a_open(void)\n{\n\treturn b_get(b_table);\n}\n",
        "b": "int b_table[2] = { 1 };\n"
             "struct b *b_get(int *a,\n\t\tint b)\n{\n\tc_put();\n}\n",
        "c": "/* a_open() */\nstatic int own;\nvoid c_put(void)\n{\n"
             "\tprintk(\"b_get\");\n}\n",
    }
    equal(wrong([["a"], ["b"], ["c"]], files), [])
    equal(wrong([["b"], ["a"], ["c"]], files), ["a.c uses b_get, b_table of b.c"])
    equal(wrong([["a"], ["b", "c"]], files), ["b.c uses c_put of c.c"])
    equal(wrong([["a"], ["b"], ["d"]], files),
          ["c.c has no floor", "d.c is not there"])


def floors(module, row):
    @check(f"{module}: nobody calls upstairs")
    def _():
        equal(wrong(row, sources(module)), [])


for _module, _row in rows():
    floors(_module, _row)

run_tap()
