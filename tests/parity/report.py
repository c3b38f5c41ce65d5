"""Tables of the comparison: what was compared, and how many bits differ."""

from compare import FIELDS, Verdict

TITLES = {
    "scores": "scores", "logfoldchanges": "lfc", "pvals": "pvals",
    "pvals_adj": "adjusted", "pts": "pts", "pts_rest": "pts_rest",
    "names": "names", "order": "order",
}
# Failures that are told one by one.
TOLD = 40


def row(name, cells, width):
    return f"{name:{width}s}" + "".join(f"{cell:>10}" for cell in cells)


def table(title, groups, summed=True):
    """One row per group, and their sum where each case is in one group."""
    width = max(len(name) for name in [title, *groups]) + 2
    print("\n" + row(title, ["calls", "compared", *TITLES.values(), "faults",
                             "apart", "as comes", "processor"], width))
    for name, judged in groups.items():
        print(row(name, numbers(judged), width))
    if summed and len(groups) > 1:
        whole = [one for judged in groups.values() for one in judged]
        print(row("total", numbers(whole), width))


def numbers(judged):
    total = Verdict()
    for one in judged:
        total.add(one.verdict)
    return [
        sum(one.calls for one in judged), total.compared,
        *(total.differing[field] for field in FIELDS), total.faults,
        total.apart, total.as_it_comes, total.processors,
    ]


def grouped(judged, key):
    groups = {}
    for one in judged:
        groups.setdefault(str(key(one)), []).append(one)
    return groups


def report(judged):
    print("\nValues whose bits differ from Scanpy's, by field, with numpy's "
          "code for wide\nvectors off; apart: fold changes that vary with "
          "Scanpy's threads and versions;\nas comes: values that differ from "
          "Scanpy's as it comes, but for (processor)\nfold changes that differ "
          "between processors, those of Scanpy's two runs.")
    made = [one for one in judged if not one.tags]
    dealt = [one for one in judged if one.tags]
    if made:
        table("data set", grouped(made, lambda one: one.dataset))
    if dealt:
        report_grid(dealt)
    failures = [
        f"{one.dataset}, {failure}"
        for one in judged for failure in one.verdict.failures
    ]
    if failures:
        print()
    for failure in failures[:TOLD]:
        print(failure)
    if len(failures) > TOLD:
        print(f"and {len(failures) - TOLD} more")


def report_grid(judged):
    different = {tuple(one.tags.items()) for one in judged}
    print(f"\nThe grid: {len(different)} combinations of data, storage and "
          "options.")
    first = judged[0].tags
    for tag in ("data", "stored as"):
        table(tag, grouped(judged, lambda one: one.tags[tag]))
    options = {}
    for tag in [tag for tag in first if tag not in ("data", "stored as")]:
        for value, some in grouped(judged, lambda one: one.tags[tag]).items():
            options[f"{tag}: {value}"] = some
    table("option", options, summed=False)
