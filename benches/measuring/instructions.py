"""Counts instructions per event and holds them against the stored count: see `instructions.sh`, which runs this."""

import json
import os
import sys

import programs
from workloads import Workloads

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
STORED = os.path.join(ROOT, "results", "benchmarks", "instructions.json")
# So much above the stored count is too much.
TOLERANCE = 0.05
PEERS = 1_000
QUERIES = (20, 100)


def main():
    """Counts, and compares or stores."""
    if sys.argv[1:] not in ([], ["--update"]):
        programs.fail("usage: bash benches/instructions.sh [--update]")
    work = os.path.join(programs.target_folder(ROOT), "instructions")
    os.makedirs(work, exist_ok=True)
    servent = programs.servent_program(ROOT)
    # Never the limit programs' tools: the workload is the same wherever this runs.
    workloads = Workloads(work)
    few, many = (workloads.flood(PEERS, queries) for queries in QUERIES)
    per_event = programs.instructions_per_event(servent, few, many, os.path.join(work, "out"))
    set_up = programs.set_up(ROOT)
    print(f"{per_event:.1f} instructions per event ({set_up['rustc']})")
    if sys.argv[1:] == ["--update"]:
        stored = {
            "date": set_up["date"],
            "rustc": set_up["rustc"],
            "set_up": f"flood over {PEERS} peers, mean degree 8, TTL 7, link latencies of 10 to 100 ms, one thread, "
            f"callgrind: the slope between {QUERIES[0]} and {QUERIES[1]} queries",
            "instructions_per_event": round(per_event, 1),
        }
        with open(STORED, "w", encoding="utf-8") as file:
            json.dump(stored, file, indent=2)
            file.write("\n")
        return
    with open(STORED, encoding="utf-8") as file:
        stored = json.load(file)
    before = stored["instructions_per_event"]
    change = per_event / before - 1.0
    print(f"stored: {before:.1f} on {stored['date']} ({stored['rustc']}); change {change:+.1%}")
    if change > TOLERANCE:
        print(f"error: more than {TOLERANCE:.0%} above; if that has to be: bash benches/instructions.sh --update")
        sys.exit(1)
    if change < -TOLERANCE:
        print(f"more than {TOLERANCE:.0%} below: store it with --update, so that it stays")


programs.guarded(main)
