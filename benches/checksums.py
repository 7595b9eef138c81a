#!/usr/bin/env python3
"""What the checksums of data files cost a query that reads rows.

    cargo build --profile dist
    python3 benches/checksums.py [MILLIONS] [ROUNDS] [PROGRAM]

Imports that many million responses (2 without), and makes a second lake of the same files whose log has no
checksums, which readers then do not compare. Asks both the same questions in turns, each a process of its
own, files in the page cache, counts off. PROGRAM is the built voxql; without it, the dist build of this
folder. Prints a Markdown table: of each question the median processor time of both, which other programs
disturb less than the time on the clock, and of the differences of each pair the median with its 95 %
interval (of the order statistics), in percent.
"""

import json
import os
import pathlib
import resource
import shutil
import statistics
import sys
import tempfile

from large_import import write
from program import KEY, built, peak_and_time

ROW_BYTES = 158
QUESTIONS = {
    "all columns": "SELECT md5(string_agg(comment, '')), count(respondent), count(account), count(channel), "
    "count(response_id), max(responded_at), sum(score) FROM responses",
    "distinct respondents": "SELECT count(DISTINCT respondent) FROM responses",
    "a word in comments": "SELECT count(*) FROM responses WHERE comment LIKE '%refund%'",
    "NPS by segment and channel": "SELECT segment, channel, nps(score) FROM responses GROUP BY ALL",
}


def without_checksums(lake, copy):
    """A copy of a lake, its log without checksums. Counts and checkpoints stay behind."""
    shutil.copytree(lake, copy)
    for file in copy.glob("*/_delta_log/*"):
        if file.suffix != ".json":
            file.unlink()
            continue
        actions = [json.loads(line) for line in file.read_text().splitlines()]
        for action in actions:
            action.get("add", {}).pop("tags", None)
            action.get("commitInfo", {}).pop("voxql.checksum", None)
        file.write_text("".join(json.dumps(action) + "\n" for action in actions))


def interval(values):
    """The median and its 95 % interval, by the order statistics."""
    values = sorted(values)
    margin = 1.96 * len(values) ** 0.5 / 2
    middle = (len(values) - 1) / 2
    low, high = max(round(middle - margin), 0), min(round(middle + margin), len(values) - 1)
    return statistics.median(values), values[low], values[high]


def main():
    arguments = sys.argv[1:]
    millions = float(arguments.pop(0)) if arguments and arguments[0][0].isdigit() else 2
    rounds = int(arguments.pop(0)) if arguments and arguments[0].isdigit() else 21
    program = built(*arguments[:1])
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        lakes = {"with": folder / "with", "without": folder / "without"}
        write(folder / "export.csv", millions * 1e6 * ROW_BYTES, 0)
        environment = os.environ | {"VOXQL_KEY": KEY}

        def seconds(lake, *arguments):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            peak_and_time([program, "--lake", str(lake), *arguments], environment)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

        keep = ["--keep", "segment", "--keep", "channel"]
        seconds(lakes["with"], "ingest", str(folder / "export.csv"), *keep)
        without_checksums(lakes["with"], lakes["without"])
        print("| question | with checksums | without | difference |")
        print("|---|---|---|---|")
        for name, question in QUESTIONS.items():
            times = {lake: [] for lake in lakes}
            for number in range(rounds + 1):
                # The first pair fills the page cache.
                for lake in sorted(lakes, reverse=number % 2 == 1):
                    sql = f"SET voxql.rollup = off; {question}"
                    times[lake].append(seconds(lakes[lake], "-c", sql))
            for lake in lakes:
                del times[lake][0]
            pairs = zip(times["with"], times["without"], strict=True)
            middle, low, high = interval([(a / b - 1) * 100 for a, b in pairs])
            medians = [statistics.median(times[lake]) * 1000 for lake in lakes]
            print(
                f"| {name} | {medians[0]:.0f} ms | {medians[1]:.0f} ms "
                f"| {middle:+.1f} % ({low:+.1f} to {high:+.1f}) |",
                flush=True,
            )


if __name__ == "__main__":
    main()
