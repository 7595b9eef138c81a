//! Tables of other programs, lakes and the Python packages `deltalake` and `duckdb`: each reads what
//! the other wrote.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use datafusion::arrow::array::{Int32Array, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::arrow::util::display::array_value_to_string;
use deltalake::DeltaTable;
use serde_json::Value;
use url::Url;
use voxql::Lake;

use crate::common::{Workspace, value};
use crate::sql;

/// Names the interpreter that has the packages.
const PYTHON_VARIABLE: &str = "VOXQL_TEST_PYTHON";

/// The counts that every reader must give.
const TOTALS: [&str; 3] = ["count(*)", "count(score)", "sum(score)"];

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// An interpreter with the packages, `None` (and how to get one) where there is none. In CI there
/// has to be one.
pub(crate) fn python() -> Option<String> {
    if let Ok(python) = std::env::var(PYTHON_VARIABLE) {
        return Some(python);
    }
    let tried = Command::new("python3")
        .args(["-c", "import deltalake, duckdb, xmlschema"])
        .output();
    if tried.is_ok_and(|output| output.status.success()) {
        return Some("python3".to_owned());
    }
    let setup = format!(
        "python3 -m venv /tmp/venv && /tmp/venv/bin/pip install -r tests/requirements.txt && \
         export {PYTHON_VARIABLE}=/tmp/venv/bin/python"
    );
    assert!(
        std::env::var_os("CI").is_none_or(|ci| ci != "true"),
        "no Python with the packages of tests/requirements.txt: {setup}"
    );
    eprintln!("skipped: no Python with the packages of tests/requirements.txt: {setup}");
    None
}

/// The output of `tests/interop.py`.
fn run(python: &str, arguments: &[&str]) -> Value {
    let output = Command::new(python)
        .arg("-B")
        .arg(repository().join("tests/interop.py"))
        .args(arguments)
        .output()
        .unwrap_or_else(|error| panic!("{PYTHON_VARIABLE}={python}: {error}"));
    succeeded(&output);
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn succeeded(output: &Output) {
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The rows of a query, each value as text.
async fn rows(lake: &Lake, sql: &str) -> Vec<Vec<String>> {
    let batches = lake.session().sql(sql).await.expect("a valid query");
    let batches = batches.collect().await.expect("a query that runs");
    batches.iter().flat_map(rows_of).collect()
}

fn rows_of(batch: &RecordBatch) -> Vec<Vec<String>> {
    let text = |row: usize| {
        batch
            .columns()
            .iter()
            .map(|column| array_value_to_string(column, row).expect("a value that can be shown"))
            .collect()
    };
    (0..batch.num_rows()).map(text).collect()
}

/// The rows of a reader in Python, each value as text.
fn rows_read(read: &Value, by: &str) -> Vec<Vec<String>> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    read[by]
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| row.as_array().expect("a row").iter().map(text).collect())
        .collect()
}

/// The lake of the sample exports, made by the program, and a survey whose name has to be escaped
/// in a path.
fn sample_lake() -> Workspace {
    let workspace = Workspace::new();
    let exports = ["responses.csv", "antworten.csv", "delighted.ndjson"];
    for name in exports {
        let content = fs::read(repository().join("sample_data").join(name));
        workspace.write(name, content.expect("the sample data"));
    }
    let ingest = |arguments: &[&str]| {
        let output = workspace.voxql().arg("ingest").args(arguments).output();
        succeeded(&output.expect("the program can be started"));
    };
    ingest(&exports);
    // A kept column that the files before have not.
    workspace.write(
        "extra.csv",
        "id,score,plan\nx-1,9,pro\nx-2,,free\nx-3,0,pro\n",
    );
    ingest(&[
        "extra.csv",
        "--survey",
        "Süd & West 50% / =1",
        "--keep",
        "plan",
    ]);
    workspace
}

#[tokio::test]
async fn python_reads_a_lake_with_the_same_counts() {
    let Some(python) = python() else { return };
    let workspace = sample_lake();
    let lake = workspace.lake();
    // The totals of sample_data/README.md, and those of the three rows above.
    let totals = "SELECT concat_ws(' ', count(*), count(score), count(DISTINCT survey)) \
                  FROM responses";
    assert_eq!(value(&lake, totals).await, "2995 2857 2");

    let totals = TOTALS.join(", ");
    let nps = "count(*) FILTER (WHERE score >= 9) * 100.0 / count(score) \
               - count(*) FILTER (WHERE score <= 6) * 100.0 / count(score)";
    let select = |nps: &str, table: &str| {
        format!(
            "SELECT survey, month, {totals}, count(DISTINCT respondent), count(plan), \
             cast(round({nps} * 10000) AS bigint) FROM {table} \
             GROUP BY survey, month ORDER BY survey, month"
        )
    };
    let expected = rows(&lake, &select("nps(score)", "responses")).await;
    assert_eq!(expected.len(), 25, "24 months and the undated");

    let responses = workspace.path().join("lake/responses");
    let responses = responses.to_str().expect("temporary folders are UTF-8");
    let read = run(
        &python,
        &["read", responses, &select(&format!("({nps})"), "t")],
    );
    assert_eq!(rows_read(&read, "deltalake"), expected);
    assert_eq!(rows_read(&read, "duckdb"), expected);

    // Text, times and nulls, row by row.
    let text = "SELECT response_id, respondent, account, comment, \
                cast(extract(epoch FROM responded_at) AS bigint), plan FROM";
    let order = "ORDER BY response_id";
    let expected = rows(&lake, &format!("{text} responses {order}")).await;
    let read = run(&python, &["read", responses, &format!("{text} t {order}")]);
    assert_eq!(rows_read(&read, "deltalake"), expected);
    assert_eq!(rows_read(&read, "duckdb"), expected);

    let imports = workspace.path().join("lake/imports");
    let imports = imports.to_str().expect("temporary folders are UTF-8");
    let select = |table: &str| format!("SELECT file, rows, new FROM {table} ORDER BY file");
    let read = run(&python, &["read", imports, &select("t")]);
    assert_eq!(
        rows_read(&read, "deltalake"),
        rows(&lake, &select("imports")).await
    );
    assert_eq!(rows_read(&read, "deltalake"), rows_read(&read, "duckdb"));
}

