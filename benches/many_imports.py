#!/usr/bin/env python3
"""Whether imports stay as fast as the first in a lake of many, as `voxql watch` makes it in a year.

    cargo build --profile dist
    python3 benches/many_imports.py [year|history] [IMPORTS] [PROGRAM]

Imports files of 1,000 new responses each, one command a file: 1,000 without IMPORTS. `year`, the default:
the files follow each other through a year, as `watch` sees them; `history`: each has responses of three
years, and so writes a file in 36 months. PROGRAM is the built voxql; without it, the dist build of this
folder. Prints a Markdown table: of each tenth of the imports the median and the slowest, the files of
responses on disk, and how long `nps(score)` takes after them.
"""

import datetime
import os
import pathlib
import random
import statistics
import sys
import tempfile

from program import KEY, built, peak_and_time

ROWS = 1000
START = datetime.datetime(2024, 1, 1)


def export(path, first, start, days, random):
    """Writes ROWS responses from row number `first`, on moments within `days` days from `start`."""
    with open(path, "w") as file:
        file.write("id,date,score,email,segment,comment\n")
        for row in range(first, first + ROWS):
            at = start + datetime.timedelta(seconds=random.randrange(int(days * 86400)))
            score = random.choice([10, 10, 9, 9, 9, 8, 8, 7, 6, 4, 2, 0])
            segment = random.choice(["enterprise", "mid-market", "small"])
            file.write(
                f"r{row},{at},{score},p{row % 50000}@example.com,{segment},fine for case {row}\n"
            )


def main():
    arguments = sys.argv[1:]
    is_history = arguments[:1] == ["history"]
    if arguments[:1] in (["year"], ["history"]):
        arguments.pop(0)
    imports = int(arguments.pop(0)) if arguments and arguments[0].isdigit() else 1000
    program = built(*arguments[:1])
    dice = random.Random(7)
    with tempfile.TemporaryDirectory() as folder:
        lake = pathlib.Path(folder) / "lake"
        environment = os.environ | {"VOXQL_KEY": KEY, "VOXQL_LAKE": str(lake)}

        def seconds(*arguments):
            return peak_and_time([program, *arguments], environment)[2]

        print("| imports | median | slowest | files on disk | `nps(score)` |")
        print("|---|---|---|---|---|")
        tenth = max(imports // 10, 1)
        times = []
        for number in range(imports):
            path = pathlib.Path(folder) / "export.csv"
            days = 3 * 365 if is_history else 365 / imports
            start = START if is_history else START + datetime.timedelta(days=days * number)
            export(path, number * ROWS, start, days, dice)
            times.append(seconds("ingest", str(path), "--keep", "segment", "--json"))
            if len(times) == tenth:
                asked = min(seconds("-c", "SELECT nps(score) FROM responses") for _ in range(3))
                files = sum(1 for _ in (lake / "responses").rglob("*.parquet"))
                print(
                    f"| {number + 2 - tenth:,} to {number + 1:,} | {statistics.median(times):.2f} s "
                    f"| {max(times):.2f} s | {files:,} | {asked * 1000:.0f} ms |",
                    flush=True,
                )
                times = []


if __name__ == "__main__":
    main()
