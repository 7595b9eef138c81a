#!/usr/bin/env python3
"""Programs of several build profiles side by side: size, start, import, and the 14 questions.

    cargo build --release && cargo build --profile dist
    python3 -m venv ~/.cache/voxql/peers
    ~/.cache/voxql/peers/bin/pip install -r benches/peers/requirements.txt
    ~/.cache/voxql/peers/bin/python benches/profiles.py \\
        release=target/release/voxql dist=target/dist/voxql

Each import is into an empty lake, and each program asks the lake of its own import, with counts and
without. The programs take turns for --rounds rounds; the table has the medians. All must give the
same answers.
"""

import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "peers"))

from engines import ask_voxql
from program import KEY, built, peak_and_time
from queries import QUERIES
from run import EXPORT, NO_ROLLUP, compare, make_export

STARTS = 21


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("programs", nargs="+", metavar="NAME=PROGRAM")
    parser.add_argument("--size", type=int, default=5_000_000, help="responses [%(default)s]")
    parser.add_argument("--rounds", type=int, default=3, help="[%(default)s]")
    parser.add_argument(
        "--folder",
        type=pathlib.Path,
        default=pathlib.Path(tempfile.gettempdir()) / "voxql-profiles",
        help="where the export and the lakes are kept [%(default)s]",
    )
    given = parser.parse_args()
    pairs = [program.partition("=") for program in given.programs]
    given.programs = {name: built(path).resolve() for name, _, path in pairs}
    return given


def import_into(program, lake, export, environment):
    shutil.rmtree(lake, ignore_errors=True)
    command = [program, "--lake", lake, "ingest", export, "--json"]
    command += ["--keep", "segment,channel,country,product"]
    _, peak, seconds = peak_and_time(command, environment)
    return seconds, peak


def start(program, lake, environment):
    """The time of `SELECT 1`, from the start of the process to its end."""
    command = [program, "--lake", lake, "-c", "SELECT 1"]
    times = [peak_and_time(command, environment)[2] for _ in range(STARTS)]
    return statistics.median(times) * 1000


def main():
    given = arguments()
    given.folder.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {"VOXQL_KEY": KEY}
    export = given.folder / f"responses-{given.size}.csv"
    make_export(export, given.size)
    rows = {}

    def add(row, name, value):
        rows.setdefault(row, {}).setdefault(name, []).append(value)

    first = None
    for _ in range(given.rounds):
        for name, program in given.programs.items():
            lake = given.folder / f"lake-{name}"
            seconds, peak = import_into(program, lake, export, environment)
            add("import (s)", name, seconds)
            add("its peak memory (MiB)", name, peak / 2**20)
            add("start: `SELECT 1` (ms)", name, start(program, lake, environment))
            for setting in [None, NO_ROLLUP]:
                answers, _ = ask_voxql(program, lake, environment, setting)
                first = first or (name, answers)
                for at, (query, (time, answer)) in enumerate(zip(QUERIES, answers, strict=True)):
                    compare(query, name, answer, first[0], first[1][at][1])
                    how = " from rows" if setting else ""
                    add(f"{query.title}{how} (ms)", name, time)
    version = subprocess.run(["rustc", "--version"], capture_output=True, text=True).stdout.strip()
    print(f"{given.size:,} responses, {given.rounds} rounds, {os.cpu_count()} cores, {version}\n")
    print(f"| | {' | '.join(given.programs)} |")
    print(f"|---|{'---:|' * len(given.programs)}")
    sizes = [program.stat().st_size / 1e6 for program in given.programs.values()]
    print(f"| size (MB) | {' | '.join(f'{size:.1f}' for size in sizes)} |")
    for row, of in rows.items():
        medians = [statistics.median(of[name]) for name in given.programs]
        print(f"| {row} | {' | '.join(f'{median:.3g}' for median in medians)} |")


if __name__ == "__main__":
    main()
