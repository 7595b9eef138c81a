"""The other side of tests/it/interop.rs: lakes through the packages `deltalake` and `duckdb`.

    python interop.py read TABLE SQL    the rows of SQL over `t`, as each of both reads it
    python interop.py write TABLE       makes a table for voxql to read

Prints JSON. Install what it needs with: pip install -r tests/requirements.txt
"""

import json
import os
import sys
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


if __name__ == "__main__":
    {"read": read, "write": write}[sys.argv[1]](*sys.argv[2:])