#[tokio::test]
async fn a_table_of_python_is_read_in_sql() {
    let Some(python) = python() else { return };
    let workspace = Workspace::new();
    let location = workspace.path().join("of python");
    let location = location.to_str().expect("temporary folders are UTF-8");
    let written = run(&python, &["write", location]);
    let expected = rows_read(&written, "deltalake");
    assert_eq!(expected.len(), 3);
    assert_eq!(rows_read(&written, "duckdb"), expected);

    let lake = workspace.lake();
    let totals = TOTALS.join(", ");
    let select = |table: &str| {
        format!(
            "SELECT month, {totals}, max(response_id) FROM {table} GROUP BY month ORDER BY month"
        )
    };
    for path in [location.to_owned(), format!("{location}/")] {
        let session = lake.session();
        let create = format!("CREATE EXTERNAL TABLE theirs STORED AS DELTATABLE LOCATION '{path}'");
        let created = session.sql(&create).await.expect("a statement");
        created.collect().await.expect("a table");
        let answer = session.sql(&select("theirs")).await.expect("a query");
        let batches = answer.collect().await.expect("a query that runs");
        assert_eq!(
            batches.iter().flat_map(rows_of).collect::<Vec<_>>(),
            expected
        );
    }
    // In quotes, a folder ends in a slash.
    assert_eq!(
        rows(&lake, &select(&format!("'{location}/'"))).await,
        expected
    );
    let filtered = format!(
        "SELECT count(*) FROM '{location}/' WHERE month = '2026-02' \
         AND responded_at < TIMESTAMP '2026-02-01T02:00:00Z' AND score > 8"
    );
    let nps = format!("SELECT nps(score) BETWEEN -100 AND 100 FROM '{location}/'");
    assert_eq!(value(&lake, &filtered).await, "4");
    assert_eq!(value(&lake, &nps).await, "true");
}

#[tokio::test]
async fn partitions_without_a_value_are_null() {
    let workspace = Workspace::new();
    let location = workspace.path().join("partitioned");
    fs::create_dir(&location).expect("a new folder");
    let schema = Schema::new(vec![
        Field::new("score", DataType::Int32, true),
        Field::new("team", DataType::Utf8, true),
    ]);
    let scores = Int32Array::from(vec![10, 9, 3, 0]);
    let teams = StringArray::from(vec![Some("a"), None, Some("b"), None]);
    let rows = RecordBatch::try_new(Arc::new(schema), vec![Arc::new(scores), Arc::new(teams)]);
    let url = Url::from_directory_path(&location).expect("an absolute path");
    DeltaTable::try_from_url(url)
        .await
        .expect("a place for a table")
        .write(vec![rows.expect("a batch")])
        .with_partition_columns(["team"])
        .await
        .expect("a table that is written");

    let lake = workspace.lake();
    let table = format!("'{}/'", location.display());
    for (sql, expected) in [
        ("SELECT count(team) FROM", "2"),
        ("SELECT count(*) FROM", "4"),
        ("SELECT max(team) FROM", "b"),
    ] {
        assert_eq!(value(&lake, &format!("{sql} {table}")).await, expected);
    }
    for (filter, expected) in [
        ("team IS NULL", "9"),
        ("team IS NOT NULL", "13"),
        ("team = 'a'", "10"),
        ("coalesce(team, 'none') = 'none' AND score > 5", "9"),
    ] {
        let sql = format!("SELECT sum(score) FROM {table} WHERE {filter}");
        assert_eq!(value(&lake, &sql).await, expected, "{filter}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn duckdb_gives_an_analyst_the_same_answers() {
    let Some(python) = python() else { return };
    let workspace = Workspace::new();
    sql::sample_lake(&workspace).await;
    let responses = workspace.path().join("lake/responses");
    let responses = responses.to_str().expect("temporary folders are UTF-8");
    let records = repository().join("tests/sql/analyst.slt");
    let records = records.to_str().expect("a path in UTF-8");
    let read = run(&python, &["answers", responses, records]);
    let differences = read["differences"].as_array().expect("a list");
    let differences: Vec<&str> = differences.iter().filter_map(Value::as_str).collect();
    assert!(differences.is_empty(), "{}", differences.join("\n\n"));
    // A check that compares nothing finds no differences either.
    assert!(read["compared"].as_u64() >= Some(150), "{read}");
}
