"""The other side of tests/it/interop.rs: lakes through the packages `deltalake` and `duckdb`.

    python interop.py read TABLE SQL    the rows of SQL over `t`, as each of both reads it
    python interop.py write TABLE       makes a table for voxql to read
    python interop.py answers TABLE SLT how DuckDB's answers differ from those in a file of
                                        sqllogictest, with TABLE as `responses`

Prints JSON. Install what it needs with: pip install -r tests/requirements.txt
"""

import json
import math
import os
import re
import sys
from datetime import date, timezone
from decimal import Decimal
from urllib.parse import unquote

import duckdb
from deltalake import DeltaTable, QueryBuilder, write_deltalake


def read(location, sql):
    table = DeltaTable(location)
    answer = QueryBuilder().register("t", table).execute(sql).read_all()
    columns = [answer.column(name).to_pylist() for name in answer.schema.names]
    print(
        json.dumps(
            {
                "deltalake": [list(row) for row in zip(*columns)],
                "duckdb": read_with_duckdb(files(location, table), sql),
            }
        )
    )


def files(location, table):
    """The files of the newest version, as the file system names them: the log has URLs."""
    paths = table.get_add_actions().column("path").to_pylist()
    return [os.path.join(location, unquote(path)) for path in paths]


def read_with_duckdb(files, sql):
    # DuckDB's own Delta extension is a download; the log has said which files count.
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.read_parquet(
        files, hive_partitioning=True, union_by_name=True
    ).create_view("t")
    return [list(row) for row in connection.execute(sql).fetchall()]


def write(location):
    """Three months of responses in several commits, some deleted again, behind a checkpoint."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    for month in range(3):
        responses = connection.sql(
            f"""
            SELECT 'p-' || n AS response_id,
                   '2026-0{month + 1}' AS month,
                   CASE WHEN n % 12 < 11 THEN n % 12 END::TINYINT AS score,
                   TIMESTAMPTZ '2026-0{month + 1}-01' + to_minutes(n) AS responded_at
            FROM range({month} * 100, {month} * 100 + 100) AS numbers(n)
            """
        )
        write_deltalake(location, responses, mode="append", partition_by=["month"])
    table = DeltaTable(location)
    table.delete("score = 0")
    table.create_checkpoint()
    sql = (
        "SELECT month, count(*), count(score), sum(score), max(response_id) "
        "FROM t GROUP BY month ORDER BY month"
    )
    read(location, sql)


# NPS and its parts, as they are written without Voxql. With OVER, DuckDB takes macros of one
# aggregate only; with FILTER, none.
MACROS = """
CREATE MACRO promoters(s) AS count_if(s >= 9);
CREATE MACRO passives(s) AS count_if(s BETWEEN 7 AND 8);
CREATE MACRO detractors(s) AS count_if(s <= 6);
CREATE MACRO nps_category(s) AS CASE
    WHEN s >= 9 THEN 'promoter' WHEN s >= 7 THEN 'passive' WHEN s >= 0 THEN 'detractor' END;
CREATE MACRO point(s) AS CASE WHEN s >= 9 THEN 1 WHEN s >= 7 THEN 0 WHEN s >= 0 THEN -1 END;
CREATE MACRO nps(s) AS 100 * avg(point(s)),
    (s, weight) AS 100.0 * sum(weight * point(s)) / sum(weight) FILTER (s IS NOT NULL);
CREATE MACRO nps_stats(s) AS struct_pack(
    nps := nps(s),
    margin_of_error := 1.959963984540054 * 100 * stddev_pop(point(s)) / sqrt(count(s)));
"""

# As tests/it/sql.rs shows a number that is not whole.
FRACTION = r"(-?\d+\.\d+(?:e-?\d+)?|NaN|-?inf)"


def answers(location, path):
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(MACROS)
    table = DeltaTable(location)
    # Partition columns come last in DuckDB, and not in the log.
    columns = ", ".join(f'"{field.name}"' for field in table.schema().fields)
    connection.read_parquet(
        files(location, table), hive_partitioning=True, union_by_name=True
    ).project(columns).create("responses")
    compared, differences = 0, []
    for line, directive, sql, expected in records(path):
        try:
            relation = connection.sql(sql)
            rows = None if directive[0] == "statement" else rows_of(relation)
        except duckdb.Error as error:
            differences.append(f"line {line}: {sql}\n{error}")
            continue
        if rows is None:
            continue
        compared += 1
        if directive[2:3] == ["rowsort"]:
            expected, rows = sorted(expected), sorted(rows, key=shown)
        if len(rows) != len(expected) or not all(map(is_same, rows, expected)):
            lines = [sql, "expected:", *expected, "in DuckDB:", *map(shown, rows)]
            differences.append(f"line {line}: " + "\n".join(lines))
    print(json.dumps({"compared": compared, "differences": differences}))


def records(path):
    """Line, directive, SQL and expected rows of each record that DuckDB is to run."""
    with open(path, encoding="utf-8") as file:
        content = file.read()
    for paragraph in re.finditer(r"(?:.+\n?)+", content):
        lines = paragraph[0].splitlines()
        skipped = False
        while lines and lines[0].startswith(("#", "skipif ")):
            skipped |= lines.pop(0).split() == ["skipif", "duckdb"]
        if skipped or not lines:
            continue
        directive = lines.pop(0).split()
        if directive != ["statement", "ok"] and (
            directive[0] != "query" or directive[2:] not in ([], ["rowsort"])
        ):
            raise ValueError(f"{path}: {directive} is not known here")
        end = lines.index("----") if "----" in lines else len(lines)
        line = content.count("\n", 0, paragraph.start()) + 1
        yield line, directive, "\n".join(lines[:end]), lines[end + 1 :]


def rows_of(relation):
    # For times with a zone DuckDB needs a package more (pytz), so they are read in UTC.
    zoned = [str(type) == "TIMESTAMP WITH TIME ZONE" for type in relation.types]
    if any(zoned):
        relation = relation.project(
            ", ".join(
                f"timezone('UTC', #{n})" if is_zoned else f"#{n}"
                for n, is_zoned in enumerate(zoned, 1)
            )
        )
    return [
        [
            value.replace(tzinfo=timezone.utc) if is_zoned and value else value
            for value, is_zoned in zip(row, zoned)
        ]
        for row in relation.fetchall()
    ]


def is_same(row, expected):
    """Compares numbers that are not whole with a tolerance, everything else as text."""
    fractions = []
    pattern = " ".join(pattern_of(value, fractions) for value in row)
    match = re.fullmatch(pattern, " ".join(expected.split()))
    return match is not None and all(
        math.isclose(float(found), value, rel_tol=1e-9)
        for found, value in zip(match.groups(), fractions)
    )


def pattern_of(value, fractions):
    """A regular expression for the value, with a group for each number that is not whole."""
    if isinstance(value, (float, Decimal)):
        fractions.append(float(value))
        return FRACTION
    if isinstance(value, list):
        return r"\[%s\]" % ", ".join(pattern_of(item, fractions) for item in value)
    if isinstance(value, dict):
        fields = value.items()
        return r"\{%s\}" % ", ".join(
            f"{re.escape(name)}: {pattern_of(item, fractions)}" for name, item in fields
        )
    return re.escape(text(value))


def shown(row):
    return " ".join(map(text, row))


def text(value):
    """A value as tests/it/sql.rs shows it."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, str):
        return " ".join(value.split()) or "(empty)"
    return str(value)


if __name__ == "__main__":
    {"read": read, "write": write, "answers": answers}[sys.argv[1]](*sys.argv[2:])
