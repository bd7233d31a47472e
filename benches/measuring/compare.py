"""Holds servent against what it has to reach: see `compare.sh`, which runs this."""

import argparse
import json
import math
import os
import statistics
import sys
from dataclasses import asdict, dataclass, field

import programs
from workloads import COUNTS, SECOND_NS, TTL, Workloads

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# Engines of the limit programs that run on one thread; the fastest one is what counts.
ENGINES = ("batch", "batch16f", "batchpeer", "par1")
# So close together do queries begin that all are under way at once.
CROWD_GAP_NS = 1_000
GIBIBYTE = 1 << 30


class CountsDiffer(Exception):
    """Two programs, or a program and the published counts, disagree: times mean nothing then."""


@dataclass
class Line:
    """A line of the table: a figure, and the bar that its median has to reach."""

    workload: str
    what: str
    figures: list
    bar: float = None
    # Whether the figure has to be at most the bar, instead of at least.
    is_ceiling: bool = False
    messages: int = None
    rate: float = None
    against: str = ""
    against_rate: float = None
    verdict: str = field(init=False, default="-")

    def judge(self):
        """Sets the verdict."""
        if self.bar is not None:
            median = statistics.median(self.figures)
            is_reached = median <= self.bar if self.is_ceiling else median >= self.bar
            self.verdict = "ok" if is_reached else "SHORT"

    def cells(self):
        """The line as texts."""
        rate = lambda value: "" if value is None else f"{value / 1e6:.2f}"
        low, middle, high = min(self.figures), statistics.median(self.figures), max(self.figures)
        bar = "" if self.bar is None else f"{'<=' if self.is_ceiling else '>='} {self.bar:g}"
        messages = "" if self.messages is None else f"{self.messages:,}"
        figures = [f"{value:.3f}" for value in (low, middle, high)]
        return [self.workload, messages, rate(self.rate), self.against, rate(self.against_rate), self.what]\
            + figures + [bar, self.verdict]


HEAD = ["workload", "messages", "servent M/s", "against", "its M/s", "figure", "min", "median", "max", "bar", ""]


def table(lines):
    """Lines as text in columns."""
    rows = [HEAD] + [line.cells() for line in lines]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)


def tell(progress):
    """Says to whoever looks on what is under way."""
    if sys.stderr.isatty():
        print(progress.ljust(60), end="\r", file=sys.stderr, flush=True)


def median_rate(samples):
    """Median messages per second."""
    return statistics.median(sample.rate for sample in samples)


def pairs(over, under):
    """Ratios of rates round by round."""
    return [one.rate / other.rate for one, other in zip(over, under)]


class Bench:
    """What rows are measured with."""

    def __init__(self, arguments, shared, work):
        self.rounds = arguments.rounds
        self.is_small = arguments.small
        self.work = work
        self.servent = programs.servent_program(ROOT)
        self.limit = programs.build_limit(shared, work) if shared else None
        maker = self.limit and os.path.join(self.limit, "mkgraph")
        folder = os.path.join(work, "limit" if shared else "alone")
        self.workloads = Workloads(folder, shared, maker)
        self.floods = {}

    def size(self, peers, queries):
        """The size asked for, or the smallest when only the script itself is tried."""
        return (1_000, 100) if self.is_small else (peers, queries)

    def run(self, folder, threads=1):
        """Servent over a workload."""
        scenario = folder if folder.endswith(".toml") else os.path.join(folder, "scenario.toml")
        return programs.run_servent(self.servent, scenario, os.path.join(self.work, "out"), threads)

    def interleave(self, runs, expected=None):
        """Runs everything in turn: one round to warm up, then those that count. All must count the same messages."""
        samples = {name: [] for name in runs}
        for number in range(self.rounds + 1):
            for name, run in runs.items():
                tell(f"  round {number} of {self.rounds}: {name}")
                sample = run()
                wanted = expected[name] if isinstance(expected, dict) else expected
                if wanted is not None and sample.counts != wanted:
                    raise CountsDiffer(f"{name} counts {sample.counts}, expected {wanted}")
                if number > 0:
                    samples[name].append(sample)
        tell("")
        return samples

    def flood(self, peers, queries, gap_ns=SECOND_NS):
        """Samples of servent and of the limit engines on one flood; a flood is measured once."""
        key = (*self.size(peers, queries), gap_ns)
        if key not in self.floods:
            peers, queries, _ = key
            folder = self.workloads.flood(peers, queries, gap_ns)
            runs = {"servent": lambda: self.run(folder)}
            if self.limit:
                graph = os.path.join(folder, "graph")
                for engine in ENGINES:
                    runs[engine] = lambda engine=engine: programs.run_limit(self.limit, graph, TTL, gap_ns, engine)
            expected = COUNTS.get((peers, queries)) if gap_ns == SECOND_NS else None
            expected = expected or self.run(folder).counts
            self.floods[key] = self.interleave(runs, expected)
        return self.floods[key]

    def against_limit(self, workload, samples, bar):
        """A flood's line against the fastest limit engine, if there is one."""
        servent = samples["servent"]
        messages, rate = servent[0].delivered, median_rate(servent)
        if not self.limit:
            return Line(workload, "M messages/s", [one.rate / 1e6 for one in servent], None, False, messages, rate)
        best = max(ENGINES, key=lambda engine: median_rate(samples[engine]))
        ratios = pairs(servent, samples[best])
        best_rate = median_rate(samples[best])
        return Line(workload, "ratio", ratios, bar, False, messages, rate, f"limit {best}", best_rate)


