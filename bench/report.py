"""Makes tables and a plot of the runs that bench.py has written down:
bench/results.md, the table in README.md, vignettes/performance.csv and
man/figures/performance.png, and performance-threads.png where there were more
than two numbers of threads; with --quick, of the quick ones, in build/bench;
with --page, nothing but this page, of runs on another machine.
"""

import argparse
import csv
import json
import statistics
import subprocess
from pathlib import Path

import data
import tools

HERE = tools.HERE
ROOT = HERE.parent
README_FROM = "<!-- bench/report.py writes from here -->"
README_TO = "<!-- to here -->"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--runs", type=Path, help="the file of all runs")
    parser.add_argument("--page", type=Path, help="the only file to write")
    return parser.parse_args()


class Results:
    """Medians of the runs of each job, with the newest version of its tool."""

    def __init__(self, path):
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        runs = [run for run in lines if "missing" not in run]
        newest = {self.version_key(run): self.version(run) for run in runs}
        runs = [run for run in runs
                if self.version(run) == newest[self.version_key(run)]]
        self.last = runs[-1]
        # The load average would count threads of our own as other work.
        self.waited = max((1 - run["cpu"] / run["wall"] for run in runs
                           if run["threads"] == 1), default=0)
        self.versions = {run["tool"]: run["version"] for run in runs}
        self.missing = {run["tool"] for run in lines if "missing" in run}
        self.missing -= set(self.versions)
        self.data = [name for name in data.SHAPES
                     if any(run["data"] == name for run in runs)]
        self.threads = sorted({run["threads"] for run in runs})
        self.jobs = {}
        for name in self.data:
            for job in tools.jobs(name, tools.TOOLS, self.threads):
                these = [run for run in runs
                         if all(run[key] == value
                                for key, value in vars(job).items())]
                if these:
                    self.jobs[job] = self.median(these)

    @staticmethod
    def version_key(run):
        tool = tools.TOOLS[run["tool"]]
        return tool.runner, tool.program

    @staticmethod
    def version(run):
        return run["version"], run.get("build")

    @staticmethod
    def median(runs):
        """None where all runs failed."""
        done = [run for run in runs if "wall" in run]
        if not done:
            return None
        return {
            "wall": statistics.median(run["wall"] for run in done),
            "fastest": min(run["wall"] for run in done),
            "slowest": max(run["wall"] for run in done),
            "cpu": statistics.median(run["cpu"] for run in done),
            "extra_mb": max(run["extra_mb"] for run in done),
            "stored": done[-1]["stored"],
            "runs": len(done),
        }

    def get(self, name, tool, threads, variant=""):
        return self.jobs.get(tools.Job(name, tool, variant, threads))

    def ratio(self, name, tool, threads, variant="", over="wilcoxide",
              over_threads=None):
        """Time of one over time of the other; None if one is lacking."""
        one = self.get(name, tool, threads, variant)
        other = self.get(name, over, over_threads or threads)
        return one and other and one["wall"] / other["wall"]


def matrix_mb(stored):
    """Megabytes of the dgCMatrix with so many values."""
    return 12 * stored / 2**20


def number(value, form, unit=""):
    return "" if value is None else f"{value:{form}}{unit}"


def times(value):
    return number(value, ".0f" if value and value >= 20 else ".1f", "x")


def table(header, rows):
    """No table of nothing: rows with empty cells only are left out."""
    rows = [row for row in rows if any(row[1:])]
    if not rows:
        return []
    rule = ["---"] + ["--:"] * (len(header) - 1)
    return [f"| {' | '.join(map(str, row))} |"
            for row in (header, rule, *rows)] + [""]


def rivals():
    return [tool for tool in tools.TOOLS.values()
            if not tool.study and not tool.of and tool.name != "wilcoxide"]


def section(title, words, lines):
    return [f"## {title}", "", words, "", *lines] if lines else []


def comparison(results):
    rows = [
        [f"wilcoxide, {threads} thread{'s'[:threads - 1]}"]
        + [number(ours and ours["wall"], ".2f", " s")
           for ours in (results.get(name, "wilcoxide", threads)
                        for name in results.data)]
        for threads in tools.THREADS
    ]
    for tool in rivals():
        for threads in tool.threads:
            rows.append(
                [f"{tool.title}, {threads} thread{'s'[:threads - 1]}"]
                + [times(results.ratio(name, tool.name, threads))
                   for name in results.data]
            )
    return table(["", *results.data], rows)


