#!/usr/bin/env python3
"""How long the program takes from start to first answer, as a whole process.

    cargo build --profile dist
    python3 benches/startup.py [PROGRAM]

PROGRAM is the built voxql; without it, the dist build of this folder. Prints a Markdown table of
the median, fastest and slowest of 51 runs each, after 5 that do not count.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from program import KEY, ROOT, built

RUNS = 51
WARM_UP = 5


def main():
    program = built(*sys.argv[1:2])
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"VOXQL_KEY": KEY, "VOXQL_LAKE": f"{folder}/lake"}

        def voxql(*arguments):
            started = time.perf_counter()
            subprocess.run(
                [program, *arguments],
                env=environment,
                check=True,
                stdout=subprocess.DEVNULL,
            )
            return (time.perf_counter() - started) * 1000

        export = shutil.copy(ROOT / "sample_data" / "responses.csv", folder)
        voxql("ingest", export)
        print("| command | median | fastest | slowest |")
        print("|---|---|---|---|")
        for sql in ["SELECT 1", "SELECT nps(score) FROM responses"]:
            times = [voxql("-c", sql) for _ in range(WARM_UP + RUNS)][WARM_UP:]
            figures = [statistics.median(times), min(times), max(times)]
            cells = " | ".join(f"{figure:.0f} ms" for figure in figures)
            print(f"| `voxql -c '{sql}'` | {cells} |")


if __name__ == "__main__":
    main()
