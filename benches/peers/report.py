"""The measurements as Markdown."""

import datetime
import importlib.metadata
import math
import os
import statistics
import subprocess
import sys

BEGIN, END = "<!-- peers -->\n", "<!-- end of peers -->"
TITLES = {
    "voxql": "voxql",
    "voxql_rows": "voxql, rollup off",
    "voxql_plain": "voxql --no-redact --no-identities",
    "duckdb": "DuckDB",
    "polars": "Polars",
    "chdb": "ClickHouse (chDB)",
    "datafusion": "DataFusion",
}
# The version of ClickHouse is that of the package that holds it.
PACKAGES = {peer: peer for peer in TITLES} | {"chdb": "chdb-core"}


def is_voxql(name):
    return name.startswith("voxql")


def machine(program, peers, load):
    """When, where and what was measured."""
    versions = [subprocess.run([program, "--version"], check=True, capture_output=True, text=True)]
    versions = [version.stdout.strip() for version in versions]
    versions += [f"{TITLES[peer]} {importlib.metadata.version(PACKAGES[peer])}" for peer in peers]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{datetime.date.today()}, {len(os.sched_getaffinity(0))} cores, {memory:.0f} GiB of"
        f" memory, load before the start {load:.1f}; {', '.join(versions)}."
    )


def table(header, rows):
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def milliseconds(value):
    if value is None:
        return "—"
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def ratio(value):
    return f"{value:,.0f} ×" if value >= 10 else f"{value:.2f} ×"


def mean(values):
    return math.exp(statistics.fmean(math.log(value) for value in values))


def mean_of_all(values):
    return None if None in values else mean(values)


def mebibytes(value):
    return f"{value / 2**20:,.0f} MiB"


def queries(times, peaks):
    """`times` holds the medians of each engine by the question's title, None where it gave no answer;
    `peaks` bytes by engine.
    """
    names = list(peaks)
    voxqls = [name for name in names if is_voxql(name)]
    peers = [name for name in names if not is_voxql(name)]
    header = ["query (ms)"] + [TITLES[name] for name in names]
    header += [f"fastest peer / {TITLES[name]}" for name in voxqls if peers]
    rows, ratios = [], {name: [] for name in voxqls}
    for title, of_title in times.items():
        cells = [title.replace("|", "\\|")] + [milliseconds(of_title[name]) for name in names]
        if peers:
            fastest = min(of_title[peer] for peer in peers if of_title[peer] is not None)
            for name in voxqls:
                ratios[name].append(fastest / of_title[name])
                cells.append(ratio(ratios[name][-1]))
        rows.append(cells)
    means = [mean_of_all([of_title[name] for of_title in times.values()]) for name in names]
    means = map(milliseconds, means)
    rows.append(["geometric mean", *means, *(ratio(mean(of)) for of in ratios.values() if of)])
    blanks = [""] * (len(header) - 1 - len(names))
    rows.append(["peak memory", *(mebibytes(peaks[name]) for name in names), *blanks])
    return table(header, rows)


def ingests(seconds, peaks):
    """Medians of each engine."""
    names = list(seconds)
    rows = [["time", *(f"{seconds[name]:.1f} s" for name in names)]]
    rows.append(["peak memory", *(mebibytes(peaks[name]) for name in names)])
    return table(["import"] + [TITLES[name] for name in names], rows)


def times_longer(before, after):
    return "—" if None in (before, after) else f"{after / before:.1f}"


def growth(small, large, times_of_small, times_of_large):
    """How many times as long each question takes."""
    names = list(next(iter(times_of_small.values())))
    rows = []
    for title, before in times_of_small.items():
        after = times_of_large[title]
        rows.append([title, *(times_longer(before[name], after[name]) for name in names)])
    header = [f"time of {large:,} over that of {small:,}"] + [TITLES[name] for name in names]
    return table(header, rows)


def between_marks(path):
    """What is before the report in a file, and what is behind it."""
    before, begin, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        sys.exit(f"{path} has no line {BEGIN.strip()} with {END} behind it")
    return before + begin, end + after


def write(path, text):
    before, after = between_marks(path)
    path.write_text(before + text + after, encoding="utf-8")
