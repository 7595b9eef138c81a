#!/usr/bin/env python3
"""The files of tests/data/imports through DuckDB's readers and through Voxql.

    cargo build --profile dist
    python3 -m venv ~/.cache/voxql/peers
    ~/.cache/voxql/peers/bin/pip install -r benches/peers/requirements.txt
    ~/.cache/voxql/peers/bin/python benches/imports.py [PROGRAM]

DuckDB reads each file without options; the score column is named for it, and NPS is the usual
expression over what casts to a number. Voxql imports each file without options. Prints a Markdown
table for docs/comparisons.md.
"""

import csv
import json
import os
import subprocess
import sys
import tempfile

import duckdb
from program import KEY, ROOT, built

FOLDER = ROOT / "tests" / "data" / "imports"

# The columns of the score and the date, as somebody who looked into the file names them.
COLUMNS = {
    "account_addresses.csv": ("nps", "submitted"),
    "account_word.csv": ("How likely are you to recommend us?", "date"),
    "apos.csv": ("How likely are you to recommend Bob's shop?", "date"),
    "branches_numbered.csv": (1, None),
    "branches_overlapping.csv": (1, None),
    "branches_reasons.csv": (1, "Datum"),
    "branches_semicolon.csv": ("3. How likely are you to recommend us? (0-10)", "created_at"),
    "counts_by_day.csv": ("score", "date"),
    "counts_by_score.csv": ("NPS score", None),
    "dates_befragung.csv": ("Weiterempfehlung", "Umfrage beantwortet am"),
    "dates_two_unknown.csv": ("nps", "step_one"),
    "dates_unnamed.csv": ("nps", "survey_dt"),
    "dup_seller.csv": ("score", "submitted_at"),
    "ease_bestellung.csv": (1, "Datum"),
    "ends_in_words.csv": ("How likely are you to recommend us?", "Date"),
    "google_forms_ja.csv": ("NPS", "タイムスタンプ"),
    "groups_below.csv": ("NPS", "Date"),
    "groups_below_names.csv": ("NPS Score", None),
    "groups_differ.csv": ("score", None),
    "groups_nota.csv": ("Nota", "data"),
    "groups_unnamed.csv": ("Q7", None),
    "header_reordered.csv": ("NPS", "Date"),
    "joined_and_surveyed.csv": ("score", "surveyed_at"),
    "keyed_by_id.json": (None, None),
    "kunde_addresses.csv": ("nps", "submitted"),
    "lenient_scores.csv": ("nps score", "when"),
    "lime_anonymised.csv": (7, "submitdate. Date submitted"),
    "long_events.csv": ("Answer", "Event Start Date"),
    "media_rows.csv": ("nps", None),
    "metrics_in_survey.csv": ("score", "date"),
    "metrics_in_type.csv": ("score", "date"),
    "mixed_excel_dates.xlsx": (None, None),
    "months_short_year.csv": ("NPS", "Month"),
    "nps_ids.csv": ("nps", "survey_date"),
    "nps_ticket.csv": ("nps", None),
    "page_titles.csv": (2, None),
    "posted_at.csv": ("nps_score", "posted_at"),
    "posthog_ease.json": (None, "timestamp"),
    "posthog_two.csv": ("properties.$survey_response_b2", "timestamp"),
    "reason_after_feedback.csv": ("nps", None),
    "recommend_easy.csv": (1, "Date"),
    "repeated_comments.csv": ("nps", None),
    "repeated_ids.csv": ("NPS Score", None),
    "same_question_twice.csv": (10, "End Date"),
    "satisfait.csv": (1, "Date"),
    "short_majority.csv": ("nps", "date"),
    "subtotals_of_averages.csv": ("Score", "Date"),
    "survicate_12.csv": (3, "Date & Time (UTC)"),
    "technician.csv": ("NPS", "Visit date"),
    "total_co.csv": ("nps", None),
    "two_comments_pt.csv": (1, "answeredAt"),
    "two_dates_pt.csv": ("Nota NPS", "Data_Respostas"),
    "user_id_zero.csv": ("score", "created_at"),
    "ym.csv": ("nps", "year_month"),
    "ym2.csv": ("nps", "month"),
}


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def by_duckdb(path, score, date):
    """The NPS and number of answers, and the type of the date column, or the error."""
    readers = {".csv": "read_csv", ".json": "read_json", ".xlsx": "read_xlsx"}
    table = f"{readers[path.suffix]}('{path}')"
    connection = duckdb.connect()
    try:
        described = connection.execute(f"DESCRIBE FROM {table}").fetchall()
        types = {name: type for name, type, *_ in described}
        if isinstance(score, int):
            score = list(types)[score]
        if score is None:
            return "no column of answers", types.get(date, "")
        number = f"TRY_CAST({quoted(score)} AS DOUBLE)"
        nps, answers = connection.execute(
            f"""
            SELECT 100.0 * (count(*) FILTER ({number} >= 9) - count(*) FILTER ({number} <= 6))
                / count({number}), count({number})
            FROM {table}
            """
        ).fetchone()
        return f"{nps:.1f} of {answers}" if answers else "no number", types.get(date, "")
    except duckdb.Error as error:
        message = str(error).splitlines()[0].split(":")[0]
        return "needs an extension" if "extension" in message else message, ""


def by_voxql(program, path, lake):
    environment = os.environ | {"VOXQL_KEY": KEY}
    command = [program, "--lake", lake, "ingest", path, "--dry-run", "--json"]
    output = subprocess.run(command, env=environment, capture_output=True, text=True).stdout
    summary = json.loads(output)
    if "error" in summary:
        return "asks"
    nps = summary["nps"]
    return f"{nps['nps']:.1f} of {nps['responses']}" if nps else "no number"


def expected():
    with open(FOLDER / "expected.tsv", encoding="utf-8") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    of = lambda nps, answers: "asks" if nps == "question" else f"{float(nps):.1f} of {answers}"
    return {name: of(nps, answers) for name, nps, answers, *_ in rows[1:]}


def main():
    program = built(*sys.argv[1:2])
    print("| file | correct | DuckDB | its type of the date | Voxql |")
    print("|---|---|---|---|---|")
    right = {"DuckDB": 0, "Voxql": 0}
    with tempfile.TemporaryDirectory() as folder:
        for name, correct in sorted(expected().items()):
            nps, date = by_duckdb(FOLDER / name, *COLUMNS[name])
            voxql = by_voxql(program, FOLDER / name, f"{folder}/lake")
            print(f"| {name} | {correct} | {nps} | {date} | {voxql} |")
            right["DuckDB"] += nps == correct
            right["Voxql"] += voxql == correct
    print(f"\nAs in the column \"correct\": {right}", file=sys.stderr)


if __name__ == "__main__":
    main()
