"""Imports the export through one peer, in a process of its own: `ingest.py PEER EXPORT FOLDER`.

The steps of `voxql ingest` in SQL: types, scores out of range left out, one row for each
response_id of a survey, respondents as a SHA-256 with a key and their addresses dropped, answers
to other questions as ratings, and Parquet with zstd, a file for each survey and month (from chDB
not in folders), in order of time. They redact no comments and keep nothing of who people are, as
Voxql does with --no-redact --no-identities. The peers are told the columns and how dates are
written, which Voxql finds out; they commit nothing, and hash where Voxql computes an HMAC. Polars
has no cryptographic hash, and DataFusion is what Voxql is made of.

Prints the seconds that it took, without the start of Python. `ingest.py check FOLDER` prints
instead what is the same for all who imported the same.
"""

import json
import sys
import time

KEY = "000102030405060708090a0b0c0d0e0f"
KEPT = "segment, channel, country, product"


def duckdb(export, folder):
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET preserve_insertion_order = false")
    connection.execute(f"SET temp_directory = '{folder}.temporary'")
    text = "response_id metric comment email account segment channel country product survey".split()
    types = dict.fromkeys(text, "VARCHAR") | {"responded_at": "TIMESTAMP", "score": "TINYINT"}
    header = open(export, encoding="utf-8").readline().replace('"', "").strip().split(",")
    columns = {name: types[name] for name in header}
    return lambda: connection.execute(
        f"""
        COPY (
            SELECT response_id, metric, 'generic' AS source,
                'v1:' || sha256('{KEY}' || lower(trim(email))) AS respondent, account,
                CASE WHEN metric = 'nps' THEN score END AS score,
                CASE WHEN metric <> 'nps' THEN score::DOUBLE END AS rating,
                responded_at::TIMESTAMPTZ AS responded_at, comment, 'unknown' AS consent,
                'one' AS import_id, {KEPT}, survey, strftime(responded_at, '%Y-%m') AS month
            FROM (
                SELECT DISTINCT ON (survey, response_id) *
                FROM read_csv('{export}', header = true, columns = {columns}, store_rejects = true)
                WHERE score IS NULL OR score BETWEEN 0 AND 10
            )
            ORDER BY survey, month, responded_at
        ) TO '{folder}' (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (survey, month))
        """
    )


def chdb(export, folder):
    from chdb import session

    session = session.Session()
    session.query("SET prefer_column_name_to_alias = 1")
    return lambda: session.query(
        f"""
        INSERT INTO FUNCTION file('{folder}/{{_partition_id}}.parquet', Parquet)
        PARTITION BY concat(survey, '_', month)
        SELECT response_id, metric, 'generic' AS source,
            'v1:' || hex(SHA256('{KEY}' || lower(trim(email)))) AS respondent, account,
            if(metric = 'nps', score, NULL) AS score,
            if(metric != 'nps', toFloat64(score), NULL) AS rating,
            responded_at, comment, 'unknown' AS consent, 'one' AS import_id, {KEPT}, survey,
            formatDateTime(responded_at, '%Y-%m') AS month
        FROM (
            SELECT * FROM file('{export}', CSVWithNames, 'response_id String,
                responded_at DateTime64(3, \\'UTC\\'), metric String, score Nullable(Int8),
                comment Nullable(String), email Nullable(String), account Nullable(String),
                segment Nullable(String), channel Nullable(String), country Nullable(String),
                product Nullable(String), survey String')
            WHERE score IS NULL OR score BETWEEN 0 AND 10
            LIMIT 1 BY survey, response_id
        )
        ORDER BY survey, month, responded_at
        """
    )


PEERS = {"duckdb": duckdb, "chdb": chdb}


def check(folder):
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    counted = connection.execute(
        f"""
        SELECT count(*), count(DISTINCT response_id), count(score), sum(score)::BIGINT,
            sum(rating)::BIGINT, count(DISTINCT respondent), count(respondent), count(comment),
            sum(length(comment))::BIGINT, count(DISTINCT month), min(responded_at)::VARCHAR,
            max(responded_at)::VARCHAR, count(account), count(DISTINCT survey || month || segment)
        FROM read_parquet('{folder}/**/*.parquet', hive_types_autocast = false)
        """
    )
    return counted.fetchone()


def main():
    if sys.argv[1] == "check":
        print(json.dumps(check(sys.argv[2])))
        return
    peer, export, folder = sys.argv[1:]
    run = PEERS[peer](export, folder)
    started = time.perf_counter()
    run()
    print(json.dumps(time.perf_counter() - started))


if __name__ == "__main__":
    main()
