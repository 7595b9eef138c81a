//! The library as a program embeds it: runtimes, keys, stores and errors of its own.

use std::fmt::Write as _;
use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::SessionContext;
use futures::future::{join_all, try_join_all};
use object_store::memory::InMemory;
use url::Url;
use voxql::{Error, IngestOptions, Input, Lake, Result};

use crate::common::{KEY, Workspace, value};

/// A key that no other lake of the tests has.
const OTHER_KEY: &str = "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100";

const EXPORT: &str = "id,date,score,email,comment\n\
                      a,2026-03-01,10,a@b.c,Good\n\
                      b,2026-03-02,3,d@e.f,Bad\n\
                      c,2026-04-02,9,A@B.C ,Good again\n";

/// An export of so many responses, every hundredth of them to reject.
fn export(name: &str, responses: u32) -> String {
    let mut csv = "id,date,score,email,comment\n".to_owned();
    for number in 0..responses {
        let score = match number % 100 {
            99 => 11,
            number => number % 11,
        };
        let (month, day) = (number % 6 + 1, number % 28 + 1);
        let _ = writeln!(
            csv,
            "{name}-{number},2026-{month:02}-{day:02},{score},{number}@example.org,{number}"
        );
    }
    csv
}

fn open(folder: &Path, key: &str) -> Result<Lake> {
    let uri = folder.to_str().expect("temporary folders are UTF-8");
    Lake::builder(uri).key(key)?.open()
}

/// The error of this crate for a query that cannot run.
async fn query_error(lake: &Lake, sql: &str) -> Error {
    let planned = match lake.session().sql(sql).await {
        Ok(planned) => planned,
        Err(error) => return error.into(),
    };
    planned.collect().await.expect_err(sql).into()
}

/// The whole of it: open, import, ask.
async fn ten_lines(csv: &Path, lake: &Path) -> Result<f64> {
    use datafusion::arrow::array::AsArray;
    use datafusion::arrow::datatypes::Float64Type;

    let lake = open(lake, KEY)?;
    let summary = lake.ingest(csv, &IngestOptions::default()).await?;
    println!("{summary}");
    let session = lake.session();
    let answer = session.sql("SELECT nps(score) FROM responses").await?;
    let batches = answer.collect().await?;
    Ok(batches[0].column(0).as_primitive::<Float64Type>().value(0))
}

#[tokio::test]
async fn ten_lines_are_enough() {
    let workspace = Workspace::new();
    let csv = workspace.write("answers.csv", EXPORT);
    let nps = ten_lines(&csv, &workspace.path().join("lake")).await;
    assert!((nps.expect("an answer") - 100.0 / 3.0).abs() < 1e-9);
}

/// `anonymize` needs the lake's settings in the middle of a query, from code that cannot await.
async fn anonymizes() {
    let workspace = Workspace::new();
    workspace
        .ingest(&workspace.write("answers.csv", EXPORT))
        .await;
    let sql = "SELECT string_agg(response_id, ',' ORDER BY response_id) FROM responses \
               WHERE respondent = anonymize('a@b.c')";
    // A handle that has read nothing yet, and one that has.
    let lake = workspace.lake();
    assert_eq!(value(&lake, sql).await, "a,c");
    assert_eq!(value(&lake, sql).await, "a,c");
    assert_eq!(
        value(&lake, "SELECT count(DISTINCT respondent) FROM responses").await,
        "2"
    );
    // Of a column, so that it is not a constant that the planner works out.
    let of_column = "SELECT count(*) FROM responses \
                     JOIN (VALUES ('a@b.c'), ('d@e.f')) AS people(email) \
                     ON respondent = anonymize(email)";
    assert_eq!(value(&workspace.lake(), of_column).await, "3");
}

fn block_on(mut runtime: tokio::runtime::Builder, work: impl Future<Output = ()>) {
    let runtime = runtime.enable_all().build().expect("a runtime");
    runtime.block_on(work);
}

#[test]
fn a_runtime_of_one_thread_is_enough() {
    block_on(
        tokio::runtime::Builder::new_current_thread(),
        Box::pin(anonymizes()),
    );
}

