"""An engine is asked all questions in one process, which ends before another engine's begins: some
keep much of the memory that a question took.

Each function gives milliseconds and rows for each question, and the peak of the process's memory.
"""

import json
import pathlib
import sys
import tempfile

from program import Ended, peak_and_time
from queries import QUERIES

FOLDER = pathlib.Path(__file__).resolve().parent


def ask_peer(name, lake, environment):
    """A question at which the process ends has no time and no rows; the next one asks the rest."""
    answers, peaks = [], []
    while len(answers) < len(QUERIES):
        command = [sys.executable, FOLDER / "ask.py", name, lake, str(len(answers))]
        try:
            output, peak, _ = peak_and_time(command, environment)
        except Ended as ended:
            output, peak = ended.output, ended.peak
            print(f"{name}: {ended}", file=sys.stderr)
            output += "[null, null]\n"
        answers += [json.loads(line) for line in output.splitlines()]
        peaks.append(peak)
    if all(time is None for time, _ in answers):
        sys.exit(f"{name}: answered nothing")
    return answers, max(peaks)


def ask_voxql(program, lake, environment, setting=None, queries=QUERIES):
    """Runs a file of questions, each twice; the program says how long statements took."""
    before_answer = {"question": "next"}
    mark = "SELECT 'next' AS question"
    statements = [setting] if setting else []
    for query in queries:
        statements += [query.text("voxql"), mark, query.text("voxql"), mark]
    with (
        tempfile.NamedTemporaryFile("w", suffix=".sql") as script,
        tempfile.TemporaryFile("w+") as errors,
    ):
        script.write("".join(f"{statement};\n" for statement in statements))
        script.flush()
        command = [program, "--lake", lake, "run", script.name, "--format", "ndjson", "--timing"]
        try:
            output, peak, _ = peak_and_time(command, environment, errors)
        finally:
            errors.seek(0)
            said = errors.read().splitlines()
            times = [float(line.split()[1]) for line in said if line.startswith("time: ")]
            others = [line for line in said if not line.startswith("time: ")]
            if others or len(times) != len(statements):
                print(*others, sep="\n", file=sys.stderr)
                sys.exit(f"voxql: gave {len(times)} times of {len(statements)} statements")
    answers = [[]]
    for line in output.splitlines():
        row = json.loads(line)
        if row == before_answer:
            answers.append([])
        else:
            answers[-1].append(row)
    # The second of each pair of answers; there is an empty one behind the last mark.
    first_time = 1 if setting else 0
    milliseconds = times[first_time + 2 :: 4]
    rows = [
        [[row.get(column) for column in query.columns] for row in answer]
        for query, answer in zip(queries, answers[1::2], strict=True)
    ]
    return list(zip(milliseconds, rows, strict=True)), peak
