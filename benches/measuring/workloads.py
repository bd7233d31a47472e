"""Workloads as scenario folders: random graphs of mean degree 8, floods and walks over them.

A graph comes from the limit programs' own `mkgraph` where they are at hand, and otherwise from the same algorithm
here, number for number; so counts can be held against each other either way. Nothing here runs servent.
"""

import itertools
import os
import shutil
import subprocess
import sys

DEGREE = 8
TTL = 7
SEED = 1
SECOND_NS = 1_000_000_000
LATENCY_NS_MIN = 10_000_000
LATENCY_NS_MAX = 100_000_000
FLOOD = f"search.flood = {{ ttl = {TTL} }}"

# (peers, queries): delivered, reached, sum of first arrivals in nanoseconds; on these counts seven other simulators
# agree (`link` latency, seed 1, TTL 7, a query a second).
COUNTS = {
    (1_000, 100): (641_567, 99_846, 13_947_561_272_749),
    (10_000, 100): (4_801_361, 995_083, 186_118_363_323_033),
    (100_000, 10): (2_976_812, 960_311, 243_850_414_839_068),
    (1_000_000, 4): (5_312_649, 2_997_337, 950_324_942_389_551),
}

WORD = (1 << 64) - 1


def splitmix(state):
    """SplitMix64 (Steele, Lea and Flood 2014) as an endless stream of 64-bit words."""
    while True:
        state = (state + 0x9E3779B97F4A7C15) & WORD
        word = state
        word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & WORD
        word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & WORD
        yield word ^ (word >> 31)


def random_graph(peers, queries):
    """Edges `(u, v, latency_ns)` of a simple random graph and origins of queries."""
    words = splitmix(SEED)
    seen = set()
    edges = []
    spread_ns = LATENCY_NS_MAX - LATENCY_NS_MIN + 1
    while len(edges) < peers * DEGREE // 2:
        one, other = next(words) % peers, next(words) % peers
        latency_ns = LATENCY_NS_MIN + next(words) % spread_ns
        pair = (min(one, other), max(one, other))
        if one != other and pair not in seen:
            seen.add(pair)
            edges.append((one, other, latency_ns))
    return edges, [next(words) % peers for _ in range(queries)]


def seconds(at_ns):
    """Nanoseconds as decimal seconds, exactly."""
    return f"{at_ns // SECOND_NS}.{at_ns % SECOND_NS:09}"


def write_queries(path, origins, gap_ns):
    """A query of each origin, one every `gap_ns`, for an item that nobody holds."""
    with open(path, "w", encoding="ascii") as file:
        file.write("at_s,origin,item\n")
        for number, origin in enumerate(origins):
            file.write(f"{seconds(number * gap_ns)},{origin},0\n")


def listed(edges):
    """Links and latencies from an edge list."""
    return f"""[topology.file]
path = "{edges}"

[underlay.latency.edges]
unit = "ns"
"""


# Links and latencies that servent makes itself.
GENERATED = f"""[topology.regular]
degree = {DEGREE}

[underlay.latency.plane]
"""


def write_scenario(folder, title, peers, duration_s, search, network):
    """The scenario of a frozen network."""
    text = f"""title    = "{title}"
seed     = 1
duration = "{duration_s} s"

[peers]
count = {peers}

{network}
[overlay.gnutella]
version     = "0.4"
maintenance = "none"
{search}

[content]
items = 1

[workload.file]
path = "queries.csv"
"""
    with open(os.path.join(folder, "scenario.toml"), "w", encoding="ascii") as file:
        file.write(text)


class Workloads:
    """Makes workloads in a folder, each once."""

    def __init__(self, folder, shared=None, make_graph=None):
        """`shared` is the folder of `to_scenario.py`, and `make_graph` the program `mkgraph`; both or neither."""
        self.folder = folder
        self.shared = shared
        self.make_graph = make_graph

    def _once(self, name, write):
        """The folder called `name`, filled by `write` if it is not there yet."""
        folder = os.path.join(self.folder, name)
        if not os.path.isdir(folder):
            unfinished = folder + ".unfinished"
            shutil.rmtree(unfinished, ignore_errors=True)
            os.makedirs(unfinished)
            write(unfinished)
            os.rename(unfinished, folder)
        return folder

    def flood(self, peers, queries, gap_ns=SECOND_NS):
        """A folder with `scenario.toml` and, where there are limit programs, `graph`."""

        def write(folder):
            if self.make_graph is not None:
                self._write_shared(folder, peers, queries, gap_ns)
                return
            edges, origins = random_graph(peers, queries)
            with open(os.path.join(folder, "edges.txt"), "w", encoding="ascii") as file:
                file.writelines(f"{one}\t{other}\t{latency_ns}\n" for one, other, latency_ns in edges)
            write_queries(os.path.join(folder, "queries.csv"), origins, gap_ns)
            duration_s = queries * gap_ns // SECOND_NS + 10
            title = f"flood, {peers} peers, {queries} queries"
            write_scenario(folder, title, peers, duration_s, FLOOD, listed("edges.txt"))

        return self._once(f"flood-{peers}-{queries}-{gap_ns}", write)

    def _write_shared(self, folder, peers, queries, gap_ns):
        """The same flood from the limit programs' own tools."""
        graph = os.path.join(folder, "graph")
        sizes = [str(number) for number in (peers, DEGREE, queries, SEED)]
        subprocess.run([self.make_graph, *sizes, graph], check=True)
        script = os.path.join(self.shared, "to_scenario.py")
        subprocess.run([sys.executable, script, graph, folder, "link", str(TTL)], check=True)
        if gap_ns != SECOND_NS:
            path = os.path.join(folder, "queries.csv")
            write_queries(path, origins_of(path), gap_ns)

    def walk(self, peers, queries, walkers, steps):
        """Walkers over the graph of a flood, for an item that nobody holds; a query a millisecond."""
        flood = self.flood(peers, 4)

        def write(folder):
            # Ends of links: whoever has no neighbour cannot send a walker.
            with open(os.path.join(flood, "edges.txt"), encoding="ascii") as file:
                origins = [int(line.split()[0]) for line in itertools.islice(file, queries)]
            write_queries(os.path.join(folder, "queries.csv"), origins, SECOND_NS // 1_000)
            duration_s = steps * LATENCY_NS_MAX // SECOND_NS + queries // 1_000 + 2
            search = f"search.walk = {{ walkers = {walkers}, ttl = {steps}, check_every = 0 }}"
            edges = os.path.join("..", os.path.basename(flood), "edges.txt")
            write_scenario(folder, f"walks, {peers} peers", peers, duration_s, search, listed(edges))

        return self._once(f"walk-{peers}-{queries}-{walkers}-{steps}", write)

    def generated(self, peers, queries):
        """A flood over a graph that servent generates itself: nothing but the origins comes from a file."""

        def write(folder):
            words = splitmix(SEED)
            origins = [next(words) % peers for _ in range(queries)]
            write_queries(os.path.join(folder, "queries.csv"), origins, SECOND_NS)
            write_scenario(folder, f"flood, {peers} peers", peers, queries + 10, FLOOD, GENERATED)

        return self._once(f"generated-{peers}-{queries}", write)


def origins_of(path):
    """The origins in a file of queries."""
    with open(path, encoding="ascii") as file:
        next(file)
        return [int(line.split(",")[1]) for line in file]
