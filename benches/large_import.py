#!/usr/bin/env python3
"""How much memory and time the import of a large export takes, as a whole process.

    cargo build --profile dist
    python3 benches/large_import.py [GIGABYTES] [--memory SIZE] [PROGRAM]

Writes a CSV of that size (5 without, made anew from a fixed seed) into the temporary folder, which
needs about three times as much room, imports it into an empty lake, then a second one that repeats
a tenth of it and edits some. PROGRAM is the built voxql; without it, the dist build of this
folder. Prints a Markdown table: rows, time, and the peak of resident memory as the system counts it.
"""

import datetime
import json
import os
import random
import sys
import tempfile

from program import KEY, peak_and_time, size_and_program

SEED = 20260301
MONTHS = 48
HEADER = "response_id,responded_at,email,account,segment,channel,score,comment\n"
SCORES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
WEIGHTS = [4, 1, 1, 2, 2, 6, 6, 14, 20, 20, 24]
WORDS = (
    "billing support onboarding slow fast helpful pricing export crash love report mobile team "
    "invoice great confusing setup renewal missing feature integration quick answer waiting"
).split()


def comments(dice):
    """A stock of comments: about half of the responses have one."""
    stock = [""] * 2000
    for _ in range(2000):
        words = dice.choices(WORDS, k=dice.randint(3, 30))
        stock.append('"' + ", ".join([" ".join(words[:3]), " ".join(words[3:])]) + '"')
    return stock


def write(path, size, first, edited=False):
    """Writes responses numbered from `first` until the file has `size` bytes; gives their number."""
    dice = random.Random(SEED + first)
    stock = comments(dice)
    start = datetime.datetime(2022, 1, 1)
    stamps = [
        (start + datetime.timedelta(seconds=dice.randrange(MONTHS * 30 * 86400))).strftime(
            "%Y-%m-%d %H:%M:%S"
        )
        for _ in range(50_000)
    ]
    written, number = len(HEADER), first
    with open(path, "w", encoding="utf-8", buffering=1 << 20) as file:
        file.write(HEADER)
        while written < size:
            scores = dice.choices(SCORES, WEIGHTS, k=10_000)
            lines = []
            for score in scores:
                # What a number decides is the same in every file that repeats it.
                of_number = (number * 2654435761) & 0xFFFFFFFF
                score = 10 - of_number % 11 if edited and number % 7 == 0 else score
                lines.append(
                    f"R_{number:012x},{stamps[of_number % 50_000]},"
                    f"p{of_number % 4_000_000}@example.com,a{of_number % 10_000},"
                    f"s{of_number % 7},c{of_number % 5},{score},{stock[of_number % 4000]}\n"
                )
                number += 1
            block = "".join(lines)
            file.write(block)
            written += len(block)
    return number - first


def main():
    arguments = sys.argv[1:]
    memory = []
    if "--memory" in arguments:
        at = arguments.index("--memory")
        memory = arguments[at : at + 2]
        del arguments[at : at + 2]
    size, program = size_and_program(arguments, 5)
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"VOXQL_KEY": KEY, "VOXQL_LAKE": f"{folder}/lake"}
        first, second = f"{folder}/first.csv", f"{folder}/second.csv"
        count = write(first, size, 0)
        write(second, size / 10, count - count // 20, edited=True)
        print("| export | rows | new | updated | duplicate | time | peak memory |")
        print("|---|---|---|---|---|---|---|")
        for export in [first, second]:
            command = [program, "ingest", export, "--keep", "segment,channel", "--json", *memory]
            output, peak, seconds = peak_and_time(command, environment)
            summary = json.loads(output)
            cells = [f"{os.path.getsize(export) / 1e9:.1f} GB"]
            cells += [f"{summary[key]:,}" for key in ["rows", "new", "updated", "duplicate"]]
            cells += [f"{seconds:.0f} s", f"{peak / 2**20:.0f} MiB"]
            print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
