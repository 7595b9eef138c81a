//! `voxql optimize`, and the versions that it keeps.

use std::fs;
use std::path::Path;

use voxql::{AtVersion, IngestOptions, Lake, SessionOptions};

use super::common::{Workspace, value};

/// One response per number in the range, all in one month.
fn export(ids: std::ops::Range<u32>, score: u32) -> String {
    let mut csv = "id,date,score,segment\n".to_owned();
    for id in ids {
        csv += &format!(
            "r{id},2026-01-{:02}T10:00:00Z,{score},s{}\n",
            1 + id % 28,
            id % 3
        );
    }
    csv
}

async fn ingest(workspace: &Workspace, name: &str, csv: &str) {
    let file = workspace.write(name, csv);
    let mut options = IngestOptions::default();
    options.keep = vec!["segment".into()];
    options.scale = "0-10".parse().ok();
    let imported = workspace.lake().ingest(&file, &options).await;
    imported.expect("an import");
}

fn data_files(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).expect("a folder");
    let entries = entries.map(|entry| entry.expect("an entry").path());
    entries
        .map(|path| {
            if path.is_dir() {
                data_files(&path)
            } else {
                usize::from(path.extension().is_some_and(|end| end == "parquet"))
            }
        })
        .sum()
}

async fn explain(lake: &Lake, sql: &str) -> String {
    let session = lake.session();
    let plan = session
        .sql(&format!("EXPLAIN {sql}"))
        .await
        .expect("a plan");
    plan.to_string().await.expect("its text")
}

#[tokio::test]
async fn small_files_are_compacted_and_results_stay() {
    let workspace = Workspace::new();
    for part in 0..5 {
        let csv = export(part * 20..part * 20 + 20, part * 2);
        ingest(&workspace, &format!("{part}.csv"), &csv).await;
    }
    let lake = workspace.lake();
    let sql = "SELECT count(*), nps(score), count(DISTINCT response_id) FROM responses";
    let before = value(&lake, sql).await;
    let summary = lake.optimize().await.expect("optimized");
    assert_eq!((summary.compacted, summary.into), (5, 1), "{summary}");
    assert_eq!((summary.counted, summary.removed), (1, 0), "{summary}");
    assert_eq!(value(&lake, sql).await, before);
    let again = lake.optimize().await.expect("optimized");
    assert_eq!((again.compacted, again.counted), (0, 0), "{again}");
    // Queries of the previous version may still read them.
    assert_eq!(data_files(&workspace.path().join("lake/responses")), 6);
    let plan = explain(
        &lake,
        "SELECT segment, nps(score) FROM responses GROUP BY segment",
    )
    .await;
    assert!(plan.contains("rollup: used"), "{plan}");
    assert!(!plan.contains("rows are read"), "{plan}");
    // A repeated import is recognised even after its files were compacted.
    ingest(&workspace, "again.csv", &export(0..20, 0)).await;
    assert_eq!(value(&lake, sql).await, before);
}

/// Imports compact what has become many small files, and lose nothing.
#[tokio::test]
async fn many_imports_leave_few_files() {
    let workspace = Workspace::new();
    for part in 0..36 {
        let ids = part * 3..part * 3 + 3;
        let rows = ids.map(|id| format!("r{id},2026-01-05,{},p{id}@example.com\n", id % 11));
        let csv = "id,date,score,email\n".to_owned() + &rows.collect::<String>();
        let file = workspace.write(&format!("{part}.csv"), csv);
        let mut options = IngestOptions::default();
        options.scale = "0-10".parse().ok();
        let imported = workspace.lake().ingest(&file, &options).await;
        imported.expect("an import");
    }
    let lake = workspace.lake();
    for (sql, expected) in [
        ("SELECT count(DISTINCT response_id) FROM responses", "108"),
        ("SELECT count(*) FROM responses", "108"),
        ("SELECT count(*) FROM identities", "108"),
        ("SELECT count(*) FROM imports", "36"),
        ("SELECT sum(score) FROM responses", "531"),
        (
            "SELECT count(reveal(respondent, 'email')) FROM responses",
            "108",
        ),
    ] {
        assert_eq!(value(&lake, sql).await, expected, "{sql}");
    }
    let diagnosis = lake.doctor(&Default::default()).await.expect("a diagnosis");
    assert!(diagnosis.findings.is_empty(), "{diagnosis}");
    let summary = lake.optimize().await.expect("optimized");
    assert!(summary.compacted < 10, "{summary}");
}

