//! Views and macros that a lake keeps: in every session, for every command, with several writers.

use std::process::Command;

use voxql::{Lake, SessionOptions};

use super::common::{Workspace, value};

const EXPORT: &str = "\
id,date,score,segment
r1,2026-01-05,10,smb
r2,2026-01-20,9,smb
r3,2026-02-03,3,enterprise
";

fn output(mut command: Command, args: &[&str]) -> (bool, String) {
    let output = command.args(args).output().expect("the program starts");
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8(text).expect("UTF-8"),
    )
}

async fn define(lake: &Lake, sql: &str) {
    lake.sql(&lake.session(), sql).await.expect(sql);
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_do_not_lose_each_others_views() {
    let workspace = Workspace::with_answers(EXPORT);
    let writers = (0..8).map(|writer| {
        // A handle of its own, as another process has.
        let lake = workspace.lake();
        tokio::spawn(async move {
            for view in 0..3 {
                define(
                    &lake,
                    &format!("CREATE VIEW lake.v{writer}_{view} AS SELECT 1 AS x"),
                )
                .await;
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.expect("a writer without an error");
    }
    let lake = workspace.lake();
    let count = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'lake'";
    assert_eq!(value(&lake, count).await, "24");
    let files = std::fs::read_dir(workspace.path().join("lake/definitions")).expect("a folder");
    let sizes = files.map(|file| file.and_then(|file| file.metadata()).expect("a file").len());
    let full = sizes.filter(|size| *size > 0).count();
    assert_eq!(full, 1, "nothing of older versions is kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_without_its_file_hides_no_other() {
    let workspace = Workspace::with_answers(EXPORT);
    let file = workspace.write("goals.csv", "month,goal\n2026-01,30\n");
    let lake = workspace.lake();
    let goals = format!(
        "CREATE VIEW lake.goals AS SELECT * FROM '{}'",
        file.display()
    );
    define(&lake, &goals).await;
    define(&lake, "CREATE VIEW lake.top AS SELECT score FROM responses").await;
    let columns = "SELECT string_agg(table_name || '.' || column_name, ' ' ORDER BY table_name, \
                   ordinal_position) FROM information_schema.columns WHERE table_schema = 'lake'";
    assert_eq!(
        value(&lake, columns).await,
        "goals.month goals.goal top.score"
    );
    std::fs::remove_file(&file).expect("the file is there");
    assert_eq!(value(&lake, columns).await, "top.score");
    let definition = "SELECT definition FROM information_schema.views WHERE table_name = 'goals'";
    assert_eq!(value(&lake, definition).await, goals);
    let session = lake.session();
    let read = lake.sql(&session, "SELECT * FROM goals").await;
    let error = read.expect_err("the file is gone").to_string();
    assert!(error.starts_with("view \"goals\": "), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_sees_what_others_define() {
    let workspace = Workspace::with_answers(EXPORT);
    let (one, other) = (workspace.lake(), workspace.lake());
    let session = other.session();
    define(
        &one,
        "CREATE VIEW lake.top AS SELECT * FROM responses WHERE score = 10",
    )
    .await;
    let read = || async {
        let frame = other.sql(&session, "SELECT count(*) AS n FROM top").await;
        frame.map_err(|error| error.to_string())
    };
    assert!(read().await.is_ok());
    define(&one, "DROP VIEW lake.top").await;
    assert!(read().await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn built_in_views_are_answered_from_counts() {
    let workspace = Workspace::with_answers(EXPORT);
    let lake = workspace.lake();
    for view in ["nps_by_month", "nps_by_survey", "nps_by_segment"] {
        let frame = lake
            .sql(&lake.session(), &format!("EXPLAIN SELECT * FROM {view}"))
            .await;
        let plan = frame.expect("a plan").to_string().await.expect("text");
        assert!(plan.contains("rollup: used"), "{view}: {plan}");
    }
}

#[test]
fn commands_know_the_lakes_views_and_macros() {
    let workspace = Workspace::with_answers(EXPORT);
    let run = |args: &[&str]| output(workspace.voxql(), args);
    let (is_done, text) = run(&[
        "-c",
        "CREATE VIEW lake.smb AS SELECT * FROM responses WHERE segment = 'smb';
         CREATE MACRO lake.high(s, least := 9) AS sum(CASE WHEN s >= least THEN 1 ELSE 0 END)",
    ]);
    assert!(is_done, "{text}");
    let (_, text) = run(&[
        "--format",
        "csv",
        "-c",
        "SELECT high(score), high(score, 10) AS tens FROM smb",
    ]);
    assert_eq!(text, "high(score),tens\n2,1\n");

    workspace.write(
        "report.sql",
        "SELECT high(score) AS n FROM smb WHERE score >= $least;\n",
    );
    let (_, text) = run(&[
        "run",
        "report.sql",
        "--param",
        "least=10",
        "--format",
        "csv",
    ]);
    assert_eq!(text, "n\n1\n");

    workspace.write(
        "check.sql",
        "-- @check name=high\n-- @expect n = 2\nSELECT high(score) AS n FROM smb;\n",
    );
    let (is_done, text) = run(&["check", "check.sql"]);
    assert!(is_done, "{text}");

    let (_, text) = run(&["-c", "\\d"]);
    assert!(
        text.contains("lake.smb") && text.contains("nps_by_segment"),
        "{text}"
    );
    let (_, text) = run(&["-c", "\\df high"]);
    assert!(
        text.contains("high(s, least") && text.contains("macro"),
        "{text}"
    );

    let (_, text) = run(&["inventory"]);
    assert!(
        text.contains("`definitions`: views smb; macros high"),
        "{text}"
    );

    // The hint names views, and a broken one is named.
    let (_, text) = run(&["-c", "SELECT * FROM smbb"]);
    assert!(text.contains("did you mean smb?"), "{text}");
    let (_, text) = run(&[
        "-c",
        "CREATE VIEW lake.named AS SELECT survey FROM smb;
         CREATE OR REPLACE VIEW lake.smb AS SELECT score FROM responses; SELECT * FROM named",
    ]);
    assert!(
        text.contains(
            "error: line 2: view \"named\": column \"survey\" does not exist\nhint: replace it:"
        ),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn views_of_an_earlier_version_read_it() {
    let workspace = Workspace::with_answers(EXPORT);
    let lake = workspace.lake();
    define(
        &lake,
        "CREATE VIEW lake.all_scores AS SELECT count(score) AS n FROM responses",
    )
    .await;
    workspace.write("more.csv", "id,date,score,segment\nr9,2026-03-01,1,smb\n");
    let (is_done, text) = output(workspace.voxql(), &["ingest", "more.csv"]);
    assert!(is_done, "{text}");
    let earlier = SessionOptions::default().at(voxql::AtVersion::Number(1));
    let lake = workspace.lake();
    for (options, expected) in [(SessionOptions::default(), "4"), (earlier, "3")] {
        let session = lake.session_with(options).await.expect("a session");
        let frame = lake
            .sql(&session, "SELECT n FROM all_scores")
            .await
            .expect("a view");
        let text = frame.to_string().await.expect("text");
        assert!(text.contains(&format!("| {expected} |")), "{text}");
    }
}
