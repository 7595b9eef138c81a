#!/usr/bin/env python3
"""Voxql and its peers side by side: the same import, and 14 questions of the same Parquet files.

    cargo build --profile dist
    python3 -m venv ~/.cache/voxql/peers
    ~/.cache/voxql/peers/bin/pip install -r benches/peers/requirements.txt
    ~/.cache/voxql/peers/bin/python benches/peers/run.py --sizes 2000000,20000000

Makes an export of each size (export.py; about 175 bytes a response) once into --folder, imports it
into an empty lake through voxql, and through the peers that can (ingest.py); then asks voxql and
the peers about the files of that lake (queries.py, frames.py). Each engine is a process that uses
all cores, alone, and is asked everything twice, of which the second time counts; they take turns
for --repeat rounds, so that what else the machine does hits all alike, and what is printed is the
median. An engine's time is that from the text of a question to its rows; an import's is that of the
whole process for voxql, and without the start of Python for the peers. All must give the same
answers, and the same rows in what their imports leave behind: else it ends with the difference.
voxql imports twice: as it does, and without redacting comments and sealing people, which the peers
do not do.

Where voxql has the setting voxql.rollup, it is asked with it and without. A question at which a
peer's process ends, for want of memory or after ten minutes, has no time; the peer is asked the
rest anew.

With --copies 10, a lake with ten times the responses of the largest size is asked about as well
(copies.py), once: an export of it would be as large as a disk.
"""

import argparse
import hashlib
import json
import math
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import urllib.parse

FOLDER = pathlib.Path(__file__).resolve().parent
EXPORT = FOLDER / "export.py"
sys.path.insert(0, str(FOLDER.parent))

import report
from copies import make_copies
from engines import ask_peer, ask_voxql
from program import KEY, built, peak_and_time
from queries import QUERIES

ASKED = ["duckdb", "polars", "chdb", "datafusion"]
IMPORTING = ["duckdb", "chdb"]
# Those of voxql, and what is said to each beside what is kept. The last one's lake is asked.
IMPORTS = {"voxql_plain": ["--no-redact", "--no-identities"], "voxql": []}
NO_ROLLUP = "SET voxql.rollup = off"
TOLERANCE = 1e-6


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--sizes", default="2000000", help="how many responses, separated by commas [%(default)s]"
    )
    parser.add_argument(
        "--repeat",
        type=int,
        default=5,
        help="rounds of questions, 0 for imports alone [%(default)s]",
    )
    parser.add_argument("--imports", type=int, default=3, help="rounds of imports [%(default)s]")
    parser.add_argument(
        "--reuse-lake", action="store_true", help="import nothing where there is a lake already"
    )
    parser.add_argument(
        "--copies", type=int, help="how many times the largest size to ask about as well"
    )
    parser.add_argument("--peers", default=",".join(ASKED), help="which to ask [%(default)s]")
    parser.add_argument(
        "--folder",
        type=pathlib.Path,
        default=pathlib.Path(tempfile.gettempdir()) / "voxql-peers",
        help="where exports and lakes are kept [%(default)s]",
    )
    parser.add_argument("--voxql", type=pathlib.Path, help="the program [the dist build]")
    parser.add_argument(
        "--write",
        type=pathlib.Path,
        metavar="FILE",
        help=f"also write into this file, between {report.BEGIN.strip()} and {report.END}",
    )
    given = parser.parse_args()
    given.sizes = [int(size) for size in given.sizes.split(",")]
    given.peers = [peer for peer in given.peers.split(",") if peer]
    for peer in given.peers:
        if peer not in ASKED:
            parser.error(f"there is no peer {peer}; there are {', '.join(ASKED)}")
    if min(given.sizes) < 1 or given.imports < 1:
        parser.error("sizes and rounds begin at 1")
    if given.repeat < 1 and (given.copies or given.reuse_lake):
        parser.error("nothing would be measured of lakes that are there or copied")
    if given.copies is not None and given.copies < 2:
        parser.error("copies begin at 2")
    return given


def make_export(path, size):
    if not path.exists():
        subprocess.run([sys.executable, EXPORT, str(size), path], check=True)
    # A first reading, so that no import waits for the disk more than the others.
    with open(path, "rb") as file:
        while file.read(1 << 24):
            pass


def import_all(program, environment, export, lake, rounds):
    """Imports in turn; gives the seconds and peaks of each engine, and leaves the last lake."""
    names = [*IMPORTS, *IMPORTING]
    seconds, peaks = {name: [] for name in names}, {name: [] for name in names}
    for _ in range(rounds):
        left = {}
        for name in names:
            folder = lake if name in IMPORTS else lake.with_name(f"{lake.name}-{name}")
            shutil.rmtree(folder, ignore_errors=True)
            if name in IMPORTS:
                command = [program, "--lake", lake, "ingest", export, "--json", *IMPORTS[name]]
                command += ["--keep", "segment,channel,country,product"]
            else:
                # chDB makes no folder.
                folder.mkdir()
                command = [sys.executable, FOLDER / "ingest.py", name, export, folder / "responses"]
            output, peak, time = peak_and_time(command, environment)
            seconds[name].append(time if name in IMPORTS else json.loads(output))
            peaks[name].append(peak)
            check = [sys.executable, FOLDER / "ingest.py", "check", folder / "responses"]
            left[name] = subprocess.run(check, check=True, capture_output=True, text=True).stdout
            if name in IMPORTING:
                shutil.rmtree(folder)
            first = names[0]
            if left[name] != left[first]:
                sys.exit(f"imports differ: {first} {left[first]}{name} {left[name]}")
    return seconds, peaks