def versus_one_group(results):
    """As comparison(), of the tools that compare with a reference."""
    names = [name for name in results.data if name in tools.SCREENS]

    def wall(name, tool, threads):
        variant = tools.TOOLS[tool].variants[0]
        result = results.get(name, tool, threads, variant)
        return result and result["wall"]

    rows = []
    for tool in tools.TOOLS.values():
        if tool.study or not tool.of:
            continue
        for threads in tool.threads:
            ours = [wall(name, "reference", threads) for name in names]
            theirs = [wall(name, tool.name, threads) for name in names]
            cells = (
                [number(value, ".2f", " s") for value in ours]
                if tool.name == "reference" else
                [times(one and other and other / one)
                 for one, other in zip(ours, theirs)]
            )
            label = f"{tool.title}, {threads} thread{'s'[:threads - 1]}"
            rows.append([label, *cells])
    return section(
        "Versus one group",
        "Every group compared with the first one, as in a perturbation screen:"
        " wall time of\nwilcoxide, and of the others as a multiple of it. pdex"
        " corrects for continuity and\nties, and counts percent changes; where"
        " all groups take it too long, see how long the\nfirst of them take.",
        table(["", *names], rows),
    )


def studies(results):
    names = results.data
    parts = [
        (f"{threads} thread{'s'[:threads - 1]}", threads)
        for threads in tools.THREADS
    ]
    lines = section(
        "Over a bare transpose",
        "Time of the whole ranking over that of moving each value once, from"
        " cells to\ngenes, into 8 bytes (`kernel/src/bin/floor.rs`).",
        table(["", *names], [
            [label] + [times(results.ratio(name, "wilcoxide", threads,
                                           over="floor")) for name in names]
            for label, threads in parts
        ]),
    )
    lines += section(
        "More threads",
        "Time on one thread over that on several; and processor time on all of"
        " them over\nthat on one, which would stay 1 if threads cost nothing.",
        table(["", *names], more_threads(results)),
    )
    faster = [
        [label] + [times(1 / ratio if ratio else None) for ratio in (
            results.ratio(name, "layout", threads, "layout=gene")
            for name in names)]
        for label, threads in parts
    ]
    lines += section(
        "Stored by gene",
        "Time of a matrix stored by cell over that of one stored by gene.",
        table(["", *names], faster),
    )
    dearer = [
        [f"{what}, {label}"] + [times(
            results.ratio(name, study, threads, variant)
        ) for name in names]
        for what, study, variant in (
            ("every statistic", "statistics", "statistics=all"),
            ("pairs of groups", "pairs", "pairwise=TRUE"),
        )
        for label, threads in parts
    ]
    lines += section(
        "More tables",
        "Time with more tables over that of the default call.",
        table(["", *names], dearer),
    )
    return lines + slope(results, "groups") + slope(results, "cells")


def more_threads(results):
    def cpu(name, threads):
        one = results.get(name, "wilcoxide", 1)
        many = results.get(name, "wilcoxide", threads)
        return one and many and many["cpu"] / one["cpu"]

    more = [threads for threads in results.threads if threads > 1]
    return [
        [f"faster on {threads} threads"]
        + [times(results.ratio(name, "wilcoxide", 1, over_threads=threads))
           for name in results.data] for threads in more
    ] + [
        [f"processor time on {threads} threads"]
        + [times(cpu(name, threads)) for name in results.data]
        for threads in more
    ]


def slope(results, study):
    """Wilcoxide on parts of one data set, and on all of it."""
    tool = tools.TOOLS[study]
    name = tool.data[0]
    jobs = [(variant.split("=")[1], results.get(name, study, 1, variant))
            for variant in tool.variants]
    whole = str(getattr(data.SHAPES[name], study))
    jobs.append((whole, results.get(name, "wilcoxide", 1)))
    rows = [
        [f"{int(size):,} {study}", number(job["stored"] / 1e6, ".1f"),
         number(job["wall"], ".2f"),
         number(1e9 * job["wall"] / job["stored"], ".1f")]
        for size, job in jobs if job
    ]
    header = [name, "values, millions", "wall, s", "ns per value"]
    titles = {"groups": "More groups", "cells": "More cells"}
    return section(titles[study], "wilcoxide on one thread.",
                   table(header, rows) if len(rows) > 1 else [])


def sizes(name):
    shape = data.SHAPES[name]
    return (f"{shape.cells:,} cells x {shape.genes:,} genes, {shape.groups}"
            " groups")


