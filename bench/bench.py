"""Times wilcoxide beside other tools.

Every run is a process of its own; rounds go through all tools in turn. What
is timed is the ranking alone, of every gene in every group against the rest,
data in memory and code compiled. Each run becomes one line of a file; runs that
are there already are not repeated, so a measurement that was stopped goes on
where it was. report.py makes tables and a plot of that file.

The tools called reference and *-reference compare with the first group instead.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

import data
import tools

SLOW = ("scanpy", "scran", "Seurat", "pdex", "pdex-reference",
        "pdex-groups", "illico-reference")
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true",
                        help="one round of small data, to see that it works")
    parser.add_argument("--full", action="store_true", help="all data sets")
    parser.add_argument("--data", type=lambda text: text.split(","),
                        help=f"of {','.join(data.SHAPES)}")
    parser.add_argument("--tools", type=lambda text: text.split(","),
                        help=f"of {','.join(tools.TOOLS)}")
    parser.add_argument("--threads", default=list(tools.THREADS),
                        type=lambda text: [int(n) for n in text.split(",")],
                        help="numbers of threads (default: 1,2)")
    parser.add_argument("--rounds", type=int, default=5, help="default: 5")
    parser.add_argument("--once", type=lambda text: text.split(","),
                        default=list(SLOW), metavar="TOOLS",
                        help="slow ones, that one round has to do for"
                        f" (default: {','.join(SLOW)})")
    parser.add_argument("--time-limit", type=float, metavar="MINUTES",
                        default=24 * 60,
                        help="stop then; the next call goes on")
    parser.add_argument("--runs", type=Path, help="the file of all runs")
    options = parser.parse_args()
    if options.quick:
        options.rounds = 1
    options.data = options.data or (
        ["quick"] if options.quick
        else [name for name in data.SHAPES
              if name not in ("quick", *tools.BY_HAND)] if options.full
        else ["small"]
    )
    options.tools = options.tools or list(tools.TOOLS)
    for given, known in ((options.data, data.SHAPES),
                         (options.tools, tools.TOOLS),
                         (options.once, ["", *tools.TOOLS])):
        for name in given:
            if name not in known:
                parser.error(f"{name} is none of {', '.join(known)}")
    name = "quick.jsonl" if options.quick else "runs.jsonl"
    options.runs = options.runs or tools.BUILD / name
    return options


def processor():
    with open("/proc/cpuinfo") as file:
        for line in file:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor()


class Runs:
    """The file of all runs."""

    def __init__(self, path):
        self.path = path
        self.path.parent.mkdir(parents=True, exist_ok=True)
        lines = path.read_text().splitlines() if path.exists() else []
        self.runs = [json.loads(line) for line in lines]

    def number(self, job, version):
        """How many runs there are of a job, with this version of the tool."""
        wanted = {**vars(job), **version}
        return sum(
            "wall" in run and all(run[key] == wanted[key] for key in wanted)
            for run in self.runs
        )

    def add(self, run):
        self.runs.append(run)
        with open(self.path, "a") as file:
            file.write(json.dumps(run) + "\n")


def run(job, folder, seconds):
    """What one run gave, or how it failed; None if it was out of time."""
    try:
        done = subprocess.run(
            job.command(folder), stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        return None
    if done.returncode == 0:
        return json.loads(done.stdout.splitlines()[-1])
    print(done.stderr[-2000:], file=sys.stderr)
    return {"failed": f"status {done.returncode}"}


def show(job, number, result):
    what = " ".join(filter(None, (job.tool, job.variant)))
    took = (
        result["failed"] if "failed" in result
        else f"{result['wall']:.2f} s, {result['cpu']:.2f} s of CPU, "
             f"{result['extra_mb']:.0f} MB"
    )
    print(f"{time.strftime('%H:%M:%S')} {job.data}, round {number + 1}: "
          f"{what}, {job.threads} thread{'s'[:job.threads - 1]}: {took}",
          flush=True)


def measure(options, found, runs):
    """False if the time was up before all was measured."""
    present = [name for name in options.tools if found[name] is not None]
    machine = {
        "processor": processor(), "cores": os.cpu_count(), "R": found["R"],
        "python": platform.python_version(),
    }
    end = time.monotonic() + 60 * options.time_limit
    folders = {name: data.cached(name, CACHE / "wilcoxide" / "bench")
               for name in options.data}
    jobs = [job for name in options.data
            for job in tools.jobs(name, present, options.threads)]
    for number in range(options.rounds):
        for job in jobs:
            version = {"version": found[job.tool]}
            if tools.TOOLS[job.tool].program == "wilcoxide":
                version["build"] = found["build"]
            rounds = 1 if job.tool in options.once else options.rounds
            if runs.number(job, version) >= min(number + 1, rounds):
                continue
            folder = folders[job.data]
            known = {"stored": (folder / "i").stat().st_size // 4}
            left = end - time.monotonic()
            result = run(job, folder, left) if left > 0 else None
            if result is None:
                return False
            runs.add({**vars(job), **version, **known, **result, **machine})
            show(job, number, result)
    return True


def main():
    options = arguments()
    if "floor" in options.tools:
        tools.make_floor()
    found = tools.versions(options.tools)
    if "wilcoxide" in options.tools and found["wilcoxide"] is None:
        sys.exit("wilcoxide is not installed")
    runs = Runs(options.runs)
    for name in options.tools:
        if found[name] is None:
            print(f"{name} is not installed: not measured", flush=True)
            runs.add({"tool": name, "missing": True})
    if not measure(options, found, runs):
        print("The time is up; the same command again goes on.")


if __name__ == "__main__":
    main()
