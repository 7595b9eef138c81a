"""Asks one peer all questions from a number on, in a process of its own: `ask.py PEER LAKE FROM`.

Each is asked twice, and the second time counts; where that takes longer than ten minutes, it ends.
Prints a line of JSON for each: the milliseconds that it took, from text to rows in Python, and the
rows.
"""

import json
import signal
import sys
import time

from queries import QUERIES


def duckdb(lake):
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET parquet_metadata_cache = true")
    connection.execute(
        f"CREATE VIEW responses AS FROM read_parquet('{lake}/responses/*/*/*.parquet',"
        " hive_partitioning = true, hive_types = {'survey': VARCHAR, 'month': VARCHAR})"
    )
    return lambda query: connection.execute(query.text("duckdb")).fetchall()


def polars(lake):
    import polars
    from frames import frame

    responses = polars.scan_parquet(
        f"{lake}/responses/*/*/*.parquet",
        hive_partitioning=True,
        hive_schema={"survey": polars.String, "month": polars.String},
    )

    def ask(query):
        question, engine = frame(query.name, responses)
        return question.select(query.columns).collect(engine=engine).rows()

    return ask


def chdb(lake):
    from chdb import session

    session = session.Session()
    session.query("SET output_format_json_quote_64bit_integers = 0")
    # As in standard SQL, `score` in an aggregate is the column and not what is called so beside it.
    session.query("SET prefer_column_name_to_alias = 1")
    session.query(
        f"CREATE VIEW responses AS SELECT * FROM file('{lake}/responses/*/*/*.parquet', Parquet)"
    )

    def ask(query):
        answer = session.query(query.text("chdb"), "JSONCompactEachRow").bytes()
        return [json.loads(line) for line in answer.splitlines()]

    return ask


def datafusion(lake):
    from datafusion import SessionContext

    context = SessionContext()
    context.sql(
        "CREATE EXTERNAL TABLE responses STORED AS PARQUET PARTITIONED BY (survey, month)"
        f" LOCATION '{lake}/responses/'"
    ).collect()

    def ask(query):
        batches = context.sql(query.text("datafusion")).collect()
        return [tuple(row.values()) for batch in batches for row in batch.to_pylist()]

    return ask


SECONDS_MAX = 600
PEERS = {"duckdb": duckdb, "polars": polars, "chdb": chdb, "datafusion": datafusion}


def main():
    peer, lake, first = sys.argv[1:]
    ask = PEERS[peer](lake)
    for query in QUERIES[int(first) :]:
        # Ends the process also in the middle of an engine.
        signal.alarm(SECONDS_MAX)
        ask(query)
        started = time.perf_counter()
        rows = ask(query)
        milliseconds = (time.perf_counter() - started) * 1000
        # Days are not known to JSON.
        print(json.dumps([milliseconds, rows], default=str), flush=True)


if __name__ == "__main__":
    main()
