//! Forgetting, retention and key rotation, killed at any moment and run again.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use voxql::Lake;

use super::{assert_contains_none, decoded};
use crate::common::{UNREACHABLE, Workspace, copy_folder, value};

/// Number of kills per command, spread evenly over the time it takes.
const KILLS: u32 = 12;

const PEOPLE: u32 = 400;

/// Days before today without responses: the retention limit falls between them.
const GAP: std::ops::Range<i64> = 100..700;

const RETENTION: &str = "[retention]\nresponses_days = 400\nidentities_days = 400\n";

const COUNTS: &str = "SELECT concat_ws(' ', count(*), count(DISTINCT respondent), nps(score)) \
                      FROM responses";

/// Two responses per person, the first long ago; half of the people have only that one.
fn export(months: std::ops::Range<u32>) -> String {
    let mut csv = "response_id,responded_at,score,comment,email,first_name\n".to_owned();
    let today = chrono::Utc::now();
    for number in 0..PEOPLE {
        for month in months.clone() {
            let is_old = month % 2 == 0;
            if !is_old && number % 2 == 0 {
                continue;
            }
            let days = if is_old { GAP.end } else { 1 } + i64::from(month) * 5;
            let date = (today - chrono::Duration::days(days)).format("%Y-%m-%d");
            let _ = writeln!(
                csv,
                "r{number}-{month},{date},{},answer {number} of {month},person{number}x@example.org,\
                 Given{number}x",
                (number * 7 + month) % 11
            );
        }
    }
    csv
}

/// A lake with two imports, on which the commands are run.
async fn prepared() -> Workspace {
    let workspace = Workspace::new();
    workspace
        .ingest(&workspace.write("a.csv", export(0..4)))
        .await;
    workspace
        .ingest(&workspace.write("b.csv", export(4..8)))
        .await;
    let settings = workspace.path().join("lake/lake.toml");
    let text = std::fs::read_to_string(&settings).expect("the lake's settings");
    std::fs::write(&settings, format!("{text}\n{RETENTION}")).expect("the lake's settings");
    workspace
}

fn copy_of(prepared: &Workspace) -> Workspace {
    let copy = Workspace::new();
    copy_folder(&prepared.path().join("lake"), &copy.path().join("lake"));
    copy
}