def flood_10k(bench):
    """10,000 peers, 100 queries."""
    return [bench.against_limit("flood 10,000", bench.flood(10_000, 100), None)]


def flood_100k(bench):
    """100,000 peers, 10 queries: 0.4 of the limit, and 8 times PeerSim's 1.1 M/s on a like machine."""
    samples = bench.flood(100_000, 10)
    rates = [sample.rate / 1e6 for sample in samples["servent"]]
    return [
        bench.against_limit("flood 100,000", samples, 0.4),
        Line("flood 100,000", "times PeerSim's 1.1 M/s", [rate / 1.1 for rate in rates], 8.0),
    ]


def flood_1m(bench):
    """1,000,000 peers, 4 queries: 0.4 of the limit, and 10 times PeerSim's 0.62 M/s on a like machine."""
    samples = bench.flood(1_000_000, 4)
    rates = [sample.rate / 1e6 for sample in samples["servent"]]
    return [
        bench.against_limit("flood 1,000,000", samples, 0.4),
        Line("flood 1,000,000", "times PeerSim's 0.62 M/s", [rate / 0.62 for rate in rates], 10.0),
    ]


def threads(bench):
    """1,000,000 peers: two threads against one, 1.6 times as fast."""
    peers, queries = bench.size(1_000_000, 4)
    folder = bench.workloads.flood(peers, queries)
    runs = {f"{count} threads": lambda count=count: bench.run(folder, count) for count in (1, 2)}
    one, two = bench.interleave(runs, COUNTS[peers, queries]).values()
    line = Line("flood 1,000,000, 2 threads", "ratio", pairs(two, one), 1.6)
    line.messages, line.rate = two[0].delivered, median_rate(two)
    line.against, line.against_rate = "servent, 1 thread", median_rate(one)
    return [line]


def at_once(bench):
    """10,000 peers, 200 queries all under way at once: 0.4 of the limit."""
    return [bench.against_limit("200 queries at once", bench.flood(10_000, 200, CROWD_GAP_NS), 0.4)]


def growth(bench):
    """Time per message among 1,000,000 peers over that among 10,000: at most 2.5."""
    sizes = {"10,000": bench.size(10_000, 100), "1,000,000": bench.size(1_000_000, 4)}
    folders = {name: bench.workloads.flood(*size) for name, size in sizes.items()}
    runs = {name: lambda folder=folder: bench.run(folder) for name, folder in folders.items()}
    samples = bench.interleave(runs, {name: COUNTS[size] for name, size in sizes.items()})
    few, many = samples["10,000"], samples["1,000,000"]
    line = Line("growth, 10,000 to 1,000,000", "time per message", pairs(few, many), 2.5, True)
    line.messages, line.rate = many[0].delivered, median_rate(many)
    line.against, line.against_rate = "servent, 10,000", median_rate(few)
    return [line]


def digests(bench):
    """Instructions per event with digests over those without: at most 1.08."""
    target = os.path.join(programs.target_folder(ROOT), "without-digests")
    without = programs.build_servent(ROOT, "--features", "bench-without-digests", target=target)
    few, many = (bench.workloads.flood(1_000, queries) for queries in (20, 100))
    out = os.path.join(bench.work, "out")
    costs = [programs.instructions_per_event(program, few, many, out) for program in (bench.servent, without)]
    return [Line("digests on against off", "instructions", [costs[0] / costs[1]], 1.08, True)]


def walk(bench):
    """10^8 steps of walkers among 1,000,000 peers: 5 million a second, of few queries and of many."""
    # Of many is harder: nearly every step then brings its peer a query that it has to remember beside a hundred others.
    peers, steps = (1_000, 100) if bench.is_small else (1_000_000, 1_000)
    kinds = [(3, 320), (30, 32)] if bench.is_small else [(100, 1_000), (3_125, 32)]
    folders = {kind: bench.workloads.walk(peers, *kind, steps) for kind in kinds}
    runs = {"{:,} x {:,}".format(*kind): lambda kind=kind: bench.run(folders[kind]) for kind in kinds}
    lines = []
    for (name, samples), kind in zip(bench.interleave(runs).items(), kinds, strict=True):
        made, wanted = samples[0].delivered, math.prod(kind) * steps
        if made != wanted:
            raise CountsDiffer(f"walkers made {made} steps of {wanted}")
        rates = [sample.rate / 1e6 for sample in samples]
        label = f"walks of {name}, 1,000,000"
        lines.append(Line(label, "M steps/s", rates, 5.0, messages=made, rate=median_rate(samples)))
    return lines