def check_files(lake):
    """The peers read all files that there are, so all must be of the table's last version."""
    live = set()
    for commit in sorted((lake / "responses" / "_delta_log").glob("*.json")):
        for line in commit.read_text(encoding="utf-8").splitlines():
            action = json.loads(line)
            if "add" in action:
                live.add(urllib.parse.unquote(action["add"]["path"]))
            if "remove" in action:
                live.discard(urllib.parse.unquote(action["remove"]["path"]))
    root = lake / "responses"
    there = {str(path.relative_to(root)) for path in root.glob("*/*/*.parquet")}
    if live != there:
        sys.exit(f"{lake}: {len(there)} files, of which the log knows {len(live & there)}")


def is_same(one, other):
    numbers = (int, float)
    if isinstance(one, numbers) and isinstance(other, numbers):
        return math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return one == other


def compare(query, name, rows, first_name, first):
    """Ends with the first difference of two answers."""

    def in_order(rows):
        return sorted(rows, key=lambda row: [str(cell) for cell in row[: query.keys]])

    rows, first = in_order(rows), in_order(first)
    for at in range(max(len(rows), len(first))):
        row, of_first = (of[at] if at < len(of) else () for of in (rows, first))
        if len(row) != len(of_first) or not all(map(is_same, row, of_first)):
            sys.exit(f"{query.name}: {first_name} says {of_first}, {name} says {row}")


def ask_all(program, environment, lake, peers, rounds):
    """Asks in turn; gives the medians of each question and engine, and the peaks of the engines."""
    engines = {"voxql": lambda: ask_voxql(program, lake, environment)}
    try_out = [program, "--lake", lake, "-c", NO_ROLLUP]
    if subprocess.run(try_out, env=environment, capture_output=True).returncode == 0:
        engines["voxql_rows"] = lambda: ask_voxql(program, lake, environment, NO_ROLLUP)
    for peer in peers:
        engines[peer] = lambda peer=peer: ask_peer(peer, lake, environment)
    names = list(engines)
    times = {query.title: {name: [] for name in names} for query in QUERIES}
    peaks = dict.fromkeys(names, 0)
    first = None
    for round in range(rounds):
        # Nobody is always the first.
        for name in names[round % len(names) :] + names[: round % len(names)]:
            answers, peak = engines[name]()
            peaks[name] = max(peaks[name], peak)
            first = first or (name, answers)
            for at, (query, (time, rows)) in enumerate(zip(QUERIES, answers, strict=True)):
                if time is None:
                    continue
                if not rows:
                    sys.exit(f"{query.name}: no rows from {name}; try more responses")
                compare(query, name, rows, first[0], first[1][at][1])
                times[query.title][name].append(time)
    for of_query in times.values():
        for name in names:
            of_query[name] = statistics.median(of_query[name]) if of_query[name] else None
    return times, peaks


def lake_of_copies(program, environment, lake, copies):
    target = lake.with_name(f"{lake.name}-x{copies}")
    if not target.exists():
        unfinished = lake.with_name(f"{target.name}-unfinished")
        make_copies(lake, unfinished, copies)
        _, peak, seconds = peak_and_time([program, "--lake", unfinished, "optimize"], environment)
        print(f"counted: {seconds:.0f} s, {report.mebibytes(peak)}", file=sys.stderr)
        unfinished.rename(target)
    return target


def main():
    given = arguments()
    program = built(given.voxql)
    if given.write:
        # Before hours have gone into what could not be written.
        report.between_marks(given.write)
    given.folder.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {"VOXQL_KEY": KEY}
    peers = [peer for peer in ASKED if peer in given.peers + IMPORTING]
    text = f"{report.machine(program, peers, os.getloadavg()[0])}\n\n"
    times, lakes = {}, {}
    for size in given.sizes:
        print(f"{size:,} responses", file=sys.stderr)
        # What an older export.py made is not used again.
        made_by = EXPORT.read_bytes() + (FOLDER / "phrases.py").read_bytes()
        version = hashlib.sha256(made_by).hexdigest()[:8]
        export = given.folder / f"responses-{size}-{version}.csv"
        lake = lakes[size] = given.folder / f"lake-{size}-{version}"
        text += f"{size:,} responses:\n\n"
        if not (given.reuse_lake and lake.exists()):
            make_export(export, size)
            seconds, peaks = import_all(program, environment, export, lake, given.imports)
            medians = [
                {name: statistics.median(of[name]) for name in of} for of in (seconds, peaks)
            ]
            text += f"{report.ingests(*medians)}\n"
        check_files(lake)
        if given.repeat < 1:
            continue
        times[size], peaks = ask_all(program, environment, lake, given.peers, given.repeat)
        text += f"{report.queries(times[size], peaks)}\n"
    if given.copies:
        size = max(lakes)
        lake = lake_of_copies(program, environment, lakes[size], given.copies)
        size *= given.copies
        print(f"{size:,} responses", file=sys.stderr)
        times[size], peaks = ask_all(program, environment, lake, given.peers, 1)
        text += f"{size:,} responses, asked once:\n\n{report.queries(times[size], peaks)}\n"
    if len(times) > 1:
        small, large = min(times), max(times)
        text += f"{report.growth(small, large, times[small], times[large])}\n"
    print(text.rstrip("\n"))
    if given.write:
        report.write(given.write, text)


if __name__ == "__main__":
    main()