#[test]
fn a_runtime_of_many_threads_works() {
    block_on(
        tokio::runtime::Builder::new_multi_thread(),
        Box::pin(anonymizes()),
    );
}

#[tokio::test]
async fn two_lakes_do_not_disturb_each_other() {
    let workspace = Workspace::new();
    let csv = workspace.write("answers.csv", EXPORT);
    let lakes = [("one", KEY), ("two", OTHER_KEY), ("three", KEY)]
        .map(|(name, key)| open(&workspace.path().join(name), key).expect("a lake"));
    let options = IngestOptions::default();
    try_join_all(lakes.iter().map(|lake| lake.ingest(&csv, &options)))
        .await
        .expect("three lakes import one file");
    let pseudonym = "SELECT respondent FROM responses WHERE response_id = 'a'";
    let mut seen = Vec::new();
    for lake in &lakes {
        let own = value(lake, "SELECT anonymize('a@b.c')").await;
        assert_eq!(value(lake, pseudonym).await, own);
        seen.push(own);
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 3, "pseudonyms of two lakes can be linked");
    // What one session adds, no other sees.
    let [one, two, _] = &lakes;
    let session = one.session();
    let made = session.sql("CREATE VIEW promoters AS SELECT * FROM responses WHERE score > 8");
    made.await.expect("a view").collect().await.expect("a view");
    assert!(session.table("promoters").await.is_ok());
    assert!(two.session().table("promoters").await.is_err());
    assert!(one.session().table("promoters").await.is_err());
}

#[tokio::test]
async fn memory_is_limited_by_the_programs_own_runtime() {
    let workspace = Workspace::new();
    let csv = workspace.write("answers.csv", export("a", 20_000));
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_limit(8_000_000, 1.0)
        .with_disk_manager_builder(
            DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled),
        )
        .build_arc()
        .expect("a runtime environment");
    let uri = workspace.path().join("lake");
    let lake = Lake::builder(uri.to_str().expect("temporary folders are UTF-8"))
        .runtime_env(Arc::clone(&runtime))
        .key(KEY)
        .and_then(voxql::LakeBuilder::open)
        .expect("a lake");
    let summary = lake.ingest(&csv, &IngestOptions::default()).await;
    assert_eq!(summary.expect("an import").new, 19_800);
    assert_eq!(
        value(&lake, "SELECT count(*) FROM responses").await,
        "19800"
    );
    let sql = "SELECT respondent, comment, responded_at FROM responses ORDER BY respondent";
    let error = query_error(&lake, sql).await;
    assert!(error.is_out_of_memory(), "{error:?}");
    assert_eq!(error.to_string(), "the memory limit is reached");
    // Nothing stays reserved, and another lake of the process has its own limit.
    assert_eq!(runtime.memory_pool.reserved(), 0);
    let unlimited = workspace.lake().session().sql(sql).await;
    let rows = unlimited.expect("a query").count().await;
    assert_eq!(rows.expect("a query that runs"), 19_800);
}

#[tokio::test]
async fn a_lake_lives_in_a_store_of_the_program() {
    let workspace = Workspace::new();
    let store = Arc::new(InMemory::new());
    let open = |uri: &str| {
        Lake::builder(uri)
            .object_store(
                Url::parse("memory://").expect("a URL"),
                Arc::clone(&store) as _,
            )
            .key(KEY)
            .and_then(voxql::LakeBuilder::open)
            .expect("a lake")
    };
    let lake = open("memory:///feedback/2026");
    assert!(!lake.exists().await.expect("a store that answers"));
    let first = workspace.write("first.csv", EXPORT);
    let second = workspace.write("second.csv", format!("{EXPORT}d,2026-05-01,8,g@h.i,\n"));
    let options = IngestOptions::default();
    let summary = lake.ingest(&first, &options).await.expect("an import");
    assert_eq!(summary.new, 3);
    let again = lake.ingest(&first, &options).await.expect("an import");
    assert!(again.already_imported);
    let other_handle = open("memory:///feedback/2026");
    let longer = other_handle.ingest(&second, &options).await;
    let longer = longer.expect("an import");
    assert_eq!((longer.new, longer.duplicate), (1, 3));
    for lake in [&lake, &open("memory:///feedback/2026/")] {
        assert!(lake.exists().await.expect("a store that answers"));
        assert_eq!(
            value(lake, "SELECT nps(score) FROM responses").await,
            "25.0"
        );
        assert_eq!(value(lake, "SELECT count(*) FROM imports").await, "2");
        let of_path = "SELECT count(*) FROM 'memory:///feedback/2026/responses/'";
        assert_eq!(value(lake, of_path).await, "4");
    }
    // Beside it there is room for another.
    assert!(
        !open("memory:///feedback/2025")
            .exists()
            .await
            .expect("a store that answers")
    );
    // Nothing of the lake came onto the disk.
    let names = std::fs::read_dir(workspace.path()).expect("a folder");
    assert_eq!(names.count(), 2);
}

