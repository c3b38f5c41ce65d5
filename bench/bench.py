"""Times wilcoxide beside other tools and writes bench/results.md.

Every run is a process of its own; rounds go through all tools in turn, with
one thread and with two. What is timed is the ranking alone, of every gene in
every group against the rest, data in memory and code compiled.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import data

HERE = Path(__file__).resolve().parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
RIVALS = ("autozyme", "illico", "scanpy")
THREADS = (1, 2)
# Scanpy needs minutes here.
TOO_SLOW = {("scanpy", "perturbations")}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true",
                        help="small data; results.md stays as it is")
    parser.add_argument("--full", action="store_true",
                        help="more data sets, more rounds")
    parser.add_argument("--tools", default="wilcoxide,autozyme,illico,scanpy")
    parser.add_argument("--rounds", type=int, default=0)
    return parser.parse_args()


def command(tool, path, threads):
    if tool == "wilcoxide":
        return ["Rscript", str(HERE / "run.R"), str(path), str(threads)]
    script = str(HERE / "run_scanpy.py")
    return [sys.executable, script, tool, str(path), str(threads)]


def run(tool, path, threads):
    """One measurement, or None if the tool failed."""
    done = subprocess.run(
        command(tool, path, threads), stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )
    if done.returncode != 0:
        print(f"{tool} failed:\n{done.stderr[-2000:]}", file=sys.stderr)
        return None
    return json.loads(done.stdout.splitlines()[-1])


def missing(tool):
    try:
        version(tool)
    except PackageNotFoundError:
        return True
    return False


def measure(name, tools, rounds):
    """All measurements: {(tool, threads): [one a round]}."""
    path = data.cached(name, CACHE / "wilcoxide" / "bench")
    measured = {(tool, n): [] for tool in tools for n in THREADS}
    for number in range(rounds):
        for tool in tools:
            # One round of Scanpy takes longer than all others together.
            if tool == "scanpy" and number > 0:
                continue
            for threads in THREADS:
                one = run(tool, path, threads)
                if one is None:
                    continue
                measured[tool, threads].append(one)
                print(f"{name}, round {number + 1}: {tool}, {threads} "
                      f"thread{'s'[:threads - 1]}: {one['wall']:.2f} s, "
                      f"{one['extra_mb']:.0f} MB", flush=True)
    return measured


def median(runs, key):
    return statistics.median(one[key] for one in runs)


def table(name, measured, tools):
    shape = data.SHAPES[name]
    ours = {n: measured.get(("wilcoxide", n)) for n in THREADS}
    lines = [
        f"## {name}: {shape.cells:,} cells x {shape.genes:,} genes, "
        f"{shape.groups} groups", "",
        "| tool | threads | wall, s | CPU, s | wall, times ours | "
        "CPU, times ours | extra memory, MB | runs |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for tool in tools:
        for threads in THREADS:
            runs = measured[tool, threads]
            if not runs:
                lines.append(f"| {tool} | {threads} | failed | | | | | 0 |")
                continue
            times = [
                f"{median(runs, key) / median(ours[threads], key):.1f}"
                if ours[threads] else "" for key in ("wall", "cpu")
            ]
            cells = (
                tool, threads, f"{median(runs, 'wall'):.2f}",
                f"{median(runs, 'cpu'):.2f}", *times,
                f"{max(one['extra_mb'] for one in runs):.0f}", len(runs),
            )
            lines.append(f"| {' | '.join(map(str, cells))} |")
    if ours[1]:
        lines += ["", f"The matrix itself takes {ours[1][0]['matrix_mb']:.0f}"
                  " MB as a dgCMatrix."]
    return lines + [""]


def processor():
    with open("/proc/cpuinfo") as file:
        for line in file:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor()


def header(results, absent):
    versions = {}
    for measured in results.values():
        for (tool, _), runs in measured.items():
            for one in runs:
                versions[tool] = one["version"]
                if "r" in one:
                    versions["R"] = one["r"]
    listed = ", ".join(f"{tool} {versions[tool]}" for tool in versions)
    lines = [
        "# Time and memory", "",
        "Made by `make bench`. Medians of runs in processes of their own,",
        "interleaved; extra memory is the peak above what the loaded data",
        "take. Made-up data, see `data.py`.", "",
        f"{processor()}, {os.cpu_count()} cores; {listed}, "
        f"Python {platform.python_version()}.", "",
    ]
    if absent:
        lines += [f"Not installed, so not measured: {', '.join(absent)}.", ""]
    return lines


def main():
    options = arguments()
    names = ["quick"] if options.quick else ["pbmc68k-like"]
    if options.full:
        names = [name for name in data.SHAPES if name != "quick"]
    rounds = options.rounds or (5 if options.full else 3)
    asked = options.tools.split(",")
    absent = [tool for tool in asked if tool in RIVALS and missing(tool)]
    present = [tool for tool in asked if tool not in absent]

    results, body = {}, []
    for name in names:
        tools = [tool for tool in present if (tool, name) not in TOO_SLOW]
        results[name] = measure(name, tools, rounds)
        body += table(name, results[name], tools)
    text = "\n".join(header(results, absent) + body)
    print(text)
    if not options.quick:
        (HERE / "results.md").write_text(text)
    if not all(runs for (tool, _), runs in results[names[0]].items()
               if tool == "wilcoxide"):
        sys.exit("wilcoxide did not run")


if __name__ == "__main__":
    main()
