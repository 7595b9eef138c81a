#!/usr/bin/env python3
"""How long a report of many responses takes, and how much memory, as a whole process.

    cargo build --profile dist
    python3 benches/large_report.py [GIGABYTES] [PROGRAM]

Imports a CSV of that size (0.5 without, as `large_import.py` makes it) into an empty lake, then makes
the report as the owner and as a role that sees groups of ten, and asks a question as each. PROGRAM is
the built voxql; without it, the dist build of this folder. Prints a Markdown table: times, and the
peak of resident memory.
"""

import os
import sys
import tempfile

from large_import import write
from program import KEY, peak_and_time, size_and_program

ROLE = '\n[roles.analyst]\npolicy = "aggregate"\nmin_group_size = 10\n'


def main():
    size, program = size_and_program(sys.argv[1:], 0.5)
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"VOXQL_KEY": KEY, "VOXQL_LAKE": f"{folder}/lake"}
        export, page = f"{folder}/export.csv", f"{folder}/report.html"
        count = write(export, size, 0)
        peak_and_time([program, "ingest", export, "--keep", "segment,channel"], environment)
        with open(f"{folder}/lake/lake.toml", "a", encoding="utf-8") as settings:
            settings.write(ROLE)
        report = ["report", "-o", page]
        question = ["-c", "SELECT segment, nps(score) FROM responses GROUP BY segment"]
        owner, role = [], ["--role", "analyst"]
        print(f"| of {count:,} responses | time | peak memory |")
        print("|---|---|---|")
        for name, command in [
            ("a report", report + owner),
            ("a report of a role of groups", report + role),
            ("NPS by segment", question + owner),
            ("NPS by segment, of a role of groups", question + role),
        ]:
            _, peak, seconds = peak_and_time([program, *command], environment)
            print(f"| {name} | {seconds:.2f} s | {peak / 2**20:.0f} MiB |", flush=True)


if __name__ == "__main__":
    main()
