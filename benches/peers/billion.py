#!/usr/bin/env python3
"""How the time of answers from counts grows up to a billion responses.

    cargo build --profile dist
    python3 -m venv ~/.cache/voxql/peers
    ~/.cache/voxql/peers/bin/pip install -r benches/peers/requirements.txt
    ~/.cache/voxql/peers/bin/python benches/peers/billion.py

Makes a lake of each of --sizes: DuckDB writes the Parquet of 48 months, the commit that adds it to
the lake's table is written here, and `voxql optimize` counts it. Every day, segment, channel,
country, product and score comes together with every other, so that there are as many counts as
there can be. Nobody is named: tokens of so many people would take forty gigabytes, and no count
depends on them. A billion takes about four gigabytes.

Then asks both the questions that are answered from counts, in turns for --repeat rounds, each twice
a round, of which the second time counts; prints the medians as Markdown.
"""

import argparse
import datetime
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

import duckdb

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))

import report
from engines import ask_voxql
from export import CHANNELS, COUNTRIES, PRODUCTS, SEGMENTS
from program import KEY, built, peak_and_time
from queries import QUERIES

MONTHS = [f"{year}-{month:02}" for year in range(2022, 2026) for month in range(1, 13)]
SURVEY = "generated"
SEED_ROWS = 500
ENVIRONMENT = os.environ | {"VOXQL_KEY": KEY}


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--sizes", default="20000000,1000000000", help="how many responses [%(default)s]"
    )
    parser.add_argument("--repeat", type=int, default=5, help="rounds of questions [%(default)s]")
    parser.add_argument(
        "--folder",
        type=pathlib.Path,
        default=pathlib.Path(tempfile.gettempdir()) / "voxql-billion",
        help="where lakes are kept, and used again [%(default)s]",
    )
    parser.add_argument("--voxql", type=pathlib.Path, help="the program [the dist build]")
    given = parser.parse_args()
    given.sizes = [int(size) for size in given.sizes.split(",")]
    return given


def run(program, lake, *command):
    return peak_and_time([program, "--lake", lake, *command], ENVIRONMENT)


def one_of(values, salt):
    """DuckDB's choice among words, the same for the same response."""
    return f"{values!r}[1 + (hash(number * 8 + {salt}) % {len(values)})::INTEGER]"


def columns_of(lake):
    """The table's columns with their Delta types, and its partition columns."""
    log = lake / "responses" / "_delta_log"
    metadata = [
        action["metaData"]
        for commit in sorted(log.glob("*.json"))
        for action in map(json.loads, commit.read_text(encoding="utf-8").splitlines())
        if "metaData" in action
    ][-1]
    fields = json.loads(metadata["schemaString"])["fields"]
    return [(field["name"], field["type"]) for field in fields], metadata["partitionColumns"]


