"""A lake that holds each response of another one several times, for sizes whose export would not fit.

Each time it is another response by another respondent, at another time of the same day with the same
answer: so respondents grow as responses do, and days, accounts and comments stay.
"""

import json
import shutil
import sys
import urllib.parse

import duckdb


def actions_of(log):
    for commit in sorted(log.glob("*.json")):
        yield from map(json.loads, commit.read_text(encoding="utf-8").splitlines())


def make_copies(lake, target, copies):
    """Writes the folder `target`; its table's first version makes it, its second adds the files."""
    table = target / "responses"
    shutil.rmtree(target, ignore_errors=True)
    (table / "_delta_log").mkdir(parents=True)
    shutil.copy(lake / "lake.toml", target)
    newest, values, files = {}, {}, {}
    for action in actions_of(lake / "responses" / "_delta_log"):
        newest |= action
        if "add" in action:
            path = lake / "responses" / urllib.parse.unquote(action["add"]["path"])
            values[path.parent] = action["add"]["partitionValues"]
            files.setdefault(path.parent, []).append(str(path))
    database = duckdb.connect()
    database.execute("SET TimeZone = 'UTC'; SET preserve_insertion_order = true")
    added = []
    for folder in sorted(files):
        path = folder.relative_to(lake / "responses") / "part-00000-copies.parquet"
        added.append(write_copies(database, files[folder], copies, table, path, values[folder]))
    write_commit(table, 0, [{name: newest[name]} for name in ("protocol", "metaData")])
    write_commit(table, 1, added)


def write_copies(database, files, copies, table, path, values):
    """Writes the file of a partition with these values, and gives the action that adds it."""
    target = table / path
    target.parent.mkdir(parents=True)
    # Nothing is alike in neighbouring rows, which compression would find.
    by_respondent, by_response = "respondent || '-' || copy", "hash(response_id || '-' || copy)"
    rows = database.execute(
        f"""COPY (
            SELECT * EXCLUDE copy REPLACE (
                'R_' || {by_response} AS response_id,
                'v1:' || md5({by_respondent}) || substr(md5('more ' || {by_respondent}), 1, 20)
                    AS respondent,
                date_trunc('day', responded_at)
                    + to_microseconds(({by_response} % 86_400_000_000)::BIGINT) AS responded_at)
            FROM read_parquet({files}, hive_partitioning = false), range({copies}) AS copies(copy)
            ORDER BY responded_at)
            TO '{target}' (FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2)"""
    ).fetchone()[0]
    print(f"{path.parent}: {rows:,} responses", file=sys.stderr)
    return {
        "add": {
            "path": str(path),
            "partitionValues": values,
            "size": target.stat().st_size,
            "modificationTime": int(target.stat().st_mtime * 1000),
            "dataChange": True,
            "stats": json.dumps({"numRecords": rows}),
        }
    }


def write_commit(table, version, actions):
    commit = table / "_delta_log" / f"{version:020}.json"
    with open(commit, "x", encoding="utf-8") as file:
        file.writelines(json.dumps(action) + "\n" for action in actions)