def read_and_build(bench):
    """Reading and building 1,000,000 peers from an edge list: 3 s."""
    samples = bench.flood(1_000_000, 4)["servent"]
    return [Line("read and build, 1,000,000", "s", [sample.build_s for sample in samples], 3.0, True)]


def small(bench):
    """100 peers for an hour, everything switched on: 50 ms for the whole process."""
    scenario = os.path.join(ROOT, "benches", "small.toml")
    samples = bench.interleave({"small": lambda: bench.run(scenario)})["small"]
    return [
        Line("100 peers, an hour", "ms, process", [sample.process_s * 1e3 for sample in samples], 50.0, True),
        Line("100 peers, an hour", "ms, run phase", [sample.run_s * 1e3 for sample in samples]),
    ]


def ten_million(bench):
    """10,000,000 peers of degree 8, ten floods: 4 GiB of memory."""
    peers = 1_000 if bench.is_small else 10_000_000
    sample = bench.run(bench.workloads.generated(peers, 10))
    return [
        Line("10,000,000 peers", "GiB", [sample.peak_bytes / GIBIBYTE], 4.0, True, sample.delivered, sample.rate),
        Line("10,000,000 peers", "bytes per peer", [sample.peak_bytes / peers]),
    ]


ROWS = {
    "flood-10k": flood_10k,
    "flood-100k": flood_100k,
    "flood-1m": flood_1m,
    "threads": threads,
    "at-once": at_once,
    "growth": growth,
    "digests": digests,
    "walk": walk,
    "read-and-build": read_and_build,
    "small": small,
    "ten-million": ten_million,
}
# Only when named: it wants memory and time.
BY_NAME_ONLY = {"ten-million"}


def arguments_of(words):
    """The command line."""
    about = "\n".join(f"  {name:15}{row.__doc__}" for name, row in ROWS.items())
    parser = argparse.ArgumentParser(
        prog="bash benches/compare.sh",
        description="Measures servent against what it has to reach. Exit code: 0 all bars reached, "
        "1 a bar missed or counts that differ, 2 something could not be measured.",
        epilog=f"rows (default: all but {', '.join(sorted(BY_NAME_ONLY))}):\n{about}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("rows", nargs="*", metavar="ROW", help="what to measure")
    parser.add_argument("--rounds", type=int, default=5, help="counted rounds (default: 5)")
    parser.add_argument("--json", metavar="FILE", help="writes the figures there")
    parser.add_argument("--work", metavar="DIR", help="where graphs and results go (default: target/compare)")
    parser.add_argument("--small", action="store_true", help="1,000 peers everywhere, bars not judged: tries the script")
    arguments = parser.parse_args(words)
    unknown = [row for row in arguments.rows if row not in ROWS]
    if unknown:
        parser.error(f"no such row: {', '.join(unknown)}; rows are {', '.join(ROWS)}")
    if arguments.rounds < 1:
        parser.error("there is at least one counted round")
    return arguments


def main():
    """Measures the rows asked for and says whether all bars are reached."""
    arguments = arguments_of(sys.argv[1:])
    names = arguments.rows or [name for name in ROWS if name not in BY_NAME_ONLY]
    shared = os.path.join(os.path.dirname(ROOT), "shared", "bench")
    shared = shared if os.path.isdir(os.path.join(shared, "limit")) else None
    work = os.path.abspath(arguments.work or os.path.join(programs.target_folder(ROOT), "compare"))
    os.makedirs(work, exist_ok=True)
    bench = Bench(arguments, shared, work)
    lines, broken, unmeasured = [], [], []
    for name in names:
        print(f"{name}: {ROWS[name].__doc__}", file=sys.stderr)
        try:
            found = ROWS[name](bench)
        except CountsDiffer as differ:
            broken.append(f"{name}: {differ}")
            continue
        except programs.CannotMeasure as reason:
            unmeasured.append(f"{name}: {reason}")
            continue
        for line in found:
            if not bench.is_small:
                line.judge()
            # What is measured is not lost if a later row is broken off.
            print("  " + "  ".join(filter(None, line.cells())), file=sys.stderr)
        lines += found
    set_up = programs.set_up(ROOT)
    print(", ".join(f"{key} {value}" for key, value in set_up.items()))
    if not bench.limit:
        print("no limit programs in ../shared/bench/limit: servent is measured alone, ratios to them are skipped")
    if bench.is_small:
        print("small: every graph has 1,000 peers, and no bar is judged")
    print(table(lines))
    for message in broken:
        print(f"COUNTS DIFFER  {message}")
    for message in unmeasured:
        print(f"NOT MEASURED  {message}")
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            figures = {
                "set_up": set_up,
                "lines": [asdict(line) for line in lines],
                "counts_differ": broken,
                "not_measured": unmeasured,
            }
            json.dump(figures, file, indent=2)
            file.write("\n")
    is_short = any(line.verdict == "SHORT" for line in lines)
    sys.exit(2 if unmeasured else 1 if is_short or broken else 0)


programs.guarded(main)