def generate(lake, size):
    """Writes a file a month into the folder of the table, and the commit that adds them."""
    fields, partition_columns = columns_of(lake)
    values = {
        "response_id": "'R_' || number",
        "source": "'generated'",
        "import_id": "'generated'",
        "metric": "'nps'",
        "consent": "'unknown'",
        "account": "'acc-' || hash(number * 8) % 10000",
        "score": "CASE WHEN hash(number * 8 + 1) % 50 > 0 THEN hash(number * 8 + 2) % 11 END",
        "responded_at": "answered_at",
        "segment": one_of(SEGMENTS, 3),
        "channel": one_of(CHANNELS, 4),
        "country": one_of(COUNTRIES, 5),
        "product": one_of(PRODUCTS, 6),
    }
    types = {"string": "VARCHAR", "byte": "TINYINT", "double": "DOUBLE", "boolean": "BOOLEAN"}
    types["timestamp"] = "TIMESTAMPTZ"
    selected = ", ".join(
        f'({values.get(name, "NULL")})::{types[type_]} AS "{name}"'
        for name, type_ in fields
        if name not in partition_columns
    )
    database = duckdb.connect()
    database.execute("SET TimeZone = 'UTC'; SET preserve_insertion_order = true")
    log = lake / "responses" / "_delta_log"
    actions = []
    for index, month in enumerate(MONTHS):
        first, end = size * index // len(MONTHS), size * (index + 1) // len(MONTHS)
        starts = datetime.datetime.strptime(month, "%Y-%m").replace(tzinfo=datetime.timezone.utc)
        ends = (starts + datetime.timedelta(days=31)).replace(day=1)
        step = (ends - starts).total_seconds() / max(1, end - first)
        path = f"survey={SURVEY}/month={month}/part-00000-generated.parquet"
        target = lake / "responses" / path
        target.parent.mkdir(parents=True)
        database.execute(
            f"""COPY (
                SELECT {selected} FROM (
                    SELECT number, make_timestamptz(
                        {int(starts.timestamp()) * 1_000_000}
                        + ((number - {first}) * {step * 1e6})::BIGINT) AS answered_at
                    FROM range({first}, {end}) AS numbers(number)))
                TO '{target}' (FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2,
                               ROW_GROUP_SIZE 1000000)"""
        )
        actions.append(
            {
                "add": {
                    "path": path,
                    "partitionValues": {"survey": SURVEY, "month": month},
                    "size": target.stat().st_size,
                    "modificationTime": int(target.stat().st_mtime * 1000),
                    "dataChange": True,
                    "stats": json.dumps({"numRecords": end - first}),
                }
            }
        )
        print(f"{month}: {end:,} responses", file=sys.stderr)
    commit = log / f"{len(list(log.glob('*.json'))):020}.json"
    with open(commit, "x", encoding="utf-8") as file:
        file.writelines(json.dumps(action) + "\n" for action in actions)


def make_lake(program, lake, size):
    unfinished = lake.with_name(f"{lake.name}-unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    seed = lake.with_suffix(".csv")
    subprocess.run([sys.executable, FOLDER / "export.py", str(SEED_ROWS), seed], check=True)
    kept = ["--keep", "segment,channel,country,product"]
    run(program, unfinished, "ingest", seed, *kept, "--json")
    generate(unfinished, size - SEED_ROWS)
    _, peak, seconds = run(program, unfinished, "optimize")
    print(f"{size:,} responses counted: {seconds:.0f} s, {report.mebibytes(peak)}", file=sys.stderr)
    unfinished.rename(lake)


def main():
    given = arguments()
    program = built(given.voxql)
    given.folder.mkdir(parents=True, exist_ok=True)
    lakes = {size: given.folder / f"lake-{size}" for size in given.sizes}
    for size, lake in lakes.items():
        if not lake.exists():
            make_lake(program, lake, size)
    first = lakes[given.sizes[0]]
    counted = [
        query
        for query in QUERIES
        if "rollup: used" in run(program, first, "-c", f"EXPLAIN {query.text('voxql')}")[0]
    ]
    times = {(size, query.title): [] for size in lakes for query in counted}
    for _ in range(given.repeat):
        for size, lake in lakes.items():
            answers, _ = ask_voxql(program, lake, ENVIRONMENT, queries=counted)
            for query, (milliseconds, rows) in zip(counted, answers, strict=True):
                if not rows:
                    sys.exit(f"{query.name}: no rows of {size:,} responses")
                times[size, query.title].append(milliseconds)
    medians = {key: statistics.median(of_key) for key, of_key in times.items()}
    rows = []
    for query in counted:
        of_sizes = [medians[size, query.title] for size in lakes]
        ratio = of_sizes[-1] / of_sizes[0]
        rows.append([query.title, *map(report.milliseconds, of_sizes), f"{ratio:.2f}"])
    header = ["query (ms)", *(f"{size:,}" for size in lakes), "last / first"]
    print(report.machine(program, [], os.getloadavg()[0]) + "\n")
    print(report.table(header, rows), end="")


if __name__ == "__main__":
    main()