#[tokio::test]
async fn a_wrong_key_is_called_that() {
    let workspace = Workspace::new();
    workspace
        .ingest(&workspace.write("answers.csv", EXPORT))
        .await;
    let more = workspace.write("more.csv", export("m", 10));
    let lake = open(&workspace.path().join("lake"), OTHER_KEY).expect("a lake");
    let refused = lake.ingest(&more, &IngestOptions::default()).await;
    for error in [
        refused.expect_err("another key"),
        query_error(&lake, "SELECT anonymize('a@b.c')").await,
    ] {
        assert!(error.is_invalid(), "{error:?}");
        assert!(error.to_string().contains("different key"), "{error}");
        assert!(error.hint().expect("a hint").contains("VOXQL_KEY"));
    }
    // Counting needs no key, and nothing was written.
    assert_eq!(value(&lake, "SELECT count(*) FROM responses").await, "3");

    // The key that the lake was made with is lost.
    let uri = workspace.path().join("lake");
    let keyless = Lake::builder(uri.to_str().expect("temporary folders are UTF-8"))
        .key_file(workspace.path().join("no key"))
        .open()
        .expect("a lake");
    let refused = keyless.ingest(&more, &IngestOptions::default()).await;
    let error = refused.expect_err("no key");
    assert!(error.is_not_found(), "{error:?}");
    assert!(error.hint().expect("a hint").contains("VOXQL_KEY"));
    assert!(!workspace.path().join("no key").exists());

    let error = Lake::builder("lake").key("secret").expect_err("no key");
    assert!(error.is_invalid());
    assert!(!format!("{error:?}").contains("secret"));
}

#[tokio::test]
async fn a_lake_that_is_not_there_is_not_found() {
    let workspace = Workspace::new();
    let lake = workspace.lake();
    assert!(!lake.exists().await.expect("a folder that can be read"));
    for sql in ["SELECT count(*) FROM responses", "SELECT * FROM imports"] {
        let error = query_error(&lake, sql).await;
        assert!(error.is_not_found(), "{error:?}");
        assert!(error.to_string().contains("no lake"), "{error}");
        assert!(error.hint().expect("a hint").contains("ingest"));
    }
    // SQL that needs no lake runs without one.
    let sql = "SELECT nps(score) FROM (VALUES (10), (9), (2), (0)) AS answers(score)";
    assert_eq!(value(&lake, sql).await, "0.0");
    assert!(!workspace.path().join("lake").exists());
    assert!(Lake::open(" ").expect_err("no location").is_invalid());
    let error = Lake::open("gopher://x/y").expect("a URL").exists().await;
    error.expect_err("no such store");
}

