"""Builds and runs the programs that are measured, and reads what they leave."""

import csv
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass


class CannotMeasure(Exception):
    """Something that is needed is missing or does not work."""


def fail(message):
    """Gives up what is being measured."""
    raise CannotMeasure(message)


def guarded(main):
    """Runs a script's main function; exit code 2 if it cannot measure."""
    try:
        main()
    except CannotMeasure as reason:
        print(f"error: {reason}", file=sys.stderr)
        sys.exit(2)


@dataclass
class Sample:
    """One run of one program."""

    delivered: int
    reached: int
    arrival_sum_ns: int
    # The run phase alone.
    run_s: float
    # Reading and building, where the program tells it.
    build_s: float = 0.0
    # The whole process, from its start to its end, and what it used of processors.
    process_s: float = 0.0
    processor_s: float = 0.0
    peak_bytes: int = 0
    events: int = 0

    @property
    def counts(self):
        """What every program must agree on."""
        return (self.delivered, self.reached, self.arrival_sum_ns)

    @property
    def rate(self):
        """Messages per second of the run phase."""
        return self.delivered / self.run_s


def require(tool):
    """Gives up if a program is not installed."""
    if shutil.which(tool) is None:
        fail(f"{tool} is not installed")


def target_folder(root):
    """Where cargo builds."""
    return os.path.abspath(os.environ.get("CARGO_TARGET_DIR") or os.path.join(root, "target"))


def cargo_build(folder, target, *arguments):
    """Builds what is in `folder` into `target` and gives the folder of the programs."""
    require("cargo")
    command = ["cargo", "build", "--release", "--locked", "--quiet", "--target-dir", target, *arguments]
    if subprocess.run(command, cwd=folder, check=False).returncode != 0:
        fail(f"cannot build {folder}")
    return os.path.join(target, "release")


def servent_program(root):
    """The path of servent: what SERVENT names in the environment, or else what is built now."""
    named = os.environ.get("SERVENT")
    if not named:
        return build_servent(root)
    if not os.access(named, os.X_OK):
        fail(f"SERVENT names {named}, which cannot be run")
    return os.path.abspath(named)


def build_servent(root, *arguments, target=None):
    """The path of servent, built with further arguments for cargo."""
    return os.path.join(cargo_build(root, target or target_folder(root), "--bin", "servent", *arguments), "servent")


def build_limit(shared, work):
    """The folder of the limit programs, built from a copy of their sources."""
    source = os.path.join(work, "limit-source")
    shutil.rmtree(source, ignore_errors=True)
    # Copies are ours to write, whatever the originals are.
    shutil.copytree(os.path.join(shared, "limit"), source, copy_function=shutil.copyfile)
    for folder, _, _ in os.walk(source):
        os.chmod(folder, 0o755)
    return cargo_build(source, os.path.join(work, "limit-target"))


def timed(command):
    """Runs a command to its end: seconds, seconds of processor time, peak of resident memory."""
    began = time.monotonic()
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    elapsed_s = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        fail(f"exit code {process.returncode}: {' '.join(command)}")
    return elapsed_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def run_servent(program, scenario, out, threads=1, before=()):
    """Runs a scenario; `before` is a command that runs the program, such as a profiler."""
    shutil.rmtree(out, ignore_errors=True)
    command = [*before, program, "run", scenario, "--quiet", "--threads", str(threads), "--out", out]
    process_s, processor_s, peak_bytes = timed(command)
    sums = {"query_messages": 0, "reached_peers": 0, "first_arrival_sum_ns": 0}
    with open(os.path.join(out, "queries.csv"), encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for column in sums:
                sums[column] += int(row[column])
    with open(os.path.join(out, "provenance.json"), encoding="utf-8") as file:
        provenance = json.load(file)
    shutil.rmtree(out)
    return Sample(
        delivered=sums["query_messages"],
        reached=sums["reached_peers"],
        arrival_sum_ns=sums["first_arrival_sum_ns"],
        run_s=provenance["run_wall_s"],
        build_s=provenance["build_wall_s"],
        process_s=process_s,
        processor_s=processor_s,
        peak_bytes=peak_bytes,
        events=provenance["events"],
    )


def run_limit(programs, graph, ttl, gap_ns, engine):
    """Runs one engine of the limit programs over a graph, with link latencies."""
    command = [os.path.join(programs, "flood"), graph, str(ttl), str(gap_ns), "link", engine, "qbits"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        fail(f"exit code {done.returncode}: {' '.join(command)}")
    told = dict(word.split("=", 1) for word in done.stdout.split())
    return Sample(
        delivered=int(told["delivered"]),
        reached=int(told["reached"]),
        arrival_sum_ns=int(told["tsum"]),
        run_s=float(told["run_s"]),
    )


def callgrind(program, scenario, out, counts):
    """Runs a scenario on one thread under callgrind, which writes the file `counts`."""
    require("valgrind")
    before = ("valgrind", "--tool=callgrind", "--quiet", f"--callgrind-out-file={counts}")
    return run_servent(program, scenario, out, before=before)


def instructions(program, scenario, out):
    """Instructions and events of a run on one thread."""
    counts = out + ".callgrind"
    sample = callgrind(program, scenario, out, counts)
    with open(counts, encoding="utf-8") as file:
        total = next(int(line.split()[1]) for line in file if line.startswith(("summary:", "totals:")))
    os.remove(counts)
    return total, sample.events


def instructions_per_event(program, few, many, out):
    """Instructions that one more event costs: of two runs that differ in their number of queries alone, so that what
    it takes to start, to read and to write drops out."""
    (few_instructions, few_events), (many_instructions, many_events) = (
        instructions(program, os.path.join(folder, "scenario.toml"), out) for folder in (few, many)
    )
    return (many_instructions - few_instructions) / (many_events - few_events)


def output_of(*command):
    """What a command prints, or nothing if there is no such command."""
    try:
        return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def set_up(root):
    """What figures depend on besides the program."""
    processor = ""
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            processor = next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), "")
    return {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "commit": output_of("git", "-C", root, "describe", "--always", "--dirty"),
        "rustc": output_of("rustc", "--version"),
        "processor": processor,
        "processors": os.cpu_count(),
    }