def details(results, name):
    lines = [
        f"## {name}", "", sizes(name), "",
        "| tool | threads | wall, s | range, s | CPU, s | extra memory, MB |"
        " of the matrix | runs |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for job, result in results.jobs.items():
        if job.data != name:
            continue
        label = tools.TOOLS[job.tool].title
        if tools.TOOLS[job.tool].of:
            label += ", versus one group"
        if "first=" in job.variant:
            label += f", {job.variant.split('first=')[1]} of the groups"
        if job.tool in ("groups", "cells"):
            label = f"wilcoxide, {job.variant.split('=')[1]} {job.tool}"
        if result is None:
            lines.append(f"| {label} | {job.threads} | failed | | | | | 0 |")
            continue
        share = result["extra_mb"] / matrix_mb(result["stored"])
        cells = (
            label, job.threads, f"{result['wall']:.2f}",
            f"{result['fastest']:.2f}–{result['slowest']:.2f}",
            f"{result['cpu']:.2f}", f"{result['extra_mb']:.0f}",
            f"{share:.0%}", result["runs"],
        )
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return lines + [""]


def header(results):
    last = results.last
    known = [
        f"{tools.TOOLS[name].title} {version}"
        for name, version in results.versions.items()
        if version and not tools.TOOLS[name].study and not tools.TOOLS[name].of
    ]
    lines = [
        "# Time and memory", "",
        "Made by `make bench` ([CONTRIBUTING.md](../CONTRIBUTING.md)). The"
        " ranking of every",
        "gene in every group against the rest, data in memory, made up by"
        " `data.py`.",
        "Medians of runs in processes of their own, interleaved; a tool that has"
        " not changed",
        "keeps the runs that were made before. Extra memory is the peak",
        "above what the loaded data take. Not all tools return as much: BPCells"
        " reads its",
        "own files, stored by gene, and adjusts no p-values; presto and Seurat"
        " give no z",
        "scores; Seurat filters genes first; scran compares all pairs of"
        " groups.", "",
        f"{last['processor']}, {last['cores']} cores; {', '.join(known)}; R"
        f" {last['R']}, Python {last['python']}.", "",
    ]
    if results.waited > 0.1:
        lines += ["The machine did other work, too (a single thread waited"
                  f" {100 * results.waited:.0f}% of its time): wall times say"
                  " little.", ""]
    if results.missing:
        names = [tools.TOOLS[name].title for name in tools.TOOLS
                 if name in results.missing]
        lines += [f"Missing, so not measured: {', '.join(names)}.", ""]
    return lines


def write_page(results, path):
    lines = header(results) + section(
        "The others as a multiple",
        "Wall time over that of wilcoxide at the same number of threads.",
        comparison(results),
    ) + versus_one_group(results) + studies(results)
    for name in results.data:
        lines += details(results, name)
    path.write_text("\n".join(lines))


def write_readme(results):
    path = ROOT / "README.md"
    before, rest = path.read_text().split(README_FROM)
    after = rest.split(README_TO)[1]
    last = results.last
    lines = [
        "Wall time of wilcoxide, and that of the other tools as a multiple of"
        " it, at the",
        "same number of threads: every gene in every group against the rest,"
        f" {last['cores']} cores of",
        f"{last['processor']}.", "",
        *(f"* {name}: {sizes(name)}" for name in results.data), "",
        *comparison(results), "",
    ]
    path.write_text("\n".join([before + README_FROM, *lines])
                    + README_TO + after)


def write_medians(results, path):
    """For the plot and the vignette."""
    with open(path, "w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["data", "cells", "genes", "groups", "stored", "tool",
                       "variant", "threads", "wall", "cpu", "extra_mb",
                       "runs", "processor", "version"])
        for job, result in results.jobs.items():
            if result is None:
                continue
            shape = data.SHAPES[job.data]
            rows.writerow([
                job.data, shape.cells, shape.genes, shape.groups,
                result["stored"], tools.TOOLS[job.tool].title, job.variant,
                job.threads, result["wall"], result["cpu"],
                result["extra_mb"], result["runs"], results.last["processor"],
                results.versions[job.tool],
            ])


def main():
    options = arguments()
    name = "quick.jsonl" if options.quick else "runs.jsonl"
    results = Results(options.runs or tools.BUILD / name)
    if options.quick:
        page, medians, plot = (
            tools.BUILD / name
            for name in ("results.md", "performance.csv", "performance.png")
        )
    else:
        page = HERE / "results.md"
        medians = ROOT / "vignettes" / "performance.csv"
        plot = ROOT / "man" / "figures" / "performance.png"
    if options.page:
        write_page(results, options.page)
        return
    write_page(results, page)
    write_medians(results, medians)
    if not options.quick:
        write_readme(results)
    plot.parent.mkdir(exist_ok=True)
    by_threads = plot.with_name("performance-threads.png")
    plots = [plot] + [by_threads] * (len(results.threads) > 2)
    subprocess.run(["Rscript", str(HERE / "plot.R"), str(medians),
                    *map(str, plots)], check=True)
    print("Wrote", ", ".join(map(str, [page, medians, *plots])))


if __name__ == "__main__":
    main()