#[tokio::test]
async fn what_is_wrong_with_a_file_is_told_by_its_kind() {
    let workspace = Workspace::new();
    let lake = workspace.lake();
    let options = IngestOptions::default();

    let ambiguous = "id,date,score\na,01/02/2026,9\nb,03/04/2026,8\n";
    let file = workspace.write("ambiguous.csv", ambiguous);
    let error = lake.ingest(&file, &options).await.expect_err("a question");
    assert!(error.is_question() && !error.is_invalid(), "{error:?}");
    assert!(error.to_string().contains("ambiguous.csv"), "{error}");
    assert!(error.hint().expect("a hint").contains("date_format"));
    let mut answered = options.clone();
    answered.date_format = Some("%d/%m/%Y".into());
    let summary = lake.ingest(&file, &answered).await.expect("an import");
    assert_eq!(summary.new, 2);

    for (name, content) in [
        ("empty.csv", ""),
        ("header.csv", "id,date,score\n"),
        ("broken.csv.gz", "\u{1f}\u{8b}"),
    ] {
        let content: Vec<u8> = content.chars().map(|c| c as u8).collect();
        let file = workspace.write(name, content);
        let error = lake.ingest(&file, &options).await.expect_err(name);
        assert!(error.is_invalid() && !error.is_question(), "{error:?}");
        assert!(error.to_string().contains(name), "{error}");
    }
    let error = lake.ingest(workspace.path().join("none.csv"), &options);
    assert!(error.await.expect_err("no file").is_not_found());
    let error = lake.ingest(workspace.path(), &options);
    assert!(error.await.expect_err("a folder").is_invalid());

    assert_eq!(value(&lake, "SELECT count(*) FROM imports").await, "1");
}

#[tokio::test]
async fn an_import_given_up_halfway_is_completed_later() {
    let workspace = Workspace::new();
    let csv = workspace.write("answers.csv", export("a", 25_000));
    let lake = workspace.lake();
    let options = IngestOptions::default();
    let mut given_up = 0;
    for number in 0_u64.. {
        // Closer together while the file is read, which is the longest.
        let patience = Duration::from_millis(5 * number * number);
        match tokio::time::timeout(patience, lake.ingest(&csv, &options)).await {
            Ok(summary) => {
                summary.expect("an import that nothing is wrong with");
                break;
            }
            Err(_) => given_up += 1,
        }
        // All of it or nothing, also to a handle that knows nothing of this.
        let state = workspace.lake().session().table("responses").await;
        if let Ok(responses) = state {
            let count = responses.count().await.expect("a query that runs");
            assert!(count == 0 || count == 24_750, "{count}");
        }
    }
    assert!(given_up > 3, "{given_up}");
    let summary = lake.ingest(&csv, &options).await.expect("an import");
    assert!(summary.already_imported);
    let counts = "SELECT concat_ws(' ', count(*), count(DISTINCT response_id)) FROM responses";
    assert_eq!(value(&lake, counts).await, "24750 24750");
    assert_eq!(value(&lake, "SELECT count(*) FROM imports").await, "1");
    assert_eq!(files(&workspace), ["answers.csv", "answers.rejects.csv"]);
    let rejects = std::fs::read_to_string(workspace.path().join("answers.rejects.csv"));
    assert_eq!(rejects.expect("a rejects file").lines().count(), 251);
}

