#!/usr/bin/env python3
"""Does the time of a role's question tell whether a person matches?

    cargo build --profile dist
    python3 benches/roles.py [PROGRAM] [--responses 200000] [--pairs 200]

Makes a lake in which some people are alone in their account, and asks as a role of policy aggregate:
in each pair one question matches the response of one person, and the other, of the same length, matches
none. Both give no row. The order within a pair is random, and all run in one process. Prints the 95 %
interval of the mean difference of the times, in percent of the time.
"""

import argparse
import math
import os
import pathlib
import random
import re
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from program import KEY, built

VICTIMS = 200
ROLE = """
[roles.analyst]
policy = "aggregate"
dimensions = ["account"]
"""
QUESTIONS = [
    "SELECT count(*) FROM responses WHERE account = '{account}' AND score = {score};",
    "SELECT nps(score) FROM responses WHERE account = '{account}';",
    "SELECT segment, count(*), avg(score) FROM responses WHERE account IN ('{account}') GROUP BY segment;",
    "SELECT month, nps_stats(score) FROM responses WHERE account LIKE '{account}%' GROUP BY month;",
]


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("program", nargs="?", metavar="PROGRAM")
    parser.add_argument("--responses", type=int, default=200_000, help="[%(default)s]")
    parser.add_argument("--pairs", type=int, default=200, help="[%(default)s]")
    parser.add_argument("--seed", type=int, default=1, help="[%(default)s]")
    return parser.parse_args()


def write_export(path, responses, chance):
    """An export in which the first VICTIMS people have an account each; returns their scores."""
    scores = {}
    with open(path, "w", encoding="utf-8") as file:
        file.write("id,date,score,email,segment,account\n")
        for index in range(responses):
            score = chance.randrange(11)
            account = f"crowd-{chance.randrange(40):04}"
            if index < VICTIMS:
                account = f"alone-{index:04}"
                scores[account] = score
            day = f"202{chance.randrange(4, 6)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}"
            segment = chance.choice(["enterprise", "small", "personal"])
            file.write(f"r{index},{day},{score},p{index}@example.com,{segment},{account}\n")
    return scores


def main():
    given = arguments()
    program = built(given.program)
    chance = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        environment = {**os.environ, "VOXQL_KEY": KEY, "VOXQL_LAKE": str(folder / "lake")}
        scores = write_export(folder / "export.csv", given.responses, chance)
        subprocess.run(
            [program, "ingest", folder / "export.csv", "--keep", "segment,account"],
            env=environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        with open(folder / "lake" / "lake.toml", "a", encoding="utf-8") as settings:
            settings.write(ROLE)

        accounts = list(scores)
        pairs = []
        for index in range(given.pairs):
            account = accounts[index % len(accounts)]
            question = QUESTIONS[index % len(QUESTIONS)]
            somebody = question.format(account=account, score=scores[account])
            # The same length: nobody has this account.
            nobody = question.format(account=account.replace("alone", "empty"), score=scores[account])
            pairs.append(chance.sample([(True, somebody), (False, nobody)], 2))
        # The first questions open files.
        statements = [pairs[0][0][1]] * 10 + [text for pair in pairs for _, text in pair]
        asked = subprocess.run(
            [program, "--role", "analyst", "--timing", "--format", "csv"],
            input="\n".join(statements),
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
    times = [float(found) for found in re.findall(r"time: ([0-9.]+) ms", asked.stderr)][10:]
    if len(times) != 2 * len(pairs):
        sys.exit(f"{len(times)} times for {len(pairs)} pairs:\n{asked.stderr}")
    differences = []
    for (first, _), before, after in zip((pair for pair in pairs), times[::2], times[1::2]):
        somebody, nobody = (before, after) if first[0] else (after, before)
        differences.append(100 * math.log(somebody / nobody))
    mean = statistics.fmean(differences)
    margin = 1.96 * statistics.stdev(differences) / math.sqrt(len(differences))
    print(
        f"{len(pairs)} pairs of {statistics.median(times):.1f} ms over {given.responses:,} responses: "
        f"somebody takes {mean - margin:+.2f} % to {mean + margin:+.2f} % longer than nobody"
    )


if __name__ == "__main__":
    main()