#[tokio::test]
async fn uncounted_responses_are_counted() {
    let workspace = Workspace::new();
    ingest(&workspace, "a.csv", &export(0..20, 9)).await;
    fs::remove_dir_all(workspace.path().join("lake/rollup")).expect("the counts");
    let lake = workspace.lake();
    let sql = "SELECT nps(score) FROM responses";
    assert!(
        explain(&lake, sql)
            .await
            .contains("rollup: not used: nothing is counted yet")
    );
    let summary = lake.optimize().await.expect("optimized");
    assert_eq!(summary.counted, 1);
    assert!(explain(&lake, sql).await.contains("rollup: used"));
    for (sql, reason) in [
        ("SELECT count(comment) FROM responses", "it reads comment"),
        (
            "SELECT nps(score) FROM responses WHERE responded_at > '2026-01-01T05:00:00Z'",
            "it reads the time of day of responded_at",
        ),
        ("SELECT comment FROM responses", "it selects rows"),
        (
            "SELECT nps(a.score) FROM responses AS a JOIN responses AS b USING (response_id)",
            "it joins responses to other rows",
        ),
        ("SELECT median(score) FROM responses", "median() reads rows"),
    ] {
        let plan = explain(&lake, sql).await;
        assert!(
            plan.contains("rollup: not used") && plan.contains(reason),
            "{sql}\n{plan}"
        );
    }
}

#[tokio::test]
async fn concurrent_imports_and_optimize_lose_nothing() {
    let workspace = Workspace::new();
    ingest(&workspace, "first.csv", &export(0..10, 9)).await;
    let imports = async {
        for part in 1..8 {
            let csv = export(part * 10..part * 10 + 10, 3);
            ingest(&workspace, &format!("{part}.csv"), &csv).await;
        }
    };
    let optimizing = async {
        let lake = workspace.lake();
        for _ in 0..4 {
            lake.optimize().await.expect("optimized");
        }
    };
    tokio::join!(imports, optimizing);
    let lake = workspace.lake();
    for rollup in ["on", "off"] {
        let session = lake.session();
        let set = session.sql(&format!("SET voxql.rollup = {rollup}")).await;
        set.expect("a setting");
        let sql = "SELECT count(*) AS n, count(DISTINCT response_id) AS ids, sum(score) AS sum FROM responses";
        let rows = session
            .sql(sql)
            .await
            .expect("a plan")
            .to_string()
            .await
            .expect("an answer");
        assert!(rows.contains("| 80 | 80  | 300 |"), "{rows}");
    }
}

#[tokio::test]
async fn earlier_versions_can_be_queried() {
    let workspace = Workspace::new();
    ingest(&workspace, "a.csv", &export(0..20, 9)).await;
    let between = chrono::Utc::now();
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    ingest(&workspace, "b.csv", &export(20..30, 3)).await;
    let lake = workspace.lake();
    lake.optimize().await.expect("optimized");
    let sql = "SELECT count(*) AS n, nps(score) AS nps FROM responses";
    for (at, expected) in [
        (AtVersion::Number(1), "| 20 | 100.0 |"),
        (AtVersion::Time(between), "| 20 | 100.0 |"),
        (AtVersion::Number(2), "| 30 | 33."),
        (AtVersion::Time(chrono::Utc::now()), "| 30 | 33."),
    ] {
        let session = lake
            .session_with(SessionOptions::default().at(at))
            .await
            .expect("a session");
        for _ in 0..2 {
            let frame = session.sql(sql).await.expect("a plan");
            let rows = frame.to_string().await.expect("rows");
            assert!(rows.contains(expected), "{at:?}\n{rows}");
        }
    }
    for (at, expected) in [
        (
            AtVersion::Number(99),
            "version 99 of the responses does not exist",
        ),
        (
            AtVersion::Time(chrono::DateTime::UNIX_EPOCH),
            "the responses have no version at 1970-01-01",
        ),
    ] {
        let session = lake
            .session_with(SessionOptions::default().at(at))
            .await
            .expect("a session");
        let error = session.sql(sql).await.expect_err("no version");
        assert!(error.to_string().contains(expected), "{error}");
    }
    let output = workspace
        .voxql()
        .args([
            "--at-version",
            "1",
            "-c",
            "SELECT count(*) FROM responses",
            "--format",
            "csv",
        ])
        .output()
        .expect("it runs");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "count(*)\n20\n");
}