fn command(workspace: &Workspace, arguments: &[&str]) -> Command {
    let mut command = workspace.voxql();
    command.args(arguments);
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

fn run(workspace: &Workspace, arguments: &[&str]) {
    let output = command(workspace, arguments).output();
    let output = output.expect("the program can be started");
    let printed = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {printed}");
}

/// Kills the command on copies of the lake; checks each copy after the kill and after running the
/// command again.
async fn killed<F, G>(
    prepared: &Workspace,
    arguments: &[&str],
    left: impl Fn(Workspace) -> F,
    done: impl Fn(Workspace) -> G,
) where
    F: Future<Output = Workspace>,
    G: Future<Output = ()>,
{
    let reference = copy_of(prepared);
    let started = Instant::now();
    run(&reference, arguments);
    let mut duration = started.elapsed();
    done(reference).await;
    let mut kills = 0;
    for number in 0..KILLS {
        let workspace = copy_of(prepared);
        let mut process = command(&workspace, arguments)
            .spawn()
            .expect("the program can be started");
        thread::sleep(duration.mul_f64(f64::from(number * 2 + 1) / f64::from(KILLS * 2)));
        process.kill().expect("a process of this test");
        let status = process.wait().expect("a process of this test");
        if status.code().is_none() {
            kills += 1;
        }
        let workspace = left(workspace).await;
        let started = Instant::now();
        run(&workspace, arguments);
        duration = duration
            .max(Duration::from_millis(1))
            .min(started.elapsed() * 2);
        done(workspace).await;
    }
    eprintln!("{arguments:?}: killed {kills} times before the end");
    // Otherwise the test proves nothing.
    assert!(kills >= KILLS / 2, "{kills}");
}

/// Checks what must be true after any kill.
async fn check_sound(lake: &Lake) {
    assert_eq!(value(lake, UNREACHABLE).await, "0");
    let counted = value(lake, COUNTS).await;
    let session = lake.session();
    session
        .sql("SET voxql.rollup = off")
        .await
        .expect("a setting");
    let read = session.sql(COUNTS).await.expect("a query").collect().await;
    let read = read.expect("a query that runs");
    let read = datafusion::arrow::util::display::array_value_to_string(read[0].column(0), 0);
    assert_eq!(read.expect("text"), counted);
    lake.verify_audit(None).await.expect("the log is whole");
}

#[tokio::test]
async fn killed_forgetting_is_completed_by_running_it_again() {
    let prepared = prepared().await;
    let before = value(&prepared.lake(), "SELECT count(*) FROM responses").await;
    let (seventh, eighth) = ("person7x@example.org", "person8x@example.org");
    let token = value(&prepared.lake(), "SELECT anonymize('person7x@example.org')").await;
    let (before, token) = (&before, &token);
    killed(
        &prepared,
        &["forget", seventh, eighth],
        |workspace| async move {
            // Identities are removed first: responses of the two may be left; others always are.
            let lake = workspace.lake();
            let others = "SELECT count(*) FROM responses LEFT ANTI JOIN identities \
                          ON responses.respondent = identities.respondent \
                          WHERE responses.respondent NOT IN (anonymize('person7x@example.org'), \
                          anonymize('person8x@example.org'))";
            assert_eq!(value(&lake, others).await, "0");
            lake.verify_audit(None).await.expect("the log is whole");
            workspace
        },
        |workspace| async move {
            let lake = workspace.lake();
            check_sound(&lake).await;
            let left: u32 = value(&lake, "SELECT count(*) FROM responses")
                .await
                .parse()
                .expect("a number");
            // Eight responses of one person, four of the other.
            assert_eq!(left + 12, before.parse::<u32>().expect("a number"));
            assert_contains_none(&workspace, &[seventh, eighth, token, "answer 7 of"]);
        },
    )
    .await;
}

#[tokio::test]
async fn killed_retention_is_completed_by_running_it_again() {
    let prepared = prepared().await;
    killed(
        &prepared,
        &["retain"],
        |workspace| async move {
            check_sound(&workspace.lake()).await;
            workspace
        },
        |workspace| async move {
            let lake = workspace.lake();
            check_sound(&lake).await;
            // Half of the people have responded recently, four times each.
            let counts =
                "SELECT concat_ws(' ', count(*), count(DISTINCT respondent)) FROM responses";
            assert_eq!(value(&lake, counts).await, "800 200");
            let people = "SELECT count(*) FROM identities";
            assert_eq!(value(&lake, people).await, "200");
            assert_contains_none(&workspace, &["of 0", "of 2", "of 4", "of 6"]);
        },
    )
    .await;
}

#[tokio::test]
async fn a_killed_key_rotation_is_completed_by_running_it_again() {
    let prepared = prepared().await;
    let pseudonyms = "SELECT md5(string_agg(respondent, '' ORDER BY respondent)) FROM identities";
    let before = value(&prepared.lake(), pseudonyms).await;
    let old = prepared.lake().key_fingerprints().await;
    let (before, old) = (&before, &old.expect("a lake with its key").lake);
    killed(
        &prepared,
        &["keys", "rotate", "--to", "new.key"],
        |workspace| async move {
            assert_eq!(&value(&workspace.lake(), pseudonyms).await, before);
            workspace
        },
        |workspace| async move {
            let lake = with_key(&workspace, "new.key");
            check_sound(&lake).await;
            assert_eq!(&value(&lake, pseudonyms).await, before);
            let opened = "SELECT count(DISTINCT email) FROM \
                          (SELECT reveal(respondent, 'email') AS email FROM identities)";
            assert_eq!(value(&lake, opened).await, PEOPLE.to_string());
            let mut content = String::new();
            decoded(&workspace.path().join("lake/identities"), &mut content);
            assert!(!content.contains(old.as_str()), "sealed with the old key");
        },
    )
    .await;
}

fn with_key(workspace: &Workspace, file: &str) -> Lake {
    let uri = workspace.path().join("lake");
    Lake::builder(uri.to_str().expect("temporary folders are UTF-8"))
        .key_file(Path::new(&workspace.path().join(file)))
        .open()
        .expect("a valid location")
}
