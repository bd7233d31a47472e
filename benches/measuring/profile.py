"""Shows where the instructions of an event go: see `profile.sh`, which runs this."""

import os
import re
import sys

import programs
from workloads import Workloads

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
QUERIES = (20, 100)
# What is below this share of all is not shown.
SHARE_MIN = 0.005


def short_file(path):
    """A source file's name without what differs between machines; the standard library's by subject."""
    if path.startswith(ROOT + os.sep):
        return path[len(ROOT) + 1 :]
    library = re.search(r"/library/(\w+)/src/(slice/sort|\w+)", path)
    if library:
        return f"{library[1]}::{library[2].replace('/', '::')}"
    crate = re.search(r"/registry/src/[^/]+/(.*)$", path)
    return crate[1] if crate else os.path.basename(path)


def short_function(name):
    """A function's name without hash, number of recursion and types' own parameters."""
    name = re.sub(r"'\d+$", "", re.sub(r"::h[0-9a-f]{16}$", "", name))
    return re.sub(r"(?<=\w)<(?:[^<>]|<(?:[^<>]|<[^<>]*>)*>)*>", "", name)


def merged(costs_by_name, short):
    """Costs under shortened names."""
    found = {}
    for name, cost in costs_by_name.items():
        found[short(name)] = found.get(short(name), 0) + cost
    return found


def costs(path):
    """Instructions by source file (inlined code counts where it is written) and by function, of a callgrind file."""
    by_file, by_function = {}, {}
    names = {}

    def name_of(kind, word):
        number, _, name = word.partition(" ")
        if name:
            names[kind, number] = name
        return names.get((kind, number), number)

    file = function = "?"
    is_call = False
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            line = line.rstrip("\n")
            key, separator, word = line.partition("=")
            if separator and key in ("fl", "fi", "fe"):
                file = name_of("file", word)
            elif separator and key == "fn":
                function = name_of("function", word)
            elif separator and key in ("cfi", "cfl"):
                name_of("file", word)
            elif separator and key == "cfn":
                name_of("function", word)
            elif separator and key == "calls":
                is_call = True
            elif line[:1] in "+-*0123456789" and line:
                # The line after `calls` tells what the called function cost: counted there already.
                if not is_call:
                    cost = int(line.split()[1])
                    by_file[file] = by_file.get(file, 0) + cost
                    by_function[function] = by_function.get(function, 0) + cost
                is_call = False
    return by_file, by_function


def difference(few, many):
    """What the second run cost more than the first."""
    return {name: cost - few.get(name, 0) for name, cost in many.items()}


def show(title, shares):
    """A table of shares, the largest first, as Markdown."""
    total = sum(shares.values())
    print(f"\n| {title} | share |\n| --- | ---: |")
    rest = 0
    for name, cost in sorted(shares.items(), key=lambda entry: -entry[1]):
        if cost < SHARE_MIN * total:
            rest += cost
        else:
            print(f"| `{name}` | {cost / total:.1%} |")
    print(f"| all others | {rest / total:.1%} |")


def main():
    """Profiles the flood of `instructions.sh`: of two runs with different numbers of queries, what one costs more."""
    if len(sys.argv) > 1:
        programs.fail("usage: bash benches/profile.sh")
    work = os.path.join(programs.target_folder(ROOT), "instructions")
    os.makedirs(work, exist_ok=True)
    servent = programs.servent_program(ROOT)
    workloads = Workloads(work)
    out = os.path.join(work, "out")
    found = []
    for queries in QUERIES:
        scenario = os.path.join(workloads.flood(1_000, queries), "scenario.toml")
        counts = out + ".callgrind"
        programs.callgrind(servent, scenario, out, counts)
        found.append(costs(counts))
        os.remove(counts)
    files, functions = (difference(few, many) for few, many in zip(*found))
    show("source file", merged(files, short_file))
    show("function, with what is inlined into it", merged(functions, short_function))


programs.guarded(main)