/// The files of a workspace.
fn files(workspace: &Workspace) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(workspace.path())
        .expect("a folder")
        .map(|entry| entry.expect("an entry"))
        .filter(|entry| entry.path().is_file())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_imports_at_once_through_one_handle_all_come_in() {
    let workspace = Workspace::new();
    let lake = workspace.lake();
    workspace
        .ingest(&workspace.write("answers.csv", EXPORT))
        .await;
    let imports = (0..8).map(|number| {
        let name = format!("{number}");
        let file = workspace.write(&format!("{name}.csv"), export(&name, 300));
        let lake = lake.clone();
        tokio::spawn(async move { lake.ingest(file, &IngestOptions::default()).await })
    });
    for summary in join_all(imports.collect::<Vec<_>>()).await {
        let summary = summary.expect("no panic").expect("an import");
        assert_eq!((summary.new, summary.rejected), (297, 3));
    }
    let counts = "SELECT concat_ws(' ', count(*), count(DISTINCT response_id)) FROM responses";
    assert_eq!(value(&lake, counts).await, "2379 2379");
    // Each says what it brought, although they were recorded while others ran.
    let rows = "SELECT concat_ws(' ', count(*), count(DISTINCT file), sum(new), sum(rejected)) \
                FROM imports";
    assert_eq!(value(&lake, rows).await, "9 9 2379 24");
    assert_eq!(files(&workspace).len(), 17);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_file_imported_by_eight_tasks_comes_in_once() {
    for _ in 0..5 {
        let workspace = Workspace::new();
        let file = workspace.write("answers.csv", export("a", 500));
        let uri = workspace.path().join("lake");
        let lake = Lake::builder(uri.to_str().expect("temporary folders are UTF-8"))
            .key_file(workspace.path().join("key"))
            .open()
            .expect("a lake");
        let options = IngestOptions::default();
        let before = workspace.write("before.csv", EXPORT);
        lake.ingest(&before, &options).await.expect("an import");
        let summaries = try_join_all((0..8).map(|_| lake.ingest(&file, &options)));
        let summaries = summaries.await.expect("imports that nothing is wrong with");
        let mut new: Vec<u64> = summaries.iter().map(|summary| summary.new).collect();
        new.sort_unstable();
        assert_eq!(new, [0, 0, 0, 0, 0, 0, 0, 495]);
        let figures = "SELECT concat_ws(' ', count(*), count(DISTINCT response_id), nps(score)) \
                       FROM responses";
        let imports = "SELECT concat_ws(' ', count(*), sum(new)) FROM imports";
        assert_eq!(value(&lake, imports).await, "2 498");
        assert!(value(&lake, figures).await.starts_with("498 498 "));
        assert_eq!(
            files(&workspace),
            ["answers.csv", "answers.rejects.csv", "before.csv", "key"]
        );
        let rejects = std::fs::read_to_string(workspace.path().join("answers.rejects.csv"));
        assert_eq!(rejects.expect("a rejects file").lines().count(), 6);
    }
}

/// The first import makes the key: all of them must go on with the one that is on disk.
#[tokio::test(flavor = "multi_thread")]
async fn lakes_made_at_once_agree_on_the_key_they_make() {
    for _ in 0..20 {
        let workspace = Workspace::new();
        let file = workspace.write("answers.csv", EXPORT);
        let open = |name: &str| {
            let uri = workspace.path().join(name);
            Lake::builder(uri.to_str().expect("temporary folders are UTF-8"))
                .key_file(workspace.path().join("key"))
                .open()
                .expect("a lake")
        };
        let imports = ["one", "two", "three", "four"].map(|name| {
            let (lake, file) = (open(name), file.clone());
            tokio::spawn(async move { lake.ingest(file, &IngestOptions::default()).await })
        });
        for imported in join_all(imports).await {
            imported.expect("no panic").expect("an import");
        }
        for name in ["one", "two", "three", "four"] {
            let own = "SELECT count(*) FROM responses WHERE respondent = anonymize('a@b.c')";
            assert_eq!(value(&open(name), own).await, "2");
        }
    }
}

#[tokio::test]
async fn a_session_of_the_program_reads_the_lake() {
    let workspace = Workspace::new();
    let lake = open(&workspace.path().join("lake"), KEY).expect("a lake");
    let csv = workspace.path().join("export.csv");
    std::fs::write(&csv, EXPORT).expect("an export");
    lake.ingest(&csv, &IngestOptions::default())
        .await
        .expect("an import");

    let context = SessionContext::new();
    lake.register(&context, "feedback").expect("registered");
    let sql = "SELECT r.month, nps(r.score) AS nps FROM feedback.responses AS r \
               JOIN (VALUES ('2026-03')) AS months(month) USING (month) GROUP BY r.month";
    let rows = context.sql(sql).await.expect("planned");
    let rows = rows.collect().await.expect("rows");
    let shown = pretty_format_batches(&rows).expect("a table").to_string();
    assert!(shown.contains("| 2026-03 | 0.0 |"), "{shown}");
    for refused in [
        "DROP TABLE feedback.responses",
        "INSERT INTO feedback.imports SELECT * FROM feedback.imports",
    ] {
        let run = async { context.sql(refused).await?.collect().await };
        run.await.expect_err(refused);
    }

    let newest = lake.table("latest_responses").await.expect("a view");
    let newest = context.read_table(newest).expect("a frame");
    assert_eq!(newest.count().await.expect("a count"), 2);
    let error = lake.table("respones").await.expect_err("no such table");
    assert!(error.is_not_found(), "{error}");
}

#[tokio::test]
async fn bytes_and_record_batches_are_imported() {
    let workspace = Workspace::new();
    let lake = open(&workspace.path().join("lake"), KEY).expect("a lake");
    let options = IngestOptions::default().keep("channel");
    let bytes = Input::from_bytes("export.csv", EXPORT.as_bytes());
    let error = lake
        .ingest(bytes.clone(), &options)
        .await
        .expect_err("no channel");
    assert!(error.to_string().starts_with("export.csv: "), "{error}");
    let summary = lake
        .ingest(bytes, &IngestOptions::default())
        .await
        .expect("an import");
    assert_eq!((summary.file.as_str(), summary.new), ("export.csv", 3));

    let query = "SELECT id, day AS date, score, channel FROM (VALUES \
                 ('x', DATE '2026-05-01', 9, 'web'), ('y', DATE '2026-05-02', 2, 'app')) \
                 AS answers(id, day, score, channel) ORDER BY id";
    let stream = async || {
        let frame = SessionContext::new().sql(query).await.expect("planned");
        frame.execute_stream().await.expect("a stream")
    };
    let summary = lake.ingest_batches("query", stream().await, &options).await;
    let summary = summary.expect("an import");
    assert_eq!((summary.new, summary.rejected), (2, 0), "{summary}");
    let again = lake.ingest_batches("query", stream().await, &options).await;
    assert!(again.expect("the same import").already_imported);
    assert_eq!(
        value(
            &lake,
            "SELECT nps(score) FROM responses WHERE channel IS NOT NULL"
        )
        .await,
        "0.0"
    );
    let none = futures::stream::empty();
    let error = lake
        .ingest_batches("none", none, &options)
        .await
        .expect_err("no batch");
    assert!(error.is_invalid(), "{error}");
}

/// On a thread with a stack of two megabytes, as programs have.
#[tokio::test]
async fn deep_statements_are_refused_before_they_use_up_the_stack() {
    let workspace = Workspace::with_answers("id,date,score,segment\na,2026-03-01,9,smb\n");
    let lake = workspace.lake();
    let session = lake.session();
    for (sql, is_deep) in [
        (
            format!(
                "SELECT count(*) FROM responses WHERE score = 1{}",
                " OR score = 9".repeat(150)
            ),
            false,
        ),
        (format!("SELECT 1{}", " + 1".repeat(150)), false),
        (
            format!("SELECT score{} FROM responses", " + score".repeat(150)),
            false,
        ),
        (
            format!("SELECT {}1{}", "(".repeat(150), ")".repeat(150)),
            false,
        ),
        (
            format!("{}SELECT 1{}", "SELECT * FROM (".repeat(40), ")".repeat(40)),
            false,
        ),
        (
            format!("SELECT 1{}", " UNION ALL SELECT 1".repeat(150)),
            false,
        ),
        (format!("SELECT 1{}", " + 1".repeat(300)), true),
        (format!("SELECT 1{}", " + 1".repeat(100_000)), true),
        (
            format!(
                "SELECT count(*) FROM responses WHERE score = 1{}",
                " OR score = 9".repeat(5000)
            ),
            true,
        ),
        (
            format!("SELECT 1{}", " UNION ALL SELECT 1".repeat(3000)),
            true,
        ),
        (
            format!("SELECT {}1{}", "(".repeat(20_000), ")".repeat(20_000)),
            true,
        ),
        (
            format!(
                "{}SELECT 1{}",
                "SELECT * FROM (".repeat(5000),
                ")".repeat(5000)
            ),
            true,
        ),
    ] {
        match lake.sql(&session, &sql).await {
            Ok(frame) => {
                assert!(!is_deep, "{}", &sql[..60]);
                frame.collect().await.expect("an answer");
            }
            Err(error) => {
                assert!(is_deep, "{error}");
                assert!(error.to_string().contains("too deep"), "{error}");
            }
        }
    }
}
